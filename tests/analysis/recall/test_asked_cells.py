"""Which cells events ask for: those of slots that hold an item, and of its value."""

from __future__ import annotations

import math
from collections.abc import Callable

import numpy as np
import pytest
from numpy.typing import NDArray

from hippokv.analysis.recall.asked_cells import Sought, asked_cells, slots_asked
from hippokv.circuits.manipulation.manipulations import (
    BlockPlasticity,
    Manipulation,
    manipulated,
    manipulation_widths,
)
from hippokv.circuits.recording import Recording, SpikeTrain
from hippokv.circuits.schedule import Epoch, Schedule

#: Twenty slots of two cells, of which item k takes slot 2 k.
N_SLOTS, N_CELLS = 20, 40


def experiment(*rows: Manipulation) -> Schedule:
    """Return a schedule that stores eight items, and asks for the first six of them."""
    epochs = [Epoch("rest", 100.0)]
    for item in range(8):
        epochs += [Epoch("store", 500.0, item), Epoch("rest", 100.0)]
    for item in range(6):
        epochs += [Epoch("recall", 300.0, item), Epoch("rest", 100.0)]
    widths = manipulation_widths({"hippocampal": N_CELLS}, ("keys",))
    return manipulated(Schedule(tuple(epochs), widths), *rows)


def recorded(schedule: Schedule) -> Recording:
    """Make up a plateau of one cell for each item, which is half of a slot's cells."""
    silent = SpikeTrain.at(np.zeros(0), np.zeros(0, dtype=np.int32), N_CELLS)
    starts = np.array([event.stop_ms / 1e3 - 0.2 for event in schedule.events("store")])
    plateaus = SpikeTrain.at(starts, np.arange(len(starts), dtype=np.int32) * 4, N_CELLS)
    return Recording(
        {"hippocampal": silent}, {"dendritic_spike": plateaus}, {}, schedule.duration_ms
    )  # fmt: skip


def test_asked_for_is_the_slot_that_took_the_item_last() -> None:
    schedule = experiment()
    asked = asked_cells(recorded(schedule), schedule, N_SLOTS)
    assert list(asked) == ["hippocampal"], "nothing says which values were taught"
    events = schedule.events("store", "recall")
    assert len(asked["hippocampal"]) == len(events)
    for one, event in zip(asked["hippocampal"], events, strict=True):
        assert (one.start_s, one.stop_s) == (event.start_ms / 1e3, event.stop_ms / 1e3)
        assert np.flatnonzero(one.cells).tolist() == [4 * event.item, 4 * event.item + 1]


def test_all_cells_of_a_unit_belong_to_the_value_that_was_taught() -> None:
    drive = {"cortical": np.array([1.0, 0.0, 0.0, 1.0])}
    schedule = Schedule(
        (Epoch("store", 100.0, 0, drive), Epoch("recall", 100.0, 0)), {"cortical": 4}
    )
    silent = SpikeTrain.at(np.zeros(0), np.zeros(0, dtype=np.int32), 12)
    asked = asked_cells(Recording({"cortical": silent}, {}, {}, 200.0), schedule, N_SLOTS)
    assert [np.flatnonzero(one.cells).tolist() for one in asked["cortical"]] == (
        [[0, 1, 2, 9, 10, 11]] * 2
    )


def test_a_slot_whose_key_may_not_change_answers_to_what_it_held_before() -> None:
    first = experiment().events("store")[0]
    schedule = experiment(BlockPlasticity("keys", first.start_ms, first.stop_ms))
    asked = asked_cells(recorded(schedule), schedule, N_SLOTS)["hippocampal"]
    events = schedule.events("store", "recall")
    cells = {
        event.label: np.flatnonzero(one.cells).tolist()
        for one, event in zip(asked, events, strict=True)
    }
    assert (cells["store 1"], cells["recall 1"]) == ([0, 1], [])
    assert (cells["store 2"], cells["recall 2"]) == ([4, 5], [4, 5])


def asked_slots(
    schedule: Schedule,
    window: tuple[float, float],
    sought: Callable[[Schedule], Sought | None] = lambda schedule: None,
) -> NDArray[np.int64]:
    return slots_asked(
        recorded(schedule), schedule, n_slots=N_SLOTS, window_ms=window, sought=sought
    )


@pytest.mark.parametrize(
    ("first", "last", "items"), [(0, 5, range(6)), (1, 1, [1]), (2, 3, [2, 3])]
)
def test_slots_asked_are_those_of_the_recalls_in_a_window(
    first: int, last: int, items: list[int]
) -> None:
    schedule = experiment()
    recalls = schedule.events("recall")
    # A window that begins in the middle of a recall and one that lets it end are alike.
    window = (recalls[first].stop_ms - 1, recalls[last].start_ms + 1)
    found = asked_slots(schedule, window)
    assert found.tolist() == [cell for item in items for cell in (4 * item, 4 * item + 1)]


def test_what_is_stored_in_a_window_is_not_asked_for() -> None:
    schedule = experiment()
    before = schedule.events("recall")[0].start_ms
    for window in ((0.0, before), (schedule.duration_ms, math.inf)):
        found = asked_slots(schedule, window)
        assert found.tolist() == []


def test_where_a_recall_asks_for_others_than_it_names_theirs_are_the_slots() -> None:
    schedule = experiment()
    recalls = schedule.events("recall")

    def others(schedule: Schedule) -> Sought:
        return Sought([[7, 3]] + [[0]] * (len(recalls) - 1), slots="", value="")

    window = (recalls[0].start_ms, recalls[0].stop_ms)
    found = asked_slots(schedule, window, others)
    assert found.tolist() == [12, 13, 28, 29]
