"""The spacing effect: the best gap between two studies grows with the delay to the test."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

from hippokv.analysis.figures.spacing import CAPTION, draw_spacing

from ..spacing import RECALLED, by_delay
from .paper_figure import RATE_MODEL, SPIKING_MODEL, Condition, PaperFigure, Points

if TYPE_CHECKING:
    from matplotlib.figure import Figure, SubFigure

NAME = "gaps-and-delays"


def conditions() -> Sequence[Condition]:
    """Return what is run."""
    return [Condition(NAME, "spacing", scores=RECALLED)]


def draw(figure: Figure | SubFigure, points: Mapping[str, Points]) -> None:
    """Draw means over networks, with their intervals."""
    found, predicted = (
        by_delay(
            {
                f"{RECALLED}{group}": estimate
                for group, estimate in points[NAME].estimates(model).items()
            }
        )
        for model in (SPIKING_MODEL, RATE_MODEL)
    )
    draw_spacing(figure, found, predicted)


FIGURE = PaperFigure(
    name="spacing",
    summary="the best gap between two studies grows with the delay (after Cepeda et al. 2008)",
    caption=f"{CAPTION} Means and 95 % intervals over networks.",
    conditions=conditions,
    height_in=3.4,
    draw=draw,
)
