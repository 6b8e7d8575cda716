"""Gershman et al. 2025, section 2.1: which separation bears noise in a cue, by two scores."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING

import numpy as np

from hippokv.analysis.figures import style
from hippokv.analysis.figures.paper_panels import draw_samples
from hippokv.analysis.theory.recall import Separation
from hippokv.analysis.theory.robustness import robustness
from hippokv.analysis.theory.separation import (
    RectifiedPolynomial,
    Softmax,
    Threshold,
    identity,
    maximum,
)

from .calculation import Calculated, Calculation, along
from .paper_figure import PaperFigure, Points

if TYPE_CHECKING:
    from matplotlib.figure import Figure, SubFigure

NAME = "items"
#: Number of items and of the entries of their keys and values.
N_ITEMS = 40
FLIPPED = (0.0, 0.05, 0.1, 0.15, 0.2, 0.25, 0.3, 0.35, 0.4, 0.45)
SEPARATIONS: Mapping[str, Separation] = {
    "maximum": maximum,
    "softmax, beta 1": Softmax(1.0),
    "softmax, beta 0.5": Softmax(0.5),
    "softmax, beta 0.2": Softmax(0.2),
    "softmax, beta 0.1": Softmax(0.1),
    "rectified cubic": RectifiedPolynomial(3),
    "threshold 12": Threshold(12.0),
    "identity": identity,
}
#: Separations whose weights sum to 1, so that what they recall is a value and not a multiple.
GRADED = ("maximum", "softmax")
COLOURS = {
    "maximum": ("#1a1a1a", "-"),
    "softmax, beta 1": ("#0b3d91", "-"),
    "softmax, beta 0.5": ("#0072b2", "-"),
    "softmax, beta 0.2": ("#2a8f4a", "-"),
    "softmax, beta 0.1": ("#d87900", "-"),
    "rectified cubic": ("#aa4499", "--"),
    "threshold 12": ("#c8321e", "--"),
    "identity": ("#8a8a8a", "--"),
}
BITS, ERROR = "bits right", "squared error"


def calculate(seed: int, stop: Callable[[], None]) -> Calculated:
    """Recall the items of a seed by every separation, from cues with ever more noise."""
    scores: dict[str, dict[str, float]] = {name: {} for name in SEPARATIONS}
    for flipped in FLIPPED:
        stop()
        found = robustness(
            SEPARATIONS, flipped, N_ITEMS, N_ITEMS, N_ITEMS, np.random.default_rng(seed)
        )
        for name, one in found.items():
            scores[name][f"{BITS} at {flipped:g}"] = one.bits_right
            if name.startswith(GRADED):
                scores[name][f"{ERROR} at {flipped:g}"] = one.squared_error
    return Calculated(scores)


def conditions() -> Sequence[Calculation]:
    """Return what is calculated."""
    return [Calculation(NAME, calculate)]


def draw(figure: Figure | SubFigure, points: Mapping[str, Points]) -> None:
    """Draw both scores against noise."""
    bits = style.add_panel(figure, 0.62, 0.72, 2.75, 2.3, "a   decided: bits right")
    error = style.add_panel(figure, 4.2, 0.72, 2.75, 2.3, "b   graded: squared error")
    for name, (colour, line) in COLOURS.items():
        scores = points[NAME].scores[name]
        draw_samples(bits, along(scores, BITS), colour, line)
        if name.startswith(GRADED):
            draw_samples(error, along(scores, ERROR), colour, line)
    bits.axhline(0.5, color=style.REFERENCE, linestyle=":", linewidth=0.8)
    # What silence, a value of 0, would cost.
    error.axhline(1.0, color=style.REFERENCE, linestyle=":", linewidth=0.8)
    bits.set_ylabel("fraction of bits right")
    error.set_ylabel("mean squared error of an entry")
    for panel in (bits, error):
        panel.set_xlabel("part of the cue's entries flipped")
    marks = [
        style.mark(name, color=colour, linestyle=line, linewidth=1.6)
        for name, (colour, line) in COLOURS.items()
    ]
    style.add_legend(figure, marks, 0.62, 0.1, 4)


FIGURE = PaperFigure(
    name="gershman-separability",
    summary="separability against robustness, by two scores (Gershman et al. 2025, section 2.1)",
    caption=(
        f"{N_ITEMS} items of {N_ITEMS} entries of +-1, linear similarity, cues with flipped "
        "entries. a: whose sign is right. b: squared distance of an entry from its value; dotted: "
        "what an answer of 0 has. Only separations whose weights sum to 1 recall a value."
    ),
    conditions=conditions,
    height_in=3.6,
    draw=draw,
)
