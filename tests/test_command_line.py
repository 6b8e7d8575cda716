"""The command line: what it prints, what it refuses, and what it leaves behind."""

from __future__ import annotations

import io
import json
import os
import pickle
import shlex
import signal
import subprocess
import sys
import threading
import time
import tomllib
import zipfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import numpy as np
import pytest

import hippokv
from hippokv.circuits.program import program_cache
from hippokv.command_line import main
from hippokv.options import value_of
from hippokv.parameter import leaves
from hippokv.protocols import PROTOCOLS
from hippokv.protocols.running.configuration import default_settings
from hippokv.protocols.running.experiment import prepare
from hippokv.protocols.running.protocol import find_protocol

#: A circuit and a protocol that run in a few seconds without a compiler.
TINY = [
    "--target", "numpy", "--set", "run.circuit=slot_memory",
    "--set", "run.dt_ms=1", "--set", "circuit.n_inputs=8", "--set", "circuit.n_outputs=8",
    "--set", "circuit.n_slots=4", "--set", "circuit.cells_per_slot=2",
    "--set", "protocol.n_items=1", "--set", "protocol.study_ms=300", "--set", "protocol.gap_ms=200",
]  # fmt: skip


# --- bad input ------------------------------------------------------------------------------------


def _pickled(folder: Path) -> None:
    np.save(folder / "pickled.npy", np.array([{"a": 1}], dtype=object), allow_pickle=True)
    (folder / "bare_pickle.npy").write_bytes(pickle.dumps([1, -1]))


def _arrays(folder: Path) -> None:
    rng = np.random.default_rng(0)
    good = rng.choice([-1.0, 1.0], (50, 10))
    np.save(folder / "good.npy", good)
    np.save(folder / "scalar.npy", np.array(1.0))
    np.save(folder / "vector.npy", good[0])
    np.save(folder / "four.npy", good.reshape(5, 10, 5, 2))
    np.save(folder / "no_rows.npy", good[:0])
    np.save(folder / "no_columns.npy", good[:, :0])
    np.save(folder / "wide.npy", np.tile(good, (1, 300)))
    np.save(folder / "minus_two.npy", 2 * good)
    np.save(folder / "ternary.npy", np.where(good > 0, good, rng.choice([-1.0, 0.0], good.shape)))
    np.save(folder / "constant.npy", np.ones((50, 10)))
    np.save(folder / "complex.npy", good + 1j)
    np.save(folder / "words.npy", np.full((50, 10), "a"))
    np.save(folder / "nan.npy", np.where(good > 0, np.nan, good))
    np.save(folder / "infinite.npy", np.where(good > 0, np.inf, good))
    np.save(folder / "many.npy", np.tile(good, (60, 1)))
    np.save(folder / "tall.npy", np.zeros((100_001, 2), dtype=np.int8))
    whole = (folder / "good.npy").read_bytes()
    (folder / "truncated.npy").write_bytes(whole[:-100])
    (folder / "header_only.npy").write_bytes(whole[:40])
    (folder / "huge_header.npy").write_bytes(whole.replace(b"(50, 10)", b"(90000000, 10)"))
    (folder / "empty.npy").touch()
    with zipfile.ZipFile(folder / "zip.npy", "w") as archive:
        archive.writestr("good.npy", whole)
    (folder / "folder.npy").mkdir()
    with (folder / "large.csv").open("wb") as stream:
        stream.truncate(65_000_000)


def _texts(folder: Path) -> None:
    texts = {
        "empty.csv": "",
        "blank.csv": "\n\n\n",
        "words.csv": "a,b\n1,-1\n",
        "ragged.csv": "1,-1,1\n1,-1\n",
        "nan.csv": "1,nan\n-1,1\n",
        "semicolons.csv": "1;-1\n-1;1\n",
        "code.csv": "__import__('os').getpid(),1\n",
        "good.txt": "1,-1\n-1,1\n",
        "good.csv": "1,-1\n-1,1\n",
        "malformed.toml": "[circuit\nn_slots = 4\n",
        "types.toml": '[circuit]\nn_slots = "four"\n',
        "list.toml": "[circuit]\nn_slots = [4]\n",
        "date.toml": "[run]\nseed = 1979-05-27\n",
        "key.toml": "[circuit]\nslots = 4\n",
        "section.toml": "[circuits]\nn_slots = 4\n",
        "empty_section.toml": "[circus]\n",
        "number_as_section.toml": "[circuit.n_slots]\nx = 4\n",
        "section_as_number.toml": "[circuit]\nhippocampal = 4\n",
        "top.toml": "n_slots = 4\n",
        "other.toml": 'protocol_name = "cued-recall"\n',
        "nan.toml": "[circuit]\nbeta = nan\n",
        "code.toml": "[circuit]\nn_slots = __import__('os').getpid()\n",
        "deep.toml": "x = " + "[" * 5000,
    }
    for name, text in texts.items():
        (folder / name).write_text(text)
    (folder / "latin.csv").write_bytes(b"1,-1\n\xff,1\n")
    (folder / "latin.toml").write_bytes(b'protocol_name = "\xff"\n')
    (folder / "full").mkdir()
    (folder / "full" / "notes").touch()
    (folder / "broken").mkdir()
    (folder / "broken" / "summary.json").write_text("{")
    (folder / "foreign").mkdir()
    (folder / "foreign" / "summary.json").write_text('{"protocol": "storage", "seed": "x"}')


@pytest.fixture(scope="module")
def files(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a folder of files that cannot be used, and some that can."""
    folder = tmp_path_factory.mktemp("files")
    _arrays(folder)
    _pickled(folder)
    _texts(folder)
    return folder


def _stimuli(name: str) -> str:
    return f"storage --set protocol.stimuli=file:FILES/{name}"


#: What is typed after ``hippokv`` -> words that the answer must hold.
BAD_INPUT = {
    # constants that do not go together, and names that lead nowhere
    "run storage --set circuit.entorhinal.reset_voltage_mV=-40": "reset_voltage_mV -40 must below",
    "run storage --set run.circuit=slot_memory --set circuit.pv.reset_voltage_mV=-60": (
        "circuit.pv.reset_voltage_mV must -64"
    ),
    "run storage --set protocol.stimuli=file:~nosuchuser/a.npy": "protocol.stimuli must read",
    # the words themselves
    "": "COMMAND list, run, show",
    "fly": "COMMAND 'fly' list, run, show",
    "list --yaml": "--yaml --json",
    "run": "PROTOCOL storage, cued-recall",
    "run forgetting": "PROTOCOL 'forgetting' storage, cued-recall",
    "run storage cued-recall": "cued-recall --out",
    "run storage --speed 3": "--speed --out --seed",
    "run storage --seed": "--seed expected one argument",
    "run storage --quiet=yes": "--quiet",
    "run storage --see 1": "--see --seed",
    "show": "DIR",
    "show one two": "two",
    # settings: their form, key and section
    "run storage --set": "--set expected one argument",
    "run storage --set circuit.n_slots": "--set KEY=VALUE",
    "run storage --set =4": "--set KEY=VALUE",
    "run storage --set circuit.n_slots=": "circuit.n_slots '' whole number",
    "run storage --set circuit.slots=4": "circuit.slots did you mean circuit.n_slots",
    "run storage --set n_slots=4": "n_slots did you mean circuit.n_slots",
    "run storage --set brain.n_slots=4": "brain.n_slots did you mean circuit.n_slots",
    "run storage --set circuit=4": "circuit known key",
    "run storage --set protocol.occlusion=0.5": "protocol.occlusion known key",
    "run storage --set circuit.n_slots.n_slots=4": "circuit.n_slots.n_slots known key",
    # settings: type and range
    "run storage --set circuit.n_slots=four": "circuit.n_slots 'four' whole number",
    "run storage --set circuit.n_slots=4.5": "circuit.n_slots '4.5' whole number",
    "run storage --set circuit.n_slots=nan": "circuit.n_slots whole number",
    "run storage --set circuit.n_slots=true": "circuit.n_slots 'true' whole number",
    "run storage --set circuit.n_slots=0": "circuit.n_slots 0 from 1",
    "run storage --set circuit.n_slots=-4": "circuit.n_slots -4 from 1",
    "run storage --set circuit.n_slots=5000": "circuit.n_slots 5000 to 2000",
    "run storage --set circuit.n_slots=1e2": "circuit.n_slots '1e2' whole number",
    f"run storage --set circuit.n_slots={'9' * 400}": "circuit.n_slots 999 whole number",
    f"run storage --set circuit.n_slots={'9' * 5000}": "circuit.n_slots 999 whole number",
    f"run storage --set circuit.beta=1{'0' * 400}": "circuit.beta inf from 0.01",
    "run storage --set circuit.beta=nan": "circuit.beta nan from 0.01",
    "run storage --set circuit.beta=inf": "circuit.beta inf to 5",
    "run storage --set circuit.beta=-inf": "circuit.beta -inf from 0.01",
    "run storage --set circuit.beta=0.5mV": "circuit.beta '0.5mV' number",
    "run storage --set circuit.beta=1/2": "circuit.beta '1/2' number",
    "run storage --set circuit.selection=best": "circuit.selection 'best' ring, least_recent",
    "run storage --set circuit.plateau_probability=1.5": "circuit.plateau_probability 0 to 1",
    "run storage --set circuit.hippocampal.leak_nS=-1": "circuit.hippocampal.leak_nS nS",
    "run storage --set circuit.hippocampal.leak_nS=0": "circuit.hippocampal.leak_nS nS",
    "run storage --set protocol.n_items=0": "protocol.n_items 0 from 1",
    "run storage --set protocol.n_items=1000000": "protocol.n_items to 2000",
    "run storage --set protocol.own_values=1": "protocol.own_values '1' true or false",
    "run storage --set protocol.study_ms=801": "protocol.study_ms 801 multiple of 5",
    "run storage --set protocol.study_ms=0": "protocol.study_ms 0 multiple of 5",
    "run cued-recall --set protocol.cue_ms=50": "protocol.cue_ms from 55",
    "run cued-recall --set protocol.occlusion=1.5": "protocol.occlusion 1.5 from 0 to 1",
    "run cued-recall --set protocol.occlusion=-0.1": "protocol.occlusion -0.1 from 0 to 1",
    "run cued-recall --set protocol.occlusion=60%": "protocol.occlusion '60%' number",
    "run storage --set run.dt_ms=0.3": "run.dt_ms 0.3 0.1, 0.125",
    "run storage --set run.dt_ms=0": "run.dt_ms 0.0 0.1, 0.125",
    "run storage --set run.dt_ms=10": "run.dt_ms 10.0 0.1, 0.125",
    "run storage --set run.seed=-1": "run.seed -1 4294967295",
    "run storage --set run.target=gpu": "run.target 'gpu' cpp, cython, numpy",
    "run storage --seed -1": "--seed -1 4294967295",
    "run storage --seed 4294967296": "--seed 4294967296 4294967295",
    "run storage --seed one": "--seed 'one' whole number",
    "run storage --seed 1.0": "--seed '1.0' whole number",
    "run storage --seed=": "--seed '' whole number",
    "run storage --target gpu": "--target 'gpu' cpp, cython, numpy",
    # sizes that no machine has room for
    "run storage --set circuit.n_slots=2000 --set circuit.cells_per_slot=100 "
    "--set circuit.n_inputs=1000": "circuit.n_slots 2000 at most",
    "run storage --set protocol.n_items=2000 --set circuit.n_inputs=2000 "
    "--set circuit.n_outputs=2000 --set circuit.n_slots=1": "protocol.n_items 2000 at most",
    # stimuli
    "run storage --set protocol.stimuli=": "protocol.stimuli random, digits or file:PATH",
    "run storage --set protocol.stimuli=faces": "protocol.stimuli random, digits or file:PATH",
    "run storage --set protocol.stimuli=FILES/good.npy": "protocol.stimuli digits or file:PATH",
    "run storage --set protocol.stimuli=file:": "protocol.stimuli .npy or .csv",
    "run storage --set protocol.stimuli=digits --set circuit.n_inputs=40": "circuit.n_inputs 40 64",
    "run storage --set protocol.stimuli=digits --set circuit.n_outputs=40": "circuit.n_outputs 64",
    "run storage --set protocol.stimuli=digits --set protocol.n_items=1800": "n_items 1800 1797",
    "run " + _stimuli("missing.npy"): "protocol.stimuli missing.npy exists",
    "run " + _stimuli("good.txt"): "protocol.stimuli .npy or .csv",
    "run " + _stimuli("folder.npy"): "protocol.stimuli exists",
    "run " + _stimuli("empty.npy"): "protocol.stimuli whole .npy file",
    "run " + _stimuli("truncated.npy"): "protocol.stimuli whole .npy file",
    "run " + _stimuli("header_only.npy"): "protocol.stimuli whole .npy file",
    "run " + _stimuli("huge_header.npy"): "protocol.stimuli whole .npy file",
    "run " + _stimuli("zip.npy"): "protocol.stimuli whole .npy file",
    "run " + _stimuli("pickled.npy"): "protocol.stimuli without pickles",
    "run " + _stimuli("bare_pickle.npy"): "protocol.stimuli without pickles",
    "run " + _stimuli("scalar.npy"): "protocol.stimuli shape (T, d) ()",
    "run " + _stimuli("vector.npy"): "protocol.stimuli shape (T, d) (10,)",
    "run " + _stimuli("four.npy"): "protocol.stimuli shape (T, d)",
    "run " + _stimuli("no_rows.npy"): "protocol.stimuli",
    "run " + _stimuli("no_columns.npy"): "protocol.stimuli",
    "run " + _stimuli("wide.npy"): "protocol.stimuli at most 2000 entries",
    "run " + _stimuli("tall.npy"): "protocol.stimuli at most 100000 items",
    "run " + _stimuli("many.npy"): "protocol.n_items at most 2000 3000",
    "run " + _stimuli("minus_two.npy"): "protocol.stimuli -1 and 1 only",
    "run " + _stimuli("ternary.npy"): "protocol.stimuli -1 and 1 only",
    "run " + _stimuli("constant.npy"): "protocol.stimuli more than one number",
    "run " + _stimuli("complex.npy"): "protocol.stimuli real numbers",
    "run " + _stimuli("words.npy"): "protocol.stimuli real numbers",
    "run " + _stimuli("nan.npy"): "protocol.stimuli finite",
    "run " + _stimuli("infinite.npy"): "protocol.stimuli finite",
    "run " + _stimuli("empty.csv"): "protocol.stimuli at least one item",
    "run " + _stimuli("blank.csv"): "protocol.stimuli at least one item",
    "run " + _stimuli("words.csv"): "protocol.stimuli numbers line 1",
    "run " + _stimuli("semicolons.csv"): "protocol.stimuli commas line 1",
    "run " + _stimuli("code.csv"): "protocol.stimuli numbers line 1",
    "run " + _stimuli("ragged.csv"): "protocol.stimuli 3 numbers line 2",
    "run " + _stimuli("nan.csv"): "protocol.stimuli finite",
    "run " + _stimuli("latin.csv"): "protocol.stimuli can be read",
    "run " + _stimuli("large.csv"): "protocol.stimuli at most 64 MB",
    "run " + _stimuli("good.npy --set circuit.n_inputs=40"): "circuit.n_inputs 40 10",
    "run " + _stimuli("good.npy --set circuit.n_outputs=9"): "circuit.n_outputs 9 10",
    "run " + _stimuli("good.npy --set protocol.n_items=51"): "protocol.n_items 51 50",
    # config files
    "run storage --config": "--config expected one argument",
    "run storage --config FILES/missing.toml": "--config exists",
    "run storage --config FILES": "--config exists",
    "run storage --config FILES/malformed.toml": "--config line 1",
    "run storage --config FILES/latin.toml": "--config can be read",
    "run storage --config FILES/code.toml": "--config can be read",
    "run storage --config FILES/deep.toml": "--config can be read",
    "run storage --config FILES/good.npy": "--config can be read",
    "run storage --config FILES/types.toml": "circuit.n_slots 'four' whole number",
    "run storage --config FILES/list.toml": "circuit.n_slots [4] whole number",
    "run storage --config FILES/date.toml": "run.seed whole number",
    "run storage --config FILES/nan.toml": "circuit.beta nan from 0.01",
    "run storage --config FILES/key.toml": "circuit.slots did you mean circuit.n_slots",
    "run storage --config FILES/section.toml": "[circuits] sections circuit",
    "run storage --config FILES/empty_section.toml": "[circus] sections circuit",
    "run storage --config FILES/number_as_section.toml": "[circuit.n_slots] sections",
    "run storage --config FILES/section_as_number.toml": "circuit.hippocampal known key",
    "run storage --config FILES/top.toml": "n_slots did you mean circuit.n_slots",
    "run storage --config FILES/other.toml": "protocol_name 'cued-recall' storage",
    # the results folder
    "run storage --out": "--out expected one argument",
    "run storage --out=": "--out name",
    "run storage --out .": "--out current",
    "run storage --out FILES/full": "--out new folder or an empty one",
    "run storage --out FILES/good.csv": "--out not a file",
    "run storage --out FILES/good.csv/below": "--out written",
    "run storage --out /proc/hippokv": "--out written",
    "run storage --out /proc/self/new/deeper": "--out written",
    f"run storage --out {'x' * 300}": "--out",
    "show FILES/missing": "DIR has written",
    "show FILES": "DIR has written",
    "show FILES/good.csv": "DIR has written",
    "show FILES/broken": "DIR has written",
    "show FILES/foreign": "DIR has written",
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
    assert "must" in output.err or "cannot" in output.err
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
    before = sorted(files.rglob("*"))
    arguments = typed.replace("FILES", str(files)).split()
    _refused(arguments, BAD_INPUT[typed].split(), capsys, tmp_path)
    assert sorted(files.rglob("*")) == before


def test_kinds_of_bad_input() -> None:
    assert len(BAD_INPUT) >= 45


def test_newlines_in_bad_input_do_not_break_the_line(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    _refused(["run", "storage", "--set", "a\nb=c\nd"], ["a b"], capsys, tmp_path)
    _refused(["run", "sto\nrage"], ["PROTOCOL"], capsys, tmp_path)


def test_a_command_line_that_is_no_text_is_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    odd = os.fsdecode(b"file:\xff.npy")
    setting = f"protocol.stimuli={odd}"
    _refused(["run", "storage", "--set", setting], ["protocol.stimuli"], capsys, tmp_path)


def test_a_missing_compiler_is_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("PATH", "/nowhere")
    _refused(["run", "storage"], ["run.target", "'cpp'", "--target numpy"], capsys, tmp_path)


def test_a_compiler_of_another_name_is_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("CXX", "no-such-compiler")
    _refused(["run", "storage"], ["run.target", "no-such-compiler"], capsys, tmp_path)


def test_an_unwritable_cache_is_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv(program_cache.CACHE_VARIABLE, "/proc/hippokv")
    _refused(["run", "storage"], ["/proc/hippokv"], capsys, tmp_path)


def test_digits_without_scikit_learn_are_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setitem(sys.modules, "sklearn", None)
    monkeypatch.setitem(sys.modules, "sklearn.datasets", None)
    words = ["protocol.stimuli", 'pip install "hippokv[digits]"']
    _refused(["run", "storage", "--set", "protocol.stimuli=digits"], words, capsys, tmp_path)


@pytest.mark.slow
def test_a_broken_compiler_is_refused(tmp_path: Path) -> None:
    compiler = tmp_path / "broken"
    # It tells what it is, but compiles nothing.
    compiler.write_text('#!/bin/sh\n[ "$1" = -v ] && exec g++ "$@"\nexit 1\n')
    compiler.chmod(0o755)
    here = tmp_path / "here"
    here.mkdir()
    cache = tmp_path / "cache"
    changed = {"CXX": str(compiler), program_cache.CACHE_VARIABLE: str(cache)}
    done = _hippokv(["run", "storage"], here, **changed)
    assert done.returncode == 2
    assert done.stderr.count("\n") == 1 and done.stderr.startswith("hippokv: error: ")
    assert done.stdout == "" and list(here.iterdir()) == []
    assert [path for path in cache.iterdir() if path.is_dir()] == []


@pytest.mark.parametrize(
    "typed", ["run storage --set circuit.n_slots=0", "run storage --out /proc/x", "show /", "fly"]
)
def test_bad_input_in_a_process_of_its_own(typed: str, tmp_path: Path) -> None:
    done = _hippokv(typed.split(), tmp_path)
    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr.count("\n") == 1 and done.stderr.startswith("hippokv: error: ")
    assert list(tmp_path.iterdir()) == []


# --- list, help, version --------------------------------------------------------------------------


def _hippokv(
    arguments: list[str], here: Path, **environment: str
) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "hippokv", *arguments],
        cwd=here, env={**os.environ, **environment}, text=True, capture_output=True, check=False,
    )  # fmt: skip


def test_list_names_every_protocol(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["list"]) == 0
    output = capsys.readouterr().out
    assert [line.split()[0] for line in output.splitlines()] == list(PROTOCOLS)


def test_list_as_json(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["list", "--json"]) == 0
    found = json.loads(capsys.readouterr().out)
    assert [one["name"] for one in found] == list(PROTOCOLS)
    assert all(one["summary"] and one["description"] for one in found)


@pytest.mark.parametrize("name", PROTOCOLS)
def test_help_of_a_protocol_lists_every_setting(
    name: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["run", name, "--help"]) == 0
    output = capsys.readouterr().out
    for key, _, field in leaves(default_settings(find_protocol(name))):
        assert f"  {key} = " in output
        assert field.metadata["meaning"].split()[0] in output
    assert output.count(f"hippokv run {name}") >= 2
    assert max(len(line) for line in output.splitlines()) <= 100


@pytest.mark.parametrize("name", PROTOCOLS)
def test_examples_in_the_help_of_a_protocol_can_be_run(
    name: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["run", name, "--help"]) == 0
    output = capsys.readouterr().out
    for line in output.partition("examples:")[2].partition("settings,")[0].splitlines():
        if "--set" in line:
            key, _, text = line.partition("--set ")[2].split()[0].partition("=")
            known = {one: field for one, _, field in leaves(default_settings(find_protocol(name)))}
            prepare(name, {key: value_of(text, known[key])})


@pytest.mark.parametrize("typed", ["--help", "run --help", "list --help", "show --help"])
def test_help(typed: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(typed.split()) == 0
    assert "usage: hippokv" in capsys.readouterr().out


def test_version(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["--version"]) == 0
    assert capsys.readouterr().out == f"hippokv {hippokv.__version__}\n"
    project = tomllib.loads((Path(__file__).parents[1] / "pyproject.toml").read_text())
    assert project["project"]["version"] == hippokv.__version__


def test_every_public_name_can_be_imported() -> None:
    assert dir(hippokv) == sorted(hippokv.__all__)
    for name in hippokv.__all__:
        assert getattr(hippokv, name) is not None
    with pytest.raises(AttributeError, match="nothing_of_the_kind"):
        hippokv.nothing_of_the_kind  # noqa: B018


def test_words_need_no_simulator_and_no_pictures() -> None:
    program = (
        "import sys; from hippokv.command_line import main; status = main(sys.argv[1:]); "
        "sys.exit(status or sum(name in sys.modules for name in ('brian2', 'matplotlib', 'sympy')))"
    )
    for typed in ("list", "run cued-recall --help"):
        done = subprocess.run(
            [sys.executable, "-c", program, *typed.split()], check=False, capture_output=True
        )
        assert done.returncode == 0


# --- what a terminal, a session and a folder may be -----------------------------------------------


def _in_shell(words: str, here: Path, **environment: str) -> subprocess.CompletedProcess[str]:
    """Run a shell's words, in which ``hippokv`` is the command."""
    words = words.replace("hippokv", f"{shlex.quote(sys.executable)} -m hippokv")
    return subprocess.run(
        ["sh", "-c", words], cwd=here, text=True, capture_output=True, check=False,
        env={**os.environ, **environment},
    )  # fmt: skip


def test_standard_streams_that_are_closed_change_no_status(tmp_path: Path) -> None:
    for words, status, output in (
        ("hippokv fly 2>&-", 2, ""),
        ("hippokv --version 2>&-", 0, f"hippokv {hippokv.__version__}\n"),
        ("hippokv list >&-", 0, ""),
        ("hippokv list <&- >&- 2>&-", 0, ""),
    ):
        done = _in_shell(words, tmp_path)
        assert (done.returncode, done.stdout, done.stderr) == (status, output, "")


def test_output_that_cannot_be_written_is_no_success(tmp_path: Path) -> None:
    for words in ("hippokv list > /dev/full", "hippokv --version > /dev/full"):
        done = _in_shell(words, tmp_path)
        assert done.returncode == 2
        assert done.stderr == (
            "hippokv: error: [Errno 28] No space left on device: 'standard output': "
            "must be readable and writable\n"
        )
    assert _in_shell("hippokv fly 2> /dev/full", tmp_path).returncode == 2


def test_a_reader_who_has_seen_enough_is_no_error(tmp_path: Path) -> None:
    done = _in_shell("{ sleep 1; hippokv list; echo $? >&2; } | true", tmp_path)
    assert done.stderr == "2\n"


def test_strict_letters_hinder_no_command(
    finished: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    typed = [
        *([command, "--help"] for command in ("run", "sweep", "figure", "show")),
        *(["run", name, "--help"] for name in PROTOCOLS),
        ["list"], ["list", "--json"], ["show", str(finished)],
    ]  # fmt: skip
    for words in typed:
        assert main(words) == 0
        whole = capsys.readouterr().out
        strict = io.TextIOWrapper(io.BytesIO(), encoding="ascii", errors="strict")
        with monkeypatch.context() as patch:
            patch.setattr(sys, "stdout", strict)
            assert main(words) == 0
        strict.flush()
        assert strict.buffer.getvalue() == whole.encode("ascii", "replace")  # type: ignore[attr-defined]


def test_strict_letters_of_a_process(tmp_path: Path) -> None:
    done = _hippokv(["run", "\N{MICRO SIGN}"], tmp_path, PYTHONIOENCODING="ascii:strict")
    assert done.returncode == 2 and done.stderr.startswith("hippokv: error: PROTOCOL = '?': must")


@pytest.mark.parametrize("error", [None, object()])
def test_a_session_without_the_usual_streams(
    error: object, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sys, "stdout", None)
    monkeypatch.setattr(sys, "stderr", error)
    assert main(["run", "storage", "--out", str(tmp_path / "out"), *TINY]) == 0
    assert (tmp_path / "out" / "report.html").exists()
    assert main(["run", "storage", "--out", str(tmp_path / "out"), *TINY]) == 2


def test_a_run_in_a_thread(finished: Path, tmp_path: Path) -> None:
    found = []
    words = ["run", "cued-recall", "--seed", "7", "--quiet", "--out", str(tmp_path / "out"), *TINY]
    thread = threading.Thread(target=lambda: found.append(main(words)))
    thread.start()
    thread.join()
    assert found == [0]
    recording = (tmp_path / "out" / "recording.npz").read_bytes()
    assert recording == (finished / "recording.npz").read_bytes()


#: What is typed in a folder that has been removed -> status, and words of the answer.
GONE = {
    "list": (0, "cued-recall"),
    "run cued-recall --help": (0, "--out"),
    "show FINISHED": (0, "recording.npz"),
    "show results": (2, "DIR = 'results': must"),
    "run storage --out THERE": (0, "report: THERE/report.html"),
    "run storage --out results": (
        2,
        "--out = 'results': must be a full path: the current folder has",
    ),
    "run storage": (2, "--out = 'results/storage-seed0': must be a full path: the current"),
}


@pytest.mark.parametrize("typed", GONE)
def test_commands_in_a_folder_that_has_been_removed(
    typed: str,
    finished: Path,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    status, told = GONE[typed]
    gone = tmp_path / "gone"
    gone.mkdir()
    monkeypatch.chdir(gone)
    gone.rmdir()
    there = str(tmp_path / "there")
    words = typed.replace("FINISHED", str(finished)).replace("THERE", there).split()
    assert main([*words, *(TINY if words[0] == "run" and status == 0 else [])]) == status
    output = capsys.readouterr()
    shown = output.err if status else output.out
    assert told.replace("THERE", there) in shown
    if status:
        assert shown.count("\n") == 1
    assert [path.name for path in tmp_path.iterdir()] == (["there"] if "THERE" in typed else [])


def test_a_process_in_a_folder_that_has_been_removed(tmp_path: Path) -> None:
    done = _in_shell("mkdir gone; cd gone; rmdir ../gone; hippokv list", tmp_path)
    assert (done.returncode, done.stderr) == (0, "")


STEERING = "\x1b]0;mine\x07\x1b[2J\x9b31m\r\u202e\n0 failed"


def test_a_folder_of_a_stranger_does_not_steer_the_terminal(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    summary = {
        "protocol": STEERING, "seed": 3, "metrics": {STEERING: 0.5, "large": 1e300},
        "prediction": {}, "timing": dict.fromkeys(("build_s", "run_s", "simulated_s"), 1.0),
    }  # fmt: skip
    (tmp_path / "summary.json").write_text(json.dumps(summary))
    (tmp_path / STEERING.replace("/", "")).touch()
    (tmp_path / os.fsdecode(b"\xff.png")).touch()
    assert main(["show", str(tmp_path)]) == 0
    told = capsys.readouterr().out
    assert all(letter.isprintable() for letter in told.replace("\n", ""))
    spelled = "\\x1b]0;mine\\x07\\x1b[2J\\x9b31m\\r\\u202e\\n0 failed"
    assert told.count(spelled) == 3 and "\\udcff.png" in told
    assert len(told.splitlines()) == 9 and max(map(len, told.splitlines())) < 120


def test_what_is_typed_does_not_steer_the_terminal(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    for words in (
        ["run", "storage", "--set", f"{STEERING}=3"],
        ["run", "storage", f"--{STEERING}"],
        ["run", STEERING],
        ["show", STEERING],
        ["run", "storage", "--config", STEERING],
        ["run", "storage", "--set", f"protocol.stimuli=file:{STEERING}.npy"],
    ):
        assert main(words) == 2
        told = capsys.readouterr().err
        assert told.endswith("\n") and told[:-1].isprintable()


# --- runs -----------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def finished(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return the results folder of a tiny cued recall."""
    folder = tmp_path_factory.mktemp("runs") / "new" / "first"
    assert main(["run", "cued-recall", "--seed", "7", "--quiet", "--out", str(folder), *TINY]) == 0
    return folder


def test_a_run_writes_its_folder_and_nothing_beside_it(finished: Path) -> None:
    assert [path.name for path in finished.parent.iterdir()] == ["first"]
    names = {path.name for path in finished.iterdir()}
    assert names == {
        "config.toml", "figures", "recording.npz", "report.html", "run.json", "summary.json"
    }  # fmt: skip
    summary = json.loads((finished / "summary.json").read_text())
    assert (summary["protocol"], summary["seed"]) == ("cued-recall", 7)
    assert summary["metrics"].keys() == summary["prediction"].keys()
    assert {"agreement", "attention_floor", "rate_Hz_pv", "cv_hippocampal"} <= set(
        summary["spike_scores"]
    )
    assert 0.0 <= summary["spike_scores"]["agreement"] <= 1.0
    assert set(summary["timing"]) == {"build_s", "run_s", "simulated_s", "total_s"}
    assert summary["provenance"]["target"] == "numpy"


def test_a_run_from_its_config_is_the_same_run(finished: Path, tmp_path: Path) -> None:
    again = tmp_path / "again"
    config = str(finished / "config.toml")
    assert main(["run", "cued-recall", "--config", config, "--out", str(again), "--quiet"]) == 0
    for name in ("config.toml", "recording.npz"):
        assert (again / name).read_bytes() == (finished / name).read_bytes()


def test_two_runs_at_once_are_the_same_run(finished: Path, tmp_path: Path) -> None:
    command = [sys.executable, "-m", "hippokv.protocols.cued_recall", "--seed", "7", *TINY]
    runs = [
        subprocess.Popen(
            command, cwd=tmp_path, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
        )
        for _ in range(2)
    ]
    for run in runs:
        output, errors = run.communicate()
        assert (run.returncode, errors) == (0, "")
        assert "accuracy" in output and "report.html" in output
    folders = sorted((tmp_path / "results").iterdir())
    assert [folder.name for folder in folders] == ["cued-recall-seed7", "cued-recall-seed7-2"]
    for folder in folders:
        assert (folder / "recording.npz").read_bytes() == (finished / "recording.npz").read_bytes()


def test_show(finished: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["show", str(finished)]) == 0
    output = capsys.readouterr().out
    for word in ("cued-recall, seed 7", "spiking", "rate model", "accuracy", "recording.npz"):
        assert word in output


def test_set_wins_over_config_and_options_win_over_set(
    finished: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from hippokv.command_line import run_parser
    from hippokv.options import given_settings

    config = str(finished / "config.toml")
    settings = ["--set", "run.seed=8", "--set", "circuit.beta=0.3", "--set", "circuit.beta=0.4"]
    words = ["cued-recall", "--config", config, *settings, "--seed", "9"]
    given = given_settings(find_protocol("cued-recall"), run_parser().parse_args(words))
    assert (given["run.seed"], given["circuit.beta"]) == (9, 0.4)
    assert (given["circuit.n_slots"], given["run.target"]) == (4, "numpy")


@contextmanager
def _running(here: Path) -> Iterator[subprocess.Popen[str]]:
    """Start a run that takes long, and wait until it simulates."""
    words = ["run", "storage", "--out", "slow/run", *TINY, "--set", "protocol.n_items=500"]
    with subprocess.Popen(
        [sys.executable, "-m", "hippokv", *words],
        cwd=here, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
    ) as process:  # fmt: skip
        try:
            time.sleep(6)
            assert process.poll() is None
            yield process
        finally:
            process.kill()


@pytest.mark.parametrize(("sent", "status"), [(signal.SIGINT, 130), (signal.SIGKILL, -9)])
def test_a_run_that_is_stopped_leaves_nothing(
    sent: signal.Signals, status: int, tmp_path: Path
) -> None:
    with _running(tmp_path) as process:
        process.send_signal(sent)
        output, errors = process.communicate(timeout=30)
    assert (process.returncode, output) == (status, "")
    if sent is signal.SIGINT:
        assert errors.splitlines() == ["hippokv: interrupted, no results were written"]
    assert list(tmp_path.iterdir()) == []


@pytest.mark.slow
@pytest.mark.usefixtures("small")
def test_compiled_runs_are_the_same_run_and_compile_once(tmp_path: Path) -> None:
    # In the sizes of the circuit that the tests have compiled.
    sizes = {"n_inputs": 20, "n_outputs": 16, "n_slots": 6, "cells_per_slot": 3}
    small = [word for word in TINY if word not in ("--target", "numpy")]
    small += [word for name, size in sizes.items() for word in ("--set", f"circuit.{name}={size}")]
    command = [sys.executable, "-m", "hippokv", "run", "cued-recall", "--quiet", *small]
    runs = [subprocess.Popen(command, cwd=tmp_path) for _ in range(2)]
    assert [run.wait() for run in runs] == [0, 0]
    first, second = sorted((tmp_path / "results").iterdir())
    config = ["run", "cued-recall", "--quiet", "--config", str(first / "config.toml")]
    again = _hippokv([*config, "--out", "again"], tmp_path)
    other = _hippokv([*config, "--seed", "1", "--out", "other"], tmp_path)
    assert (again.returncode, other.returncode) == (0, 0)
    recording = (first / "recording.npz").read_bytes()
    assert (second / "recording.npz").read_bytes() == recording
    assert (tmp_path / "again" / "recording.npz").read_bytes() == recording
    assert (tmp_path / "other" / "recording.npz").read_bytes() != recording
    for folder in (first, second, tmp_path / "again", tmp_path / "other"):
        summary = json.loads((folder / "summary.json").read_text())
        assert summary["provenance"]["target"] == "cpp"
        assert summary["timing"]["build_s"] == 0
