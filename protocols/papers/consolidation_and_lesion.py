"""Graded amnesia: what a lesion of the hippocampus takes is young, and neocortex keeps the rest."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from hippokv.analysis.figures.consolidation import CAPTION, MAIN, draw_consolidation

from .paper_figure import RATE_MODEL, SPIKING_MODEL, Condition, PaperFigure, Points

if TYPE_CHECKING:
    from matplotlib.figure import Figure, SubFigure

#: Settings of the life with replay, and of its controls.
LIVES: Mapping[str, Mapping[str, Any]] = {
    MAIN: {},
    "awake": {"protocol.nights": "awake"},
    "silenced": {"protocol.nights": "silenced"},
    "wide-lesion": {"protocol.lesion": "hippocampal_and_deep"},
}


def conditions() -> Sequence[Condition]:
    """Return what is run."""
    return [Condition(name, "consolidation", settings) for name, settings in LIVES.items()]


def draw(figure: Figure | SubFigure, points: Mapping[str, Points]) -> None:
    """Draw means over networks, with their intervals."""
    found, predicted = (
        {name: one.estimates(model) for name, one in points.items()}
        for model in (SPIKING_MODEL, RATE_MODEL)
    )
    draw_consolidation(figure, found, predicted)


FIGURE = PaperFigure(
    name="consolidation",
    summary="graded amnesia after a month of nights (after Kim & Fanselow 1992)",
    caption=f"{CAPTION} Means and 95 % intervals over networks.",
    conditions=conditions,
    height_in=3.5,
    draw=draw,
)
