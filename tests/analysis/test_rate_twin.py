"""The rate twin: the published equations, step by step, and the published curve."""

from __future__ import annotations

import math
from collections.abc import Callable

import numpy as np
import pytest
from numpy.typing import NDArray

from hippokv.analysis.items import items_of
from hippokv.analysis.rate_twin import rate_twin
from hippokv.analysis.scores import accuracy
from hippokv.circuits.schedule import Epoch, Schedule, on_off

Patterns = NDArray[np.int8]


def experiment(keys: Patterns, values: Patterns, cues: Patterns) -> Schedule:
    """Return a schedule that stores every item and then asks for each."""
    epochs = [
        Epoch("store", 5.0, item, {"entorhinal": on_off(key), "cortical": on_off(value)})
        for item, (key, value) in enumerate(zip(keys, values, strict=True))
    ]
    epochs += [
        Epoch("recall", 5.0, item, {"entorhinal": on_off(cue)}) for item, cue in enumerate(cues)
    ]
    widths = {"entorhinal": 2 * keys.shape[1], "cortical": 2 * values.shape[1]}
    return Schedule(tuple(epochs), widths)


def random_patterns(stream: np.random.Generator, count: int, width: int) -> Patterns:
    return stream.choice(np.array([-1, 1], dtype=np.int8), (count, width))


def hide(stream: np.random.Generator, keys: Patterns, fraction: float) -> Patterns:
    """Return the keys with a fraction of the entries of each set to 0."""
    cues = keys.copy()
    for cue in cues:
        cue[stream.permutation(len(cue))[: round(fraction * len(cue))]] = 0
    return cues


# --- the equations --------------------------------------------------------------------------------


class Network:
    """Follow Eq 4 to 11 of the 2021 paper one number at a time."""

    def __init__(self, n_slots: int, d: int, m: int, beta: Callable[[float], float]) -> None:
        self.n_slots, self.beta = n_slots, beta
        self.keys = [[0.0] * d for _ in range(n_slots)]
        self.values = [[0.0] * m for _ in range(n_slots)]

    def attend(self, cue: Patterns) -> list[float]:
        given = float(sum(entry != 0 for entry in cue))
        drive = [
            math.exp(self.beta(given) * sum(k * float(x) for k, x in zip(key, cue, strict=True)))
            for key in self.keys
        ]
        return [entry / sum(drive) for entry in drive]

    def store(self, key: Patterns, value: Patterns, gamma: list[float]) -> None:
        for slot in range(self.n_slots):
            for j, x in enumerate(key):
                self.keys[slot][j] = (1 - gamma[slot]) * self.keys[slot][j] + gamma[slot] * float(x)
        hidden = self.attend(key)
        for slot in range(self.n_slots):
            for k, y in enumerate(value):
                kept = (1 - gamma[slot]) * self.values[slot][k]
                self.values[slot][k] = kept + gamma[slot] * float(y) * hidden[slot]

    def recall(self, cue: Patterns) -> list[float]:
        hidden = self.attend(cue)
        return [
            sum(hidden[slot] * self.values[slot][k] for slot in range(self.n_slots))
            for k in range(len(self.values[0]))
        ]


@pytest.mark.parametrize("random_slots", [False, True])
def test_the_twin_follows_the_equations(random_slots: bool) -> None:
    stream = np.random.default_rng(5)
    n_items, n_slots, d, m = 9, 4, 7, 5
    keys, values = random_patterns(stream, n_items, d), random_patterns(stream, n_items, m)
    cues = hide(stream, keys, 0.4)
    plateaus = stream.random((n_items, n_slots)) < 0.35
    plateaus[2], plateaus[3] = False, True

    def beta(given: float) -> float:
        return 0.3 + 0.02 * given

    network = Network(n_slots, d, m, beta)
    for item, (key, value) in enumerate(zip(keys, values, strict=True)):
        oldest = [float((item + 3) % n_slots == slot) for slot in range(n_slots)]
        gamma = [float(chosen) for chosen in plateaus[item]] if random_slots else oldest
        network.store(key, value, gamma)

    schedule = experiment(keys, values, cues)
    found = rate_twin(
        schedule, n_slots, beta, **({"plateaus": plateaus} if random_slots else {"first_slot": 3})
    )
    np.testing.assert_allclose(found.keys, network.keys, atol=1e-12)
    np.testing.assert_allclose(found.values, network.values, atol=1e-12)
    np.testing.assert_allclose(found.attention, [network.attend(cue) for cue in cues], atol=1e-12)
    np.testing.assert_allclose(found.evidence, [network.recall(cue) for cue in cues], atol=1e-12)
    if random_slots:
        np.testing.assert_array_equal(found.plateaus, plateaus)


def test_slots_are_taken_in_turn_from_the_first_one_on() -> None:
    keys = random_patterns(np.random.default_rng(1), 7, 4)
    found = rate_twin(experiment(keys, keys, keys), 3, lambda given: 1.0, first_slot=2)
    np.testing.assert_array_equal(found.plateaus.argmax(axis=1), [2, 0, 1, 2, 0, 1, 2])
    np.testing.assert_array_equal(found.plateaus.sum(axis=1), np.ones(7))
    np.testing.assert_array_equal(found.keys, keys[[4, 5, 6]])


def test_large_drives_do_not_overflow() -> None:
    keys = random_patterns(np.random.default_rng(1), 3, 500)
    found = rate_twin(experiment(keys, keys, keys), 3, lambda given: 50.0)
    np.testing.assert_allclose(found.attention, np.eye(3), atol=1e-12)


def test_a_schedule_without_recall_has_no_answers() -> None:
    keys = random_patterns(np.random.default_rng(1), 3, 6)
    found = rate_twin(experiment(keys, keys, keys[:0]), 4, lambda given: 1.0)
    assert found.attention.shape == (0, 4)
    assert found.evidence.shape == (0, 6)


# --- the published curve --------------------------------------------------------------------------


def mean_accuracy(n_items: int, probability: float | None, seeds: int, m: int = 40) -> float:
    """Return the accuracy at N = d = 40 with 60 % hidden, over so many seeds."""
    found = []
    for seed in range(seeds):
        stream = np.random.default_rng([seed, n_items])
        keys = random_patterns(stream, n_items, 40)
        values = keys if m == 40 else random_patterns(stream, n_items, m)
        schedule = experiment(keys, values, hide(stream, keys, 0.6))
        chosen = None if probability is None else stream.random((n_items, 40)) < probability
        twin = rate_twin(schedule, 40, lambda given: 1.0, plateaus=chosen)
        found.append(accuracy(twin, items_of(schedule))["accuracy"])
    return float(np.mean(found))


@pytest.mark.parametrize(
    ("n_items", "published"), [(20, 1.0), (40, 0.999), (50, 0.926), (60, 0.871), (80, 0.812)]
)
def test_least_recent_slots_recall_as_many_items_as_published(
    n_items: int, published: float
) -> None:
    assert mean_accuracy(n_items, None, seeds=40) == pytest.approx(published, abs=0.01)


@pytest.mark.parametrize(("n_items", "published"), [(10, 0.964), (20, 0.887), (40, 0.776)])
def test_random_slots_recall_as_many_items_as_published(n_items: int, published: float) -> None:
    # The published column has a standard error near 0.01 itself.
    assert mean_accuracy(n_items, 0.1, seeds=200) == pytest.approx(published, abs=0.015)


def test_an_item_that_finds_no_slot_is_worth_chance() -> None:
    none = 0.9**40
    error = 0.5 * np.sqrt(none * (1 - none) / 1000)
    assert abs(mean_accuracy(1, 0.1, seeds=1000) - (1 - 0.5 * none)) < 4 * error


@pytest.mark.parametrize(("n_items", "published"), [(40, 0.999), (60, 0.835)])
def test_values_unlike_their_keys_are_recalled_as_published(n_items: int, published: float) -> None:
    found = mean_accuracy(n_items, None, seeds=40, m=20)
    assert found == pytest.approx(published, abs=0.015)
