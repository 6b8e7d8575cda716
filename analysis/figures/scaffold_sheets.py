"""The sheets of grid modules, with the firing rate at each of their points."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np

from hippokv.circuits.recording import SpikeTrain
from hippokv.circuits.sheet_geometry import AXES, Sheets

from ..grid_cells.bumps import bumps
from .style import SHEET_COLOURS, WIDTH_IN, add_panel, new_figure, styled

if TYPE_CHECKING:
    from matplotlib.figure import Figure


@styled
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
    wide = (WIDTH_IN - left - bar - gap * columns) / columns
    tall = 0.62 * wide
    figure = new_figure(top + rows * (tall + gap) + 0.2)
    found = bumps(grid, sheets, starts_ms, length_ms)
    rates = []
    for start in starts_ms:
        counts = grid.counts(start, start + length_ms)
        at_point = np.bincount(sheets.point_of_cell, counts, minlength=sheets.n_points)
        rates.append(at_point / (length_ms / 1e3) / sheets.n_directions)
    most = max(float(np.max(rates)), 1.0)
    shown = None
    for column, rate in enumerate(rates):
        for row, period in enumerate(sheets.periods):
            panel = add_panel(
                figure, left + column * (wide + gap), top + row * (tall + gap), wide, tall
            )
            first, stop = sheets.first_point[row : row + 2]
            where = sheets.coordinates(row) @ AXES
            size = 160 * (wide / (1.5 * period * sheets.points_per_step)) ** 2 * 25
            shown = panel.scatter(
                where[:, 0],
                where[:, 1],
                c=rate[first:stop],
                s=size,
                cmap=SHEET_COLOURS,
                vmin=0,
                vmax=most,
                linewidths=0,
            )
            if found.rate_Hz[column, row] > 0:
                panel.plot(
                    *(found.places[column, row] @ AXES), "+", color="#00b050", markersize=7, mew=1.2
                )
            panel.set_aspect("equal")
            panel.set_xticks([])
            panel.set_yticks([])
            for edge in panel.spines.values():
                edge.set_visible(False)
            if row == 0:
                text = titles[column] if titles else f"{starts_ms[column] / 1e3:.1f} s"
                panel.set_title(text, fontsize=8)
            if column == 0:
                panel.set_ylabel(f"period {period}\nsteps", fontsize=8)
    assert shown is not None
    scale = add_panel(figure, WIDTH_IN - bar + 0.1, top, 0.12, rows * (tall + gap) - gap)
    figure.colorbar(shown, cax=scale, label="firing rate of a cell (Hz)")
    return figure
