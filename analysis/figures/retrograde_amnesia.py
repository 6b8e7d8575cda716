"""Retrograde amnesia: what comes to mind before a concussion, right after it and later, by age."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

import numpy as np

from hippokv.arrays import Estimate

from ..recall.amnesia import RECALLED, of_name
from . import style

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure, SubFigure

CAPTION = (
    "Part of the items of each age that come to mind in a search without a cue, before a "
    "concussion that lowers the excitability of all hippocampal cells alike (dashed line), right "
    "after it, and as excitability comes back. Older items have been retrieved more often. Dots "
    "are the circuit, lines (a dash before) the rate model. That amnesia for what was before a "
    "head injury shrinks (Russell & Nathan 1946, Benson & Geschwind 1967) has no numbers that "
    "could be drawn."
)
#: Scores by name: ``recalled_before_1``, ``recalled_75s_3``.
Scores = Mapping[str, Estimate]
#: The circuit that is concussed, and its controls.
MAIN, UNHURT = "concussed", "unhurt"
CONDITIONS = {
    MAIN: "concussion",
    UNHURT: "no concussion",
    "unstrengthened": "no strengthening",
}
#: Colours from the oldest items to the most recent.
OLDEST, NEWEST = "#1b5e9e", "#e08214"
HEIGHT_OF_ALL_IN = 3.05
TOP_IN, HEIGHT_IN, WIDTH_IN, LEFT_IN, STEP_IN = 0.75, 1.75, 1.9, 0.6, 2.25
WIDTH_ALONE_IN = 4.2


@style.styled
def amnesia_figure(found: Scores, predicted: Scores) -> Figure:
    """Draw what comes to mind in a run.

    Parameters
    ----------
    found, predicted
        Scores of the circuit and of the rate model and the half width of their intervals, not a
        number where there is none, by name.
    """
    figure = style.new_figure(HEIGHT_OF_ALL_IN)
    draw_amnesia(figure, {MAIN: found}, {MAIN: predicted}, {MAIN: "recalled in each test"})
    return figure


def draw_amnesia(
    figure: Figure | SubFigure,
    found: Mapping[str, Scores],
    predicted: Mapping[str, Scores],
    titles: Mapping[str, str] = CONDITIONS,
) -> None:
    """Draw a circuit and its controls into a figure or a part of one.

    Parameters
    ----------
    found, predicted
        As in :func:`amnesia_figure`, by condition.
    titles
        What stands above the panel of each condition.
    """
    shown = [name for name in titles if name in found]
    ages = sorted({score.age for score in map(of_name, found[shown[0]]) if score and score.age})
    colours = style.colour_map([OLDEST, NEWEST])(np.linspace(0, 1, len(ages)))
    for place, name in enumerate(shown):
        width_in = WIDTH_IN if len(shown) > 1 else WIDTH_ALONE_IN
        panel = style.add_panel(
            figure, LEFT_IN + place * STEP_IN, TOP_IN, width_in, HEIGHT_IN, titles[name]
        )
        for age, colour in zip(ages, colours, strict=True):
            aside = 0.015 * (age - (ages[0] + ages[-1]) / 2)
            before = _draw(panel, found[name], predicted[name], age, colour, aside)
        if name != UNHURT:
            panel.axvline(before / 3, color=style.REFERENCE, linewidth=0.8, linestyle="--")
        panel.set_ylim(0, 1.03)
        panel.set_xlabel("s" if name == UNHURT else "s from the concussion")
        if place:
            panel.set_yticklabels([])
        else:
            panel.set_ylabel("part of the items")
    words = {ages[0]: "oldest items", ages[-1]: "most recent items"}
    marks = [
        style.mark(words.get(age, "between"), color=colour, marker="o", linestyle="-")
        for age, colour in zip(ages, colours, strict=True)
        if age in words or len(ages) == 3
    ]
    marks.append(style.mark("line: rate model", color=style.REFERENCE, linestyle="-"))
    style.add_legend(figure, marks, LEFT_IN, 0.12)


def _draw(
    panel: Axes, found: Scores, predicted: Scores, age: int, colour: object, aside: float
) -> float:
    """Draw the items of an age, and return where the test before the concussion stands.

    Parameters
    ----------
    aside
        How far dots stand beside their time, as a part of the time from the first to the last.
    """
    tests = [
        score.test
        for score in map(of_name, found)
        if score and score.kind == RECALLED and score.age == age
    ]
    names = [f"{RECALLED}_{test}_{age}" for test in tests]
    later = [float(test.removesuffix("s")) for test in tests[1:]]
    # The test before stands as far to the left as two tests after it are apart at most.
    before = -max(np.diff(later), default=100.0) / 2
    at = np.array([before, *later])
    means, halves = np.array([found[name] for name in names]).T
    panel.errorbar(
        at + aside * np.ptp(at), means, yerr=np.nan_to_num(halves), color=colour, linestyle="",
        marker="o", markersize=4.5, elinewidth=0.9, capsize=2, clip_on=False, zorder=3,
    )  # fmt: skip
    if all(name in predicted for name in names):
        heights = [predicted[name][0] for name in names]
        panel.plot(at[:2], heights[:2], color=colour, linewidth=0.9, linestyle=":")
        panel.plot(at[1:], heights[1:], color=colour, linewidth=1.4)
        panel.plot(at[:1], heights[:1], color=colour, marker="_", markersize=12)
    panel.set_xticks(at, ["before", *(f"{delay:g}" for delay in later)])
    return float(before)
