"""The phase of the bump, read from the spikes of a module."""

from __future__ import annotations

import numpy as np
import pytest

from hippokv.analysis.grid_cells.bump_phase import bump_phase
from hippokv.analysis.grid_cells.sheet import Sheet, along_the_axes, nearest_image, on_the_plane
from hippokv.analysis.grid_cells.trajectory import PathSpikes
from made_up import module_spikes, walk


def test_the_bump_is_found_where_it_is_all_over_the_sheet() -> None:
    sheet, path = Sheet(12), walk(30.0)
    spikes = module_spikes(path, sheet, path.mid_position_cm, 40.0, seed=1)
    found = bump_phase(spikes, sheet, path.steps, path.step_ms, smoothing_ms=20.0)
    off = nearest_image(found.turns - along_the_axes(path.mid_position_cm / 40.0))
    error = np.linalg.norm(on_the_plane(off), axis=1)
    assert np.sqrt(np.mean(error**2)) < 0.03
    assert np.linalg.norm(on_the_plane(off.mean(axis=0))) < 0.003
    assert 0.4 < found.concentration.mean() < 0.8


def test_a_step_without_spikes_has_no_phase() -> None:
    sheet = Sheet(4, directions=1)
    spikes = PathSpikes(np.array([1, 1]), np.array([9, 9]), 16)
    found = bump_phase(spikes, sheet, 3, 20.0, smoothing_ms=0.0)
    assert np.isnan(found.turns[[0, 2]]).all()
    np.testing.assert_allclose(found.turns[1], [0.5, 0.25])
    assert found.concentration[1] == pytest.approx(1)


def test_activity_all_over_the_sheet_has_no_concentration() -> None:
    sheet = Sheet(6)
    spikes = PathSpikes(np.zeros(sheet.size, dtype=int), np.arange(sheet.size), sheet.size)
    assert bump_phase(spikes, sheet, 1, 20.0, 0.0).concentration[0] == pytest.approx(0, abs=1e-9)


def test_spikes_of_another_module_are_refused() -> None:
    with pytest.raises(ValueError, match="spikes of 3 cells, but the sheet has 64"):
        bump_phase(PathSpikes(np.array([0]), np.array([0]), 3), Sheet(4), 1, 20.0)
