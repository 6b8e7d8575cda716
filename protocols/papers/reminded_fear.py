"""A reminder makes an old fear specific again, and a lesion takes it then, beside rats and mice."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from hippokv.analysis.figures.reminder import CAPTION, CLOSED, LATER, MAIN, STABLE, draw_reminder

from ..reminder import FREEZING
from .paper_figure import RATE_MODEL, SPIKING_MODEL, Condition, PaperFigure, Points

if TYPE_CHECKING:
    from matplotlib.figure import Figure, SubFigure

#: Settings of the life, and of its controls: neocortical values that no use makes labile, slots
#: that no use opens, and a night between reminder and test.
LIVES: Mapping[str, Mapping[str, Any]] = {
    MAIN: {},
    STABLE: {"circuit.reopening.lability": 0.0},
    CLOSED: {"circuit.reopening.reopening": 0.0},
    LATER: {"protocol.nights_after": 1},
}
#: How many of the seeds the other controls have: they differ little from network to network.
CONTROL_SEEDS = 5


def conditions() -> Sequence[Condition]:
    """Return what is run."""
    return [
        Condition(
            name, "reminder", settings, scores=FREEZING,
            seeds=None if name in (MAIN, STABLE) else CONTROL_SEEDS,
        )
        for name, settings in LIVES.items()
    ]  # fmt: skip


def draw(figure: Figure | SubFigure, points: Mapping[str, Points]) -> None:
    """Draw means over networks, with their intervals."""
    found, predicted = (
        {name: one.estimates(model) for name, one in points.items()}
        for model in (SPIKING_MODEL, RATE_MODEL)
    )
    draw_reminder(figure, found, predicted)


FIGURE = PaperFigure(
    name="reminder",
    summary="a reminder makes an old fear specific again (after Winocur et al. 2009)",
    caption=f"{CAPTION} Means and 95 % intervals over networks.",
    conditions=conditions,
    height_in=3.35,
    draw=draw,
)
