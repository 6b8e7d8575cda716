"""Tyulmankov et al. 2021, Fig 4: continual, flashbulb and correlated memories."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from hippokv.analysis.classical.hopfield_network import HopfieldNetwork
from hippokv.analysis.figures import style
from hippokv.analysis.figures.paper_panels import accuracy_axes, add_key, draw_model
from hippokv.analysis.learning.meta_learning import learned_rule
from hippokv.analysis.recall.groups import DELAY, FLASHBULB_DELAY, LIST

from ..parts.comparison_memories import DECAY, FLASHBULB_NETWORK, Salient
from .learned_plasticity import circuit_settings
from .paper_figure import ON_SLOT_MEMORY, SLOT_CHOICES, Condition, PaperFigure, Points

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure, SubFigure

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
        name: {**ON_SLOT_MEMORY, "circuit.selection": selection}
        for name, selection in SLOT_CHOICES.items()
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


def draw(figure: Figure | SubFigure, points: Mapping[str, Points]) -> None:
    """Draw a stream, flashbulb items in it, and correlated lists."""
    stream = style.add_panel(figure, 0.62, 0.3, 3.55, 2.1, "a   continual recall")
    _draw_selections(stream, points, "continual", DELAY)
    accuracy_axes(stream, "steps since the item was stored, R")
    title = "c   correlated items, \N{GREEK SMALL LETTER RHO} = 0.6"
    lists = style.add_panel(figure, 4.85, 0.3, 2.2, 2.1, title)
    _draw_selections(lists, points, "correlated", LIST)
    accuracy_axes(lists, "items stored, T")
    titles = ("b   flashbulb items, sequential", "flashbulb items, random", HOPFIELD)
    _, *others = flashbulb = [
        style.add_panel(figure, 0.62 + 2.3 * number, 3.2, 1.85, 2.1, title)
        for number, title in enumerate(titles)
    ]
    for name, axes in zip(SLOT_CHOICES, flashbulb, strict=False):
        found, colour = points[f"flashbulb-{name}"], style.SELECTION_COLOURS[name]
        found.draw(axes, DELAY, colour)
        found.draw(axes, FLASHBULB_DELAY, colour, marker="D", line="--")
    for strength, shade in STRENGTHS.items():
        for prefix, line in ((DELAY, "-"), (FLASHBULB_DELAY, "--")):
            curve = points["flashbulb-sequential"].curve(_hopfield(strength), prefix)
            draw_model(flashbulb[-1], curve, style.MEMORY_COLOURS[HOPFIELD], line, alpha=shade)
    for axes in flashbulb:
        accuracy_axes(axes, "steps since stored, R")
    for axes in others:
        axes.set_ylabel("")
    names = {name: (style.SELECTION_COLOURS[name], "-") for name in (*SLOT_CHOICES, LEARNED)}
    kinds = {"regular items": ("#333333", "-"), "flashbulb items (diamonds)": ("#333333", "--")}
    add_key(figure, 5.93, {**names, HOPFIELD: (style.MEMORY_COLOURS[HOPFIELD], "--")}, kinds)


def _hopfield(strength: float) -> str:
    return f"{HOPFIELD} x{strength:g}"


def _draw_selections(axes: Axes, points: Mapping[str, Points], task: str, prefix: str) -> None:
    for name in (*SLOT_CHOICES, LEARNED):
        points[f"{task}-{name.split()[0]}"].draw(axes, prefix, style.SELECTION_COLOURS[name])
    curve = points[f"{task}-sequential"].curve(HOPFIELD, prefix)
    draw_model(axes, curve, style.MEMORY_COLOURS[HOPFIELD], "--")


FIGURE = PaperFigure(
    name="tyulmankov-4",
    summary="continual, flashbulb and correlated memories (Fig 4)",
    caption=(
        "a: items of a stream asked for R steps after they were stored, all delays mixed in one "
        "stream; with sequential slots accuracy falls in steps of N = 40. b: five items of the "
        "stream come with a strong neuromodulator, whose synapses become stable; the Hopfield "
        "network writes them 10, 50, 1000 and 1e6 times as strongly (darker). c: lists of items "
        "that resemble a template, entries redrawn with probability 0.4. The circuit is the slot "
        "memory."
    ),
    conditions=conditions,
    height_in=6.6,
    draw=draw,
)
