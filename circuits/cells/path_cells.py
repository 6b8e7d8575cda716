"""Path cells: they move the grid modules on to the next address when an item has been stored.

Acetylcholine holds them down while an item is shown for storage, which makes them ready; when it
ends they fire a burst, and their command moves the bump of every module by a step along the first
axis. So each item has an address of its own, and nothing but the circuit says when to move.
"""

from __future__ import annotations

from dataclasses import dataclass

from hippokv.parameter import parameter

from ..population import Population, Projection, constants_of
from .burst_cells import BurstCellParameters, burst_cells, held_by_acetylcholine


@dataclass(frozen=True)
class PathCellParameters(BurstCellParameters):
    """Hold the constants of a path cell, which bursts when acetylcholine ends and commands."""

    command: float = parameter(
        0.2,
        "what a spike adds to the velocity that the cells command",
        chosen="full from 500 spikes in a second on",
        low=0.0,
        high=100.0,
    )
    command_tau_ms: float = parameter(
        10.0, "decay of that command", chosen="a mix of AMPA and NMDA", low=0.5, high=500.0
    )


#: What all path cells command together, once for all that hear it.
HEADING_EQUATIONS = """
dcommand/dt       = -command/command_tau                                                        : 1
"""


def path_cells(parameters: PathCellParameters, cells: int) -> tuple[Population | Projection, ...]:
    """Describe the population ``path`` and the ``heading`` that its cells command together.

    Parameters
    ----------
    parameters
        Constants of a cell.
    cells
        Number of cells.

    Returns
    -------
    tuple
        The populations, and what leads to and between them. The one ``command`` of ``heading`` is a
        velocity along the first axis.
    """
    return (
        burst_cells(parameters, "path", cells),
        Population(
            "heading", 1, HEADING_EQUATIONS, method="exact",
            constants=constants_of(parameters, "command_tau"),
        ),
        held_by_acetylcholine("path"),
        Projection("commanding", "path", "heading", {"spike": "command_post += command_pre"}),
    )  # fmt: skip
