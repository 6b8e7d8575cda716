"""The sheet: where cells stand, and ways around the torus."""

from __future__ import annotations

import numpy as np
import pytest

from hippokv.analysis.grid_cells.sheet import Sheet, along_the_axes, nearest_image, on_the_plane


def test_cells_are_numbered_by_direction_then_along_the_second_axis() -> None:
    sheet = Sheet(5)
    assert (sheet.size, sheet.phase_turns.shape) == (100, (100, 2))
    for direction, ix, iy in ((0, 0, 1), (2, 3, 0), (3, 4, 4)):
        cell = direction * 25 + ix * 5 + iy
        np.testing.assert_allclose(sheet.phase_turns[cell], [ix / 5, iy / 5])


def test_the_axes_are_of_one_period_and_60_degrees_apart() -> None:
    first, second = on_the_plane(np.eye(2))
    assert np.linalg.norm(first) == pytest.approx(1) and np.linalg.norm(second) == pytest.approx(1)
    assert first @ second == pytest.approx(np.cos(np.pi / 3))
    vectors = np.random.default_rng(0).normal(size=(20, 2))
    np.testing.assert_allclose(on_the_plane(along_the_axes(vectors)), vectors)


def test_the_nearest_image_is_never_farther_than_any_other() -> None:
    stream = np.random.default_rng(1)
    ways = stream.uniform(-3, 3, (500, 2))
    near = nearest_image(ways)
    np.testing.assert_allclose(
        (near - ways) % 1.0 % 1.0, np.round((near - ways) % 1.0) % 1, atol=1e-9
    )
    length = np.linalg.norm(on_the_plane(near), axis=1)
    for turns in stream.integers(-4, 5, (60, 2)):
        assert (length <= np.linalg.norm(on_the_plane(ways + turns), axis=1) + 1e-9).all()
    # No place of the torus is farther from another than the corner of its hexagon.
    assert length.max() <= 1 / np.sqrt(3) + 1e-9
