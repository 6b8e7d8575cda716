"""The weights of every slot beside their ideal."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from hippokv.arrays import Array

from ..recall.readout import Readout
from . import style

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure
    from matplotlib.image import AxesImage

CAPTION = (
    "Key weights (from entorhinal units, above) and value weights (to cortical units, below) of "
    "every slot at the end of the run: of the circuit, averaged over the cells of a slot, as the"
    " rate model has them after the same items, and the difference. A weight is that of a unit's"
    " ON cell minus that of its OFF cell, so +1 and -1 are the two states of a stored bit and 0 "
    "is a slot that took nothing; differences beyond 1 have the colour of 1."
)


@style.styled
def weights_figure(readout: Readout, prediction: Readout) -> Figure:
    """Draw the keys and values of every slot beside the rate model's, and the difference."""
    height, left, gap, top = 1.95, 0.66, 0.16, 0.56
    width = (style.WIDTH_IN - left - 2 * gap - 0.9) / 3
    figure = style.new_figure(2 * (top + height + 0.42))
    row_top = top
    for title, unit, weights, ideal in (
        ("keys", "input unit", readout.keys, prediction.keys),
        ("values", "value unit", readout.values, prediction.values),
    ):
        difference = weights - ideal
        columns = (("circuit", weights), ("rate model", ideal), ("difference", difference))
        for column, (name, table) in enumerate(columns):
            panel = style.add_panel(figure, left + column * (width + gap), row_top, width, height)
            image = draw_weights(panel, table, unit)
            panel.set_title(name)
            if column:
                panel.set_ylabel("")
                panel.tick_params(labelleft=False)
        style.add_heading(figure, title, row_top)
        size = f"mean size {np.abs(difference).mean():.2g}"
        panel.set_title(size, loc="right", fontsize=7, color=style.REFERENCE)
        style.add_scale(
            figure, image, style.WIDTH_IN - 0.76, row_top, height, "weight (ON minus OFF)",
            ticks=[-1, -0.5, 0, 0.5, 1],
        )  # fmt: skip
        row_top += height + 0.42 + top
    return figure


def draw_weights(axes: Axes, weights: Array, unit: str) -> AxesImage:
    """Draw the weights of every slot as an image, and return it for a colour bar.

    Parameters
    ----------
    weights
        ON minus OFF, shape (slots, units), as ``keys`` and ``values`` of a readout.
    unit
        Name of the horizontal axis.
    """
    colours = style.colour_map(style.WEIGHT_COLOURS)
    image = style.draw_table(axes, weights, 5, vmin=-1, vmax=1, cmap=colours)
    axes.set_xlabel(unit)
    axes.set_ylabel("slot")
    return image
