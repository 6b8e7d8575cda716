"""Bumps read from made-up spikes: their places on the torus, and whether there is one."""

from __future__ import annotations

import numpy as np
import pytest

from hippokv.analysis.grid_cells.bumps import bumps
from hippokv.circuits.grid.sheet_geometry import Sheets
from hippokv.circuits.recording import SpikeTrain

SHEETS = Sheets((3, 5), 3)


def spikes_around(places: list[list[float]], cells_apart: float = 0.5) -> SpikeTrain:
    """Return a spike of every cell near some places of each module, in the first 100 ms."""
    cells = []
    for module, centres in enumerate((places[0::2], places[1::2])):
        near = SHEETS.distance(module, np.array(centres), SHEETS.coordinates(module)) <= cells_apart
        points = SHEETS.first_point[module] + np.flatnonzero(near.any(axis=0))
        cells.append(np.flatnonzero(np.isin(SHEETS.point_of_cell, points)))
    cell = np.concatenate(cells).astype(np.int32)
    return SpikeTrain.at(np.linspace(0, 0.09, len(cell)), cell, SHEETS.n_cells)


@pytest.mark.parametrize(
    ("first", "second", "phases"),
    [
        ([1, 2], [4, 0], [5, 20]),
        ([0, 0], [0, 0], [0, 0]),
        ([2.9, 2.9], [4.7, 0.2], [0, 0]),
        ([0, 2], [2, 4.4], [2, 14]),
    ],
)
def test_a_bump_is_found_across_the_edges(
    first: list[float], second: list[float], phases: list[int]
) -> None:
    found = bumps(spikes_around([first, second]), SHEETS, [0.0], 100.0)
    np.testing.assert_array_equal(found.phases[0], phases)
    assert found.single.all()
    assert found.at(np.array([phases])).all()
    assert not found.at(np.array([phases]) + 1).any()


def test_two_bumps_are_not_one() -> None:
    found = bumps(spikes_around([[0, 0], [0, 0], [1.5, 1.5], [0, 0]]), SHEETS, [0.0], 100.0)
    assert list(found.single[0]) == [False, True]


def test_a_silent_module_has_no_bump() -> None:
    silent = SpikeTrain.at(np.zeros(0), np.zeros(0, dtype=np.int32), SHEETS.n_cells)
    found = bumps(silent, SHEETS, [0.0, 50.0], 50.0)
    assert not found.single.any()
    assert (found.rate_Hz == 0).all()


def test_uniform_firing_is_no_bump() -> None:
    cell = np.tile(np.arange(SHEETS.n_cells, dtype=np.int32), 2)
    train = SpikeTrain.at(np.linspace(0, 0.09, len(cell)), cell, SHEETS.n_cells)
    assert not bumps(train, SHEETS, [0.0], 100.0).single.any()


def test_windows_are_apart() -> None:
    train = spikes_around([[1, 1], [1, 1]])
    found = bumps(train, SHEETS, [0.0, 200.0], 100.0)
    assert list(found.single.all(axis=1)) == [True, False]
    assert found.rate_Hz[0].sum() == pytest.approx(10 * len(train.time_s))
