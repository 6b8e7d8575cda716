"""Lesions: accuracy against the fraction silenced, spikes and rate model, and other populations.

Cued recall of 40 items in 40 slots, 60 % hidden, default parameters. First whole slots, silenced
before storage, between storage and recall, or during recall alone (``before`` and ``after`` are
the rounds of recall around it). Then single cells of the same population, and parts of the others.
``sharpness`` is the inverse temperature of the competition relative to the rate model.
"""

from __future__ import annotations

import numpy as np

from hippokv.analysis.figures.style import (
    RATE,
    REFERENCE,
    SPIKING,
    add_legend,
    add_panel,
    look,
    mark,
    new_figure,
)
from hippokv.analysis.figures.sweep import mean_interval
from tables import FIGURES, heading, interval, kept, options, row, sized, swept

COLUMNS = [
    ("population", 11), ("unit", 9), ("when", 14), ("fraction", 8), ("spiking", 15), ("rate", 15),
    ("difference", 16), ("before", 7), ("after", 7), ("back within", 11), ("sharpness", 15),
]  # fmt: skip


FIGURE = FIGURES / "lesion.png"
#: Accuracies of spikes and rate model, by the fraction silenced.
Curve = dict[float, tuple[list[float], list[float]]]


def measure(
    population: str, unit: str, when: str, fraction: float, count: int
) -> tuple[list[float], list[float]]:
    """Print one row and return the accuracies, of spikes and of the rate model."""
    settings = {
        "protocol.n_items": sized(40, 6), "protocol.population": population, "protocol.unit": unit,
        "protocol.when": when, "protocol.fraction": fraction, "protocol.control": False,
    }  # fmt: skip
    found = swept("lesion", settings, count)
    spiking = found.circuit["accuracy"]
    rate = found.rate["accuracy"]
    around = ["", "", ""]
    if when == "during_recall":
        before, after = (found.circuit[f"accuracy_{name}"] for name in ("before", "after"))
        around = [f"{before.mean():.4f}", f"{after.mean():.4f}", f"{abs(before - after).max():.4f}"]
    row(
        COLUMNS,
        [
            population, unit, when, fraction, interval(spiking, 4), interval(rate, 4),
            interval([a - b for a, b in zip(spiking, rate, strict=True)], 4), *around,
            interval(found.circuit["inverse_temperature"], 4),
        ],
    )  # fmt: skip
    return spiking, rate


def draw(curves: dict[str, Curve]) -> None:
    """Draw accuracy against the fraction of slots silenced, a panel for each time."""
    with look():
        figure = new_figure(2.75)
        for number, (when, curve) in enumerate(curves.items()):
            panel = add_panel(figure, 0.62 + 2.2 * number, 0.62, 1.85, 1.55)
            for place, (colour, line) in enumerate(((RATE, "--"), (SPIKING, "-"))):
                means = [mean_interval(np.array(pair[1 - place])) for pair in curve.values()]
                panel.errorbar(
                    list(curve), [mean for mean, _ in means], yerr=[half for _, half in means],
                    color=colour, linestyle=line, linewidth=1.2, marker="o", capsize=2,
                    markersize=6.5 if line == "--" else 3.5,
                    markerfacecolor="none" if line == "--" else colour,
                )  # fmt: skip
            panel.axhline(0.5, color=REFERENCE, linestyle=":", linewidth=0.9)
            panel.set_ylim(0.45, 1.03)
            panel.set_title(when.replace("_", " "))
            panel.set_xlabel("fraction of slots silent")
            panel.set_ylabel("fraction of bits right" if number == 0 else "")
        ring = {"markersize": 6.5, "markerfacecolor": "none"}
        handles = [
            mark("spiking", color=SPIKING, linestyle="-", marker="o", markersize=3.5),
            mark("rate model", color=RATE, linestyle="--", marker="o", **ring),
            mark("guessing", color=REFERENCE, linestyle=":"),
        ]
        add_legend(figure, handles, 0.62, 0.1)
        figure.savefig(FIGURE)


if __name__ == "__main__":
    parser = options(__doc__)
    parser.add_argument("--seeds", type=int, default=sized(10, 2))
    arguments = parser.parse_args()
    with kept("lesion"):
        heading(f"{arguments.seeds} seeds, mean and 95 % interval", COLUMNS)
        curves: dict[str, Curve] = {}
        for when in ("before_storage", "before_recall", "during_recall"):
            for fraction in sized((0.0, 0.1, 0.3, 0.5, 0.7, 0.9), (0.0, 0.5)):
                curves.setdefault(when, {})[fraction] = measure(
                    "hippocampal", "ensembles", when, fraction, arguments.seeds
                )
        for population in ("hippocampal", "cortical", "entorhinal", "pv", "sst"):
            for fraction in sized((0.3, 0.9), (0.3,)):
                measure(population, "cells", "during_recall", fraction, arguments.seeds)
    draw(curves)
