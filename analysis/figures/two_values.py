"""Recall between two values: how much of its own and of a rival value each kind of recall gives."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from ..recall.items import Items
from ..recall.readout import Readout
from ..recall.scores import agreement
from . import style

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

CAPTION = (
    "Fraction of the value bits in which each kind of recall agrees with the value that was stored "
    "with the cue (left) and with its rival (right); a tie counts one half. Small dots are single "
    "recalls, large dots the mean of the circuit, rings that of the rate model, and the dotted "
    "line is what guessing gives."
)


@style.styled
def two_values_figure(
    readout: Readout, prediction: Readout, items: Items, rivals: NDArray[np.int8], rival: str
) -> Figure:
    """Draw how much of two values each group of recalls gives, by circuit and by rate model.

    Parameters
    ----------
    rivals
        The other value of each recall, shape (Q, m), or (1, m) for the same one in all.
    rival
        Words for it.
    """
    height = 0.3 * len(items.groups)
    figure = style.new_figure(0.35 + height + 0.85)
    own = items.values[items.query_item]
    for column, (title, values) in enumerate((("own value", own), (rival, rivals))):
        panel = style.add_panel(figure, 1.75 + 2.75 * column, 0.35, 2.5, height)
        draw_agreement(panel, readout, prediction, items, values)
        panel.set_title(title)
    panel.set_yticks([])
    style.add_legend(figure, style.outcome_marks(), 1.75, height + 0.92)
    return figure


def draw_agreement(
    axes: Axes,
    readout: Readout,
    prediction: Readout,
    items: Items,
    values: NDArray[np.int8],
) -> None:
    """Draw in how many bits each recall agrees with a value, a row for each group of recalls.

    Parameters
    ----------
    items
        What was stored and asked for, with recalls in groups.
    values
        The value of each recall, shape (Q, m), or (1, m) for the same one in all.
    """
    found, predicted = agreement(readout, values), agreement(prediction, values)
    scatter = np.random.default_rng(0)
    for row, group in enumerate(items.groups):
        asked = items.asked(group)
        heights = row + scatter.uniform(-0.25, 0.25, asked.sum())
        axes.plot(
            found[asked], heights, ".", color=style.SPIKING, markersize=2.5, alpha=0.35, zorder=2
        )
        style.mark_means(axes, row, found[asked].mean(), predicted[asked].mean())
    style.mark_guessing(axes)
    style.name_rows(axes, items.groups)
    axes.set_xlim(0.0, 1.04)
    axes.set_xlabel("fraction of bits")
