"""Gershman et al. 2025, section 2.1: which separation bears noise in a cue, by two scores.

In theory for many separations, and in the slot memory, where inhibition sets the temperature.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from hippokv.analysis.figures import style
from hippokv.analysis.figures.paper_panels import draw_circuit, draw_model, draw_samples
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
from .noisy_cues import BITS, ERROR, in_spikes
from .paper_figure import RATE_MODEL, SPIKING_MODEL, PaperFigure, Points

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
#: Settings of the slot memory by condition, and the colour. PV cells that inhibit by their default
#: do not balance whole cues above a beta of 0.5.
CIRCUITS: Mapping[str, tuple[Mapping[str, Any], str]] = {
    "circuit, beta 1": ({"circuit.beta": 1.0, "circuit.pv.inhibition_nS": 0.3}, "#0b3d91"),
    "circuit, beta 0.5": ({"circuit.beta": 0.5}, "#0072b2"),
    "circuit, beta 0.2": ({"circuit.beta": 0.2}, "#2a8f4a"),
    "circuit, beta 0.1": ({"circuit.beta": 0.1}, "#d87900"),
}


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
    circuits = [in_spikes(name, found) for name, (found, _) in CIRCUITS.items()]
    return [Calculation(NAME, calculate), *circuits]


def draw(figure: Figure | SubFigure, points: Mapping[str, Points]) -> None:
    """Draw both scores against noise."""
    bits = style.add_panel(figure, 0.62, 0.72, 2.75, 2.3, "a   decided: bits right")
    error = style.add_panel(figure, 4.2, 0.72, 2.75, 2.3, "b   graded: squared error")
    spiking_bits = style.add_panel(figure, 0.62, 3.9, 2.75, 2.3, "c   circuit, decided")
    spiking_error = style.add_panel(figure, 4.2, 3.9, 2.75, 2.3, "d   circuit, graded")
    for name, (colour, line) in COLOURS.items():
        scores = points[NAME].scores[name]
        draw_samples(bits, along(scores, BITS), colour, line)
        if name.startswith(GRADED):
            draw_samples(error, along(scores, ERROR), colour, line)
    for name, (_, colour) in CIRCUITS.items():
        models = points[name].scores
        for panel, score in ((spiking_bits, BITS), (spiking_error, ERROR)):
            draw_circuit(panel, along(models[SPIKING_MODEL], score), colour)
            draw_model(panel, along(models[RATE_MODEL], score), colour)
    for panel in (bits, spiking_bits):
        panel.axhline(0.5, color=style.REFERENCE, linestyle=":", linewidth=0.8)
        panel.set_ylabel("fraction of bits right")
    for panel in (error, spiking_error):
        # What silence, a value of 0, would cost.
        panel.axhline(1.0, color=style.REFERENCE, linestyle=":", linewidth=0.8)
        panel.set_ylabel("mean squared error of an entry")
    for panel in (bits, error, spiking_bits, spiking_error):
        panel.set_xlabel("part of the cue's entries flipped")
        panel.set_xlim(-0.02, 0.47)
    marks = [
        style.mark(name, color=colour, linestyle=line, linewidth=1.6)
        for name, (colour, line) in COLOURS.items()
    ]
    style.add_legend(figure, marks, 0.62, 0.1, 4)
    circuits = [
        style.mark(name, color=colour, marker="o", markersize=4)
        for name, (_, colour) in CIRCUITS.items()
    ]
    model = style.mark("rate model", color="#333333", linestyle="-", linewidth=1.2)
    style.add_legend(figure, [*circuits, model], 0.62, 3.42)


FIGURE = PaperFigure(
    name="gershman-separability",
    summary="separability against robustness, by two scores (Gershman et al. 2025, section 2.1)",
    caption=(
        f"{N_ITEMS} items of {N_ITEMS} entries of +-1, linear similarity, cues with flipped "
        "entries. a: whose sign is right. b: squared distance of an entry from its value; dotted: "
        "what an answer of 0 has. Only separations whose weights sum to 1 recall a value. c, d: "
        "the slot memory, the temperature set by inhibition; graded is what reaches value cells."
    ),
    conditions=conditions,
    height_in=6.75,
    draw=draw,
)
