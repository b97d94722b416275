"""Social media doors: what a platform's webhook says, as submissions."""
