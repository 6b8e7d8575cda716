"""Tyulmankov et al. 2021, Fig 4: continual, flashbulb and correlated memories."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from hippokv.analysis.classical.hopfield_network import HopfieldNetwork
from hippokv.analysis.figures.paper_panels import (
    accuracy_axes,
    add_rows_of_marks,
    draw_circuit,
    draw_model,
    key,
    kinds_of_marks,
    panel,
)
from hippokv.analysis.figures.style import MEMORY_COLOURS, SELECTION_COLOURS, new_figure, styled
from hippokv.analysis.learning.meta_learning import learned_rule
from hippokv.analysis.recall.groups import DELAY, FLASHBULB_DELAY, LIST

from ..parts.comparison_memories import DECAY, FLASHBULB_NETWORK, Salient
from .learned_plasticity import circuit_settings
from .paper_figure import RATE_MODEL, SLOT_CHOICES, SPIKING_MODEL, Condition, PaperFigure, Points

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

HOPFIELD = "Hopfield network"
LEARNED = "learned rule"
#: Strengths with which the Hopfield network writes flashbulb items (Fig 4b, right), their shades.
STRENGTHS = {10.0: 0.3, 50.0: 0.5, 1e3: 0.75, 1e6: 1.0}
LENGTHS = "10, 20, 40, 60, 80"
#: Steps of a stream (the paper has 1000 and a stream for each delay, here 600 for all together).
STREAM_STEPS = 600


def conditions() -> Sequence[Condition]:
    """Return streams, streams with flashbulb items, and lists of correlated items."""
    chosen: dict[str, dict[str, Any]] = {
        name: {"circuit.selection": selection} for name, selection in SLOT_CHOICES.items()
    }
    chosen["learned"] = {**chosen["random"], **circuit_settings(learned_rule("random"))}
    decaying = {HOPFIELD: HopfieldNetwork(decay=DECAY)}
    salient = {_hopfield(strength): Salient(FLASHBULB_NETWORK, strength) for strength in STRENGTHS}
    streams = {
        name: {**settings, "protocol.n_steps": STREAM_STEPS} for name, settings in chosen.items()
    }
    found = [
        Condition("continual-sequential", "continual", streams["sequential"], decaying),
        Condition("continual-random", "continual", streams["random"]),
        Condition("continual-learned", "continual", streams["learned"]),
        Condition("flashbulb-sequential", "flashbulb", streams["sequential"], salient),
        Condition("flashbulb-random", "flashbulb", streams["random"]),
    ]
    for name, settings in chosen.items():
        beside = {HOPFIELD: HopfieldNetwork()} if name == "sequential" else {}
        lists = {**settings, "protocol.lengths": LENGTHS}
        found.append(Condition(f"correlated-{name}", "correlated", lists, beside))
    return found


@styled
def draw(points: Mapping[str, Points]) -> Figure:
    """Draw a stream, flashbulb items in it, and correlated lists."""
    figure = new_figure(6.6)
    stream = panel(figure, "a", "continual recall", 0.62, 0.3, 3.55, 2.1)
    _draw_selections(stream, points, "continual", DELAY)
    curve = points["continual-sequential"].curve(HOPFIELD, DELAY)
    draw_model(stream, curve, MEMORY_COLOURS[HOPFIELD], "--")
    accuracy_axes(stream, "steps since the item was stored, R")
    lists = panel(
        figure, "c", "correlated items, \N{GREEK SMALL LETTER RHO} = 0.6", 4.85, 0.3, 2.2, 2.1
    )
    _draw_selections(lists, points, "correlated", LIST)
    curve = points["correlated-sequential"].curve(HOPFIELD, LIST)
    draw_model(lists, curve, MEMORY_COLOURS[HOPFIELD], "--")
    accuracy_axes(lists, "items stored, T")
    for number, name in enumerate(SLOT_CHOICES):
        found = points[f"flashbulb-{name}"]
        where = panel(
            figure,
            "b" if not number else "",
            f"flashbulb items, {name}",
            0.62 + 2.3 * number,
            3.2,
            1.85,
            2.1,
        )
        colour = SELECTION_COLOURS[name]
        for prefix, marker, style in ((DELAY, "o", "-"), (FLASHBULB_DELAY, "D", "--")):
            draw_circuit(where, found.curve(SPIKING_MODEL, prefix), colour, marker)
            draw_model(where, found.curve(RATE_MODEL, prefix), colour, style)
        accuracy_axes(where, "steps since stored, R")
        if number:
            where.set_ylabel("")
    where = panel(figure, "", "Hopfield network", 5.22, 3.2, 1.85, 2.1)
    for strength, shade in STRENGTHS.items():
        for prefix, style in ((DELAY, "-"), (FLASHBULB_DELAY, "--")):
            curve = points["flashbulb-sequential"].curve(_hopfield(strength), prefix)
            where.plot(
                list(curve), [values.mean() for values in curve.values()], style, linewidth=1.2,
                color=MEMORY_COLOURS[HOPFIELD], alpha=shade,
            )  # fmt: skip
    accuracy_axes(where, "steps since stored, R")
    where.set_ylabel("")
    names = {name: (SELECTION_COLOURS[name], "-") for name in (*SLOT_CHOICES, LEARNED)}
    kinds = {"regular items": ("#333333", "-"), "flashbulb items (diamonds)": ("#333333", "--")}
    rows = [
        key({**names, HOPFIELD: (MEMORY_COLOURS[HOPFIELD], "--")}),
        kinds_of_marks(),
        key(kinds),
    ]
    add_rows_of_marks(figure, rows, 0.62, 5.93)
    return figure


def _hopfield(strength: float) -> str:
    return f"{HOPFIELD} x{strength:g}"


def _draw_selections(where: Axes, points: Mapping[str, Points], task: str, prefix: str) -> None:
    for name in (*SLOT_CHOICES, LEARNED):
        found, colour = points[f"{task}-{name.split()[0]}"], SELECTION_COLOURS[name]
        draw_circuit(where, found.curve(SPIKING_MODEL, prefix), colour)
        draw_model(where, found.curve(RATE_MODEL, prefix), colour)


FIGURE = PaperFigure(
    name="tyulmankov-4",
    summary="continual, flashbulb and correlated memories (Fig 4)",
    caption=(
        "a: items of a stream asked for R steps after they were stored, all delays mixed in one "
        "stream; with sequential slots accuracy falls in steps of N = 40. b: five items of the "
        "stream come with a strong neuromodulator, whose synapses become stable; the Hopfield "
        "network writes them 10, 50, 1000 and 1e6 times as strongly (darker). c: lists of items "
        "that resemble a template, entries redrawn with probability 0.4."
    ),
    conditions=conditions,
    draw=draw,
)
