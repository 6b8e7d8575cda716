"""What lasts in the circuit: stable synapses, what is erased, and what the loop holds."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from hippokv.circuits.cells.recurrent_loop import HOLD, LOAD
from hippokv.circuits.drive.scheduled_drive import ScheduleReader
from hippokv.circuits.manipulation.manipulations import Erase, manipulated
from hippokv.circuits.program.network import build_network
from hippokv.circuits.program.program import Program, Target
from hippokv.circuits.recording import Recording
from hippokv.circuits.schedule import SCHEDULE_STEP_MS, Epoch, Schedule, on_off
from hippokv.circuits.slot_memory import has_loop, slot_memory
from hippokv.circuits.slot_memory_parameters import Calibration, SlotMemoryParameters
from hippokv.plasticity.passive_value_rule import PassiveValueRule

#: The circuit of the quick forms of scripts: only one whose values are as wide as keys has a loop.
SIZES: dict[str, Any] = {"n_inputs": 20, "n_outputs": 20, "n_slots": 6, "cells_per_slot": 3}
N_CELLS, N_SYNAPSES = 18, (18, 40)
#: Every slot takes every item, so that the second item meets the synapses of the first.
ALL_SLOTS = slot_memory(SlotMemoryParameters(**SIZES, selection="random", plateau_probability=1.0))
FIRST = np.resize([1, -1, 1, 1, -1, -1, 1, -1], 20)
SECOND = np.resize([-1, -1, 1, -1, 1, 1, 1, -1], 20)


def storing(pattern: NDArray[np.int64], level: float, item: int) -> list[Epoch]:
    shown = {"entorhinal": on_off(pattern), "cortical": on_off(-pattern), "acetylcholine": level}
    return [
        Epoch("store", 700.0, item, shown),
        Epoch("store", 250.0, item, {**shown, "instruction": 1.0}),
        # Twice as long as a regular gap: the eligibility of the item before has to fade.
        Epoch("rest", 600.0),
    ]


def two_items(level: float, *rows: Erase) -> Recording:
    """Store an item under a level of the neuromodulator, and then another under level 1."""
    epochs = [Epoch("rest", 20.0), *storing(FIRST, level, 0), *storing(SECOND, 1.0, 1)]
    schedule = manipulated(Schedule(tuple(epochs), ALL_SLOTS.widths), *rows)
    return Program(ALL_SLOTS).run(schedule, 1, 1.0)


def assert_holds(recording: Recording, pattern: NDArray[np.int64]) -> None:
    for name, written in (("keys", pattern), ("values", -pattern)):
        expected = np.tile(on_off(written), (N_CELLS, 1))
        np.testing.assert_allclose(recording.weights[name], expected, atol=0.03, err_msg=name)


def test_what_was_written_under_a_strong_neuromodulator_is_not_overwritten() -> None:
    recording = two_items(10.0)
    # Each cell had its plateau with the second item too: it is the synapses that do not change.
    assert (recording.events["dendritic_spike"].counts(1570.0, 2520.0) == 1).all()
    assert_holds(recording, FIRST)


def test_what_was_written_under_a_regular_one_is() -> None:
    assert_holds(two_items(1.0), SECOND)


def test_erasing_frees_stable_synapses_and_learning_goes_on() -> None:
    recording = two_items(10.0, Erase("keys", 1500.0), Erase("values", 1500.0))
    assert_holds(recording, SECOND)


@pytest.mark.parametrize("projection", ["keys", "values"])
def test_an_erased_projection_is_naive_and_the_other_stays(projection: str) -> None:
    epochs = (Epoch("rest", 20.0), *storing(FIRST, 1.0, 0))
    erased = manipulated(Schedule(epochs, ALL_SLOTS.widths), Erase(projection, 1500.0))
    weights = Program(ALL_SLOTS).run(erased, 1, 1.0).weights
    naive = {"keys": 0.5, "values": 0.0}
    written = {"keys": on_off(FIRST), "values": on_off(-FIRST)}
    for name in ("keys", "values"):
        expected = naive[name] if name == projection else np.tile(written[name], (N_CELLS, 1))
        np.testing.assert_allclose(weights[name], expected + np.zeros(N_SYNAPSES), atol=0.03)
    np.testing.assert_array_equal(weights[projection], naive[projection] + np.zeros(N_SYNAPSES))


# --- forgetting -----------------------------------------------------------------------------------


def values_left(
    value_plasticity: str, level: float, duration_ms: float, target: Target = "numpy"
) -> float:
    """Return what is left of full values after so long under a level, with no item shown."""
    parameters = SlotMemoryParameters(
        **SIZES, value_plasticity=value_plasticity,
        passive_rule=PassiveValueRule(learning_rate=0.0, forgetting_tau_s=1.5),
    )  # fmt: skip
    circuit = slot_memory(parameters)
    epochs = (
        Epoch("rest", 100.0),
        Epoch("rest", duration_ms, -1, {"acetylcholine": level}),
        Epoch("rest", 300.0),
    )
    weights = {"keys": np.full(N_SYNAPSES, 0.5), "values": np.ones(N_SYNAPSES)}
    schedule = Schedule(epochs, circuit.widths)
    left = Program(circuit, target).run(schedule, 1, 1.0, weights).weights["values"]
    assert np.ptp(left) < 0.02, "all synapses fade alike"
    return float(left.mean())


@pytest.mark.parametrize(("level", "duration_ms"), [(1.0, 1150.0), (1.0, 2300.0), (0.0, 1150.0)])
def test_passive_values_fade_as_the_calibration_says(level: float, duration_ms: float) -> None:
    passive = SlotMemoryParameters(
        value_plasticity="passive_decay", passive_rule=PassiveValueRule(forgetting_tau_s=1.5)
    )
    occupancy = Calibration(passive).occupancy(level)
    expected = passive.passive_rule.kept(occupancy, duration_ms)
    # The neuromodulator takes a tenth of a second to build up.
    assert values_left("passive_decay", level, duration_ms) == pytest.approx(expected, abs=0.05)
    assert (expected == 1.0) == (level == 0.0)


def test_gated_values_do_not_fade() -> None:
    # By the program of the circuit below.
    assert values_left("plateau_gated", 1.0, 1150.0, "cpp") == 1.0


# --- the loop -------------------------------------------------------------------------------------

LOOPED = slot_memory(SlotMemoryParameters(**SIZES))
RECALLED_MS, PAUSE_MS, STEP_MS = 300.0, 50.0, 300.0
STOP_MS = RECALLED_MS + PAUSE_MS + STEP_MS


def replayed(load: float, hold: float) -> Recording:
    """Let cortex fire a pattern, and then let the entorhinal cells load and hold it."""
    epochs = (
        Epoch("recall", RECALLED_MS, 0, {"cortical": on_off(FIRST)}),
        Epoch("rest", PAUSE_MS),
        Epoch("recall", 5.0, 1, {"loop": load}),
        Epoch("recall", STEP_MS - 5.0, 1, {"loop": hold}),
        Epoch("rest", 200.0),
    )
    return Program(LOOPED).run(Schedule(epochs, LOOPED.widths), 1, 1.0)


@pytest.fixture(scope="module")
def held() -> Recording:
    """Return a pattern that is loaded and held."""
    return replayed(LOAD, HOLD)


def test_entorhinal_cells_hold_what_cortex_fired(held: Recording) -> None:
    counts = held.spikes["entorhinal"].counts(RECALLED_MS + PAUSE_MS, STOP_MS)
    expected = LOOPED.parameters.entorhinal.rate_Hz * STEP_MS / 1e3
    np.testing.assert_allclose(counts[on_off(FIRST) == 1], expected, rtol=0.2)
    assert counts[on_off(FIRST) == 0].sum() == 0, "the opposite of each ON/OFF pair"
    silent = held.spikes["cortical"].counts(RECALLED_MS + PAUSE_MS, STOP_MS)
    assert silent.sum() == 0, "no teacher and no value holds it"


def test_nothing_is_held_before_the_pattern_is_loaded_or_after_the_step(held: Recording) -> None:
    entorhinal = held.spikes["entorhinal"]
    assert entorhinal.counts(0.0, RECALLED_MS + PAUSE_MS).sum() == 0
    assert entorhinal.counts(STOP_MS + 20.0, STOP_MS + 200.0).sum() == 0


@pytest.mark.parametrize(("load", "hold"), [(0.0, 0.0), (HOLD, HOLD)], ids=["open", "never loaded"])
def test_nothing_is_held_unless_it_is_loaded(load: float, hold: float) -> None:
    assert len(replayed(load, hold).spikes["entorhinal"].time_s) == 0


def test_where_both_cells_of_a_pair_fired_neither_wins_by_being_first() -> None:
    """A tie of the recall leaves its pair to chance, and at most one of the two is held."""
    both = np.ones(40)
    epochs = (
        Epoch("recall", RECALLED_MS, 0, {"cortical": both}),
        Epoch("recall", 5.0, 1, {"loop": LOAD}),
        Epoch("recall", 95.0, 1, {"loop": HOLD}),
    )
    recording = Program(LOOPED).run(Schedule(epochs, LOOPED.widths), 1, 1.0)
    on, off = np.split(recording.spikes["entorhinal"].counts(RECALLED_MS, RECALLED_MS + 100), 2)
    assert not ((on > 0) & (off > 0)).any()


def test_what_cortex_fired_last_is_held_and_not_what_it_fired_more_of() -> None:
    """The current decays: half a second ago counts for e^(-3) of now."""
    epochs = (
        Epoch("recall", 300.0, 0, {"cortical": on_off(FIRST)}),
        Epoch("rest", 500.0),
        Epoch("recall", 100.0, 1, {"cortical": on_off(-FIRST)}),
        Epoch("recall", 5.0, 1, {"loop": LOAD}),
        Epoch("recall", 95.0, 1, {"loop": HOLD}),
    )
    recording = Program(LOOPED).run(Schedule(epochs, LOOPED.widths), 1, 1.0)
    counts = recording.spikes["entorhinal"].counts(900.0, 1000.0)
    np.testing.assert_array_equal(counts > 0, on_off(-FIRST) == 1)


def test_a_loop_that_is_off_does_nothing_from_step_to_step() -> None:
    network = build_network(LOOPED, ScheduleReader(LOOPED.widths).functions())
    found = {item.name: item for item in network.sorted_objects}
    loading = found["entorhinal_while_loading"]
    assert loading.clock.dt_ * 1e3 == SCHEDULE_STEP_MS, "and left out while nothing is loaded"
    for cells in ("entorhinal", "cortical"):
        assert not {"feedback", "held"} & set(found[cells].equations.diff_eq_names)
    assert not [name for name in found if name.startswith("loop")]


def test_only_a_circuit_with_values_as_wide_as_keys_has_a_loop() -> None:
    assert has_loop(LOOPED.parameters)
    assert "entorhinal.feedback_tau" in LOOPED.values()
    narrow = slot_memory(SlotMemoryParameters(**{**SIZES, "n_outputs": 5}))
    assert not has_loop(narrow.parameters)
    assert "entorhinal.feedback_tau" not in narrow.values()
    assert LOOPED.widths["loop"] == 1
    assert "loop" not in narrow.widths
