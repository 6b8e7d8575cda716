"""Whether a first spike ignites its slot, and what of an up-state follows from the constants."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from hippokv.analysis.recall.ignition import LEVELS_mV, idle, ignition
from hippokv.analysis.recall.memory_search import Race, race_of
from hippokv.circuits.searching_memory_parameters import SearchingMemoryParameters
from hippokv.parameter import with_values

DEFAULTS = SearchingMemoryParameters()


def ignited(race: Race, lead_mV: float, slots: int) -> float:
    """Return in which part of up-states of 400 ms one of some slots ignites."""
    many = 2000
    found, _ = race.winners(
        np.full((many, slots), lead_mV), np.full(many, 400.0), np.full(many, 200.0),
        np.random.default_rng(0),
    )  # fmt: skip
    return float((found >= 0).mean())


def test_pv_cells_without_input_make_the_conductance_that_was_recorded() -> None:
    # In up-states of tuning seed 10 in which no slot fires: 5.92 nS, with a deviation of .70.
    found = idle(DEFAULTS)
    assert abs(found.mean_nS - 5.92) < 0.15
    assert abs(found.deviation_nS - 0.70) < 0.05


def test_a_spike_ignites_its_slot_the_surer_the_nearer_cells_are_to_their_threshold() -> None:
    found = ignition(DEFAULTS)
    at = found.chance(np.array([-20.0, -5.0, -4.5, 0.0]))
    assert at[0] < 0.01 and 0.2 < at[1] < 0.6 < at[2] < 0.95 and at[3] == 1.0
    assert np.corrcoef(found.chances, LEVELS_mV)[0, 1] > 0.8
    # PV cells need longer to fall silent than a slot to ignite.
    assert 1.0 < found.decided_ms < 10.0
    assert found.shut_out_ms > DEFAULTS.hippocampal.pv_tau_ms


def test_cells_that_do_not_excite_one_another_ignite_nothing_where_pv_cells_answer() -> None:
    alone = ignition(with_values(DEFAULTS, {"search.recurrent_jump_pA": 0.0}))
    below = LEVELS_mV < -4.0
    assert alone.chances[below].max() < 0.05 < 0.2 < ignition(DEFAULTS).chances[below].max()
    deaf = ignition(with_values(DEFAULTS, {"pv.excitation_pA": 0.0}))
    middle = np.array([-5.0])
    assert deaf.chance(middle) > ignition(DEFAULTS).chance(middle) + 0.2


def test_what_fluctuates_for_all_ignites_more_where_few_are_ready_than_where_many_are() -> None:
    race = race_of(DEFAULTS)
    still = replace(race, deviation_mV=0.0)
    few, many = (ignited(race, 0.0, slots) / ignited(still, 0.0, slots) for slots in (4, 120))
    assert few > 1.5 > 1.2 > many


def test_a_spike_that_ignites_nothing_costs_the_others_time() -> None:
    race = race_of(DEFAULTS)
    at_once = replace(race, ignition=replace(race.ignition, shut_out_ms=0.0))
    assert ignited(race, 0.0, 40) < ignited(at_once, 0.0, 40) - 0.01


def test_the_current_that_a_short_down_state_leaves_brings_slots_there_sooner() -> None:
    race, up_ms, lead_mV = race_of(DEFAULTS), np.full(2000, 300.0), np.zeros((2000, 40))
    after = [
        float((race.winners(lead_mV, up_ms, rested, np.random.default_rng(0))[0] >= 0).mean())
        for rested in (np.full(2000, 30.0), np.full(2000, np.inf))
    ]
    assert after[0] > after[1]
