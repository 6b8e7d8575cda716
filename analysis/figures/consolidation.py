"""Consolidation: recall against the age of items, with the hippocampus and without."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from hippokv.arrays import Estimate

from ..recall.groups import by_age
from . import style
from .paper_panels import CHANCE

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure, SubFigure

CAPTION = (
    "Bits right against the days from storage to test, with all cells (intact) and with silent "
    "hippocampal ones (lesioned). Dots are the circuit, lines the rate model. A night of some "
    "seconds stands for all offline time of a day. Right: bits recalled above guessing by the "
    "lesioned circuit, and the cortical memory of the rats of Kim & Fanselow 1992 by the rates "
    "that McClelland et al. 1995 fitted (transcribed by others), each in its value for the oldest."
)
#: Scores by group of recalls: ``intact_7d``, ``lesioned_7d``.
Scores = Mapping[str, Estimate]
INTACT, LESIONED = "intact", "lesioned"
COLOURS = {INTACT: "#1b5e9e", LESIONED: "#c8321e"}
#: The life with replay, and its controls: words and colour.
MAIN = "replay"
CONTROLS = {
    "awake": ("nights awake: no replay", "#757575"),
    "silenced": ("hippocampus silent at night", "#2a8f4a"),
    "wide-lesion": ("lesion takes deep entorhinal cells too", "#8a6fb0"),
}
#: Rates a day of hippocampal decay, consolidation and cortical decay that McClelland et al. 1995
#: fitted to the rats of Kim & Fanselow 1992, as others transcribed their table 1.
FITTED = (0.050, 0.040, 0.011)
WIDTH_IN, HEIGHT_IN = 1.75, 1.9
#: How far controls stand apart, in days.
BESIDE_D = 0.8


def fitted_course(days: int) -> NDArray[np.float64]:
    """Return the cortical memory at the end of each day from 0 on, by the rates fitted to rats.

    McClelland et al. 1995: a hippocampal trace that starts at 1 decays, and strengthens a cortical
    one, which starts at 0, in proportion to itself and to the room left. Shape (days + 1,).
    """
    lost, moved, forgotten = FITTED
    steps = 1000
    hippocampal, cortical = 1.0, 0.0
    course = [cortical]
    for _ in range(days):
        for _ in range(steps):
            gained = moved * hippocampal * (1 - cortical) - forgotten * cortical
            hippocampal -= lost * hippocampal / steps
            cortical += gained / steps
        course.append(cortical)
    return np.array(course)


@style.styled
def consolidation_figure(found: Scores, predicted: Scores) -> Figure:
    """Draw recall of the circuit and of the rate model against the age of items.

    Parameters
    ----------
    found, predicted
        Fraction of bits right and the half width of its interval, not a number where there is none,
        by group.
    """
    figure = style.new_figure(3.5)
    draw_consolidation(figure, {MAIN: found}, {MAIN: predicted})
    return figure


def draw_consolidation(
    figure: Figure | SubFigure,
    found: Mapping[str, Scores],
    predicted: Mapping[str, Scores],
) -> None:
    """Draw a life and its controls into a figure or a part of one.

    Parameters
    ----------
    found, predicted
        As in :func:`consolidation_figure`, by condition: ``replay`` and any of ``CONTROLS``.
    """
    places = iter((0.62, 2.92, 5.22))
    panel = accuracy_panel(figure, next(places), "with nights of replay")
    for kind, colour in COLOURS.items():
        draw_against_age(panel, by_age(found[MAIN], kind), by_age(predicted[MAIN], kind), colour)
    panel.set_ylabel("fraction of bits right")
    marks = [style.mark(kind, color=colour, marker="o") for kind, colour in COLOURS.items()]
    controls = [name for name in CONTROLS if name in found]
    if controls:
        panel = accuracy_panel(figure, next(places), "controls, lesioned")
        for number, name in enumerate(controls):
            words, colour = CONTROLS[name]
            beside = BESIDE_D * (number - (len(controls) - 1) / 2)
            draw_against_age(
                panel, by_age(found[name], LESIONED), by_age(predicted[name], LESIONED), colour,
                beside,
            )  # fmt: skip
            marks.append(style.mark(words, color=colour, marker="o"))
    panel = style.add_panel(figure, next(places), 0.42, WIDTH_IN, HEIGHT_IN, "without hippocampus")
    _draw_course(panel, by_age(found[MAIN], LESIONED))
    marks += [
        style.mark("rate model", color=style.REFERENCE, linestyle="-"),
        style.mark("cortical trace fitted to rats", color=style.LITERATURE, linestyle="-"),
        style.mark("guessing", color=style.REFERENCE, linestyle=":"),
    ]
    style.add_legend(figure, marks, 0.62, 0.42 + HEIGHT_IN + 0.5, columns=3)


def accuracy_panel(
    figure: Figure | SubFigure, left_in: float, title: str, width_in: float = WIDTH_IN
) -> Axes:
    """Add a panel of bits right against age in days, with the line of guessing."""
    panel = style.add_panel(figure, left_in, 0.42, width_in, HEIGHT_IN, title)
    panel.set_ylim(CHANCE - 0.06, 1.02)
    panel.axhline(CHANCE, color=style.REFERENCE, linestyle=":", linewidth=0.8)
    panel.set_xlabel("age of the item in days")
    return panel


def draw_against_age(
    axes: Axes, found: Mapping[int, Estimate], predicted: Mapping[int, Estimate], colour: str,
    beside: float = 0.0,
) -> None:  # fmt: skip
    """Draw scores of the circuit as points and of the rate model as a line, by age in days.

    Parameters
    ----------
    beside
        How far from its age a point stands, in days.
    """
    means, halves = np.array(list(found.values())).T
    axes.errorbar(
        np.array(list(found)) + beside, means, yerr=np.nan_to_num(halves), color=colour,
        linestyle="", marker="o", markersize=4.5, elinewidth=0.9, capsize=2, clip_on=False,
        zorder=3,
    )  # fmt: skip
    axes.plot(list(predicted), [mean for mean, _ in predicted.values()], color=colour, lw=1.3)
    axes.set_xticks(list(found))


def _draw_course(axes: Axes, found: Mapping[int, Estimate]) -> None:
    """Draw what is recalled above guessing, in that of the oldest items, beside fitted rates."""
    oldest = max(found)
    whole = found[oldest][0] - CHANCE
    course = fitted_course(oldest)
    axes.plot(course / course[-1], color=style.LITERATURE, linewidth=1.3)
    if whole > 0:
        heights = [(mean - CHANCE) / whole for mean, _ in found.values()]
        halves = np.nan_to_num([half / whole for _, half in found.values()])
        axes.errorbar(
            list(found), heights, yerr=halves, color=COLOURS[LESIONED], linestyle="", marker="o",
            markersize=4.5, elinewidth=0.9, capsize=2, clip_on=False, zorder=3,
        )  # fmt: skip
    axes.axhline(0, color=style.REFERENCE, linestyle=":", linewidth=0.8)
    axes.set_ylim(-0.12, 1.09)
    axes.set_xticks(list(found))
    axes.set_xlabel("age of the item in days")
    axes.set_ylabel(f"above guessing, of that at {oldest} d")
