"""Streams: what is asked when, what is stored, and what is left of it N steps later."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from predicted import predicted

from hippokv.analysis.recall.scores import group_accuracies
from hippokv.errors import InputError
from hippokv.protocols.parts.stream import Stream, drawn_stream
from hippokv.protocols.running.experiment import prepare

SMALL: dict[str, Any] = {
    "run.circuit": "slot_memory",
    "circuit.n_inputs": 60, "circuit.n_outputs": 60, "circuit.n_slots": 8, "run.seed": 4,
}  # fmt: skip


def drawn(delays: list[int], seed: int = 0, n_flashbulbs: int = 0, n_steps: int = 2000) -> Stream:
    stream = np.random.default_rng(seed)
    return drawn_stream(n_steps, delays, 0.5, 80, n_flashbulbs, 10.0, stream)


def accuracies(protocol: str, settings: dict[str, Any]) -> dict[str, float]:
    readout, items = predicted(protocol, settings)
    return {
        group: float(score) for group, score in group_accuracies(readout.evidence, items).items()
    }


# --- what is asked --------------------------------------------------------------------------------


@pytest.mark.parametrize("delays", [[1], [41], [1, 20, 40, 41, 180]])
def test_each_question_is_about_the_stimulus_of_a_delay_ago_that_was_stored(
    delays: list[int],
) -> None:
    found = drawn(delays)
    steps = np.flatnonzero(found.asks >= 0)
    assert set(steps - found.asks[steps]) == set(delays)
    assert (found.level[found.asks[steps]] > 0).all()
    assert (found.level[steps] == 0).all(), "a step that asks brings nothing new"
    assert steps.min() >= 80, "the warm-up"


def test_no_stimulus_is_asked_for_twice() -> None:
    found = drawn([1, 20, 40, 41, 180])
    asked = found.asks[found.asks >= 0]
    assert len(set(asked)) == len(asked)


def test_with_one_delay_only_what_is_asked_for_is_stored() -> None:
    found = drawn([20])
    np.testing.assert_array_equal(np.flatnonzero(found.level), np.sort(found.asks[found.asks >= 0]))


@pytest.mark.slow
@pytest.mark.parametrize("delays", [[1], [20], [1, 20, 40, 41, 180]])
def test_a_third_of_the_steps_store_something(delays: list[int]) -> None:
    shares = [np.mean(drawn(delays, seed, n_steps=5000).level > 0) for seed in range(10)]
    # Without the warm-up, x = (1 - p)(1 - x) of the steps ask.
    assert np.mean(shares) == pytest.approx(1 / 3, abs=0.015)


def test_flashbulbs_are_asked_for_at_every_delay() -> None:
    delays = [1, 20, 60, 100, 180]
    found = drawn(delays, n_flashbulbs=5)
    (strong,) = np.nonzero(found.level == 10.0)
    assert len(strong) == 5
    for step in strong:
        assert sorted(np.flatnonzero(found.asks == step) - step) == delays
    others = found.asks[(found.asks >= 0) & ~np.isin(found.asks, strong)]
    assert len(set(others)) == len(others)
    assert set(np.unique(found.level)) == {0.0, 1.0, 10.0}


def test_the_schedule_does_what_was_drawn() -> None:
    settings = {**SMALL, "protocol.n_steps": 200, "protocol.delays": "1, N, 2N+1"}
    experiment = prepare("continual", settings)
    schedule = experiment.schedule
    stored = schedule.events("store")
    assert len(schedule.events("store", "recall")) <= 200
    assert len(schedule.events("store", "advance")) == 200, "a slot is called for at each step"
    for event in schedule.events("recall"):
        source = stored[event.item]
        between = [
            other for other in schedule.events("store", "advance")
            if source.start_ms < other.start_ms <= event.start_ms
        ]  # fmt: skip
        # The slot of the step that asks is called for after the cue.
        assert event.group == f"R{len(between) + 1}"
    instruction = schedule.channel("instruction")[:, 0] > 0
    phases = [epoch.phase for epoch, used in zip(schedule.epochs, instruction, strict=True) if used]
    assert set(phases) == {"store", "advance"} and len(phases) == 200
    acetylcholine = schedule.channel("acetylcholine")[:, 0]
    storing = np.array([epoch.phase == "store" for epoch in schedule.epochs])
    np.testing.assert_array_equal(acetylcholine > 0, storing)


def test_cues_are_the_stored_keys_in_part() -> None:
    _, items = predicted("continual", {**SMALL, "protocol.n_steps": 200})
    given = items.queries != 0
    assert (given.sum(axis=1) == 24).all()
    np.testing.assert_array_equal(items.queries[given], items.keys[items.query_item][given])


@pytest.mark.parametrize(
    ("settings", "words"),
    [
        ({"protocol.n_steps": 180}, r"protocol.n_steps = 180: must be above 181"),
        ({"protocol.n_steps": 50, "protocol.delays": "1"}, r"n_steps = 50: must be above 81"),
        (
            {"protocol.stimuli": "digits", "protocol.n_steps": 5000},
            r"protocol.n_steps = 5000: must be at most 1797, the number of protocol.stimuli",
        ),
        ({"protocol.delays": ""}, r"protocol.delays = '': must be at least one number"),
        ({"protocol.delays": "1, later"}, r"protocol.delays = 'later': must be whole numbers"),
        ({"protocol.delays": "0"}, r"protocol.delays = '0': must be from 1 to 20000"),
        ({"protocol.warm_up": "soon"}, r"protocol.warm_up = 'soon': must be whole numbers"),
        ({"protocol.n_flashbulbs": 900}, r"protocol.n_flashbulbs = 900: must be at most \d+, for"),
    ],
)
def test_a_stream_that_cannot_be_is_refused_in_one_line(
    settings: dict[str, Any], words: str
) -> None:
    with pytest.raises(InputError, match=words) as refused:
        prepare("continual", settings)
    assert "\n" not in str(refused.value)


# --- what is left ---------------------------------------------------------------------------------


def test_accuracy_falls_in_steps_as_wide_as_the_memory() -> None:
    """After a lap of the slots an item is gone if its slot was written again, one time in three."""
    settings = {**SMALL, "protocol.n_steps": 3000, "protocol.delays": "1, 7, N, N+1, 2N, 2N+1"}
    found = accuracies("continual", settings)
    assert min(found[group] for group in ("R1", "R7", "R8")) > 0.98
    assert found["R8"] - found["R9"] > 0.08
    assert found["R16"] - found["R17"] > 0.04
    assert abs(found["R9"] - found["R16"]) < 0.04


def test_flashbulb_items_are_kept_for_good_and_others_are_not() -> None:
    settings = {
        **SMALL, "protocol.n_steps": 1000, "protocol.delays": "1, 1.5N, 4.5N, 20N",
        "protocol.n_flashbulbs": 1,
    }  # fmt: skip
    found = accuracies("flashbulb", settings)
    # Of several, one that comes a lap after another finds its slot closed; a single one does not.
    assert min(found[f"flashbulb_R{delay}"] for delay in (1, 12, 36, 160)) > 0.97
    assert found["R160"] < 0.7
    regular = accuracies("flashbulb", {**settings, "protocol.flashbulb_level": 1.0})
    # At the level of all others nothing is kept, and the groups are those of a regular stream.
    assert "flashbulb_R160" not in regular
    assert regular["R160"] < 0.8


def test_flashbulb_items_leave_fewer_slots_to_the_others() -> None:
    settings = {**SMALL, "protocol.n_steps": 1500, "protocol.delays": "1, 3, 4"}
    without = accuracies("flashbulb", {**settings, "protocol.n_flashbulbs": 0})
    most = accuracies("flashbulb", {**settings, "protocol.n_flashbulbs": 6})
    assert without["R4"] > 0.98
    assert most["R4"] < without["R4"] - 0.03, "a lap of two slots is shorter"
    assert most["R1"] > 0.98, "a slot that is stable is passed over, not called in vain"
