"""Scores of a user's own in the table of a sweep."""

from __future__ import annotations

import csv
import pickle
import sys
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import hippokv
from hippokv.command_line import main
from hippokv.errors import InputError
from hippokv.protocols.running.protocol import Result, find_protocol
from hippokv.protocols.sweeps.crew import one_run
from hippokv.protocols.sweeps.metrics import identity_of, metrics_in_files, metrics_of

TOYS = Path(__file__).parents[1] / "running"
sys.path.append(str(TOYS))
from lab_package import make_lab_package  # noqa: E402

SCORES = """
def sent(result):
    return len(result.recording.spikes["sender"].time_s)


def fails(result):
    return result.recording.spikes["nobody"]


NUMBER = 3
"""
SETTINGS: dict[str, Any] = {"run.target": "numpy", "run.dt_ms": 1.0, "protocol.drive_ms": 50.0}
WORDS = ["--target", "numpy", "--set", "run.dt_ms=1", "--set", "protocol.drive_ms=50"]


@pytest.fixture(autouse=True)
def _lab(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Install a package with a quick protocol and circuit, and write a file of scores."""
    site = make_lab_package(tmp_path / "site")
    monkeypatch.syspath_prepend(str(site))
    monkeypatch.setenv("PYTHONPATH", str(site))
    for name in [name for name in sys.modules if name.split(".")[0] == "lab_toys"]:
        monkeypatch.delitem(sys.modules, name)
    monkeypatch.chdir(tmp_path)
    (tmp_path / "scores.py").write_text(SCORES)


def sent(result: hippokv.Result[Any]) -> float:
    return len(result.recording.spikes["sender"].time_s)


def nothing(result: hippokv.Result[Any]) -> float:
    return float("nan")


def fails(result: hippokv.Result[Any]) -> float:
    raise KeyError("nobody")


def rows(folder: Path) -> list[dict[str, str]]:
    with (folder / "results.csv").open() as stream:
        return list(csv.DictReader(stream))


def failing(words: list[str], capsys: pytest.CaptureFixture[str]) -> str:
    assert main(words) == 2
    errors = capsys.readouterr().err
    assert errors.count("\n") == 1
    return errors


def test_a_function_is_a_column() -> None:
    found = hippokv.sweep(
        "lab-drive", {"protocol.silenced": [0, 1]}, range(2), SETTINGS, jobs=2,
        metrics={"sent": sent, "none": nothing},
    )  # fmt: skip
    assert found.failed == 0
    columns = found.table.columns
    assert all(one > 0 for one in columns["metrics.sent"])
    assert all(one != one for one in columns["metrics.none"])
    assert columns["metrics.sent"] == pytest.approx(
        [rate * 3 * 0.05 for rate in columns["metrics.rate"]]
    )


def test_what_fails_is_the_error_of_its_row() -> None:
    for name, function, words in (
        (
            "broken",
            fails,
            "metrics = 'broken': must be able to score this result with a number: ",
        ),
        ("rate", sent, "metrics = 'rate': must have another name: lab-drive has such a score"),
        ("text", lambda result: "much", "could not convert string to float"),
    ):
        found = hippokv.sweep("lab-drive", {}, range(1), SETTINGS, metrics={name: function})
        assert found.failed == 1
        assert words in found.table["error"][0]


def test_what_is_no_metric_is_refused() -> None:
    for metrics, words in (
        ([sent], "must be a dictionary of functions"),
        ({"two words": sent}, "must be a name of letters, digits and _"),
        ({"sent": 3}, "must be a function of a result, not an object of int"),
    ):
        with pytest.raises(InputError, match=words):
            hippokv.sweep("lab-drive", {}, range(1), SETTINGS, metrics=metrics)  # type: ignore[arg-type]
    with pytest.raises(InputError, match="must be a name or a file"):
        hippokv.sweep(find_protocol("lab-drive"), {}, range(1))  # type: ignore[arg-type]


def test_a_file_gives_a_metric_on_the_command_line(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    words = ["sweep", "lab-drive", *WORDS, "--quiet", "--jobs", "2", "--out", "out"]
    words += ["--grid", "run.rules=links=lab_growth", "--metric", "./scores.py:sent"]
    assert main([*words, "--seeds", "0:2"]) == 0
    assert all(float(row["metrics.sent"]) > 0 for row in rows(tmp_path / "out"))
    # More seeds are added; other metrics, or another file of this name, are not.
    assert main([*words, "--seeds", "0:3"]) == 0
    assert len(rows(tmp_path / "out")) == 3
    capsys.readouterr()
    other = "must be new: it was begun with other metrics"
    assert other in failing([*words, "--metric", "scores.py:fails", "--seeds", "0:3"], capsys)
    (tmp_path / "scores.py").write_text(SCORES + "# another\n")
    assert other in failing([*words, "--seeds", "0:3"], capsys)
    (tmp_path / "scores.py").write_text(SCORES)
    (tmp_path / "site" / "lab_toys-1.2.dist-info" / "METADATA").write_text(
        "Metadata-Version: 2.1\nName: lab-toys\nVersion: 1.3\n"
    )
    told = failing([*words, "--seeds", "0:3"], capsys)
    assert "must be new: it was begun with another lab-toys than is there now" in told
    assert main(["show", "out"]) == 0
    assert "sweep of lab-drive: 3 runs" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("given", "words"),
    [
        ("scores.py", "must name a function in a file"),
        ("scores.py:nothing", "must be a file with a function in it: it has no nothing"),
        ("scores.py:NUMBER", "must be a function of a result, not an object of int"),
        ("none.py:sent", "must be a file of Python that exists"),
    ],
)
def test_what_is_no_metric_in_a_file_is_one_line(
    given: str, words: str, capsys: pytest.CaptureFixture[str]
) -> None:
    typed = ["sweep", "lab-drive", "--seeds", "0:1", "--out", "out", "--metric", given]
    told = failing(typed, capsys)
    assert "--metric = " in told
    assert words in told


def test_a_metric_is_known_by_what_it_does() -> None:
    def at_least(least: int) -> Any:
        return lambda result: result.metrics["rate"] > least

    assert identity_of(sent) == identity_of(sent) != identity_of(fails)
    assert identity_of(at_least(1)) == identity_of(at_least(1)) != identity_of(at_least(2))
    assert identity_of(partial(sent)) != identity_of(partial(fails))


class Threshold:
    """A score with a state."""

    def __init__(self, at: Any) -> None:
        self.at = at

    def score(self, result: Result[Any]) -> float:
        return float(result.metrics["rate"] > self.at)

    def __call__(self, result: Result[Any]) -> float:
        return self.score(result)


def keyword_of(at: float) -> Any:
    def score(result: Result[Any], *, at: float = at) -> float:
        return at

    return score


def bound_to(held: Any) -> Any:
    return lambda result: float(np.sum(held))


@pytest.mark.parametrize(
    ("one", "other"),
    [
        (keyword_of(0.5), keyword_of(0.9)),
        (Threshold(1).score, Threshold(2).score),
        (Threshold(1), Threshold(2)),
        (bound_to(np.arange(3)), bound_to(np.arange(1, 4))),
        (bound_to((1, 23)), bound_to((12, 3))),
        (bound_to({"a": 1}), bound_to({"a": 2})),
        (bound_to({1, 2}), bound_to({1, 3})),
    ],
)
def test_metrics_that_differ_in_what_they_hold_are_others(one: Any, other: Any) -> None:
    assert identity_of(one) == identity_of(one) != identity_of(other)


def test_a_metric_that_is_not_known_again_is_refused() -> None:
    with pytest.raises(InputError, match="must be a function that is known again"):
        metrics_of({"rate": bound_to(iter([1]))})


def test_a_metric_comes_back_from_a_pickle(tmp_path: Path) -> None:
    (own,) = metrics_of({"sent": sent})
    (other,) = metrics_in_files([str(tmp_path / "scores.py:sent")])
    assert pickle.loads(pickle.dumps(own)) == own
    again = pickle.loads(pickle.dumps(other))
    assert (again.name, again.identity) == (other.name, other.identity)
    kept = pickle.dumps(other)
    (tmp_path / "scores.py").write_text(SCORES + "\n")
    with pytest.raises(InputError, match="must be the same file on every machine"):
        pickle.loads(kept)


def test_a_worker_with_another_file_or_package_says_so() -> None:
    from hippokv.protocols.running.code_version import code_version

    def stop() -> None:
        """Let it run."""

    run = {**SETTINGS, "run.seed": 0}
    row = one_run("lab-drive", run, code_version(), stop, (), {"lab-toys": "1.1"})
    assert row.error is not None
    assert "sweep = 'lab-toys': must be the same on every machine" in row.error
    row = one_run("lab-drive", run, code_version(), stop, (), {"other": "1.1"})
    assert row.error is not None and "it is not here" in row.error
    assert one_run("lab-drive", run, code_version(), stop, (), {"lab-toys": "1.2"}).error is None


@pytest.mark.alone
def test_workers_of_a_cluster_find_package_file_and_function(tmp_path: Path) -> None:
    distributed = pytest.importorskip("distributed")
    (tmp_path / "toy.py").write_text((TOYS / "toy_drive.py").read_text())
    with distributed.LocalCluster(
        n_workers=1, threads_per_worker=1, processes=True, dashboard_address=None,
        local_directory=str(tmp_path),
    ) as here:  # fmt: skip
        found = hippokv.sweep(
            "toy.py", {"run.circuit": ["lab_toy"]}, range(2), SETTINGS,
            cluster=here.scheduler_address, metrics={"sent": lambda result: sent_of(result)},
        )  # fmt: skip
    assert found.table["error"] == ("", "")
    assert all(one > 0 for one in found.table["metrics.sent"])


def sent_of(result: hippokv.Result[Any]) -> float:
    return sent(result)
