"""Rates, regularity, and what sampling alone makes of shares of spikes."""

from __future__ import annotations

import math

import numpy as np
import pytest
from scipy.stats import binom

from hippokv.analysis.recall.activity import activity, sampling_floor
from hippokv.circuits.recording import Recording, SpikeTrain
from hippokv.circuits.schedule import Epoch, Schedule

#: Two recalls of 1 s with 1 s of rest before each.
SCHEDULE = Schedule(
    (Epoch("rest", 1000.0), Epoch("recall", 1000.0, 0)) * 2, {"entorhinal": 2}
)  # fmt: skip


def recorded(*times_s: list[float]) -> dict[str, float]:
    """Return the activity of one population, from the spike times of each cell."""
    cell = np.concatenate([np.full(len(times), number) for number, times in enumerate(times_s)])
    time = np.concatenate([np.array(times) for times in times_s])
    order = np.argsort(time, kind="stable")
    train = SpikeTrain.at(time[order], cell[order].astype(np.int32), len(times_s))
    return activity(Recording({"pv": train}, {}, {}, SCHEDULE.duration_ms), SCHEDULE)


def test_the_rate_is_that_of_a_cell_while_items_are_asked_for() -> None:
    found = recorded([0.5, 1.1, 1.2, 3.5], [])
    assert found["rate_Hz_pv"] == pytest.approx(3 / 2 / 2)


def test_a_clock_has_no_variation_and_a_pause_between_recalls_does_not_count() -> None:
    clock = [start + k / 20 for start in (1.0, 3.0) for k in range(20)]
    assert recorded(clock)["cv_pv"] == pytest.approx(0.0, abs=1e-6)


def test_a_poisson_process_has_a_variation_of_one() -> None:
    stream = np.random.default_rng(1)
    cells = [sorted(stream.uniform(0.0, 4.0, 1200).tolist()) for _ in range(20)]
    found = recorded(*cells)
    assert found["cv_pv"] == pytest.approx(1.0, abs=0.05)
    assert found["rate_Hz_pv"] == pytest.approx(300, rel=0.05)


def test_few_intervals_say_nothing_of_regularity() -> None:
    assert math.isnan(recorded([1.1, 1.2, 1.3])["cv_pv"])
    assert math.isnan(recorded([], [])["cv_pv"])
    assert recorded([], [])["rate_Hz_pv"] == 0.0


def test_cells_that_fire_alike_are_synchronous_and_a_population_of_them_is_not_slow() -> None:
    stream = np.random.default_rng(3)
    one = sorted({round(float(time), 2) for time in stream.uniform(1.0, 2.0, 40)})
    assert recorded(one, one, one)["synchrony_pv"] == pytest.approx(1.0)


def test_cells_that_know_nothing_of_each_other_have_one_over_the_root_of_their_number() -> None:
    stream = np.random.default_rng(4)
    # Faster in one recall than in the other, together: that is no synchrony.
    cells = [
        [*sorted(stream.uniform(1.0, 2.0, 30)), *sorted(stream.uniform(3.0, 4.0, 90))]
        for _ in range(64)
    ]
    assert recorded(*cells)["synchrony_pv"] == pytest.approx(1 / 8, abs=0.02)
    assert math.isnan(recorded([], [])["synchrony_pv"])


def test_without_recalls_there_is_nothing_to_say() -> None:
    schedule = Schedule((Epoch("rest", 100.0),), {"entorhinal": 2})
    train = SpikeTrain.at(np.zeros(0), np.zeros(0, np.int32), 2)
    assert activity(Recording({"pv": train}, {}, {}, 100.0), schedule) == {}


@pytest.mark.parametrize("draws", [1, 7, 60])
def test_the_sampling_floor_is_the_mean_distance_of_draws(draws: int) -> None:
    stream = np.random.default_rng(2)
    shares = np.array([[0.6, 0.25, 0.1, 0.05], [1.0, 0.0, 0.0, 0.0]])
    counts = stream.multinomial(draws, shares[0], size=40_000)
    mean = np.abs(counts / draws - shares[0]).sum(axis=1).mean() / 2
    found = sampling_floor(shares, np.array([draws, draws]))
    assert found[0] == pytest.approx(mean, rel=0.01)
    assert found[1] == pytest.approx(0.0, abs=1e-12)


def test_a_recall_without_spikes_has_no_floor() -> None:
    assert math.isnan(sampling_floor(np.array([[0.5, 0.5]]), np.array([0]))[0])


def test_the_sampling_floor_is_that_of_binomial_counts() -> None:
    stream = np.random.default_rng(3)
    shares = np.vstack([stream.dirichlet(np.full(40, 0.05), 50), np.eye(40)[:2]])
    draws = stream.integers(1, 3000, 52).astype(float)
    above = np.floor(draws[:, None] * shares) + 1
    deviation = 2 * above * (1 - shares) * binom.pmf(above, draws[:, None], shares)
    expected = deviation.sum(axis=1) / (2 * draws)
    np.testing.assert_allclose(sampling_floor(shares, draws), expected, rtol=1e-9, atol=1e-12)
