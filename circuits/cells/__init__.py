"""Kinds of cells: of each its parameters, equations and the function that describes a population.

Imports what describes populations, and :mod:`..drive` for noise.
"""
