"""What is typed: values that begin with a minus, homes, commas in names, and what is mistyped."""

from __future__ import annotations

import argparse
import os
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from hippokv.command_line import main
from hippokv.errors import InputError
from hippokv.options import OneLineParser, UsageError, parsed, value_of
from hippokv.parameter import leaves
from hippokv.protocols.running.configuration import config_text, default_settings, read_config
from hippokv.protocols.running.experiment import prepare
from hippokv.protocols.running.protocol import find_protocol
from hippokv.sweep_command import _grid, jobs_of, seeds_of, sweep_parser

STORAGE = find_protocol("storage")
FIELDS = {key: field for key, _, field in leaves(default_settings(STORAGE))}


@pytest.fixture
def files(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Return the home of a user, full of files, who works in an empty folder."""
    home = tmp_path / "home"
    home.mkdir()
    monkeypatch.setenv("HOME", str(home))
    for name in ("a,b.npy", "c.npy", 'd"e.npy'):
        np.save(home / name, np.random.default_rng(0).choice([-1, 1], (3, 8)))
    (home / "bom.toml").write_bytes(b"\xef\xbb\xbf[circuit]\r\nn_slots = 0\r\n")
    (home / "few.toml").write_text("[circuit]\nn_slots = 0\n")
    (home / "dots.toml").write_text("a." * 200_000 + "b = 1\n")
    (home / "tall.csv").write_text("1,-1\n" * 100_001)
    os.mkfifo(home / "pipe.toml")
    os.mkfifo(home / "pipe.csv")
    here = tmp_path / "here"
    here.mkdir()
    monkeypatch.chdir(here)
    return home


RUN = "run storage --target numpy"
SWEEP = "sweep storage --target numpy --out x"
#: What is typed after ``hippokv`` -> words that the answer must hold, the last also its end.
REFUSED = {
    # values that begin with a minus
    f"{SWEEP} --seeds -3:3": ["--seeds = -3: must be a whole number from 0 to 4294967295"],
    f"{SWEEP} --seeds=-3:3": ["--seeds = -3: must be a whole number from 0 to 4294967295"],
    f"{SWEEP} --seeds -x": ["--seeds = '-x': must be A:B, such as 1000:1020"],
    f"{SWEEP} --seeds -": ["--seeds = '-': must be A:B, such as 1000:1020"],
    f"{SWEEP} --seeds 0:2 --jobs -1": ["--jobs = '-1': must be a whole number from 1 to 1024"],
    f"{SWEEP} --seeds 0:2 --jobs -1e3": ["--jobs = '-1e3': must be a whole number from 1 to 1024"],
    f"{SWEEP} --seeds 0:2 --grid circuit.beta=-1,2": ["circuit.beta = -1.0: must be a number"],
    f"{SWEEP} --seeds 0:2 --grid -1,2": ["--grid '-1,2': must be KEY=V1,V2,..."],
    f"{SWEEP} --seeds 0:2 --set circuit.beta=-1": ["circuit.beta = -1.0: must be a number"],
    "figure tyulmankov-2 --seeds -3:3": ["--seeds = -3: must be a whole number"],
    f"{RUN} --seed -1": ["--seed = -1: must be a whole number from 0 to 4294967295"],
    f"{RUN} --seed -1.5": ["--seed = '-1.5': must be a whole number from 0 to 4294967295"],
    f"{RUN} --seed -inf": ["--seed = '-inf': must be a whole number from 0 to 4294967295"],
    f"{RUN} --set -x=1": ["-x = '1': must be a known key"],
    f"{RUN} --config -x": ["--config = '-x': must be a TOML file that exists"],
    f"{RUN} --target -x": ["--target = '-x': must be one of cpp, cython, numpy"],
    f"{RUN} --seed --quiet": ["--seed: expected one argument"],
    f"{RUN} --seed -h": ["--seed: expected one argument"],
    f"{RUN} --out": ["--out: expected one argument"],
    # homes
    f"{RUN} --config ~/few.toml": ["circuit.n_slots = 0: must be a whole number from 1 to 2000"],
    f"{RUN} --config ~/none.toml": ["--config = '~/none.toml': must be a TOML file that exists"],
    f"{RUN} --config ~nosuchuser/a.toml": ["the name of a TOML file (no home is known for"],
    f"{RUN} --out ~/few.toml": ["--out = ", "few.toml': must be a folder, not a file"],
    f"{RUN} --out ~nosuchuser/a": ["the name of a folder (no home is known for ~nosuchuser)"],
    f"{SWEEP} --seeds 0:2 --out ~nosuchuser/a": ["(no home is known for ~nosuchuser)"],
    f"{SWEEP} --seeds 0:2 --out ~/few.toml": ["few.toml': must be a folder, not a file"],
    "figure tyulmankov-2 --out ~nosuchuser/a": ["(no home is known for ~nosuchuser)"],
    "show ~/none": ["none': must be a folder that `hippokv run` has written"],
    "show ~nosuchuser": ["DIR = '~nosuchuser': must be the name of a folder (no home"],
    f"{RUN} --set protocol.stimuli=file:~/none.npy": ["'file:~/none.npy': must be a file that ex"],
    # files
    f"{RUN} --config ~/bom.toml": ["circuit.n_slots = 0: must be a whole number from 1 to 2000"],
    f"{RUN} --config ~/pipe.toml": ["must be a TOML file that exists, not a folder, a pipe or"],
    f"{RUN} --config /dev/zero": ["must be a TOML file that exists, not a folder, a pipe or"],
    f"{RUN} --config ~/dots.toml": ["can be read (a key has more than 8 dots)"],
    f"{RUN} --set protocol.stimuli=file:~/pipe.csv": ["not a folder, a pipe or a device"],
    f"{RUN} --set protocol.stimuli=file:~/tall.csv": ["at most 100000 items of 2000 entries"],
    # what is near
    "run storag": ["PROTOCOL = 'storag': must be one of storage,", "did you mean storage?"],
    "run cued_recall": ["did you mean cued-recall or"],
    "run lesoin --help": ["did you mean lesion?"],
    "sweep storag --seeds 0:2 --out x": ["did you mean storage?"],
    "figure tyulmankov2": ["NAME = 'tyulmankov2': must be one of", "did you mean tyulmankov-2 or"],
    "rnu storage": ["COMMAND = 'rnu': must be one of list, run", "did you mean run?"],
    "Sweep storage": ["did you mean sweep?"],
    f"{RUN} --sed 1": ["--sed: must be one of", "did you mean --seed or --set?"],
    f"{RUN} --ouT=x": ["--ouT=x: must be one of", "did you mean --out?"],
    f"{RUN} --set circuit.selection=Randon": ["did you mean random?"],
    f"{RUN} --target nunpy": ["--target = 'nunpy': must be one of", "did you mean numpy?"],
    f"{RUN} --set run.circuit=slotmemory": ["did you mean slot_memory"],
    f"{RUN} --set protocol.stimuli=digit": ["did you mean digits?"],
    f"{RUN} --set protocol.stimuli=a.npy": ["did you mean file:a.npy?"],
    "fly": ["COMMAND = 'fly'", "(see hippokv --help)"],
    # commas in names
    f"{SWEEP} --seeds 0:2 --grid protocol.stimuli=file:~/a,b.npy,file:~/c.npy": [
        "protocol.stimuli = 'b.npy'", "a name with a comma stands in double quotes, as in --grid "
        "'protocol.stimuli=\"file:a,b.npy\"'",
    ],
    f'{SWEEP} --seeds 0:2 --grid protocol.stimuli="file:~/a,b.npy': ["a comma in double quotes"],
    f'{SWEEP} --seeds 0:2 --grid protocol.stimuli="file:~/a,b.npy"x': ["a comma in double quotes"],
    f'{SWEEP} --seeds 0:2 --grid circuit.n_slots="4,5"': ["'4,5': must be a whole number from 1"],
    # numbers
    f"{RUN} --set circuit.n_slots=\N{FULLWIDTH DIGIT FOUR}": ["must be a whole number from 1"],
    f"{RUN} --set circuit.beta=\N{ARABIC-INDIC DIGIT ONE}": ["must be a number from 0.01 to 5"],
    f"{RUN} --set circuit.beta=\N{MINUS SIGN}1": ["must be a number from 0.01 to 5"],
    f"{SWEEP} --seeds 0:\N{FULLWIDTH DIGIT FOUR}": ["must be A:B, such as 1000:1020"],
    f"{SWEEP} --seeds 0:2 --jobs \N{FULLWIDTH DIGIT FOUR}": ["must be a whole number from 1 to"],
    f"{RUN} --set circuit.n_slots=1e3": ["circuit.n_slots = '1e3': must be a whole number"],
    f"{RUN} --set circuit.n_slots=1__0": ["circuit.n_slots = '1__0': must be a whole number"],
    f"{RUN} --set circuit.n_slots=0x10": ["circuit.n_slots = '0x10': must be a whole number"],
    f"{RUN} --set circuit.beta=1_0": ["circuit.beta = 10.0: must be a number from 0.01 to 5"],
    f"{RUN} --set circuit.beta=infinity": ["circuit.beta = inf: must be a number from 0.01"],
    # texts
    f"{RUN} --set protocol.stimuli=file:{'a/' * 6000}b.npy": ["of at most 10000 characters"],
    f"{RUN} --set {'k' * 100_000}=1": ["kkk...kkk", "kkk = '1': must be a known key"],
    f"{RUN} --set {'k' * 100_000}": ["kkk...kkk", "kkk': must be KEY=VALUE"],
    f"{RUN} {'-' * 3}{'k' * 100_000}": ["kkk...kkk", "kkk: must be one of"],
    "x" * 100_000: ["COMMAND = 'xxx"],
    f"{RUN} --set protocol.stimuli=file:\udcff.npy": ["must be text that can be written in UTF-8"],
    f"{RUN} --set circuit.\x1b[31mbeta=1": [r"circuit.\x1b[31mbeta = '1': must be a known key"],
}  # fmt: skip


@pytest.mark.parametrize("number", range(len(REFUSED)))
def test_what_cannot_be_used_is_refused_in_one_line(
    number: int, files: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    typed, words = list(REFUSED.items())[number]
    before = sorted(files.rglob("*"))
    assert main(typed.split(" ")) == 2
    output = capsys.readouterr()
    assert output.out == ""
    assert output.err.startswith("hippokv: error: ") and len(output.err) < 600
    assert output.err.endswith("\n") and output.err[:-1].isprintable()
    for word in words:
        assert word in output.err
    if words[-1].endswith("?"):
        assert output.err.endswith(f"{words[-1]}\n")
    assert list(Path.cwd().iterdir()) == [] and sorted(files.rglob("*")) == before


def test_a_value_with_a_minus_is_a_value_and_an_option_is_none() -> None:
    words = [
        "storage",
        "--seeds",
        "-3:3",
        "--out",
        "-x",
        "--grid",
        "-1",
        "--grid",
        "a=-2",
        "--quiet",
    ]
    for found in (parsed(sweep_parser(), words), sweep_parser().parse_args(words)):
        assert (found.seeds, found.out, found.grid, found.quiet) == (
            "-3:3",
            "-x",
            ["-1", "a=-2"],
            True,
        )
    parser = OneLineParser("x", add_help=False)
    parser.add_argument("--one")
    parser.add_argument("--two", nargs=2)
    parser.add_argument("rest", nargs="*")
    assert parsed(parser, ["--two", "1", "2", "--one", "-3"]) == argparse.Namespace(
        one="-3", two=["1", "2"], rest=[]
    )
    assert parsed(parser, ["--one", "1", "--", "-x"]).rest == ["-x"]
    for odd in (["--one"], ["--one", "--two"], ["--one", "--three"], ["-x"], ["--onne", "1"]):
        with pytest.raises(UsageError):
            parsed(parser, odd)


def test_paths_may_begin_with_a_home(files: Path) -> None:
    given = {"protocol.stimuli": "file:~/c.npy", "circuit.n_slots": 4}
    settings = prepare("storage", given).settings
    assert settings.protocol.stimuli == f"file:{files}/c.npy"
    path = files / "again.toml"
    path.write_text(config_text(STORAGE, settings), encoding="utf-8")
    assert read_config("~/again.toml", STORAGE)["protocol.stimuli"] == f"file:{files}/c.npy"


@pytest.mark.parametrize(
    ("typed", "values"),
    [
        ('protocol.stimuli="file:~/a,b.npy",file:~/c.npy', ["file:~/a,b.npy", "file:~/c.npy"]),
        ('protocol.stimuli= "file:~/a,b.npy" ', ["file:~/a,b.npy"]),
        ('protocol.stimuli="file:~/d""e.npy"', ['file:~/d"e.npy']),
        ('protocol.stimuli=file:~/d"e.npy, random', ['file:~/d"e.npy', "random"]),
        ('circuit.n_slots="4","5"', [4, 5]),
        ("circuit.n_slots= 4 , 5", [4, 5]),
        ("circuit.beta=-1,+.5,1e-1", [-1.0, 0.5, 0.1]),
        ("protocol.own_values=True,FALSE", [True, False]),
        ("circuit.n_slots=4,,", [4, "", ""]),
    ],
)
def test_a_grid_is_read_as_a_line_of_a_table(typed: str, values: list[Any]) -> None:
    (found,) = _grid(STORAGE, [typed], {}).values()
    assert found == values and list(map(type, found)) == list(map(type, values))


def test_files_with_commas_are_swept(files: Path) -> None:
    grid = _grid(STORAGE, ['protocol.stimuli="file:~/a,b.npy",file:~/c.npy'], {})
    for value in grid["protocol.stimuli"]:
        assert prepare("storage", {"protocol.stimuli": value}).stimuli.keys.shape == (3, 8)


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("4", 4), ("1_000", 1000), ("+4", 4), ("-4", -4), ("007", 7), ("4.0", "4.0"), ("", ""),
        ("1e3", "1e3"), ("9" * 5000, "9" * 5000), ("\uff14", "\uff14"),
    ],
    ids=range(10),
)  # fmt: skip
def test_whole_numbers_are_read_as_files_of_settings_have_them(text: str, value: Any) -> None:
    assert value_of(text, FIELDS["circuit.n_slots"]) == value


@pytest.mark.parametrize(
    "setting",
    [
        "circuit.n_slots=1_000", "circuit.n_slots=+7", "circuit.beta=1e-1", "circuit.beta=.3",
        "circuit.beta=0.1000000000000000055511151231257827", "circuit.beta=1", "run.dt_ms=1",
        "run.seed=4294967295", "protocol.own_values=TRUE", "circuit.hippocampal.leak_nS=1_8.0",
    ],
)  # fmt: skip
def test_whatever_is_accepted_is_the_same_from_its_config(setting: str, tmp_path: Path) -> None:
    key, _, text = setting.partition("=")
    settings = prepare("storage", {key: value_of(text, FIELDS[key])}).settings
    path = tmp_path / "config.toml"
    path.write_text(config_text(STORAGE, settings), encoding="utf-8")
    again = prepare("storage", read_config(path, STORAGE)).settings
    assert again == settings and config_text(STORAGE, again) == path.read_text(encoding="utf-8")


def test_seeds_and_jobs_are_read() -> None:
    assert seeds_of(" 3 : 5 ") == range(3, 5)
    assert seeds_of("-3:3") == range(-3, 3)
    assert jobs_of(None) is None and jobs_of("7") == 7
    for text in ("1:2:3", "1", "a:b", ":", "1.0:2", "9" * 5000 + ":1"):
        with pytest.raises(InputError, match="--seeds = .*: must be A:B"):
            seeds_of(text)


def test_without_a_current_folder_a_command_says_so(
    files: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    Path.cwd().rmdir()
    for typed, words in {
        f"{RUN} --config a.toml": "must be a TOML file that exists: the current folder",
        f"{RUN} --set protocol.stimuli=file:a.npy": "exists: the current folder has been removed",
        RUN: "--out = 'results/storage-seed0': must be a full path: the current folder has been re",
        f"{RUN} --out x": "--out = 'x': must be a full path: the current folder has been removed",
        f"{SWEEP} --seeds 0:1": "--out = 'x': must be a full path: the current folder has been re",
        "figure tyulmankov-2": "--out = 'results/figures': must be a full path",
    }.items():
        assert main(typed.split()) == 2
        told = capsys.readouterr().err
        assert words in told and told.count("\n") == 1
    # What needs no current folder goes on.
    assert main(["run", "storage", "--config", "~/few.toml"]) == 2
    assert "circuit.n_slots = 0" in capsys.readouterr().err


def test_files_of_another_race_say_what_has_changed(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    path = tmp_path / "config.toml"
    text = config_text(STORAGE, default_settings(STORAGE))
    race = text.index("[circuit.race]")
    last = max(text.index("[circuit.race.sst]"), text.index("[circuit.race.layer_3]"))
    rest = min(text.find("\n[", last) + 1 or len(text), len(text))
    former = text[:race] + text[rest:]
    by_current = "".join(
        line for line in text.splitlines(True) if not line.startswith("n_layer_3 =")
    )
    chosen = {}
    for name, said in (
        ("former", former.replace('"ring"', '"least_recent"')),
        ("current", by_current.replace('"ring"', '"least_recent"')),
        ("now", text.replace('"ring"', '"least_recent"')),
        ("short", '[circuit]\nselection = "least_recent"\n'),
    ):
        path.write_text(said, encoding="utf-8")
        chosen[name] = read_config(path, STORAGE)["circuit.selection"]
    names = dict.fromkeys(("current", "now", "short"), "least_recent")
    assert chosen == {"former": "ring", **names}
    assert [words for words in caplog.messages if "least_recent" in words] == [
        "hippokv: circuit.selection = least_recent is called ring now",
        "hippokv: circuit.selection = least_recent is instructed by spikes now, and was by a "
        f"current when {path} was written",
    ]
