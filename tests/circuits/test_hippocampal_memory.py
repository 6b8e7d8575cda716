"""The whole circuit: modules choose the slot, the path moves them on, recall sends them back."""

from __future__ import annotations

from functools import cache
from typing import Any

import numpy as np
import pytest

import hippokv
from hippokv.analysis.grid_cells.bumps import Bumps, bumps, bumps_late_in
from hippokv.circuits.circuit import Circuit
from hippokv.circuits.grid.path_addresses import path_address
from hippokv.circuits.hippocampal_memory import hippocampal_memory
from hippokv.circuits.hippocampal_memory_parameters import HippocampalMemoryParameters
from hippokv.circuits.manipulation.manipulations import Silence, manipulated
from hippokv.circuits.program.program import Program
from hippokv.circuits.recording import Recording
from hippokv.circuits.schedule import Epoch, Schedule, on_off
from hippokv.circuits.slot_memory_parameters import Calibration
from hippokv.errors import InputError
from hippokv.parameter import with_values
from hippokv.protocols.running.protocol import Result

N_ITEMS = 5


def circuit(**changes: Any) -> Circuit:
    """Return the circuit with some of its numbers changed."""
    return hippocampal_memory(with_values(HippocampalMemoryParameters(), changes))


WHOLE = circuit()
N_SLOTS, CELLS_PER_SLOT = WHOLE.parameters.n_slots, WHOLE.parameters.cells_per_slot


@cache
def stored(silent: str = "") -> tuple[Schedule, Recording]:
    """Store an item twice; a population may be silent."""
    pattern = np.resize([1, -1, 1, 1, -1, -1, 1], WHOLE.parameters.n_inputs)
    shown = {"entorhinal": on_off(pattern), "acetylcholine": 1.0}
    item = [
        Epoch("store", 300.0, 0, shown), Epoch("store", 250.0, 0, {**shown, "instruction": 1.0}),
        Epoch("rest", 350.0),
    ]  # fmt: skip
    schedule = Schedule((Epoch("rest", 50.0), *item, *item), WHOLE.widths)
    if silent:
        schedule = manipulated(schedule, Silence(silent))
    return schedule, Program(WHOLE).run(schedule, 1, 0.5)


def slots_taken(recording: Recording) -> list[list[int]]:
    """Return the slots in which plateaus start in each of the two items."""
    events = recording.events["dendritic_spike"]
    counts = [events.counts(start, start + 600.0) for start in (50.0, 950.0)]
    return [sorted({int(cell) // CELLS_PER_SLOT for cell in np.flatnonzero(one)}) for one in counts]


def test_a_number_of_slots_that_the_path_cannot_address_is_refused() -> None:
    circuit()
    with pytest.raises(InputError, match=r"circuit.n_slots = 50: must be one of 1, .*40.*60"):
        circuit(n_slots=50)


def test_the_competition_keeps_the_bias_of_the_slot_memory() -> None:
    assert (
        circuit().values()["hippocampal.bias"] == Calibration(circuit().parameters).bias_pA * 1e-12
    )


def test_each_slot_hears_the_middle_of_its_phases_in_every_module() -> None:
    found = circuit()
    weights, sheets = found.parameters.grid_inputs(0), found.parameters.sheets
    assert weights.shape == (800, found.sizes["grid"])
    for slot in (0, 7, 39):
        peaks = np.flatnonzero(weights[20 * slot] == 1.0)
        modules = sheets.module_of_point[sheets.point_of_cell[peaks]]
        assert set(modules) == {0, 1, 2}


def test_the_path_moves_the_modules_when_acetylcholine_ends_and_the_next_slot_is_taken() -> None:
    schedule, recording = stored()
    here = bumps(recording.spikes["grid"], WHOLE.parameters.sheets, [350.0, 1250.0], 250.0)
    assert here.at(np.array([path_address(WHOLE.parameters.sheets, n) for n in (0, 1)])).all()
    assert slots_taken(recording) == [[0], [1]]
    path = recording.spikes["path"]
    assert path.counts(0.0, 600.0).sum() == 0
    assert path.counts(600.0, 900.0).min() > 5
    assert schedule.duration_ms == 1850.0


@pytest.mark.slow
def test_without_path_cells_the_same_slot_is_taken_again() -> None:
    _, recording = stored("path")
    assert slots_taken(recording) == [[0], [0]]


@pytest.mark.slow
def test_without_grid_cells_no_plateau_starts() -> None:
    _, recording = stored("grid")
    assert slots_taken(recording) == [[], []]


def test_the_return_projection_learns_where_the_item_was_stored() -> None:
    _, recording = stored()
    votes = recording.weights["returns"].reshape(N_SLOTS, CELLS_PER_SLOT, -1).mean(axis=1)
    sheets = WHOLE.parameters.sheets
    of_modules = np.split(votes[:2] @ sheets.profiles(0.35).T, sheets.first_phase[1:-1], axis=1)
    phases = np.transpose([one.argmax(axis=1) for one in of_modules])
    np.testing.assert_array_equal(phases, [path_address(sheets, step) for step in (0, 1)])
    assert votes[2:].max() == 0.0


# --- whole protocols ------------------------------------------------------------------------------


def recalled(protocol: str = "cued-recall", seed: int = 1, **changes: Any) -> Result:
    """Store and recall items in the circuit."""
    settings = {"run.circuit": "hippocampal_memory", "protocol.n_items": N_ITEMS}
    return hippokv.run(protocol, seed, {**settings, **changes})


def modules_in(result: Result, kind: str) -> Bumps:
    """Return the bumps of the modules late in each event of a kind."""
    events = result.experiment.schedule.events(kind)
    sheets = result.experiment.circuit.parameters.sheets  # type: ignore[attr-defined]
    return bumps_late_in(result.recording.spikes["grid"], sheets, events, 300.0)


@pytest.mark.slow
@pytest.mark.parametrize("seed", [1, 2, 3])
def test_items_take_the_slots_of_the_path_and_recall_sends_the_modules_back(seed: int) -> None:
    result = recalled(seed=seed)
    assert np.array_equal(result.found.readout.plateaus, np.eye(N_ITEMS, 40, dtype=bool))
    walked = np.array([path_address(circuit().parameters.sheets, step) for step in range(N_ITEMS)])
    assert modules_in(result, "store").at(walked).all()
    assert modules_in(result, "recall").at(walked).all()
    assert result.metrics["accuracy"] > 0.99
    onset = result.recording.spikes["onset"]
    for event in result.experiment.schedule.events("store"):
        assert onset.counts(event.start_ms, event.stop_ms).sum() == 0
    for event in result.experiment.schedule.events("recall"):
        assert onset.counts(event.start_ms, event.start_ms + 150.0).min() > 3


@pytest.mark.slow
def test_without_the_return_projection_the_modules_do_not_come_back() -> None:
    result = recalled(**{"circuit.address.return_nS": 0.0})
    same = modules_in(result, "recall").at(modules_in(result, "store").phases)
    assert same.all(axis=1).mean() < 0.5
    assert result.metrics["accuracy"] > 0.95


@pytest.mark.slow
def test_a_grid_lesion_spares_old_items_and_prevents_new_ones() -> None:
    lesion: dict[str, Any] = {
        "protocol.population": "grid", "protocol.fraction": 1.0, "protocol.control": False,
    }  # fmt: skip
    old = recalled("lesion", **lesion, **{"protocol.when": "before_recall"})
    new = recalled("lesion", **lesion, **{"protocol.when": "before_storage"})
    assert old.metrics["accuracy"] > 0.99
    assert new.found.readout.plateaus.sum() == 0
    assert new.metrics["accuracy"] < 0.7


@pytest.mark.slow
def test_light_brings_a_tagged_item_back() -> None:
    result = recalled("optogenetic-reactivation")
    assert result.metrics["accuracy_light"] > 0.95
    assert result.metrics["accuracy_light"] > result.metrics["accuracy_no_light"] + 0.1
