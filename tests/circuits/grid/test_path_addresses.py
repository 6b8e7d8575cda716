"""The addresses of a path: every address has one slot, and slots come in turn."""

from __future__ import annotations

import numpy as np
import pytest

from hippokv.circuits.grid.path_addresses import (
    lap,
    numbers_of_slots,
    path_address,
    slot_phases,
    slots_that_agree,
)
from hippokv.circuits.grid.sheet_geometry import Sheets

SHEETS = Sheets((3, 4, 5), 3)


def agreeing(n_slots: int, step: int) -> list[int]:
    """Return the slots on which all modules agree after so many steps."""
    phases = SHEETS.first_phase[:-1] + np.array(path_address(SHEETS, step))
    return [
        int(slot) for slot in np.flatnonzero(slot_phases(SHEETS, n_slots)[:, phases].all(axis=1))
    ]


def test_a_path_passes_as_many_addresses_as_the_periods_allow() -> None:
    addresses = [path_address(SHEETS, step) for step in range(2 * lap(SHEETS))]
    assert lap(SHEETS) == len(set(addresses)) == 60
    assert addresses[:60] == addresses[60:]


@pytest.mark.parametrize("n_slots", [20, 40, 60])
def test_each_step_leads_to_the_slot_that_is_next_in_turn(n_slots: int) -> None:
    for step in range(lap(SHEETS)):
        assert agreeing(n_slots, step) == [step % n_slots]


def test_numbers_of_slots_that_would_share_an_address_are_told_apart() -> None:
    able = numbers_of_slots(SHEETS)
    assert {20, 30, 40, 60} <= set(able)
    assert 50 not in able
    assert slots_that_agree(SHEETS, 50).max() > 1
    assert max(able) == lap(SHEETS)
