"""The race of dendrites: one slot wins, the least recently used one, and SST cells decide it."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

import hippokv
from hippokv.circuits.cells.dendritic_race import RaceParameters, starting_ages
from hippokv.protocols.running.protocol import Result

N_SLOTS, CELLS_PER_SLOT = 6, 3
SIZES = {
    "run.circuit": "slot_memory",
    "circuit.n_inputs": 20, "circuit.n_outputs": 20, "circuit.n_slots": N_SLOTS,
    "circuit.cells_per_slot": CELLS_PER_SLOT, "circuit.selection": "least_recent",
    "protocol.study_ms": 100.0, "protocol.consolidation_ms": 50.0,
}  # fmt: skip


def stored(laps: int, seed: int = 1, **changes: Any) -> Result[Any]:
    """Store some laps of items in short epochs, with numbers of the race changed."""
    race = {f"circuit.{name.replace('__', '.')}": value for name, value in changes.items()}
    return hippokv.run("storage", seed, {**SIZES, "protocol.n_items": laps * N_SLOTS, **race})


def slots_of(result: Result[Any]) -> NDArray[np.int64]:
    """Return the slot of each item, each of which must have gone to one alone."""
    plateaus = result.found.readout.plateaus
    np.testing.assert_array_equal(plateaus.sum(axis=1), 1)
    return np.asarray(plateaus.argmax(axis=1))


def test_ages_are_shuffled_and_another_seed_is_another_order() -> None:
    ages = starting_ages(RaceParameters(), 40)
    np.testing.assert_allclose(np.sort(ages), np.arange(1, 41) / 40)
    assert (np.diff(ages) < 0).any() and (np.diff(ages) > 0).any()
    assert (starting_ages(RaceParameters(starting_order=1), 40) != ages).any()


@pytest.mark.parametrize("order", [0, 3])
def test_the_oldest_slot_takes_each_item_from_shuffled_ages(order: int) -> None:
    ages = starting_ages(RaceParameters(starting_order=order), N_SLOTS)
    found = slots_of(stored(3, race__starting_order=order))
    np.testing.assert_array_equal(found, np.tile(np.argsort(ages), 3))


def test_every_cell_of_the_slot_takes_part_in_its_plateau() -> None:
    result = stored(1)
    dendritic = result.recording.events["dendritic_spike"]
    for event in result.experiment.schedule.events("store"):
        counts = dendritic.counts(event.start_ms, event.stop_ms).reshape(N_SLOTS, -1)
        others = [(0,) * CELLS_PER_SLOT] * (N_SLOTS - 1)
        assert sorted(map(tuple, counts)) == [*others, (1,) * CELLS_PER_SLOT]


def test_without_sst_inhibition_more_than_one_slot_wins() -> None:
    assert stored(1, race__sst__inhibition_nS=0.0).metrics["plateaus_per_item"] > 2


def test_without_recruitment_within_a_slot_none_wins() -> None:
    assert stored(1, race__recruiting_pA=0.0).metrics["plateaus_per_item"] < 0.5


def test_thresholds_that_do_not_recover_leave_the_first_lap_as_it_was() -> None:
    """After it all slots are as hard to excite, and noise chooses."""
    long = stored(3, race__recovery_ms=10_000.0)
    assert long.metrics["least_recent"] < 0.9
