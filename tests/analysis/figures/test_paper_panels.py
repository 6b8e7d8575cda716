"""Panels of the paper's figures: circuits are points with intervals, models are lines."""

from __future__ import annotations

import numpy as np
import pytest
from matplotlib.colors import to_hex

from hippokv.analysis.figures.paper_panels import (
    accuracy_axes,
    add_key,
    draw_circuit,
    draw_model,
)
from hippokv.analysis.figures.style import (
    REFERENCE,
    SELECTION_COLOURS,
    WIDTH_IN,
    add_panel,
    look,
    new_figure,
)
from hippokv.analysis.figures.sweep import mean_interval
from hippokv.analysis.recall.capacity import capacity_by_bisection, capacity_of_curve, slope

SAMPLES = {5: np.array([0.9, 1.0, 0.95]), 40: np.array([0.6, 0.8, 0.7])}
COLOUR = SELECTION_COLOURS["sequential"]


def test_a_circuit_is_points_with_the_interval_over_seeds() -> None:
    where = add_panel(new_figure(3.0), 0.7, 0.3, 3.0, 2.0)
    draw_circuit(where, SAMPLES, COLOUR, "D")
    points, _, (bars,) = where.containers[0].lines
    assert points.get_linestyle() == "None" and points.get_marker() == "D"
    assert to_hex(points.get_color()) == COLOUR
    np.testing.assert_allclose(points.get_xydata(), [[5, 0.95], [40, 0.7]])
    for segment, values in zip(bars.get_segments(), SAMPLES.values(), strict=True):
        mean, half = mean_interval(values)
        np.testing.assert_allclose(segment[:, 1], [mean - half, mean + half])


def test_a_model_is_a_line_through_its_means() -> None:
    where = add_panel(new_figure(3.0), 0.7, 0.3, 3.0, 2.0)
    draw_model(where, SAMPLES, COLOUR, "--")
    (line,) = where.lines
    assert (line.get_linestyle(), line.get_marker(), to_hex(line.get_color())) == (
        "--", "None", COLOUR,
    )  # fmt: skip
    np.testing.assert_allclose(line.get_xydata(), [[5, 0.95], [40, 0.7]])


def test_titles_axes_and_what_guessing_gives() -> None:
    figure = new_figure(3.0)
    with look():
        axes = add_panel(figure, 0.7, 0.3, 3.0, 2.0, "b   capacity")
    assert axes.get_title(loc="left") == "b   capacity"
    accuracy_axes(axes, "items stored, T")
    assert axes.get_xlabel() == "items stored, T"
    assert axes.get_ylabel() == "fraction of bits right"
    (chance,) = axes.lines
    assert set(chance.get_ydata()) == {0.5} and chance.get_color() == REFERENCE
    low, high = axes.get_ylim()
    assert low < 0.5 and high > 1.0


def test_legends_stand_below_each_other_and_explain_every_mark() -> None:
    figure = new_figure(4.0)
    names = {name: (colour, "-") for name, colour in SELECTION_COLOURS.items()}
    add_key(figure, 3.0, names)
    figure.draw_without_rendering()
    first, second = figure.legends
    assert [text.get_text() for text in first.get_texts()] == list(SELECTION_COLOURS)
    colours = [to_hex(mark.get_color()) for mark in first.legend_handles]
    assert colours == list(SELECTION_COLOURS.values())
    assert [text.get_text() for text in second.get_texts()] == [
        "circuit: mean, 95 % interval", "rate model", "guessing",
    ]  # fmt: skip
    upper, lower = (legend.get_window_extent() for legend in (first, second))
    assert lower.y1 <= upper.y1 - 0.15 * figure.dpi
    assert max(upper.x1, lower.x1) < WIDTH_IN * figure.dpi


# --- capacities -----------------------------------------------------------------------------------


def test_the_capacity_is_interpolated_where_the_curve_falls_below_for_good() -> None:
    assert capacity_of_curve([10, 20, 30], [1.0, 0.99, 0.97]) == pytest.approx(25.0)
    assert capacity_of_curve([10, 20, 30, 40], [1.0, 0.97, 0.99, 0.9]) == pytest.approx(30 + 10 / 9)
    assert capacity_of_curve([10, 20], [0.97, 0.9]) == 0.0
    assert np.isnan(capacity_of_curve([10, 20], [1.0, 0.98]))


@pytest.mark.parametrize("capacity", [0, 1, 2, 40, 63, 64])
def test_bisection_finds_where_accuracy_falls(capacity: int) -> None:
    assert capacity_by_bisection(lambda items: float(items <= capacity)) == capacity


def test_the_slope_leaves_out_the_offset() -> None:
    assert slope([20, 40, 80, 160], [26.0, 46.0, 86.0, 166.0]) == pytest.approx(1.0)
