"""Figures, one to a file, of arrays and results; ``report`` puts them on a page."""
