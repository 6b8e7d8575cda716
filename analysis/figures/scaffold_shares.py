"""Shares of tries that came out right, the circuit's beside the rate model's."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

from .style import RATE, SPIKING, WIDTH_IN, add_panel, new_figure, outcome_marks, styled

if TYPE_CHECKING:
    from matplotlib.figure import Figure

ROW_IN = 0.3


@styled
def shares_figure(shares: Mapping[str, tuple[float, float]]) -> Figure:
    """Draw shares as dots from 0 to 1, a row each.

    Parameters
    ----------
    shares
        Share of the circuit and share of the rate model, by name; NaN where there is none.
    """
    top, height, left = 0.5, ROW_IN * len(shares) + 0.1, 2.0
    figure = new_figure(top + height + 0.5, outcome_marks()[:2], left)
    panel = add_panel(figure, left, top, WIDTH_IN - left - 0.2, height)
    rows = range(len(shares))
    spiking, rate = zip(*shares.values(), strict=True)
    panel.hlines(rows, 0, spiking, color=SPIKING, linewidth=0.8, alpha=0.3)
    panel.plot(rate, rows, "o", color=RATE, markersize=8, markerfacecolor="none", clip_on=False)
    panel.plot(spiking, rows, "o", color=SPIKING, markersize=4.5, clip_on=False)
    panel.set_yticks(list(rows), list(shares))
    panel.set_ylim(len(shares) - 0.5, -0.5)
    panel.set_xlim(0, 1.02)
    panel.set_xlabel("share of tries")
    return figure
