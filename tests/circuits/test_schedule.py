"""The schedule: rows that follow each other, checked when they are put together."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import pytest

from hippokv.circuits.schedule import SCHEDULE_STEP_MS, Epoch, Schedule, on_off

WIDTHS = {"entorhinal": 4, "instruction": 1}
PATTERN = np.array([1.0, 0.0, 0.0, 1.0])


@pytest.fixture
def schedule() -> Schedule:
    """Return two items stored, one of them asked for twice."""
    return Schedule(
        (
            Epoch("rest", 50.0),
            Epoch("store", 100.0, 0, {"entorhinal": PATTERN}),
            Epoch("store", 25.0, 0, {"entorhinal": PATTERN, "instruction": 1.0}),
            Epoch("store", 100.0, 1, {"entorhinal": 1 - PATTERN}),
            Epoch("recall", 40.0, 1),
            Epoch("rest", 5.0),
            Epoch("recall", 40.0, 1),
        ),
        WIDTHS,
    )


def test_each_epoch_starts_where_the_one_before_ends(schedule: Schedule) -> None:
    np.testing.assert_array_equal(schedule.start_ms, [0, 50, 150, 175, 275, 315, 320])
    assert schedule.duration_ms == 360.0


def test_epochs_with_the_same_phase_and_item_are_one_event(schedule: Schedule) -> None:
    found = [
        (event.phase, event.item, event.start_ms, event.stop_ms) for event in schedule.events()
    ]
    assert found == [
        ("rest", -1, 0, 50), ("store", 0, 50, 175), ("store", 1, 175, 275),
        ("recall", 1, 275, 315), ("rest", -1, 315, 320), ("recall", 1, 320, 360),
    ]  # fmt: skip


def test_events_can_be_chosen_by_phase(schedule: Schedule) -> None:
    assert [event.start_ms for event in schedule.events("recall")] == [275, 320]
    assert [event.phase for event in schedule.events("recall", "store")] == [
        "store", "store", "recall", "recall",
    ]  # fmt: skip
    assert schedule.events("lesion") == []


def test_an_event_names_its_item_from_one_on(schedule: Schedule) -> None:
    assert [event.label for event in schedule.events()][:3] == ["rest", "store 1", "store 2"]


def test_a_channel_is_zero_where_no_epoch_drives_it(schedule: Schedule) -> None:
    expected = np.zeros((7, 4))
    expected[1:3], expected[3] = PATTERN, 1 - PATTERN
    np.testing.assert_array_equal(schedule.channel("entorhinal"), expected)
    np.testing.assert_array_equal(schedule.channel("instruction").ravel(), [0, 0, 1, 0, 0, 0, 0])


def test_one_number_drives_every_entry_of_a_channel() -> None:
    schedule = Schedule((Epoch("rest", 5.0, drive={"entorhinal": 0.5}),), WIDTHS)
    np.testing.assert_array_equal(schedule.channel("entorhinal"), np.full((1, 4), 0.5))


@pytest.mark.parametrize(
    ("stop_ms", "epochs", "last_ms"),
    [(50.0, 1, 50.0), (55.0, 2, 5.0), (175.0, 3, 25.0), (360.0, 7, 40.0), (1000.0, 7, 40.0)],
)
def test_until_keeps_what_comes_before(
    schedule: Schedule, stop_ms: float, epochs: int, last_ms: float
) -> None:
    part = schedule.until(stop_ms)
    assert part.duration_ms == min(stop_ms, 360.0)
    assert len(part.epochs) == epochs
    assert part.epochs[-1].duration_ms == last_ms
    assert part.epochs[:-1] == schedule.epochs[: epochs - 1]
    np.testing.assert_array_equal(
        part.channel("entorhinal"), schedule.channel("entorhinal")[:epochs]
    )


@pytest.mark.parametrize("stop_ms", [0.0, 52.5])
def test_until_a_time_that_leaves_no_whole_epoch_is_refused(
    schedule: Schedule, stop_ms: float
) -> None:
    with pytest.raises(ValueError, match=r"at least one epoch|multiple of 5 ms"):
        schedule.until(stop_ms)


@pytest.mark.parametrize("duration_ms", [0.0, -5.0, 2.5, 12.0, math.nan, math.inf])
def test_a_duration_off_the_grid_is_refused(duration_ms: float) -> None:
    with pytest.raises(ValueError, match=f"multiple of {SCHEDULE_STEP_MS:g} ms"):
        Schedule((Epoch("rest", 5.0), Epoch("store", duration_ms)), WIDTHS)


@pytest.mark.parametrize(
    ("drive", "words"),
    [
        ({"light": 1.0}, r"epoch 0 \(store\) drives 'light': the circuit has entorhinal, instr"),
        ({"entorhinal": np.ones(3)}, r"'entorhinal' with shape \(3,\): must be \(4,\)"),
        ({"entorhinal": np.ones((1, 4))}, r"'entorhinal' with shape \(1, 4\): must be \(4,\)"),
        ({"instruction": np.ones(4)}, r"'instruction' with shape \(4,\): must be \(1,\)"),
    ],
)
def test_a_drive_that_the_circuit_cannot_take_is_refused(drive: dict[str, Any], words: str) -> None:
    with pytest.raises(ValueError, match=words):
        Schedule((Epoch("store", 5.0, 0, drive),), WIDTHS)


def test_an_empty_schedule_is_refused() -> None:
    with pytest.raises(ValueError, match="at least one epoch"):
        Schedule((), WIDTHS)


def test_on_cells_carry_plus_one_off_cells_minus_one_and_neither_carries_zero() -> None:
    np.testing.assert_array_equal(on_off([1, -1, 0]), [1, 0, 0, 0, 1, 0])
    np.testing.assert_array_equal(on_off(np.array([[1.0, -1.0], [0.0, 1.0]])), [
        [1, 0, 0, 1], [0, 1, 0, 0],
    ])  # fmt: skip


def test_two_keys_share_as_many_cells_as_their_dot_product_says() -> None:
    patterns = np.random.default_rng(0).choice([-1, 1], (5, 12))
    shared = on_off(patterns) @ on_off(patterns).T
    np.testing.assert_array_equal(shared, (patterns @ patterns.T + 12) / 2)
