"""A concussion: all hippocampal cells alike lose excitability at once, and get it back with time.

How much is lost the schedule says, in mV of threshold, for one step of its grid. What cells gained
by use and what stands in their synapses is not touched.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from ..population import Population, Update, constants_of

#: Channel of the schedule: by how many mV the thresholds of all cells rise in a step of its grid.
CONCUSSION = "concussion"

EQUATIONS = """
dlost/dt           = -lost/recovery_tau                                            : volt
"""

#: What it adds to the threshold.
LOST = " + lost"

READ_CONCUSSION = """
lost              += scheduled_concussion(t, 0)*mV
"""


def concussible(cells: Population, parameters: Any) -> Population:
    """Let a schedule lower the excitability of cells that replay offline.

    Parameters
    ----------
    cells
        The hippocampal cells.
    parameters
        Those of the circuit, with ``recovery_tau_ms``.
    """
    return replace(
        cells,
        equations=cells.equations + EQUATIONS,
        updates=(*cells.updates, Update(READ_CONCUSSION, 5)),
        constants=(*cells.constants, *constants_of(parameters, "recovery_tau")),
        channels={**cells.channels, CONCUSSION: 1},
        terms={**cells.terms, "closed": LOST},
    )
