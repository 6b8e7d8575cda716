"""The capacity curve: accuracy against the number of items, at four sizes of the circuit.

N = d = m = 20, 40, 80 and 160 with default parameters, 60 % of the cue hidden, for least-recent
and random selection (p = 0.1), each size a sweep. Writes the table, the capacity at 98 % and its
slope over N to ``results/capacity_curve.txt``, every run to ``results/capacity_curve.csv``, and the
figure of the README.
"""

from __future__ import annotations

import csv
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from accuracy import capacity
from matplotlib import colormaps

import hippokv
from hippokv.analysis.figures.style import add_legend, add_panel, look, mark, new_figure
from hippokv.analysis.figures.sweep import mean_interval
from tables import FIGURES, FIRST_SEED, RESULTS, heading, kept, options, row, sized, small, spread

SIZES = sized((20, 40, 80, 160), (6, 7))
#: Items as parts of N.
LOADS = {
    "ring": sized((0.5, 0.75, 0.9, 1.0, 1.05, 1.1, 1.25, 1.5), (0.5, 1.5)),
    "random": sized((0.05, 0.1, 0.12, 0.135, 0.15, 0.17, 0.2, 0.25, 0.3, 0.4, 0.6), (0.5, 1.5)),
}
THRESHOLD = 0.98
TITLES = {
    "ring": "the next slot of the ring",
    "random": "random slots, p = 0.1",
}
FIGURE = FIGURES / "capacity.png"
COLUMNS = [
    ("selection", 12), ("N = d = m", 9), ("items", 5), ("seeds", 5), ("spiking", 15), ("rate", 15),
    ("difference", 16),
]  # fmt: skip


@dataclass(frozen=True)
class Curve:
    """Hold accuracy over seeds at each number of items, of spikes and of the rate model."""

    items: list[int]
    spiking: list[list[float]]
    rate: list[list[float]]


def curve(selection: str, size: int, count: int, folder: Path) -> Curve:
    """Run the sweep of one size; one that was interrupted continues."""
    items = sorted({max(1, round(load * size)) for load in LOADS[selection]})
    settings = {f"circuit.n_{name}": size for name in ("inputs", "slots", "outputs")}
    found = hippokv.sweep(
        "cued-recall", {"protocol.n_items": items}, range(FIRST_SEED, FIRST_SEED + count),
        small({**settings, "circuit.selection": selection}), out=folder / f"{selection}-{size}",
    ).table  # fmt: skip

    def at(column: str, number: int) -> list[float]:
        pairs = zip(found["protocol.n_items"], found[column], strict=True)
        return [score for asked, score in pairs if asked == number]

    return Curve(
        items,
        [at("metrics.accuracy", number) for number in items],
        [at("prediction.accuracy", number) for number in items],
    )


def capacity_of(items: list[int], accuracy: list[float]) -> float:
    """Return the capacity at 98 %, 0 where not even the smallest number of items reaches it."""
    return capacity(tuple(items), accuracy) if accuracy[0] >= THRESHOLD else 0.0


def print_table(curves: dict[tuple[str, int], Curve]) -> None:
    """Print accuracies, capacities, and the slope of the capacity over N."""
    heading("cued recall, default parameters, 60 % hidden", COLUMNS)
    for (selection, size), found in curves.items():
        for items, spiking, rate in zip(found.items, found.spiking, found.rate, strict=True):
            difference = [a - b for a, b in zip(spiking, rate, strict=True)]
            scores = (spread(spiking), spread(rate), spread(difference))
            row(COLUMNS, [selection, size, items, len(spiking), *scores])
    for selection in LOADS:
        for name in ("spiking", "rate"):
            at = [
                capacity_of(found.items, [float(np.mean(s)) for s in getattr(found, name)])
                for (chosen, _), found in curves.items()
                if chosen == selection
            ]
            slope = np.polyfit(SIZES, at, 1)[0]
            values = ", ".join(f"{value:.1f}" for value in at)
            print(f"{selection}, {name}: capacity at 98 % {values}; slope {slope:.3f} N")


def draw(curves: dict[tuple[str, int], Curve]) -> None:
    """Draw the figure of the README."""
    with look():
        figure = new_figure(3.15)
        for number, selection in enumerate(LOADS):
            panel = add_panel(figure, 0.62 + 3.5 * number, 0.68, 2.9, 1.95)
            for colour, size in zip(colours(), SIZES, strict=True):
                found = curves[selection, size]
                for scores, line in ((found.rate, "--"), (found.spiking, "-")):
                    means = [mean_interval(np.array(values)) for values in scores]
                    panel.errorbar(
                        found.items, [mean for mean, _ in means],
                        yerr=np.nan_to_num([half for _, half in means]), color=colour,
                        linestyle=line, linewidth=1.2, marker="o", markersize=3.2, capsize=2,
                        markerfacecolor=colour if line == "-" else "white",
                    )  # fmt: skip
            panel.axhline(THRESHOLD, color="#8a8a8a", linestyle=":", linewidth=0.9, zorder=0)
            panel.set_xscale("log")
            ticks = (10, 20, 40, 80, 160) if number == 0 else (1, 2, 5, 10, 20, 50, 100)
            panel.set_xticks(ticks, [str(tick) for tick in ticks])
            panel.minorticks_off()
            panel.set_title(f"Items go to {TITLES[selection]}")
            panel.set_xlabel("number of items stored")
            panel.set_ylabel("fraction of bits right" if number == 0 else "")
        sizes = [
            mark(f"N = {size}", color=colour, linestyle="-", linewidth=2)
            for colour, size in zip(colours(), SIZES, strict=True)
        ]
        dots = {"color": "#1a1a1a", "marker": "o", "markersize": 3.2}
        kinds = [
            mark("spiking", linestyle="-", **dots),
            mark("rate model", linestyle="--", markerfacecolor="white", **dots),
            mark("98 %", color="#8a8a8a", linestyle=":"),
        ]
        add_legend(figure, [*sizes, *kinds], 0.62, 0.12)
        figure.savefig(FIGURE)


def colours() -> list[tuple[float, ...]]:
    """Return the colour of each size."""
    return [colormaps["viridis"](0.8 * place / (len(SIZES) - 1)) for place in range(len(SIZES))]


def write_runs(curves: dict[tuple[str, int], Curve], path: Path) -> None:
    """Write a row for every run."""
    with path.open("w", encoding="utf-8", newline="") as stream:
        writer = csv.writer(stream, lineterminator="\n")
        writer.writerow(["selection", "size", "n_items", "seed", "spiking", "rate"])
        for (selection, size), found in curves.items():
            for items, spiking, rate in zip(found.items, found.spiking, found.rate, strict=True):
                for place, pair in enumerate(zip(spiking, rate, strict=True)):
                    writer.writerow([selection, size, items, FIRST_SEED + place, *pair])


if __name__ == "__main__":
    parser = options(__doc__)
    parser.add_argument("--seeds", type=int, default=sized(20, 2), help="seeds")
    parser.add_argument(
        "--seeds-large", type=int, default=sized(5, 2),
        help="seeds of least-recent selection at N = 80 and 160, which vary little and take long",
    )  # fmt: skip
    parser.add_argument(
        "--out",
        default=sized("results/capacity", str(RESULTS / "capacity")),
        help="folder of the sweeps",
    )
    arguments = parser.parse_args()
    with kept("capacity_curve"):
        found = {
            (selection, size): curve(
                selection, size,
                arguments.seeds if size < 80 or selection == "random" else arguments.seeds_large,
                Path(arguments.out),
            )
            for selection in LOADS
            for size in SIZES
        }  # fmt: skip
        print_table(found)
    write_runs(found, RESULTS / "capacity_curve.csv")
    draw(found)
