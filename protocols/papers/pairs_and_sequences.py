"""Tyulmankov et al. 2021, Fig 5: heteroassociative recall, sequences, and copy and paste."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from hippokv.analysis.classical.bidirectional_memory import BidirectionalMemory
from hippokv.analysis.figures.paper_panels import (
    Samples,
    accuracy_axes,
    add_rows_of_marks,
    draw_circuit,
    draw_model,
    key,
    kinds_of_marks,
    panel,
)
from hippokv.analysis.figures.style import (
    MEMORY_COLOURS,
    REFERENCE,
    SELECTION_COLOURS,
    new_figure,
    styled,
)
from hippokv.analysis.learning.copy_paste import (
    LONGEST_TRAINED,
    load_controller,
    memory_for,
    random_sequence,
    run_copy_paste,
)
from hippokv.analysis.learning.meta_learning import learned_rule
from hippokv.analysis.recall.groups import LIST

from .learned_plasticity import circuit_settings
from .paper_figure import RATE_MODEL, SPIKING_MODEL, Condition, PaperFigure, Points

if TYPE_CHECKING:
    from matplotlib.figure import Figure

BIDIRECTIONAL = "bidirectional memory"
#: Slot choice and rule of each curve, and the controller that was learned with them.
CURVES = {"sequential": "least_recent", "random": "random", "learned rule": "learned"}
#: Lists of Fig 5a, sequences of Fig 5b and c.
LENGTHS = {
    "heteroassociative": "5, 10, 20, 40, 60, 85",
    "sequence": "5, 10, 20, 30, 40, 45, 50, 60",
    "copy-paste": "1, 5, 10, 12, 15, 20",
}
#: Sequences at each length for the memory that has no circuit.
BIDIRECTIONAL_TRIALS = 40


def conditions() -> Sequence[Condition]:
    """Return the three tasks with each slot choice and rule."""
    learned = circuit_settings(learned_rule("random"))
    circuits: dict[str, dict[str, Any]] = {
        "sequential": {"circuit.selection": "least_recent"},
        "random": {"circuit.selection": "random"},
        "learned rule": {"circuit.selection": "random", **learned},
    }
    found = []
    for task, lengths in LENGTHS.items():
        for name, settings in circuits.items():
            own: dict[str, Any] = {**settings, "protocol.lengths": lengths}
            if task == "copy-paste":
                own["protocol.controller"] = CURVES[name]
            compared = name == "sequential" and task != "copy-paste"
            beside = {BIDIRECTIONAL: BidirectionalMemory()} if compared else {}
            found.append(Condition(_folder(task, name), task, own, beside))
    return found


@styled
def draw(points: Mapping[str, Points]) -> Figure:
    """Draw the three tasks side by side."""
    figure = new_figure(3.75)
    titles = {
        "heteroassociative": ("a", "heteroassociative, m = 20", "items stored, T"),
        "sequence": ("b", "sequence", "patterns in the sequence"),
        "copy-paste": ("c", "copy and paste", "patterns in the sequence"),
    }
    for number, (task, (letter, title, across)) in enumerate(titles.items()):
        where = panel(figure, letter, title, 0.62 + 2.3 * number, 0.3, 1.85, 2.3)
        for name in CURVES:
            found, colour = points[_folder(task, name)], SELECTION_COLOURS[name]
            draw_circuit(where, found.curve(SPIKING_MODEL, LIST), colour)
            draw_model(where, found.curve(RATE_MODEL, LIST), colour)
        curve: Samples
        if task == "copy-paste":
            lengths = points[_folder(task, "sequential")].curve(SPIKING_MODEL, LIST)
            curve = bidirectional_copies(list(lengths))
            where.axvline(LONGEST_TRAINED, color=REFERENCE, linestyle="--", linewidth=0.8)
            where.annotate(
                "longest in\ntraining", xy=(LONGEST_TRAINED, 0.52), xytext=(4, 0),
                textcoords="offset points", fontsize=7.5, color="#555555",
            )  # fmt: skip
        else:
            curve = points[_folder(task, "sequential")].curve(BIDIRECTIONAL, LIST)
        draw_model(where, curve, MEMORY_COLOURS[BIDIRECTIONAL], "--")
        accuracy_axes(where, across)
        if number:
            where.set_ylabel("")
    names = {name: (SELECTION_COLOURS[name], "-") for name in CURVES}
    rows = [key({**names, BIDIRECTIONAL: (MEMORY_COLOURS[BIDIRECTIONAL], "--")}), kinds_of_marks()]
    add_rows_of_marks(figure, rows, 0.62, 3.28)
    return figure


def bidirectional_copies(lengths: Sequence[int]) -> Samples:
    """Return the accuracy of copy and paste with a bidirectional memory, by length.

    Its controller was learned with it, as those of the circuits were with their rate models.
    """
    controller = load_controller("bidirectional")
    found = {}
    for length in lengths:
        stream = np.random.default_rng([length, 1000])
        found[length] = np.array(
            [
                run_copy_paste(
                    controller,
                    random_sequence(length, stream),
                    memory_for("bidirectional", stream),
                ).accuracy
                for _ in range(BIDIRECTIONAL_TRIALS)
            ]
        )
    return found


def _folder(task: str, name: str) -> str:
    return f"{task}-{name.split()[0]}"


FIGURE = PaperFigure(
    name="tyulmankov-5",
    summary="heteroassociative recall, sequences, and copy and paste (Fig 5)",
    caption=(
        "a: values of 20 bits that are other patterns than their keys, 60 % of the key hidden. "
        "b: a sequence stored as chained pairs and replayed from places drawn at random, through "
        "the recurrent loop of the circuit. c: a controller, learned with the rate model on "
        "sequences of up to 10 patterns, keeps them in the memory and repeats them."
    ),
    conditions=conditions,
    draw=draw,
)
