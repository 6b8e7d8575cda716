"""Curves against a number: which scores become points, and what the figure says of them."""

from __future__ import annotations

import numpy as np
import pytest
from matplotlib.colors import to_hex
from matplotlib.lines import Line2D

from hippokv.analysis.figures.curves import Curve, curve_of_groups, curves_figure
from hippokv.analysis.figures.style import MEMORY_COLOURS, RATE, SPIKING

SCORES = {
    "accuracy": 0.9, "accuracy_R40": 0.7, "accuracy_R1": 1.0, "accuracy_hidden_R1": 0.2,
    "accuracy_flashbulb_R40": 0.95, "accuracy_R9x": 0.1,
}  # fmt: skip


def test_the_points_are_the_scores_of_numbered_groups_in_order() -> None:
    regular = curve_of_groups("circuit", SPIKING, SCORES, "R")
    assert (regular.positions, regular.heights) == ([1, 40], [1.0, 0.7])
    flashbulb = curve_of_groups("flashbulb", SPIKING, SCORES, "flashbulb_R", special=True)
    assert (flashbulb.positions, flashbulb.heights) == ([40], [0.95])
    assert (regular.marker, regular.filled, regular.style) == ("o", True, "-")
    assert (flashbulb.marker, flashbulb.filled, flashbulb.style) == ("D", False, "--")


def test_curves_have_their_colours_their_labels_and_a_legend() -> None:
    drawn = [
        Curve("circuit", SPIKING, [1, 5], [1.0, 0.8], [0.0, 0.1]),
        Curve("rate model", RATE, [1, 5], [1.0, 0.7]),
        Curve("Hopfield network", MEMORY_COLOURS["Hopfield network"], [1, 5], [0.9, 0.6]),
        Curve("", SPIKING, [1, 5], [0.6, 0.5], marker=""),
    ]
    figure = curves_figure(drawn, "items in the list")
    (panel,) = figure.axes
    assert panel.get_xlabel() == "items in the list"
    assert panel.get_ylabel() == "fraction of bits right"
    lines = [container.lines[0] for container in panel.containers]
    assert [to_hex(line.get_color()) for line in lines] == [curve.colour for curve in drawn]
    for line, curve in zip(lines, drawn, strict=True):
        np.testing.assert_array_equal(line.get_xdata(), curve.positions)
        np.testing.assert_array_equal(line.get_ydata(), curve.heights)
    (legend,) = figure.legends
    assert [text.get_text() for text in legend.get_texts()] == [
        "circuit", "rate model", "Hopfield network"
    ]  # fmt: skip
    marks = [handle for handle in legend.legend_handles if isinstance(handle, Line2D)]
    assert [to_hex(mark.get_color()) for mark in marks] == [curve.colour for curve in drawn[:3]]


def test_intervals_are_drawn_where_there_are_any_and_those_of_one_seed_have_no_width() -> None:
    figure = curves_figure([Curve("circuit", SPIKING, [1, 5], [0.9, 0.8], [0.1, np.nan])], "T")
    (bars,) = figure.axes[0].containers[0].lines[2]
    heights = [segment[:, 1].tolist() for segment in bars.get_segments()]
    assert heights[0] == pytest.approx([0.8, 1.0])
    assert heights[1] == pytest.approx([0.8, 0.8])


@pytest.mark.parametrize("name", ["SPIKING", "RATE", *MEMORY_COLOURS])
def test_the_things_compared_are_told_apart_by_colour(name: str) -> None:
    colours = {"SPIKING": SPIKING, "RATE": RATE, **MEMORY_COLOURS}
    # The bidirectional memory is the Hopfield network of two layers; they never meet in a figure.
    same = [other for other, colour in colours.items() if colour == colours[name]]
    assert set(same) <= ({name} | {"Hopfield network", "bidirectional memory"})
