"""The slot network: the rate model, the published curves, stability, and the linear rule."""

from __future__ import annotations

from typing import Any, Literal

import numpy as np
import pytest

from hippokv.analysis.classical.memory import remember
from hippokv.analysis.classical.slot_network import SlotNetwork
from hippokv.analysis.recall.rate_model import rate_model
from hippokv.circuits.schedule import Epoch, Schedule, on_off
from hippokv.plasticity.linear_rule import VALUE_BOUND, LinearRule
from task import mean_accuracy, occluded, patterns


def test_it_answers_as_the_rate_model_at_constant_temperature() -> None:
    keys = patterns(0, 9, 20)
    epochs = []
    for item, key in enumerate(keys):
        drive = {"entorhinal": on_off(key), "cortical": on_off(key), "acetylcholine": 1.0}
        epochs += [Epoch("store", 5.0, item, drive), Epoch("rest", 5.0)]
    epochs += [
        Epoch("recall", 5.0, item, {"entorhinal": on_off(cue)})
        for item, cue in enumerate(occluded(0, keys))
    ]
    schedule = Schedule(tuple(epochs), {"entorhinal": 40, "cortical": 40, "acetylcholine": 1})
    found = remember(SlotNetwork(5, initial_weight=0.0), schedule, 0)
    model = rate_model(schedule, 5, lambda given: 1.0)
    np.testing.assert_allclose(found, model.evidence, atol=1e-12)


@pytest.mark.parametrize(
    ("selection", "count", "published"),
    [
        ("sequential", 40, 0.999), ("sequential", 50, 0.926), ("sequential", 80, 0.812),
        ("random", 10, 0.964), ("random", 20, 0.887), ("random", 40, 0.776),
    ],
)  # fmt: skip
def test_recall_is_that_of_the_published_curves(
    selection: Literal["sequential", "random"], count: int, published: float
) -> None:
    found = mean_accuracy(SlotNetwork(selection=selection), count, n_seeds=30)
    assert found == pytest.approx(published, abs=0.02)


def test_time_moves_the_slot_on_though_nothing_is_stored() -> None:
    items = patterns(1, 2, 12)
    state = SlotNetwork(4).start(12, 12, np.random.default_rng(0))
    state.store(items[0], items[0], 1.0)
    state.skip()
    state.store(items[1], items[1], 0.0)
    state.store(items[1], items[1], 1.0)
    np.testing.assert_allclose(state.keys[[0, 3]], items, atol=1e-9)
    assert np.abs(state.keys[[1, 2]]).max() <= 1e-10


@pytest.mark.parametrize("selection", ["sequential", "random"])
def test_a_stable_item_is_kept_for_ever_and_a_plain_one_is_not(
    selection: Literal["sequential", "random"],
) -> None:
    items = patterns(2, 400, 40)
    for threshold, kept in ((10.0, True), (np.inf, False)):
        network = SlotNetwork(
            selection=selection, key_stability=threshold, value_stability=threshold
        )
        state = network.start(40, 40, np.random.default_rng(1))
        for place, item in enumerate(items):
            state.store(item, item, 15.0 if place == 0 else 1.0)
        right = np.mean(np.sign(state.recall(occluded(2, items)[0])) == items[0])
        assert (right == 1.0) == kept


def test_an_item_below_the_threshold_is_not_stable() -> None:
    items = patterns(3, 2, 20)
    state = SlotNetwork(1, key_stability=10, value_stability=10).start(
        20, 20, np.random.default_rng(0)
    )
    state.store(items[0], items[0], 9.9)
    state.store(items[1], items[1], 1.0)
    np.testing.assert_allclose(state.keys[0], items[1])


def test_keys_can_be_stable_where_values_are_not() -> None:
    items = patterns(4, 2, 20)
    state = SlotNetwork(1, key_stability=5, value_stability=10).start(
        20, 20, np.random.default_rng(0)
    )
    state.store(items[0], items[0], 7.0)
    state.store(items[1], items[1], 1.0)
    np.testing.assert_allclose(state.keys[0], items[0])
    np.testing.assert_allclose(state.values[:, 0], items[1])


def test_values_of_the_linear_rule_decay_by_their_factor_at_each_item() -> None:
    items = patterns(5, 5, 60)
    rule = LinearRule(value_decay=0.9)
    state = SlotNetwork(10, rule=rule, initial_weight=0.0).start(60, 60, np.random.default_rng(0))
    for item in items:
        state.store(item, item, 1.0)
        state.skip()
    sizes = np.abs(state.values).mean(axis=0)
    np.testing.assert_allclose(sizes[:10:2], 0.9 ** np.arange(4, -1, -1), atol=1e-6)
    np.testing.assert_allclose(sizes[1:10:2], 0.0, atol=1e-6)


def test_the_linear_rule_recalls_as_well_as_the_simplified_one() -> None:
    for count in (30, 60):
        learned = mean_accuracy(SlotNetwork(rule=LinearRule()), count)
        assert learned == pytest.approx(mean_accuracy(SlotNetwork(), count), abs=0.01)


@pytest.mark.parametrize("selection", ["sequential", "random"])
def test_the_linear_rule_follows_its_equations(
    selection: Literal["sequential", "random"],
) -> None:
    rule = LinearRule(0.7, 0.6, 0.1, -0.2, 0.8, 0.5, 1.1, -0.03, 0.9, 0.05, 0.93)
    xs, ys = patterns(0, 6, 5), patterns(1, 6, 3)
    network = SlotNetwork(
        4, selection, 0.4, 0.7, rule=rule, value_bound=VALUE_BOUND, initial_weight=0.0
    )
    state = network.start(5, 3, np.random.default_rng(2))
    keys, values = np.zeros((4, 5)), np.zeros((3, 4))
    gammas: Any = np.eye(4)[np.arange(6) % 4]
    if selection == "random":
        gammas = np.random.default_rng(2).random((6, 4)) < 0.4

    def softmax(logits: np.ndarray) -> np.ndarray:
        shares: np.ndarray = np.exp(logits) / np.exp(logits).sum()
        return shares

    for x, y, gamma in zip(xs, ys, gammas, strict=True):
        h = softmax(0.7 * keys @ x)
        for slot in range(4):
            new = (-0.2 * h[slot] + 0.8) * (0.6 * x + 0.1)
            eta = 0.7 * gamma[slot]
            keys[slot] = (1 - eta) * keys[slot] + eta * new
        h = softmax(0.7 * keys @ x)
        for slot in range(4):
            new = 0.5 * (0.9 * y + 0.05) * (1.1 * h[slot] - 0.03)
            values[:, slot] = np.clip(0.93 * values[:, slot] + new, -1, 1)
        state.store(x, y, 1.0)
    np.testing.assert_allclose(state.keys, keys, atol=1e-12)
    np.testing.assert_allclose(state.values, values, atol=1e-12)
    np.testing.assert_allclose(state.recall(xs[2]), values @ softmax(0.7 * keys @ xs[2]))


def test_value_weights_of_the_linear_rule_stay_within_their_bound() -> None:
    x, y = patterns(0, 1, 5)[0], patterns(1, 1, 3)[0]
    network = SlotNetwork(1, rule=LinearRule(), value_bound=0.6, initial_weight=0.0)
    state = network.start(5, 3, np.random.default_rng(0))
    state.store(x, y, 1.0)
    np.testing.assert_array_equal(state.values[:, 0], 0.6 * y)


def test_the_simplified_rule_replaces_what_a_slot_held() -> None:
    keys, values = patterns(0, 6, 30), patterns(1, 6, 3)
    state = SlotNetwork(4, initial_weight=0.0).start(30, 3, np.random.default_rng(0))
    for key, value in zip(keys, values, strict=True):
        state.store(key, value, 1.0)
    np.testing.assert_array_equal(state.keys, keys[[4, 5, 2, 3]])
    np.testing.assert_allclose(state.values, values[[4, 5, 2, 3]].T, atol=1e-3)
    for key, value in zip(keys[2:], values[2:], strict=True):
        np.testing.assert_array_equal(np.sign(state.recall(key)), value)


def test_slots_are_selected_in_turn_or_by_chance() -> None:
    rng = np.random.default_rng(0)
    turn = SlotNetwork(3).start(2, 2, rng)
    assert [turn.select().argmax() for _ in range(5)] == [0, 1, 2, 0, 1]
    chance = SlotNetwork(50, "random", 0.1).start(2, 2, rng)
    assert np.mean([chance.select() for _ in range(200)]) == pytest.approx(0.1, abs=0.01)


def test_stable_values_and_the_linear_rule_exclude_each_other() -> None:
    with pytest.raises(ValueError, match="no local third factor"):
        SlotNetwork(rule=LinearRule(), value_stability=10)
