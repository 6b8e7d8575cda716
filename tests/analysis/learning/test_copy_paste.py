"""Copy and paste: the task, the shipped controllers, and that learning learns."""

from __future__ import annotations

from dataclasses import fields, replace
from pathlib import Path

import jax
import numpy as np
import pytest

from hippokv.analysis.classical.bidirectional_memory import (
    BidirectionalMemory,
    BidirectionalState,
)
from hippokv.analysis.classical.memory import MemoryState
from hippokv.analysis.classical.slot_network import SlotState
from hippokv.analysis.learning.copy_paste import (
    MEMORIES,
    Controller,
    first_state,
    load_controller,
    memory_for,
    output,
    random_sequence,
    read_controller,
    run_copy_paste,
    step,
    write_controller,
)
from hippokv.analysis.learning.copy_paste_learning import (
    CHUNK,
    ControllerSettings,
    copy_loss,
    learn_controller,
    outputs_of,
    random_trials,
    ring,
    start_numbers,
)
from hippokv.analysis.learning.meta_learning import learned_rule
from hippokv.errors import InputError
from scripted_plateaus import scripted

LEAST_RECENT = load_controller("least_recent")


def mean_accuracy(selection: str, length: int, count: int) -> float:
    found = []
    for seed in range(1000, 1000 + count):
        stream = np.random.default_rng([seed, length])
        memory = memory_for(selection, stream)
        sequence = random_sequence(length, stream)
        found.append(run_copy_paste(load_controller(selection), sequence, memory).accuracy)
    return float(np.mean(found))


# --- the task -------------------------------------------------------------------------------------


def test_a_sequence_ends_with_its_mark() -> None:
    shown = random_sequence(7, np.random.default_rng(0))
    assert shown.shape == (8, 26)
    assert (np.abs(shown) == 1).all()
    np.testing.assert_array_equal(shown[:, -1], [-1] * 7 + [1])
    np.testing.assert_array_equal(shown[-1, :-1], -np.ones(25))
    assert abs(shown[:-1, :-1].mean()) < 0.3
    with pytest.raises(InputError, match="length = 0: must be at least 1"):
        random_sequence(0, np.random.default_rng(0))


# --- the controllers that come with the package ---------------------------------------------------


@pytest.mark.parametrize("length", [1, 4, 10])
def test_slots_in_turn_repeat_as_many_patterns_as_they_were_taught(length: int) -> None:
    assert mean_accuracy("least_recent", length, 10) > 0.995


@pytest.mark.parametrize("selection", MEMORIES)
def test_every_memory_repeats_short_sequences_far_above_chance(selection: str) -> None:
    assert mean_accuracy(selection, 5, 10) > 0.75


@pytest.mark.parametrize("selection", MEMORIES)
def test_what_the_memory_gets_is_binary(selection: str) -> None:
    stream = np.random.default_rng(1000)
    sequence = random_sequence(5, stream)
    found = run_copy_paste(load_controller(selection), sequence, memory_for(selection, stream))
    assert found.keys.shape == found.values.shape == found.evidence.shape == (12, 40)
    assert set(np.unique(found.keys)) == set(np.unique(found.values)) == {-1.0, 1.0}
    assert found.gates.dtype == bool and found.gates[:6].all()
    assert found.outputs.shape == (6, 26)
    assert found.accuracy == np.mean(np.sign(found.outputs) == found.sequence)


def test_slots_in_turn_store_while_shown_and_only_then() -> None:
    stream = np.random.default_rng(1000)
    memory = memory_for("least_recent", stream)
    found = run_copy_paste(LEAST_RECENT, random_sequence(6, stream), memory)
    np.testing.assert_array_equal(found.gates, [True] * 7 + [False] * 7)


def test_nothing_is_repeated_without_a_memory() -> None:
    class Empty:
        """Remember nothing."""

        def store(self, key: np.ndarray, value: np.ndarray, strength: float) -> None:
            """Do nothing."""

        def skip(self) -> None:
            """Do nothing."""

        def recall(self, key: np.ndarray) -> np.ndarray:
            """Return no evidence."""
            return np.zeros(40)

    memory: MemoryState = Empty()
    sequence = random_sequence(10, np.random.default_rng(1))
    found = run_copy_paste(LEAST_RECENT, sequence, memory)
    assert np.mean(np.sign(found.outputs) == sequence) < 0.75


def test_a_memory_stores_before_it_is_asked() -> None:
    told: list[str] = []

    class Diary(BidirectionalState):
        """Write down what is asked of it."""

        def store(self, key: np.ndarray, value: np.ndarray, strength: float) -> None:
            """Store."""
            told.append("store")
            super().store(key, value, strength)

        def skip(self) -> None:
            """Skip."""
            told.append("skip")

        def recall(self, key: np.ndarray) -> np.ndarray:
            """Recall."""
            told.append("recall")
            return super().recall(key)

    diary = Diary(BidirectionalMemory(), np.zeros((40, 40)))
    found = run_copy_paste(LEAST_RECENT, random_sequence(2, np.random.default_rng(0)), diary)
    expected = []
    for gate in found.gates:
        expected += ["store" if gate else "skip", "recall"]
    assert told == expected


def test_memories_are_what_their_names_say() -> None:
    stream = np.random.default_rng(0)
    assert isinstance(memory_for("bidirectional", stream), BidirectionalState)
    for name in ("least_recent", "random", "learned"):
        memory = memory_for(name, stream)
        assert isinstance(memory, SlotState)
        assert memory.keys.shape == (40, 40)
    with pytest.raises(InputError, match="selection = 'best': must be one of least_recent, random"):
        memory_for("best", stream)
    with pytest.raises(InputError, match="selection = 'best'"):
        load_controller("best")


def test_controllers_are_read_as_they_were_written(tmp_path: Path) -> None:
    write_controller(LEAST_RECENT, tmp_path / "controller.npz")
    found = read_controller(tmp_path / "controller.npz")
    for field in fields(Controller):
        np.testing.assert_array_equal(getattr(found, field.name), getattr(LEAST_RECENT, field.name))


# --- learning -------------------------------------------------------------------------------------

SMALL = ControllerSettings(steps=CHUNK, sequences=2, longest=3)


@pytest.mark.parametrize("selection", MEMORIES)
def test_what_was_learned_is_what_is_run(selection: str) -> None:
    settings = replace(SMALL, selection=selection)
    numbers = start_numbers(settings, jax.random.key(1))
    arrays = {name: np.array(value, dtype=float) for name, value in numbers.items()}
    arrays["key_weights"] += ring(settings)
    controller = Controller(**arrays)
    shown, _, _, plateaus = (np.array(part) for part in random_trials(settings, jax.random.key(2)))
    expected = np.array(outputs_of(numbers, shown[0], plateaus[0], settings))
    memory: MemoryState = BidirectionalMemory().start(40, 40, np.random.default_rng(0))
    if selection != "bidirectional":
        rule = learned_rule("random") if selection == "learned" else None
        memory = scripted(plateaus[0], 40, rule, settings.beta)
    key, recalled, gate = first_state(controller)
    for pattern, wanted in zip(shown[0], expected, strict=True):
        key, value, gate = step(controller, pattern, key, recalled, gate)
        if gate:
            memory.store(key, value, gate)
        else:
            memory.skip()
        recalled = np.sign(memory.recall(key))
        np.testing.assert_allclose(output(controller, recalled), wanted, atol=1e-5)


def test_trials_ask_for_the_sequence_after_its_mark() -> None:
    trials = random_trials(replace(SMALL, sequences=20), jax.random.key(0))
    for shown, wanted, counted in zip(*(np.array(part) for part in trials[:3]), strict=True):
        end = int(np.flatnonzero(shown[:, -1] == 1).item())
        assert 1 <= end <= 3
        np.testing.assert_array_equal(shown[end + 1 :], np.zeros_like(shown[end + 1 :]))
        asked = np.flatnonzero(counted)
        np.testing.assert_array_equal(asked, np.arange(end + 1, 2 * end + 2))
        np.testing.assert_array_equal(wanted[asked], shown[: end + 1])


@pytest.mark.parametrize("selection", MEMORIES)
def test_gradients_reach_every_weight_but_the_first_key(selection: str) -> None:
    settings = replace(SMALL, selection=selection, sequences=4)
    numbers = start_numbers(settings, jax.random.key(1))
    numbers["gate_bias"] += 0.5
    trials = random_trials(settings, jax.random.key(2))
    slopes = jax.grad(lambda given: copy_loss(given, *trials, settings)[0])(numbers)
    for name, slope in slopes.items():
        assert np.isfinite(slope).all(), name
        assert np.any(np.array(slope) != 0) == (name != "first_key"), name


def test_learning_lowers_the_error() -> None:
    found = learn_controller(replace(SMALL, steps=2 * CHUNK, longest=1), 0)
    assert found.loss[-1] < found.loss[0]
    assert found.accuracy[-1] > found.accuracy[0]


@pytest.mark.parametrize(
    ("changes", "message"),
    [({"selection": "oldest"}, "must be one of least_recent"),
     ({"steps": 150}, "must be a multiple of 200")],
)  # fmt: skip
def test_settings_that_mean_nothing_are_refused(changes: dict[str, object], message: str) -> None:
    with pytest.raises(InputError, match=message):
        replace(ControllerSettings(), **changes)
