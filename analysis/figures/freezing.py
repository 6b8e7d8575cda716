"""Freezing: how often an animal freezes in each test, beside published means."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import numpy as np

from hippokv.arrays import Estimate

from . import style

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure, SubFigure

CAPTION = (
    "Part of the time that an animal freezes at a tone, in three lives of acquisition (3 shocks in "
    "place A) and extinction (19 tones without a shock). Dots are the circuit, rings the rate "
    "model, crosses the published means (Monfils et al. 2009, digitised by others; no errors are "
    "known). Dotted is an animal that knows shock alone."
)
#: Title of each life, and its tests: name -> words.
LIVES: Mapping[str, Mapping[str, str]] = {
    "extinguished in A": {
        "end": "end", "day": "day\nlater", "month": "month\nlater",
    },
    "extinguished in B": {
        "end_B": "end,\nin B", "day_B": "day,\nin B", "ABC": "day,\nin C", "ABA": "day,\nin A",
        "month_ABA": "month,\nin A",
    },
    "in A, then shocked": {
        "before_shocks": "end", "AAB": "day,\nin B", "after_shocks": "after\nshocks",
    },
}  # fmt: skip
#: Width of a test in inches.
TEST_IN = 0.52


@style.styled
def freezing_figure(
    found: Mapping[str, Estimate],
    predicted: Mapping[str, Estimate],
    published: Mapping[str, float],
    ceiling: float,
) -> Figure:
    """Draw freezing in each test of each life.

    Parameters
    ----------
    found, predicted
        That of the circuit and of the rate model, and the half width of its interval, not a number
        where there is none, by the name of the test.
    published
        What is known of rats.
    ceiling
        That of an animal that knows shock alone.
    """
    figure = style.new_figure(3.05)
    draw_freezing(figure, found, predicted, published, ceiling)
    return figure


def draw_freezing(
    figure: Figure | SubFigure,
    found: Mapping[str, Estimate],
    predicted: Mapping[str, Estimate],
    published: Mapping[str, float],
    ceiling: float,
) -> None:
    """Draw freezing into a figure or a part of one, see :func:`freezing_figure`."""
    left = 0.66
    for title, tests in LIVES.items():
        width = TEST_IN * len(tests)
        panel = style.add_panel(figure, left, 0.72, width, 1.7, title)
        _draw_life(panel, tests, found, predicted, published)
        panel.axhline(ceiling, color=style.REFERENCE, linestyle=":", linewidth=1)
        panel.set_ylim(0, 0.62)
        if left > 1:
            panel.tick_params(labelleft=False)
        else:
            panel.set_ylabel("part of the time frozen")
        left += width + 0.3
    circuit, rate_model, *_ = style.outcome_marks()
    marks = [
        circuit,
        rate_model,
        style.mark("rats", color=style.LITERATURE, marker="x", markersize=7, markeredgewidth=1.8),
        style.mark("shock alone", color=style.REFERENCE, linestyle=":"),
    ]
    style.add_legend(figure, marks, 0.66, 0.1)


def _draw_life(
    axes: Axes,
    tests: Mapping[str, str],
    found: Mapping[str, Estimate],
    predicted: Mapping[str, Estimate],
    published: Mapping[str, float],
) -> None:
    places = np.arange(len(tests))
    looks: tuple[tuple[Mapping[str, Estimate], dict[str, Any]], ...] = (
        (predicted, {"color": style.RATE, "markersize": 8, "markerfacecolor": "none",
                     "markeredgewidth": 1.4}),
        (found, {"color": style.SPIKING, "markersize": 4.5}),
    )  # fmt: skip
    for scores, look in looks:
        means, halves = np.array([scores[name] for name in tests]).T
        axes.errorbar(
            places, means, yerr=np.nan_to_num(halves), linestyle="", marker="o", elinewidth=0.9,
            capsize=2, **look,
        )  # fmt: skip
    known = [number for number, name in enumerate(tests) if name in published]
    heights = [published[name] for name in tests if name in published]
    axes.plot(
        np.array(known) + 0.24, heights, color=style.LITERATURE, linestyle="", marker="x",
        markersize=7, markeredgewidth=1.8,
    )  # fmt: skip
    axes.set_xticks(places, list(tests.values()))
    axes.set_xlim(-0.5, len(tests) - 0.5)
