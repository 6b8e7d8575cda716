"""Free recall: answers between silences, what they name, and what is gained and lost."""

from __future__ import annotations

import numpy as np
import pytest
from numpy.typing import NDArray

from hippokv.analysis.recall.free_recall import (
    FEWEST_SPIKES,
    INTRUSION,
    alike,
    answers,
    counted,
    free_recall_scores,
)
from hippokv.circuits.recording import SpikeTrain

N_ENTRIES = 10
VALUES = np.random.default_rng(3).choice([-1, 1], (4, N_ENTRIES)).astype(np.int8)


def fired(*said: tuple[float, NDArray[np.int8], int]) -> SpikeTrain:
    """Return spikes of value cells: from when in ms on, which signs, how many a cell."""
    times, cells = [], []
    for start_ms, signs, spikes in said:
        active = np.concatenate([np.flatnonzero(signs > 0), N_ENTRIES + np.flatnonzero(signs < 0)])
        for number in range(spikes):
            times += [start_ms + 5.0 * number] * len(active)
            cells += list(active)
    order = np.argsort(times, kind="stable")
    return SpikeTrain.at(
        np.array(times)[order] / 1e3, np.array(cells, dtype=np.int32)[order], 2 * N_ENTRIES
    )


def test_an_answer_names_the_item_whose_value_it_has() -> None:
    train = fired((300.0, VALUES[2], 8), (600.0, VALUES[0], 8), (900.0, VALUES[2], 8))
    np.testing.assert_array_equal(answers(train, 0.0, 2000.0, VALUES), [2, 0, 2])


def test_one_entry_may_be_wrong_and_two_are_an_intrusion() -> None:
    for wrong, named in ((1, 0), (2, INTRUSION)):
        signs = VALUES[1].copy()
        signs[:wrong] *= -1
        assert answers(fired((300.0, signs, 8)), 0.0, 1000.0, VALUES[1:2]).tolist() == [named]


def test_a_few_spikes_are_no_answer_and_neither_is_what_is_outside_the_search() -> None:
    few = int(FEWEST_SPIKES) - 1
    train = fired((50.0, VALUES[0], 6), (500.0, VALUES[0], few), (2500.0, VALUES[0], 8))
    assert answers(train, 0.0, 2000.0, VALUES).size == 0


def test_gains_losses_and_repeats_are_counted_apart() -> None:
    named = [np.array([0, 1, 1, INTRUSION]), np.array([1, 2, 3])]
    counts = counted(named, 5)
    np.testing.assert_array_equal(counts, [[1, 2, 0, 0, 0], [0, 1, 1, 1, 0]])
    found = free_recall_scores(counts)
    assert found == pytest.approx(
        {
            "recalled_1": 0.4, "recalled_2": 0.6, "gained_2": 0.4, "lost_2": 0.2, "net_gain": 0.2,
            "cumulative": 0.8, "repeated": 1 / 6,
        }
    )  # fmt: skip
    # Draws are averaged.
    both = free_recall_scores(np.stack([counts, np.zeros_like(counts)]))
    assert both["recalled_1"] == pytest.approx(0.2) and both["repeated"] == pytest.approx(1 / 6)


def test_one_search_gains_nothing_and_silence_repeats_nothing() -> None:
    found = free_recall_scores(np.zeros((1, 5), dtype=np.int64))
    assert np.isnan(found["net_gain"]) and np.isnan(found["repeated"])
    assert "gained_2" not in found and found["recalled_1"] == 0


def test_values_that_are_the_same_are_told() -> None:
    assert alike(VALUES[[0, 0, 1]]) == 2
    assert alike(VALUES[:2]) == 0
