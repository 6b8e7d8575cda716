"""Path cells: they move the grid modules on to the next address when an item has been stored.

Acetylcholine holds them down while an item is shown for storage, which makes them ready; when it
ends they fire a burst, and their command moves the bump of every module by a step along the first
axis. So each item has an address of its own, and nothing but the circuit says when to move.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from hippokv.parameter import parameter, si_values

from .burst_cells import BurstCellParameters, burst_cells, held_by_acetylcholine

if TYPE_CHECKING:
    from brian2 import NeuronGroup, Synapses


@dataclass(frozen=True)
class PathCellParameters(BurstCellParameters):
    """Hold the constants of a path cell, which bursts when acetylcholine ends, and of its command."""

    # fmt: off
    command: float = parameter(0.2, "what a spike adds to the velocity that the cells command", "chosen: full from 500 spikes in a second on", low=0.0, high=100.0)
    command_tau_ms: float = parameter(10.0, "decay of that command", "chosen: a mix of AMPA and NMDA", low=0.5, high=500.0)
    # fmt: on


#: What all path cells command together, once for all that hear it.
HEADING_EQUATIONS = """
dcommand/dt       = -command/command_tau                                                        : 1
command_tau                                                                                     : second (shared)
"""


def path_cells(
    parameters: PathCellParameters, size: int, functions: dict[str, Any]
) -> tuple[NeuronGroup, NeuronGroup]:
    """Create the path cells and what they command together.

    Parameters
    ----------
    parameters
        Constants of a cell.
    size
        Number of cells.
    functions
        Functions that read the schedule.

    Returns
    -------
    tuple
        The population ``path``, and ``heading``, whose one ``command`` is a velocity along the
        first axis.
    """
    from brian2 import NeuronGroup

    heading = NeuronGroup(1, HEADING_EQUATIONS, method="exact", name="heading")
    return burst_cells(parameters, size, "path", functions), heading


def path_projections(
    cholinergic: NeuronGroup, path: NeuronGroup, heading: NeuronGroup
) -> list[Synapses]:
    """Connect the cholinergic cells to the path cells, and these to what they command."""
    from brian2 import Synapses

    commanding = Synapses(path, heading, on_pre="command_post += command_pre", name="commanding")
    commanding.connect()
    return [held_by_acetylcholine(cholinergic, path), commanding]


def path_values(parameters: PathCellParameters) -> dict[str, float]:
    """Return what of them is set at run time, by ``object.variable``, in SI units."""
    found = {f"path.{name}": value for name, value in si_values(parameters).items()}
    found["path.v"] = parameters.resting_voltage_mV * 1e-3
    found["heading.command_tau"] = parameters.command_tau_ms * 1e-3
    return found
