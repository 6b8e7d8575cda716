"""Key-value protocols on another circuit with slots: the same experiment."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

import hippokv
from hippokv.circuits.known_circuits import CIRCUITS
from hippokv.errors import InputError
from hippokv.protocols import storage
from hippokv.protocols.running.experiment import prepare
from hippokv.protocols.sweeps.plan import plan_sweep

CIRCUITS_OF_STORAGE = ("slot_memory", "other_memory")
OTHER: dict[str, Any] = {"run.circuit": "other_memory"}
SIZES: dict[str, Any] = {"n_inputs": 8, "n_outputs": 8, "n_slots": 4, "cells_per_slot": 2}
RUN: dict[str, Any] = {"run.target": "numpy", "run.dt_ms": 1.0, "protocol.n_items": 2}


@pytest.fixture(autouse=True)
def _known(monkeypatch: pytest.MonkeyPatch) -> None:
    """Name the other circuit as if it were of this package."""
    monkeypatch.setitem(CIRCUITS, "other_memory", "hippokv.circuits.slot_memory")
    on_both = replace(storage.PROTOCOL, circuits=CIRCUITS_OF_STORAGE, circuit={"beta": 0.4})
    monkeypatch.setattr(storage, "PROTOCOL", on_both)


def test_a_protocol_does_the_same_on_any_circuit_with_slots(tmp_path: Path) -> None:
    results = []
    for name in CIRCUITS_OF_STORAGE:
        sizes = {f"circuit.{part}": value for part, value in SIZES.items()}
        given = {**RUN, **sizes, "run.circuit": name}
        results.append(hippokv.run("storage", seed=1, settings=given, out=tmp_path / name))
    first, second = results
    assert first.metrics == second.metrics
    assert first.predicted_metrics == second.predicted_metrics
    stored = [result.folder / "recording.npz" for result in results if result.folder]
    assert stored[0].read_bytes() == stored[1].read_bytes()


def test_defaults_of_a_protocol_reach_the_slots() -> None:
    assert prepare("storage", {}).settings.circuit.beta == 0.4
    assert prepare("storage", OTHER).settings.circuit.beta == 0.4


def test_stimuli_set_the_width_of_the_slots() -> None:
    experiment = prepare("storage", {**OTHER, "protocol.stimuli": "digits"})
    assert experiment.settings.circuit.n_inputs == 64
    with pytest.raises(InputError, match=r"circuit.n_inputs = 8: must be 64"):
        prepare("storage", {**OTHER, "protocol.stimuli": "digits", "circuit.n_inputs": 8})


@pytest.mark.parametrize(
    ("key", "value", "words"),
    [
        ("circuit.n_slots", 0, "circuit.n_slots = 0: must be a whole number"),
        ("circuit.pv.reset_voltage_mV", -40.0, "must be below the spike threshold, -64 mV"),
        ("protocol.n_items", 2000, "protocol.n_items = 2000: must be at most 1250 for a circuit"),
    ],
)
def test_what_the_slots_cannot_be_is_told_by_the_keys_of_the_circuit(
    key: str, value: Any, words: str
) -> None:
    wide = {"circuit.n_inputs": 1000, "circuit.n_outputs": 1000}
    with pytest.raises(InputError, match=words):
        prepare("storage", {**OTHER, **wide, key: value})


def test_the_largest_circuit_is_refused_by_its_own_key() -> None:
    given = {"circuit.n_slots": 2000, "circuit.cells_per_slot": 100}
    with pytest.raises(InputError, match=r"circuit.n_slots = 2000: must be at most"):
        prepare("storage", {**OTHER, **given, "circuit.n_inputs": 2000})


def test_a_sweep_may_compare_circuits() -> None:
    plan = plan_sweep("storage", {"run.circuit": CIRCUITS_OF_STORAGE}, range(2), {})
    assert [run["run.circuit"] for run in plan.runs()] == [
        "slot_memory", "slot_memory", "other_memory", "other_memory",
    ]  # fmt: skip
    with pytest.raises(InputError, match=r"run.circuit = 'toy': must be one of slot_memory, other"):
        plan_sweep("storage", {"run.circuit": ("slot_memory", "toy")}, range(2), {})
