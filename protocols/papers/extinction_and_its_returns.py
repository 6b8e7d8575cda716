"""Fear, extinction and its returns, beside what is published of rats."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

from hippokv.analysis.figures.freezing import CAPTION, draw_freezing

from ..extinction import CEILING, PUBLISHED
from .paper_figure import RATE_MODEL, SPIKING_MODEL, Condition, PaperFigure, Points

if TYPE_CHECKING:
    from matplotlib.figure import Figure, SubFigure

NAME = "lives"


def conditions() -> Sequence[Condition]:
    """Return what is run: each seed is an animal in each life."""
    return [Condition(NAME, "extinction", scores="freezing_")]


def draw(figure: Figure | SubFigure, points: Mapping[str, Points]) -> None:
    """Draw means over animals, with their intervals."""
    found, predicted = (points[NAME].estimates(model) for model in (SPIKING_MODEL, RATE_MODEL))
    draw_freezing(figure, found, predicted, PUBLISHED, CEILING)


FIGURE = PaperFigure(
    name="extinction",
    summary="fear, extinction and its returns with time, place and shock (Monfils et al. 2009)",
    caption=f"{CAPTION} Means and 95 % intervals over animals.",
    conditions=conditions,
    height_in=3.05,
    draw=draw,
)
