"""Shares of tries that came out right, the circuit's beside the rate model's."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

from . import style

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

ROW_IN = 0.3


@style.styled
def shares_figure(shares: Mapping[str, tuple[float, float]]) -> Figure:
    """Draw shares with room for their names."""
    top, height, left = 0.5, ROW_IN * len(shares) + 0.1, 2.0
    figure = style.new_figure(top + height + 0.5, style.outcome_marks()[:2], left)
    draw_shares(style.add_panel(figure, left, top, style.WIDTH_IN - left - 0.2, height), shares)
    return figure


def draw_shares(axes: Axes, shares: Mapping[str, tuple[float, float]]) -> None:
    """Draw shares as dots from 0 to 1, a row each.

    Parameters
    ----------
    shares
        Share of the circuit and share of the rate model, by name; NaN where there is none.
    """
    rows = range(len(shares))
    spiking, rate = zip(*shares.values(), strict=True)
    axes.hlines(rows, 0, spiking, color=style.SPIKING, linewidth=0.8, alpha=0.3)
    axes.plot(
        rate, rows, "o", color=style.RATE, markersize=8, markerfacecolor="none", clip_on=False
    )
    axes.plot(spiking, rows, "o", color=style.SPIKING, markersize=4.5, clip_on=False)
    style.name_rows(axes, list(shares))
    axes.set_xlim(0, 1.02)
    axes.set_xlabel("share of tries")
