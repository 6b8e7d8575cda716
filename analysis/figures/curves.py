"""Accuracy against the length of a list or the age of an item, of all kinds of memories."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from hippokv.arrays import Array

from ..recall.groups import numbered
from .style import add_legend, add_panel, mark, new_figure, styled

if TYPE_CHECKING:
    from matplotlib.artist import Artist
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

CAPTION = (
    "Fraction of the value bits that come back, a tie counting one half. The rate model and the "
    "other memories met the same items and cues as the circuit."
)


@dataclass(frozen=True)
class Curve:
    """Describe a curve of a figure.

    Parameters
    ----------
    label
        What the legend says, empty for a curve that another one explains.
    positions, heights
        Points, in order of position, shapes (points,).
    half_widths
        Half widths of their intervals, shape (points,), if they have any.
    style
        Line style of matplotlib.
    marker
        Marker of matplotlib, empty for none.
    filled
        Whether markers are filled.
    """

    label: str
    colour: str
    positions: Sequence[float]
    heights: Sequence[float]
    half_widths: Sequence[float] | None = None
    style: str = "-"
    marker: str = "o"
    filled: bool = True


def curve_of_groups(
    label: str, colour: str, scores: Mapping[str, float], prefix: str, special: bool = False
) -> Curve:
    """Return the curve of the scores ``accuracy_PREFIXn`` against n.

    Parameters
    ----------
    prefix
        What the groups begin with.
    special
        Whether it is another kind of item, drawn with open diamonds.
    """
    groups = numbered(f"accuracy_{prefix}", scores)
    heights = [scores[name] for name in groups.values()]
    look: dict[str, Any] = {"style": "--", "marker": "D", "filled": False} if special else {}
    return Curve(label, colour, list(groups), heights, **look)


def draw_curves(panel: Axes, curves: Sequence[Curve]) -> list[Artist]:
    """Draw curves in a panel and return their marks for a legend."""
    for curve in curves:
        half: Array | None = None
        if curve.half_widths is not None:
            half = np.nan_to_num(np.asarray(curve.half_widths, dtype=float))
        panel.errorbar(
            curve.positions, curve.heights, yerr=half, color=curve.colour, linestyle=curve.style,
            linewidth=1.2, marker=curve.marker or None, markersize=3.4, capsize=1.5, elinewidth=0.8,
            markerfacecolor=curve.colour if curve.filled else "white", clip_on=False,
        )  # fmt: skip
    return [
        mark(
            curve.label, color=curve.colour, linestyle=curve.style, marker=curve.marker or None,
            markersize=3.4, linewidth=1.2,
            markerfacecolor=curve.colour if curve.filled else "white",
        )
        for curve in curves
        if curve.label
    ]  # fmt: skip


@styled
def curves_figure(
    curves: Sequence[Curve], across: str, along: str = "fraction of bits right"
) -> Figure:
    """Draw curves in a figure of one panel.

    Parameters
    ----------
    curves
        What is drawn, first at the top of the legend.
    across, along
        Names of the axes, with units.
    """
    figure = new_figure(3.3)
    panel = add_panel(figure, 0.7, 0.25, 4.0, 2.45)
    marks = draw_curves(panel, curves)
    # Items and steps are whole numbers.
    panel.locator_params(axis="x", integer=True)
    panel.set_xlabel(across)
    panel.set_ylabel(along)
    panel.set_ylim(0.45, 1.02)
    add_legend(figure, marks, 4.9, 0.25, columns=1)
    return figure
