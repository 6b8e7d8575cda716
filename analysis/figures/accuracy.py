"""Accuracy: how much of each item came back."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from ..recall.items import Items
from ..recall.readout import Readout
from ..recall.scores import credit, hidden_entries
from .style import (
    RATE,
    REFERENCE,
    SPIKING,
    WIDTH_IN,
    add_legend,
    add_panel,
    counting_ticks,
    mark,
    new_figure,
    styled,
)

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

CAPTION = (
    "Fraction of the value bits of each item that came back right, in the order of storage; a "
    "tie counts one half. Dots are the circuit, rings the rate model, lines their means over "
    "items, and the dotted line is what guessing gives. Where values are their own keys, the "
    "lower panel scores only the bits that the cue hid."
)


@styled
def accuracy_figure(readout: Readout, prediction: Readout, items: Items) -> Figure:
    """Draw the accuracy of each item that was asked for, of the circuit and of the rate model.

    Parameters
    ----------
    readout
        Outcome of the circuit.
    prediction
        Outcome of the rate model.
    items
        What was stored and asked for, with at least one recall.
    """
    hidden = hidden_entries(items)
    scored = [("all value bits", np.ones_like(hidden))]
    if hidden.any() and not hidden.all():
        scored.append(("bits that the cue hid", hidden))
    left, height, above = 0.66, 1.9, 0.36
    figure = new_figure(0.36 + len(scored) * (above + height) + 0.46)
    ring = {"markersize": 6.5, "markerfacecolor": "none", "markeredgewidth": 1.3}
    handles = [
        mark("circuit", color=SPIKING, marker="o", linestyle="-", markersize=4),
        mark("rate model", color=RATE, marker="o", linestyle="-", **ring),
        mark("guessing", color=REFERENCE, linestyle=":"),
    ]
    add_legend(figure, handles, left, 0.1)
    top = 0.36 + above
    for title, entries in scored:
        panel = add_panel(figure, left, top, WIDTH_IN - left - 0.62, height)
        _draw_scores(panel, readout, prediction, items, entries)
        panel.set_title(title, pad=9)
        panel.set_ylabel("fraction right")
        last = title == scored[-1][0]
        panel.tick_params(labelbottom=last)
        if last:
            panel.set_xlabel("item, in order of storage")
        top += height + above
    return figure


def _draw_scores(
    panel: Axes, readout: Readout, prediction: Readout, items: Items, entries: NDArray[np.bool_]
) -> None:
    n_items = len(items.keys)
    small = n_items > 80
    means = []
    for outcome, colour, size, face in (
        (prediction, RATE, 4.5 if small else 6.5, "none"),
        (readout, SPIKING, 2.5 if small else 4.0, SPIKING),
    ):
        item, score = accuracy_by_item(outcome, items, entries)
        panel.plot(
            item + 1, score, linestyle="", marker="o", markersize=size, color=colour,
            markerfacecolor=face, markeredgewidth=1.3 if face == "none" else 0, clip_on=False,
            zorder=3,
        )  # fmt: skip
        if score.size:
            means.append((float(score.mean()), colour))
    panel.axhline(0.5, color=REFERENCE, linestyle=":", linewidth=1, zorder=1)
    _draw_means(panel, means)
    lowest = min([0.4, *(float(line.min()) for line in _heights(panel))])
    panel.set_ylim(max(np.floor(lowest * 10) / 10, 0.0), 1.0)
    panel.set_xlim(0.4, n_items + 0.6)
    panel.set_xticks(counting_ticks(n_items, 9))


def _heights(panel: Axes) -> list[NDArray[np.float64]]:
    heights = [np.asarray(line.get_ydata(), dtype=float) for line in panel.lines]
    return [height for height in heights if height.size]


def _draw_means(panel: Axes, means: list[tuple[float, str]]) -> None:
    """Draw means as lines with their number at the right, moved apart where they would touch."""
    least = 0.085
    heights = [mean for mean, _ in means]
    if len(heights) == 2 and abs(heights[0] - heights[1]) < least:
        middle = min(sum(heights) / 2, 1.0 - least / 2)
        up = 1 if heights[0] >= heights[1] else -1
        heights = [middle + up * least / 2, middle - up * least / 2]
    for (mean, colour), height in zip(means, heights, strict=True):
        panel.axhline(mean, color=colour, linewidth=1.2, zorder=2)
        panel.annotate(
            f"{mean:.3f}",
            xy=(1, height), xycoords=("axes fraction", "data"),
            xytext=(4, 0), textcoords="offset points",
            va="center", fontsize=8.5, color=colour, annotation_clip=False,
        )  # fmt: skip


def accuracy_by_item(
    readout: Readout, items: Items, entries: NDArray[np.bool_]
) -> tuple[NDArray[np.int64], NDArray[np.float64]]:
    """Score each item over all recalls that ask for it, a tie counting one half.

    Parameters
    ----------
    readout
        Outcome of a circuit or of its rate model.
    items
        What was stored and asked for.
    entries
        Which value entries of each recall to score, shape (Q, m).

    Returns
    -------
    tuple of ndarray
        Items with anything to score, and the fraction of their bits that is right, shape (items,).
    """
    right = credit(readout.decoded, items.values[items.query_item], 0.5)
    n_items = len(items.keys)
    total = np.bincount(items.query_item, (right * entries).sum(axis=1), n_items)
    count = np.bincount(items.query_item, entries.sum(axis=1), n_items)
    scored = np.flatnonzero(count)
    return scored, total[scored] / count[scored]
