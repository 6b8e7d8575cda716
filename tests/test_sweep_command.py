"""The command ``hippokv sweep``: what it refuses, what it returns, and that nothing is lost."""

from __future__ import annotations

import collections
import csv
import io
import json
import os
import random
import signal
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import pytest

from hippokv.analysis.figures import sweep as sweep_figure
from hippokv.circuits.program.program import Program
from hippokv.circuits.program.program_cache import CACHE_VARIABLE
from hippokv.command_line import main
from hippokv.errors import BuildError, InputError
from hippokv.protocols.sweeps import crew as sweep_crew
from hippokv.protocols.sweeps.folder import RESULTS
from hippokv.protocols.sweeps.journal import JOURNAL, LOCK, Row

#: The small circuit that other tests compile too; a run of it takes a fraction of a second.
SMALL = [
    "--set", "run.circuit=slot_memory",
    "--set", "run.dt_ms=1", "--set", "circuit.n_inputs=20", "--set", "circuit.n_outputs=16",
    "--set", "circuit.n_slots=6", "--set", "circuit.cells_per_slot=3",
    "--set", "protocol.study_ms=300", "--set", "protocol.gap_ms=200",
]  # fmt: skip
SWEEP = ["sweep", "storage", "--grid", "protocol.n_items=1,2", "--seeds", "0:5", *SMALL]
COUNT = 10
#: After how many seconds something hangs, on a machine that does much else meanwhile.
PATIENCE_S = 300


# --- bad input ------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def files(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a folder of files that cannot be used, and some that can."""
    folder = tmp_path_factory.mktemp("files")
    (folder / "notes").write_text("mine")
    (folder / "full").mkdir()
    (folder / "full" / "notes").touch()
    (folder / "foreign").mkdir()
    (folder / "foreign" / JOURNAL).write_text('{"level": "info"}\n')
    (folder / "malformed.toml").write_text("[circuit\nn_slots = 4\n")
    (folder / "other.toml").write_text('protocol_name = "cued-recall"\n')
    (folder / "types.toml").write_text('[circuit]\nn_slots = "four"\n')
    (folder / "words.csv").write_text("a,b\n1,-1\n")
    (folder / "two.csv").write_text("1,-1\n-1,1\n")
    return folder


GRID = "sweep storage --seeds 0:2 --out x --grid"
SEEDS = "sweep storage --out x --seeds"
JOBS = "sweep storage --seeds 0:2 --out x --jobs"
SET = "sweep storage --seeds 0:2 --out x --set"
OUT = "sweep storage --target numpy --seeds 0:2 --out"
CLUSTER = "sweep storage --target numpy --seeds 0:2 --out x --cluster"
AXIS = f"{GRID} circuit.beta=0.1,0.2,0.3,0.4,0.5,0.6,0.7,0.8,0.9,1 --grid"

#: What is typed after ``hippokv`` -> words that the answer must hold.
BAD_INPUT = {
    # the words themselves
    "sweep": "PROTOCOL --seeds --out required",
    "sweep storage": "--seeds --out required",
    "sweep storage --seeds 0:2": "--out required",
    "sweep storage --out x": "--seeds required",
    "sweep forgetting --seeds 0:2 --out x": "PROTOCOL 'forgetting' storage, cued-recall",
    "sweep storage cued-recall --seeds 0:2 --out x": "cued-recall --grid",
    "sweep storage --seeds 0:2 --out x --speed 3": "--speed --grid --cluster",
    "sweep storage --seeds 0:2 --out x --seed 3": "--seed --seeds",
    "sweep storage --seeds 0:2 --out x --quiet=yes": "--quiet",
    # seeds
    f"{SEEDS}": "--seeds expected one argument",
    f"{SEEDS} 5": "--seeds '5' A:B 1000:1020",
    f"{SEEDS}=": "--seeds '' A:B",
    f"{SEEDS} :": "--seeds ':' A:B",
    f"{SEEDS} 1:": "--seeds '1:' A:B",
    f"{SEEDS} 1:2:3": "--seeds '1:2:3' A:B",
    f"{SEEDS} 0.5:2": "--seeds '0.5:2' A:B",
    f"{SEEDS} one:two": "--seeds 'one:two' A:B",
    f"{SEEDS} 0,1,2": "--seeds '0,1,2' A:B",
    f"{SEEDS} 5:5": "--seeds '5:5' A below B",
    f"{SEEDS} 9:5": "--seeds '9:5' A below B",
    f"{SEEDS}=-3:5": "--seeds -3 from 0 to 4294967295",
    f"{SEEDS} 4294967295:4294967297": "--seeds 4294967296 from 0 to 4294967295",
    f"{SEEDS} 0:1000001": "--grid '1000001 runs' at most 1000000 runs",
    f"{SEEDS} 0:{'9' * 40}": "--seeds from 0 to 4294967295",
    # the grid
    f"{GRID}": "--grid expected one argument",
    f"{GRID} circuit.n_slots": "--grid 'circuit.n_slots' KEY=V1,V2,...",
    f"{GRID} circuit.n_slots=": "--grid 'circuit.n_slots=' KEY=V1,V2,...",
    f"{GRID} =4,5": "--grid '=4,5' KEY=V1,V2,...",
    f"{GRID} circuit.n_slots=4,": "circuit.n_slots '' whole number",
    f"{GRID} circuit.n_slots=4,,5": "circuit.n_slots '' whole number",
    f"{GRID} circuit.n_slots=4;5": "circuit.n_slots '4;5' whole number",
    f"{GRID} circuit.n_slots=4:8": "circuit.n_slots '4:8' whole number",
    f"{GRID} circuit.n_slots=4,five": "circuit.n_slots 'five' whole number",
    f"{GRID} circuit.n_slots=4,5.5": "circuit.n_slots '5.5' whole number",
    f"{GRID} circuit.n_slots=4,0": "circuit.n_slots 0 from 1",
    f"{GRID} circuit.n_slots=4,4": "--grid 'circuit.n_slots' each value once",
    f"{GRID} circuit.beta=0.5,5e-1": "--grid 'circuit.beta' each value once",
    f"{GRID} circuit.beta=nan": "circuit.beta nan from 0.01",
    f"{GRID} circuit.beta=0.5,inf": "circuit.beta inf to 5",
    f"{GRID} circuit.slots=4": "circuit.slots did you mean circuit.n_slots",
    f"{GRID} n_slots=4": "n_slots did you mean circuit.n_slots",
    f"{GRID} protocol.own_values=yes,no": "protocol.own_values 'yes' true or false",
    f"{GRID} circuit.selection=best": "circuit.selection 'best' ring, least_recent, random",
    f"{GRID} protocol.occlusion=0.5": "protocol.occlusion known key",
    f"{GRID} run.seed=1,2": "run.seed 1 --seeds A:B",
    f"{GRID} run.target=numpy,gpu": "run.target 'gpu' cpp, cython, numpy",
    f"{GRID} run.dt_ms=0.5,0.3": "run.dt_ms 0.3 0.1, 0.125",
    f"{GRID} circuit.n_slots=4 --grid circuit.n_slots=5": "--grid 'circuit.n_slots' given once",
    f"{GRID} circuit.n_slots=4 --set circuit.n_slots=5": "circuit.n_slots 5 --set --grid both",
    f"{GRID} run.target=cpp,numpy --target numpy": "run.target 'numpy' --set --grid both",
    f"{AXIS} protocol.n_items={','.join(map(str, range(1, 2001)))} --seeds 0:100": "2000000 runs",
    # settings
    f"{SET} circuit.n_slots": "--set KEY=VALUE",
    f"{SET} circuit.n_slots=0": "circuit.n_slots 0 from 1",
    f"{SET} circuit.slots=4": "circuit.slots did you mean circuit.n_slots",
    f"{SET} run.seed=4": "run.seed 4 --seeds A:B",
    f"{SET} protocol.stimuli=faces": "protocol.stimuli random, digits or file:PATH",
    f"{SET} protocol.stimuli=file:no.npy": "protocol.stimuli no.npy exists",
    f"{SET} protocol.stimuli=file:FILES/words.csv": "protocol.stimuli numbers line 1",
    f"{SET} protocol.stimuli=file:FILES/two.csv --grid protocol.n_items=2,3": "n_items 3 2",
    f"{SET} circuit.n_slots=2000 --set circuit.n_inputs=1000 --grid circuit.cells_per_slot=1,100": (
        "circuit.n_slots 2000 at most"
    ),
    f"{SET} run.circuit=slot_memory --grid circuit.pv.reset_voltage_mV=-70,-60": (
        "pv.reset_voltage_mV -60 -64"
    ),
    f"{SET} run.dt_ms=1 --target gpu": "--target 'gpu' cpp, cython, numpy",
    # config files
    "sweep storage --seeds 0:2 --out x --config no.toml": "--config exists",
    "sweep storage --seeds 0:2 --out x --config FILES/malformed.toml": "--config line 1",
    "sweep storage --seeds 0:2 --out x --config FILES/other.toml": "protocol_name storage",
    "sweep storage --seeds 0:2 --out x --config FILES/types.toml": "circuit.n_slots 'four'",
    # jobs
    f"{JOBS}": "--jobs expected one argument",
    f"{JOBS} 0": "--jobs '0' from 1 to 1024",
    f"{JOBS}=-1": "--jobs '-1' from 1 to 1024",
    f"{JOBS} two": "--jobs 'two' whole number",
    f"{JOBS} 1.5": "--jobs '1.5' whole number",
    f"{JOBS} 1025": "--jobs '1025' from 1 to 1024",
    f"{JOBS} {'9' * 5000}": "--jobs 999 from 1 to 1024",
    f"{JOBS}=": "--jobs '' whole number",
    # the folder
    f"{OUT}": "--out expected one argument",
    f"{OUT}=": "--out '' name of a folder",
    f"{OUT} FILES": "--out new, empty, or a folder that a sweep began",
    f"{OUT} FILES/full": "--out new, empty, or a folder that a sweep began",
    f"{OUT} FILES/foreign": "--out folder that the same sweep began",
    f"{OUT} FILES/notes": "--out folder, not a file",
    f"{OUT} FILES/notes/below": "--out folder that can be written",
    f"{OUT} /proc/hippokv": "--out folder that can be written",
    f"{OUT} {'x' * 300}": "--out folder that can be written",
    # the cluster
    f"{CLUSTER}": "--cluster expected one argument",
    f"{CLUSTER}=": "--cluster '' tcp://host:8786",
    f"{CLUSTER} here": "--cluster 'here' tcp://host:8786",
    f"{CLUSTER} 127.0.0.1": "--cluster '127.0.0.1' tcp://host:8786",
    f"{CLUSTER} tcp://127.0.0.1:door": "--cluster 'tcp://127.0.0.1:door' tcp://host:8786",
    f"{CLUSTER} http://127.0.0.1:80": "--cluster 'http://127.0.0.1:80' tcp://host:8786",
    # what is shown
    "show FILES/full": "DIR has written",
    "show FILES/foreign": "DIR sweep that is complete",
}  # fmt: skip


def _refused(
    arguments: list[str], words: list[str], capsys: pytest.CaptureFixture[str], here: Path
) -> None:
    """Check that the command line says no in one line, and leaves nothing."""
    assert main(arguments) == 2
    output = capsys.readouterr()
    assert output.out == ""
    assert output.err.count("\n") == 1 and output.err.endswith("\n")
    assert output.err.startswith("hippokv: error: ")
    assert len(output.err) < 600
    for word in words:
        assert word in output.err
    assert "must" in output.err
    assert list(here.iterdir()) == []


@pytest.mark.parametrize("typed", BAD_INPUT)
def test_bad_input_is_refused_in_one_line(
    typed: str,
    files: Path,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.chdir(tmp_path)
    before = {path: path.is_file() and path.read_bytes() for path in files.rglob("*")}
    arguments = typed.replace("FILES", str(files)).split()
    _refused(arguments, BAD_INPUT[typed].split(), capsys, tmp_path)
    assert before == {path: path.is_file() and path.read_bytes() for path in files.rglob("*")}


def test_a_command_line_that_is_no_text_is_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    odd = os.fsdecode(b"protocol.stimuli=file:\xff.csv")
    _refused([*OUT.split(), "x", "--set", odd], ["protocol.stimuli"], capsys, tmp_path)


def test_bad_input_in_a_process_of_its_own(tmp_path: Path) -> None:
    for typed in (f"{GRID} circuit.n_slots=0", f"{CLUSTER} here", f"{OUT} /proc/hippokv"):
        done = subprocess.run(
            [sys.executable, "-m", "hippokv", *typed.split()],
            cwd=tmp_path, text=True, capture_output=True, check=False, timeout=PATIENCE_S,
        )  # fmt: skip
        assert (done.returncode, done.stdout) == (2, "")
        assert done.stderr.count("\n") == 1 and done.stderr.startswith("hippokv: error: ")
        assert list(tmp_path.iterdir()) == []


# --- help, statuses, what is printed --------------------------------------------------------------


def test_help_names_every_option_and_an_example(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["sweep", "--help"]) == 0
    output = capsys.readouterr().out
    for word in (
        "usage: hippokv sweep", "PROTOCOL", "--grid KEY=V1,V2,...", "--seeds A:B", "--out DIR",
        "--jobs N", "--cluster ADDRESS", "--set KEY=VALUE", "--config", "--target", "--quiet",
        "Exit status", "continues", "hippokv sweep cued-recall --grid",
    ):  # fmt: skip
        assert word in output
    assert max(len(line) for line in output.splitlines()) <= 100


def test_the_commands_name_the_sweep(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["--help"]) == 0
    assert "sweep" in capsys.readouterr().out


def made_up(protocol: str, settings: Mapping[str, Any], version: str, stop: Any) -> Row:
    """Return what a run might give, known by its settings alone."""
    score = settings["run.seed"] / 8 + settings.get("protocol.n_items", 0) / 100
    metrics = {"accuracy": score, "one_plateau": 1.0}
    return Row(dict(settings), metrics, {name: 1.0 for name in metrics}, 1.5, {}, None)


@pytest.fixture
def _made_up(monkeypatch: pytest.MonkeyPatch) -> None:
    """Have runs made up instead of simulated."""
    monkeypatch.setattr(sweep_crew, "one_run", made_up)


NUMPY = [*SWEEP, "--target", "numpy"]


@pytest.mark.usefixtures("_made_up")
def test_a_sweep_says_what_it_did(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main([*NUMPY, "--out", str(tmp_path)]) == 0
    output = capsys.readouterr()
    assert output.out == f"10 runs of storage, 0 failed\ntable: {tmp_path / RESULTS}\n"
    assert output.err == ""
    assert main([*NUMPY, "--out", str(tmp_path), "--quiet"]) == 0
    assert capsys.readouterr() == ("", "")


@pytest.mark.usefixtures("_made_up")
def test_a_terminal_sees_how_many_runs_have_ended(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(sys.stderr, "isatty", lambda: True, raising=False)
    assert main([*NUMPY, "--out", str(tmp_path)]) == 0
    assert "0 of 10 runs" in capsys.readouterr().err
    assert main([*NUMPY, "--out", str(tmp_path), "--quiet"]) == 0
    assert capsys.readouterr().err == ""


def test_failed_runs_are_counted_and_tried_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def fail(*_: Any, **__: Any) -> None:
        raise BuildError("the compiled circuit failed (status -11): no words")

    monkeypatch.setattr(sweep_crew, "run_experiment", fail)
    assert main([*NUMPY, "--out", str(tmp_path)]) == 1
    output = capsys.readouterr()
    assert output.out.startswith("10 runs of storage, 10 failed\n")
    assert output.err.startswith("hippokv: 10 runs failed, the first with: the compiled circuit")
    assert output.err.count("\n") == 1
    with (tmp_path / RESULTS).open(newline="") as stream:
        rows = list(csv.DictReader(stream))
    assert len(rows) == COUNT
    assert all("status -11" in row["error"] for row in rows)
    assert main(["show", str(tmp_path)]) == 0
    assert "10 runs, 10 failed" in capsys.readouterr().out
    monkeypatch.setattr(sweep_crew, "one_run", made_up)
    assert main([*NUMPY, "--out", str(tmp_path)]) == 0
    assert "10 runs of storage, 0 failed" in capsys.readouterr().out


@pytest.mark.usefixtures("_made_up")
def test_a_cache_that_cannot_be_written_stops_a_sweep_before_its_first_run(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "file").touch()
    cache = str(tmp_path / "file" / "cache")
    monkeypatch.setenv(CACHE_VARIABLE, cache)
    assert main([*SWEEP, "--out", str(tmp_path / "a" / "out")]) == 2
    output = capsys.readouterr()
    assert output.out == ""
    assert output.err == (
        f"hippokv: error: HIPPOKV_CACHE = '{cache}': must be a folder that can be written "
        "(Not a directory)\n"
    )
    # Nothing was run, and nothing is left.
    assert [path.name for path in tmp_path.iterdir()] == ["file"]


@pytest.mark.usefixtures("_made_up")
def test_a_sweep_that_cannot_go_on_keeps_what_it_has(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    # Made with a cache in which there is nothing to be compiled.
    monkeypatch.setattr(Program, "build", lambda program, announce, record: 0.0)
    assert main([*SWEEP, "--out", str(tmp_path / "out")]) == 0
    before = {path: path.read_bytes() for path in tmp_path.rglob("*") if path.is_file()}
    monkeypatch.undo()
    (tmp_path / "file").touch()
    monkeypatch.setenv(CACHE_VARIABLE, str(tmp_path / "file"))
    assert main([*SWEEP, "--seeds", "0:8", "--out", str(tmp_path / "out")]) == 2
    assert "HIPPOKV_CACHE" in capsys.readouterr().err
    (tmp_path / "file").unlink()
    assert before == {path: path.read_bytes() for path in tmp_path.rglob("*") if path.is_file()}
    # What is finished needs no compiler.
    assert main([*SWEEP, "--out", str(tmp_path / "out")]) == 0


@pytest.mark.usefixtures("_made_up")
def test_a_sweep_is_shown_by_any_terminal_and_steers_none(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    words = ["sweep", "storage", "--grid", "circuit.selection=least_recent,random"]
    words += ["--seeds", "0:2", *SMALL, "--target", "numpy", "--quiet", "--out", str(tmp_path)]
    assert main(words) == 0
    table = tmp_path / RESULTS
    text = table.read_text().replace("metrics.accuracy,", "metrics.acc\x1b[2J,")
    table.write_text(text.replace("least_recent", "least\x9b31m"))
    strict = io.TextIOWrapper(io.BytesIO(), encoding="ascii", errors="strict")
    monkeypatch.setattr(sys, "stdout", strict)
    assert main(["show", str(tmp_path)]) == 0
    strict.flush()
    told = strict.buffer.getvalue().decode()  # type: ignore[attr-defined]
    assert "0 failed; acc\\x1b[2J:" in told and "least\\x9b31m" in told and " ? 0." in told
    assert told.replace("\n", "").isprintable()


@pytest.mark.usefixtures("_made_up")
def test_a_full_disk_is_one_line_and_no_finished_run_is_lost(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main([*NUMPY, "--quiet", "--out", str(tmp_path / "whole")]) == 0
    written, sync = 0, os.fsync

    def full(descriptor: int) -> None:
        nonlocal written
        written += 1
        if written > 7:
            raise OSError(28, "No space left on device")
        sync(descriptor)

    with monkeypatch.context() as patch:
        patch.setattr(os, "fsync", full)
        assert main([*NUMPY, "--out", str(tmp_path / "out")]) == 2
    told = capsys.readouterr().err
    assert told.count("\n") == 1 and "--out" in told and "No space left on device" in told
    assert not (tmp_path / "out" / RESULTS).exists()
    assert main([*NUMPY, "--quiet", "--out", str(tmp_path / "out")]) == 0
    tables = [(tmp_path / name / RESULTS).read_bytes() for name in ("out", "whole")]
    assert tables[0] == tables[1]


@pytest.mark.usefixtures("_made_up")
def test_the_folder_of_another_sweep_is_refused(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main([*NUMPY, "--quiet", "--out", str(tmp_path)]) == 0
    before = {path: path.read_bytes() for path in tmp_path.rglob("*") if path.is_file()}
    for changed in (["--set", "circuit.beta=0.2"], ["--grid", "circuit.beta=0.2,0.3"]):
        assert main([*NUMPY, *changed, "--out", str(tmp_path)]) == 2
        told = capsys.readouterr().err
        assert told.count("\n") == 1 and "--out" in told and "the same sweep began" in told
    assert before == {path: path.read_bytes() for path in tmp_path.rglob("*") if path.is_file()}


@pytest.mark.usefixtures("_made_up")
def test_seeds_and_values_may_be_added(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    more = ["sweep", "storage", "--grid", "protocol.n_items=1,2,3", "--seeds", "0:8", *SMALL]
    more += ["--target", "numpy", "--quiet", "--out"]
    assert main([*NUMPY, "--quiet", "--out", str(tmp_path / "grown")]) == 0
    assert main([*more, str(tmp_path / "grown")]) == 0
    assert main([*more, str(tmp_path / "at once")]) == 0
    tables = [(tmp_path / name / RESULTS).read_bytes() for name in ("grown", "at once")]
    assert tables[0] == tables[1]
    assert tables[0].count(b"\n") == 1 + 24


@pytest.mark.usefixtures("_made_up")
def test_more_seeds_are_added_to_table_and_show(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main([*NUMPY, "--seeds", "5:9", "--quiet", "--out", str(tmp_path / "out")]) == 0
    assert main([*NUMPY, "--out", str(tmp_path / "out")]) == 0
    output = capsys.readouterr()
    assert output.out == f"18 runs of storage, 0 failed\ntable: {tmp_path / 'out' / RESULTS}\n"
    with (tmp_path / "out" / RESULTS).open(newline="") as stream:
        rows = list(csv.DictReader(stream))
    assert [row["run"] for row in rows] == [str(number) for number in range(18)]
    assert [(row["protocol.n_items"], row["run.seed"]) for row in rows] == [
        (items, str(seed)) for items in "12" for seed in range(9)
    ]
    assert main(["show", str(tmp_path / "out")]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert lines[0] == "sweep of storage: 18 runs, 0 failed; accuracy:"
    # Seeds 0 to 8, each an eighth apart: mean 0.5, standard deviation the root of 60 / 9 / 64.
    assert lines[2].split() == ["1", "9", "0.5100", "±", "0.3227", "1.0000", "±", "0.0000"]


@pytest.mark.usefixtures("_made_up")
def test_a_figure_that_cannot_be_drawn_costs_a_line_and_no_result(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main([*NUMPY, "--quiet", "--out", str(tmp_path / "whole")]) == 0
    assert main([*NUMPY, "--quiet", "--seeds", "0:2", "--out", str(tmp_path / "out")]) == 0
    figure = Path("figures", "against-protocol-n_items.png")
    assert (tmp_path / "out" / figure).exists()

    def broken(*_: Any) -> None:
        raise ValueError("no such\nbackend")

    with monkeypatch.context() as patch:
        patch.setattr(sweep_figure, "sweep_figure", broken)
        assert main([*NUMPY, "--quiet", "--out", str(tmp_path / "out")]) == 0
    output = capsys.readouterr()
    assert output.out == ""
    assert output.err == (
        f"hippokv: {figure} could not be drawn (ValueError: no such backend); "
        "results.csv is complete\n"
    )
    tables = [(tmp_path / name / RESULTS).read_bytes() for name in ("out", "whole")]
    assert tables[0] == tables[1]
    # That of the smaller sweep would not belong to the table.
    assert not (tmp_path / "out" / figure).exists()
    assert main([*NUMPY, "--quiet", "--out", str(tmp_path / "out")]) == 0
    assert (tmp_path / "out" / figure).read_bytes() == (tmp_path / "whole" / figure).read_bytes()


def _error_about(folder: Path) -> str:
    """Return how a line about a folder begins, in which a long path is cut."""
    return f"hippokv: error: {InputError('--out', str(folder), '')}"


@pytest.mark.usefixtures("_made_up")
@pytest.mark.parametrize(
    "name",
    [
        JOURNAL, LOCK, RESULTS, "timing.csv", ".results.csv.partial", ".results.csv.1.partial",
        ".timing.csv.1.partial", "figures", "figures/against-protocol-n_items.png",
        "figures/.against-protocol-n_items.png.1.partial",
    ],
)  # fmt: skip
@pytest.mark.parametrize("target", ["mine", "empty", "mine folder", "none"])
def test_a_symbolic_link_in_the_folder_is_refused_and_not_followed(
    name: str, target: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "mine").write_text("mine")
    (tmp_path / "empty").touch()
    (tmp_path / "mine folder").mkdir()
    out = tmp_path / "out"
    assert main([*NUMPY, "--quiet", "--seeds", "0:2", "--out", str(out)]) == 0
    link = out / name
    if link.is_dir():
        link.rename(tmp_path / "old")
    link.unlink(missing_ok=True)
    link.symlink_to(tmp_path / target)
    before = {path: path.is_file() and path.read_bytes() for path in tmp_path.rglob("*")}
    assert main([*NUMPY, "--out", str(out)]) == 2
    told = capsys.readouterr().err
    assert told.startswith(f"{_error_about(link.parent)}must hold no symbolic link, ")
    assert told.endswith(f"as {link.name} is one: remove it\n") and told.count("\n") == 1
    assert before == {path: path.is_file() and path.read_bytes() for path in tmp_path.rglob("*")}
    assert link.is_symlink()


@pytest.mark.usefixtures("_made_up")
def test_a_folder_may_itself_be_reached_by_a_link(tmp_path: Path) -> None:
    (tmp_path / "scratch").mkdir()
    (tmp_path / "out").symlink_to(tmp_path / "scratch")
    assert main([*NUMPY, "--quiet", "--out", str(tmp_path / "out")]) == 0
    assert (tmp_path / "scratch" / RESULTS).exists()


@pytest.mark.usefixtures("_made_up")
@pytest.mark.parametrize("name", [JOURNAL, LOCK])
def test_a_hard_link_that_would_be_written_is_refused(
    name: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    out = tmp_path / "out"
    assert main([*NUMPY, "--quiet", "--seeds", "0:2", "--out", str(out)]) == 0
    os.link(out / name, tmp_path / "backup")
    content = (tmp_path / "backup").read_bytes()
    assert main([*NUMPY, "--out", str(out)]) == 2
    told = capsys.readouterr().err
    assert told == (
        f"{_error_about(out)}must hold no hard link, as {name} is one: put a copy in its place\n"
    )
    assert (tmp_path / "backup").read_bytes() == content


@pytest.mark.usefixtures("_made_up")
def test_a_hard_link_that_is_replaced_keeps_its_other_name(tmp_path: Path) -> None:
    out = tmp_path / "out"
    figure = Path("figures", "against-protocol-n_items.png")
    assert main([*NUMPY, "--quiet", "--seeds", "0:2", "--out", str(out)]) == 0
    content = {}
    for number, name in enumerate((RESULTS, "timing.csv", figure)):
        os.link(out / name, tmp_path / str(number))
        content[name] = (tmp_path / str(number)).read_bytes()
    assert main([*NUMPY, "--quiet", "--out", str(out)]) == 0
    for number, (name, before) in enumerate(content.items()):
        assert (tmp_path / str(number)).read_bytes() == before != (out / name).read_bytes()


@pytest.mark.usefixtures("_made_up")
@pytest.mark.parametrize("name", [RESULTS, "timing.csv", JOURNAL, LOCK, "figures"])
def test_something_else_in_the_place_of_a_file_is_refused_before_the_first_run(
    name: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    out = tmp_path / "out"
    assert main([*NUMPY, "--quiet", "--seeds", "0:2", "--out", str(out)]) == 0
    journal = (out / JOURNAL).read_bytes()
    if name == "figures":
        (out / name).rename(tmp_path / "old")
        (out / name).write_text("mine")
    else:
        (out / name).unlink()
        # Whoever opens it waits for ever.
        os.mkfifo(out / name)
    assert main([*NUMPY, "--out", str(out)]) == 2
    told = capsys.readouterr().err
    kind = "folder" if name == "figures" else "file"
    assert told == f"{_error_about(out)}must hold a {kind}, or nothing, as {name}\n"
    assert name == JOURNAL or (out / JOURNAL).read_bytes() == journal


@pytest.mark.usefixtures("_made_up")
def test_a_sweep_may_begin_from_the_config_of_a_run(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    # A run's config names every setting, those that the sweep varies as well.
    from hippokv.protocols.running.configuration import config_text, default_settings
    from hippokv.protocols.running.protocol import find_protocol

    protocol = find_protocol("storage")
    settings = default_settings(protocol, {"run.circuit": "slot_memory"})
    config = tmp_path / "config.toml"
    config.write_text(config_text(protocol, settings))
    command = [*NUMPY, "--config", str(config), "--quiet", "--out", str(tmp_path / "out")]
    assert main(command) == 0
    with (tmp_path / "out" / RESULTS).open(newline="") as stream:
        row = next(csv.DictReader(stream))
    assert row["circuit.n_slots"] == "6" and row["run.target"] == "numpy"
    assert row["circuit.hippocampal.leak_nS"] != ""


@pytest.mark.usefixtures("_made_up")
def test_show_gives_mean_and_spread_of_every_point(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main([*NUMPY, "--quiet", "--out", str(tmp_path)]) == 0
    assert main(["show", str(tmp_path)]) == 0
    output = capsys.readouterr().out
    assert output.startswith("sweep of storage: 10 runs, 0 failed; accuracy:\n")
    lines = output.splitlines()
    assert lines[1].split() == ["protocol.n_items", "seeds", "spiking", "rate", "model"]
    # Seeds 0 to 4, each an eighth apart: mean 0.25, standard deviation the root of 2 / 64.
    assert lines[2].split() == ["1", "5", "0.2600", "±", "0.1768", "1.0000", "±", "0.0000"]
    assert lines[3].split() == ["2", "5", "0.2700", "±", "0.1768", "1.0000", "±", "0.0000"]
    for name in (RESULTS, "timing.csv", JOURNAL, "against-protocol-n_items.png"):
        assert name in output


def test_show_has_what_is_told_nothing_of_the_circuit(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def with_own(protocol: str, settings: Mapping[str, Any], version: str, stop: Any) -> Row:
        own = {"accuracy": settings["run.seed"] / 10}
        return replace(made_up(protocol, settings, version, stop), uninformed=own)

    monkeypatch.setattr(sweep_crew, "one_run", with_own)
    assert main([*NUMPY, "--quiet", "--out", str(tmp_path)]) == 0
    assert main(["show", str(tmp_path)]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert lines[1].split()[-3:] == ["rate", "model", "uninformed"]
    assert lines[2].split()[-3:] == ["0.2000", "±", "0.1414"]


@pytest.mark.usefixtures("_made_up")
def test_show_of_a_sweep_that_is_not_complete_says_so(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main([*NUMPY, "--quiet", "--out", str(tmp_path)]) == 0
    (tmp_path / RESULTS).unlink()
    assert main(["show", str(tmp_path)]) == 2
    told = capsys.readouterr().err
    assert told.count("\n") == 1 and "must be a sweep that is complete" in told


# --- interruptions of real sweeps -----------------------------------------------------------------


@dataclass(frozen=True)
class Whole:
    """Hold a sweep that nobody interrupted."""

    environment: dict[str, str]
    table: bytes
    seconds: float


def _command(out: Path) -> list[str]:
    return [sys.executable, "-m", "hippokv", *SWEEP, "--jobs", "2", "--out", str(out)]


@pytest.fixture(scope="module")
def whole(tmp_path_factory: pytest.TempPathFactory, cache: Path) -> Whole:
    """Return a sweep of the compiled circuit, and how long it takes."""
    here = tmp_path_factory.mktemp("whole")
    environment = {**os.environ, CACHE_VARIABLE: str(cache), "TMPDIR": str(here)}
    tables, seconds = [], 0.0
    for jobs in ("1", "2"):
        began = time.monotonic()
        subprocess.run(
            [*_command(here / jobs), "--jobs", jobs], env=environment, check=True,
            capture_output=True,
        )  # fmt: skip
        seconds = time.monotonic() - began
        tables.append((here / jobs / RESULTS).read_bytes())
    assert tables[0] == tables[1]
    assert tables[0].count(b"\n") == 1 + COUNT
    return Whole(environment, tables[0], seconds)


def _ended(out: Path) -> list[str]:
    """Return the runs that the journal holds without an error."""
    journal = out / JOURNAL
    lines = journal.read_bytes().splitlines(keepends=True)[1:] if journal.exists() else []
    rows = [json.loads(line[9:]) for line in lines if line.endswith(b"\n")]
    return [json.dumps(row["settings"], sort_keys=True) for row in rows if row["error"] is None]


@pytest.fixture(autouse=True, scope="module")
def _terminal() -> Iterator[None]:
    """Heed a hangup as under a terminal, also where these tests run under nohup."""
    before = signal.signal(signal.SIGHUP, signal.SIG_DFL)
    yield
    signal.signal(signal.SIGHUP, before)


@contextmanager
def _started(out: Path, whole: Whole) -> Iterator[subprocess.Popen[str]]:
    """Start a sweep with a process group of its own, as a terminal does, and end what is left."""
    with subprocess.Popen(
        _command(out), env=whole.environment, text=True, start_new_session=True,
        stdout=subprocess.PIPE, stderr=subprocess.PIPE,
    ) as process:  # fmt: skip
        try:
            yield process
        finally:
            if process.poll() is None:
                os.killpg(process.pid, signal.SIGKILL)


def _wait_for_moment(
    process: subprocess.Popen[str], out: Path, whole: Whole, chance: random.Random
) -> None:
    """Wait for any moment of a sweep, or for one at which runs end."""
    if chance.random() < 0.4:
        deadline = time.monotonic() + chance.uniform(0, whole.seconds)
        wanted = COUNT + 1
    else:
        deadline = time.monotonic() + PATIENCE_S
        wanted = len(_ended(out)) + chance.randint(1, 3)
    while process.poll() is None and time.monotonic() < deadline and len(_ended(out)) < wanted:
        time.sleep(0.005)
    time.sleep(chance.uniform(0, 0.15))


#: Kind of interruption -> the signal, and if every process of the sweep gets it.
KINDS = {
    "kill -9": (signal.SIGKILL, False),
    "ctrl-c": (signal.SIGINT, True),
    "SIGTERM": (signal.SIGTERM, False),
    "kill -9 of all": (signal.SIGKILL, True),
    "SIGINT": (signal.SIGINT, False),
    "SIGTERM of all": (signal.SIGTERM, True),
}


def _interrupted_and_continued(kind: str, out: Path, whole: Whole, chance: random.Random) -> None:
    sent, to_all = KINDS[kind]
    for _ in range(4):
        with _started(out, whole) as process:
            _wait_for_moment(process, out, whole, chance)
            if process.poll() is None:
                (os.killpg if to_all else os.kill)(process.pid, sent)
            _, errors = process.communicate(timeout=PATIENCE_S)
        # Python itself answers a signal before the first line of the program.
        assert process.returncode in (0, 130, -sent), errors
        if process.returncode == 130:
            assert errors.startswith("hippokv: interrupted") and errors.count("\n") == 1
        assert max(collections.Counter(_ended(out)).values(), default=1) == 1
        # The table is complete or absent.
        if (out / RESULTS).exists():
            assert (out / RESULTS).read_bytes() == whole.table
    done = subprocess.run(
        _command(out), env=whole.environment, text=True, capture_output=True, check=False,
        timeout=PATIENCE_S,
    )  # fmt: skip
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout.startswith("10 runs of storage, 0 failed\n")
    assert (out / RESULTS).read_bytes() == whole.table
    assert not list(out.rglob("*.partial"))
    # No run that had ended was begun again.
    assert len(_ended(out)) == len(set(_ended(out))) == COUNT


@pytest.mark.parametrize(
    "kind",
    [
        "kill -9", "ctrl-c", "SIGTERM",
        *(pytest.param(kind, marks=pytest.mark.slow) for kind in list(KINDS)[3:]),
    ],
)  # fmt: skip
def test_an_interrupted_sweep_continues_to_the_same_bytes(
    kind: str, tmp_path: Path, whole: Whole
) -> None:
    _interrupted_and_continued(kind, tmp_path / "out", whole, random.Random(kind))


@pytest.mark.parametrize("sent", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
def test_an_interrupted_sweep_says_how_far_it_came(
    sent: signal.Signals, tmp_path: Path, whole: Whole
) -> None:
    out = tmp_path / "out"
    with _started(out, whole) as process:
        while process.poll() is None and len(_ended(out)) < 2:
            time.sleep(0.005)
        process.send_signal(sent)
        output, errors = process.communicate(timeout=PATIENCE_S)
    assert (process.returncode, output) == (130, "")
    # The last run may be in the journal and not yet be counted.
    ended = len(_ended(out))
    assert errors in [
        f"hippokv: interrupted after {count} of 10 runs; the same command goes on from there\n"
        for count in (ended - 1, ended)
    ]
    assert not (out / RESULTS).exists()


def test_two_sweeps_into_one_folder_at_once_do_not_meet(tmp_path: Path, whole: Whole) -> None:
    out = tmp_path / "out"
    with _started(out, whole) as first:
        while first.poll() is None and len(_ended(out)) < 1:
            time.sleep(0.005)
        second = subprocess.run(
            _command(out), env=whole.environment, text=True, capture_output=True, check=False
        )
        assert first.wait(timeout=PATIENCE_S) == 0
    # On a slow machine the second may come when the first has ended.
    assert second.returncode in (0, 2)
    if second.returncode == 2:
        assert second.stderr.count("\n") == 1
        assert "--out" in second.stderr and "must not be in use" in second.stderr
    assert (out / RESULTS).read_bytes() == whole.table
    assert len(_ended(out)) == COUNT


def test_a_journal_cut_off_by_lost_power_continues_to_the_same_bytes(
    tmp_path: Path, whole: Whole
) -> None:
    out = tmp_path / "out"
    command = _command(out)
    subprocess.run(command, env=whole.environment, check=True, capture_output=True)
    content = (out / JOURNAL).read_bytes()
    (out / RESULTS).unlink()
    (out / JOURNAL).write_bytes(content[:-300] + b"\0" * 300)
    subprocess.run(command, env=whole.environment, check=True, capture_output=True)
    assert (out / RESULTS).read_bytes() == whole.table
    assert (out / JOURNAL).read_bytes().startswith(content[: content.rindex(b"\n", 0, -1)])
