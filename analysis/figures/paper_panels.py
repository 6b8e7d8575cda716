"""Panels of figures that compare slot choices and memories: circuits as points, models as lines."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from .style import REFERENCE, add_panel, mark
from .sweep import mean_interval

if TYPE_CHECKING:
    from matplotlib.artist import Artist
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

#: Scores over seeds at each position of a curve.
Samples = Mapping[float, NDArray[np.float64]] | Mapping[int, NDArray[np.float64]]
CHANCE = 0.5


def panel(
    figure: Figure,
    letter: str,
    title: str,
    left_in: float,
    top_in: float,
    width_in: float,
    height_in: float,
) -> Axes:
    """Add a panel with its letter and title."""
    found = add_panel(figure, left_in, top_in, width_in, height_in)
    found.set_title(f"{letter}   {title}" if letter else title)
    return found


def accuracy_axes(found: Axes, across: str, lowest: float = CHANCE) -> None:
    """Name the axes of a panel of accuracies, and draw what guessing gives."""
    found.set_xlabel(across)
    found.set_ylabel("fraction of bits right")
    found.set_ylim(lowest - 0.03, 1.02)
    found.axhline(CHANCE, color=REFERENCE, linestyle=":", linewidth=0.8)


def draw_circuit(found: Axes, samples: Samples, colour: str, marker: str = "o") -> None:
    """Draw means and 95 % intervals over seeds of a circuit, as points."""
    positions = list(samples)
    intervals = [mean_interval(values) for values in samples.values()]
    found.errorbar(
        positions, [mean for mean, _ in intervals],
        yerr=np.nan_to_num([half for _, half in intervals]),
        linestyle="", marker=marker, markersize=4, color=colour, elinewidth=0.9, capsize=1.5,
        zorder=3,
    )  # fmt: skip


def draw_model(found: Axes, samples: Samples, colour: str, style: str = "-") -> None:
    """Draw the mean over seeds of a model, as a line."""
    heights = [np.nanmean(values) for values in samples.values()]
    found.plot(list(samples), heights, color=colour, linestyle=style, linewidth=1.2)


def key(names: Mapping[str, tuple[str, str]]) -> list[Artist]:
    """Return legend marks: for each name its colour and its line style."""
    return [
        mark(name, color=colour, linestyle=style, linewidth=1.6)
        for name, (colour, style) in names.items()
    ]


def kinds_of_marks() -> list[Artist]:
    """Return legend marks that tell circuits from rate models, and say what guessing gives."""
    return [
        mark("circuit: mean, 95 % interval", color="#333333", marker="o", markersize=4),
        mark("rate model", color="#333333", linestyle="-", linewidth=1.6),
        mark("guessing", color=REFERENCE, linestyle=":"),
    ]


def add_rows_of_marks(
    figure: Figure, rows: Sequence[Sequence[Artist]], left_in: float, top_in: float
) -> None:
    """Add legends below each other, with the top left corner so far from that of the figure."""
    width, height = figure.get_size_inches()
    for number, row in enumerate(rows):
        figure.legend(
            handles=list(row), loc="upper left", ncols=len(row),
            bbox_to_anchor=(left_in / width, 1 - (top_in + 0.19 * number) / height),
        )  # fmt: skip
