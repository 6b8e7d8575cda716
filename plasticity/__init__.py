"""Synaptic learning rules, one file each.

A rule is a subclass of :class:`.plasticity_rule.PlasticityRule`: a frozen dataclass with parameters
with units and sources, equations, and a docstring that derives them. Rules know nothing of
circuits. May be imported by everything; imports nothing of the other folders.
"""
