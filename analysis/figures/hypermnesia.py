"""Hypermnesia: what comes to mind in each of several searches, what is gained and what is lost."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from hippokv.arrays import Estimate

from ..recall.groups import numbered
from . import style

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure, SubFigure

CAPTION = (
    "Left: part of the items that come to mind in each of several searches without a cue. Middle: "
    "items gained from one search to the next (above 0) and lost (below). Dots are the circuit, "
    "lines and rings the rate model. Right: the first search and the last, beside the first and "
    "the last test of people who recalled 60 pictures again and again for a week (Erdelyi & "
    "Kleinbard 1978: 26.7 and 38.3 pictures, from memory of that paper and not checked against it)."
)
#: Scores by name: ``recalled_1``, ``gained_2``, ``lost_2``.
Scores = Mapping[str, Estimate]
#: The circuit with strengthening, and its controls: words and colour.
MAIN = "strengthened"
CONDITIONS = {
    MAIN: ("retrieval strengthens", "#1b5e9e"),
    "unstrengthened": ("no strengthening", "#757575"),
    "untired": ("strengthening, slots do not tire", "#c8321e"),
}
#: First and last test of Erdelyi & Kleinbard 1978, pictures of 60; from memory, not looked up.
PEOPLE = (26.7 / 60, 38.3 / 60)
TOP_IN, HEIGHT_IN = 0.95, 1.9


@style.styled
def hypermnesia_figure(found: Scores, predicted: Scores) -> Figure:
    """Draw what comes to mind in a run.

    Parameters
    ----------
    found, predicted
        Scores of the circuit and of the rate model and the half width of their intervals, not a
        number where there is none, by name.
    """
    figure = style.new_figure(3.5)
    draw_hypermnesia(figure, {MAIN: found}, {MAIN: predicted})
    return figure


def draw_hypermnesia(
    figure: Figure | SubFigure, found: Mapping[str, Scores], predicted: Mapping[str, Scores]
) -> None:
    """Draw a circuit and its controls into a figure or a part of one.

    Parameters
    ----------
    found, predicted
        As in :func:`hypermnesia_figure`, by condition: any of ``CONDITIONS``.
    """
    shown = [name for name in CONDITIONS if name in found]
    recalled = style.add_panel(figure, 0.62, TOP_IN, 1.85, HEIGHT_IN, "recalled in each search")
    changed = style.add_panel(figure, 3.1, TOP_IN, 1.85, HEIGHT_IN, "gained and lost")
    beside = style.add_panel(figure, 5.5, TOP_IN, 1.3, HEIGHT_IN, "first and last")
    tests = len(numbered("recalled_", found[shown[0]]))
    for place, name in enumerate(shown):
        colour = CONDITIONS[name][1]
        aside = 0.09 * (place - (len(shown) - 1) / 2)
        _draw(recalled, found[name], predicted[name], "recalled_", colour, aside)
        for kind, sign in (("gained_", 1.0), ("lost_", -1.0)):
            _draw(changed, found[name], predicted[name], kind, colour, 2 * aside, sign, False)
        ends = {number: found[name][f"recalled_{number}"] for number in (1, tests)}
        _dots(beside, np.array([0.0, 1.0]) + aside, list(ends.values()), colour, "-")
    beside.plot([0, 1], PEOPLE, color=style.LITERATURE, marker="x", markersize=7,
                markeredgewidth=1.8, linestyle=":")  # fmt: skip
    for panel in (recalled, beside):
        panel.set_ylim(0, 0.8)
    recalled.set_ylabel("part of the items")
    recalled.set_xlabel("search")
    recalled.set_xticks(range(1, tests + 1))
    recalled.set_xlim(0.6, tests + 0.4)
    changed.axhline(0, color=style.REFERENCE, linewidth=0.8)
    changed.set_xticks(range(2, tests + 1), [f"{one - 1} to {one}" for one in range(2, tests + 1)])
    changed.set_xlim(1.5, max(tests, 2) + 0.5)
    changed.set_ylim(-0.35, 0.35)
    changed.set_xlabel("from search to search")
    beside.set_xticks([0, 1], ["first", "last"])
    beside.set_xlim(-0.3, 1.3)
    marks = [
        style.mark(words, color=colour, marker="o", linestyle="-")
        for words, colour in (CONDITIONS[name] for name in shown)
    ]
    marks += [
        style.mark("rate model", color=style.REFERENCE, linestyle="-", marker="o", markersize=7,
                   markerfacecolor="none"),
        style.mark("people, pictures", color=style.LITERATURE, marker="x", linestyle=":"),
    ]  # fmt: skip
    style.add_legend(figure, marks, 0.62, 0.12, columns=3)


def _draw(
    axes: Axes, found: Scores, predicted: Scores, kind: str, colour: str, aside: float,
    sign: float = 1.0, joined: bool = True,
) -> None:  # fmt: skip
    """Draw scores of a kind by their number: the circuit as dots, the rate model as lines or rings.

    Parameters
    ----------
    aside
        How far they stand beside their number.
    joined
        Whether the rate model is a line, and not rings.
    """
    names = numbered(kind, found)
    places = np.array(list(names)) + aside
    heights = [sign * predicted[name][0] for name in names.values() if name in predicted]
    if len(heights) == len(places):
        looks = (
            {"linestyle": "-", "linewidth": 1.3}
            if joined
            else {"linestyle": "", "marker": "o", "markersize": 8.0, "markerfacecolor": "none"}
        )
        axes.plot(places, heights, color=colour, **looks)  # type: ignore[arg-type]
    scores = [(sign * found[name][0], found[name][1]) for name in names.values()]
    _dots(axes, places, scores, colour)


def _dots(
    axes: Axes,
    places: NDArray[np.float64],
    scores: list[Estimate],
    colour: str,
    line: str = "",
) -> None:
    if not scores:
        return
    means, halves = np.array(scores).T
    axes.errorbar(
        places, means, yerr=np.nan_to_num(halves), color=colour, linestyle=line, linewidth=0.9,
        marker="o", markersize=4.5, elinewidth=0.9, capsize=2, clip_on=False, zorder=3,
    )  # fmt: skip
