"""Path integration: paths that are right, too slow, adrift, or lost."""

from __future__ import annotations

import numpy as np
import pytest

from hippokv.analysis.figures.report import METRIC_MEANINGS
from hippokv.analysis.grid_cells.path_integration import compare_paths, drift, path_of_bump
from hippokv.analysis.grid_cells.path_outcome import path_outcome, path_scores
from hippokv.analysis.grid_cells.sheet import Sheet, along_the_axes
from made_up import module_spikes, train, walk

PERIOD_CM = 40.0
PATH = walk(100.0, start_s=0.5)
TURNS = along_the_axes(PATH.mid_position_cm / PERIOD_CM) % 1.0


def test_a_path_that_winds_around_the_torus_is_unwound() -> None:
    found = path_of_bump(TURNS)
    true = (PATH.mid_position_cm - PATH.mid_position_cm[0]) / PERIOD_CM
    np.testing.assert_allclose(found, true, atol=1e-9)
    assert np.abs(true).max() > 1


def test_steps_without_a_phase_are_bridged() -> None:
    turns = TURNS.copy()
    turns[200:215] = np.nan
    found = path_of_bump(turns)
    np.testing.assert_allclose(found[250:], path_of_bump(TURNS)[250:], atol=1e-9)
    assert np.isfinite(found).all()
    with pytest.raises(ValueError, match="never fired"):
        path_of_bump(np.full((5, 2), np.nan))


def test_the_given_period_is_the_strict_one() -> None:
    path = path_of_bump(TURNS)
    right = compare_paths(path, PATH, PERIOD_CM)
    assert right.r2 == pytest.approx(1) and right.rms_error_periods < 1e-9
    slow = compare_paths(0.8 * path, PATH, PERIOD_CM)
    fitted = compare_paths(0.8 * path, PATH)
    assert slow.r2 < 0.97 and slow.rms_error_periods > 0.1
    assert fitted.r2 == pytest.approx(1)
    assert fitted.period_cm == pytest.approx(PERIOD_CM / 0.8)
    assert slow.period_given and not fitted.period_given
    backwards = compare_paths(-path, PATH)
    assert backwards.period_cm == pytest.approx(-PERIOD_CM)
    assert compare_paths(-path, PATH, PERIOD_CM).r2 < 0


def test_an_error_along_one_axis_is_that_axis_alone() -> None:
    path = path_of_bump(TURNS)
    path[:, 1] += np.linspace(0, 1, len(path))
    found = compare_paths(path, PATH, PERIOD_CM)
    assert found.r2_by_axis[0] == pytest.approx(1)
    assert found.r2_by_axis[1] < found.r2 < 0.95
    assert found.error_periods[-1] == pytest.approx(1, abs=0.02)


def test_a_bump_that_jumps_stays_off() -> None:
    turns = TURNS.copy()
    turns[2500:] += along_the_axes(np.array([0.3, 0.0]))
    found = compare_paths(path_of_bump(turns), PATH, PERIOD_CM)
    np.testing.assert_allclose(found.error_periods[:2500], 0, atol=1e-9)
    np.testing.assert_allclose(found.error_periods[2501:], 0.3, atol=0.02)


def test_the_diffusion_of_a_random_walk_is_that_of_its_steps() -> None:
    found = []
    for seed in range(12):
        steps = np.random.default_rng(seed).normal(size=TURNS.shape) * 0.6 * np.sqrt(0.02)
        path = path_of_bump(TURNS) + np.cumsum(steps, axis=0) / PERIOD_CM
        comparison = compare_paths(path, PATH, PERIOD_CM)
        found.append(drift(comparison, longest_s=5.0).diffusion_cm2_per_s)
    # D is half the variance that an axis gains in a second.
    assert np.mean(found) == pytest.approx(0.6**2 / 2, rel=0.2)
    still = compare_paths(path_of_bump(TURNS), PATH, PERIOD_CM)
    assert drift(still).diffusion_cm2_per_s == pytest.approx(0, abs=1e-9)


def test_a_recording_is_scored_from_its_spikes() -> None:
    sheet, stream = Sheet(12), np.random.default_rng(2)
    spikes = module_spikes(PATH, sheet, PATH.mid_position_cm, PERIOD_CM, seed=3)
    outcome = path_outcome(train(spikes, PATH, stream), sheet, PATH, PERIOD_CM)
    scores = path_scores(outcome)
    assert scores["path_r2"] > 0.998
    assert scores["path_error_periods"] < 0.04
    assert scores["path_period_cm"] == pytest.approx(PERIOD_CM, rel=0.01)
    assert scores["path_r2_fitted"] >= scores["path_r2"]
    assert outcome.strictest is outcome.given
    assert set(scores) <= set(METRIC_MEANINGS)
    fitted = path_outcome(train(spikes, PATH, stream), sheet, PATH)
    assert fitted.strictest is fitted.fitted
    assert "path_r2" not in path_scores(fitted)


def test_spikes_without_a_bump_follow_nothing() -> None:
    sheet, stream = Sheet(12), np.random.default_rng(4)
    spikes = module_spikes(PATH, sheet, PATH.mid_position_cm, PERIOD_CM, seed=3)
    scrambled = train(spikes, PATH, stream)
    stream.shuffle(scrambled.cell)
    scores = path_scores(path_outcome(scrambled, sheet, PATH, PERIOD_CM))
    assert scores["path_r2"] < 0.5
    assert scores["bump_concentration"] < 0.3
