"""Tyulmankov et al. 2021, Fig 5: heteroassociative recall, sequences, and copy and paste."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from hippokv.analysis.classical.bidirectional_memory import BidirectionalMemory
from hippokv.analysis.figures import style
from hippokv.analysis.figures.paper_panels import Samples, accuracy_axes, add_key, draw_model
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
from .paper_figure import ON_SLOT_MEMORY, SPIKING_MODEL, Condition, PaperFigure, Points

if TYPE_CHECKING:
    from matplotlib.figure import Figure, SubFigure

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
        "sequential": {**ON_SLOT_MEMORY, "circuit.selection": "ring"},
        "random": {**ON_SLOT_MEMORY, "circuit.selection": "random"},
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


def draw(figure: Figure | SubFigure, points: Mapping[str, Points]) -> None:
    """Draw the three tasks side by side."""
    titles = {
        "heteroassociative": ("a   heteroassociative, m = 20", "items stored, T"),
        "sequence": ("b   sequence", "patterns in the sequence"),
        "copy-paste": ("c   copy and paste", "patterns in the sequence"),
    }
    for number, (task, (title, across)) in enumerate(titles.items()):
        axes = style.add_panel(figure, 0.62 + 2.3 * number, 0.3, 1.85, 2.3, title)
        for name in CURVES:
            points[_folder(task, name)].draw(axes, LIST, style.SELECTION_COLOURS[name])
        curve: Samples
        if task == "copy-paste":
            lengths = points[_folder(task, "sequential")].curve(SPIKING_MODEL, LIST)
            curve = bidirectional_copies(list(lengths))
            axes.axvline(LONGEST_TRAINED, color=style.REFERENCE, linestyle="--", linewidth=0.8)
            axes.annotate(
                "longest in\ntraining", xy=(LONGEST_TRAINED, 0.52), xytext=(4, 0),
                textcoords="offset points", fontsize=7.5, color="#555555",
            )  # fmt: skip
        else:
            curve = points[_folder(task, "sequential")].curve(BIDIRECTIONAL, LIST)
        draw_model(axes, curve, style.MEMORY_COLOURS[BIDIRECTIONAL], "--")
        accuracy_axes(axes, across)
        if number:
            axes.set_ylabel("")
    names = {name: (style.SELECTION_COLOURS[name], "-") for name in CURVES}
    add_key(figure, 3.28, {**names, BIDIRECTIONAL: (style.MEMORY_COLOURS[BIDIRECTIONAL], "--")})


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
        "the recurrent loop of the slot memory. c: a controller, learned with the rate model on "
        "sequences of up to 10 patterns, keeps them in the memory and repeats them."
    ),
    conditions=conditions,
    height_in=3.75,
    draw=draw,
)
