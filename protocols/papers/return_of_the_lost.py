"""Hypermnesia: what was not recalled comes back, more than is lost, where retrieval strengthens."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from hippokv.analysis.figures.hypermnesia import CAPTION, MAIN, draw_hypermnesia

from .paper_figure import RATE_MODEL, SPIKING_MODEL, Condition, PaperFigure, Points

if TYPE_CHECKING:
    from matplotlib.figure import Figure, SubFigure

#: Settings of the circuit with strengthening, and of its controls, which are the same program.
CIRCUITS: Mapping[str, Mapping[str, Any]] = {
    MAIN: {},
    "unstrengthened": {"circuit.search.strengthening": 0.0},
    "untired": {"circuit.search.fatigue_jump_mV": 0.0},
}
#: One search as long as all three together, in the table and not drawn.
LONG = "one-long"
#: Conditions that have all seeds; the others have so many.
WHOLE, CONTROL_SEEDS = (MAIN, "unstrengthened"), 10


def conditions() -> Sequence[Condition]:
    """Return what is run."""
    long = {"protocol.tests": 1, "protocol.test_ms": 60_000.0}
    return [
        Condition(
            name, "hypermnesia", settings, scores="",
            seeds=None if name in WHOLE else CONTROL_SEEDS,
        )
        for name, settings in {**CIRCUITS, LONG: long}.items()
    ]  # fmt: skip


def draw(figure: Figure | SubFigure, points: Mapping[str, Points]) -> None:
    """Draw means over networks, with their intervals."""
    found, predicted = (
        {name: points[name].estimates(model) for name in CIRCUITS}
        for model in (SPIKING_MODEL, RATE_MODEL)
    )
    draw_hypermnesia(figure, found, predicted)


FIGURE = PaperFigure(
    name="hypermnesia",
    summary="what was not recalled comes back, where retrieval strengthens (after Erdelyi & "
    "Becker 1974)",
    caption=f"{CAPTION} Means and 95 % intervals over networks.",
    conditions=conditions,
    height_in=3.5,
    draw=draw,
)
