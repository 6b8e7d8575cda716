"""Spikes in a panel: as a density of whole runs, or each as a mark that can be seen."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from hippokv.circuits.recording import SpikeTrain

from ..recall.asked_cells import Asked
from . import style
from .raster_windows import Window

if TYPE_CHECKING:
    from matplotlib.axes import Axes

#: Times in s and cells.
Spikes = tuple[NDArray[np.float64], NDArray[np.int32]]

#: Width and least height of the mark of a spike, in inches: two pixels of a screen.
MARK_IN = 2 / 96
#: Where they would cover more than this part of a panel, they are so many pixels of the image.
MOST_COVERED, FINEST_PX = 0.4, 2
#: Part of the height of a cell that a mark fills where cells are tall.
FILLED = 0.8


def draw_spikes(axes: Axes, name: str, train: SpikeTrain, window: Window) -> None:
    """Draw the density of the spikes of a population, as an image of the axes' own resolution.

    However many there are, it takes as long.
    """
    columns, most_rows = _pixels(axes)
    rows = min(train.size, most_rows)
    counts = spike_counts(train, window.start_s, window.stop_s, columns, rows)
    _show(axes, _inked(counts, style.population_colour(name)), train.size, window)


def draw_marks(
    axes: Axes,
    name: str,
    train: SpikeTrain,
    window: Window,
    asked: Sequence[Asked] = (),
    beside: Sequence[Window] = (),
    within: tuple[float, float] | None = None,
) -> None:
    """Draw each spike of a population as a mark in full ink.

    Parameters
    ----------
    asked
        Which cells are asked for from when to when: they alone have the colour of the population,
        and all others are grey. Without any, all have the colour.
    beside
        What is drawn to the same scale beside it, so that marks have one size.
    within
        Part of the height of the axes that it takes, which then go from 0 to 1; by default all, and
        the axes count cells.
    """
    columns, rows = _pixels(axes)
    if within:
        rows = max(round(rows * (within[1] - within[0])), 1)
    per_s = columns / window.length_s
    tall = int(FILLED * rows / train.size)
    wide = max(round(MARK_IN * axes.figure.dpi), FINEST_PX)
    mark = wide, max(tall, wide)
    for one in (window, *beside):
        panel = max(round(per_s * one.length_s), 1), rows
        if _marked(_spikes(train, one), train.size, one, panel, mark).mean() > MOST_COVERED:
            mark = FINEST_PX, max(tall, FINEST_PX)
    times, cells = _spikes(train, window)
    own = np.full(len(times), not asked)
    for stretch in asked:
        first, last = np.searchsorted(times, [stretch.start_s, stretch.stop_s])
        own[first:last] = stretch.cells[cells[first:last]]
    ink = np.zeros((rows, columns, 4), dtype=np.uint8)
    # What is asked for stands above the rest.
    for group, colour in ((~own, style.OTHER_SPIKES), (own, style.population_colour(name))):
        spikes = times[group], cells[group]
        marked = _marked(spikes, train.size, window, (columns, rows), mark)
        ink[marked] = (*_bytes_of(colour), 255)
    _show(axes, ink, train.size, window, within)


def _spikes(train: SpikeTrain, window: Window) -> Spikes:
    shown = train.between(1e3 * window.start_s, 1e3 * window.stop_s)
    return np.multiply(train.step[shown], train.dt_s, dtype=float), train.cell[shown]


def _marked(
    spikes: Spikes, n_cells: int, window: Window, panel: tuple[int, int], mark: tuple[int, int]
) -> NDArray[np.bool_]:
    """Return which pixels the marks of spikes cover, those at an edge whole, shape (rows, columns).

    Parameters
    ----------
    panel, mark
        Width and height of the panel, and of a mark, in pixels.
    """
    times, cells = spikes
    columns, rows = panel
    across = (times - window.start_s) / window.length_s * columns
    up = (cells + 0.5) / n_cells * rows
    found = np.zeros((rows, columns), dtype=bool)
    wide, tall = min(mark[0], columns), min(mark[1], rows)
    left = np.clip(np.round(across - wide / 2), 0, columns - wide).astype(int)
    low = np.clip(np.round(up - tall / 2), 0, rows - tall).astype(int)
    for right in range(wide):
        for higher in range(tall):
            found[low + higher, left + right] = True
    return found


def spike_counts(
    train: SpikeTrain, start_s: float, stop_s: float, columns: int, rows: int
) -> NDArray[np.int64]:
    """Count spikes on a grid of time and cells.

    Parameters
    ----------
    columns
        Number of equal bins of time.
    rows
        Number of bins of cells, at most the number of cells.

    Returns
    -------
    ndarray
        Counts, shape (rows, columns), the first cell in the first row.
    """
    edges = np.linspace(start_s, stop_s, columns + 1)
    # Times are in order: edges are found in spikes rather than a bin for each spike.
    bounds = np.searchsorted(train.time_s, edges)
    row_of_cell = np.arange(train.size, dtype=np.int64) * rows // train.size * columns
    place = row_of_cell[train.cell[bounds[0] : bounds[-1]]]
    place += np.repeat(np.arange(columns), np.diff(bounds))
    return np.bincount(place, minlength=rows * columns).reshape(rows, columns)


def _inked(counts: NDArray[np.int64], colour: str) -> NDArray[np.uint8]:
    """Turn counts into a colour that is the deeper the more spikes there are."""
    ink = np.empty((*counts.shape, 4), dtype=np.uint8)
    ink[..., :3] = _bytes_of(colour)
    full = max(float(np.percentile(counts[counts > 0], 90)), 1.0) if counts.any() else 1.0
    # By their root, as bursts would otherwise leave nothing to see of single spikes.
    share = np.sqrt(np.minimum(counts / full, 1.0))
    ink[..., 3] = np.where(counts > 0, np.round(255 * (0.3 + 0.7 * share)), 0)
    return ink


def _bytes_of(colour: str) -> tuple[int, ...]:
    from matplotlib.colors import to_rgb

    return tuple(round(255 * part) for part in to_rgb(colour))


def _pixels(axes: Axes) -> tuple[int, int]:
    columns, rows = (max(round(size), 1) for size in axes.bbox.size)
    return columns, rows


def _show(
    axes: Axes,
    ink: NDArray[np.uint8],
    size: int,
    window: Window,
    within: tuple[float, float] | None = None,
) -> None:
    low, high = within or (0.5, size + 0.5)
    axes.imshow(
        ink,
        extent=(window.start_s, window.stop_s, low, high),
        origin="lower",
        aspect="auto",
        interpolation="nearest",
        zorder=2,
    )
    axes.set_xlim(window.start_s, window.stop_s)
    axes.set_ylim((0, 1) if within else (low, high))
