"""Recall in groups: how much comes back of each kind of recall that a protocol tells apart."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from .figure_style import RATE, REFERENCE, SPIKING, add_legend, add_panel, mark, new_figure, styled
from .items import Items
from .readout import Readout
from .scores import credit

if TYPE_CHECKING:
    from matplotlib.figure import Figure

CAPTION = (
    "Fraction of the value bits that came back right in each kind of recall; a tie counts one "
    "half. Small dots are single recalls, large dots the mean of the circuit, rings that of the "
    "rate model, and the dotted line is what guessing gives."
)


@styled
def groups_figure(readout: Readout, prediction: Readout, items: Items) -> Figure:
    """Draw the accuracy of each group of recalls, of the circuit and of the rate model.

    Parameters
    ----------
    readout
        Outcome of the circuit.
    prediction
        Outcome of the rate twin.
    items
        What was stored and asked for, with recalls in groups.
    """
    groups = [group for group in dict.fromkeys(items.query_group) if group]
    figure = new_figure(0.4 + 0.36 * len(groups) + 0.55)
    panel = add_panel(figure, 1.9, 0.4, 4.9, 0.36 * len(groups))
    true = items.values[items.query_item]
    found = credit(readout.decoded, true, 0.5).mean(axis=1)
    predicted = credit(prediction.decoded, true, 0.5).mean(axis=1)
    scatter = np.random.default_rng(0)
    for row, group in enumerate(groups):
        asked = items.asked(group)
        heights = row + scatter.uniform(-0.22, 0.22, asked.sum())
        panel.plot(found[asked], heights, ".", color=SPIKING, markersize=2.5, alpha=0.35, zorder=2)
        panel.plot(
            predicted[asked].mean(), row, "o", color=RATE, markersize=8,
            markerfacecolor="none", markeredgewidth=1.4, zorder=4,
        )  # fmt: skip
        panel.plot(found[asked].mean(), row, "o", color=SPIKING, markersize=4.5, zorder=3)
    panel.axvline(0.5, color=REFERENCE, linestyle=":", linewidth=1)
    panel.set_yticks(range(len(groups)), [group.replace("_", " ") for group in groups])
    panel.set_ylim(len(groups) - 0.5, -0.5)
    panel.set_xlim(0.0, 1.02)
    panel.set_xlabel("fraction of value bits right")
    handles = [
        mark("circuit", color=SPIKING, marker="o", markersize=4.5),
        mark("rate model", color=RATE, marker="o", markersize=8, markerfacecolor="none",
             markeredgewidth=1.4),
        mark("guessing", color=REFERENCE, linestyle=":"),
    ]  # fmt: skip
    add_legend(figure, handles, 1.9, 0.1)
    return figure
