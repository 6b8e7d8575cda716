"""Shrinking amnesia: a concussion takes recent memories, and old ones come back first."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from hippokv.analysis.figures.retrograde_amnesia import (
    CAPTION,
    HEIGHT_OF_ALL_IN,
    MAIN,
    UNHURT,
    draw_amnesia,
)

from .paper_figure import RATE_MODEL, SPIKING_MODEL, Condition, PaperFigure, Points

if TYPE_CHECKING:
    from matplotlib.figure import Figure, SubFigure

#: Settings of the circuit that is concussed, and of its controls, which are the same program.
CIRCUITS: Mapping[str, Mapping[str, Any]] = {
    MAIN: {},
    UNHURT: {"protocol.concussion_mV": 0.0},
    "unstrengthened": {"circuit.search.strengthening": 0.0},
}


def conditions() -> Sequence[Condition]:
    """Return what is run."""
    return [
        Condition(name, "retrograde-amnesia", settings, scores="")
        for name, settings in CIRCUITS.items()
    ]


def draw(figure: Figure | SubFigure, points: Mapping[str, Points]) -> None:
    """Draw means over networks, with their intervals."""
    found, predicted = (
        {name: points[name].estimates(model) for name in CIRCUITS}
        for model in (SPIKING_MODEL, RATE_MODEL)
    )
    draw_amnesia(figure, found, predicted)


FIGURE = PaperFigure(
    name="retrograde-amnesia",
    summary="a concussion takes recent memories, and old ones come back first (after Russell & "
    "Nathan 1946)",
    caption=f"{CAPTION} Means and 95 % intervals over networks.",
    conditions=conditions,
    height_in=HEIGHT_OF_ALL_IN,
    draw=draw,
)
