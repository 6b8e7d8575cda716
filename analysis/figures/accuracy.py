"""Accuracy: how much of each item came back."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from types import MappingProxyType
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from hippokv.arrays import Array

from ..recall.items import Items
from ..recall.readout import Readout
from ..recall.scores import accuracy_by_item, hidden_entries
from . import style

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

CAPTION = (
    "Fraction of the value bits of each item that came back right, in the order of storage; a "
    "tie counts one half. Dots are the circuit, rings the rate model, lines their means over "
    "items, and the dotted line is what guessing gives. Dashes with bars are the uninformed rate "
    "model, which chooses its slots itself: mean and standard deviation over its draws, the band "
    "that of its mean over items; a dashed line is another memory of the same items. Where values "
    "are their own keys, the lower panel scores only the bits that the cue hid."
)
#: Values decoded in each draw, (draws, Q, m), or nothing.
Draws = NDArray[np.int8] | tuple[()]
#: Least distance of two numbers beside a panel, as a part of its height.
LEAST_APART = 0.085


@style.styled
def accuracy_figure(
    readout: Readout,
    prediction: Readout,
    items: Items,
    uninformed: Draws = (),
    memories: Mapping[str, float] = MappingProxyType({}),
) -> Figure:
    """Draw the accuracy of each item, and of the bits that the cue hid if it hid some.

    Parameters
    ----------
    uninformed
        As for :func:`draw_accuracy`.
    memories
        Mean accuracy of other memories of the same items, by name.
    """
    hidden = hidden_entries(items)
    scored = [("all value bits", np.ones_like(hidden))]
    if hidden.any() and not hidden.all():
        scored.append(("bits that the cue hid", hidden))
    left, height, above = 0.66, 1.9, 0.36
    ring = {"markersize": 6.5, "markerfacecolor": "none", "markeredgewidth": 1.3}
    handles = [
        style.mark("circuit", color=style.SPIKING, marker="o", linestyle="-", markersize=4),
        style.mark("rate model", color=style.RATE, marker="o", linestyle="-", **ring),
        style.mark("guessing", color=style.REFERENCE, linestyle=":"),
    ]
    if len(uninformed):
        dash = {"marker": "_", "linestyle": "-", "markersize": 9, "linewidth": 0.8}
        handles.insert(2, style.mark("uninformed", color=style.UNINFORMED, **dash))
    for name in memories:
        handles.append(style.mark(name, color=style.MEMORY_COLOURS[name], linestyle="--"))
    figure = style.new_figure(0.36 + len(scored) * (above + height) + 0.46, handles, left)
    top = 0.36 + above
    for title, entries in scored:
        panel = style.add_panel(figure, left, top, style.WIDTH_IN - left - 0.62, height)
        others = memories if entries.all() else {}
        draw_accuracy(panel, readout, prediction, items, entries, uninformed, others)
        panel.set_title(title, pad=9)
        if title != scored[-1][0]:
            panel.tick_params(labelbottom=False)
            panel.set_xlabel("")
        top += height + above
    return figure


def draw_accuracy(
    axes: Axes,
    readout: Readout,
    prediction: Readout,
    items: Items,
    entries: NDArray[np.bool_] | None = None,
    uninformed: Draws = (),
    memories: Mapping[str, float] = MappingProxyType({}),
) -> None:
    """Draw the accuracy of each item that was asked for, of the circuit and of the rate model.

    Parameters
    ----------
    items
        What was stored and asked for, with at least one recall.
    entries
        Which value bits of each recall count, shape (Q, m), all by default.
    uninformed
        Values decoded by rate models that choose their slots themselves, shape (draws, Q, m).
    memories
        Mean accuracy of other memories, by name.
    """
    n_items = len(items.keys)
    small = n_items > 80
    if entries is None:
        entries = np.ones_like(readout.decoded, dtype=bool)
    means = []
    for outcome, colour, size, face in (
        (prediction, style.RATE, 4.5 if small else 6.5, "none"),
        (readout, style.SPIKING, 2.5 if small else 4.0, style.SPIKING),
    ):
        item, score = accuracy_by_item(outcome, items, entries)
        axes.plot(
            item + 1, score, linestyle="", marker="o", markersize=size, color=colour,
            markerfacecolor=face, markeredgewidth=1.3 if face == "none" else 0, clip_on=False,
            zorder=3,
        )  # fmt: skip
        if score.size:
            means.append((float(score.mean()), colour))
    drawn = [
        accuracy_by_item(replace(prediction, evidence=one.astype(float)), items, entries)[1]
        for one in uninformed
    ]
    if drawn and drawn[0].size:
        means.append((float(np.mean(drawn)), style.UNINFORMED))
        _draw_spread(axes, item + 1, np.array(drawn), small)
    axes.axhline(0.5, color=style.REFERENCE, linestyle=":", linewidth=1, zorder=1)
    drawn_at = (float(np.min(line.get_ydata(), initial=1.0)) for line in axes.lines)
    lowest = min([0.4, *memories.values(), *drawn_at])
    axes.set_ylim(max(np.floor(lowest * 10) / 10, 0.0), 1.0)
    _draw_means(
        axes,
        [(mean, colour, "-") for mean, colour in means]
        + [(mean, style.MEMORY_COLOURS[name], "--") for name, mean in memories.items()],
    )
    style.number_items(axes, n_items)
    axes.set_ylabel("fraction right")


def _draw_spread(axes: Axes, place: NDArray[np.int64], drawn: Array, small: bool) -> None:
    """Draw mean and standard deviation of each item over draws, (draws, items), and of all."""
    mean, spread, whole = drawn.mean(axis=0), drawn.std(axis=0), drawn.mean(axis=1)
    look: dict[str, Any] = {"color": style.UNINFORMED, "alpha": 0.8, "zorder": 2.5}
    axes.plot(
        place, mean, linestyle="", marker="_", markersize=4.5 if small else 9,
        markeredgewidth=1.1, clip_on=False, **look,
    )  # fmt: skip
    if spread.any():
        axes.vlines(place, mean - spread, mean + spread, linewidth=0.8, **look)
    around = float(whole.mean()), float(whole.std())
    axes.axhspan(
        around[0] - around[1], around[0] + around[1], color=style.UNINFORMED, alpha=0.15,
        linewidth=0, zorder=0.5,
    )  # fmt: skip


def _draw_means(panel: Axes, means: list[tuple[float, str, str]]) -> None:
    """Draw means as lines with their number at the right, moved apart where they would touch.

    Parameters
    ----------
    means
        Each with its colour and the style of its line.
    """
    low, high = panel.get_ylim()
    lowest, apart, heights = np.inf, LEAST_APART * (high - low), {}
    # From the highest on; those that came first are above where they are the same.
    for number in sorted(range(len(means)), key=lambda number: -means[number][0]):
        lowest = min(means[number][0], lowest - apart)
        heights[number] = lowest
    for number, (mean, colour, line) in enumerate(means):
        panel.axhline(mean, color=colour, linewidth=1.2, linestyle=line, zorder=2)
        panel.annotate(
            f"{mean:.3f}",
            xy=(1, heights[number]), xycoords=("axes fraction", "data"),
            xytext=(4, 0), textcoords="offset points",
            va="center", fontsize=8.5, color=colour, annotation_clip=False,
        )  # fmt: skip
