"""The reminding memory: a consolidating memory whose slots close with time and open again by use.

Slots, nights, and neocortical groups are those of the consolidating memory, with the same numbers.
Three things are added, which count awake alone (:mod:`.cells.reopening`): the threshold of a slot
rises with the nights and falls with its spikes; cells that hold nothing fire more readily than all
others; and neocortical values fade where their cells fire while a slot returns its input.

What is wired: what consolidating_memory wires. What the schedule gives: what is shown, when it is
night, what is silent. What is given in the circuit: how fast slots close, how much a spike opens
them, how readily cells without a memory fire, and that values are labile while a slot returns its
input. What emerges: whether a slot or what is new wins a place, which places open a slot, and what
is left without the hippocampus.
"""

from __future__ import annotations

from functools import lru_cache
from typing import Any

from .cells.reopening import aware_of_returns, closing, labile
from .circuit import Circuit
from .consolidating_memory import consolidating_memory
from .known_circuits import KnownCircuit
from .reminding_memory_parameters import RemindingMemoryParameters


@lru_cache(maxsize=4)
def reminding_memory(parameters: RemindingMemoryParameters) -> Circuit:
    """Return a consolidating memory whose slots close with time.

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
    plain, own = consolidating_memory(parameters), parameters.reopening
    changed: dict[str, Any] = {
        "hippocampal": closing(plain["hippocampal"], own),
        "neocortical": aware_of_returns(plain["neocortical"], own),
        "cortical_values": labile(plain["cortical_values"], own),
    }
    parts = tuple(changed.get(part.name, part) for part in plain.parts)
    return Circuit("reminding_memory", parts, parameters)


CIRCUIT = KnownCircuit(reminding_memory, RemindingMemoryParameters)
