"""Reminders: fear of a place and of a similar one, young, old, and after a reminder."""

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
    "Freezing in the place of a shock (A) and in a similar one (B), with all cells and with silent "
    "hippocampal ones: a day old, 28 days old, and after A was shown again (silent: while "
    "hippocampal cells were so; stable: neocortical values do not fade; closed: use does not open "
    "slots) or a similar place was (other). Dots are the circuit, rings the rate model. Below, in "
    "words, is what Winocur et al. 2009 report of rats, as their percentages were not found. "
    "Right: freezing in B, and crosses the mice of Pignatelli et al. 2019 (digitised by others; no "
    "errors are known), a day after training where the circuit's memory is a month old."
)
#: Scores by ``KIND_BRAIN_PLACE``.
Scores = Mapping[str, Estimate]
COLOURS = {"A": "#c8321e", "B": "#1b5e9e"}
#: The life, and its controls.
MAIN, STABLE, CLOSED, LATER = "life", "not-labile", "not-opened", "a-night-later"
#: Condition, kind, name and sign.
Tests = tuple[tuple[str, str, str, str], ...]
#: What is drawn of each brain: condition, kind, its name, and the sign that rats have.
INTACT: Tests = (
    (MAIN, "recent", "1 day", "A > B"),
    (MAIN, "remote", "28 days", "A ≈ B"),
    (MAIN, "reminded", "after A", "A > B"),
    (MAIN, "other", "after\nother", "general"),
)
LESIONED: Tests = (
    (MAIN, "recent", "1 day", "lost"),
    (MAIN, "remote", "28 days", "spared"),
    (MAIN, "under_lesion", "after A,\nsilent", ""),
    (MAIN, "reminded", "after A", "lost"),
    (MAIN, "other", "after\nother", "less lost"),
    (STABLE, "reminded", "after A,\nstable", ""),
)
#: What is drawn of mice: condition, kind, name, and part of the time that they freeze in B.
MICE = (
    (MAIN, "remote", "none", 0.25),
    (MAIN, "reminded", "after A", 0.04),
    (CLOSED, "reminded", "after A,\nclosed", 0.19),
    (LATER, "reminded", "after A,\n1 night", 0.34),
)
TOP_IN, HEIGHT_IN, GAP_IN = 0.42, 1.75, 0.2
#: Width of a kind of test in inches.
TEST_IN = 0.44


@style.styled
def reminder_figure(found: Scores, predicted: Scores) -> Figure:
    """Draw freezing of the circuit and of the rate model in both places.

    Parameters
    ----------
    found, predicted
        Freezing and the half width of its interval, not a number where there is none, by the names
        of :func:`hippokv.protocols.reminder.fear`.
    """
    figure = style.new_figure(3.35)
    draw_reminder(figure, {MAIN: found}, {MAIN: predicted})
    return figure


def draw_reminder(
    figure: Figure | SubFigure, found: Mapping[str, Scores], predicted: Mapping[str, Scores]
) -> None:
    """Draw a life and its controls into a figure or a part of one.

    Parameters
    ----------
    found, predicted
        As in :func:`reminder_figure`, by condition: ``life`` and any of its controls.
    """
    left = 0.6
    for title, brain, tests in (
        ("all cells", "intact", INTACT),
        ("hippocampus silent", "lesioned", LESIONED),
    ):
        kinds = tuple(one for one in tests if one[0] in found)
        panel = _panel(figure, left, title, [name for _, _, name, _ in kinds])
        for place, colour in COLOURS.items():
            beside = -0.12 if place == "A" else 0.12
            names = [(one, f"{kind}_{brain}_{place}") for one, kind, _, _ in kinds]
            _draw(panel, names, found, predicted, colour, beside)
        for number, (_, _, _, sign) in enumerate(kinds):
            panel.text(
                number, -0.27, sign, ha="center", va="top", fontsize=7, color=style.LITERATURE,
                transform=panel.get_xaxis_transform(),
            )  # fmt: skip
        if left < 1:
            panel.set_ylabel("freezing")
        else:
            panel.tick_params(labelleft=False)
        left += TEST_IN * len(kinds) + GAP_IN
    mice = tuple(one for one in MICE if one[0] in found)
    panel = _panel(figure, left, "in B, and mice", [name for _, _, name, _ in mice])
    panel.tick_params(labelleft=False)
    _draw(
        panel, [(one, f"{kind}_intact_B") for one, kind, _, _ in mice], found, predicted,
        COLOURS["B"], -0.08,
    )  # fmt: skip
    panel.plot(
        np.arange(len(mice)) + 0.2, [known for *_, known in mice], color=style.LITERATURE,
        linestyle="", marker="x", markersize=7, markeredgewidth=1.8,
    )  # fmt: skip
    _, rate_model, *_ = style.outcome_marks()
    marks = [
        *(
            style.mark(f"in {place}", color=colour, marker="o", markersize=4.5)
            for place, colour in COLOURS.items()
        ),
        rate_model,
        style.mark("mice", color=style.LITERATURE, marker="x", markersize=7, markeredgewidth=1.8),
    ]
    style.add_legend(figure, marks, 0.6, TOP_IN + HEIGHT_IN + 0.74)
    width, height = style.size_in(figure)
    figure.text(
        style.EDGE_IN / width, 1 - (TOP_IN + HEIGHT_IN + 0.47) / height, "rats:", va="top",
        fontsize=7, color=style.LITERATURE,
    )  # fmt: skip


def _panel(figure: Figure | SubFigure, left_in: float, title: str, names: list[str]) -> Axes:
    panel = style.add_panel(figure, left_in, TOP_IN, TEST_IN * len(names), HEIGHT_IN, title)
    panel.set_ylim(-0.06, 1.06)
    panel.set_xticks(range(len(names)), names, fontsize=6.5)
    panel.set_xlim(-0.5, len(names) - 0.5)
    return panel


def _draw(
    axes: Axes,
    names: list[tuple[str, str]],
    found: Mapping[str, Scores],
    predicted: Mapping[str, Scores],
    colour: str,
    beside: float,
) -> None:
    looks: tuple[tuple[Mapping[str, Scores], dict[str, Any]], ...] = (
        (predicted, {"color": style.RATE, "markersize": 8, "markerfacecolor": "none",
                     "markeredgewidth": 1.4}),
        (found, {"color": colour, "markersize": 4.5}),
    )  # fmt: skip
    for scores, look in looks:
        means, halves = np.array([scores[condition][name] for condition, name in names]).T
        axes.errorbar(
            np.arange(len(names)) + beside, means, linestyle="", marker="o",
            yerr=np.nan_to_num(halves) if np.isfinite(halves).any() else None,
            elinewidth=0.9, capsize=2, clip_on=False, **look,
        )  # fmt: skip
