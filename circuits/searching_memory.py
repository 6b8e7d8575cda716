"""The searching memory: slots that come to mind by themselves, one after the other, without a cue.

Slots, keys and values are those of the slot memory, and slots fire by themselves as those of the
consolidating memory do. In a search there is no tonic acetylcholine; a slow rhythm brings all slots
near their threshold, the first escape spike ignites its slot, PV inhibition shuts out the others,
and the slot drives the values that it holds. Its cells then tire, and stay more excitable.

What is wired: what slot_memory wires, and that the cells of a slot excite one another. What the
schedule gives: when memory is searched (the channel ``offline``), and nothing of what. What is
given in the circuit: up- and down-states, a clock of random intervals; that cells tire and gain
excitability with each spike, by how much; where it is ``concussible``, that what a concussion takes
from all cells alike comes back with time. What emerges: which slot comes when, how many in a given
time, which come again, and with it what is gained and lost from one search to the next.
"""

from __future__ import annotations

from functools import lru_cache
from typing import Any

from .cells.concussion import concussible
from .cells.memory_search import practised
from .cells.offline_states import check_rhythm, slow_rhythm, with_offline_states
from .circuit import Circuit
from .known_circuits import KnownCircuit
from .searching_memory_parameters import SearchingMemoryParameters
from .slot_memory import CELLS, memory_parts
from .slot_memory_checks import check_delays, check_keys, check_resets, check_size
from .slot_memory_parameters import calibration_of


@lru_cache(maxsize=4)
def searching_memory(parameters: SearchingMemoryParameters) -> Circuit:
    """Return a slot memory that can be searched without a cue.

    Parameters
    ----------
    parameters
        Every number of the circuit.

    Raises
    ------
    InputError
        For the first parameter that cannot be used.
    ValueError
        Where the calibration of its competition has no solution.
    """
    check_size(parameters)
    check_keys(parameters)
    check_resets(parameters, CELLS)
    check_delays(parameters)
    check_rhythm(parameters)
    parts: dict[str, Any] = {
        part.name: part for part in memory_parts(parameters, calibration_of(parameters).bias_pA)
    }
    shared, cells, recurrence = with_offline_states(parts["hippocampal"], parameters.search)
    cells = practised(cells, parameters.search)
    parts |= {"hippocampal": concussible(cells, parameters) if parameters.concussible else cells}
    return Circuit(
        "searching_memory",
        (*parts.values(), slow_rhythm(parameters.rhythm), shared, recurrence),
        parameters,
    )


CIRCUIT = KnownCircuit(searching_memory, SearchingMemoryParameters)
