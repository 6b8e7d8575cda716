"""The sheets of grid modules, with the firing rate at each of their points."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np

from hippokv.arrays import Array
from hippokv.circuits.grid.sheet_geometry import AXES, Sheets
from hippokv.circuits.recording import SpikeTrain

from ..grid_cells.bumps import bumps
from . import style

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.collections import PathCollection
    from matplotlib.figure import Figure


@style.styled
def sheets_figure(
    grid: SpikeTrain,
    sheets: Sheets,
    starts_ms: Sequence[float],
    length_ms: float,
    titles: Sequence[str] = (),
) -> Figure:
    """Draw the sheets in some windows: a row a module, a column a window.

    Parameters
    ----------
    titles
        What happens in each, by default when it begins.
    """
    columns, rows = len(starts_ms), len(sheets.periods)
    left, gap, top, bar = 0.75, 0.12, 0.45, 0.75
    wide = (style.WIDTH_IN - left - bar - gap * columns) / columns
    tall = 0.62 * wide
    figure = style.new_figure(top + rows * (tall + gap) + 0.2)
    found = bumps(grid, sheets, starts_ms, length_ms)
    counts = [grid.counts(start, start + length_ms) for start in starts_ms]
    rates = [
        np.bincount(sheets.point_of_cell, count, minlength=sheets.n_points)
        / (length_ms / 1e3) / sheets.n_directions
        for count in counts
    ]  # fmt: skip
    most = max(float(np.max(rates)), 1.0)
    for row, column in np.ndindex(rows, columns):
        panel = style.add_panel(
            figure, left + column * (wide + gap), top + row * (tall + gap), wide, tall
        )
        shown = draw_sheet(panel, sheets, row, rates[column], most)
        if found.rate_Hz[column, row] > 0:
            centre = found.places[column, row] @ AXES
            panel.plot(*centre, "+", color="#00b050", markersize=7, mew=1.2)
        if row == 0:
            text = titles[column] if titles else f"{starts_ms[column] / 1e3:.1f} s"
            panel.set_title(text, fontsize=8)
        if column == 0:
            panel.set_ylabel(f"period {sheets.periods[row]}\nsteps", fontsize=8)
    scale = style.add_panel(
        figure, style.WIDTH_IN - bar + 0.1, top, 0.12, rows * (tall + gap) - gap
    )
    figure.colorbar(shown, cax=scale, label="firing rate of a cell (Hz)")
    return figure


def draw_sheet(
    axes: Axes, sheets: Sheets, module: int, rates: Array, most: float
) -> PathCollection:
    """Draw the firing rate at each point of a module's sheet, and return the points.

    Parameters
    ----------
    rates
        Rate at each point of all sheets in Hz, shape (points,).
    most
        The rate that has the last colour.
    """
    first, stop = sheets.first_point[module : module + 2]
    where = sheets.coordinates(module) @ AXES
    width_in = axes.bbox.width / axes.figure.dpi
    size = 160 * (width_in / (1.5 * sheets.periods[module] * sheets.points_per_step)) ** 2 * 25
    shown = axes.scatter(
        where[:, 0], where[:, 1], c=rates[first:stop], s=size, cmap=style.SHEET_COLOURS,
        vmin=0, vmax=most, linewidths=0,
    )  # fmt: skip
    axes.set_aspect("equal")
    axes.set_xticks([])
    axes.set_yticks([])
    for edge in axes.spines.values():
        edge.set_visible(False)
    return shown
