"""Astrocyte processes: slow and graded, one around the synapses of each slot.

A process wraps the key synapses of a slot's cells, whose glutamate it senses, and the synapses of
these cells to cortex, which it opens (Kozachkov, Kastanenka & Krotov 2023). What opens them is
limited: all processes of the astrocyte take it from one store, each in proportion to the
exponential of what it senses.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from ..population import Constant, Part, Population, Projection, constants_of

if TYPE_CHECKING:
    from ..tripartite_memory_parameters import TripartiteMemoryParameters

#: Most that a process can sense: beyond, its exponential is no number.
MOST_SENSED = 600.0

# What binds settles at once; what a process senses is slow.
PROCESS_EQUATIONS = """
dsensed/dt         = (gain*glutamate - sensed)/process_tau                  : 1
affinity           = exp(clip(sensed, -most_sensed, most_sensed))           : 1
opened             = affinity*free                                          : 1
glutamate                                                                   : 1
free                                                                        : 1
"""

# What is free when processes of so much affinity have taken theirs.
STORE_EQUATIONS = """
free               = 1/(dissociation + asked)                               : 1
asked                                                                       : 1
"""

SPILLOVER = "glutamate_post = glutamate_pre/cells_per_process : 1 (summed)\n"
ASKING = "asked_post = affinity_pre : 1 (summed)\n"
SUPPLY = "free_post = free_pre : 1 (summed)\n"
GATING = "gate_post = opened_pre : 1 (summed)\n"

#: What the cells have that they wrap.
WRAPPED_EQUATIONS = """
dglutamate/dt      = -glutamate/key_tau                                     : 1
gate                                                                        : 1
"""


def astrocyte_processes(parameters: TripartiteMemoryParameters) -> tuple[Part, ...]:
    """Describe the processes, their store, and what leads to and from them.

    Parameters
    ----------
    parameters
        Those of the circuit. Hippocampal cells need :data:`WRAPPED_EQUATIONS`.
    """
    n_slots, per_slot = parameters.n_slots, parameters.cells_per_slot
    cell = np.arange(n_slots * per_slot)
    slot = cell // per_slot
    return (
        Population(
            "store", 1, STORE_EQUATIONS,
            constants=constants_of(parameters.astrocyte, "dissociation"), manipulable=False,
        ),
        Population(
            "astrocyte", n_slots, PROCESS_EQUATIONS,
            constants=(
                *constants_of(parameters.astrocyte, "process_tau"),
                # A change of one in the dot product of patterns of +-1 is half a match.
                Constant("gain", 2 * parameters.beta, source="follows from beta"),
                Constant("most_sensed", MOST_SENSED, source="chosen: that of double precision"),
            ),
            manipulable=False,
        ),
        Projection(
            "spillover", "hippocampal", "astrocyte", {}, SPILLOVER, pairs=(cell, slot),
            constants=(
                Constant("cells_per_process", per_slot, source="follows from cells_per_slot"),
            ),
            effect="modulation",
        ),
        Projection("asking", "astrocyte", "store", {}, ASKING, effect="modulation"),
        Projection("supply", "store", "astrocyte", {}, SUPPLY, effect="modulation"),
        Projection(
            "gating", "astrocyte", "hippocampal", {}, GATING, pairs=(slot, cell),
            effect="modulation",
        ),
    )  # fmt: skip
