"""Gist: what items of a category share, and what is their own, against age without hippocampus."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

from hippokv.arrays import Estimate

from ..recall.groups import by_age
from . import style
from .consolidation import accuracy_panel, draw_against_age

if TYPE_CHECKING:
    from matplotlib.figure import Figure, SubFigure

CAPTION = (
    "Items of a category share a part of their bits with a prototype that is never shown. Bits "
    "right against the days from storage to test, of those that items share and of those that are "
    "an item's own, which the prototype gets right half of the time, as guessing does. Dots are "
    "the circuit, lines the rate model. A night of some seconds stands for all offline time of a "
    "day."
)
#: Scores by kind, group of recalls and age: ``category_lesioned_7d``, ``specific_intact_7d``.
Scores = Mapping[str, Estimate]
#: What is drawn: words and colour.
KINDS = {
    "category_lesioned": ("shared with the category, lesioned", "#c8321e"),
    "specific_lesioned": ("the item's own, lesioned", "#8a6fb0"),
    "specific_intact": ("the item's own, intact", "#1b5e9e"),
}
PLACES_IN, WIDTH_IN = (0.62, 4.1), 2.85
HEIGHT_IN = 3.4


@style.styled
def gist_figure(found: Scores, predicted: Scores) -> Figure:
    """Draw both parts of what comes back, of the circuit and of the rate model.

    Parameters
    ----------
    found, predicted
        Fraction of bits right and the half width of its interval, not a number where there is none,
        by kind, group and age.
    """
    figure = style.new_figure(HEIGHT_IN)
    draw_gist(figure, {"": found}, {"": predicted})
    return figure


def draw_gist(
    figure: Figure | SubFigure,
    found: Mapping[str, Scores],
    predicted: Mapping[str, Scores],
) -> None:
    """Draw conditions side by side into a figure or a part of one.

    Parameters
    ----------
    found, predicted
        As in :func:`gist_figure`, by the title of the condition, at most two.
    """
    for place, (title, scores) in zip(PLACES_IN, found.items(), strict=False):
        panel = accuracy_panel(figure, place, title, WIDTH_IN)
        for number, (kind, (_, colour)) in enumerate(KINDS.items()):
            draw_against_age(
                panel, by_age(scores, kind), by_age(predicted[title], kind), colour,
                0.5 * (number - 1),
            )  # fmt: skip
        panel.set_ylim(0.35, 1.02)
        if place == PLACES_IN[0]:
            panel.set_ylabel("fraction of bits right")
    marks = [style.mark(words, color=colour, marker="o") for words, colour in KINDS.values()]
    marks += [
        style.mark("rate model", color=style.REFERENCE, linestyle="-"),
        style.mark("guessing", color=style.REFERENCE, linestyle=":"),
    ]
    style.add_legend(figure, marks, 0.62, 2.72, columns=3)
