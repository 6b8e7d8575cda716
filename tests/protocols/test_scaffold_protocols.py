"""Protocols on a scaffold: what they ask of the circuit, and how they score made-up answers."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

import hippokv
from hippokv.analysis.scaffold.grid_addresses import GridModules
from hippokv.circuits.circuit import Circuit
from hippokv.circuits.recording import Recording, SpikeTrain
from hippokv.errors import InputError
from hippokv.protocols import remapping, scaffold_stability
from hippokv.protocols.parts.exploring import modules_of
from hippokv.protocols.running.experiment import prepare

SMALL: dict[str, Any] = {
    "circuit.periods": "3,4", "circuit.n_slots": 120, "circuit.n_inputs": 4, "circuit.n_outputs": 4,
    "circuit.address.agreeing_share": 0.1, "run.target": "numpy", "run.dt_ms": 0.5,
}  # fmt: skip


def circuit_of(protocol: str, **settings: Any) -> tuple[Circuit, Any]:
    """Return the circuit and the settings of a small experiment."""
    experiment = prepare(protocol, {**SMALL, **settings})
    assert isinstance(experiment.circuit, Circuit)
    return experiment.circuit, experiment.settings.protocol


def answering(circuit: Circuit, times_ms: list[float], phases: np.ndarray) -> Recording:
    """Return a recording in which each module fires at a phase at some times, for 100 ms."""
    sheets = circuit.parameters.sheets
    time, cell = [], []
    peaks = sheets.profiles(0.35).argmax(axis=1)
    for start, address in zip(times_ms, phases, strict=True):
        points = peaks[sheets.first_phase[:-1] + address]
        cells = np.flatnonzero(np.isin(sheets.point_of_cell, points))
        time += [(start + 50) / 1e3] * len(cells)
        cell += list(cells)
    train = SpikeTrain.at(np.array(time), np.array(cell, dtype=np.int32), sheets.n_cells)
    return Recording({"grid": train}, {}, {}, 1e6)


def test_an_exploration_goes_on_to_new_places() -> None:
    experiment = prepare("scaffold-stability", {**SMALL, "protocol.exploration_steps": 20})
    places = experiment.stimuli.places
    assert len(places) == 20
    assert (np.diff(places, axis=0).sum(axis=1) == 1).all()
    learning = [epoch for epoch in experiment.schedule.epochs if epoch.drive.get("acetylcholine")]
    assert len(learning) == 20
    assert all("velocity" not in epoch.drive for epoch in learning)


def test_steps_are_counted_from_where_the_modules_were() -> None:
    circuit, chosen = circuit_of("scaffold-stability")
    modules = modules_of(circuit.parameters.sheets)
    steps = np.array([[1, 0], [0, 1], [1, 0]])
    asked = scaffold_stability.stepping(circuit, np.array([0, 0]), steps, chosen)
    places = np.array([[0, 0], [1, 0], [1, 0], [2, 0]])
    ends = [event.stop_ms - 100 for event in asked.events("settle")]
    recording = answering(circuit, ends, modules.phases(places))
    found = scaffold_stability.bumps_at_rest(recording, asked, circuit.parameters.sheets)
    made = scaffold_stability.steps_made(found, circuit.parameters.sheets, steps)
    np.testing.assert_array_equal(made.all(axis=1), [True, False, True])


def test_rooms_shift_each_module_on_its_own() -> None:
    _, chosen = circuit_of("remapping", **{"protocol.n_rooms": 3, "protocol.width": 4})
    modules = GridModules((3, 4, 5, 7))
    rooms = remapping.places_of(chosen, modules, 1)
    assert rooms.shape == (3, 16, 4)
    np.testing.assert_array_equal(rooms[0], modules.phases(np.indices((4, 4)).reshape(2, -1).T))
    shifts = remapping.origins(chosen, modules, 1)
    assert (shifts[0] == 0).all()
    assert len(np.unique(shifts[1] % 3, axis=0)) > 1


def test_codes_of_the_same_cells_are_alike() -> None:
    stream = np.random.default_rng(0)
    one, other = (stream.random((2, 500)) < 0.1 for _ in range(2))
    active = np.concatenate([one[[0, 0]], other[[0, 0]]]).astype(float)
    within, between = remapping.similarity(active, 2)
    assert within == pytest.approx(1.0)
    assert abs(between) < 0.2


def test_the_wrong_circuit_is_refused() -> None:
    with pytest.raises(InputError, match=r"run\.circuit"):
        prepare("scaffold-stability", {"run.circuit": "slot_memory"})


@pytest.mark.slow
def test_a_scaffold_holds_sets_and_steps() -> None:
    settings = {
        "protocol.n_addresses": 10,
        "protocol.n_steps": 10,
        "protocol.exploration_steps": 400,
    }
    found = hippokv.run("scaffold-stability", 1100, settings).metrics
    assert found["held"] >= 0.93
    assert found["set"] >= 0.9
    assert found["set_dropped"] >= 0.85
    assert found["set_shuffled"] >= 0.75
    assert found["stepped"] >= 0.9


@pytest.mark.slow
def test_the_loop_corrects_a_module_in_a_room() -> None:
    settings = {"protocol.n_rooms": 1, "protocol.width": 6, "protocol.n_displacements": 10}
    found = hippokv.run("remapping", 1100, settings).metrics
    assert found["corrected"] >= 0.85
    assert found["corrected_loop_cut"] <= 0.05
