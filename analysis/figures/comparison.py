"""Scores of groups of runs over one another, a panel each."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

import numpy as np

from . import style
from .sweep import mean_interval

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

CAPTION = (
    "Scores of groups of runs, which differ in the seed alone: small points are runs, large ones "
    "means, bars their 95 % intervals (Student's t); rings are means of the rate model."
)
#: Scores of the circuit and of its rate model, one of each run.
Scores = tuple[Sequence[float], Sequence[float]]
COLUMNS, PANEL_IN, LEFT_IN, GAP_IN, TOP_IN, ROW_IN = 3, 1.62, 0.62, 0.72, 0.62, 2.15


@style.styled
def comparison_figure(scores: Mapping[str, Mapping[str, Scores]]) -> Figure:
    """Draw scores, by their names and by the names of the groups."""
    rows = max(-(-len(scores) // COLUMNS), 1)
    legend = [
        style.mark("run", marker="o", linestyle="", markersize=3, color=style.REFERENCE),
        style.mark("mean of the circuit", marker="o", linestyle="-", color=style.SPIKING),
        style.mark(
            "mean of the rate model", marker="o", linestyle="", color=style.RATE, fillstyle="none"
        ),
    ]
    figure = style.new_figure(TOP_IN + rows * ROW_IN - 0.3, legend, LEFT_IN)
    for number, (name, groups) in enumerate(scores.items()):
        row, column = divmod(number, COLUMNS)
        left = LEFT_IN + column * (PANEL_IN + GAP_IN)
        panel = style.add_panel(figure, left, TOP_IN + row * ROW_IN, PANEL_IN, ROW_IN - 0.68)
        panel.set_title(name.replace("_", " "), fontsize=8)
        draw_comparison(panel, groups)
    return figure


def draw_comparison(axes: Axes, groups: Mapping[str, Scores]) -> None:
    """Draw a score of each group: its runs, their mean and interval, and that of the rate model."""
    for place, (found, predicted) in enumerate(groups.values()):
        axes.plot(
            np.full(len(found), place - 0.16), found, "o", markersize=3, color=style.REFERENCE,
            markeredgewidth=0,
        )  # fmt: skip
        if len(found):
            mean, half = mean_interval(np.array(found, dtype=float))
            bar = None if np.isnan(half) else half
            axes.errorbar(place, mean, bar, fmt="o", markersize=5, color=style.SPIKING, capsize=2)
        if len(predicted):
            mean, _ = mean_interval(np.array(predicted, dtype=float))
            axes.plot(place + 0.2, mean, "o", markersize=6, color=style.RATE, fillstyle="none")
    axes.margins(y=0.12)
    low, high = axes.get_ylim()
    # What is alike to a hundredth is drawn as alike.
    least = 0.01 * max(abs(low), abs(high)) or 0.01
    if high - low < 2 * least:
        axes.set_ylim((low + high) / 2 - 10 * least, (low + high) / 2 + 10 * least)
    axes.set_xticks(range(len(groups)), list(groups))
    axes.set_xlim(-0.6, len(groups) - 0.4)
