"""Testing: recall of what was tested and of what was studied again, against the delay."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

import numpy as np

from hippokv.arrays import Estimate

from . import style

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure, SubFigure

CAPTION = (
    "Part of the items recalled in the last test, against the delay from a second session in which "
    "they were studied again or tested. Dots are the circuit, lines the rate model. Right: by how "
    "much more is recalled of what was tested. Crosses are people (Roediger & Karpicke 2006, "
    "81, 54 and 42 % after study, 75, 68 and 56 % after a test: from memory of that paper and not "
    "checked against it; that study is better after five minutes and tests after days is in its "
    "abstract)."
)
#: Recall by kind and delay in days.
Kinds = Mapping[str, Mapping[float, Estimate]]
LOOKS = {
    "restudied": ("studied again", "#b4541a"),
    "tested": ("tested", "#1b5e9e"),
}
#: Roediger & Karpicke 2006, experiment 1; from memory, not looked up.
PEOPLE = {"restudied": (0.81, 0.54, 0.42), "tested": (0.75, 0.68, 0.56)}
PEOPLE_DELAYS = (0.0035, 2.0, 7.0)
DIFFERENCE = "#202020"
TOP_IN, HEIGHT_IN = 0.75, 2.0


@style.styled
def testing_figure(found: Kinds, predicted: Kinds) -> Figure:
    """Draw recall of the circuit and of the rate model against the delay.

    Parameters
    ----------
    found, predicted
        Part of the items recalled and the half width of its interval, not a number where there is
        none, by kind (``restudied``, ``tested``) and delay in days.
    """
    figure = style.new_figure(3.4)
    draw_testing(figure, found, predicted)
    return figure


def draw_testing(
    figure: Figure | SubFigure, found: Kinds, predicted: Kinds,
    benefit: Mapping[float, Estimate] | None = None,
) -> None:  # fmt: skip
    """Draw recall into a figure or a part of one, see :func:`testing_figure`.

    Parameters
    ----------
    benefit
        By how much more is recalled of what was tested, network by network, and the half width of
        its interval, by delay; of a single run by default.
    """
    delays = sorted({delay for kind in found.values() for delay in kind})
    recalled = style.add_panel(figure, 0.66, TOP_IN, 2.9, HEIGHT_IN, "last test")
    better = style.add_panel(figure, 4.4, TOP_IN, 2.2, HEIGHT_IN, "tested less studied again")
    for place, (kind, (_, colour)) in enumerate(LOOKS.items()):
        aside = 0.06 * (2 * place - 1)
        scores = found.get(kind, {})
        _dots(recalled, [delays.index(one) + aside for one in scores], scores, colour)
        heights = [mean for mean, _ in predicted.get(kind, {}).values()]
        places = [delays.index(one) + aside for one in predicted.get(kind, {})]
        recalled.plot(places, heights, color=colour, linewidth=1.3)
        if tuple(delays) == PEOPLE_DELAYS:
            _crosses(recalled, np.arange(3) + 3 * aside, PEOPLE[kind], colour)
    both = [one for one in delays if all(one in found.get(kind, {}) for kind in LOOKS)]
    if benefit is None:
        benefit = {
            one: (found["tested"][one][0] - found["restudied"][one][0], float("nan"))
            for one in both
        }
    _dots(better, [delays.index(one) for one in benefit], benefit, DIFFERENCE)
    better.plot(
        [delays.index(one) for one in both],
        [predicted["tested"][one][0] - predicted["restudied"][one][0] for one in both],
        color=DIFFERENCE, linewidth=1.3,
    )  # fmt: skip
    if tuple(delays) == PEOPLE_DELAYS:
        apart = np.subtract(PEOPLE["tested"], PEOPLE["restudied"])
        _crosses(better, np.arange(3) + 0.15, apart, DIFFERENCE)
    better.axhline(0, color=style.REFERENCE, linewidth=0.8)
    recalled.set_ylim(0, 1.02)
    recalled.set_ylabel("part of the items recalled")
    widest = max((abs(mean) for mean, _ in benefit.values()), default=0.0)
    most = max(0.4, widest + 0.1)
    better.set_ylim(-most, most)
    for panel in (recalled, better):
        panel.set_xticks(range(len(delays)), [_words(one) for one in delays])
        panel.set_xlim(-0.4, len(delays) - 0.6)
        panel.set_xlabel("delay (not to scale)")
    marks = [
        style.mark(words, color=colour, marker="o", linestyle="-")
        for words, colour in LOOKS.values()
    ]
    marks += [
        style.mark("rate model", color=style.REFERENCE, linestyle="-"),
        style.mark("people", color=DIFFERENCE, marker="x", linestyle=""),
    ]
    style.add_legend(figure, marks, 0.66, 0.12)


def _words(delay_d: float) -> str:
    """Return a delay in words."""
    if delay_d < 1:
        return f"{delay_d * 1440:.0f} min" if delay_d < 1 / 24 else f"{delay_d * 24:.0f} h"
    return f"{delay_d:g} d"


def _dots(axes: Axes, places: list[float], scores: Mapping[float, Estimate], colour: str) -> None:
    if not scores:
        return
    means, halves = np.array(list(scores.values())).T
    axes.errorbar(
        places, means, yerr=np.nan_to_num(halves), color=colour, linestyle="", marker="o",
        markersize=4.5, elinewidth=0.9, capsize=2, clip_on=False, zorder=3,
    )  # fmt: skip


def _crosses(axes: Axes, places: object, heights: object, colour: str) -> None:
    axes.plot(
        np.asarray(places), np.asarray(heights), color=colour, linestyle="", marker="x",
        markersize=6, markeredgewidth=1.5,
    )  # fmt: skip
