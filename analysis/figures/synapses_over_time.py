"""Synapses over time: a table of weights as images, from the first change to the last."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from hippokv.circuits.recording import Recording

from . import style

if TYPE_CHECKING:
    from matplotlib.figure import Figure

CAPTION = (
    "What was recorded of synapses, as tables at a few moments: the first and the last sample, and "
    "between them those by which equal parts of all change had come about. A row is a cell that "
    "was recorded, in the order of the array, and a column a cell at the other end of its synapses."
)
#: So many moments are drawn.
MOST_MOMENTS = 5


@style.styled
def synapses_figure(recording: Recording, columns: Mapping[str, str]) -> Figure:
    """Draw what was recorded of projections.

    Parameters
    ----------
    recording
        A recording with the trace of at least one projection.
    columns
        Population of the cells in the columns, by projection that was recorded.
    """
    tables = [
        (name, variable, recording.traces[name])
        for name in columns
        for variable in recording.traces[name].values
    ]
    height, left, gap, top, below = 1.5, 0.6, 0.12, 0.56, 0.44
    width = (style.WIDTH_IN - left - 0.86 - gap * (MOST_MOMENTS - 1)) / MOST_MOMENTS
    figure = style.new_figure(len(tables) * (top + height + below))
    for row, (name, variable, trace) in enumerate(tables):
        values = trace.values[variable]
        row_top = top + row * (top + height + below)
        low, high = float(values.min()), float(values.max())
        for column, sample in enumerate(moments(values)):
            panel = style.add_panel(figure, left + column * (width + gap), row_top, width, height)
            image = style.draw_table(
                panel, values[sample], 3,
                vmin=low, vmax=high if high > low else low + 1, cmap=style.SHARE_COLOURS,
                interpolation="nearest",
            )  # fmt: skip
            panel.set_title(f"{trace.time_s[sample]:.1f} s", fontsize=8.5)
            panel.tick_params(labelleft=column == 0)
            if column == 0:
                panel.set_ylabel("row")
                panel.set_xlabel(f"{style.population_name(columns[name])} cell")
        style.add_heading(
            figure, f"{name.replace('_', ' ')}: {variable.replace('_', ' ')}", row_top
        )
        unit = trace.units[variable]
        style.add_scale(
            figure, image, style.WIDTH_IN - 0.76, row_top, height, variable if unit == "1" else unit
        )
    return figure


def moments(values: NDArray[np.float64]) -> list[int]:
    """Choose the first sample, the last, and some by which equal parts of all change came about.

    Parameters
    ----------
    values
        The tables, shape (samples, rows, columns), with at least one sample.
    """
    change = np.abs(np.diff(values, axis=0)).mean(axis=(1, 2))
    total = np.append(0.0, np.cumsum(change))
    parts = np.linspace(0, total[-1], MOST_MOMENTS)[1:-1]
    between = np.searchsorted(total, parts) * (total[-1] > 0)
    return [int(at) for at in np.unique([0, *between, len(values) - 1])]
