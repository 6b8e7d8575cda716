"""Figures of the paper: what is run, what is written, what goes on after an interruption."""

from __future__ import annotations

import csv
import re
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest

from hippokv.analysis.classical.hopfield_network import HopfieldNetwork
from hippokv.analysis.classical.memory import remember
from hippokv.analysis.figures.curves import Curve, draw_curves
from hippokv.analysis.figures.style import SPIKING
from hippokv.analysis.figures.sweep import mean_interval
from hippokv.analysis.recall.groups import LIST
from hippokv.analysis.recall.items import items_of
from hippokv.analysis.recall.scores import group_accuracies
from hippokv.errors import BuildError, InputError
from hippokv.protocols import FIGURES
from hippokv.protocols.papers.paper_figure import (
    RATE_MODEL,
    SPIKING_MODEL,
    Condition,
    PaperFigure,
    Points,
    find_figure,
    make_figure,
    points_of,
    table_of_points,
    widest_gap,
)
from hippokv.protocols.running.experiment import prepare
from hippokv.protocols.sweeps import crew as sweep_crew
from hippokv.protocols.sweeps import folder as sweep_folder
from hippokv.protocols.sweeps.journal import Row
from hippokv.protocols.sweeps.plan import plan_sweep
from hippokv.protocols.sweeps.sweep import run_sweep
from shared_circuit import SETTINGS

if TYPE_CHECKING:
    from matplotlib.figure import Figure, SubFigure

#: A Hopfield network answers with the units that take the cue.
TINY: dict[str, Any] = {
    **SETTINGS, "circuit.n_outputs": SETTINGS["circuit.n_inputs"], "protocol.cue_ms": 200,
    "protocol.occlusion": 0.25, "protocol.lengths": "1, 2",
}  # fmt: skip
HOPFIELD = "Hopfield network"
SEEDS = range(7, 9)


def draw(figure: Figure | SubFigure, points: Mapping[str, Points]) -> None:
    """Draw one curve of each condition."""
    curves = []
    for name, found in points.items():
        curve = found.curve(SPIKING_MODEL, LIST)
        heights = [float(values.mean()) for values in curve.values()]
        curves.append(Curve(name, SPIKING, list(curve), heights))
    draw_curves(figure.add_subplot(), curves)


def figure(**more: Any) -> PaperFigure:
    """Return a figure of two conditions, the second with a single seed."""
    random = {**TINY, "circuit.selection": "random", **more}
    found = [
        Condition("in-turn", "capacity", TINY, {HOPFIELD: HopfieldNetwork()}),
        Condition("by-chance", "capacity", random, seeds=1),
    ]
    return PaperFigure("tiny", "a tiny figure", "A tiny figure.", lambda: found, 2.0, draw)


def made_up(protocol: str, settings: Mapping[str, Any], version: str, stop: Any) -> Row:
    """Return what a run might give: worse by its seed in the circuit than in the rate model."""
    seed = settings["run.seed"]
    whole = {"accuracy": 0.9, "accuracy_strict": 0.2, "accuracy_hidden": float("nan")}
    spiking = {**whole, "accuracy_T1": 1 - seed / 100, "accuracy_T2": 0.8}
    rate = {**whole, "accuracy_T1": 1.0, "accuracy_T2": 0.7 + seed / 100}
    timing = {"build_s": 0.0, "run_s": 0.0, "total_s": 0.0}
    return Row(dict(settings), spiking, rate, 1.0, timing, None)


@pytest.fixture
def begun(monkeypatch: pytest.MonkeyPatch) -> list[tuple[str, int]]:
    """Have runs made up, and return the selection and the seed of those that were begun."""
    found: list[tuple[str, int]] = []

    def noted(protocol: str, settings: Mapping[str, Any], version: str, stop: Any) -> Row:
        selection = settings.get("circuit.selection", "ring")
        found.append((selection, settings["run.seed"]))
        return made_up(protocol, settings, version, stop)

    monkeypatch.setattr(sweep_crew, "one_run", noted)
    monkeypatch.setattr(sweep_folder, "_draw", lambda grid, table, folder: None)
    return found


# --- a figure from its runs -----------------------------------------------------------------------


@pytest.mark.slow
def test_a_figure_runs_circuits_and_writes_a_picture_and_a_table(tmp_path: Path) -> None:
    steps: list[tuple[int, int]] = []
    out = tmp_path / "tiny"
    points = make_figure(figure(), SEEDS, out, 1, progress=lambda *step: steps.append(step))
    assert sorted(path.name for path in out.iterdir()) == [
        "by-chance", "in-turn", "tiny.csv", "tiny.png",
    ]  # fmt: skip
    assert (out / "tiny.png").read_bytes().startswith(b"\x89PNG")
    with (out / "tiny.csv").open(encoding="utf-8", newline="") as stream:
        rows = list(csv.DictReader(stream))
    models = {(row["condition"], row["model"]) for row in rows}
    assert models == {
        ("in-turn", SPIKING_MODEL), ("in-turn", RATE_MODEL), ("in-turn", HOPFIELD),
        ("by-chance", SPIKING_MODEL), ("by-chance", RATE_MODEL),
    }  # fmt: skip
    assert {row["group"] for row in rows} == {"T1", "T2"}
    assert {(row["condition"], row["seeds"]) for row in rows} == {
        ("in-turn", "2"), ("by-chance", "1"),
    }  # fmt: skip
    assert (steps[-1], len(points)) == ((3, 3), 2)
    # With one item stored nothing can be confused, in the Hopfield network either.
    for model in (SPIKING_MODEL, RATE_MODEL, HOPFIELD):
        assert points["in-turn"].curve(model, LIST)[1].min() > 0.9


def test_classical_memories_meet_the_schedules_of_the_circuit(begun: list[Any]) -> None:
    condition = figure().conditions()[0]
    plan = plan_sweep(condition.protocol, {}, SEEDS, condition.settings)
    found = points_of(condition, run_sweep(plan, jobs=1).table)
    assert list(found.scores) == [SPIKING_MODEL, RATE_MODEL, HOPFIELD]
    for number, seed in enumerate(SEEDS):
        schedule = prepare("capacity", {**TINY, "run.seed": seed}).schedule
        expected = group_accuracies(remember(HopfieldNetwork(), schedule, seed), items_of(schedule))
        for group, score in expected.items():
            assert found.scores[HOPFIELD][group][number] == score
    assert list(found.scores[SPIKING_MODEL]) == ["T1", "T2"], "the groups alone, not the whole"


def test_an_interrupted_figure_goes_on_where_it_was(
    begun: list[Any], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    whole = make_figure(figure(), SEEDS, tmp_path / "whole", 1)
    assert len(begun) == 3
    begun.clear()
    noted = sweep_crew.one_run

    def interrupted(*given: Any) -> Row:
        if len(begun) == 2:
            raise KeyboardInterrupt
        return noted(*given)

    monkeypatch.setattr(sweep_crew, "one_run", interrupted)
    out = tmp_path / "parts"
    with pytest.raises(KeyboardInterrupt):
        make_figure(figure(), SEEDS, out, 1)
    assert not (out / "tiny.png").exists() and not (out / "tiny.csv").exists()
    monkeypatch.setattr(sweep_crew, "one_run", noted)
    counted: list[int] = []
    continued = make_figure(
        figure(), SEEDS, out, 1, progress=lambda finished, total: counted.append(finished)
    )
    assert len(begun) == len(set(begun)) == 3, "no run twice"
    assert counted == sorted(counted) and counted[-1] == 3
    assert table_of_points(continued).keys() == table_of_points(whole).keys()
    assert (out / "tiny.csv").read_bytes() == (tmp_path / "whole" / "tiny.csv").read_bytes()
    begun.clear()
    make_figure(figure(), SEEDS, out, 1)
    assert begun == []


def test_more_seeds_are_added_to_a_figure(begun: list[Any], tmp_path: Path) -> None:
    make_figure(figure(), SEEDS, tmp_path / "tiny", 1)
    begun.clear()
    points = make_figure(figure(), range(7, 10), tmp_path / "tiny", 1)
    assert begun == [("ring", 9)]
    assert len(points["in-turn"].scores[SPIKING_MODEL]["T1"]) == 3


def test_a_run_that_fails_is_said_and_nothing_is_drawn(
    begun: list[Any], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def failing(protocol: str, settings: Mapping[str, Any], version: str, stop: Any) -> Row:
        if settings["run.seed"] == 8:
            return Row.failed(settings, "the circuit burst")
        return made_up(protocol, settings, version, stop)

    monkeypatch.setattr(sweep_crew, "one_run", failing)
    out = tmp_path / "tiny"
    with pytest.raises(BuildError, match="1 runs of in-turn failed: the circuit burst"):
        make_figure(figure(), SEEDS, out, 1)
    assert not (out / "tiny.png").exists()


def test_a_figure_of_other_seeds_shows_those_of_its_folder_as_well(
    begun: list[Any], tmp_path: Path
) -> None:
    out = tmp_path / "parts"
    make_figure(figure(), range(9, 11), out, 1)
    points = make_figure(figure(), range(7, 9), out, 1)
    # The second condition has the first seed of each.
    assert len(begun) == len(set(begun)) == 6
    whole = make_figure(figure(), range(7, 11), tmp_path / "whole", 1)
    for model in (SPIKING_MODEL, RATE_MODEL, HOPFIELD):
        np.testing.assert_equal(
            points["in-turn"].scores[model], whole["in-turn"].scores[model]
        )  # fmt: skip
    assert len(points["by-chance"].scores[SPIKING_MODEL]["T1"]) == 2


def test_a_picture_that_cannot_be_drawn_costs_itself_alone(
    begun: list[Any], tmp_path: Path
) -> None:
    def broken(figure: Figure | SubFigure, points: Mapping[str, Points]) -> None:
        raise ValueError("no such\nbackend")

    make_figure(figure(), SEEDS, tmp_path / "whole", 1)
    out = tmp_path / "tiny"
    make_figure(figure(), range(7, 8), out, 1)
    with pytest.raises(BuildError) as told:
        make_figure(replace(figure(), draw=broken), SEEDS, out, 1)
    assert str(told.value) == (
        f"{out / 'tiny.png'} could not be drawn (ValueError: no such backend); "
        f"its points are in {out / 'tiny.csv'}"
    )
    assert (out / "tiny.csv").read_bytes() == (tmp_path / "whole" / "tiny.csv").read_bytes()
    assert not (out / "tiny.png").exists(), "that of fewer seeds"


@pytest.mark.parametrize("name", ["tiny.png", "tiny.csv", "in-turn", "by-chance"])
def test_a_link_in_the_folder_of_a_figure_is_refused_before_anything_runs(
    name: str, begun: list[Any], tmp_path: Path
) -> None:
    mine = tmp_path / "mine"
    (mine.mkdir if "-" in name else mine.touch)()
    out = tmp_path / "tiny"
    out.mkdir()
    (out / name).symlink_to(mine)
    words = f"--out = '{out}': must hold no symbolic link, as {name} is one: remove it"
    with pytest.raises(InputError, match=re.escape(words)):
        make_figure(figure(), SEEDS, out, 1)
    assert begun == []
    assert [path.name for path in out.iterdir()] == [name]
    assert mine.is_file() or list(mine.iterdir()) == []


def test_settings_that_cannot_be_are_refused_before_anything_runs(
    begun: list[Any], tmp_path: Path
) -> None:
    out = tmp_path / "tiny"
    with pytest.raises(InputError, match="circuit.plateau_probability = 2"):
        make_figure(figure(**{"circuit.plateau_probability": 2.0}), SEEDS, out, 1)
    assert begun == [] and not out.exists()


def test_a_folder_of_something_else_is_refused(begun: list[Any], tmp_path: Path) -> None:
    foreign = tmp_path / "tiny" / "in-turn"
    foreign.mkdir(parents=True)
    (foreign / "notes").touch()
    with pytest.raises(InputError, match="must be"):
        make_figure(figure(), SEEDS, tmp_path / "tiny", 1)
    assert begun == []


# --- points and their table -----------------------------------------------------------------------

POINTS = {
    "one": Points(
        {
            SPIKING_MODEL: {"T5": np.array([0.9, 0.8, 1.0]), "T10": np.array([0.7, 0.7, 0.7])},
            RATE_MODEL: {"T5": np.array([0.9, 0.9, 0.9]), "T10": np.array([0.72, 0.74, 0.76])},
            HOPFIELD: {"T5": np.array([0.6, 0.6, 0.9]), "T10": np.array([0.5, 0.5, 0.5])},
        }
    ),
    "other": Points(
        {SPIKING_MODEL: {"T5": np.array([0.95])}, RATE_MODEL: {"T5": np.array([0.93])}}
    ),
}  # fmt: skip


def test_the_table_holds_means_intervals_and_paired_differences() -> None:
    columns = table_of_points(POINTS)
    rows = [dict(zip(columns, row, strict=True)) for row in zip(*columns.values(), strict=True)]
    by_point = {(row["condition"], row["group"], row["model"]): row for row in rows}
    assert len(by_point) == len(rows) == 8
    row = by_point["one", "T5", SPIKING_MODEL]
    assert (row["seeds"], row["mean"], row["half_width"]) == (
        3, *mean_interval(np.array([0.9, 0.8, 1.0])),
    )  # fmt: skip
    assert row["difference"] == pytest.approx(0.0)
    # Seed by seed: what varies alike in both does not widen the interval.
    row = by_point["one", "T10", SPIKING_MODEL]
    assert row["difference"] == pytest.approx(-0.04)
    assert row["difference_half_width"] == pytest.approx(mean_interval(
        np.array([0.02, 0.04, 0.06])
    )[1])  # fmt: skip
    assert all(np.isnan(row["difference"]) for row in rows if row["model"] != SPIKING_MODEL)


def test_the_widest_gap_is_that_of_circuit_and_rate_model_wherever_it_is() -> None:
    gap = widest_gap(table_of_points(POINTS))
    assert gap is not None
    assert (gap.difference, gap.where) == (pytest.approx(-0.04), "one, T10")


def test_a_curve_is_the_groups_of_a_prefix() -> None:
    curve = POINTS["one"].curve(SPIKING_MODEL, LIST)
    assert list(curve) == [5, 10]
    assert POINTS["one"].curve(SPIKING_MODEL, "R") == {}


# --- the figures of the paper ---------------------------------------------------------------------


def test_an_unknown_figure_is_refused() -> None:
    with pytest.raises(InputError, match="FIGURE = 'tyulmankov-1': must be one of tyulmankov-2"):
        find_figure("tyulmankov-1")


def made_up_points(condition: Condition) -> Points:
    """Return scores for every group of a condition, falling with the number in its name."""
    stream = np.random.default_rng(0)
    groups = dict.fromkeys(
        items_of(prepare(condition.protocol, condition.settings).schedule).groups
    )
    models = (SPIKING_MODEL, RATE_MODEL, *condition.memories)
    number = {group: float(group.lstrip("Rflashbuo_T")) for group in groups}
    return Points(
        {
            model: {
                group: np.clip(1 - number[group] / 400 - 0.05 * stream.random(3), 0.5, 1)
                for group in groups
            }
            for model in models
        }
    )


@pytest.mark.parametrize("name", ["tyulmankov-2", "tyulmankov-4"])
def test_a_figure_of_the_paper_is_drawn_from_the_points_of_its_conditions(name: str) -> None:
    found = find_figure(name)
    assert found.name == name and "\n" not in found.summary + found.caption
    conditions = found.conditions()
    assert len({condition.name for condition in conditions}) == len(conditions)
    drawn = found.page({condition.name: made_up_points(condition) for condition in conditions})
    drawn.draw_without_rendering()
    width, height = drawn.get_size_inches() * drawn.dpi
    for axes in drawn.axes:
        box = axes.get_tightbbox()
        assert box.x0 >= 0 and box.x1 <= width and box.y0 >= 0 and box.y1 <= height, axes
    for legend in drawn.legends:
        box = legend.get_window_extent()
        assert box.x0 >= 0 and box.x1 <= width and box.y0 >= 0, legend.get_texts()[0]


def test_a_figure_of_the_paper_is_drawn_into_a_part_of_ones_own() -> None:
    from matplotlib.figure import Figure

    found = find_figure("tyulmankov-2")
    whole = Figure(figsize=(14.4, found.height_in))
    left, right = whole.subfigures(1, 2)
    found.draw(right, {one.name: made_up_points(one) for one in found.conditions()})
    assert not left.axes and len(right.axes) == 2 and len(right.legends) == 2
    whole.draw_without_rendering()
    for axes in right.axes:
        box = axes.get_tightbbox()
        assert box.x0 >= whole.bbox.width / 2 and box.x1 <= whole.bbox.width
        assert box.y0 >= 0 and box.y1 <= whole.bbox.height


@pytest.mark.parametrize("name", [name for name in FIGURES if name.startswith("tyulmankov")])
def test_a_figure_of_the_paper_compares_both_ways_of_choosing_slots(name: str) -> None:
    """Runs without a schedule of the same name would leave a panel empty."""
    conditions = find_figure(name).conditions()
    chosen = {condition.settings.get("circuit.selection") for condition in conditions}
    assert {"ring", "random"} <= chosen
    for condition in conditions:
        assert plan_sweep(condition.protocol, {}, range(1000, 1002), condition.settings)
