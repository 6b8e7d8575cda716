"""The recording: what a circuit did, as plain arrays."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray


@dataclass(frozen=True)
class SpikeTrain:
    """Hold the spikes of one population.

    Parameters
    ----------
    time_s
        Spike times in s, in order, shape (spikes,).
    cell
        Index of the cell that fired, shape (spikes,).
    size
        Number of cells of the population.
    """

    time_s: NDArray[np.float64]
    cell: NDArray[np.int32]
    size: int

    def counts(self, start_ms: float, stop_ms: float) -> NDArray[np.int64]:
        """Count the spikes of each cell in a window, shape (size,)."""
        first, last = np.searchsorted(self.time_s, [start_ms / 1e3, stop_ms / 1e3])
        return np.bincount(self.cell[first:last], minlength=self.size)


@dataclass(frozen=True)
class Recording:
    """Hold what a run of a circuit left behind.

    Parameters
    ----------
    spikes
        Spikes of every population, by name.
    events
        Other events of cells, by name (``dendritic_spike``), in the same form.
    weights
        Synaptic weights at the end, by projection, shape (pre cells, post cells), or (post cells,
        pre cells) where the circuit's ``rows_are_post`` names it: a row of keys and of values
        belongs to a hippocampal cell alike.
    duration_ms
        Simulated time in ms.
    cells
        What each cell of a population had at the end, by ``VARIABLE_POPULATION``: the label that
        tagging gave it, and how much of an opsin it makes.
    """

    spikes: Mapping[str, SpikeTrain]
    events: Mapping[str, SpikeTrain]
    weights: Mapping[str, NDArray[np.float64]]
    duration_ms: float
    cells: Mapping[str, NDArray[np.float64]] = field(default_factory=dict)
