"""Figures of published papers made again, a file each, and what they share."""
