"""Axonal delays: a spike reaches all cells behind it some time after it was fired."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from hippokv.parameter import parameter

from ..population import Part, Projection, constants_of

#: Longest delay with which recall was measured to be that without, in ms.
MEASURED_DELAY_MS = 4.0
#: Names of the constants of a projection that has delays.
SHORTEST, LONGEST = "shortest_delay", "longest_delay"
#: Knuth's multiplier, by which neighbouring cells have delays that are not alike.
_SPREAD, _BITS = 2654435761, 24


@dataclass(frozen=True)
class AxonalDelays:
    """Hold how long spikes travel, from one cell to the next the same spread in all projections."""

    shortest_delay_ms: float = parameter(
        0.0, "delay of the fastest axon", chosen="none", low=0.0, high=100.0
    )
    longest_delay_ms: float = parameter(
        0.0,
        "delay of the slowest axon; those between are spread evenly over the cells",
        chosen="none",
        low=0.0,
        high=100.0,
    )

    @property
    def mean_ms(self) -> float:
        """Mean delay of an axon."""
        return (self.shortest_delay_ms + self.longest_delay_ms) / 2


def with_delays(parts: tuple[Part, ...], delays: AxonalDelays) -> tuple[Part, ...]:
    """Return a circuit's parts with delays of all projections that connect all cells.

    What wires single cells together has none. Without any delay the parts are those given.
    """
    if not delays.longest_delay_ms:
        return parts
    return tuple(
        replace(part, constants=(*part.constants, *constants_of(delays)))
        if isinstance(part, Projection) and part.all_to_all
        else part
        for part in parts
    )


def is_delayed(projection: Projection) -> bool:
    """Return whether the spikes of a projection travel."""
    return any(one.name == LONGEST for one in projection.constants)


def delay_steps(cells: int, shortest_s: float, longest_s: float, dt_s: float) -> NDArray[np.int64]:
    """Return the delay of each axon in steps, shape (cells,), as the C++ of a circuit has it."""
    hashed = (np.arange(cells, dtype=np.uint64) * _SPREAD % 2**32) >> (32 - _BITS)
    part = hashed / 2**_BITS
    found: NDArray[np.int64] = ((shortest_s + (longest_s - shortest_s) * part) / dt_s + 0.5).astype(
        np.int64
    )
    return found
