"""Where the bumps of grid modules are, read from the spikes of the grid cells."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from hippokv.circuits.recording import Recording
from hippokv.circuits.sheet_geometry import Sheets

#: Mean resultant length from which on the spikes of a module count as one bump.
LEAST_CONCENTRATION = 0.5


def module_phases(
    recording: Recording, sheets: Sheets, start_ms: float, stop_ms: float
) -> NDArray[np.int64]:
    """Return the lattice phase nearest to the bump of each module, shape (modules,).

    The place of a bump is the circular mean of the spikes along each axis. A module without one
    bump has the phase -1.

    Parameters
    ----------
    recording
        What the circuit did.
    sheets
        Geometry of its modules.
    start_ms, stop_ms
        The time that is looked at.
    """
    by_cell = recording.spikes["grid"].counts(start_ms, stop_ms)
    by_point = np.bincount(sheets.point_of_cell, weights=by_cell, minlength=sheets.n_points)
    phases = []
    for module, period in enumerate(sheets.periods):
        spikes = by_point[sheets.first_point[module] : sheets.first_point[module + 1]]
        angles = 2j * np.pi * sheets.coordinates(module) / period
        mean = (spikes[:, None] * np.exp(angles)).sum(axis=0) / max(spikes.sum(), 1.0)
        if np.abs(mean).min() < LEAST_CONCENTRATION:
            phases.append(-1)
            continue
        first, second = np.round(np.angle(mean) / (2 * np.pi) * period).astype(int) % period
        phases.append(first * period + second)
    return np.array(phases)
