"""Pictures of a scaffold memory: one item in spikes, and the accuracy of each item."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from hippokv.arrays import Array
from hippokv.circuits.grid.sheet_geometry import Sheets
from hippokv.circuits.recording import Recording, SpikeTrain

from . import style

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure


ITEMS_CAPTION = (
    "Fraction of the bits of each item that came back right, in the order of storage; a tie counts "
    "one half. Dots are the circuit, rings the rate model of the same weights, items and cues."
)
ITEM_RASTER_CAPTION = (
    "One item while it is stored, left, and recalled, right. Above: grid cells, module by module, "
    "\N{GREEK SMALL LETTER LAMDA} its period in steps. Middle: hippocampal cells, those of the "
    "item's code on top in colour, all others grey; triangles mark plateaus. Below: cortical "
    "cells, those that the item asks for in colour, their partners grey. Words above name what is "
    "done."
)
LEFT_IN, RIGHT_IN, BETWEEN_IN = 0.95, 0.25, 0.3
RASTER_ROWS = (("grid", 1.1), ("hippocampal", 2.2), ("cortical", 1.5))


@dataclass(frozen=True)
class Stretch:
    """Name a stretch of time, and what is done from when on within it.

    Parameters
    ----------
    title
        Words for the whole.
    start_ms, stop_ms
        Its begin and end.
    parts
        Words for each part, by when it begins in ms.
    """

    title: str
    start_ms: float
    stop_ms: float
    parts: Mapping[float, str]


@style.styled
def items_figure(
    accuracy: Array, predicted: Array, across: str = "item, in order of storage"
) -> Figure:
    """Draw the accuracy of each item over the width of a page."""
    figure = style.new_figure(2.6, style.outcome_marks(), LEFT_IN)
    panel = style.add_panel(figure, LEFT_IN, 0.42, style.WIDTH_IN - LEFT_IN - RIGHT_IN, 1.7)
    draw_items(panel, accuracy, predicted, across)
    return figure


def draw_items(
    axes: Axes, accuracy: Array, predicted: Array, across: str = "item, in order of storage"
) -> None:
    """Draw the accuracy of each item, of the circuit and of the rate model.

    Parameters
    ----------
    accuracy, predicted
        Part of the bits that came back, shape (P,).
    across
        Words for the horizontal axis.
    """
    items = np.arange(len(accuracy)) + 1
    axes.plot(
        items, predicted, "o", color=style.RATE, markersize=5.5, markerfacecolor="none",
        markeredgewidth=0.9, clip_on=False,
    )  # fmt: skip
    axes.plot(
        items, accuracy, "o", color=style.SPIKING, markersize=3, markeredgewidth=0, clip_on=False
    )
    axes.axhline(0.5, color=style.REFERENCE, linestyle=":", linewidth=1)
    axes.set_ylim(min(0.45, float(accuracy.min()), float(predicted.min())), 1.0)
    style.number_items(axes, len(items), across)
    axes.set_ylabel("fraction of bits right")


@style.styled
def item_raster_figure(
    recording: Recording,
    stretches: Sequence[Stretch],
    sheets: Sheets,
    code: NDArray[np.bool_],
    pattern: NDArray[np.int8],
) -> Figure:
    """Draw the spikes of a few stretches of time, sorted by what one item asks for.

    Parameters
    ----------
    code
        Which hippocampal cells are the code of the item's address, shape (cells,).
    pattern
        The item, in -1 and 1, shape (m,).
    """
    asked = np.concatenate([pattern > 0, pattern < 0])
    heights = [height for _, height in RASTER_ROWS]
    top = 0.98
    legend = [
        style.mark(
            "cells of the item",
            color=style.population_colour("hippocampal"),
            marker="|",
            markersize=7,
        ),
        style.mark(
            "asked for by the item",
            color=style.population_colour("cortical"),
            marker="|",
            markersize=7,
        ),
        style.mark("other cells", color=style.REFERENCE, marker="|", markersize=7),
        style.mark("plateau", color="#000000", marker="v", markersize=4),
    ]
    height = top + sum(heights) + 0.12 * (len(heights) - 1) + 0.46
    figure = style.new_figure(height, legend, LEFT_IN)
    style.add_heading(figure, "One item", top, lift_in=0.58)
    lengths = np.array([stretch.stop_ms - stretch.start_ms for stretch in stretches])
    room = style.WIDTH_IN - LEFT_IN - RIGHT_IN - BETWEEN_IN * (len(stretches) - 1)
    widths = room * lengths / lengths.sum()
    left = LEFT_IN
    for number, (stretch, width) in enumerate(zip(stretches, widths, strict=True)):
        down = top
        for name, height in RASTER_ROWS:
            panel = style.add_panel(figure, left, down, width, height)
            _draw_row(panel, recording, stretch, name, sheets, code, asked)
            if down == top:
                _name_parts(panel, stretch)
            panel.tick_params(labelbottom=name == "cortical", labelleft=number == 0)
            if number == 0:
                panel.set_ylabel(
                    {"grid": "grid cells\nof module", "hippocampal": "hippocampal\ncells",
                     "cortical": "cortical\ncells"}[name]
                )  # fmt: skip
            down += height + 0.12
        panel.set_xlabel("time (s)")
        panel.set_xticks(np.arange(np.ceil(stretch.start_ms / 200), stretch.stop_ms / 200) * 0.2)
        left += width + BETWEEN_IN
    return figure


def _name_parts(panel: Axes, stretch: Stretch) -> None:
    panel.set_title(stretch.title, pad=20)
    for begin, words in stretch.parts.items():
        panel.annotate(
            words, xy=(begin / 1e3, 1), xycoords=("data", "axes fraction"), xytext=(2, 3),
            textcoords="offset points", fontsize=7, va="bottom",
        )  # fmt: skip


def _draw_row(
    panel: Axes,
    recording: Recording,
    stretch: Stretch,
    name: str,
    sheets: Sheets,
    code: NDArray[np.bool_],
    asked: NDArray[np.bool_],
) -> None:
    times, cells = _within(recording.spikes[name], stretch)
    look: dict[str, Any] = {
        "linestyle": "",
        "marker": "|",
        "markersize": 2.2,
        "markeredgewidth": 0.5,
    }
    if name == "grid":
        panel.plot(times, cells, color=style.population_colour("grid"), **look)
        edges = sheets.first_point * sheets.n_directions
        for edge in edges[1:-1]:
            panel.axhline(edge, color=style.REFERENCE, linewidth=0.6)
        panel.set_yticks(
            (edges[1:] + edges[:-1]) / 2, [f"λ = {period}" for period in sheets.periods]
        )
        panel.set_ylim(0, edges[-1])
    else:
        own = code if name == "hippocampal" else asked
        place = np.empty(len(own))
        place[np.argsort(own, kind="stable")] = np.arange(len(own))
        if name == "hippocampal":
            place = np.where(own, _spread_out(place, own), place * 0.6)
        for group, colour in ((~own, style.REFERENCE), (own, style.population_colour(name))):
            of_group = group[cells]
            panel.plot(times[of_group], place[cells[of_group]], color=colour, **look)
        if name == "hippocampal":
            when, which = _within(recording.events["dendritic_spike"], stretch)
            panel.plot(when, place[which], "v", color="#000000", markersize=2.4, markeredgewidth=0)
        panel.set_yticks([])
        panel.set_ylim(-1, len(own))
    for begin in stretch.parts:
        panel.axvline(begin / 1e3, color="#555555", linestyle=":", linewidth=0.7)
    panel.set_xlim(stretch.start_ms / 1e3, stretch.stop_ms / 1e3)


def _spread_out(place: Array, own: NDArray[np.bool_]) -> Array:
    """Return places for the cells of the code that fill the upper third."""
    size, members = len(own), max(int(own.sum()), 1)
    return 0.66 * size + (place - (size - members)) / members * 0.34 * size


def _within(train: SpikeTrain, stretch: Stretch) -> tuple[Array, NDArray[np.int32]]:
    shown = train.between(stretch.start_ms, stretch.stop_ms)
    return np.multiply(train.step[shown], train.dt_s, dtype=float), train.cell[shown]
