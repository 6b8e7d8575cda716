"""The paper's own model: beta 1 whatever the circuit is calibrated to, beside the other two."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from made_up_recording import made_up
from scipy.special import softmax

import hippokv
from hippokv.analysis.recall.items import Items
from hippokv.analysis.recall.scores import credit
from hippokv.circuits.program.program import Program
from hippokv.command_line import main
from hippokv.protocols.parts.paper_prediction import TOLD, paper_prediction
from hippokv.protocols.running.code_version import code_version
from hippokv.protocols.running.results_folder import Destination, read_summary, write_results
from hippokv.protocols.sweeps.crew import one_run
from hippokv.protocols.sweeps.table import table_of

#: As many items as slots, and cues of few entries: where the temperature decides.
FAINT = {
    "run.circuit": "slot_memory",
    "circuit.n_inputs": 20, "circuit.n_outputs": 20, "circuit.n_slots": 8,
    "circuit.cells_per_slot": 2, "protocol.n_items": 8, "protocol.occlusion": 0.8,
    "protocol.own_values": True, "run.target": "numpy", "run.seed": 3,
}  # fmt: skip
COLD = {**FAINT, "circuit.beta": 4.0}


@pytest.fixture(autouse=True)
def _no_simulation(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Program, "run", made_up)


def accuracy_at_one(items: Items) -> float:
    """Return the part of the bits that Eq 4 and 5 have right, each item in a slot of its own."""
    keys, values = items.keys.astype(float), items.values.astype(float)
    output = softmax(items.queries @ keys.T, axis=1) @ values
    decoded = np.sign(np.where(abs(output) < 1e-9, 0.0, output)).astype(np.int8)
    return float(credit(decoded, items.values[items.query_item], 0.5).mean())


@pytest.mark.parametrize("given", [FAINT, COLD])
def test_it_is_the_softmax_at_beta_1_whatever_the_circuit_is_calibrated_to(
    given: dict[str, Any],
) -> None:
    result = hippokv.run("cued-recall", settings=given)
    # Where two values cancel, rounding decides what is a tie here.
    assert result.paper["accuracy"] == pytest.approx(accuracy_at_one(result.found.items), abs=0.005)
    assert result.paper["accuracy"] == hippokv.run("cued-recall", settings=FAINT).paper["accuracy"]
    assert result.paper["accuracy"] < 1
    assert TOLD in result.uninformed.note


def test_it_leaves_out_what_compares_with_the_informed_one() -> None:
    result = hippokv.run("cued-recall", settings=FAINT)
    assert result.predicted_metrics.keys() - result.paper.keys() == {"attention_tv"}


def test_light_keeps_its_logit_beside_the_temperature_of_the_paper() -> None:
    result = hippokv.run("optogenetic-reactivation", settings=FAINT)
    assert result.paper
    assert set(result.paper) <= set(result.predicted_metrics)


def test_scores_that_cannot_do_with_it_are_told() -> None:
    def broken(**_: Any) -> Any:
        raise ZeroDivisionError("nothing there")

    result = hippokv.run("cued-recall", settings=FAINT)
    found, words = paper_prediction(
        broken, lambda n, light: (1.0, 0.0), result.found.prediction, {}, lambda one, other: {}
    )
    assert found == {}
    assert "could not be scored" in words
    assert "nothing there" in words


def test_it_stands_in_every_table(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    result = hippokv.run("cued-recall", settings=COLD)
    write_results(result, Destination(tmp_path / "out"))
    summary = json.loads((tmp_path / "out" / "summary.json").read_text())
    assert summary["paper"] == result.paper
    assert read_summary(tmp_path / "out").paper == result.paper
    assert hippokv.load(tmp_path / "out").paper == result.paper
    assert main(["show", str(tmp_path / "out")]) == 0
    lines = capsys.readouterr().out.splitlines()
    shown = next(line for line in lines if line.split()[0] == "accuracy").split()
    assert shown[3] == f"{result.paper['accuracy']:.4f}"
    row = one_run("cued-recall", COLD, code_version(), lambda: None)
    assert row.paper == result.paper
    assert table_of((), (), [row])["paper.accuracy"] == (result.paper["accuracy"],)
