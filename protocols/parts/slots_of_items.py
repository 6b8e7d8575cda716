"""What is said where items may not have found slots of their own: recall says little then."""

from __future__ import annotations

import numpy as np

from hippokv.analysis.recall.readout import Readout
from hippokv.analysis.recall.slot_choice import instructed
from hippokv.circuits.manipulation.manipulations import Erase, all_silenced
from hippokv.circuits.schedule import Schedule

#: What is said where grid modules choose the slot.
WHERE_RECALL_LED = (
    "items were stored after a recall, which leaves the grid modules at the address that it "
    "brought back: they went to the slots from there on, over what was stored in these"
)


def stored_after_recall(schedule: Schedule) -> tuple[str, ...]:
    """Return a line where something is stored after a recall, unless keys were erased between.

    It holds for circuits in which the place of grid modules chooses the slot.
    """
    erased_ms = [
        row.start_ms
        for row in schedule.manipulations
        if isinstance(row, Erase) and row.projection == "keys"
    ]
    last_recall_ms = None
    for event in schedule.events("store", "recall"):
        if event.kind == "recall":
            last_recall_ms = event.start_ms
        elif last_recall_ms is not None and not any(
            last_recall_ms <= erased <= event.start_ms for erased in erased_ms
        ):
            return (WHERE_RECALL_LED,)
    return ()


def without_a_slot(readout: Readout, schedule: Schedule) -> tuple[str, ...]:
    """Return a line for items that no slot took, and one where few slots took them all.

    The rate model is told which slots the circuit took, so it would agree with such a run. Items
    that are stored while all hippocampal cells are silenced are not counted, nor those without an
    instruction where others have one: no slot should take them.
    """
    stores = schedule.events("store")
    called = instructed(schedule)
    able = [not all_silenced(schedule, "hippocampal", event) for event in stores]
    meant = np.array(able, dtype=bool) & (called if called.any() else True)
    taken = readout.plateaus[meant]
    n_items, n_slots = taken.shape
    missed = n_items - int(taken.any(axis=1).sum())
    found = []
    if missed:
        found.append(f"{missed} of {n_items} items went to no slot, and nothing of them was stored")
    used, stored = int(taken.any(axis=0).sum()), n_items - missed
    if 0 < 2 * used <= min(stored, n_slots):
        found.append(
            f"{stored} items went to {used} of {n_slots} slots, one over the other: "
            "of each slot the last alone is left"
        )
    return tuple(found)
