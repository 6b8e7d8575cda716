"""Capacity: what the search and the curve say where the answer is known."""

from __future__ import annotations

import math

import numpy as np
import pytest

from hippokv.analysis.recall.capacity import capacity_by_bisection, capacity_of_curve, slope


@pytest.mark.parametrize("true", [0, 1, 2, 3, 7, 8, 40, 166])
def test_the_search_finds_where_a_memory_without_noise_fails(true: int) -> None:
    tried: list[int] = []

    def accuracy_of(length: int) -> float:
        tried.append(length)
        return 1.0 if length <= true else 0.9

    assert capacity_by_bisection(accuracy_of) == true
    assert len(tried) == len(set(tried)) <= 2 * math.log2(max(true, 1)) + 2


def test_the_criterion_itself_is_met() -> None:
    assert capacity_by_bisection(lambda length: 0.98 if length < 6 else 0.9799) == 5


def test_a_memory_that_never_fails_ends_the_search() -> None:
    assert capacity_by_bisection(lambda length: 1.0, longest=100) == 64


def test_a_curve_is_read_between_its_points() -> None:
    assert capacity_of_curve([10, 20, 30], [1.0, 0.99, 0.97]) == pytest.approx(25.0)
    assert capacity_of_curve([10, 20], [0.9, 0.8]) == 0.0
    assert math.isnan(capacity_of_curve([10, 20], [1.0, 0.98]))


def test_of_several_crossings_the_last_counts() -> None:
    found = capacity_of_curve([1, 2, 3, 4, 5], [1.0, 0.97, 1.0, 0.96, 0.95])
    assert found == pytest.approx(3.5)


def test_the_slope_does_not_depend_on_the_offset() -> None:
    sizes = np.array([20, 40, 80, 160])
    assert slope(sizes.tolist(), (1.07 * sizes - 3).tolist()) == pytest.approx(1.07)
