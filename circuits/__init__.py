"""The anatomy: cells, populations and projections; a schedule goes in, a recording comes out.

A circuit is a value (:mod:`.circuit`) made of populations and projections (:mod:`.population`). A
file for each kind of cell holds its parameters, its equations and the function that describes a
population of it; :mod:`.slot_memory` and its like put them together, and :mod:`.known_circuits`
says which of them settings can name. :mod:`.network` alone turns a circuit into objects of Brian2.
``schedule``, ``program`` and ``recording`` are the three nouns of an experiment. Imports
``plasticity`` only. Brian2 is imported inside functions, so that a circuit that is already compiled
runs without it.
"""
