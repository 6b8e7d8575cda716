"""Key-value protocols on another circuit with slots: the same experiment."""

from __future__ import annotations

import json
from dataclasses import dataclass, replace
from html import escape
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import hippokv
from hippokv.circuits.circuit import Circuit
from hippokv.circuits.known_circuits import CIRCUITS
from hippokv.circuits.program.compiler import COMPILER_VARIABLE
from hippokv.circuits.slot_memory import slot_memory
from hippokv.circuits.slot_memory_parameters import SlotMemoryParameters
from hippokv.command_line import main
from hippokv.errors import InputError
from hippokv.plasticity.btsp_key_rule import BTSPKeyRule
from hippokv.plasticity.hebbian_value_rule import HebbianValueRule
from hippokv.protocols import storage
from hippokv.protocols.parts.store_and_recall import Recalled, learning_of, prediction_note
from hippokv.protocols.running.experiment import prepare, run_experiment
from hippokv.protocols.running.protocol import Result
from hippokv.protocols.running.results_folder import Destination, write_results
from hippokv.protocols.sweeps.plan import plan_sweep
from shared_circuit import SETTINGS

CIRCUITS_OF_STORAGE = ("slot_memory", "other_memory")
OTHER: dict[str, Any] = {"run.circuit": "other_memory"}
RUN: dict[str, Any] = {"protocol.n_items": 2, "protocol.study_ms": 500.0}


@pytest.fixture(autouse=True)
def _known(monkeypatch: pytest.MonkeyPatch) -> None:
    """Name the other circuit as if it were of this package."""
    monkeypatch.setitem(CIRCUITS, "other_memory", "hippokv.circuits.slot_memory")
    on_both = replace(storage.PROTOCOL, circuit={"beta": 0.4})
    monkeypatch.setattr(storage, "PROTOCOL", on_both)


def test_a_protocol_does_the_same_on_any_circuit_with_slots(tmp_path: Path, small: Circuit) -> None:
    results = []
    for name in CIRCUITS_OF_STORAGE:
        given = {**RUN, **SETTINGS, "run.circuit": name}
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
    with pytest.raises(InputError, match=r"run.circuit = 'toy': must be one of slot_memory, "):
        plan_sweep("storage", {"run.circuit": ("slot_memory", "toy")}, range(2), {})


# --- rules and their rate forms -------------------------------------------------------------------


@dataclass(frozen=True)
class LearnsNothing(BTSPKeyRule):
    """A key rule without a rate form."""

    on_event = "weight += 0"


def with_keys(rule: BTSPKeyRule) -> Result[Recalled]:
    """Return what a small circuit stores and recalls with another key rule."""
    experiment = prepare("cued-recall", {**RUN, **SETTINGS, "protocol.n_items": 3})
    circuit = experiment.circuit.with_rule("keys", rule)
    return run_experiment(replace(experiment, circuit=circuit))


def test_a_rule_without_a_rate_form_is_named_beside_the_prediction(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], small: Circuit, hurried_compiler: str,
    monkeypatch: pytest.MonkeyPatch,
) -> None:  # fmt: skip
    stock = with_keys(BTSPKeyRule())
    monkeypatch.setenv(COMPILER_VARIABLE, hurried_compiler)
    result = with_keys(LearnsNothing())
    assert stock.prediction_note == ""
    assert result.metrics["accuracy"] < stock.metrics["accuracy"]
    # The rate model knows nothing of the rule, and says so wherever its scores stand.
    words = "learns keys by BTSPKeyRule: the circuit's rule, LearnsNothing, has no rate form"
    assert words in result.prediction_note
    folder = tmp_path / "out"
    write_results(result, Destination(folder))
    assert words in json.loads((folder / "summary.json").read_text())["prediction_note"]
    assert escape(words) in (folder / "report.html").read_text()
    assert main(["show", str(folder)]) == 0
    assert words in capsys.readouterr().out


def test_the_rate_model_learns_by_the_rule_of_the_circuit(small: Circuit) -> None:
    slow = with_keys(BTSPKeyRule(learning_rate=0.02))
    assert slow.prediction_note == ""
    written = slow.found.prediction.keys[slow.found.readout.plateaus[0]]
    assert 0.1 < np.abs(written).max() < 0.5


def test_what_else_was_changed_in_a_circuit_stands_beside_the_prediction(small: Circuit) -> None:
    experiment = prepare("cued-recall", {**RUN, **SETTINGS})
    circuit = experiment.circuit.with_values({"pv.inhibition": 1e-10})
    result = run_experiment(replace(experiment, circuit=circuit))
    assert "the circuit was changed (pv.inhibition = 1e-10)" in result.prediction_note


def test_a_rule_learns_at_its_own_interval_as_in_the_settings() -> None:
    slow = BTSPKeyRule(interval_ms=90.0)
    given = SlotMemoryParameters(key_rule=slow)
    changed = slot_memory(SlotMemoryParameters()).with_rule("keys", slow)
    found = [learning_of(circuit).key_written(1.0) for circuit in (slot_memory(given), changed)]
    assert found[0] == found[1] < 0.5


def test_where_the_rate_model_is_not_the_rule_it_says_so() -> None:
    stock = slot_memory(SlotMemoryParameters())
    assert prediction_note(stock) == ""
    weak = stock.with_rule("values", HebbianValueRule(learning_rate=0.01))
    assert "writes a value whole" in prediction_note(weak)
    other = stock.with_rule("keys", BTSPKeyRule(initial_weight=0.2))
    assert "starts from keys of 0.5" in prediction_note(other)
