"""Training the model from the invented corpus and staff's corrections; needs the extra `train` (scikit-learn)."""
