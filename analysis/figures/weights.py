"""The weights of every slot beside their ideal."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from ..recall.readout import Readout
from . import style

if TYPE_CHECKING:
    from matplotlib.figure import Figure

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
    colours = style.colour_map(style.WEIGHT_COLOURS)
    figure = style.new_figure(2 * (top + height + 0.42))
    row_top = top
    for title, unit, weights, ideal in (
        ("keys", "input unit", readout.keys, prediction.keys),
        ("values", "value unit", readout.values, prediction.values),
    ):
        difference = weights - ideal
        columns = (("circuit", weights), ("rate model", ideal), ("difference", difference))
        for column, (name, table) in enumerate(columns):
            panel, image = style.add_table(
                figure, left + column * (width + gap), row_top, width, height, table, 5,
                vmin=-1, vmax=1, cmap=colours,
            )  # fmt: skip
            panel.set_title(name)
            panel.set_xlabel(unit)
            panel.tick_params(labelleft=column == 0)
            if column == 0:
                panel.set_ylabel("slot")
                style.add_heading(figure, title, row_top)
        panel.set_title(
            f"mean size {np.abs(difference).mean():.2g}",
            loc="right",
            fontsize=8,
            color=style.REFERENCE,
        )
        style.add_scale(
            figure, image, style.WIDTH_IN - 0.76, row_top, height, "weight (ON minus OFF)",
            ticks=[-1, -0.5, 0, 0.5, 1],
        )  # fmt: skip
        row_top += height + 0.42 + top
    return figure
