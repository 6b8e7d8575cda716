"""Bumps read from spikes: nearest phase, wrapped, and told from noise."""

from __future__ import annotations

import numpy as np

from hippokv.analysis.module_addresses import module_phases
from hippokv.circuits.recording import Recording, SpikeTrain
from hippokv.circuits.sheet_geometry import Sheets

SHEETS = Sheets((3, 4), 3)


def recording_of(rates: np.ndarray) -> Recording:
    """Return a recording in which each grid cell fires so many spikes in 100 ms."""
    cells = np.repeat(np.arange(SHEETS.n_cells), rates.astype(int))
    times = np.linspace(0.0, 0.099, len(cells))
    train = SpikeTrain(times, cells.astype(np.int32), SHEETS.n_cells)
    return Recording({"grid": train}, {}, {}, 100.0)


def test_a_bump_is_read_at_its_phase_also_across_the_edge() -> None:
    profiles = SHEETS.profiles(0.4)
    for first, second in ((0, 0), (4, 7), (8, 15)):
        bump = profiles[first] + profiles[SHEETS.first_phase[1] + second]
        found = module_phases(
            recording_of(np.round(9 * bump)[SHEETS.point_of_cell]), SHEETS, 0.0, 100.0
        )
        assert found.tolist() == [first, second]


def test_silence_and_uniform_firing_are_no_bump() -> None:
    for rates in (np.zeros(SHEETS.n_cells), np.full(SHEETS.n_cells, 2)):
        assert module_phases(recording_of(rates), SHEETS, 0.0, 100.0).tolist() == [-1, -1]
