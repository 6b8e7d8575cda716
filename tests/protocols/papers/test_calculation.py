"""Parts of figures without a circuit: what is kept, what goes on, what is done again."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from hippokv.errors import InputError
from hippokv.protocols.papers import calculation
from hippokv.protocols.papers.calculation import Calculated, Calculation, along, gathered
from hippokv.protocols.papers.paper_figure import (
    PaperFigure,
    make_figure,
    table_of_points,
    widest_gap,
)

SEEDS = range(7, 10)


@pytest.fixture
def begun() -> list[int]:
    """Return the seeds that were begun, of what :func:`made_up` returns."""
    return []


def made_up(begun: list[int], fails: int | None = None) -> Calculation:
    """Return a calculation that notes its seeds, and is interrupted at one."""

    def calculate(seed: int, stop: Callable[[], None]) -> Calculated:
        begun.append(seed)
        if seed == fails:
            raise KeyboardInterrupt
        shown = {"way": np.array([[seed, 0.123456]])}
        return Calculated({"curve": {"part at 0.5": seed / 8, "part at 1": 1.0}}, shown)

    return Calculation("made-up", calculate)


def nothing(finished: int, total: int) -> None:
    """Show no progress."""


def test_results_come_in_the_order_of_the_seeds_and_are_kept(
    begun: list[int], tmp_path: Path
) -> None:
    found = made_up(begun).results(SEEDS, tmp_path / "new", 2, nothing)
    assert sorted(begun) == list(SEEDS)
    scores = gathered(found)
    np.testing.assert_array_equal(scores["curve"]["part at 0.5"], np.array(SEEDS) / 8)
    assert {key: list(value) for key, value in along(scores["curve"], "part").items()} == {
        0.5: [7 / 8, 1.0, 9 / 8], 1.0: [1.0] * 3,
    }  # fmt: skip
    np.testing.assert_array_equal(found[0].shown["way"], [[7, 0.1235]])
    begun.clear()
    again = made_up(begun).results(range(8, 12), tmp_path / "new", 2, nothing)
    assert sorted(begun) == [10, 11]
    assert again[0].scores == found[1].scores


def test_an_interrupted_calculation_goes_on_where_it_was(begun: list[int], tmp_path: Path) -> None:
    with pytest.raises(KeyboardInterrupt):
        made_up(begun, fails=9).results(SEEDS, tmp_path, 1, nothing)
    assert begun == [7, 8, 9]
    counted: list[tuple[int, int]] = []
    made_up(begun).results(SEEDS, tmp_path, 1, lambda *step: counted.append(step))
    assert begun[3:] == [9]
    assert counted == [(2, 3), (3, 3)]


def test_what_runs_is_told_to_end(tmp_path: Path) -> None:
    def calculate(seed: int, stop: Callable[[], None]) -> Calculated:
        if seed == 7:
            raise ValueError("no such items")
        while True:
            stop()

    with pytest.raises(ValueError, match="no such items"):
        Calculation("endless", calculate).results(SEEDS, tmp_path, 3, nothing)


@pytest.mark.parametrize("content", ["", "{", "[]", '{"version": "another"}', "null", "\xff"])
def test_a_damaged_file_is_calculated_again(content: str, begun: list[int], tmp_path: Path) -> None:
    made_up(begun).results([7], tmp_path, 1, nothing)
    kept = (tmp_path / "7.json").read_bytes()
    (tmp_path / "7.json").write_bytes(content.encode("latin-1"))
    made_up(begun).results([7], tmp_path, 1, nothing)
    assert begun == [7, 7]
    assert (tmp_path / "7.json").read_bytes() == kept


def test_what_another_version_or_other_data_gave_is_calculated_again(
    begun: list[int], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    one = made_up(begun)
    one.results([7], tmp_path, 1, nothing)
    replace(one, source="other images").results([7], tmp_path, 1, nothing)
    assert begun == [7, 7]
    monkeypatch.setattr(calculation, "code_version", lambda: "later")
    one.results([7], tmp_path, 1, nothing)
    assert begun == [7, 7, 7]
    assert json.loads((tmp_path / "7.json").read_text())["version"] == "later "


def test_a_link_in_the_place_of_a_seed_is_refused_before_anything_is_calculated(
    begun: list[int], tmp_path: Path
) -> None:
    (tmp_path / "mine").touch()
    (tmp_path / "8.json").symlink_to(tmp_path / "mine")
    with pytest.raises(InputError, match=r"must hold no symbolic link, as 8\.json is one"):
        made_up(begun).results(SEEDS, tmp_path, 1, nothing)
    assert begun == []


def test_a_figure_of_a_calculation_has_a_table_and_no_gap(begun: list[int], tmp_path: Path) -> None:
    figure = PaperFigure(
        "tiny", "a tiny figure", "Tiny.", lambda: [made_up(begun)], 2.0,
        lambda figure, points: None,
    )  # fmt: skip
    points = make_figure(figure, SEEDS, tmp_path / "tiny", 1)
    assert (tmp_path / "tiny" / "tiny.png").read_bytes().startswith(b"\x89PNG")
    table = table_of_points(points)
    assert table["group"] == ["part at 0.5", "part at 1"] and table["mean"] == [1.0, 1.0]
    assert widest_gap(table) is None


def test_a_figure_is_drawn_in_another_format_beside_the_picture_while_it_is_asked_for(
    begun: list[int], tmp_path: Path
) -> None:
    figure = PaperFigure(
        "tiny", "a tiny figure", "Tiny.", lambda: [made_up(begun)], 2.0,
        lambda figure, points: None,
    )  # fmt: skip
    out = tmp_path / "tiny"
    for kind, start in (("svg", b"<?xml"), ("pdf", b"%PDF")):
        make_figure(figure, SEEDS, out, 1, figure_as=kind)
        assert (out / "tiny.png").read_bytes().startswith(b"\x89PNG")
        assert (out / f"tiny.{kind}").read_bytes().startswith(start)
    # One of before would not belong to the table.
    assert not (out / "tiny.svg").exists()
    with pytest.raises(InputError, match="--format = 'gif'"):
        make_figure(figure, SEEDS, out, 1, figure_as="gif")
    assert (out / "tiny.pdf").exists()


def test_what_is_missing_is_said_before_anything_is_calculated(
    begun: list[int], tmp_path: Path
) -> None:
    def check() -> None:
        raise InputError("NAME", "tiny", "must have scikit-learn")

    figure = PaperFigure(
        "tiny", "", "", lambda: [replace(made_up(begun), check=check)], 2.0,
        lambda figure, points: None,
    )  # fmt: skip
    with pytest.raises(InputError, match="must have scikit-learn"):
        make_figure(figure, SEEDS, tmp_path / "tiny", 1)
    assert begun == [] and not (tmp_path / "tiny").exists()
