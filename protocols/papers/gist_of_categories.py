"""Gist: with few neocortical groups what items share is kept, with many each keeps its own."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from hippokv.analysis.figures.gist import CAPTION, HEIGHT_IN, draw_gist

from ..consolidation import BITS
from .paper_figure import RATE_MODEL, SPIKING_MODEL, Condition, PaperFigure, Points

if TYPE_CHECKING:
    from matplotlib.figure import Figure, SubFigure

N_CATEGORIES = 4
#: Settings of both lives: the same items, the same rules.
LIFE: Mapping[str, Any] = {
    "protocol.n_categories": N_CATEGORIES,
    "circuit.offline_value_suppression": 1.0,
    "circuit.cortical_key_rule.learning_rate": 0.05,
}
#: What differs: the number of groups, and how well a group in use must match.
GROUPS: Mapping[str, tuple[str, Mapping[str, Any]]] = {
    "gist": (
        f"{N_CATEGORIES} groups",
        {"circuit.n_groups": N_CATEGORIES, "circuit.vigilance": 0.3},
    ),
    "detail": ("30 groups", {"circuit.n_groups": 30, "circuit.vigilance": 1.0}),
}


def conditions() -> Sequence[Condition]:
    """Return what is run."""
    return [
        Condition(name, "consolidation", {**LIFE, **settings}, scores=BITS)
        for name, (_, settings) in GROUPS.items()
    ]


def draw(figure: Figure | SubFigure, points: Mapping[str, Points]) -> None:
    """Draw means over networks, with their intervals."""
    found, predicted = (
        {
            title: points[name].estimates(model)
            for name, (title, _) in GROUPS.items()
            if name in points
        }
        for model in (SPIKING_MODEL, RATE_MODEL)
    )
    draw_gist(figure, found, predicted)


FIGURE = PaperFigure(
    name="gist",
    summary="few cortical keys keep what items of a category share, many keep each item",
    caption=f"{CAPTION} Means and 95 % intervals over networks.",
    conditions=conditions,
    height_in=HEIGHT_IN,
    draw=draw,
)
