"""The commands over several results: ``hippokv compare``, ``hippokv index`` and ``show --json``."""

from __future__ import annotations

import json
import re
import shutil
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from scipy.stats import t

from hippokv.command_line import main
from hippokv.compare_command import differing, grouped
from hippokv.errors import InputError

DATA = Path(__file__).parent / "data"


def run_like(folder: Path, seed: int, score: float | None, **settings: Any) -> Path:
    """Write a folder of the first format, which has no digests, with another seed and score."""
    shutil.copytree(DATA / "results_format_1", folder)
    summary = json.loads((folder / "summary.json").read_text())
    summary["seed"], summary["metrics"]["accuracy"] = seed, score
    (folder / "summary.json").write_text(json.dumps(summary))
    text = (folder / "config.toml").read_text().replace("seed = 3", f"seed = {seed}")
    for name, value in settings.items():
        text = re.sub(rf"(?m)^{name} = .*$", f"{name} = {value}", text)
    (folder / "config.toml").write_text(text)
    return folder


@pytest.fixture
def results(tmp_path: Path) -> Path:
    """Return a folder with two runs of one kind, one of another, and what belongs to nobody."""
    here = tmp_path / "results"
    for seed, score in ((3, 1.0), (4, 0.8)):
        run_like(here / f"low-{seed}", seed, score)
    run_like(here / "deeper" / "high", 3, 0.5, beta=0.7)
    (here / "notes").mkdir()
    return here


def test_runs_that_differ_in_the_seed_alone_are_one_group(results: Path) -> None:
    groups = grouped([str(results / name) for name in ("low-3", "deeper/high", "low-4")])
    assert [[run.seed for run in group.runs.values()] for group in groups] == [[3, 4], [3]]
    assert list(differing(groups)) == ["circuit.beta"]
    assert differing(groups)["circuit.beta"][1] == 0.7
    assert groups[0].scores("accuracy") == [1.0, 0.8]


def test_runs_of_circuits_that_are_described_otherwise_are_two_groups(results: Path) -> None:
    path = results / "low-4" / "summary.json"
    summary = json.loads(path.read_text())
    summary["provenance"]["circuit_digest"] = "0123"
    path.write_text(json.dumps(summary))
    groups = grouped([str(results / name) for name in ("low-3", "low-4")])
    assert differing(groups) == {"circuit_digest": [None, "0123"]}


def test_compare_says_what_differs_and_how_sure_a_mean_is(
    results: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    words = [str(results / name) for name in ("low-3", "low-4", "deeper/high")]
    assert main(["compare", *words]) == 0
    said = capsys.readouterr().out
    assert "circuit.beta" in said and "circuit.n_slots" not in said
    half = t.ppf(0.975, 1) * np.std([1.0, 0.8], ddof=1) / np.sqrt(2)
    assert f"0.9 ± {half:.2g} (n 2)" in said
    line = next(line for line in said.splitlines() if line.startswith("  accuracy "))
    assert line.split()[-1] == "0.5"
    assert max(map(len, said.splitlines())) < 200


def test_compare_draws_all_over_one_another(
    results: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    out = results / "figure.png"
    words = [str(results / name) for name in ("low-3", "low-4", "deeper/high")]
    assert main(["compare", *words, "--out", str(out)]) == 0
    assert out.read_bytes().startswith(b"\x89PNG")
    assert f"figure: {out}" in capsys.readouterr().out


def test_a_score_that_nobody_has_is_a_dash(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    folders = [run_like(tmp_path / str(seed), seed, None) for seed in (1, 2)]
    other = DATA / "results_format_2"
    assert main(["compare", *map(str, (*folders, other))]) == 0
    said = capsys.readouterr().out
    assert re.search(r"\n  accuracy +- +-\n", said)
    assert "rate_test" in said and "protocol" in said


def test_compare_refuses_what_would_be_counted_twice_or_is_not_whole(
    results: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    one = str(results / "low-3")
    for words, told in (
        ([one, one], "must be another run than"),
        ([one, str(results)], "must be a folder that `hippokv run` has written"),
        ([one, "--out", str(results / "a.pdf")], "which ends in .png"),
        ([one, "--out", str(results / "no" / "a.png")], "in a folder that exists"),
        ([], "must be used as hippokv compare"),
    ):
        assert main(["compare", *words]) == 2
        found = capsys.readouterr()
        assert found.out == "" and told in found.err and found.err.count("\n") == 1
    (results / "low-4" / "recording.npz").unlink()
    with pytest.raises(InputError, match="recording.npz is missing"):
        grouped([one, str(results / "low-4")])


# --- hippokv index --------------------------------------------------------------------------------


def test_an_index_lists_every_run_and_links_to_its_report(
    results: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (results / "low-4" / "report.html").touch()
    (results / "low-3" / "summary.json").write_text("{")
    (results / "elsewhere").symlink_to(DATA, target_is_directory=True)
    for _ in range(2):
        assert main(["index", str(results)]) == 0
    said = capsys.readouterr().out
    assert said.startswith("2 runs, 0 sweeps, 1 that cannot be read\n")
    page = (results / "index.html").read_text()
    links = re.findall(r'href="([^"]+)"', page)
    assert links == ["deeper/high", "low-4/report.html", "low-3"]
    assert "circuit.beta = " in page and "accuracy 0.8" in page and "must be a folder" in page


def test_an_index_has_sweeps_too(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from hippokv.protocols.sweeps import folder as sweep_folder

    (tmp_path / "sweep").mkdir()
    sweep = sweep_folder.SweepSummary("storage", ("protocol.n_items",), "one", (), 6, 1)
    monkeypatch.setattr(sweep_folder, "is_sweep", lambda path: True)
    monkeypatch.setattr(sweep_folder, "read_sweep", lambda path: sweep)
    (tmp_path / "sweep" / "results.csv").touch()
    assert main(["index", str(tmp_path)]) == 0
    page = (tmp_path / "index.html").read_text()
    assert 'href="sweep/results.csv"' in page and "storage, 6 runs, 1 failed" in page


def test_an_index_writes_over_nothing_else(
    results: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (results / "index.html").write_text("mine")
    assert main(["index", str(results)]) == 2
    assert "must have no index.html of somebody else's" in capsys.readouterr().err
    assert (results / "index.html").read_text() == "mine"
    (results / "index.html").unlink()
    (results / "index.html").symlink_to("low-3/config.toml")
    assert main(["index", str(results)]) == 2
    assert "symbolic link" in capsys.readouterr().err
    for folder in (results / "notes", results / "nothing"):
        assert main(["index", str(folder)]) == 2
        assert capsys.readouterr().err.startswith("hippokv: error: DIR = ")
    assert not (results / "notes" / "index.html").exists()


# --- hippokv show --json --------------------------------------------------------------------------


def test_show_says_all_as_json(capsys: pytest.CaptureFixture[str]) -> None:
    folder = DATA / "results_format_2"
    assert main(["show", "--json", str(folder)]) == 0
    said = json.loads(capsys.readouterr().out)
    assert said["metrics"]["rate_test"] == 67.5 and said["format_version"] == 2
    assert said["settings"]["run.seed"] == said["seed"] == 3
    sizes = {path.name: path.stat().st_size for path in folder.iterdir()}
    assert said["files"] == sizes


def test_show_says_a_sweep_as_json(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    from hippokv.protocols.sweeps import folder as sweep_folder

    scores = np.array([1.0, np.nan])
    point = sweep_folder.Point(("5",), scores, scores, scores[:1], np.zeros(0))
    sweep = sweep_folder.SweepSummary("storage", ("protocol.n_items",), "one", (point,), 2, 0)
    monkeypatch.setattr(sweep_folder, "is_sweep", lambda path: True)
    monkeypatch.setattr(sweep_folder, "read_sweep", lambda path: sweep)
    assert main(["show", "--json", str(tmp_path)]) == 0
    said = json.loads(capsys.readouterr().out, parse_constant=pytest.fail)
    assert said["points"] == [
        {
            "values": {"protocol.n_items": "5"}, "spiking": [1.0, None],
            "rate_model": [1.0, None], "paper": [1.0], "uninformed": [],
        }
    ]  # fmt: skip
