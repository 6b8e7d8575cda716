"""Grid modules: their sheets of cells, and the addresses that their phases give.

Imports :mod:`..cells`.
"""
