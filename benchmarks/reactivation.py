"""Light without a cue: how much of a tagged memory comes back, against every dose.

Twenty items in 40 slots; the first is tagged by its plateaus and makes channelrhodopsin-2. One
dose at a time differs from the protocol's default (5 mW/mm2, 20 Hz, 15 ms, all tagged cells).
``others`` are the other items, recalled from their cues in the dark and under the light. The half
dose is where the accuracy of the mean curve is half-way between chance and its end.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from hippokv.analysis.figures.style import (
    REFERENCE,
    add_legend,
    add_panel,
    look,
    mark,
    new_figure,
    population_colour,
)
from hippokv.analysis.figures.sweep import mean_interval
from tables import FIGURES, heading, interval, kept, options, row, sized, swept

COLUMNS = [
    ("dose", 22), ("value bits", 15), ("rate", 15), ("engram share", 15), ("rate", 15),
    ("no light", 15), ("others dark", 15), ("others lit", 15), ("rate", 15),
]  # fmt: skip
FIGURE = FIGURES / "reactivation.png"
COLOURS = {
    "item by light": population_colour("hippocampal"),
    "others under light": population_colour("entorhinal"),
}
#: Accuracies of spikes and rate model, by what is recalled.
Doses = dict[str, tuple[list[float], list[float]]]
DOSES: dict[str, Sequence[float]] = {
    "irradiance_mW_per_mm2": (0.0, 0.003, 0.01, 0.02, 0.03, 0.05, 0.1, 0.3, 1.0, 5.0, 20.0),
    "frequency_Hz": (5.0, 10.0, 20.0, 40.0),
    "expression": (0.0, 0.1, 0.3, 0.5, 1.0),
}


def measure(name: str, dose: float, count: int) -> Doses:
    """Print one row and return what the figure shows."""
    settings = {"protocol.n_items": sized(20, 4), f"protocol.{name}": dose}
    circuit, rate, _ = swept("optogenetic-reactivation", settings, count)
    row(
        COLUMNS,
        [
            f"{name.partition('_')[0]} {dose:g}", interval(circuit["accuracy"], 4),
            interval(rate["accuracy"], 4), interval(circuit["engram_share"], 4),
            interval(rate["engram_share"], 4), interval(circuit["accuracy_no_light"], 4),
            interval(circuit["accuracy_others_in_the_dark"], 4),
            interval(circuit["accuracy_others_under_light"], 4),
            interval(rate["accuracy_others_under_light"], 4),
        ],
    )  # fmt: skip
    return {
        "item by light": (circuit["accuracy"], rate["accuracy"]),
        "others under light": (
            circuit["accuracy_others_under_light"],
            rate["accuracy_others_under_light"],
        ),
    }


def draw(found: dict[str, dict[float, Doses]]) -> None:
    """Draw what comes back against each dose."""
    titles = {
        "irradiance_mW_per_mm2": "irradiance (mW/mm2)",
        "frequency_Hz": "pulses per second (Hz)",
        "expression": "part of tagged cells with opsin",
    }
    with look():
        figure = new_figure(2.75)
        for number, (name, doses) in enumerate(found.items()):
            panel = add_panel(figure, 0.62 + 2.2 * number, 0.62, 1.85, 1.55)
            for what, colour in COLOURS.items():
                for place, line in ((1, "--"), (0, "-")):
                    means = [mean_interval(np.array(dose[what][place])) for dose in doses.values()]
                    panel.errorbar(
                        list(doses), [mean for mean, _ in means], yerr=[half for _, half in means],
                        color=colour, linestyle=line, linewidth=1.2, marker="o", capsize=2,
                        markersize=6 if place else 3.2,
                        markerfacecolor="none" if place else colour,
                    )  # fmt: skip
            panel.axhline(0.5, color=REFERENCE, linestyle=":", linewidth=0.9)
            panel.set_ylim(0.4, 1.03)
            if name.startswith("irradiance"):
                panel.set_xscale("symlog", linthresh=0.003, linscale=0.4)
                panel.set_xlim(-0.001, 35.0)
                panel.set_xticks([0, 0.01, 0.1, 1, 10], ["0", ".01", ".1", "1", "10"])
                panel.minorticks_off()
            panel.set_xlabel(titles[name])
            panel.set_ylabel("fraction of bits right" if number == 0 else "")
        handles = [mark(what, color=colour, linestyle="-") for what, colour in COLOURS.items()]
        handles += [
            mark("spiking", color="#1a1a1a", linestyle="-", marker="o", markersize=3.2),
            mark("rate model", color="#1a1a1a", linestyle="--", marker="o", markerfacecolor="none"),
            mark("guessing", color=REFERENCE, linestyle=":"),
        ]
        add_legend(figure, handles, 0.62, 0.1)
        figure.savefig(FIGURE)


if __name__ == "__main__":
    parser = options(__doc__)
    parser.add_argument("--seeds", type=int, default=sized(10, 2))
    arguments = parser.parse_args()
    with kept("reactivation"):
        heading(f"{arguments.seeds} seeds, mean and 95 % interval", COLUMNS)
        curves: dict[str, dict[float, Doses]] = {}
        for name, doses in DOSES.items():
            doses = doses[:: sized(1, 4)]
            curves[name] = {dose: measure(name, dose, arguments.seeds) for dose in doses}
            accuracy = [np.mean(dose["item by light"][0]) for dose in curves[name].values()]
            half = (0.5 + accuracy[-1]) / 2
            above = int(np.argmax(np.array(accuracy) >= half))
            if above:
                part = (half - accuracy[above - 1]) / (accuracy[above] - accuracy[above - 1])
                dose = doses[above - 1] + part * (doses[above] - doses[above - 1])
                print(f"half dose of {name}: {dose:.3g}")
    draw(curves)
