"""Recall between two values: how much of its own and of a rival value each kind of recall gives."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from ..recall.items import Items
from ..recall.readout import Readout
from ..recall.scores import agreement
from .style import (
    RATE,
    REFERENCE,
    SPIKING,
    add_legend,
    add_panel,
    new_figure,
    outcome_marks,
    styled,
)

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

CAPTION = (
    "Fraction of the value bits in which each kind of recall agrees with the value that was stored "
    "with the cue (left) and with its rival (right); a tie counts one half. Small dots are single "
    "recalls, large dots the mean of the circuit, rings that of the rate model, and the dotted "
    "line is what guessing gives."
)


@styled
def two_values_figure(
    readout: Readout, prediction: Readout, items: Items, rivals: NDArray[np.int8], rival: str
) -> Figure:
    """Draw how much of two values each group of recalls gives, by circuit and by rate model.

    Parameters
    ----------
    readout
        Outcome of the circuit.
    prediction
        Outcome of the rate model.
    items
        What was stored and asked for, with recalls in groups.
    rivals
        The other value of each recall, shape (Q, m), or (1, m) for the same one in all.
    rival
        Words for it.
    """
    groups = items.groups
    height = 0.3 * len(groups)
    figure = new_figure(0.35 + height + 0.85)
    own = items.values[items.query_item]
    for column, (title, values) in enumerate((("own value", own), (rival, rivals))):
        panel = add_panel(figure, 1.75 + 2.75 * column, 0.35, 2.5, height)
        found, predicted = agreement(readout, values), agreement(prediction, values)
        _draw(panel, found, predicted, items, groups)
        panel.set_title(title)
        panel.set_xlabel("fraction of bits")
        labels = [group.replace("_", " ") for group in groups] if column == 0 else []
        panel.set_yticks(range(len(groups)) if column == 0 else [], labels)
    add_legend(figure, outcome_marks(), 1.75, height + 0.92)
    return figure


def _draw(
    panel: Axes,
    found: NDArray[np.float64],
    predicted: NDArray[np.float64],
    items: Items,
    groups: list[str],
) -> None:
    scatter = np.random.default_rng(0)
    for row, group in enumerate(groups):
        asked = items.asked(group)
        heights = row + scatter.uniform(-0.25, 0.25, asked.sum())
        panel.plot(found[asked], heights, ".", color=SPIKING, markersize=2.5, alpha=0.35, zorder=2)
        panel.plot(
            predicted[asked].mean(), row, "o", color=RATE, markersize=8,
            markerfacecolor="none", markeredgewidth=1.4, zorder=4,
        )  # fmt: skip
        panel.plot(found[asked].mean(), row, "o", color=SPIKING, markersize=4.5, zorder=3)
    panel.axvline(0.5, color=REFERENCE, linestyle=":", linewidth=1)
    panel.set_ylim(len(groups) - 0.5, -0.5)
    panel.set_xlim(0.0, 1.04)
