"""The geometry of grid modules: a twisted torus, kernels that sum to one, pinned phases."""

from __future__ import annotations

import numpy as np
import pytest

from hippokv.circuits.grid.sheet_geometry import (
    AXES,
    DIRECTIONS,
    TAKEN_UP,
    Sheets,
    parsed_periods,
    pinning_kernel,
    recurrent_kernel,
    within_reach,
)

SHEETS = Sheets((3, 4), 3)


def test_cells_are_four_at_a_point_and_points_follow_the_modules() -> None:
    assert SHEETS.n_points == 81 + 144
    assert SHEETS.n_cells == 4 * SHEETS.n_points
    assert SHEETS.n_phases == 9 + 16
    counts = np.bincount(SHEETS.point_of_cell)
    assert (counts == 4).all()
    taken_up = SHEETS.velocity_taken_up[SHEETS.point_of_cell == 100]
    assert {tuple(one) for one in taken_up} == {(1, 0), (0, 1), (-1, 0), (0, -1)}


@pytest.mark.parametrize("number", DIRECTIONS)
def test_the_directions_of_a_point_move_a_bump_along_the_velocity(number: int) -> None:
    velocity = np.random.default_rng(0).normal(size=(20, 2))
    moved = velocity @ TAKEN_UP[number].T @ DIRECTIONS[number] / 2
    np.testing.assert_allclose(moved, velocity, atol=1e-12)


def test_no_direction_stands_out_of_six() -> None:
    np.testing.assert_allclose(np.linalg.norm(DIRECTIONS[6] @ AXES, axis=1), 1.0)
    angles = np.deg2rad(np.arange(0, 360, 10))
    velocity = np.stack([np.cos(angles), np.sin(angles)], axis=1) @ np.linalg.inv(AXES)
    strongest = np.sort(np.abs(velocity @ TAKEN_UP[6].T), axis=1)
    np.testing.assert_allclose(strongest, np.roll(strongest, 6, axis=0), atol=1e-12)
    assert not np.allclose(np.abs(velocity).sum(axis=1), np.roll(np.abs(velocity).sum(axis=1), 6))


@pytest.mark.parametrize(
    ("step", "length"),
    [
        ((1, 0), 1.0),
        ((0, 1), 1.0),
        ((-1, 1), 1.0),
        ((1, 1), np.sqrt(3)),
        ((4, 0), 0.0),
        ((0, 4), 0.0),
    ],
)
def test_the_torus_is_hexagonal(step: tuple[int, int], length: float) -> None:
    distance = SHEETS.distance(1, np.zeros((1, 2)), np.array([step], dtype=float))
    assert distance[0, 0] == pytest.approx(length)


def test_every_place_has_the_same_surroundings() -> None:
    here = SHEETS.coordinates(0)
    table = np.sort(SHEETS.distance(0, here, here), axis=1)
    np.testing.assert_allclose(table, np.broadcast_to(table[0], table.shape), atol=1e-12)


@pytest.mark.parametrize("number", DIRECTIONS)
def test_a_cell_excites_the_points_ahead_of_it(number: int) -> None:
    reach, offset = 1.5, 0.5
    sheets = Sheets((3, 4), 3, number)
    cells, points = within_reach(sheets, reach)
    weight = recurrent_kernel(sheets, reach, 0.3, offset)
    np.testing.assert_allclose(np.bincount(cells, weight), 1.0)
    # Cells at the middle of the first module, where no wrapping hides the mean.
    middle = 4 * 9 + 4
    place = sheets.coordinates(0)
    of_the_point = np.flatnonzero(sheets.point_of_cell == middle)
    for cell, direction in zip(of_the_point, sheets.directions, strict=True):
        own = cells == cell
        away = place[points[own]] - place[middle]
        away -= 3 * np.round(away / 3)
        mean = (weight[own][:, None] * away).sum(axis=0)
        np.testing.assert_allclose(mean, offset * direction, atol=0.05)


def test_pinning_holds_lattice_phases_alone() -> None:
    reach = 1.5
    cells, points = within_reach(SHEETS, reach)
    weight = pinning_kernel(SHEETS, reach, 0.25)
    to_itself = weight[(SHEETS.point_of_cell[cells] == points) & (cells < 81)]
    by_point = to_itself.reshape(9, 9)
    on_phase = by_point[::3, ::3]
    between = by_point[1::3, 1::3]
    assert on_phase.min() > 5 * between.max()


def test_profiles_peak_at_their_phase() -> None:
    profiles = SHEETS.profiles(0.35)
    at = profiles.argmax(axis=1)
    module = SHEETS.module_of_point[at]
    np.testing.assert_array_equal(module, np.repeat([0, 1], [9, 16]))
    place = SHEETS.coordinates(1)[at[9:] - 81]
    np.testing.assert_allclose(place, SHEETS.lattice(1))


def test_axes_meet_at_sixty_degrees() -> None:
    assert AXES[0] @ AXES[1] == pytest.approx(0.5)


@pytest.mark.parametrize("text", ["", "3,", "3;4", "1,3", "21", "3,-4", "3,4.5", "x"])
def test_periods_that_cannot_be_read(text: str) -> None:
    with pytest.raises(ValueError, match=r".*"):
        parsed_periods(text)


def test_periods_are_read_in_order() -> None:
    assert parsed_periods("5, 3,4") == (5, 3, 4)
