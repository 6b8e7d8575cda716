"""Trajectories: an animal that forages, the same for the same seed, inside its box."""

from __future__ import annotations

import sys
from dataclasses import fields, replace

import numpy as np
import pytest
from numpy.typing import NDArray

from hippokv.analysis.grid_cells.trajectory import Trajectory
from hippokv.errors import InputError
from hippokv.parameter import checked, unit_of
from hippokv.protocols.parts.trajectories import TrajectoryParameters, draw_trajectory

DEFAULT = TrajectoryParameters(duration_s=60.0)


def speeds(path: Trajectory) -> NDArray[np.float64]:
    return np.hypot(*path.velocity_cm_per_s.T)


def test_a_seed_is_a_path_and_a_longer_one_begins_with_it() -> None:
    path = draw_trajectory(DEFAULT, 1000, start_s=0.5)
    assert (path.steps, path.step_ms, path.start_s) == (3000, 20.0, 0.5)
    again = draw_trajectory(DEFAULT, 1000)
    np.testing.assert_array_equal(path.position_cm, again.position_cm)
    longer = draw_trajectory(replace(DEFAULT, duration_s=80.0), 1000)
    np.testing.assert_array_equal(longer.first(60.0).position_cm, path.position_cm)
    other = draw_trajectory(DEFAULT, 1001)
    assert np.abs(other.position_cm - path.position_cm).max() > 10


def test_the_path_does_not_depend_on_how_finely_it_is_sampled() -> None:
    fine = draw_trajectory(replace(DEFAULT, step_ms=5.0), 3)
    coarse = draw_trajectory(replace(DEFAULT, step_ms=40.0), 3)
    np.testing.assert_allclose(fine.position_cm[::8], coarse.position_cm)


@pytest.mark.parametrize("box_cm", [30.0, 100.0])
def test_the_animal_stays_in_its_box_and_goes_everywhere(box_cm: float) -> None:
    path = draw_trajectory(replace(DEFAULT, duration_s=600.0, box_cm=box_cm), 0)
    assert path.position_cm.min() >= 0 and path.position_cm.max() <= box_cm
    parts, _, _ = np.histogram2d(*path.position_cm.T, bins=4, range=[[0, box_cm]] * 2)
    assert (parts > 0).all()


def test_speed_and_turning_are_those_that_were_asked_for() -> None:
    free = replace(DEFAULT, duration_s=300.0, box_cm=1000.0, step_ms=5.0)
    moved = np.concatenate([speeds(draw_trajectory(free, seed)) for seed in range(4)])
    assert moved.mean() == pytest.approx(8.0 * np.sqrt(np.pi / 2), rel=0.1)
    # Rayleigh: the square is exponential, so that its mean is its standard deviation.
    assert (moved**2).std() == pytest.approx((moved**2).mean(), rel=0.2)
    path = draw_trajectory(free, 0)
    heading = np.unwrap(np.arctan2(*path.velocity_cm_per_s.T[::-1]))
    turning = np.rad2deg(np.diff(heading)) / 0.005
    # Walls turn the animal faster, so they must be far.
    middle = path.mid_position_cm
    far = (np.minimum(middle, 1000 - middle).min(axis=1) > 15)[1:]
    assert far.mean() > 0.5
    assert turning[far].std() == pytest.approx(120.0, rel=0.1)
    lag = round(0.08 / 0.005)
    both = far[:-lag] & far[lag:]
    kept = np.corrcoef(turning[:-lag][both], turning[lag:][both])[0, 1]
    assert kept == pytest.approx(np.exp(-1), abs=0.1)


def test_walls_turn_the_animal_before_it_reaches_them() -> None:
    paths = [draw_trajectory(replace(DEFAULT, duration_s=300.0), seed) for seed in range(3)]
    places = np.concatenate([path.position_cm for path in paths])
    to_wall = np.minimum(places, 100 - places).min(axis=1)
    assert (to_wall < 0.2).mean() < 0.03
    # It lingers near walls all the same: more than the share of the box that is so close.
    assert (to_wall < 10).mean() > 0.36


def test_an_animal_that_does_not_move_is_allowed() -> None:
    path = draw_trajectory(replace(DEFAULT, speed_scale_cm_per_s=0.0), 0)
    assert speeds(path).max() == 0


def test_every_setting_accepts_its_default_and_says_its_unit() -> None:
    units = {field.name: unit_of(field.name) for field in fields(TrajectoryParameters)}
    for field in fields(TrajectoryParameters):
        assert checked(field.name, field.default, field) == field.default
    assert units["speed_scale_cm_per_s"] == "cm_per_s" and units["box_cm"] == "cm"
    assert units["turning_deg_per_s"] == "deg_per_s" and units["duration_s"] == "s"
    step = next(field for field in fields(TrajectoryParameters) if field.name == "step_ms")
    with pytest.raises(InputError, match="a multiple of 5"):
        checked("step_ms", 12.0, step)


def test_without_ratinabox_the_error_says_how_to_get_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "ratinabox", None)
    with pytest.raises(InputError, match=r"pip install 'hippokv\[trajectories\]'"):
        draw_trajectory(replace(DEFAULT, motion="ratinabox"), 0)


def test_ratinabox_makes_paths_of_the_same_kind() -> None:
    pytest.importorskip("ratinabox")
    asked = replace(DEFAULT, motion="ratinabox")
    np.random.seed(7)  # noqa: NPY002
    expected = np.random.random(3)  # noqa: NPY002
    np.random.seed(7)  # noqa: NPY002
    path = draw_trajectory(asked, 5)
    np.testing.assert_array_equal(np.random.random(3), expected)  # noqa: NPY002
    short = replace(asked, duration_s=5.0)
    np.testing.assert_array_equal(
        path.first(5.0).position_cm, draw_trajectory(short, 5).position_cm
    )
    assert np.abs(draw_trajectory(short, 6).position_cm - path.first(5.0).position_cm).max() > 1
    assert path.steps == 3000
    assert path.position_cm.min() >= 0 and path.position_cm.max() <= 100
    own = np.concatenate([speeds(draw_trajectory(DEFAULT, seed)) for seed in range(4)])
    assert speeds(path).mean() == pytest.approx(own.mean(), rel=0.25)
