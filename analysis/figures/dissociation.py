"""Content and match: what is recalled of a cue, and whether the cue is known."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

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
    for column, (title, label) in enumerate(
        (("content", "fraction of value bits right"), ("match", "stored above novel (AUC)"))
    ):
        panel = style.add_panel(figure, 1.25 + 3.0 * column, 0.35, 2.6, height)
        _scores(panel, readout, prediction, items, states, match=column == 1)
        panel.set_title(title)
        panel.set_xlabel(label)
        style.name_rows(panel, states, named=column == 0)
    style.add_legend(figure, style.outcome_marks(dot=5, ring=9), 1.25, height + 0.88)
    top = height + 1.35
    for column, (title, found, label) in enumerate(
        (
            ("circuit", readout, "rate of PV cells (Hz)"),
            ("rate model", prediction, "log of the softmax's sum"),
        )
    ):
        panel = style.add_panel(figure, 1.25 + 3.0 * column, top, 2.6, 1.15 * height)
        _signals(panel, found, items, states)
        panel.set_title(title)
        panel.set_xlabel(label)
        style.name_rows(panel, states, named=column == 0)
    handles = [
        style.mark("stored cue", color=style.ASKED_SLOT, marker="o", markersize=4),
        style.mark("novel cue", color=style.OTHER_SLOT, marker="o", markersize=4),
    ]
    style.add_legend(figure, handles, 1.25, top + 1.15 * height + 0.53)
    return figure


def _scores(
    panel: Axes,
    readout: Readout,
    prediction: Readout,
    items: Items,
    states: Sequence[str],
    match: bool,
) -> None:
    ring: dict[str, Any] = {
        "color": style.RATE, "markersize": 9, "markerfacecolor": "none", "markeredgewidth": 1.4,
    }  # fmt: skip
    dot: dict[str, Any] = {"color": style.SPIKING, "markersize": 5}
    for found, looks in ((prediction, ring), (readout, dot)):
        for row, state in enumerate(states):
            stored, novel = items.asked(f"stored_{state}"), items.asked(f"novel_{state}")
            value = (
                area_under_curve(found.match[stored], found.match[novel])
                if match
                else agreement(found, items.values[items.query_item])[stored].mean()
            )
            panel.plot(value, row, "o", clip_on=False, zorder=3, **looks)
    style.mark_guessing(panel)
    panel.set_xlim(0.4, 1.02)


def _signals(panel: Axes, found: Readout, items: Items, states: Sequence[str]) -> None:
    scatter = np.random.default_rng(0)
    for row, state in enumerate(states):
        for kind, colour, place in (
            ("stored", style.ASKED_SLOT, -0.17),
            ("novel", style.OTHER_SLOT, 0.17),
        ):
            signals = found.match[items.asked(f"{kind}_{state}")]
            heights = row + place + scatter.uniform(-0.1, 0.1, len(signals))
            panel.plot(signals, heights, ".", color=colour, markersize=3.5, alpha=0.7)
