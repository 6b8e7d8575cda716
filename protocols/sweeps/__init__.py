"""Sweeps: many runs over a grid of settings, with a journal that survives anything."""
