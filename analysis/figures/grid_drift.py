"""The drift of integrated paths: their error over time, and how it grows."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from ..grid_cells.path_integration import PathComparison, drift
from . import style

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

CAPTION = (
    "Left: distance of the integrated from the true place over time, of each run and the root of "
    "their mean square. Right: the mean square by which the error changes in a span of time, and "
    "the straight line through it whose slope is four times the diffusion constant."
)


#: How a single run is drawn, and all of them.
RUN: dict[str, Any] = {"color": style.PATH, "linewidth": 0.8}
ALL: dict[str, Any] = {"color": style.SPIKING, "linewidth": 1.4}
DIFFUSION: dict[str, Any] = {"color": style.RATE, "linestyle": "--", "linewidth": 1.4}


@style.styled
def drift_figure(comparisons: Sequence[PathComparison]) -> Figure:
    """Draw the error of integrated paths, and how it grows."""
    top, height = 0.5, 1.9
    width = (style.WIDTH_IN - 2 * 0.68 - 0.12) / 2
    figure = style.new_figure(top + height + 0.52)
    draw_errors(style.add_panel(figure, 0.6, top, width, height), comparisons)
    growth = style.add_panel(figure, 0.6 + width + 0.76, top, width, height)
    diffusion = draw_growth(growth, comparisons)
    several = len(comparisons) > 1
    handles = [
        style.mark("all runs" if several else "the run", linestyle="-", **ALL),
        style.mark(f"diffusion of {diffusion:.2g} cm$^2$/s", **DIFFUSION),
    ]
    if several:
        handles.insert(0, style.mark("a run", linestyle="-", **RUN))
    style.add_legend(figure, handles, 0.6, 0.14)
    return figure


def draw_errors(axes: Axes, comparisons: Sequence[PathComparison]) -> None:
    """Draw the error of integrated paths over time, and the root of its mean square.

    Parameters
    ----------
    comparisons
        One of each run, over times that are the same in all.
    """
    time_s = comparisons[0].time_s
    for comparison in comparisons:
        axes.plot(time_s, 100 * comparison.error_periods, **RUN)
    squares = np.mean([comparison.error_periods**2 for comparison in comparisons], axis=0)
    axes.plot(time_s, 100 * np.sqrt(squares), **ALL)
    axes.set_xlim(0, time_s[-1])
    axes.set_ylim(bottom=0)
    axes.set_xlabel("time (s)")
    axes.set_ylabel("error (% of a period)")


def draw_growth(axes: Axes, comparisons: Sequence[PathComparison]) -> float:
    """Draw how the error changes in a span of time, and return the diffusion constant in cm2/s."""
    drifts = [drift(comparison) for comparison in comparisons]
    lag_s = drifts[0].lag_s
    for found in drifts:
        axes.plot(lag_s, found.squared_cm2, **RUN)
    mean = np.mean([found.squared_cm2 for found in drifts], axis=0)
    diffusion = float(np.mean([found.diffusion_cm2_per_s for found in drifts]))
    axes.plot(lag_s, mean, **ALL)
    axes.plot(lag_s, mean.mean() + 4 * diffusion * (lag_s - lag_s.mean()), **DIFFUSION)
    axes.set_xlim(0, lag_s[-1])
    axes.set_ylim(bottom=0)
    axes.set_xlabel("span of time (s)")
    axes.set_ylabel("mean square of the\nchange of the error (cm$^2$)")
    return diffusion
