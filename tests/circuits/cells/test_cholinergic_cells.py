"""Cholinergic cells: which of them a level of the neuromodulator recruits."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from hippokv.circuits.cells.cholinergic_cells import CholinergicParameters
from hippokv.circuits.program.program import Program
from hippokv.circuits.schedule import Epoch, Schedule
from hippokv.circuits.slot_memory import slot_memory
from hippokv.circuits.slot_memory_parameters import SlotMemoryParameters
from hippokv.parameter import with_values

EQUAL = CholinergicParameters()
SMALL = {"n_inputs": 2, "n_outputs": 2, "n_slots": 2, "cells_per_slot": 1}


def spikes(level: float) -> NDArray[np.int64]:
    """Return how often each of unequal cells fires in 400 ms at a level."""
    changed = {**SMALL, "cholinergic.recruitment_spread": 0.4}
    circuit = slot_memory(with_values(SlotMemoryParameters(), changed))
    schedule = Schedule((Epoch("store", 400.0, 0, {"acetylcholine": level}),), circuit.widths)
    recording = Program(circuit, "numpy").run(schedule, 0, 0.5)
    return recording.spikes["cholinergic"].counts(0.0, 400.0)


def test_a_low_level_recruits_none_of_equal_cells_and_a_few_of_unequal_ones() -> None:
    assert EQUAL.rate_Hz(0.38) == 0
    unequal = spikes(0.38)
    assert 0 < np.count_nonzero(unequal) < len(unequal) / 2
    assert unequal[0] == unequal.max()


def test_the_full_level_recruits_all_to_the_same_rate_on_average() -> None:
    unequal = spikes(1.0)
    equal = 0.4 * EQUAL.rate_Hz(1.0)
    assert (unequal > 0).all()
    assert abs(unequal.mean() / equal - 1) < 0.15
    assert unequal[0] > equal > unequal[-1]
