"""What ``examples/`` shows runs as it stands."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

import pytest

import hippokv
from hippokv.protocols.running.adapted_cells import unadapted
from hippokv.protocols.running.experiment import prepare

EXAMPLES = Path(__file__).parents[1] / "examples"


def test_a_rule_of_ones_own_leaves_what_the_shipped_one_overwrites(tmp_path: Path) -> None:
    command = [sys.executable, str(EXAMPLES / "own_rule.py"), "numpy"]
    told = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=True).stdout
    shipped, own = ([float(word) for word in re.findall(r"\d\.\d+", line)]
                    for line in told.splitlines())  # fmt: skip
    assert shipped[0] < 0.05 < 0.95 < shipped[1]
    assert own[0] > 0.95
    assert own[1] > 0.95
    assert own[2] == 0.5


SMALL = {
    "run.circuit": "slot_memory",
    "circuit.n_inputs": 8, "circuit.n_outputs": 8, "circuit.n_slots": 2,
    "circuit.cells_per_slot": 2, "protocol.n_items": 1, "protocol.study_ms": 300,
    "run.dt_ms": 1, "run.target": "numpy",
}  # fmt: skip


def told_by(name: str, folder: Path) -> str:
    """Return what an example prints that needs no compiler."""
    command = [sys.executable, str(EXAMPLES / name), "numpy"]
    return subprocess.run(command, cwd=folder, capture_output=True, text=True, check=True).stdout


def test_interneurons_of_ones_own_fire(tmp_path: Path) -> None:
    shipped, own = (re.findall(r"[\d.]+", line) for line in
                    told_by("own_interneuron.py", tmp_path).splitlines())  # fmt: skip
    assert int(shipped[1]) == 0 < int(own[1])
    assert float(shipped[0]) == float(own[0]) == 1.0


def test_a_metric_of_ones_own_is_a_column(tmp_path: Path) -> None:
    rates = re.findall(r"fire at ([\d.]+) Hz", told_by("own_metric.py", tmp_path))
    assert len(rates) == 2
    assert all(50 < float(rate) < 250 for rate in rates)


def test_plots_stand_in_a_figure_of_ones_own(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("MPLBACKEND", "agg")
    told_by("own_figure.py", tmp_path)
    assert (tmp_path / "own_figure.png").read_bytes().startswith(b"\x89PNG")


def test_a_protocol_in_a_file_is_run_by_its_path() -> None:
    found = hippokv.run(
        EXAMPLES / "spaced_repetition.py",
        settings={**SMALL, "protocol.n_items": 2, "protocol.cue_ms": 300},
    )
    assert found.metrics["spaced"] == found.predicted_metrics["spaced"] == 1.0
    assert len(found.found.items.keys) == 4


def test_cells_that_differ_adapt_before_a_protocol_in_a_file_stores() -> None:
    experiment = prepare(EXAMPLES / "spaced_repetition.py", {"protocol.n_items": 2})
    assert experiment.settings.circuit.heterogeneity.present
    assert not unadapted(experiment.settings.circuit, experiment.schedule)


def test_a_circuit_in_a_file_is_named_in_settings() -> None:
    named = {**SMALL, "run.circuit": str(EXAMPLES / "recurrent_hippocampus.py")}
    errors = [
        hippokv.run("storage", settings={**named, "circuit.recurrent_pA": strength}).metrics
        for strength in (0.0, 2.0)
    ]
    alone = hippokv.run("storage", settings=SMALL).metrics
    assert errors[0] == alone
    assert errors[1]["key_error"] != alone["key_error"]


@pytest.mark.parametrize("path", sorted(EXAMPLES.glob("*.py")), ids=lambda path: path.stem)
def test_an_example_is_short(path: Path) -> None:
    longest = {"own_rule": 62}
    assert len(path.read_text().splitlines()) <= longest.get(path.stem, 40)
