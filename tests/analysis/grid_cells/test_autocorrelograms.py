"""Autocorrelograms: by Fourier transform, the same as pair by pair."""

from __future__ import annotations

import numpy as np
import pytest
from numpy.typing import NDArray

from hippokv.analysis.grid_cells.autocorrelograms import FEWEST_BINS, autocorrelograms


def pair_by_pair(rates: NDArray[np.float64], down: int, right: int) -> float:
    """Return the correlation of a map with itself at a shift, from the definition."""
    bins = len(rates)
    here = rates[max(0, -down) : bins - max(0, down), max(0, -right) : bins - max(0, right)]
    there = rates[max(0, down) : bins - max(0, -down), max(0, right) : bins - max(0, -right)]
    both = np.isfinite(here) & np.isfinite(there)
    if both.sum() < FEWEST_BINS:
        return np.nan
    return float(np.corrcoef(here[both], there[both])[0, 1])


def test_every_shift_is_the_correlation_of_the_bins_that_overlap() -> None:
    stream = np.random.default_rng(0)
    maps = stream.gamma(2.0, 3.0, (3, 11, 11)) + 100
    maps[:, 2:5, 6] = np.nan
    found = autocorrelograms(maps)
    assert found.shape == (3, 21, 21)
    for down in range(-10, 11):
        for right in range(-10, 11):
            expected = [pair_by_pair(rates, down, right) for rates in maps]
            np.testing.assert_allclose(found[:, 10 + down, 10 + right], expected, atol=1e-9)
    np.testing.assert_allclose(found[:, 10, 10], 1.0)


def test_a_cell_that_never_fires_has_none_and_the_others_keep_theirs() -> None:
    maps = np.random.default_rng(1).random((2, 9, 9))
    alone = autocorrelograms(maps[:1])
    maps[1] = 0.0
    found = autocorrelograms(maps)
    np.testing.assert_allclose(found[:1], alone)
    assert np.isnan(found[1]).all()


def test_where_one_part_is_silent_the_correlation_is_none() -> None:
    rates = np.zeros((1, 12, 12))
    rates[0, :3, :3] = np.random.default_rng(2).random((3, 3))
    found = autocorrelograms(rates)[0]
    # At a shift of half the box, field and field are over silence.
    assert found[11, 11] == pytest.approx(1)
    assert found[11 + 6, 11 - 6] == 0.0


def test_maps_unknown_in_different_bins_are_refused() -> None:
    maps = np.random.default_rng(3).random((2, 6, 6))
    maps[0, 0, 0] = np.nan
    with pytest.raises(ValueError, match="same bins"):
        autocorrelograms(maps)
