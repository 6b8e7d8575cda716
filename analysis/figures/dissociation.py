"""Content and match: what is recalled of a cue, and whether the cue is known."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

import numpy as np

from ..recall.items import Items
from ..recall.match_signal import area_under_curve
from ..recall.readout import Readout
from ..recall.scores import agreement
from . import style

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

CAPTION = (
    "Above: value bits right (content; a tie counts one half), and the probability that a stored "
    "cue has a larger match signal than a novel one (match), of the circuit and of the rate model; "
    "dotted is guessing. Below: the match signals of all cues, of the circuit as the mean rate of "
    "the PV cells, of the rate model as the logarithm of what its softmax divides by."
)


@style.styled
def dissociation_figure(
    readout: Readout, prediction: Readout, items: Items, states: Sequence[str]
) -> Figure:
    """Draw content and match in each state, and the match signals behind them.

    Parameters
    ----------
    items
        What was stored and asked for, with recalls in groups ``stored_STATE`` and ``novel_STATE``.
    """
    height = 0.4 * len(states)
    figure = style.new_figure(2.15 * height + 2.2)
    for column, (score, label) in enumerate(
        ((content, "fraction of value bits right"), (match, "stored above novel (AUC)"))
    ):
        panel = style.add_panel(figure, 1.25 + 3.0 * column, 0.35, 2.6, height)
        found, predicted = (score(outcome, items, states) for outcome in (readout, prediction))
        draw_states(panel, dict(zip(states, zip(found, predicted, strict=True), strict=True)))
        panel.set_title(score.__name__)
        panel.set_xlabel(label)
    style.add_legend(figure, style.outcome_marks(), 1.25, height + 0.88)
    top = height + 1.35
    for column, (title, outcome, label) in enumerate(
        (
            ("circuit", readout, "rate of PV cells (Hz)"),
            ("rate model", prediction, "log of the softmax's sum"),
        )
    ):
        panel = style.add_panel(figure, 1.25 + 3.0 * column, top, 2.6, 1.15 * height)
        draw_match_signals(panel, outcome, items, states)
        panel.set_title(title)
        panel.set_xlabel(label)
    for panel in figure.axes[1::2]:
        panel.set_yticks([])
    handles = [
        style.mark("stored cue", color=style.ASKED_SLOT, marker="o", markersize=4),
        style.mark("novel cue", color=style.OTHER_SLOT, marker="o", markersize=4),
    ]
    style.add_legend(figure, handles, 1.25, top + 1.15 * height + 0.53)
    return figure


def content(outcome: Readout, items: Items, states: Sequence[str]) -> list[float]:
    """Return the fraction of value bits of stored cues that come back right in each state."""
    right = agreement(outcome, items.values[items.query_item])
    return [float(right[items.asked(f"stored_{state}")].mean()) for state in states]


def match(outcome: Readout, items: Items, states: Sequence[str]) -> list[float]:
    """Return how well the match signal tells stored from novel cues in each state, as an AUC."""
    signals = {
        kind: [outcome.match[items.asked(f"{kind}_{state}")] for state in states]
        for kind in ("stored", "novel")
    }
    return list(map(area_under_curve, signals["stored"], signals["novel"]))


def draw_states(axes: Axes, scores: Mapping[str, tuple[float, float]]) -> None:
    """Draw a score of the circuit and of the rate model in each state, a row each."""
    for row, (found, predicted) in enumerate(scores.values()):
        style.mark_means(axes, row, found, predicted, clip_on=False)
    style.mark_guessing(axes)
    style.name_rows(axes, list(scores))
    # A score below the axis would be drawn on the panel beside it.
    known = [value for pair in scores.values() for value in pair if not np.isnan(value)]
    axes.set_xlim(min([0.4, *(value - 0.02 for value in known)]), 1.02)


def draw_match_signals(axes: Axes, outcome: Readout, items: Items, states: Sequence[str]) -> None:
    """Draw the match signals of stored and novel cues in each state, a row each."""
    scatter = np.random.default_rng(0)
    for row, state in enumerate(states):
        for kind, colour, place in (
            ("stored", style.ASKED_SLOT, -0.17),
            ("novel", style.OTHER_SLOT, 0.17),
        ):
            signals = outcome.match[items.asked(f"{kind}_{state}")]
            heights = row + place + scatter.uniform(-0.1, 0.1, len(signals))
            axes.plot(signals, heights, ".", color=colour, markersize=3.5, alpha=0.7)
    style.name_rows(axes, states)
