"""Spacing: recall against the gap between two studies, a line for each delay."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

import numpy as np

from hippokv.arrays import Estimate

from . import style

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure, SubFigure

CAPTION = (
    "Part of the items recalled that were studied twice, against the days between the two studies, "
    "for each delay from the second study to the test. Dots are the circuit, lines the rate model; "
    "a gap of 0 is massed study. Triangles at the bottom are the best gap in the rate model."
)
#: Recall by delay and gap, both in days.
Surface = Mapping[float, Mapping[float, Estimate]]
WIDTH_IN, HEIGHT_IN = 4.6, 2.3


@style.styled
def spacing_figure(found: Surface, predicted: Surface) -> Figure:
    """Draw recall of the circuit and of the rate model against the gap.

    Parameters
    ----------
    found, predicted
        Part of the items recalled and the half width of its interval, not a number where there is
        none, by delay and gap in days.
    """
    figure = style.new_figure(3.4)
    draw_spacing(figure, found, predicted)
    return figure


def draw_spacing(figure: Figure | SubFigure, found: Surface, predicted: Surface) -> None:
    """Draw recall into a figure or a part of one, see :func:`spacing_figure`."""
    colours = style.colour_map(["#4a90c8", "#0a1f4d"])(np.linspace(0, 1, max(len(found), 2)))
    marks = [
        style.mark(f"after {delay:g} days", color=colour, marker="o", linestyle="-", markersize=4.5)
        for delay, colour in zip(found, colours, strict=False)
    ]
    panel = style.add_panel(figure, 0.66, 0.5, WIDTH_IN, HEIGHT_IN)
    gaps = sorted({gap for scores in found.values() for gap in scores})
    for (delay, scores), colour in zip(found.items(), colours, strict=False):
        _draw_delay(panel, gaps, scores, predicted.get(delay, {}), colour)
    panel.set_xticks(range(len(gaps)), [f"{gap:g}" for gap in gaps])
    panel.set_xlim(-0.3, len(gaps) - 0.7)
    panel.set_ylim(0, 1.02)
    panel.set_xlabel("days between the two studies (not to scale)")
    panel.set_ylabel("part of the items recalled")
    style.add_legend(figure, marks, 0.66, 0.08)


def _draw_delay(
    axes: Axes,
    gaps: Sequence[float],
    found: Mapping[float, Estimate],
    predicted: Mapping[float, Estimate],
    colour: Sequence[float],
) -> None:
    places = [gaps.index(gap) for gap in found]
    means, halves = np.array(list(found.values())).T
    axes.errorbar(
        places, means, yerr=np.nan_to_num(halves), color=colour, linestyle="", marker="o",
        markersize=4.5, elinewidth=0.9, capsize=2, clip_on=False, zorder=3,
    )  # fmt: skip
    if predicted:
        heights = [mean for mean, _ in predicted.values()]
        axes.plot([gaps.index(gap) for gap in predicted], heights, color=colour, linewidth=1.3)
        best = max(predicted, key=lambda gap: predicted[gap][0])
        axes.plot(gaps.index(best), 0.03, marker="^", color=colour, markersize=6)
