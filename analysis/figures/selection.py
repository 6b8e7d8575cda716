"""Selection: which slots took each item."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from ..recall.readout import Readout
from . import style

if TYPE_CHECKING:
    from matplotlib.figure import Figure

CAPTION = (
    "Above: the slots that had a plateau while each item was stored (a slot counts if at least "
    "half of its cells had one), and the slots that the rate model gives the item to: the least "
    "recently used one, or, where selection is random, those that the circuit chose. Below: the "
    "number of slots that took each item."
)


@style.styled
def selection_figure(readout: Readout, prediction: Readout) -> Figure:
    """Draw which slots took each item, of the circuit and of the rate model."""
    n_items, n_slots = readout.plateaus.shape
    left, width = 0.66, style.WIDTH_IN - 0.66 - 0.2
    size = float(np.clip(240 / max(n_items, n_slots, 1), 1.6, 7.0))
    ring: dict[str, Any] = {"markerfacecolor": "none", "markeredgewidth": 0.9}
    handles = [
        style.mark(
            "plateau in the circuit",
            color=style.SPIKING,
            marker="o",
            markersize=4,
            markeredgewidth=0,
        ),
        style.mark("rate model", color=style.RATE, marker="s", markersize=6.5, **ring),
    ]
    figure = style.new_figure(0.42 + 2.9 + 0.14 + 0.9 + 0.46, handles, left)

    where = style.add_panel(figure, left, 0.42, width, 2.9)
    square = {"marker": "s", "markersize": size + 2, "color": style.RATE, **ring}
    dot = {"marker": "o", "markersize": size, "color": style.SPIKING, "markeredgewidth": 0}
    for outcome, look in ((prediction, square), (readout, dot)):
        item, slot = np.nonzero(outcome.plateaus)
        where.plot(item + 1, slot + 1, linestyle="", clip_on=False, **look)
    where.set_ylim(0.4, n_slots + 0.6)
    where.set_yticks(style.counting_ticks(n_slots))
    where.set_ylabel("slot")
    style.number_items(where, n_items)
    where.set_xlabel("")
    where.tick_params(labelbottom=False)

    count = style.add_panel(figure, left, 0.42 + 2.9 + 0.14, width, 0.9)
    per_item, expected = readout.plateaus.sum(axis=1), prediction.plateaus.sum(axis=1)
    items = np.arange(n_items) + 1
    count.bar(items, per_item, width=_bar_width(n_items), color=style.SPIKING, linewidth=0)
    count.step(
        [0.5, *(items + 0.5)],
        [*expected[:1], *expected],
        color=style.RATE,
        linewidth=1.3,
        where="pre",
    )
    most = max(int(per_item.max(initial=0)), int(expected.max(initial=0)), 1)
    count.set_ylim(0, 1.15 * most)
    count.set_yticks(sorted({0, (most + 1) // 2, most} if most < 4 else {0, most // 2, most}))
    count.set_ylabel("slots taken")
    style.number_items(count, n_items)
    return figure


def _bar_width(n_items: int) -> float:
    """Return a width that neither fills the panel for one item nor leaves stripes for many."""
    return 1.0 if n_items > 60 else min(0.8, 0.1 * n_items)
