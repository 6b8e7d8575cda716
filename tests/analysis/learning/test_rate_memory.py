"""The rate memory against the paper's equations written out, and against the rate twin."""

from __future__ import annotations

import numpy as np
import pytest

from hippokv.analysis.learning.rate_memory import (
    VALUE_BOUND,
    BidirectionalMemory,
    RateMemory,
    by_chance,
    in_turn,
)
from hippokv.plasticity.linear_rule import LinearRule

RULE = LinearRule(0.7, 0.6, 0.1, -0.2, 0.8, 0.5, 1.1, -0.03, 0.9, 0.05, 0.93)


def patterns(seed: int, *shape: int) -> np.ndarray:
    return np.random.default_rng(seed).choice([-1.0, 1.0], shape)


def softmax(logits: np.ndarray) -> np.ndarray:
    return np.asarray(np.exp(logits) / np.exp(logits).sum())


@pytest.mark.parametrize("turn", [True, False])
def test_a_linear_rule_follows_equations_12_to_16(turn: bool) -> None:
    keys, values = patterns(0, 6, 5), patterns(1, 6, 3)
    draws = [next(it) for it in [in_turn(4) if turn else _chance()] for _ in range(7)]
    memory = RateMemory(5, 3, iter(draws), RULE, beta=0.7)
    K, V = np.zeros((4, 5)), np.zeros((4, 3))
    for key, value, gamma in zip(keys, values, draws, strict=False):
        hidden = softmax(0.7 * K @ key)
        for slot in range(4):
            eta = gamma[slot] * RULE.key_rate
            post = RULE.key_post_slope * hidden[slot] + RULE.key_post_offset
            pre = RULE.key_pre_slope * key + RULE.key_pre_offset
            K[slot] = (1 - eta) * K[slot] + eta * post * pre
        after = softmax(0.7 * K @ key)
        for slot in range(4):
            pre = RULE.value_pre_slope * after[slot] + RULE.value_pre_offset
            post = RULE.value_post_slope * value + RULE.value_post_offset
            V[slot] = RULE.value_decay * V[slot] + RULE.value_rate * pre * post
        V = np.clip(V, -VALUE_BOUND, VALUE_BOUND)
        memory.store(key, value)
    np.testing.assert_allclose(memory.keys, K, atol=1e-12)
    np.testing.assert_allclose(memory.values, V, atol=1e-12)
    np.testing.assert_allclose(memory.recall(keys[2]), softmax(0.7 * K @ keys[2]) @ V, atol=1e-12)


def _chance():
    return by_chance(4, 0.4, np.random.default_rng(2))


def test_the_simplified_rule_replaces_what_a_slot_held() -> None:
    keys, values = patterns(0, 6, 30), patterns(1, 6, 3)
    memory = RateMemory(30, 3, in_turn(4))
    for key, value in zip(keys, values, strict=True):
        memory.store(key, value)
    np.testing.assert_array_equal(memory.keys, keys[[4, 5, 2, 3]])
    np.testing.assert_allclose(memory.values, values[[4, 5, 2, 3]], atol=1e-3)
    np.testing.assert_array_equal(np.sign(memory.recall(keys[2:])), values[2:])


def test_a_skipped_step_takes_its_slot_and_leaves_what_it_holds() -> None:
    key, value = patterns(0, 30), patterns(1, 3)
    memory = RateMemory(30, 3, in_turn(4))
    memory.store(key, value)
    memory.skip()
    memory.store(-key, -value)
    np.testing.assert_array_equal(memory.keys, np.array([key, 0 * key, -key, 0 * key]))


def test_plateaus_come_in_turn_or_by_chance() -> None:
    turn, chance = in_turn(3), by_chance(50, 0.1, np.random.default_rng(0))
    assert [next(turn).argmax() for _ in range(5)] == [0, 1, 2, 0, 1]
    assert np.mean([next(chance) for _ in range(200)]) == pytest.approx(0.1, abs=0.01)


def test_a_bidirectional_memory_adds_up_products() -> None:
    keys, values = patterns(0, 2, 40), patterns(1, 2, 3)
    memory = BidirectionalMemory(40, 3)
    for key, value in zip(keys, values, strict=True):
        memory.store(key, value)
        memory.skip()
    expected = values[0] + keys[0] @ keys[1] / 40 * values[1]
    np.testing.assert_allclose(memory.recall(keys[0]), expected, atol=1e-12)
