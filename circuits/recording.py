"""The recording: what a circuit did, as plain arrays."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

from hippokv.shown_in_notebooks import ShownInNotebooks

from .optional_library import library

#: The largest number of a step.
LAST_STEP = 2**31 - 1


@dataclass(frozen=True)
class SpikeTrain:
    """Hold the spikes of one population, as numbers of time steps: half of what times would take.

    Parameters
    ----------
    step
        Number of the time step of each spike, in order, shape (spikes,); not whole where the spikes
        are not those of a simulation.
    cell
        Index of the cell that fired, shape (spikes,).
    size
        Number of cells of the population; 0 where an old file does not say.
    dt_s
        Length of a time step in s.
    """

    step: NDArray[np.int32] | NDArray[np.float64]
    cell: NDArray[np.int32]
    size: int
    dt_s: float

    def __repr__(self) -> str:
        cells = f"{self.size} cells" if self.size else "cells of unknown number"
        return f"<SpikeTrain: {len(self.step)} spikes of {cells}>"

    @classmethod
    def at(cls, time_s: NDArray[np.float64], cell: NDArray[np.int32], size: int) -> SpikeTrain:
        """Return a train with its spikes at any times in s, in order: their steps last 1 s."""
        return cls(np.asarray(time_s, dtype=float), cell, size, 1.0)

    @property
    def time_s(self) -> NDArray[np.float64]:
        """Spike times in s, in order, shape (spikes,)."""
        return np.multiply(self.step, self.dt_s, dtype=float)

    def between(self, start_ms: float, stop_ms: float) -> slice:
        """Return which spikes are in a window, its start included."""
        most = LAST_STEP if self.step.dtype.kind == "i" else np.inf
        edges = [min(max(self._edge(at / 1e3), -most), most) for at in (start_ms, stop_ms)]
        # In another type the search would copy all spikes.
        first, last = self.step.searchsorted(np.array(edges, dtype=self.step.dtype))
        return slice(int(first), int(last))

    def counts(self, start_ms: float, stop_ms: float) -> NDArray[np.int64]:
        """Count the spikes of each cell in a window, shape (size,)."""
        return np.bincount(self.cell[self.between(start_ms, stop_ms)], minlength=self.size)

    def _edge(self, time_s: float) -> float:
        """Return the first step that is not before a time, as rounding has the times of steps."""
        if self.step.dtype.kind == "f" or not np.isfinite(time_s):
            return time_s / self.dt_s
        step = int(time_s / self.dt_s)
        while step * self.dt_s >= time_s:
            step -= 1
        while step * self.dt_s < time_s:
            step += 1
        return step


@dataclass(frozen=True)
class Trace:
    """Hold what a probe recorded of one part of a circuit.

    Parameters
    ----------
    time_s
        Times of the samples in s, shape (samples,).
    cells
        Numbers of the cells, or of those that the rows of synapses belong to, shape (cells,).
    values
        Values in SI units by variable, shape (samples, cells), or (samples, rows, columns) of a
        projection, as in its table of weights.
    units
        Unit of each variable in words of Brian2.
    """

    time_s: NDArray[np.float64]
    cells: NDArray[np.int64]
    values: Mapping[str, NDArray[np.float64]]
    units: Mapping[str, str]

    def __repr__(self) -> str:
        return (
            f"<Trace of {', '.join(self.values)}: {len(self.time_s)} samples of "
            f"{len(self.cells)} cells>"
        )


@dataclass(frozen=True)
class Recording(ShownInNotebooks):
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
    traces
        What probes recorded, by population and projection.
    """

    spikes: Mapping[str, SpikeTrain]
    events: Mapping[str, SpikeTrain]
    weights: Mapping[str, NDArray[np.float64]]
    duration_ms: float
    cells: Mapping[str, NDArray[np.float64]] = field(default_factory=dict)
    traces: Mapping[str, Trace] = field(default_factory=dict)

    def __repr__(self) -> str:
        spikes = ", ".join(f"{name} {len(train.step)}" for name, train in self.spikes.items())
        return f"<Recording of {self.duration_ms / 1e3:g} s: spikes of {spikes}>"

    def to_pandas(self) -> Any:
        """Return spikes and events as a ``pandas.DataFrame``: ``name``, ``time_s`` and ``cell``.

        Raises
        ------
        InputError
            Without pandas.
        """
        pandas = library("pandas")
        trains = {**self.spikes, **self.events}
        counts = [len(train.step) for train in trains.values()]
        names = pandas.Categorical.from_codes(
            np.repeat(np.arange(len(trains)), counts), list(trains)
        )
        times = [train.time_s for train in trains.values()]
        cells = [train.cell for train in trains.values()]
        return pandas.DataFrame(
            {
                "name": names,
                "time_s": np.concatenate([np.zeros(0), *times]),
                "cell": np.concatenate([np.zeros(0, dtype=np.int32), *cells]),
            }
        )

    def to_xarray(self) -> Any:
        """Return all of it as an ``xarray.Dataset``.

        Raises
        ------
        InputError
            Without xarray.
        """
        found: dict[str, Any] = {}
        trains = {f"spikes_{name}": train for name, train in self.spikes.items()}
        for name, train in (trains | dict(self.events)).items():
            about: dict[str, Any] = {"cells": train.size}
            found[f"{name}_time"] = ((name,), train.time_s, {"units": "s", **about})
            found[f"{name}_cell"] = ((name,), train.cell, about)
        for name, weights in self.weights.items():
            found[f"weights_{name}"] = ((f"{name}_row", f"{name}_column"), weights)
        for name, held in self.cells.items():
            found[name] = ((f"{name}_cell",), held)
        coordinates: dict[str, Any] = {}
        for part, trace in self.traces.items():
            dimensions = (f"{part}_time", f"{part}_cell", f"{part}_column_of_trace")
            coordinates[dimensions[0]] = (dimensions[:1], trace.time_s, {"units": "s"})
            coordinates[dimensions[1]] = (dimensions[1:2], trace.cells)
            for name, values in trace.values.items():
                about = {"units": trace.units[name]}
                found[f"{part}.{name}"] = (dimensions[: values.ndim], values, about)
        return library("xarray").Dataset(found, coordinates, {"duration_ms": self.duration_ms})
