"""The uninformed prediction: nothing in it is from the circuit, and what it is stands beside it."""

from __future__ import annotations

import json
import logging
from dataclasses import replace
from html import escape
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from made_up_recording import made_up

from hippokv.analysis.recall.items import Items
from hippokv.analysis.recall.readout import Readout
from hippokv.analysis.recall.slot_choice import N_DRAWS
from hippokv.circuits.circuit import Circuit
from hippokv.circuits.program.program import Program
from hippokv.circuits.schedule import Schedule
from hippokv.command_line import main
from hippokv.protocols import cued_recall
from hippokv.protocols.parts import store_and_recall
from hippokv.protocols.parts.store_and_recall import Recalled
from hippokv.protocols.running.code_version import code_version
from hippokv.protocols.running.experiment import prepare, run_experiment
from hippokv.protocols.running.protocol import Result
from hippokv.protocols.running.results_folder import Destination, write_results
from hippokv.protocols.sweeps.crew import one_run

SIZES = {
    "run.circuit": "slot_memory",
    "circuit.n_inputs": 12, "circuit.n_outputs": 12, "circuit.n_slots": 6,
    "circuit.cells_per_slot": 2, "protocol.n_items": 8, "run.target": "numpy",
}  # fmt: skip
RANDOM = {**SIZES, "circuit.selection": "random", "circuit.plateau_probability": 0.3}


@pytest.fixture(autouse=True)
def _no_simulation(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Program, "run", made_up)


def result_of(protocol: str, given: dict[str, Any], **changes: Any) -> Result[Recalled]:
    """Return what a protocol with another part gives."""
    experiment = prepare(protocol, given)
    parts = replace(experiment.protocol.perform, **changes)  # type: ignore[type-var]
    return run_experiment(replace(experiment, protocol=replace(experiment.protocol, perform=parts)))


def test_it_is_the_same_whatever_the_circuit_did(monkeypatch: pytest.MonkeyPatch) -> None:
    first = result_of("cued-recall", RANDOM)

    def other(program: Program, schedule: Schedule, seed: int, *_: Any, **__: Any) -> Any:
        return made_up(program, schedule, seed + 1)

    monkeypatch.setattr(Program, "run", other)
    second = result_of("cued-recall", RANDOM)
    assert first.metrics != second.metrics
    assert first.uninformed == second.uninformed
    np.testing.assert_array_equal(first.found.uninformed, second.found.uninformed)
    another = result_of("cued-recall", {**RANDOM, "run.seed": 1})
    assert first.uninformed.mean != another.uninformed.mean


def test_draws_have_a_mean_and_a_spread() -> None:
    result = result_of("cued-recall", RANDOM)
    found, uninformed = result.found, result.uninformed
    assert (uninformed.n_draws, found.uninformed.shape) == (N_DRAWS, (N_DRAWS, 8, 12))
    true = found.items.values[found.items.query_item]
    right = np.where(found.uninformed == 0, 0.5, found.uninformed == true).mean(axis=(1, 2))
    assert uninformed.mean["accuracy"] == pytest.approx(right.mean())
    assert uninformed.sd["accuracy"] == pytest.approx(right.std(ddof=1)) != 0
    assert "takes the slots that the circuit took" in uninformed.note
    assert "uninformed: chooses its own by the same law" in uninformed.note
    assert f"mean ± sd over {N_DRAWS} draws" in uninformed.note


def test_it_is_the_informed_one_where_that_was_told_nothing_that_matters() -> None:
    result = result_of("cued-recall", SIZES)
    uninformed, predicted = result.uninformed, result.predicted_metrics
    assert uninformed.n_draws == 1
    assert set(uninformed.sd.values()) == {0.0}
    assert uninformed.mean == pytest.approx({name: predicted[name] for name in uninformed.mean})
    assert "told the circuit's first slot alone, on which no score depends" in uninformed.note


def test_the_order_of_a_path_is_known() -> None:
    given = {
        **SIZES, "run.circuit": "hippocampal_memory", "circuit.n_slots": 20, "circuit.n_inputs": 40,
        "circuit.n_outputs": 40, "protocol.n_items": 20, "protocol.occlusion": 0.0,
        "protocol.own_values": True,
    }  # fmt: skip
    whole = result_of("cued-recall", given).uninformed
    assert (whole.mean["accuracy"], whole.mean["one_plateau"], whole.n_draws) == (1.0, 1.0, 1)
    half = {"when": "before_storage", "fraction": 0.5, "unit": "ensembles", "control": False}
    given |= {f"protocol.{name}": value for name, value in half.items()}
    lesion = result_of("lesion", given).uninformed
    # The items of silenced addresses are lost, half of all, and guessed.
    assert lesion.mean["accuracy"] == pytest.approx(0.75, abs=0.05)
    assert lesion.n_draws == 1


def test_scores_that_compare_with_the_prediction_are_left_out() -> None:
    result = result_of("cued-recall", RANDOM)
    assert result.predicted_metrics.keys() - result.uninformed.mean.keys() == {"attention_tv"}
    assert "without attention_tv, which compares the circuit with" in result.uninformed.note


def test_a_score_that_is_not_a_number_in_some_draws_is_that_of_the_others() -> None:
    seen = []

    def measure(readout: Readout, prediction: Readout, items: Items) -> dict[str, float]:
        seen.append(readout.plateaus.sum())
        many = readout.plateaus.sum() > 14
        return {"many": float(seen[-1]) if many else float("nan"), "never": float("nan")}

    found = result_of("cued-recall", RANDOM, measure=measure).uninformed
    # Before them come the circuit and its rate model, and those scored alone, the paper's as well.
    drawn = np.array(seen[5 : 5 + N_DRAWS])
    assert 1 < (drawn > 14).sum() < N_DRAWS
    assert found.mean["many"] == pytest.approx(drawn[drawn > 14].mean())
    assert np.isnan(found.mean["never"])


def test_scores_that_cannot_do_with_it_cost_no_run() -> None:
    def measure(readout: Readout, prediction: Readout, items: Items) -> dict[str, float]:
        return {"share": 1 / float(prediction.attention.sum())}

    result = result_of("cued-recall", RANDOM, measure=measure)
    assert result.metrics == result.predicted_metrics
    assert result.uninformed.mean == {}
    assert "no uninformed prediction: it could not be scored" in result.uninformed.note


def test_scores_that_cannot_do_with_other_answers_cost_no_run() -> None:
    asked: list[Readout] = []

    def measure(readout: Readout, prediction: Readout, items: Items) -> dict[str, float]:
        asked.append(readout)
        if (readout.evidence == items.values[items.query_item]).all():
            raise ZeroDivisionError("nothing is wrong")
        return {"share": 0.5}

    result = result_of("cued-recall", RANDOM, measure=measure)
    assert result.metrics == {"share": 0.5}
    assert result.certainty == {}
    (words,) = (line for line in result.warnings if "scores rest" in line)
    assert "nothing is wrong" in words


def test_where_no_law_is_known_it_says_so() -> None:
    result = result_of("false-memory", {**SIZES, "protocol.n_items": 3, "circuit.n_slots": 6})
    assert (result.uninformed.n_draws, result.uninformed.mean) == (0, {})
    assert "no uninformed prediction: no law is known" in result.uninformed.note


# --- where it stands ------------------------------------------------------------------------------


def test_a_folder_says_which_prediction_is_which(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    result = replace(result_of("cued-recall", RANDOM), warnings=("it <did> not settle",))
    write_results(result, Destination(tmp_path / "out"))
    summary = json.loads((tmp_path / "out" / "summary.json").read_text())
    found = result.uninformed
    assert summary["uninformed"] == {
        "mean": found.mean, "sd": found.sd, "draws": N_DRAWS, "note": found.note,
    }  # fmt: skip
    assert summary["warnings"] == ["it <did> not settle"]
    with np.load(tmp_path / "out" / "recording.npz") as arrays:
        np.testing.assert_array_equal(arrays["uninformed_decoded"], result.found.uninformed)
    report = (tmp_path / "out" / "report.html").read_text()
    assert escape(found.note[1:]) in report
    assert "<p>Warning: it &lt;did&gt; not settle.</p>" in report
    assert main(["show", str(tmp_path / "out")]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert lines[1].split() == ["spiking", "rate", "model", "paper", "uninformed"]
    name = "accuracy"
    own = [f"{found.mean[name]:.4f}", "±", f"{found.sd[name]:.4f}"]
    assert next(line for line in lines if line.split()[0] == name).split()[4:] == own
    assert f"  {found.note}" in lines
    assert "  warning: it <did> not settle" in lines


def test_a_run_of_a_sweep_has_it() -> None:
    row = one_run("cued-recall", RANDOM, code_version(), lambda: None)
    result = result_of("cued-recall", RANDOM)
    assert (row.error, row.warning) == (None, "")
    assert (row.uninformed, row.uninformed_sd) == (result.uninformed.mean, result.uninformed.sd)


# --- the closed loop ------------------------------------------------------------------------------


@pytest.mark.parametrize(("most", "settles"), [(3, True), (100, False)])
def test_a_closed_loop_that_does_not_settle_is_told(
    most: int, settles: bool, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr(store_and_recall, "MOST_LOOPS", 3)
    asked: list[float] = []

    def longer(stimuli: Any, parameters: Any, circuit: Circuit, seed: int, _: Readout) -> Schedule:
        """Ask for longer rests at each round, up to one."""
        asked.append(parameters.gap_ms + 5.0 * min(len(asked) + 1, most))
        rested = replace(parameters, gap_ms=asked[-1])
        return cued_recall.schedule(stimuli, rested, circuit, seed)

    with caplog.at_level(logging.WARNING, "hippokv"):
        result = result_of("cued-recall", SIZES, closed_loop=longer)
    assert len(asked) == 4
    assert "asked what the circuit's answers led to" in result.uninformed.note
    told = [
        line
        for line in (*result.warnings, *caplog.messages)
        if "the closed loop did not settle" in line
    ]
    assert len(told) == (0 if settles else 2)
