"""What is read from the spikes of a scaffold memory, and a rate model that is read in place."""

from __future__ import annotations

import numpy as np

from hippokv.analysis.recall.addressed import decoded_values, nearest_own, share_on
from hippokv.analysis.scaffold.information import bits_right
from hippokv.analysis.scaffold.scaffold_rate_model import (
    ScaffoldRateModel,
    random_addresses,
    recall,
    recall_in_place,
)


def test_the_cell_of_a_pair_that_fires_more_tells_the_bit() -> None:
    counts = np.array([[3, 0, 2, 0, 4, 2]])
    np.testing.assert_array_equal(decoded_values(counts), [[1, -1, 0]])


def test_the_share_of_a_silent_layer_is_none() -> None:
    members = np.array([[True, True, False], [True, False, False]])
    np.testing.assert_allclose(share_on(np.array([[1, 2, 1], [0, 0, 0]]), members), [0.75, 0.0])


def test_an_item_is_right_if_it_is_nearest_to_itself() -> None:
    patterns = np.array([[1, 1, 1, 1], [1, -1, -1, -1], [-1, -1, -1, 1]])
    recalled = np.array([[1, 1, 1, -1], [1, 1, 1, 1], [0, 0, 0, 0]])
    np.testing.assert_array_equal(nearest_own(recalled, patterns), [1, 0, 0])


def test_read_in_place_a_memory_recalls_what_cues_without_noise_recall() -> None:
    rng = np.random.default_rng(4)
    memory = ScaffoldRateModel()
    addresses = random_addresses(memory.modules, 60, rng)
    patterns = rng.choice([-1.0, 1.0], (60, 100))
    in_place = np.sign(recall_in_place(memory, addresses, patterns, seed=4))
    asked = recall(memory, addresses, patterns, patterns, seed=4)
    same = (asked.addresses == addresses).all(axis=1)
    assert same.mean() > 0.95
    np.testing.assert_array_equal(asked.decoded[same], in_place[same])
    assert bits_right(in_place, patterns) > 0.99
