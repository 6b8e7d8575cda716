"""Attention: how much each slot takes part in a recall, by spikes and by the rate model."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from hippokv.arrays import Array

from ..recall.asked_cells import Sought
from ..recall.items import Items
from ..recall.readout import Readout
from . import style

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure
    from matplotlib.image import AxesImage

CAPTION = (
    "Above: the share of each slot in each recall, as the slot's part of all hippocampal spikes "
    "of the circuit, and as the softmax of the rate model. Below: one against the other, a dot "
    "for each slot in each recall, on the line where the circuit follows the rate model. Slots "
    "that hold the item asked for are set apart. Bars are means over slots of similar prediction: "
    "single dots scatter because a recall is a few spikes only, means do not. Shares below the "
    "axis are drawn on its edge."
)

#: Smaller shares are a fraction of a spike in a recall.
SMALLEST_SHARE = 1e-3


@style.styled
def attention_figure(
    readout: Readout, prediction: Readout, items: Items, sought: Sought | None = None
) -> Figure:  # fmt: skip
    """Draw the attention of the circuit beside and against that of the rate model.

    Parameters
    ----------
    sought
        What recalls ask for, by default each for the item that it names.
    """
    left, gap, height, side = 0.66, 0.62, 2.5, 3.2
    width = (style.WIDTH_IN - left - gap - 0.86) / 2
    figure = style.new_figure(0.34 + height + 0.8 + side + 0.5)
    largest = max(float(readout.attention.max()), float(prediction.attention.max()), 1e-9)
    for column, (name, found) in enumerate((("circuit", readout), ("rate model", prediction))):
        panel = style.add_panel(figure, left + column * (width + gap), 0.34, width, height)
        image = draw_attention(panel, found, largest)
        panel.set_title(name)
    style.add_scale(figure, image, style.WIDTH_IN - 0.72, 0.34, height, "share of the recall")
    against = style.add_panel(figure, left, 0.34 + height + 0.8, side, side)
    draw_attention_against(against, readout, prediction, items, sought)
    distance = np.abs(readout.attention - prediction.attention).sum(axis=1).mean() / 2
    against.legend(
        loc="upper left", bbox_to_anchor=(1.06, 1.0),
        title=f"mean total variation\ndistance {distance:.2g}",
        title_fontsize=8.5, alignment="left", labelspacing=0.7,
    )  # fmt: skip
    return figure


def draw_attention(axes: Axes, readout: Readout, largest: float | None = None) -> AxesImage:
    """Draw the share of each slot in each recall as an image, and return it for a colour bar.

    Parameters
    ----------
    largest
        The share that has the last colour, by default the largest there is.
    """
    image = style.draw_table(
        axes, readout.attention, vmin=0, vmax=largest, cmap=style.SHARE_COLOURS
    )
    axes.set_xlabel("slot")
    axes.set_ylabel("recall")
    return image


def draw_attention_against(
    axes: Axes,
    readout: Readout,
    prediction: Readout,
    items: Items,
    sought: Sought | None = None,
) -> None:
    """Draw the shares of the circuit against those of the rate model, each with a label.

    Parameters
    ----------
    items
        What was stored and asked for, with at least one recall.
    sought
        What recalls ask for, by default each for the item that it names.
    """
    attention, predicted = readout.attention, prediction.attention
    asked = _asked(prediction, items, sought)
    words = f"slots that hold {'what is' if sought else 'the item'} asked for"
    edge = SMALLEST_SHARE / 1.35
    found, expected = np.maximum(attention, edge), np.maximum(predicted, edge)
    axes.plot([edge, 1], [edge, 1], color=style.REFERENCE, linewidth=1, zorder=1, label="equal")
    for chosen, colour, label, size in (
        (~asked, style.OTHER_SLOT, "other slots", 3.0),
        (asked, style.ASKED_SLOT, words, 4.0),
    ):
        axes.plot(
            expected[chosen], found[chosen], linestyle="", marker="o", markersize=size,
            markeredgewidth=0, alpha=0.55, color=colour, label=label, zorder=2, clip_on=False,
        )  # fmt: skip
    centres, means = binned_means(predicted.ravel(), attention.ravel())
    axes.plot(
        centres, np.maximum(means, edge), linestyle="", marker="_", markersize=13,
        markeredgewidth=2, color=style.SPIKING, label="mean of similar predictions", zorder=3,
    )  # fmt: skip
    axes.set_xscale("log")
    axes.set_yscale("log")
    axes.set_xlim(edge, 1.0)
    axes.set_ylim(edge, 1.0)
    ticks = [SMALLEST_SHARE, 0.01, 0.1, 1.0]
    for axis in (axes.xaxis, axes.yaxis):
        axis.set_ticks(ticks, ["0.001", "0.01", "0.1", "1"])
        axis.set_ticks([], minor=True)
    axes.set_xlabel("share by the rate model", color=style.RATE)
    axes.set_ylabel("share of spikes in the circuit")


def _asked(prediction: Readout, items: Items, sought: Sought | None) -> NDArray[np.bool_]:
    """Return which slots hold what each recall asks for, shape (Q, N).

    A slot holds the item that it took last.
    """
    plateaus = prediction.plateaus
    last = len(plateaus) - 1 - plateaus[::-1].argmax(axis=0)
    wanted = sought.items if sought else items.query_item[:, None].tolist()
    asked = np.array([np.isin(last, numbers) for numbers in wanted], dtype=bool)
    found: NDArray[np.bool_] = asked.reshape(len(wanted), -1) & plateaus.any(axis=0)
    return found


def binned_means(predicted: Array, found: Array, bins: int = 15) -> tuple[Array, Array]:
    """Average what was found over shares of similar prediction.

    Parameters
    ----------
    predicted, found
        Shares by the rate model and by the circuit, in the same order, shape (shares,).
    bins
        Number of bins from ``SMALLEST_SHARE`` to 1, equally wide on a logarithmic axis.

    Returns
    -------
    tuple of ndarray
        Mean prediction and mean share found in each bin that holds any, shape (filled bins,).
    """
    inside = predicted >= SMALLEST_SHARE
    edges = np.geomspace(SMALLEST_SHARE, 1.0, bins + 1)
    place = np.clip(np.searchsorted(edges, predicted[inside], side="right") - 1, 0, bins - 1)
    counts = np.bincount(place, minlength=bins)
    filled = counts > 0
    means = [
        np.bincount(place, weights=values[inside], minlength=bins)[filled] / counts[filled]
        for values in (predicted, found)
    ]
    return means[0], means[1]
