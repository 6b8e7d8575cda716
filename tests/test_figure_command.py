"""``hippokv figure``: bad input in one line, and what it says when all is well."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest

from hippokv.command_line import main
from hippokv.errors import InputError
from hippokv.protocols import FIGURES
from hippokv.protocols.papers import paper_figure
from hippokv.protocols.papers.paper_figure import RATE_MODEL, SPIKING_MODEL, Points

BAD_INPUT = {
    "figure": "NAME tyulmankov-2, all",
    "figure tyulmankov-1": "NAME 'tyulmankov-1' must be one of tyulmankov-2 all",
    "figure tyulmankov-2 tyulmankov-4": "tyulmankov-4",
    "figure tyulmankov-2 --seeds 5": "--seeds '5' A:B",
    "figure tyulmankov-2 --seeds 5:5": "--seeds must",
    "figure tyulmankov-2 --seeds 7:5": "--seeds must",
    "figure tyulmankov-2 --seeds=-1:5": "must 4294967295",
    "figure tyulmankov-2 --seeds a:b": "--seeds 'a:b' A:B",
    "figure tyulmankov-2 --seeds": "--seeds expected one argument",
    "figure tyulmankov-2 --jobs 0": "--jobs '0' whole number from 1",
    "figure tyulmankov-2 --jobs two": "--jobs 'two' whole number from 1",
    "figure tyulmankov-2 --out=": "--out '' name of a folder",
    "figure tyulmankov-2 --out FILE": "--out",
    "figure tyulmankov-2 --out /proc/hippokv": "--out",
    "figure tyulmankov-2 --speed 3": "--speed",
    "figure tyulmankov-2 --format gif": "--format 'gif' must be one of png, svg, pdf",
    "figure gershman-3 --mnist HERE": "--fashion nothing given",
    "figure gershman-3 --fashion HERE": "--mnist nothing given",
    "figure gershman-3 --mnist HERE --fashion HERE": "--mnist train-images-idx3-ubyte",
    "figure gershman-3 --mnist nowhere --fashion HERE": "--mnist nowhere",
    "figure gershman-2 --mnist HERE --fashion HERE": "--mnist gershman-3 alone",
}


@pytest.mark.parametrize("typed", BAD_INPUT)
def test_bad_input_is_refused_in_one_line(
    typed: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    here = tmp_path / "here"
    here.mkdir()
    (tmp_path / "a_file").touch()
    monkeypatch.chdir(here)
    assert (
        main(typed.replace("FILE", str(tmp_path / "a_file")).replace("HERE", str(here)).split())
        == 2
    )
    output = capsys.readouterr()
    assert output.out == ""
    assert output.err.startswith("hippokv: error: ")
    assert output.err.count("\n") == 1 and output.err.endswith("\n")
    for word in BAD_INPUT[typed].split():
        assert word in output.err
    assert list(here.iterdir()) == []


def test_help_names_the_command_and_its_options(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["--help"]) == 0
    assert "figure" in capsys.readouterr().out
    assert main(["figure", "--help"]) == 0
    told = capsys.readouterr().out
    for word in ("NAME", "--seeds", "--out", "--jobs", "--format", "--quiet", "1000:1016"):
        assert word in told


@pytest.fixture
def made(monkeypatch: pytest.MonkeyPatch) -> list[tuple[Any, ...]]:
    """Have figures made up, and return what was asked for."""
    asked: list[tuple[Any, ...]] = []

    def made_up(figure: Any, seeds: range, out: Path, jobs: int | None, *more: Any) -> Any:
        asked.append((figure, seeds, out, jobs, more[-1]))
        return {
            "lists": Points(
                {SPIKING_MODEL: {"T5": np.array([0.9])}, RATE_MODEL: {"T5": np.array([1.0])}}
            )
        }

    monkeypatch.setattr(paper_figure, "make_figure", made_up)
    monkeypatch.setattr(paper_figure, "find_figure", lambda name: name)
    return asked


def test_one_figure_is_made_in_a_folder_of_its_name(
    made: list[Any], capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["figure", "tyulmankov-2", "--seeds", "5:8", "--out", "there", "--jobs", "2"]) == 0
    assert made == [("tyulmankov-2", range(5, 8), Path("there/tyulmankov-2"), 2, "png")]
    told = capsys.readouterr().out
    assert "there/tyulmankov-2/tyulmankov-2.png" in told
    assert "differ by at most -0.1000 (lists, T5)" in told


def test_a_figure_is_named_in_the_format_that_was_asked_for(
    made: list[Any], capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["figure", "tyulmankov-2", "--out", "there", "--format", "svg"]) == 0
    assert made[0][-1] == "svg"
    assert "there/tyulmankov-2/tyulmankov-2.svg" in capsys.readouterr().out


def test_all_figures_are_made_one_after_the_other_and_quietly_if_asked(
    made: list[Any], capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["figure", "all", "--quiet"]) == 0
    assert [one[0] for one in made] == list(FIGURES)
    assert all(one[1] == range(1000, 1016) for one in made)
    assert capsys.readouterr().out == ""


def test_a_figure_without_a_circuit_says_nothing_of_one(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    points = {"items": Points({"maximum": {"bits right at 0": np.array([1.0])}})}
    monkeypatch.setattr(paper_figure, "make_figure", lambda *given: points)
    assert main(["figure", "gershman-2"]) == 0
    told = capsys.readouterr().out
    assert "gershman-2.png" in told and "differ" not in told


def test_what_a_figure_needs_is_asked_for_before_any_is_made(
    made: list[Any], monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def missing(name: str) -> str:
        if name == "gershman-3":
            raise InputError("NAME", name, "must have scikit-learn installed")
        return name

    monkeypatch.setattr(paper_figure, "find_figure", missing)
    assert main(["figure", "all"]) == 2
    assert "must have scikit-learn installed" in capsys.readouterr().err
    assert made == []


def test_an_interrupted_figure_says_how_to_go_on(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def interrupted(*given: Any) -> Any:
        raise KeyboardInterrupt

    monkeypatch.setattr(paper_figure, "make_figure", interrupted)
    assert main(["figure", "tyulmankov-2"]) == 130
    told = capsys.readouterr().err
    assert "interrupted after 0 runs of tyulmankov-2; the same command goes on" in told
