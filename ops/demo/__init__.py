"""The demo: the whole pipeline on real engines with invented complaints through the three real doors."""
