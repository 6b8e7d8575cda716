"""Hippocampal activity: thresholds and winners."""

from __future__ import annotations

import numpy as np
import pytest

from hippokv.analysis.scaffold.hippocampal_activity import AtLeast, Rectified, Winners, winners
from hippokv.errors import InputError


def test_the_strongest_win_and_of_equals_the_first() -> None:
    drive = np.array([[1.0, 3.0, 2.0, 2.0, 0.0], [1.0, 1.0, 1.0, 1.0, 1.0]])
    assert winners(drive, 2).tolist() == [[0, 1, 1, 0, 0], [1, 1, 0, 0, 0]]
    drive = np.random.default_rng(0).integers(5, size=(50, 30)).astype(float)
    expected = np.zeros(drive.shape)
    np.put_along_axis(expected, np.argsort(-drive, axis=1, kind="stable")[:, :7], 1.0, axis=1)
    np.testing.assert_array_equal(winners(drive, 7), expected)


def test_graded_winners_are_the_same_cells_with_the_same_sum_of_squares() -> None:
    drive = np.random.default_rng(0).normal(size=(20, 50))
    alike, graded = Winners(5)(drive), Winners(5, graded=True)(drive)
    np.testing.assert_array_equal(graded > 0, alike > 0)
    np.testing.assert_allclose((graded**2).sum(axis=1), 5)
    assert np.all(graded.argmax(axis=1) == drive.argmax(axis=1))


def test_graded_winners_that_tie_with_losers_fire_alike() -> None:
    assert Winners(2, graded=True)(np.ones((1, 4))).tolist() == [[1, 1, 0, 0]]


def test_all_may_win() -> None:
    drive = np.array([[2.0, -1.0]])
    assert Winners(2)(drive).tolist() == [[1, 1]]
    assert np.isfinite(Winners(2, graded=True)(drive)).all()


def test_somebody_must_win() -> None:
    with pytest.raises(InputError, match="n_active"):
        Winners(0)


def test_thresholds_are_above_or_at_least() -> None:
    drive = np.array([[0.25, 0.5, 2.0]])
    assert Rectified(0.5)(drive).tolist() == [[0, 0, 1.5]]
    assert AtLeast(0.5)(drive).tolist() == [[0, 1, 1]]
