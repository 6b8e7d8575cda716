"""The program inside Python: seeds, parts of a schedule, weights, and what is refused."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from hippokv.circuits.program.program import Program
from hippokv.circuits.recording import Recording
from hippokv.circuits.schedule import Epoch, Schedule, on_off
from hippokv.circuits.slot_memory import slot_memory
from hippokv.circuits.slot_memory_parameters import SlotMemoryParameters

CIRCUIT = slot_memory(SlotMemoryParameters(n_inputs=8, n_outputs=8, n_slots=4, cells_per_slot=2))
PROGRAM = Program(CIRCUIT, "numpy")
KEY = np.array([1, -1, 1, 1, -1, -1, 1, -1])
SHOWN = {"entorhinal": on_off(KEY), "cortical": on_off(-KEY), "acetylcholine": 1.0}
STORING = Schedule(
    (
        Epoch("rest", 20.0),
        Epoch("store", 700.0, 0, SHOWN),
        Epoch("store", 250.0, 0, {**SHOWN, "instruction": 1.0}),
        Epoch("rest", 30.0),
    ),
    CIRCUIT.widths,
)
CUE = Schedule((Epoch("recall", 300.0, 0, {"entorhinal": on_off(KEY)}),), CIRCUIT.widths)


def run(schedule: Schedule = STORING, seed: int = 1, **more: Any) -> Recording:
    return PROGRAM.run(schedule, seed, 1.0, **more)


def assert_same_spikes(one: Recording, other: Recording) -> None:
    for name in CIRCUIT.populations:
        np.testing.assert_array_equal(one.spikes[name].time_s, other.spikes[name].time_s)
        np.testing.assert_array_equal(one.spikes[name].cell, other.spikes[name].cell)


@pytest.fixture(scope="module")
def stored() -> Recording:
    """Return the recording of one item stored."""
    return run()


def test_a_recording_holds_every_population_event_and_projection(stored: Recording) -> None:
    assert {name: train.size for name, train in stored.spikes.items()} == CIRCUIT.sizes
    assert set(stored.events) == {"dendritic_spike"}
    assert stored.weights["keys"].shape == (8, 16)
    assert stored.weights["values"].shape == (8, 16)
    assert stored.duration_ms == 1000.0


def test_spikes_are_in_order_within_the_schedule_and_of_known_cells(stored: Recording) -> None:
    for train in (*stored.spikes.values(), *stored.events.values()):
        assert (np.diff(train.time_s) >= 0).all()
        assert train.time_s.max() < 1.0
        assert train.cell.min() >= 0
        assert train.cell.max() < train.size


def test_the_item_is_stored_in_one_slot(stored: Recording) -> None:
    cells = stored.events["dendritic_spike"].cell
    assert sorted(cells) in ([0, 1], [2, 3], [4, 5], [6, 7])
    np.testing.assert_allclose(stored.weights["values"][cells], [on_off(-KEY)] * 2, atol=0.02)
    others = np.setdiff1d(np.arange(8), cells)
    assert (stored.weights["keys"][others] == 0.5).all()


def test_only_what_the_schedule_drives_fires(stored: Recording) -> None:
    for name, pattern in (("entorhinal", KEY), ("cortical", -KEY)):
        counts = stored.spikes[name].counts(20.0, 970.0)
        assert (counts[on_off(pattern) == 1] > 20).all()
        assert (counts[on_off(pattern) == 0] == 0).all()


def test_the_same_seed_gives_the_same_spikes_and_weights(stored: Recording) -> None:
    again = run()
    assert_same_spikes(stored, again)
    for name in CIRCUIT.projections:
        np.testing.assert_array_equal(stored.weights[name], again.weights[name])


def test_another_seed_gives_other_spikes(stored: Recording) -> None:
    other = run(seed=2)
    for name in ("entorhinal", "hippocampal", "cortical"):
        assert not np.array_equal(stored.spikes[name].time_s, other.spikes[name].time_s)


def test_a_part_of_the_schedule_follows_the_same_trajectory(stored: Recording) -> None:
    part = run(STORING.until(830.0))
    assert part.duration_ms == 830.0
    for name in CIRCUIT.populations:
        inside = stored.spikes[name].time_s < 0.830 - 1e-9
        np.testing.assert_array_equal(part.spikes[name].time_s, stored.spikes[name].time_s[inside])
        np.testing.assert_array_equal(part.spikes[name].cell, stored.spikes[name].cell[inside])


def test_progress_goes_from_the_first_epoch_to_the_last() -> None:
    epochs: list[int] = []
    rests = tuple(Epoch("rest", 5.0) for _ in range(3))
    run(Schedule(rests, CIRCUIT.widths), progress=epochs.append)
    assert epochs == sorted(epochs)
    assert (epochs[0], epochs[-1]) == (0, 2)


def test_given_weights_decide_who_answers_and_come_back_unchanged() -> None:
    keys = np.full((8, 16), 0.0)
    keys[:, :8], keys[:, 8:] = KEY < 0, KEY > 0
    keys[4:6] = on_off(KEY)
    values = np.random.default_rng(0).uniform(size=(8, 16))
    recording = run(CUE, weights={"keys": keys, "values": values})
    np.testing.assert_array_equal(recording.weights["keys"], keys)
    np.testing.assert_array_equal(recording.weights["values"], values)
    by_slot = recording.spikes["hippocampal"].counts(50.0, 300.0).reshape(4, 2).sum(axis=1)
    assert by_slot[2] > 10
    assert by_slot[2] == by_slot.sum()


def test_the_weights_of_a_recording_start_another_run(stored: Recording) -> None:
    recording = run(CUE, weights=stored.weights)
    slot = stored.events["dendritic_spike"].cell
    counts = recording.spikes["hippocampal"].counts(50.0, 300.0)
    assert counts[slot].sum() > 0.8 * counts.sum()
    on, off = np.split(recording.spikes["cortical"].counts(50.0, 300.0), 2)
    np.testing.assert_array_equal(np.sign(on - off), -KEY)


@pytest.mark.parametrize(
    ("weights", "words"),
    [
        ({"keys": np.zeros((8, 15))}, "weights of keys have the wrong shape"),
        ({"keys": np.zeros((16, 8))}, "weights of keys have the wrong shape"),
        ({"values": np.zeros(128)}, "weights of values have the wrong shape"),
        ({"locks": np.zeros((8, 16))}, "locks"),
    ],
)
def test_weights_that_do_not_fit_are_refused(weights: dict[str, Any], words: str) -> None:
    with pytest.raises(ValueError, match=words):
        run(CUE, weights=weights)


def test_a_schedule_for_another_circuit_is_refused() -> None:
    wide = slot_memory(SlotMemoryParameters(n_inputs=9, n_outputs=8, n_slots=4, cells_per_slot=2))
    with pytest.raises(ValueError, match="entorhinal"):
        run(Schedule((Epoch("rest", 5.0),), wide.widths))


@pytest.mark.parametrize("dt_ms", [0.3, 2.0, 0.0])
def test_a_time_step_that_does_not_divide_the_grid_is_refused(dt_ms: float) -> None:
    with pytest.raises(ValueError, match="5 ms"):
        PROGRAM.run(Schedule((Epoch("rest", 5.0),), CIRCUIT.widths), 1, dt_ms)


def test_the_preferences_of_the_simulator_are_left_as_they_were() -> None:
    import brian2

    before = brian2.prefs.codegen.target
    run(Schedule((Epoch("rest", 5.0),), CIRCUIT.widths))
    assert brian2.prefs.codegen.target == before


def test_targets_in_python_have_nothing_to_compile_beforehand() -> None:
    said: list[str] = []
    assert PROGRAM.build(said.append) == 0.0
    assert said == []
