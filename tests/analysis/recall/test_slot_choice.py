"""The choice of slots: each law on schedules of a few items, without a circuit."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from hippokv.analysis.recall.rate_model import Learning, rate_model
from hippokv.analysis.recall.slot_choice import N_DRAWS, drawn_plateaus, no_law, number_of_draws
from hippokv.circuits.hippocampal_memory_parameters import HippocampalMemoryParameters
from hippokv.circuits.manipulation.manipulations import (
    Erase,
    Light,
    Manipulation,
    Silence,
    manipulated,
    manipulation_widths,
)
from hippokv.circuits.schedule import Epoch, Schedule
from hippokv.circuits.slot_memory_parameters import Calibration, SlotMemoryParameters

RING = SlotMemoryParameters(n_slots=30, cells_per_slot=2)
RANDOM = SlotMemoryParameters(n_slots=30, cells_per_slot=2, selection="random")
PATH = HippocampalMemoryParameters(n_slots=30, cells_per_slot=2)
WIDTHS = {"entorhinal": 2, "cortical": 2, "acetylcholine": 1, "instruction": 1}


def storing(
    n_items: int,
    *manipulations: Manipulation,
    strong: int = -1,
    advances: int = 0,
    **drive: float,
) -> Schedule:
    """Return the storage of items, each 10 ms long, and one recall.

    Parameters
    ----------
    strong
        The item that is stored for good.
    advances
        How often a slot is called for in vain after the first item.
    drive
        What a storage carries, where it is not the usual.
    """
    shown: dict[str, Any] = {"acetylcholine": 1.0, "instruction": 1.0, **drive}
    epochs: list[Epoch] = []
    for item in range(n_items):
        carried = {**shown, "acetylcholine": 10.0} if item == strong else shown
        epochs += [Epoch("store", 5.0, item, {**carried, "instruction": 0.0})]
        epochs += [Epoch("store", 5.0, item, carried)]
        for _ in range(advances if item == 0 else 0):
            epochs += [Epoch("advance", 5.0, drive={"instruction": 1.0}), Epoch("rest", 5.0)]
    epochs += [Epoch("recall", 10.0, 0)]
    sizes = {"hippocampal": 60, "cortical": 2}
    widths = WIDTHS | manipulation_widths(sizes, ("keys", "values"))
    return manipulated(Schedule(tuple(epochs), widths), *manipulations)


def slots_of(plateaus: NDArray[np.bool_]) -> list[list[int]]:
    """Return the slots that took each item."""
    return [list(map(int, np.flatnonzero(row))) for row in plateaus]


def stream(seed: int = 0) -> np.random.Generator:
    return np.random.default_rng(seed)


def test_random_slots_have_a_plateau_with_its_probability() -> None:
    schedule = storing(200)
    first, other = (drawn_plateaus(schedule, RANDOM, stream(seed)) for seed in (1, 2))
    assert first.shape == (200, 30)
    assert abs(first.mean() - 0.1) < 0.015
    assert not np.array_equal(first, other)


def test_a_slot_without_an_excitable_cell_takes_nothing() -> None:
    certain = SlotMemoryParameters(
        n_slots=30, cells_per_slot=2, selection="random", plateau_probability=1.0
    )
    # Slot 0 has lost both cells, slot 1 the first of its two, which a random kick would reach, and
    # slot 3 the second; slot 2 loses both after the first item.
    gone = Silence("hippocampal", (0, 1, 2, 7)), Silence("hippocampal", (4, 5), 10.0)
    every = set(range(30))
    for parameters, taken in (
        (certain, [every - {0, 1}, every - {0, 1, 2}, every - {0, 1, 2}]),
        (PATH, [set(), {1}, set()]),
    ):
        found = drawn_plateaus(storing(3, *gone), parameters, stream())
        assert list(map(set, slots_of(found))) == taken


def test_a_ring_begins_at_any_slot() -> None:
    several = stream()
    found = [slots_of(drawn_plateaus(storing(2), RING, several)) for _ in range(300)]
    assert {first[0] for first, _ in found} == set(range(30))
    assert all(second == [(first[0] + 1) % 30] for first, second in found)


def test_a_ring_passes_over_silenced_and_stable_slots() -> None:
    few = SlotMemoryParameters(n_slots=4, cells_per_slot=15)
    gone = Silence("hippocampal", tuple(range(15, 30)))
    # The second of these items is stored for good.
    for schedule, plain in ((storing(5, gone), True), (storing(5, gone, strong=1), False)):
        first, *rest = (slot for (slot,) in slots_of(drawn_plateaus(schedule, few, stream())))
        ring = [0, 2, 3]
        start = ring.index(first)
        turn = [ring[(start + step) % 3] for step in range(6)]
        assert rest == (turn[1:5] if plain else [*turn[1:4], turn[5]])
    every = Silence("hippocampal", start_ms=10.0)
    assert [len(slots) for slots in slots_of(drawn_plateaus(storing(3, every), few, stream()))] == [
        1, 0, 0,
    ]  # fmt: skip


def test_a_ring_is_that_of_the_rate_model() -> None:
    few = SlotMemoryParameters(n_slots=4, cells_per_slot=15)
    calibration = Calibration(few)
    learning = Learning(stabilises=calibration.stabilises)
    for schedule in (
        storing(7),
        storing(7, strong=2),
        storing(7, Erase("keys", 35.0), strong=2),
        storing(7, strong=0, advances=3),
    ):
        found = drawn_plateaus(schedule, few, stream())
        first = int(found[0].argmax())
        model = rate_model(schedule, 4, calibration.beta, first_slot=first, learning=learning)
        np.testing.assert_array_equal(found, model.plateaus)


def test_a_path_leads_to_the_slots_that_are_wired_to_its_addresses() -> None:
    found = drawn_plateaus(storing(70), PATH, stream())
    # A lap has 60 addresses, twice as many as there are slots.
    assert slots_of(found) == [[item % 30] for item in range(70)]


def test_a_path_does_not_go_on_without_acetylcholine() -> None:
    found = drawn_plateaus(storing(3, acetylcholine=0.0), PATH, stream())
    assert slots_of(found) == [[0], [0], [0]]


@pytest.mark.parametrize(
    ("parameters", "manipulations", "draws"),
    [
        (RANDOM, (), N_DRAWS),
        (RING, (), 1),
        (RING, (Erase("keys", 15.0),), 1),
        (RING, (Silence("cortical", (0,)),), 1),
        (RING, (Silence("hippocampal"),), 1),
        (RING, (Silence("hippocampal", (0,), 20.0),), N_DRAWS),
        (PATH, (Silence("hippocampal", (0,), 20.0),), 1),
    ],
)
def test_as_many_draws_as_there_is_chance(
    parameters: SlotMemoryParameters, manipulations: tuple[Manipulation, ...], draws: int
) -> None:
    assert number_of_draws(storing(2, *manipulations), parameters) == draws


def test_what_has_no_law_is_said() -> None:
    light = Light("hippocampal", "chr2", 1.0, 5.0, 10.0)
    for parameters in (RING, RANDOM, PATH):
        assert no_law(storing(2), parameters) == ""
        assert "without an instruction" in no_law(storing(2, instruction=0.0), parameters)
        assert "in light" in no_law(storing(2, light), parameters)
    # Recall is no matter of slots, nor is light on other cells.
    assert no_law(storing(2, Light("hippocampal", "chr2", 1.0, 20.0, 25.0)), RING) == ""
    assert no_law(storing(2, Light("cortical", "chr2", 1.0, 5.0, 10.0)), RING) == ""
    for own in ("own", "address"):
        other = SlotMemoryParameters(selection=own)
        assert f"the selection '{own}'" in no_law(storing(2), other)
