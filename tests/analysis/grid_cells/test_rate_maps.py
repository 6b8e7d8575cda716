"""Rate maps: rates rather than counts, and nothing said of places never visited."""

from __future__ import annotations

import numpy as np

from hippokv.analysis.grid_cells.rate_maps import (
    MapParameters,
    mapped_path,
    rate_maps,
    rate_maps_of,
)
from hippokv.analysis.grid_cells.trajectory import Trajectory
from made_up import fired, place_cell, walk


def test_a_steady_rate_is_the_same_everywhere_however_long_the_stay() -> None:
    path = walk(300.0)
    mapped = mapped_path(path)
    maps = rate_maps([np.arange(path.steps)], mapped)
    # One spike in each step of 20 ms.
    np.testing.assert_allclose(maps[0][mapped.visited], 50.0)
    assert np.ptp(mapped.occupancy_s[mapped.visited]) > 0.1


def test_places_that_were_never_near_the_path_are_unknown() -> None:
    corner = np.stack([np.linspace(5, 45, 500), np.linspace(5, 45, 500)[::-1]], axis=1)
    path = Trajectory(corner, 20.0, 100.0)
    mapped = mapped_path(path, MapParameters(bin_cm=5.0, smoothing_cm=5.0))
    (rates,) = rate_maps([np.arange(10)], mapped)
    assert np.isnan(rates[12:]).all() and np.isnan(rates[:, 12:]).all()
    assert np.isfinite(rates).sum() == mapped.visited.sum() > 8


def test_without_smoothing_a_map_is_spikes_over_time() -> None:
    path = Trajectory(np.array([[5.0, 15.0]] * 51), 20.0, 20.0)
    mapped = mapped_path(path, MapParameters(bin_cm=10.0, smoothing_cm=0.0))
    (rates,) = rate_maps([np.array([0, 0, 3])], mapped)
    # Rows run along y: the place is in the upper row and the left column.
    assert rates[1, 0] == 3.0
    assert np.isnan(rates).sum() == 3


def test_a_field_is_mapped_where_it_is() -> None:
    path, stream = walk(600.0), np.random.default_rng(0)
    centre = np.array([70.0, 30.0])
    spikes = fired(path, [place_cell(centre)], stream)
    mapped = mapped_path(path)
    (rates,) = rate_maps_of(spikes, np.array([0]), mapped)
    row, column = np.unravel_index(np.nanargmax(rates), rates.shape)
    found = (np.array([column, row]) + 0.5) * mapped.bin_cm
    assert np.linalg.norm(found - centre) < 8
    assert 7 < np.nanmax(rates) < 15
