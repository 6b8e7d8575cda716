"""The testing effect: study is better minutes later, a test days later."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

from hippokv.analysis.figures.testing import CAPTION, draw_testing

from ..retrieval_practice import RECALLED, by_kind
from .paper_figure import RATE_MODEL, SPIKING_MODEL, Condition, PaperFigure, Points

if TYPE_CHECKING:
    from matplotlib.figure import Figure, SubFigure

NAME, UNSTRENGTHENED = "test-or-study", "unstrengthened"
BENEFIT = "benefit_"


def conditions() -> Sequence[Condition]:
    """Return what is run."""
    without = {"circuit.search.cued_strengthening": 0.0}
    return [
        Condition(NAME, "retrieval-practice", scores=""),
        Condition(UNSTRENGTHENED, "retrieval-practice", without, scores="", seeds=5),
    ]


def draw(figure: Figure | SubFigure, points: Mapping[str, Points]) -> None:
    """Draw means over networks, with their intervals."""
    spiking, rate = (points[NAME].estimates(model) for model in (SPIKING_MODEL, RATE_MODEL))
    benefit = {
        float(name.removeprefix(BENEFIT).removesuffix("d")): estimate
        for name, estimate in spiking.items()
        if name.startswith(BENEFIT)
    }
    recalled = [
        {name: one for name, one in scores.items() if name.startswith(RECALLED)}
        for scores in (spiking, rate)
    ]
    draw_testing(figure, by_kind(recalled[0]), by_kind(recalled[1]), benefit)


FIGURE = PaperFigure(
    name="testing",
    summary="study is better after minutes, a test after days (after Roediger & Karpicke 2006)",
    caption=f"{CAPTION} Means and 95 % intervals over networks.",
    conditions=conditions,
    height_in=3.4,
    draw=draw,
)
