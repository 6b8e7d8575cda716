"""Sequences: chained pairs, replayed through the loop from any start."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from predicted import predicted

from hippokv.analysis.recall.scores import group_accuracies
from hippokv.circuits.cells.recurrent_loop import HOLD, LOAD
from hippokv.errors import InputError
from hippokv.protocols.running.experiment import prepare

SMALL: dict[str, Any] = {
    "run.circuit": "slot_memory",
    "circuit.n_inputs": 80, "circuit.n_outputs": 80, "circuit.n_slots": 12, "run.seed": 3,
    "protocol.n_starts": 0,
}  # fmt: skip


def test_each_pattern_is_stored_with_the_one_that_follows() -> None:
    experiment = prepare("sequence", {**SMALL, "protocol.lengths": "5, 3"})
    keys = experiment.stimuli.keys
    _, items = predicted("sequence", {**SMALL, "protocol.lengths": "5, 3"})
    np.testing.assert_array_equal(items.keys, keys[[0, 1, 2, 3, 5, 6]])
    np.testing.assert_array_equal(items.values, keys[[1, 2, 3, 4, 6, 7]])


def test_items_are_numbered_as_they_were_stored() -> None:
    schedule = prepare("sequence", {**SMALL, "protocol.lengths": "5, 3"}).schedule
    assert [event.item for event in schedule.events("store")] == list(range(6))
    asked = [event.item for event in schedule.events("recall")]
    assert asked == [0, 1, 2, 3, 1, 2, 3, 2, 3, 3, 4, 5, 5]


def test_only_the_prompt_is_shown_and_every_other_step_is_loaded_once_and_held() -> None:
    schedule = prepare("sequence", {**SMALL, "protocol.lengths": "4"}).schedule
    shown, loop = schedule.channel("entorhinal"), schedule.channel("loop")[:, 0]
    prompts = 0
    for event in schedule.events("recall"):
        rows = (schedule.start_ms >= event.start_ms) & (schedule.start_ms < event.stop_ms)
        if shown[rows].any():
            prompts += 1
            assert not loop[rows].any()
        else:
            assert loop[rows].tolist() == [LOAD, HOLD]
    assert prompts == 3
    resting = np.array([epoch.phase == "rest" for epoch in schedule.epochs])
    assert not loop[resting].any(), "the loop listens before a new pattern is loaded"


@pytest.mark.parametrize("length", [2, 7, 12, 13])
def test_up_to_a_pattern_more_than_slots_the_rate_model_replays_it_without_error_from_every_start(
    length: int,
) -> None:
    readout, items = predicted("sequence", {**SMALL, "protocol.lengths": str(length)})
    assert len(items.queries) == length * (length - 1) / 2
    np.testing.assert_array_equal(np.sign(readout.evidence), items.values[items.query_item])


def test_with_a_pair_overwritten_the_replay_loses_its_thread() -> None:
    readout, items = predicted("sequence", {**SMALL, "protocol.lengths": "16"})
    assert group_accuracies(readout.evidence, items)["T16"] < 0.95


def test_so_many_starts_are_drawn_and_no_start_twice() -> None:
    few = {**SMALL, "protocol.lengths": "10", "protocol.n_starts": 4}
    schedule = prepare("sequence", few).schedule
    shown = schedule.channel("entorhinal")
    rows = np.searchsorted(schedule.start_ms, [e.start_ms for e in schedule.events("recall")])
    prompted = [
        event.item
        for event, row in zip(schedule.events("recall"), rows, strict=True)
        if shown[row].any()
    ]
    assert len(prompted) == len(set(prompted)) == 4


@pytest.mark.parametrize(
    ("settings", "words"),
    [
        ({"circuit.n_outputs": 30}, r"circuit.n_outputs = 30: must be circuit.n_inputs, 40"),
        ({"protocol.lengths": "5, 1"}, r"protocol.lengths = 1: must be at least 2, a pair"),
        ({"protocol.lengths": "", "protocol.n_items": 1}, r"protocol.n_items = 1: must be"),
    ],
)
def test_a_sequence_that_cannot_be_is_refused_in_one_line(
    settings: dict[str, Any], words: str
) -> None:
    with pytest.raises(InputError, match=words) as refused:
        prepare("sequence", settings)
    assert "\n" not in str(refused.value)
