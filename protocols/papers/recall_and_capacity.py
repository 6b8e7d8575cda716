"""Tyulmankov et al. 2021, Fig 2: autoassociative recall against load, and capacity against size."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

from hippokv.analysis.classical.attentional_reader import AttentionalReader
from hippokv.analysis.classical.hopfield_network import HopfieldNetwork
from hippokv.analysis.classical.memory import Memory
from hippokv.analysis.figures import style
from hippokv.analysis.figures.paper_panels import accuracy_axes, add_key, capacity_axes, draw_model
from hippokv.analysis.recall.capacity import capacity_of_samples, slope
from hippokv.analysis.recall.groups import LIST

from .paper_figure import (
    ON_SLOT_MEMORY,
    RATE_MODEL,
    SLOT_CHOICES,
    SPIKING_MODEL,
    Condition,
    PaperFigure,
    Points,
    of_size,
)

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure, SubFigure

HOPFIELD, TVT = "Hopfield network", "TVT"
#: Line styles of the other memories.
OTHERS = {HOPFIELD: "--", TVT: ":"}
LENGTHS = "1, 5, 10, 20, 30, 40, 50, 60, 80, 120, 180"
#: Sizes of Fig 2b, and how many seeds are enough there: larger circuits vary less.
SEEDS_AT = {20: 20, 40: 20, 80: 6, 160: 3}
#: Lists on both sides of the capacity: N, and .16 N.
AROUND = {
    "sequential": "N, 1.05N, 1.1N",
    "random": "0.05N, 0.1N, 0.15N, 0.2N, 0.25N",
}


def conditions() -> Sequence[Condition]:
    """Return lists at N = 40, and lists around the capacity at each size."""
    memories: Mapping[str, Mapping[str, Memory]] = {
        "sequential": {HOPFIELD: HopfieldNetwork(), TVT: AttentionalReader(n_rows=40)},
        "random": {},
    }
    found = [
        Condition(
            f"lists-{name}", "capacity",
            {**ON_SLOT_MEMORY, "circuit.selection": selection, "protocol.lengths": LENGTHS},
            memories[name],
        )
        for name, selection in SLOT_CHOICES.items()
    ]  # fmt: skip
    for size, seeds in SEEDS_AT.items():
        for name, selection in SLOT_CHOICES.items():
            # The capacity of the Hopfield network is where that of random slots is.
            beside = {HOPFIELD: HopfieldNetwork()} if name == "random" else {}
            settings = {
                **ON_SLOT_MEMORY,
                **of_size(size),
                "circuit.selection": selection,
                "protocol.lengths": AROUND[name],
            }
            found.append(Condition(f"size-{name}-{size}", "capacity", settings, beside, seeds))
    return found


def capacities(points: Mapping[str, Points], name: str, model: str) -> dict[int, float]:
    """Return the number of items at which the mean accuracy falls below 98 %, by size."""
    return {
        size: capacity_of_samples(points[f"size-{name}-{size}"].curve(model, LIST))
        for size in SEEDS_AT
    }


def draw(figure: Figure | SubFigure, points: Mapping[str, Points]) -> None:
    """Draw accuracy against load, and capacity against size."""
    lists = style.add_panel(figure, 0.62, 0.3, 2.85, 2.35, "a   recall, N = d = 40")
    for name in SLOT_CHOICES:
        points[f"lists-{name}"].draw(lists, LIST, style.SELECTION_COLOURS[name])
    for memory, line in OTHERS.items():
        curve = points["lists-sequential"].curve(memory, LIST)
        draw_model(lists, curve, style.MEMORY_COLOURS[memory], line)
    accuracy_axes(lists, "items stored, T")
    sizes = style.add_panel(figure, 4.25, 0.3, 2.7, 2.35, "b   capacity at 98 %")
    _draw_capacities(sizes, points)
    chosen = {name: (style.SELECTION_COLOURS[name], "-") for name in SLOT_CHOICES}
    others = {name: (style.MEMORY_COLOURS[name], line) for name, line in OTHERS.items()}
    add_key(figure, 3.3, {**chosen, **others})


def _draw_capacities(axes: Axes, points: Mapping[str, Points]) -> None:
    for name in SLOT_CHOICES:
        colour = style.SELECTION_COLOURS[name]
        circuit, rate = (capacities(points, name, model) for model in (SPIKING_MODEL, RATE_MODEL))
        axes.plot(list(circuit), list(circuit.values()), "o", color=colour, markersize=4)
        axes.plot(list(rate), list(rate.values()), color=colour, linewidth=1.2)
        axes.annotate(
            f"{slope(list(circuit), list(circuit.values())):.2f} N\n"
            f"(rate {slope(list(rate), list(rate.values())):.2f} N)",
            xy=(160, circuit[160]), xytext=(-8, 12 if name == "random" else -4),
            textcoords="offset points", ha="right", va="center", fontsize=8, color=colour,
        )  # fmt: skip
    hopfield = capacities(points, "random", HOPFIELD)
    axes.plot(
        list(hopfield),
        list(hopfield.values()),
        "--",
        color=style.MEMORY_COLOURS[HOPFIELD],
        linewidth=1.2,
    )
    capacity_axes(axes, list(SEEDS_AT))


FIGURE = PaperFigure(
    name="tyulmankov-2",
    summary="autoassociative recall against load, and capacity against size (Fig 2)",
    caption=(
        "Lists of T random items in the slot memory, recalled from cues with 60 % hidden. a: "
        "fraction of bits right. Entries that the cue gives count, as in the paper. b: number of "
        "items at which the mean falls below 98 %, by linear interpolation."
    ),
    conditions=conditions,
    height_in=3.75,
    draw=draw,
)
