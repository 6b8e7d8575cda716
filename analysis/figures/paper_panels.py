"""Panels of figures that compare slot choices and memories: circuits as points, models as lines."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

import numpy as np

from hippokv.arrays import Array

from . import style
from .sweep import mean_interval

if TYPE_CHECKING:
    from matplotlib.artist import Artist
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure, SubFigure

#: Scores over seeds at each position of a curve.
Samples = Mapping[float, Array] | Mapping[int, Array]
CHANCE = 0.5
#: Where a figure's first panel and its key begin.
LEFT_IN = 0.62


def accuracy_axes(axes: Axes, across: str) -> None:
    """Name the axes of a panel of accuracies, and draw what guessing gives."""
    axes.set_xlabel(across)
    axes.set_ylabel("fraction of bits right")
    axes.set_ylim(CHANCE - 0.03, 1.02)
    axes.axhline(CHANCE, color=style.REFERENCE, linestyle=":", linewidth=0.8)


def draw_circuit(axes: Axes, samples: Samples, colour: str, marker: str = "o") -> None:
    """Draw means and 95 % intervals over seeds of a circuit, as points."""
    positions = list(samples)
    intervals = [mean_interval(values) for values in samples.values()]
    axes.errorbar(
        positions, [mean for mean, _ in intervals],
        yerr=np.nan_to_num([half for _, half in intervals]),
        linestyle="", marker=marker, markersize=4, color=colour, elinewidth=0.9, capsize=1.5,
        zorder=3,
    )  # fmt: skip


def draw_model(
    axes: Axes, samples: Samples, colour: str, line: str = "-", alpha: float = 1.0
) -> None:
    """Draw the mean over seeds of a model, as a line."""
    heights = [np.nanmean(values) for values in samples.values()]
    axes.plot(list(samples), heights, color=colour, linestyle=line, linewidth=1.2, alpha=alpha)


def draw_samples(axes: Axes, samples: Samples, colour: str, line: str = "-") -> None:
    """Draw means and 95 % intervals over seeds, and a line between them; dots where it is whole."""
    draw_model(axes, samples, colour, line)
    draw_circuit(axes, samples, colour, "." if line == "-" else "")


def capacity_axes(axes: Axes, sizes: Sequence[int]) -> None:
    """Name the axes of a panel of capacities at some sizes, once they are drawn."""
    axes.set_xlabel("size, N = d")
    axes.set_ylabel("items")
    axes.set_xticks(sizes)
    axes.set_ylim(0, None)


def key(names: Mapping[str, tuple[str, str]]) -> list[Artist]:
    """Return legend marks: for each name its colour and its line style."""
    return [
        style.mark(name, color=colour, linestyle=line, linewidth=1.6)
        for name, (colour, line) in names.items()
    ]


def add_key(
    figure: Figure | SubFigure, top_in: float, *names: Mapping[str, tuple[str, str]]
) -> None:
    """Add what colours and lines mean, and below the first row what tells circuits from models.

    Parameters
    ----------
    names
        Of each row, the colour and the line style of each name.
    """
    kinds = [
        style.mark("circuit: mean, 95 % interval", color="#333333", marker="o", markersize=4),
        style.mark("rate model", color="#333333", linestyle="-", linewidth=1.6),
        style.mark("guessing", color=style.REFERENCE, linestyle=":"),
    ]
    first, *others = map(key, names)
    for number, row in enumerate([first, kinds, *others]):
        style.add_legend(figure, row, LEFT_IN, top_in + 0.19 * number)
