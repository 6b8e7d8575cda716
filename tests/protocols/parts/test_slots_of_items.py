"""Runs whose items found no slots of their own say so."""

from __future__ import annotations

import numpy as np
import pytest
from numpy.typing import NDArray

from hippokv.analysis.recall.readout import Readout
from hippokv.circuits.manipulation.manipulations import (
    Erase,
    Silence,
    manipulated,
    manipulation_widths,
)
from hippokv.circuits.schedule import Epoch, Schedule
from hippokv.protocols.parts.slots_of_items import (
    WHERE_RECALL_LED,
    stored_after_recall,
    without_a_slot,
)

MISSED = "2 of 3 items went to no slot, and nothing of them was stored"
ONE = "{} items went to 1 of 4 slots, one over the other: of each slot the last alone is left"
OWN = np.eye(3, 4, dtype=bool)
NONE = np.zeros(4, dtype=bool)
SECOND = np.arange(4) == 1
WIDTHS = manipulation_widths({"hippocampal": 4}, ("keys",))
STORE, RECALL, REST = (Epoch(phase, 1000.0, item) for phase, item in
                       (("store", 0), ("recall:T1", 0), ("rest", -1)))  # fmt: skip


def storing(count: int) -> Schedule:
    """Return a schedule that stores so many items, one a second from the first second on."""
    return Schedule((REST, *(Epoch("store", 1000.0, item) for item in range(count))), WIDTHS)


def readout_of(plateaus: NDArray[np.bool_]) -> Readout:
    """Return a readout of nothing but plateaus."""
    slots = plateaus.shape[1]
    nothing, weights = np.zeros((0, 1)), np.zeros((slots, 1))
    return Readout(plateaus, np.zeros((0, slots)), nothing, weights, weights)


@pytest.mark.parametrize(
    ("plateaus", "told"),
    [
        (OWN, ()),
        (OWN | SECOND, ()),
        (np.array([NONE, SECOND, NONE]), (MISSED,)),
        (np.array([SECOND, SECOND, SECOND]), (ONE.format(3),)),
        (np.array([SECOND, NONE, SECOND]), (MISSED.replace("2 of", "1 of"), ONE.format(2))),
        (np.array([[True], [True]]), ()),
        (np.zeros((0, 4), dtype=bool), ()),
    ],
)
def test_items_without_slots_of_their_own_are_counted(
    plateaus: NDArray[np.bool_], told: tuple[str, ...]
) -> None:
    assert without_a_slot(readout_of(plateaus), storing(len(plateaus))) == told


def test_items_that_are_stored_while_all_cells_are_silenced_are_not_missed() -> None:
    plateaus = np.array([OWN[0], NONE, OWN[1]])
    for cells, told in ((None, ()), ([0, 1, 2], (MISSED.replace("2 of", "1 of"),))):
        silent = manipulated(storing(3), Silence("hippocampal", cells, 2000.0, 3000.0))
        assert without_a_slot(readout_of(plateaus), silent) == told


@pytest.mark.parametrize(
    ("epochs", "erased_ms", "told"),
    [
        ([STORE, STORE, RECALL, RECALL], None, ()),
        ([STORE, RECALL, STORE], None, (WHERE_RECALL_LED,)),
        ([RECALL, STORE], None, (WHERE_RECALL_LED,)),
        ([STORE, RECALL, REST, STORE], 2500.0, ()),
        ([STORE, REST, RECALL, STORE], 1500.0, (WHERE_RECALL_LED,)),
        ([STORE, RECALL, REST, STORE, RECALL, STORE], 2500.0, (WHERE_RECALL_LED,)),
    ],
)
def test_what_is_stored_after_a_recall_is_said(
    epochs: list[Epoch], erased_ms: float | None, told: tuple[str, ...]
) -> None:
    schedule = Schedule(tuple(epochs), WIDTHS)
    if erased_ms is not None:
        schedule = manipulated(schedule, Erase("keys", erased_ms))
    assert stored_after_recall(schedule) == told
