"""Protocols that evaluate their own runs, on a circuit that is no slot memory."""

from __future__ import annotations

import csv
import json
import sys
import tomllib
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import hippokv
from hippokv.circuits.known_circuits import CIRCUITS
from hippokv.circuits.manipulation.manipulations import Silence, manipulated
from hippokv.circuits.program.compiler import COMPILER_VARIABLE
from hippokv.circuits.program.program_cache import CACHE_VARIABLE
from hippokv.circuits.schedule import Schedule
from hippokv.command_line import main, run_protocol
from hippokv.errors import InputError
from hippokv.protocols import PROTOCOLS
from hippokv.protocols.running.experiment import prepare, run_experiment
from hippokv.protocols.running.protocol import Result

QUICK: dict[str, Any] = {"run.target": "numpy", "run.dt_ms": 1.0}
WORDS = ["--target", "numpy", "--set", "run.dt_ms=1"]


@pytest.fixture(autouse=True)
def _known(monkeypatch: pytest.MonkeyPatch) -> None:
    """Name the toy circuit and its protocols as if they were of this package."""
    monkeypatch.setitem(CIRCUITS, "toy", "toy_circuit")
    monkeypatch.setitem(PROTOCOLS, "toy-drive", "toy_drive")
    monkeypatch.setitem(PROTOCOLS, "toy-learning", "toy_learning")


def toy(protocol: str = "toy-drive", **more: Any) -> Result:
    return hippokv.run(protocol, seed=3, settings={**QUICK, **more})


def failing(words: list[str], capsys: pytest.CaptureFixture[str]) -> str:
    """Return the one line that a command which cannot be done writes."""
    assert main(words) == 2
    output, errors = capsys.readouterr()
    assert output == ""
    assert errors.count("\n") == 1
    return errors


# --- the circuit ----------------------------------------------------------------------------------


def test_the_circuit_does_what_theory_says() -> None:
    result = toy()
    assert result.metrics["rate"] == pytest.approx(result.predicted_metrics["rate"], rel=0.1)
    assert result.recording.weights["links"].shape == (3, 4)
    assert {name: train.size for name, train in result.recording.spikes.items()} == {
        "sender": 3, "receiver": 4,
    }  # fmt: skip


def test_an_event_belongs_to_the_population_that_has_it() -> None:
    train = toy().recording.events["warmth"]
    assert train.size == 4
    assert set(train.cell) == {1, 2, 3}, "the first is silenced"


def test_only_populations_that_can_be_manipulated_have_what_manipulations_need() -> None:
    recording = toy().recording
    assert {name.rpartition("_")[2] for name in recording.cells} == {"receiver"}
    with pytest.raises(ValueError, match="Silence of 'sender': the circuit has receiver"):
        manipulated(prepare("toy-drive", QUICK).schedule, Silence("sender"))


def test_what_a_circuit_checks_is_refused_before_it_runs() -> None:
    with pytest.raises(InputError, match=r"circuit.n_receivers = 2: must be at least n_senders, 3"):
        prepare("toy-drive", {"circuit.n_receivers": 2})


# --- several runs ---------------------------------------------------------------------------------


def test_a_later_stage_starts_from_the_weights_of_an_earlier_one() -> None:
    result = toy("toy-learning")
    assert list(result.stages) == ["training", "test", "control"]
    before, after = (
        result.stages[name].recording.weights["links"] for name in ("training", "test")
    )
    assert 0 < before.max() < after.max()
    assert result.metrics["rate_test"] > result.metrics["rate_training"]


def test_a_stage_may_have_a_circuit_with_one_thing_changed() -> None:
    result = toy("toy-learning")
    assert result.metrics["rate_control"] == 0 < result.metrics["rate_test"]
    assert result.experiment.circuit.parameters.kick_mV == 8.0
    np.testing.assert_array_equal(
        result.stages["control"].recording.weights["links"],
        result.stages["test"].recording.weights["links"],
    )


def test_every_stage_is_announced_and_its_epochs_after_it() -> None:
    seen: list[str | int] = []

    def begin(schedule: Schedule, stage: str) -> None:
        assert schedule.duration_ms == 220.0
        seen.append(stage)

    result = run_experiment(prepare("toy-learning", QUICK), progress=seen.append, begin=begin)
    assert [entry for entry in seen if isinstance(entry, str)] == ["training", "test", "control"]
    assert seen[0] == "training"
    assert seen[-1] == 1
    assert result.timing.simulated_s == pytest.approx(3 * 0.22)


def test_what_a_protocol_found_is_its_own() -> None:
    result = toy()
    np.testing.assert_array_equal(result.found, result.arrays["rates"])
    assert result.experiment.stimuli is None


# --- results folder -------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("protocol", "prefixes", "own"),
    [("toy-drive", [""], ["rates"]), ("toy-learning", ["training_", "test_", "control_"], [])],
)
def test_the_results_folder_holds_every_stage(
    protocol: str, prefixes: list[str], own: list[str], tmp_path: Path
) -> None:
    folder = tmp_path / "out"
    result = hippokv.run(protocol, settings=QUICK, out=folder)
    assert result.folder == folder
    arrays = np.load(folder / "recording.npz")
    expected = [
        "epoch_start_ms", "epoch_duration_ms", "epoch_phase", "epoch_item",
        "spikes_sender_t", "spikes_sender_i", "spikes_receiver_t", "spikes_receiver_i",
        "warmth_t", "warmth_i", "weights_links", "manipulation_0_cells",
        *(
            f"drive_{channel}{end}"
            for channel in ("sender", "acting_receiver", "silence_receiver")
            for end in ("", "_epoch")
        ),
    ]  # fmt: skip
    assert set(arrays) == {*own, *(prefix + name for prefix in prefixes for name in expected)}
    summary = json.loads((folder / "summary.json").read_text())
    assert summary["metrics"] == result.metrics
    assert summary["prediction"] == result.predicted_metrics
    report = (folder / "report.html").read_text()
    assert "Cells of the circuit toy: sender 3, receiver 4." in report
    assert ("near its threshold" in report) == (protocol == "toy-drive")
    assert (folder / "figures" / "rates.png").exists()


def test_a_config_names_the_circuit_and_repeats_the_run(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    first, second = tmp_path / "first", tmp_path / "second"
    changed = ["--set", "circuit.cell.drive_pA=400", "--set", "protocol.silenced=0"]
    assert main(["run", "toy-drive", *WORDS, *changed, "--out", str(first)]) == 0
    config = first / "config.toml"
    tables = tomllib.loads(config.read_text())
    assert tables["run"]["circuit"] == "toy"
    assert tables["circuit"]["cell"]["drive_pA"] == 400.0
    assert main(["run", "toy-drive", "--config", str(config), "--out", str(second)]) == 0
    for name in ("config.toml", "recording.npz"):
        assert (first / name).read_bytes() == (second / name).read_bytes()
    capsys.readouterr()
    assert main(["show", str(first)]) == 0
    output = capsys.readouterr().out
    for word in ("toy-drive, seed 0", "rate", "warm", "recording.npz"):
        assert word in output


def test_a_config_without_a_circuit_is_one_of_the_protocol_s_first(tmp_path: Path) -> None:
    config = tmp_path / "old.toml"
    config.write_text('protocol_name = "toy-drive"\n[circuit.cell]\ndrive_pA = 400.0\n')
    words = ["run", "toy-drive", *WORDS, "--quiet", "--config", str(config)]
    assert main([*words, "--out", str(tmp_path / "out")]) == 0
    assert "drive_pA = 400.0" in (tmp_path / "out" / "config.toml").read_text()


# --- sweeps, command line -------------------------------------------------------------------------


def test_a_sweep_has_a_column_for_each_score(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    out = tmp_path / "sweep"
    words = ["--grid", "circuit.cell.drive_pA=300,400", "--seeds", "1000:1001", "--out", str(out)]
    assert main(["sweep", "toy-drive", *WORDS, *words, "--jobs", "1"]) == 0
    with (out / "results.csv").open() as stream:
        rows = list(csv.DictReader(stream))
    assert [row["error"] for row in rows] == ["", ""]
    assert float(rows[0]["metrics.rate"]) < float(rows[1]["metrics.rate"])
    assert {"metrics.warm", "prediction.rate"} <= set(rows[0])
    assert "prediction.warm" not in rows[0]
    assert [path.name for path in (out / "figures").iterdir()] == [
        "against-circuit-cell-drive_pa.png"
    ]
    capsys.readouterr()
    assert main(["show", str(out)]) == 0
    assert "2 runs, 0 failed; rate:" in capsys.readouterr().out


def test_a_terminal_sees_each_stage(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(sys.stderr, "isatty", lambda: True, raising=False)
    assert main(["run", "toy-learning", *WORDS, "--out", str(tmp_path / "out")]) == 0
    seen = capsys.readouterr().err
    assert 0 <= seen.index("training |") < seen.index("test |") < seen.index("control |")


def test_a_module_of_a_protocol_runs_it(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    words = ["toy.py", *WORDS, "--quiet", "--out", str(tmp_path / "out")]
    monkeypatch.setattr(sys, "argv", words)
    with pytest.raises(SystemExit) as ended:
        run_protocol("toy-learning")
    assert ended.value.code == 0
    assert (tmp_path / "out" / "report.html").exists()


@pytest.mark.parametrize(
    ("more", "here", "not_here"),
    [
        ([], "circuit.kick_mV = 8.0", "circuit.n_slots"),
        (["--set", "run.circuit=slot_memory"], "circuit.n_slots = 40", "circuit.kick_mV"),
    ],
)
def test_help_lists_the_keys_of_the_circuit(
    more: list[str], here: str, not_here: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["run", "toy-drive", *more, "--help"]) == 0
    output = capsys.readouterr().out
    assert here in output
    assert not_here not in output.partition("[run]")[2]
    words = "grid_circuit, toy, or a file, that has the populations sender, receiver"
    assert words in " ".join(output.split())


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (["cued-recall", "--set", "run.circuit=toy"],
         "run.circuit = 'toy': must be a circuit with the populations entorhinal, hippocampal, "
         "cortical: it has no entorhinal"),
        (["toy-drive", "--set", "run.circuit=brain"],
         "grid_circuit, toy, or a file, such as ./my_circuit.py"),
        (["toy-drive", "--set", "run.circuit=brain", "--help"], "run.circuit = 'brain': must be"),
        (["toy-drive", "--set", "run.circuit=slot_memory"],
         "run.circuit = 'slot_memory': must be a circuit with the populations sender, receiver: "
         "it has no sender"),
        (["toy-drive", "--set", "circuit.n_slots=4"], "circuit.n_slots = '4': must be a known key"),
        (["toy-drive", "--set", "circuit.cell.drive_pA=-1"], "must be a number from 0 to 1000"),
        (["toy-drive", "--set", "circuit.n_receivers=2"], "must be at least n_senders"),
    ],
)  # fmt: skip
def test_what_cannot_be_run_is_told_in_one_line(
    words: list[str], told: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert told in failing(["run", *words], capsys)


@pytest.mark.parametrize("value", ["3", "[1]", "{ a = 1 }"])
def test_a_circuit_in_a_config_that_is_no_name_is_refused(
    value: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    config = tmp_path / "config.toml"
    config.write_text(f"[run]\ncircuit = {value}\n")
    told = failing(["run", "toy-drive", "--config", str(config)], capsys)
    assert "run.circuit" in told
    assert "must be one of slot_memory, " in told


@pytest.mark.slow
def test_compiled_the_circuit_does_the_same(
    hurried_compiler: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(CACHE_VARIABLE, str(tmp_path))
    monkeypatch.setenv(COMPILER_VARIABLE, hurried_compiler)
    # The compiler is a process of its own and must find the toy circuit.
    monkeypatch.setenv("PYTHONPATH", str(Path(__file__).parent))
    compiled = hippokv.run("toy-learning", seed=3, settings={**QUICK, "run.target": "cpp"})
    assert compiled.metrics == toy("toy-learning").metrics
    assert compiled.timing.build_s > 0
    for name, stage in toy("toy-learning").stages.items():
        other = compiled.stages[name].recording
        np.testing.assert_allclose(other.weights["links"], stage.recording.weights["links"])


def test_circuits_can_be_an_axis_of_a_sweep(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    words = ["--seeds", "0:1", "--out", str(tmp_path / "out"), *WORDS]
    grid = ["--grid", "run.circuit=toy,slot_memory", "--grid", "circuit.kick_mV=8"]
    told = failing(["sweep", "toy-drive", *grid, *words], capsys)
    assert "circuit.kick_mV = 8.0: must be a known key" in told
