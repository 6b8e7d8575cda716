"""How alike the hippocampal codes of places are."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from .style import SHEET_COLOURS, add_panel, new_figure, styled

if TYPE_CHECKING:
    from matplotlib.figure import Figure


@styled
def codes_figure(active: NDArray[np.float64], n_rooms: int) -> Figure:
    """Draw the correlations of codes as a table, with lines between rooms.

    Parameters
    ----------
    active
        Spikes of each cell at each place, the rooms one behind the other, shape (places, cells).
    """
    figure = new_figure(4.2)
    panel = add_panel(figure, 0.9, 0.3, 3.3, 3.3)
    table = np.corrcoef(active)
    shown = panel.imshow(table, cmap=SHEET_COLOURS, vmin=0, vmax=1, interpolation="nearest")
    size = len(active) // n_rooms
    for room in range(1, n_rooms):
        panel.axhline(room * size - 0.5, color="#444444", linewidth=0.6)
        panel.axvline(room * size - 0.5, color="#444444", linewidth=0.6)
    middles = [(room + 0.5) * size - 0.5 for room in range(n_rooms)]
    names = [f"room {room + 1}" for room in range(n_rooms)]
    panel.set_xticks(middles, names)
    panel.set_yticks(middles, names)
    panel.tick_params(length=0)
    scale = add_panel(figure, 4.45, 0.3, 0.12, 3.3)
    figure.colorbar(shown, cax=scale, label="correlation of two codes")
    return figure
