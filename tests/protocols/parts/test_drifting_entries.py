"""Entries that drift: alike when near, less and less so, whatever the order of the times."""

from __future__ import annotations

import numpy as np
import pytest

from hippokv.protocols.parts.drifting_entries import drifting_entries


def test_products_fall_as_the_time_constants_say() -> None:
    hours, range_h = np.array([0.0, 1.0, 24.0, 768.0]), (0.3, 10_000.0)
    stream = np.random.default_rng(1)
    drawn = np.array([drifting_entries(hours, 22, range_h, stream) for _ in range(1500)])
    assert set(np.unique(drawn)) == {-1, 1}
    products = (drawn[:, :1] * drawn).mean(axis=(0, 2))
    taus_h = np.geomspace(*range_h, 22)
    assert products == pytest.approx(
        [np.exp(-hour / taus_h).mean() for hour in hours], abs=4 / np.sqrt(1500 * 22)
    )


def test_slow_entries_outlast_fast_ones() -> None:
    stream = np.random.default_rng(2)
    drawn = np.array(
        [drifting_entries(np.array([0.0, 100.0]), 10, (1.0, 1e5), stream) for _ in range(500)]
    )
    kept = (drawn[:, 0] == drawn[:, 1]).mean(axis=0)
    assert kept[0] < 0.6 < 0.95 < kept[-1]


def test_times_in_another_order_are_the_same_life() -> None:
    hours = np.array([48.0, 0.0, 24.0])
    drawn = drifting_entries(hours, 8, (1.0, 1e3), np.random.default_rng(3))
    sorted_ = drifting_entries(np.sort(hours), 8, (1.0, 1e3), np.random.default_rng(3))
    np.testing.assert_array_equal(drawn[np.argsort(hours)], sorted_)


def test_equal_times_are_one_occasion() -> None:
    drawn = drifting_entries(np.full(5, 3.0), 30, (1.0, 10.0), np.random.default_rng(4))
    assert (drawn == drawn[0]).all()
