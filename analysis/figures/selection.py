"""Selection: which slots took each item."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from ..recall.readout import Readout
from . import style

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

CAPTION = (
    "Above: the slots that had a plateau while each item was stored (a slot counts if at least "
    "half of its cells had one), and the slots that the rate model gives the item to: the least "
    "recently used one, or, where selection is random, those that the circuit chose. Below: the "
    "number of slots that took each item."
)


RING: dict[str, Any] = {"color": style.RATE, "markerfacecolor": "none", "markeredgewidth": 0.9}
DOT: dict[str, Any] = {"color": style.SPIKING, "marker": "o", "markeredgewidth": 0}


@style.styled
def selection_figure(readout: Readout, prediction: Readout) -> Figure:
    """Draw which slots took each item, and how many, of the circuit and of the rate model."""
    left, width = 0.66, style.WIDTH_IN - 0.66 - 0.2
    handles = [
        style.mark("plateau in the circuit", markersize=4, **DOT),
        style.mark("rate model", marker="s", markersize=6.5, **RING),
    ]
    figure = style.new_figure(0.42 + 2.9 + 0.14 + 0.9 + 0.46, handles, left)
    where = style.add_panel(figure, left, 0.42, width, 2.9)
    draw_selection(where, readout, prediction)
    where.set_xlabel("")
    where.tick_params(labelbottom=False)
    draw_slots_taken(
        style.add_panel(figure, left, 0.42 + 2.9 + 0.14, width, 0.9), readout, prediction
    )
    return figure


def draw_selection(axes: Axes, readout: Readout, prediction: Readout) -> None:
    """Draw which slots took each item, those of the circuit as dots and of the model as squares."""
    n_items, n_slots = readout.plateaus.shape
    size = float(np.clip(240 / max(n_items, n_slots, 1), 1.6, 7.0))
    square: dict[str, Any] = {"marker": "s", "markersize": size + 2, **RING}
    for outcome, look in ((prediction, square), (readout, {"markersize": size, **DOT})):
        item, slot = np.nonzero(outcome.plateaus)
        axes.plot(item + 1, slot + 1, linestyle="", clip_on=False, **look)
    axes.set_ylim(0.4, n_slots + 0.6)
    axes.set_yticks(style.counting_ticks(n_slots))
    axes.set_ylabel("slot")
    style.number_items(axes, n_items)


def draw_slots_taken(axes: Axes, readout: Readout, prediction: Readout) -> None:
    """Draw how many slots took each item, of the circuit as bars and of the rate model as steps."""
    n_items = len(readout.plateaus)
    per_item, expected = readout.plateaus.sum(axis=1), prediction.plateaus.sum(axis=1)
    items = np.arange(n_items) + 1
    axes.bar(items, per_item, width=_bar_width(n_items), color=style.SPIKING, linewidth=0)
    edges = [0.5, *(items + 0.5)]
    heights = [*expected[:1], *expected]
    axes.step(edges, heights, color=style.RATE, linewidth=1.3, where="pre")
    most = max(int(per_item.max(initial=0)), int(expected.max(initial=0)), 1)
    axes.set_ylim(0, 1.15 * most)
    axes.set_yticks(sorted({0, (most + 1) // 2, most} if most < 4 else {0, most // 2, most}))
    axes.set_ylabel("slots taken")
    style.number_items(axes, n_items)


def _bar_width(n_items: int) -> float:
    """Return a width that neither fills the panel for one item nor leaves stripes for many."""
    return 1.0 if n_items > 60 else min(0.8, 0.1 * n_items)
