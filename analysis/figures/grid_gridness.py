"""How much like a grid cells fire: gridness beside its shuffles, and the spacing."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from ..grid_cells.firing_outcome import FiringOutcome
from ..grid_cells.shuffle_null import PERCENTILE
from . import style

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

CELLS, SHUFFLES = style.population_colour("entorhinal"), "#b9b9b9"

CAPTION = (
    "Left: gridness of the mapped cells, and of the same cells after their spikes were shifted in "
    "time against the path; a cell counts as a grid cell where it is above the 95th percentile of "
    "its own shuffles, and the dotted line is that percentile of all shuffles together. Right: "
    "distance of neighbouring firing fields of the cells that have six about the centre of their "
    "autocorrelogram."
)


@style.styled
def gridness_figure(outcome: FiringOutcome) -> Figure:
    """Draw the gridness of cells beside that of their shuffles, and their spacing."""
    top, height, wide = 0.72, 1.9, 3.7
    left = 0.6 + wide + 0.72
    figure = style.new_figure(top + height + 0.52)
    draw_gridness(style.add_panel(figure, 0.6, top, wide, height), outcome)
    width = style.WIDTH_IN - left - 0.14
    draw_spacing(style.add_panel(figure, left, top, width, height), outcome)
    handles = [
        style.patch(CELLS, "cells"),
        style.patch(SHUFFLES, "shuffles"),
        style.mark("95th percentile of the shuffles", color="#333333", linestyle=":"),
    ]
    style.add_legend(figure, handles, 0.6, 0.14)
    return figure


def draw_gridness(axes: Axes, outcome: FiringOutcome) -> None:
    """Draw the gridness of cells and of their shuffles, and the percentile between them."""
    score = outcome.gridness.score[np.isfinite(outcome.gridness.score)]
    null = outcome.null[np.isfinite(outcome.null)]
    every = np.concatenate([score, null, [0.0]])
    edges = np.arange(np.floor(10 * every.min()) / 10, every.max() + 0.1, 0.1)
    for values, colour, alpha in ((null, SHUFFLES, 1.0), (score, CELLS, 0.75)):
        if values.size:
            share = np.full(values.size, 1 / values.size)
            axes.hist(values, edges.tolist(), weights=share, color=colour, alpha=alpha)
    if null.size:
        axes.axvline(float(np.percentile(null, PERCENTILE)), color="#333333", linestyle=":")
    axes.set_xlabel("gridness")
    axes.set_ylabel("share of cells or shuffles")
    above = outcome.grid_cells
    axes.set_title(f"{above.sum()} of {above.size} are grid cells", fontsize=8.5)


def draw_spacing(axes: Axes, outcome: FiringOutcome) -> None:
    """Draw how far apart the firing fields of cells are."""
    spacing = outcome.lattice.spacing_cm[np.isfinite(outcome.lattice.spacing_cm)]
    if spacing.size:
        low, high = np.floor(spacing.min()) - 1, np.ceil(spacing.max()) + 1
        # Bins of one round width, about a dozen.
        width = next(size for size in (0.5, 1, 2, 5, 10, 20, 50) if high - low <= 14 * size)
        axes.hist(spacing, np.arange(low, high + width, width).tolist(), color=CELLS, alpha=0.75)
        axes.set_title(f"median {np.median(spacing):.1f} cm", fontsize=8.5)
    axes.set_xlabel("spacing (cm)")
    axes.set_ylabel("cells")
