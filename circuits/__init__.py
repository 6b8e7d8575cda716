"""The anatomy: cells, populations and projections; a schedule goes in, a recording comes out.

A file for each kind of cell holds its parameters, equations and the function that creates it;
``slot_memory`` assembles them. ``circuit`` says what any circuit must say of itself, and
``known_circuits`` which of them settings can name. ``schedule``, ``program`` and ``recording`` are
the three nouns of an experiment. Imports ``plasticity`` only. Brian2 is imported inside functions, so that a circuit
that is already compiled runs without it.
"""
