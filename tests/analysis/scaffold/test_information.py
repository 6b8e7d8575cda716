"""Information of recalled bits."""

from __future__ import annotations

import numpy as np
import pytest

from hippokv.analysis.scaffold.information import (
    bits_right,
    information_per_bit,
    information_recalled,
)


@pytest.mark.parametrize(
    ("accuracy", "bits"),
    [(1.0, 1.0), (0.977, 0.84), (0.921, 0.60), (0.793, 0.26), (0.638, 0.06), (0.5, 0), (0.4, 0)],
)
def test_information_is_that_of_a_symmetric_channel(accuracy: float, bits: float) -> None:
    assert information_per_bit(accuracy) == pytest.approx(bits, abs=0.01)


def test_a_tie_counts_one_half() -> None:
    patterns = np.array([[1.0, -1.0, 1.0, -1.0]])
    assert bits_right(np.array([[2.0, 0.5, 0.0, -3.0]]), patterns) == 0.625


def test_patterns_that_all_come_back_are_all_their_bits() -> None:
    patterns = np.random.default_rng(0).choice([-1.0, 1.0], (7, 30))
    assert information_recalled(patterns, patterns) == 210
