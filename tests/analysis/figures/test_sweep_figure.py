"""The figure of a sweep: means and intervals that are right, and every kind of axis."""

from __future__ import annotations

import itertools
import math
from collections.abc import Sequence
from typing import Any

import numpy as np
import pytest
from matplotlib import rc_context
from matplotlib.axes import Axes
from matplotlib.colors import same_color
from matplotlib.figure import Figure
from numpy.typing import NDArray
from scipy import stats

from hippokv.analysis.figures.report import render
from hippokv.analysis.figures.style import RATE, SPIKING
from hippokv.analysis.figures.sweep import CAPTION, MOST_LINES, mean_interval, sweep_figure

SEEDS = 4


# --- means and intervals --------------------------------------------------------------------------


@pytest.mark.parametrize("count", [2, 3, 10, 200])
@pytest.mark.parametrize("confidence", [0.5, 0.95, 0.99])
def test_an_interval_is_that_of_students_t(count: int, confidence: float) -> None:
    values = np.random.default_rng(count).normal(3.0, 2.0, count)
    mean, half = mean_interval(values, confidence)
    low, high = stats.t.interval(confidence, count - 1, loc=values.mean(), scale=stats.sem(values))
    assert mean == pytest.approx(values.mean())
    assert (mean - half, mean + half) == pytest.approx((low, high))


def test_an_interval_is_the_one_in_the_tables() -> None:
    # Two values, 0 and 2: standard error 1, and t = 12.706 for one degree of freedom.
    assert mean_interval(np.array([0.0, 2.0])) == pytest.approx((1.0, 12.7062), rel=1e-5)
    # Standard error 1, and t = 2.776 for four degrees of freedom.
    five = np.array([-2.0, -1.0, 0.0, 1.0, 2.0]) * math.sqrt(2)
    assert mean_interval(five) == pytest.approx((0.0, 2.77645), rel=1e-5)


def test_an_interval_holds_the_mean_as_often_as_it_says() -> None:
    stream = np.random.default_rng(1)
    found = [mean_interval(sample, 0.8) for sample in stream.normal(1.0, 3.0, (2000, 5))]
    inside = sum(abs(mean - 1.0) < half for mean, half in found)
    assert inside / 2000 == pytest.approx(0.8, abs=0.04)


def test_values_that_do_not_exist_are_left_out() -> None:
    some = np.array([1.0, math.nan, 4.0, 2.0, math.nan])
    assert mean_interval(some) == mean_interval(np.array([1.0, 4.0, 2.0]))


def test_equal_values_have_no_spread() -> None:
    assert mean_interval(np.full(5, 0.7)) == pytest.approx((0.7, 0.0))


@pytest.mark.parametrize("none", [[], [math.nan], [math.nan, math.nan]])
def test_without_values_there_is_no_mean(none: list[float]) -> None:
    mean, half = mean_interval(np.array(none))
    assert math.isnan(mean) and math.isnan(half)


@pytest.mark.parametrize("one", [[0.25], [0.25, math.nan]])
def test_one_value_has_a_mean_and_no_interval(one: list[float]) -> None:
    mean, half = mean_interval(np.array(one))
    assert mean == 0.25 and math.isnan(half)


# --- figures --------------------------------------------------------------------------------------


class Sweep:
    """Hold the columns of a sweep that was made up."""

    def __init__(self, axis: Sequence[Any], *others: Sequence[Any], scores: int = 3) -> None:
        runs = list(itertools.product(axis, *others, range(SEEDS)))
        names = [f"circuit.other_{number}" for number in range(len(others))]
        self.positions = [run[0] for run in runs]
        self.others = {name: [run[1 + at] for run in runs] for at, name in enumerate(names)}
        stream = np.random.default_rng(0)
        self.metrics: dict[str, NDArray[np.float64]] = {
            f"score_{number}": stream.uniform(size=len(runs)) for number in range(scores)
        }
        self.prediction = {name: np.ones(len(runs)) for name in self.metrics}

    def draw(self) -> Figure:
        """Draw it."""
        return sweep_figure(
            "protocol.n_items",
            self.positions,
            self.others,
            {name: list(map(float, column)) for name, column in self.metrics.items()},
            {name: list(map(float, column)) for name, column in self.prediction.items()},
        )


def _lines(panel: Axes) -> list[tuple[NDArray[np.float64], NDArray[np.float64], NDArray[Any]]]:
    """Return place, mean and half interval of every line of a panel, in the order of drawing."""
    found = []
    for container in panel.containers:
        line, _, bars = container.lines  # type: ignore[attr-defined]
        halves = [np.ptp(ends[:, 1]) / 2 if len(ends) else 0 for ends in bars[0].get_segments()]
        place, mean = (np.asarray(data, float) for data in line.get_data())
        found.append((place, mean, np.array(halves)))
    return found


def _words(figure: Figure) -> list[str]:
    return [text.get_text() for legend in figure.legends for text in legend.get_texts()]


def _check_drawing(figure: Figure) -> None:
    """Draw a figure and check that nothing lies outside it."""
    assert render(figure, "against-something", CAPTION).png.startswith(b"\x89PNG")
    width, height = figure.get_size_inches() * figure.dpi
    for legend in figure.legends:
        box = legend.get_window_extent()
        assert box.x0 >= 0 and box.y0 >= 0 and box.x1 <= width and box.y1 <= height
    for panel in figure.axes:
        box = panel.get_tightbbox()
        assert box is not None
        assert box.x0 >= 0 and box.y0 >= 0 and box.x1 <= width and box.y1 <= height


@pytest.mark.parametrize("scores", [1, 2, 7, 12])
def test_every_score_has_a_panel(scores: int) -> None:
    figure = Sweep([10, 20, 40], scores=scores).draw()
    assert [panel.get_title(loc="left") for panel in figure.axes] == [
        f"score {number}" for number in range(scores)
    ]
    assert {panel.get_xlabel() for panel in figure.axes} == {"protocol.n_items"}
    _check_drawing(figure)


def test_lines_show_means_and_intervals_over_seeds() -> None:
    made = Sweep([40, 10, 20])
    figure = made.draw()
    positions = np.array(made.positions)
    for name, panel in zip(made.metrics, figure.axes, strict=True):
        rate, spiking = _lines(panel)
        for (place, mean, half), column in (
            (rate, made.prediction[name]), (spiking, made.metrics[name])
        ):  # fmt: skip
            np.testing.assert_array_equal(place, [10, 20, 40])
            expected = [mean_interval(column[positions == at]) for at in (10, 20, 40)]
            np.testing.assert_allclose(mean, [one for one, _ in expected])
            np.testing.assert_allclose(half, [one for _, one in expected], atol=1e-12)


def test_one_group_has_the_two_colours_of_every_figure() -> None:
    figure = Sweep([10, 20]).draw()
    rate, spiking = (container.lines[0] for container in figure.axes[0].containers)  # type: ignore[attr-defined]
    assert same_color(rate.get_color(), RATE) and rate.get_linestyle() == "--"
    assert same_color(spiking.get_color(), SPIKING) and spiking.get_linestyle() == "-"
    assert _words(figure) == ["circuit", "rate model", "95 % interval over seeds"]


@pytest.mark.parametrize("groups", range(2, MOST_LINES + 1))
def test_few_combinations_of_the_other_axes_have_a_line_each(groups: int) -> None:
    made = Sweep([10, 20], list(range(groups)))
    figure = made.draw()
    _check_drawing(figure)
    colours = set()
    for panel in figure.axes:
        assert len(panel.containers) == 2 * groups
        colours = {container.lines[0].get_color() for container in panel.containers}  # type: ignore[attr-defined]
    assert len(colours) == groups
    assert _words(figure)[3:] == [f"other_0 {group}" for group in range(groups)]
    other = np.array(made.others["circuit.other_0"])
    for group in range(groups):
        _, mean, _ = _lines(figure.axes[0])[2 * group + 1]
        inside = (other == group) & (np.array(made.positions) == 20)
        assert mean[1] == pytest.approx(made.metrics["score_0"][inside].mean())


def test_two_other_axes_are_combined() -> None:
    figure = Sweep([10, 20], ["random", "least_recent"], [0.1, 0.5]).draw()
    assert _words(figure)[3:] == [
        f"other_0 {word}, other_1 {number}"
        for word in ("random", "least_recent") for number in (0.1, 0.5)
    ]  # fmt: skip
    _check_drawing(figure)


@pytest.mark.parametrize("letters", [5, 12, 20, 30, 40, 60, 80, 200])
@pytest.mark.parametrize("groups", [2, 6])
def test_long_names_stay_inside_the_figure(letters: int, groups: int) -> None:
    path = ("reset_voltage_mV/" * 20)[: letters - 3]
    names = [f"{path}_{number}" for number in range(groups)]
    _check_drawing(Sweep([10, 20], names).draw())
    figure = Sweep(names).draw()
    _check_drawing(figure)
    labels = [label.get_window_extent() for label in figure.axes[0].get_xticklabels()]
    assert all(one.x1 < other.x0 for one, other in itertools.pairwise(labels))


@pytest.mark.parametrize("others", [[range(8)], [range(4), range(2)]])
def test_of_many_combinations_the_mean_is_drawn(others: list[Sequence[int]]) -> None:
    made = Sweep([10, 20], *others)
    figure = made.draw()
    rate, spiking = _lines(figure.axes[0])
    assert _words(figure)[2:] == ["95 % interval over seeds and the other axes"]
    first = made.metrics["score_0"][np.array(made.positions) == 10]
    assert first.size == 8 * SEEDS
    assert spiking[1][0] == pytest.approx(first.mean())
    assert rate[1][0] == 1.0
    _check_drawing(figure)


@pytest.mark.parametrize("axis", [["random", "least_recent", "x"], [True, False], ["cpp"]])
def test_words_are_placed_in_the_order_given(axis: list[Any]) -> None:
    made = Sweep(axis)
    figure = made.draw()
    panel = figure.axes[0]
    assert [label.get_text() for label in panel.get_xticklabels()] == [str(one) for one in axis]
    _, (place, mean, _) = _lines(panel)
    np.testing.assert_array_equal(place, range(len(axis)))
    for number, one in enumerate(axis):
        inside = [position == one for position in made.positions]
        assert mean[number] == pytest.approx(made.metrics["score_0"][inside].mean())
    _check_drawing(figure)


@pytest.mark.parametrize("axis", [[5], [0.05, 1.0, 0.5], [1, 2.5]])
def test_numbers_are_placed_by_their_size(axis: list[float]) -> None:
    figure = Sweep(axis).draw()
    _, (place, _, _) = _lines(figure.axes[0])
    np.testing.assert_array_equal(place, sorted(axis))
    _check_drawing(figure)


def test_scores_that_do_not_exist_leave_a_gap() -> None:
    made = Sweep([10, 20, 40])
    positions = np.array(made.positions)
    made.metrics["score_0"][positions == 20] = math.nan
    made.metrics["score_1"][:] = made.prediction["score_1"][:] = math.nan
    made.metrics["score_2"][np.flatnonzero(positions == 40)[1:]] = math.nan
    figure = made.draw()
    _check_drawing(figure)
    _, (_, mean, _) = _lines(figure.axes[0])
    np.testing.assert_array_equal(np.isnan(mean), [False, True, False])
    _, (_, mean, _) = _lines(figure.axes[1])
    assert np.isnan(mean).all()
    # One value has a mean and no interval.
    _, (_, mean, half) = _lines(figure.axes[2])
    assert mean[2] == made.metrics["score_2"][positions == 40][0]
    assert half[2] == 0 and half[0] > 0


def test_combinations_that_were_not_run_leave_a_gap() -> None:
    positions, other = [10, 20, 20, 20], ["a", "a", "b", "b"]
    scores = {"accuracy": [0.1, 0.2, 0.3, 0.5]}
    figure = sweep_figure("protocol.n_items", positions, {"x.y": other}, scores, scores)
    _check_drawing(figure)
    _, (_, mean, _) = _lines(figure.axes[0])[2:]
    assert math.isnan(mean[0]) and mean[1] == pytest.approx(0.4)


def test_the_look_does_not_depend_on_the_users_settings() -> None:
    plain = render(Sweep([10, 20], [1, 2]).draw(), "a", CAPTION).png
    with rc_context({"font.size": 20, "lines.linewidth": 5, "axes.facecolor": "red"}):
        other = render(Sweep([10, 20], [1, 2]).draw(), "a", CAPTION).png
    assert plain == other
