"""Schedules shown to a memory: what is stored how strongly, what asks, and what time does."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
import pytest

from hippokv.analysis.classical.attentional_reader import AttentionalReader
from hippokv.analysis.classical.bidirectional_memory import BidirectionalMemory
from hippokv.analysis.classical.dense_associative_memory import DenseAssociativeMemory
from hippokv.analysis.classical.hopfield_network import HopfieldNetwork
from hippokv.analysis.classical.memory import Memory, MemoryState, remember
from hippokv.analysis.classical.slot_network import SlotNetwork
from hippokv.analysis.classical.softmax_attention import SoftmaxAttention
from hippokv.analysis.classical.sparse_distributed_memory import SparseDistributedMemory
from hippokv.arrays import Array
from hippokv.circuits.schedule import Epoch, Schedule, on_off
from task import accuracy, occluded, patterns

ALL: list[Memory] = [
    AttentionalReader(), BidirectionalMemory(), DenseAssociativeMemory(),
    DenseAssociativeMemory(power=None), HopfieldNetwork(), SlotNetwork(),
    SlotNetwork(selection="random"), SoftmaxAttention(), SparseDistributedMemory(),
]  # fmt: skip
WIDTHS = {"entorhinal": 8, "cortical": 8, "acetylcholine": 1, "loop": 1}
A, B, C = patterns(0, 3, 4)


@dataclass
class Diary:
    """A memory that writes down what it is told, and answers with a given evidence."""

    told: list[tuple[object, ...]] = field(default_factory=list)
    answers: list[Array] = field(default_factory=list)

    def start(self, n_inputs: int, n_outputs: int, rng: np.random.Generator) -> MemoryState:
        self.told.append(("start", n_inputs, n_outputs))
        return self

    def store(self, key: Array, value: Array, strength: float) -> None:
        self.told.append(("store", key.tolist(), value.tolist(), strength))

    def skip(self) -> None:
        self.told.append(("skip",))

    def recall(self, cue: Array) -> Array:
        self.told.append(("recall", cue.tolist()))
        return self.answers.pop(0)


def store(key: Array, value: Array, level: float) -> Epoch:
    drive = {"entorhinal": on_off(key), "cortical": on_off(value), "acetylcholine": level}
    return Epoch("store", 5.0, 0, drive)


def test_events_reach_the_memory_in_order_of_time() -> None:
    cue = np.array([1.0, 0.0, 0.0, -1.0])
    epochs = (
        store(A, B, 1.0), Epoch("rest", 5.0), Epoch("advance", 5.0), Epoch("rest", 5.0),
        store(B, C, 10.0), Epoch("recall:light", 5.0, 0, {"entorhinal": on_off(cue)}),
        Epoch("recall", 5.0, 1, {"loop": 1.0}), Epoch("recall", 5.0, 1, {"loop": 0.0}),
        Epoch("erase", 5.0), store(C, A, 0.0),
    )  # fmt: skip
    diary = Diary(answers=[np.array([0.1, -3.0, 0.0, 2.0]), np.ones(4)])
    found = remember(diary, Schedule(epochs, WIDTHS), 0)
    assert diary.told == [
        ("start", 4, 4), ("store", A.tolist(), B.tolist(), 1.0), ("skip",),
        ("store", B.tolist(), C.tolist(), 10.0), ("recall", cue.tolist()),
        ("recall", [1.0, -1.0, 0.0, 1.0]), ("start", 4, 4),
        ("store", C.tolist(), A.tolist(), 0.0),
    ]  # fmt: skip
    np.testing.assert_array_equal(found, [[0.1, -3.0, 0.0, 2.0], np.ones(4)])


def test_a_circuit_without_the_channels_stores_all_and_loops_nothing() -> None:
    widths = {name: WIDTHS[name] for name in ("entorhinal", "cortical")}
    drive = {"entorhinal": on_off(A), "cortical": on_off(A)}
    epochs = (Epoch("store", 5.0, 0, drive), Epoch("recall", 5.0, 0, {"entorhinal": on_off(A)}))
    found = remember(HopfieldNetwork(), Schedule(epochs, widths), 0)
    np.testing.assert_array_equal(found, [A])


def test_a_loop_needs_something_to_replay() -> None:
    epochs = (store(A, A, 1.0), Epoch("recall", 5.0, 0, {"loop": 1.0}))
    with pytest.raises(ValueError, match="needs a recall before it"):
        remember(HopfieldNetwork(), Schedule(epochs, WIDTHS), 0)


def test_a_sequence_is_replayed_through_the_loop() -> None:
    chain = patterns(3, 6, 40)
    epochs = [
        epoch
        for key, value in zip(chain[:-1], chain[1:], strict=True)
        for epoch in (store(key, value, 1.0), Epoch("rest", 5.0))
    ]
    epochs.append(Epoch("recall", 5.0, 0, {"entorhinal": on_off(chain[0])}))
    epochs += [Epoch("recall", 5.0, place, {"loop": 1.0}) for place in range(1, 5)]
    schedule = Schedule(tuple(epochs), {**WIDTHS, "entorhinal": 80, "cortical": 80})
    for memory in (SlotNetwork(), BidirectionalMemory(), SoftmaxAttention()):
        np.testing.assert_array_equal(np.sign(remember(memory, schedule, 0)), chain[1:])


def test_what_is_erased_is_gone() -> None:
    shown = {"entorhinal": on_off(A)}
    epochs = (store(A, A, 1.0), Epoch("erase", 5.0), Epoch("recall", 5.0, 0, shown))
    for memory in ALL:
        found = remember(memory, Schedule(epochs, WIDTHS), 0)
        assert np.abs(found - A * isinstance(memory, HopfieldNetwork)).max() < 1e-6


@pytest.mark.parametrize("memory", ALL, ids=str)
def test_one_item_comes_back_whole_and_the_seed_alone_decides(memory: Memory) -> None:
    keys = patterns(2, 1, 40)
    if not (isinstance(memory, SlotNetwork) and memory.selection == "random"):
        assert accuracy(memory, keys, keys, occluded(2, keys)) == 1.0
    drive = {"entorhinal": on_off(keys[0]), "cortical": on_off(keys[0]), "acetylcholine": 1.0}
    epochs = (Epoch("store", 5.0, 0, drive), Epoch("recall", 5.0, 0, drive))
    schedule = Schedule(epochs, {**WIDTHS, "entorhinal": 80, "cortical": 80})
    np.testing.assert_array_equal(remember(memory, schedule, 4), remember(memory, schedule, 4))


@pytest.mark.parametrize("memory", ALL, ids=str)
def test_an_item_of_strength_zero_leaves_no_trace(memory: Memory) -> None:
    key = patterns(1, 1, 20)[0]
    state = memory.start(20, 20, np.random.default_rng(0))
    state.store(key, key, 0.0)
    hint = np.where(np.arange(20) < 10, key, 0.0)
    given = hint if isinstance(memory, HopfieldNetwork) else np.zeros(20)
    assert np.abs(state.recall(hint) - given).max() < 1e-6
