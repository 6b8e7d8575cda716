"""The scaffold memory on the NumPy target: one bump, agreement, plateaus, a return that learns."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from hippokv.analysis.grid_cells.bumps import bumps
from hippokv.circuits.known_circuits import CIRCUITS, find_circuit
from hippokv.circuits.program.program import Program
from hippokv.circuits.recording import Recording
from hippokv.circuits.scaffold_memory import scaffold_memory
from hippokv.circuits.scaffold_memory_parameters import ScaffoldMemoryParameters
from hippokv.circuits.schedule import Epoch, Schedule, on_off
from hippokv.errors import InputError
from hippokv.parameter import with_values

#: The sizes of the protocols on a scaffold, whose tests compile the same program.
SIZES: dict[str, Any] = {
    "periods": "3,4,5", "n_slots": 800, "n_inputs": 200, "n_outputs": 200,
    "address.agreeing_share": 0.05,
}  # fmt: skip
CIRCUIT = scaffold_memory(with_values(ScaffoldMemoryParameters(), SIZES))
PATTERN = np.where(np.arange(200) % 3 == 0, 1, -1)
ADDRESS = np.array([2, 4, 6])
SEED = 3


def shown(address: NDArray[np.integer]) -> NDArray[np.float64]:
    """Return the landmark of an address."""
    drive = np.zeros(CIRCUIT.parameters.sheets.n_phases)
    drive[CIRCUIT.parameters.sheets.first_phase[:-1] + address] = 1.0
    return drive


def ran(*epochs: Epoch, **weights: NDArray[np.float64]) -> Recording:
    """Run the circuit through epochs, with its random inputs unless others are given."""
    given = {"grid_inputs": CIRCUIT.parameters.grid_inputs(SEED), **weights}
    return Program(CIRCUIT).run(Schedule(epochs, CIRCUIT.widths), SEED, 0.5, given)


@pytest.fixture(scope="module")
def stored() -> Recording:
    """Return a recording in which an item is stored at an address."""
    shape = on_off(PATTERN)
    item = {"entorhinal": shape, "cortical": shape, "acetylcholine": 1.0}
    return ran(
        Epoch("set", 150.0, drive={"landmark": shown(ADDRESS)}),
        Epoch("store", 400.0, 0, item),
        Epoch("store", 250.0, 0, {**item, "instruction": 1.0}),
        # A late plateau still ends under acetylcholine.
        Epoch("store", 200.0, 0, item),
    )


def test_each_module_keeps_one_bump_where_the_landmark_set_it(stored: Recording) -> None:
    found = bumps(stored.spikes["grid"], CIRCUIT.parameters.sheets, [300.0, 600.0], 100.0)
    assert found.at(ADDRESS).all()


def test_cells_fire_and_plateau_where_the_modules_agree(stored: Recording) -> None:
    agreed = CIRCUIT.parameters.agreeing(SEED, ADDRESS[None])[0]
    counts = stored.spikes["hippocampal"].counts(200.0, 800.0)
    # One cell in twenty is meant to fire; where two modules of three agree, one comes close.
    assert counts[agreed].sum() > 0.7 * counts.sum()
    plateaus = stored.events["dendritic_spike"].counts(0.0, 1000.0) > 0
    assert plateaus[agreed].mean() > 0.75
    assert plateaus[~agreed].mean() < 0.05


def test_keys_grow_by_the_item_and_only_where_there_was_a_plateau(stored: Recording) -> None:
    plateaus = stored.events["dendritic_spike"].counts(0.0, 1000.0) > 0
    keys = stored.weights["keys"]
    pattern = on_off(PATTERN) > 0
    rule = CIRCUIT.parameters.key_rule
    assert (keys[~plateaus] == 0.5).all()
    wrote = keys[plateaus] - 0.5
    np.testing.assert_allclose(wrote[:, pattern], rule.addition / 2, atol=0.03)
    np.testing.assert_allclose(wrote[:, ~pattern], -rule.addition / 2, atol=0.03)


def test_values_move_towards_what_cortex_fires(stored: Recording) -> None:
    agreed = CIRCUIT.parameters.agreeing(SEED, ADDRESS[None])[0]
    on, off = np.split(stored.weights["values"][agreed].sum(axis=0), 2)
    np.testing.assert_array_equal(on > off, PATTERN > 0)


def test_the_return_learns_the_bumps_of_the_cells_that_fire(stored: Recording) -> None:
    agreed = CIRCUIT.parameters.agreeing(SEED, ADDRESS[None])[0]
    returns = stored.weights["returns"][agreed].mean(axis=0)
    profiles = CIRCUIT.parameters.sheets.profiles(0.35)
    votes = profiles @ returns
    first = CIRCUIT.parameters.sheets.first_phase
    for module, phase in enumerate(ADDRESS):
        own = votes[first[module] : first[module + 1]]
        assert own.argmax() == phase


def test_nothing_is_learned_without_acetylcholine() -> None:
    recording = ran(
        Epoch("set", 150.0, drive={"landmark": shown(ADDRESS)}),
        Epoch("rest", 200.0, drive={"instruction": 1.0, "cortical": 1.0, "entorhinal": 1.0}),
    )
    assert (recording.weights["returns"] == 0).all()
    assert (recording.weights["values"] == 0.5).all()


def test_recruitment_takes_up_active_grid_cells_alone() -> None:
    parameters = with_values(
        CIRCUIT.parameters, {"selection": "random", "plateau_probability": 0.3}
    )
    circuit = scaffold_memory(parameters)
    seen = {"landmark": shown(ADDRESS), "acetylcholine": 1.0}
    epochs = (
        Epoch("set", 150.0, drive={"landmark": shown(ADDRESS)}),
        Epoch("recruit", 250.0, 0, {**seen, "instruction": 1.0}),
        Epoch("recruit", 150.0, 0, seen),
    )
    recording = Program(circuit).run(Schedule(epochs, circuit.widths), SEED, 0.5)
    recruited = recording.events["dendritic_spike"].counts(0.0, 600.0) > 0
    assert 0.1 < recruited.mean() < 0.5
    weights = recording.weights["grid_inputs"]
    assert (weights[~recruited] == 0).all()
    profile = shown(ADDRESS) @ circuit.parameters.sheets.profiles(0.35)
    heard = weights[recruited].mean(axis=0)
    near = profile[circuit.parameters.sheets.point_of_cell] > 0.9
    far = profile[circuit.parameters.sheets.point_of_cell] < 0.01
    assert heard[near].mean() > 0.9
    assert heard[far].mean() < 0.05


def test_speed_cells_shut_the_return_while_the_modules_move() -> None:
    recording = ran(
        Epoch("rest", 100.0), Epoch("move", 150.0, drive={"velocity": np.array([1.0, 0.0])}),
        Epoch("rest", 150.0),
    )  # fmt: skip
    speed = recording.spikes["speed"]
    assert speed.counts(0.0, 100.0).sum() == 0
    assert speed.counts(120.0, 250.0).sum() > 50
    assert speed.counts(260.0, 400.0).sum() == 0


@pytest.mark.parametrize("name", sorted(CIRCUITS))
def test_every_known_circuit_says_what_a_program_needs(name: str) -> None:
    known = find_circuit(name)
    circuit = known.assemble(known.parameters())
    assert circuit.name == name
    assert set(circuit.populations) == set(circuit.sizes)
    assert set(circuit.projections) == set(circuit.weight_shapes())


@pytest.mark.parametrize(
    ("key", "value", "named"),
    [
        ("periods", "3,x", "circuit.periods"),
        ("periods", "20,20,20,20,20,20,20,20", "circuit.points_per_step"),
        ("grid.reset_voltage_mV", -40.0, "circuit.grid.reset_voltage_mV"),
        ("hippocampal.reset_voltage_mV", -41.0, "circuit.hippocampal.reset_voltage_mV"),
    ],
)  # fmt: skip
def test_parameters_that_do_not_fit(key: str, value: Any, named: str) -> None:
    parameters = with_values(ScaffoldMemoryParameters(), {key: value})
    with pytest.raises(InputError, match=named):
        scaffold_memory(parameters)
