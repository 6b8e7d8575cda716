"""How alike the hippocampal codes of places are."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from hippokv.arrays import Array

from . import style

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure
    from matplotlib.image import AxesImage


@style.styled
def codes_figure(active: Array, n_rooms: int) -> Figure:
    """Draw the correlations of codes, with the scale of their colours."""
    figure = style.new_figure(4.2)
    image = draw_codes(style.add_panel(figure, 0.9, 0.3, 3.3, 3.3), active, n_rooms)
    scale = style.add_panel(figure, 4.45, 0.3, 0.12, 3.3)
    figure.colorbar(image, cax=scale, label="correlation of two codes")
    return figure


def draw_codes(axes: Axes, active: Array, n_rooms: int) -> AxesImage:
    """Draw the correlations of codes as a table, with lines between rooms, and return the image.

    Parameters
    ----------
    active
        Spikes of each cell at each place, the rooms one behind the other, shape (places, cells).
    """
    table = np.corrcoef(active)
    image = axes.imshow(table, cmap=style.SHEET_COLOURS, vmin=0, vmax=1, interpolation="nearest")
    size = len(active) // n_rooms
    for room in range(1, n_rooms):
        axes.axhline(room * size - 0.5, color="#444444", linewidth=0.6)
        axes.axvline(room * size - 0.5, color="#444444", linewidth=0.6)
    middles = [(room + 0.5) * size - 0.5 for room in range(n_rooms)]
    names = [f"room {room + 1}" for room in range(n_rooms)]
    axes.set_xticks(middles, names)
    axes.set_yticks(middles, names)
    axes.tick_params(length=0)
    return image
