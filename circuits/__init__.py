"""The anatomy: cells, populations and projections; a schedule goes in, a recording comes out.

A circuit is a value (:mod:`.circuit`) made of populations and projections (:mod:`.population`).
Here are the circuits (:mod:`.slot_memory` and its like; :mod:`.known_circuits` says which of them
settings can name), and what every one of them meets: schedule, recording, probes, checks and
descriptions. Below are ``cells``, a file for each kind with its parameters, its equations and the
function that describes a population of it; ``grid``, modules and their addresses; ``drive`` and
``manipulation``, what reaches the cells from outside; and ``program``, which compiles and runs a
circuit: :mod:`.program.network` alone turns one into objects of Brian2. Imports ``plasticity``
only. Brian2 is imported inside functions, so that a circuit that is already compiled runs without
it.
"""
