"""The drift of integrated paths: their error over time, and how it grows."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from ..grid_cells.path_integration import PathComparison, drift
from .style import PATH, RATE, SPIKING, WIDTH_IN, add_legend, add_panel, mark, new_figure, styled

if TYPE_CHECKING:
    from matplotlib.figure import Figure

CAPTION = (
    "Left: distance of the integrated from the true place over time, of each run and the root of "
    "their mean square. Right: the mean square by which the error changes in a span of time, and "
    "the straight line through it whose slope is four times the diffusion constant."
)


@styled
def drift_figure(comparisons: Sequence[PathComparison]) -> Figure:
    """Draw the error of integrated paths.

    Parameters
    ----------
    comparisons
        One of each run, over times that are the same in all.
    """
    top, height = 0.5, 1.9
    width = (WIDTH_IN - 2 * 0.68 - 0.12) / 2
    figure = new_figure(top + height + 0.52)
    error = add_panel(figure, 0.6, top, width, height)
    growth = add_panel(figure, 0.6 + width + 0.76, top, width, height)
    single: dict[str, Any] = {"color": PATH, "linewidth": 0.8}
    drifts = [drift(comparison) for comparison in comparisons]
    for comparison, found in zip(comparisons, drifts, strict=True):
        error.plot(comparison.time_s, 100 * comparison.error_periods, **single)
        growth.plot(found.lag_s, found.squared_cm2, **single)
    squares = np.mean([comparison.error_periods**2 for comparison in comparisons], axis=0)
    time_s = comparisons[0].time_s
    error.plot(time_s, 100 * np.sqrt(squares), color=SPIKING, linewidth=1.4)
    error.set_xlim(0, time_s[-1])
    error.set_ylim(bottom=0)
    error.set_xlabel("time (s)")
    error.set_ylabel("error (% of a period)")
    lag_s = drifts[0].lag_s
    mean = np.mean([found.squared_cm2 for found in drifts], axis=0)
    diffusion = float(np.mean([found.diffusion_cm2_per_s for found in drifts]))
    growth.plot(lag_s, mean, color=SPIKING, linewidth=1.4)
    line = mean.mean() + 4 * diffusion * (lag_s - lag_s.mean())
    growth.plot(lag_s, line, color=RATE, linestyle="--", linewidth=1.4)
    growth.set_xlim(0, lag_s[-1])
    growth.set_ylim(bottom=0)
    growth.set_xlabel("span of time (s)")
    growth.set_ylabel("mean square of the\nchange of the error (cm$^2$)")
    several = len(comparisons) > 1
    handles = [
        mark("all runs" if several else "the run", color=SPIKING, linestyle="-", linewidth=1.4),
        mark(f"diffusion of {diffusion:.2g} cm$^2$/s", color=RATE, linestyle="--", linewidth=1.4),
    ]
    if several:
        handles.insert(0, mark("a run", linestyle="-", **single))
    add_legend(figure, handles, 0.6, 0.14)
    return figure
