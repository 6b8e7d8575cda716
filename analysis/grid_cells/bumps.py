"""Where the bumps of grid modules are, read from the spikes of their cells."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from hippokv.arrays import Array
from hippokv.circuits.grid.sheet_geometry import Sheets
from hippokv.circuits.recording import SpikeTrain
from hippokv.circuits.schedule import Event

#: Length of the windows in which protocols read and draw bumps.
WINDOW_MS = 100.0
#: Distance from its centre within which the spikes of one bump lie, in steps.
BUMP_RADIUS_STEPS = 1.0
#: Part of the spikes within it from which on a module is said to have one bump.
ONE_BUMP_SHARE = 0.8


@dataclass(frozen=True)
class Bumps:
    """Hold the bumps of all modules in several windows.

    Parameters
    ----------
    places
        Centre of each bump in steps along the axes, shape (windows, M, 2).
    phases
        Lattice phase next to it, shape (windows, M).
    share
        Part of a module's spikes that lie around the centre, shape (windows, M).
    rate_Hz
        Summed rate of the cells of a module, shape (windows, M).
    """

    places: Array
    phases: NDArray[np.intp]
    share: Array
    rate_Hz: Array

    @property
    def single(self) -> NDArray[np.bool_]:
        """Whether a module has exactly one bump, shape (windows, M)."""
        return self.share >= ONE_BUMP_SHARE

    def at(self, phases: NDArray[np.intp]) -> NDArray[np.bool_]:
        """Return whether each module has one bump, at these phases, shape (windows, M)."""
        return np.asarray(self.single & (self.phases == phases))


def bumps(
    grid: SpikeTrain, sheets: Sheets, starts_ms: Sequence[float] | Array, length_ms: float
) -> Bumps:
    """Return the bumps of all modules in windows.

    The centre is the population vector on the torus: the angle of the mean of
    :math:`e^{2\\pi i x/\\lambda}` over spikes, along each axis.
    """
    counts = np.array([grid.counts(start, start + length_ms) for start in starts_ms], dtype=float)
    at_point = np.zeros((len(counts), sheets.n_points))
    for row, row_counts in enumerate(counts):
        at_point[row] = np.bincount(sheets.point_of_cell, row_counts, minlength=sheets.n_points)
    shape = (len(counts), len(sheets.periods))
    places, share, total = np.zeros((*shape, 2)), np.zeros(shape), np.zeros(shape)
    phases = np.zeros(shape, dtype=np.intp)
    for module, period in enumerate(sheets.periods):
        first, stop = sheets.first_point[module : module + 2]
        spikes, here = at_point[:, first:stop], sheets.coordinates(module)
        total[:, module] = spikes.sum(axis=1)
        vector = spikes @ np.exp(2j * np.pi * here / period)
        places[:, module] = np.angle(vector) / (2 * np.pi) * period % period
        nearest = np.round(places[:, module]).astype(int) % period
        phases[:, module] = nearest[:, 0] * period + nearest[:, 1]
        near = sheets.distance(module, places[:, module], here) <= BUMP_RADIUS_STEPS
        share[:, module] = (spikes * near).sum(axis=1) / np.maximum(total[:, module], 1)
    return Bumps(places, phases, share, total / (length_ms / 1e3))


def bumps_late_in(
    grid: SpikeTrain, sheets: Sheets, events: Sequence[Event], after_ms: float
) -> Bumps:
    """Return the bumps of all modules in events of one length, from some time into each on.

    Parameters
    ----------
    after_ms
        How long after its begin an event is looked at.
    """
    starts_ms = [event.start_ms + after_ms for event in events]
    return bumps(grid, sheets, starts_ms, events[0].stop_ms - starts_ms[0])
