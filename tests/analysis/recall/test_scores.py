"""Scores: ties, hidden entries, weight errors and the order of slots, on cases done by hand."""

from __future__ import annotations

import math

import numpy as np
import pytest
from numpy.typing import NDArray

from hippokv.analysis.recall.items import Items
from hippokv.analysis.recall.readout import Readout
from hippokv.analysis.recall.scores import (
    OVERALL_SCORES,
    SHARPEST,
    accuracy,
    accuracy_by_group,
    accuracy_by_item,
    credit,
    group_accuracies,
    hidden_entries,
    inverse_temperature,
    selection,
    weight_errors,
)

KEYS = np.array([[1, 1, -1, -1], [-1, 1, 1, -1]], dtype=np.int8)
QUERIES = np.array([[1, 0, 0, -1], [0, 1, 0, 0]], dtype=np.int8)


def items(values: NDArray[np.int8] = KEYS, query_item: tuple[int, ...] = (0, 1)) -> Items:
    return Items(KEYS, values, QUERIES, np.array(query_item))


def readout(
    evidence: object = ((0.0,) * 4,) * 2,
    plateaus: object = ((True, False), (False, True)),
    keys: object = KEYS,
    values: object = KEYS,
) -> Readout:
    chosen = np.array(plateaus, dtype=bool)
    return Readout(
        plateaus=chosen,
        attention=np.full((2, chosen.shape[1]), 1 / chosen.shape[1]),
        evidence=np.array(evidence, dtype=float),
        keys=np.array(keys, dtype=float),
        values=np.array(values, dtype=float),
    )


# --- accuracy -------------------------------------------------------------------------------------


def test_a_tie_is_worth_what_it_is_said_to_be() -> None:
    decoded, true = (
        np.array([[1, -1, 0, 0]], dtype=np.int8),
        np.array([[1, 1, 1, -1]], dtype=np.int8),
    )
    np.testing.assert_array_equal(credit(decoded, true, 0.5), [[1.0, 0.0, 0.5, 0.5]])
    np.testing.assert_array_equal(credit(decoded, true, 0.0), [[1.0, 0.0, 0.0, 0.0]])


def test_accuracy_counts_a_tie_as_one_half_and_strictly_as_wrong() -> None:
    evidence = [[3.0, 2.0, 0.0, -1.0], [-1.0, -9.0, 0.1, 0.0]]
    found = accuracy(readout(evidence), items())
    assert found["accuracy"] == (5 + 2 * 0.5) / 8
    assert found["accuracy_strict"] == 5 / 8


def test_hidden_scores_leave_out_what_the_cue_gave() -> None:
    evidence = [[3.0, 2.0, 0.0, 1.0], [-1.0, -9.0, 0.1, 0.0]]
    found = accuracy(readout(evidence), items())
    # Hidden are the entries 1 and 2 of the first cue and 0, 2 and 3 of the second.
    assert found["accuracy_hidden"] == pytest.approx((1 + 0.5 + 1 + 1 + 0.5) / 5)
    assert found["accuracy_strict_hidden"] == pytest.approx(3 / 5)


def test_a_perfect_and_a_reversed_recall_are_at_the_ends() -> None:
    for sign, score in ((1.0, 1.0), (-1.0, 0.0)):
        assert set(accuracy(readout(sign * KEYS), items()).values()) == {score}


def test_silence_is_worth_chance() -> None:
    found = accuracy(readout(), items())
    assert found["accuracy"] == 0.5
    assert found["accuracy_strict"] == 0.0


def test_each_cue_is_judged_by_the_item_that_it_asks_for() -> None:
    assert accuracy(readout(KEYS[::-1]), items(query_item=(1, 0)))["accuracy_strict"] == 1.0
    assert accuracy(readout(KEYS[[1, 1]]), items(query_item=(1, 1)))["accuracy_strict"] == 1.0


def test_nothing_of_a_value_that_is_not_its_own_key_is_given_away() -> None:
    np.testing.assert_array_equal(hidden_entries(items()), QUERIES == 0)
    assert hidden_entries(items(values=-KEYS)).all()
    assert hidden_entries(items(values=KEYS[:, :3])).shape == (2, 3)


def test_full_cues_hide_nothing_to_score() -> None:
    full = Items(KEYS, KEYS, KEYS, np.arange(2))
    found = accuracy(readout(KEYS), full)
    assert found["accuracy"] == 1.0
    assert math.isnan(found["accuracy_hidden"])


# --- groups ---------------------------------------------------------------------------------------


def test_each_group_of_recalls_is_scored_alone() -> None:
    asked = Items(
        KEYS, KEYS, np.zeros((5, 4), dtype=np.int8), np.array([0, 1, 0, 1, 0]),
        ("dark", "light", "dark", "", "light"),
    )  # fmt: skip
    evidence = [KEYS[0], KEYS[0], [0, 0, 0, 0], -KEYS[1], KEYS[0] * [1, 1, 0, -1]]
    # Dark: all right, all ties. Light: the other item (half in common), then two right and a tie.
    assert accuracy_by_group(readout(evidence), asked) == {
        "accuracy_dark": (1 + 0.5) / 2,
        "accuracy_light": (0.5 + 2.5 / 4) / 2,
    }


def test_scores_of_all_recalls_together_are_told_from_those_of_groups() -> None:
    assert set(accuracy(readout(), items())) == set(OVERALL_SCORES)
    grouped = Items(KEYS, KEYS, QUERIES, np.array([0, 1]), ("T2", "T2"))
    assert not set(accuracy_by_group(readout(), grouped)) & set(OVERALL_SCORES)


def test_recalls_of_one_kind_are_no_groups() -> None:
    one_kind = Items(KEYS, KEYS, QUERIES, np.arange(2), ("", ""))
    assert accuracy_by_group(readout(KEYS), one_kind) == {}


# --- how sharp the competition is -----------------------------------------------------------------


def rate_model_shares(stream: np.random.Generator, count: int = 40) -> NDArray[np.float64]:
    """Return the shares of some recalls among eight slots, the best with half or so."""
    drive = np.exp(1.5 * stream.standard_normal((count, 8)))
    return np.asarray(drive / drive.sum(axis=1, keepdims=True))


def sharpened(shares: NDArray[np.float64], factor: float) -> NDArray[np.float64]:
    drive = shares**factor
    return np.asarray(drive / drive.sum(axis=1, keepdims=True))


EVERY = np.ones(40, dtype=bool)


@pytest.mark.parametrize("factor", [0.3, 1.0, 2.5])
def test_the_factor_on_the_inverse_temperature_is_found(factor: float) -> None:
    predicted = rate_model_shares(np.random.default_rng(0))
    found = inverse_temperature(sharpened(predicted, factor), predicted, EVERY)
    assert found == pytest.approx(factor, abs=1e-3)
    # From fifty spikes a recall as well.
    stream = np.random.default_rng(1)
    counts = np.array([stream.multinomial(50, row) for row in sharpened(predicted, factor)])
    assert inverse_temperature(counts / 50, predicted, EVERY) == pytest.approx(factor, rel=0.1)


def test_equal_shares_are_at_zero_and_a_single_winner_is_at_the_largest() -> None:
    predicted = rate_model_shares(np.random.default_rng(0))
    assert inverse_temperature(np.full((40, 8), 1 / 8), predicted, EVERY) < 1e-3
    winner = (predicted == predicted.max(axis=1, keepdims=True)).astype(float)
    assert inverse_temperature(winner, predicted, EVERY) == pytest.approx(SHARPEST, abs=1e-3)


def test_slots_that_cannot_compete_are_left_out() -> None:
    """Half of the slots are silenced; where spikes of theirs are counted, they do not matter."""
    predicted = rate_model_shares(np.random.default_rng(0))
    predicted[:, 4:] = 0
    predicted /= predicted.sum(axis=1, keepdims=True)
    attention = sharpened(predicted, 2.0)
    assert inverse_temperature(attention, predicted, EVERY) == pytest.approx(2.0, abs=1e-3)
    mixed = 0.8 * attention + np.eye(8)[[6] * 40] * 0.2
    assert inverse_temperature(mixed, predicted, EVERY) == pytest.approx(2.0, abs=1e-3)


def test_only_the_recalls_asked_for_and_with_spikes_count() -> None:
    predicted = rate_model_shares(np.random.default_rng(0))
    attention = sharpened(predicted, 1.7)
    attention[:10] = 1 / 8
    attention[10:15] = 0.0
    asked = np.arange(40) >= 10
    assert inverse_temperature(attention, predicted, asked) == pytest.approx(1.7, abs=1e-3)
    assert inverse_temperature(attention, predicted, EVERY) < 1.7


def test_where_theory_or_circuit_say_nothing_there_is_no_temperature_to_tell() -> None:
    predicted = rate_model_shares(np.random.default_rng(0))
    assert math.isnan(inverse_temperature(predicted, predicted, ~EVERY))
    assert math.isnan(inverse_temperature(np.zeros((40, 8)), predicted, EVERY))
    assert math.isnan(inverse_temperature(predicted, np.zeros((40, 8)), EVERY))
    assert math.isnan(inverse_temperature(predicted, np.full((40, 8), 1 / 8), EVERY))
    assert math.isnan(inverse_temperature(np.eye(8)[[3] * 40], np.eye(8)[[3] * 40], EVERY))


# --- weights --------------------------------------------------------------------------------------


def test_ideal_weights_have_no_error() -> None:
    assert set(weight_errors(readout(), items()).values()) == {0.0}


def test_weight_errors_are_those_of_weights_between_zero_and_one() -> None:
    off = KEYS * np.array([[0.9], [0.5]])
    found = weight_errors(readout(keys=off), items())
    # A weight pair of 0.95 and 0.05 instead of 1 and 0 is off by 0.05.
    assert found["key_error"] == pytest.approx((0.05 + 0.25) / 2)
    assert found["key_error_max"] == pytest.approx(0.25)
    assert found["value_error"] == 0.0


def test_a_slot_is_compared_with_the_item_that_it_took_last() -> None:
    overwritten = [[True, False], [True, False]]
    found = weight_errors(readout(plateaus=overwritten, keys=KEYS[[1, 0]]), items())
    assert found["key_error"] == 0.0
    found = weight_errors(readout(plateaus=overwritten, keys=KEYS), items())
    assert found["key_error"] == 0.5


def test_slots_that_took_nothing_are_left_out() -> None:
    unused = [[True, False], [False, False]]
    found = weight_errors(readout(plateaus=unused, keys=[KEYS[0], [9, 9, 9, 9]]), items())
    assert found["key_error_max"] == 0.0


def test_where_nothing_was_stored_there_is_no_error_to_tell() -> None:
    found = weight_errors(readout(plateaus=[[False, False]] * 2), items())
    assert all(math.isnan(value) for value in found.values())


# --- slots ----------------------------------------------------------------------------------------


def judged(n_slots: int, *taken: int | tuple[int, ...]) -> dict[str, float]:
    """Score which slots took the items, one entry an item."""
    plateaus = np.zeros((len(taken), n_slots), dtype=bool)
    for item, slots in enumerate(taken):
        plateaus[item, list(slots) if isinstance(slots, tuple) else [slots]] = True
    return selection(readout(plateaus=plateaus))


def test_any_unused_slot_will_do_in_the_first_lap() -> None:
    assert judged(4, 2, 0, 3, 1)["least_recent"] == 1.0
    assert judged(4, 2, 0, 2, 1)["least_recent"] == 0.75


def test_later_laps_repeat_the_order_of_the_first() -> None:
    assert judged(3, 2, 0, 1, 2, 0, 1, 2, 0, 1)["least_recent"] == 1.0
    assert judged(3, 2, 0, 1, 0, 2, 1)["least_recent"] == pytest.approx(5 / 6)


def test_after_an_item_that_found_no_slot_the_order_goes_on() -> None:
    found = judged(3, 0, (), 1, 2, 0, 1)
    assert found["least_recent"] == pytest.approx(5 / 6)
    assert found["one_plateau"] == pytest.approx(5 / 6)
    assert found["plateaus_per_item"] == pytest.approx(5 / 6)


def test_two_slots_for_one_item_are_both_used_by_it() -> None:
    found = judged(3, 0, (1, 2), 0, 1, 2)
    assert found["least_recent"] == pytest.approx(4 / 5)
    assert found["plateaus_per_item"] == pytest.approx(6 / 5)
    assert judged(3, 0, (1, 2), 0, 2, 1, 0)["least_recent"] == pytest.approx(5 / 6)


def test_one_slot_is_always_the_least_recently_used() -> None:
    assert judged(1, 0, 0, 0)["least_recent"] == 1.0


def test_every_cue_counts_alike_however_long_its_replay() -> None:
    values = np.array([[1, 1], [1, -1]], dtype=np.int8)
    cues = np.array([[1, 1], [0, 0], [0, 0], [1, -1]], dtype=np.int8)
    items = Items(
        values, values, cues, np.array([0, 0, 0, 1]), ("T2",) * 4,
        looped=np.array([False, True, True, False]),
    )  # fmt: skip
    # One replay of three steps that is wrong, one of a single step that is right.
    evidence = np.array([[-1.0, -1.0], [-1.0, -1.0], [-1.0, -1.0], [2.0, -2.0]])
    assert group_accuracies(evidence, items) == {"T2": 0.5}


def test_accuracy_of_an_item_is_its_share_of_right_bits() -> None:
    true = np.array([[1, 1, 1, 1], [1, -1, 1, -1]], dtype=np.int8)
    asked = Items(true, true, true[[1, 1]], np.array([1, 1]))
    found = readout(evidence=[[1.0, -1, 1, -1], [1.0, 1, 0, -1]])
    item, score = accuracy_by_item(found, asked, np.ones((2, 4), dtype=bool))
    assert item.tolist() == [1]
    assert score.tolist() == [(4 + 2.5) / 8]
