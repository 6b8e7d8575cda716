"""Recall through the scaffold in spikes, beside its rate model and a Hopfield network.

Protocols scaffold-recall and sequence-by-path with default settings but those that a row names;
cues with a tenth of their bits turned round. Means and 95 % intervals over networks, each with
weights, items and cues of its own. The Hopfield network has as many synapses as items change in the
scaffold memory, a connection counted once for both ways, and patterns as wide as itself.

Runs are kept in ``results/scaffold-recall.csv``, one a row, and those that stand there are not run
again. All rows take about an hour on one core.
"""

from __future__ import annotations

import csv
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

from hippokv.analysis.figures.style import (
    MEMORY_COLOURS,
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
from hippokv.analysis.scaffold.hopfield_baseline import hopfield_recall, units_with
from hippokv.analysis.scaffold.information import bits_right, information_recalled
from hippokv.analysis.scaffold.scaffold_rate_model import flipped
from hippokv.circuits.recording import Recording
from hippokv.circuits.schedule import Schedule
from hippokv.protocols.running.experiment import prepare
from hippokv.protocols.running.simulator import Simulator
from tables import FIGURES, RESULTS, heading, interval, kept, options, row, seeds, sized, small

ITEMS = sized((20, 40, 80, 160), (2,))
#: Hippocampal cells, and the settings that give them as many active cells.
SIZES: Mapping[int, Mapping[str, Any]] = {
    800: {},
    1600: {"circuit.n_slots": 1600, "circuit.address.agreeing_share": 0.03},
}
EXPLORATION: Mapping[str, Any] = sized({}, {"protocol.exploration_steps": 4})
#: Words for what is replayed, and its settings.
REPLAYS: Mapping[str, Mapping[str, Any]] = {
    "none": {"protocol.replays": 0},
    "teacher": {},
    "self": {"protocol.replay": "self", "protocol.replays": 4},
}
SCORES = (
    "accuracy", "information_bits", "addresses_reached", "code_share_cue", "code_share_recall",
    "items_right",
)  # fmt: skip
TABLE = RESULTS / "scaffold-recall.csv"
FIGURE = FIGURES / "scaffold-recall.png"
COLUMNS = [
    ("cells", 5), ("replay", 8), ("items", 5), ("networks", 8), ("bits right", 15), ("rate", 15),
    ("information", 17), ("rate", 17), ("addresses", 15), ("code, cue", 13), ("code, recall", 13),
    ("x real time", 11),
]  # fmt: skip
PATH_COLUMNS = [
    ("cells", 5), ("replay", 8), ("items", 5), ("networks", 8), ("items right", 15),
    ("bits right", 15), ("rate", 15), ("addresses", 15), ("x real time", 11),
]  # fmt: skip
HOPFIELD_COLUMNS = [
    ("synapses", 8), ("units", 5), ("items", 5), ("networks", 8), ("bits right", 15),
    ("information", 17),
]  # fmt: skip

Row = dict[str, Any]


@dataclass(frozen=True)
class Condition:
    """Name a row of the tables: what is run, and on how many networks."""

    protocol: str
    cells: int
    replay: str
    items: int
    networks: int

    @property
    def settings(self) -> dict[str, Any]:
        """Settings that differ from the defaults."""
        return {**SIZES[self.cells], **REPLAYS[self.replay], "protocol.n_items": self.items}


@dataclass
class Exploring(Simulator):
    """Run circuits, but explore each network only once: it is the same for all numbers of items."""

    known: dict[Any, Recording] = field(default_factory=dict)

    def __call__(self, schedule: Schedule, stage: str = "", *given: Any, **more: Any) -> Recording:
        """Run a circuit through a schedule, or remember what it did."""
        if stage != "exploration":
            return super().__call__(schedule, stage, *given, **more)
        key = (self.program.circuit.parameters, self.seed, schedule.duration_ms)
        if key not in self.known:
            self.known[key] = super().__call__(schedule, stage, *given, **more)
        return self.known[key]


def conditions(networks: int, others: int) -> list[Condition]:
    """Return the rows, those first where a teacher replays in 800 cells."""
    found = [Condition("scaffold-recall", 800, "teacher", n, networks) for n in ITEMS]
    found += [Condition("sequence-by-path", 800, "teacher", sized(200, 4), others)]
    for n in sized((80, 160, 40, 20), ITEMS):
        for cells, replay in ((800, "self"), (800, "none"), (1600, "teacher")):
            found += [Condition("scaffold-recall", cells, replay, n, others)]
    return found


def run_missing(rows: Sequence[Condition]) -> None:
    """Run what the file does not hold yet, network by network, and add it there."""
    known: dict[Any, Recording] = {}
    done = {_key(found) for found in read_runs()}
    asked = [
        (condition, seed)
        for condition in rows
        for seed in seeds(condition.networks)
        if (condition.protocol, condition.cells, condition.replay, condition.items, seed)
        not in done
    ]
    first = rows[: len(ITEMS)]
    for condition, seed in sorted(asked, key=lambda pair: (pair[0] not in first, pair[1])):
        experiment = prepare(
            condition.protocol,
            small({**condition.settings, **EXPLORATION, "run.seed": seed}, "scaffold_memory"),
        )
        run = experiment.settings.run
        simulator = Exploring(experiment.program, run.seed, run.dt_ms, known=known)
        found = experiment.protocol.perform(experiment, simulator)
        _append(
            {
                **{name: getattr(condition, name) for name in KEYS[:-1]},
                "seed": seed,
                **{name: found.metrics.get(name, "") for name in SCORES},
                **{f"prediction_{name}": found.prediction.get(name, "") for name in SCORES},
                "simulated_s": simulator.simulated_s,
                "run_s": round(simulator.run_s, 1),
            }
        )


KEYS = ("protocol", "cells", "replay", "items", "seed")


def read_runs() -> list[Row]:
    """Return the runs that the file holds."""
    if not TABLE.exists():
        return []
    with TABLE.open(encoding="utf-8", newline="") as stream:
        return [
            {**found, **{name: int(found[name]) for name in ("cells", "items", "seed")}}
            for found in csv.DictReader(stream)
        ]


def hopfield(cells: int, items: int, seed: int, n_bits: int = 200) -> tuple[float, float]:
    """Return the bits right and the information of a Hopfield network with as many synapses."""
    stream = np.random.default_rng(seed)
    units = units_with(cells * 3 * n_bits, both_ways=False)
    patterns = stream.choice([-1.0, 1.0], (items, units))
    decoded = hopfield_recall(patterns, flipped(patterns, 0.1, stream))
    return bits_right(decoded, patterns), information_recalled(decoded, patterns)


def print_tables(runs: Sequence[Row], hopfields: Mapping[tuple[int, int], Any]) -> None:
    """Print recall, sequences, and what Hopfield networks do."""
    heading("recall from cues with a tenth of the bits turned round", COLUMNS)
    for (cells, replay, items), found in _groups(runs, "scaffold-recall"):
        names = (
            "accuracy", "prediction_accuracy", "information_bits", "prediction_information_bits",
            "addresses_reached", "code_share_cue", "code_share_recall",
        )  # fmt: skip
        digits = (4, 4, 0, 0, 3, 3, 3)
        shown = [_spread(_of(found, name), n) for name, n in zip(names, digits, strict=True)]
        row(COLUMNS, [cells, replay, items, len(found), *shown, _speed(found)])
    heading("a list stored along a path and walked again", PATH_COLUMNS)
    for (cells, replay, items), found in _groups(runs, "sequence-by-path"):
        names = ("items_right", "accuracy", "prediction_accuracy", "addresses_reached")
        shown = [_spread(_of(found, name), 4) for name in names]
        row(PATH_COLUMNS, [cells, replay, items, len(found), *shown, _speed(found)])
    heading("Hopfield networks, from cues with a tenth turned round", HOPFIELD_COLUMNS)
    for (cells, items), scores in hopfields.items():
        right, information = scores.T
        shown = [interval(right, 4), interval(information, 0)]
        units = units_with(cells * 600, both_ways=False)
        row(HOPFIELD_COLUMNS, [cells * 600, units, items, len(scores), *shown])


def draw(runs: Sequence[Row], hopfields: Mapping[tuple[int, int], Any]) -> None:
    """Draw bits right and information against the number of items."""
    looks: dict[tuple[int, str], dict[str, Any]] = {
        (800, "teacher"): {"linestyle": "-", "marker": "o"},
        (800, "self"): {"linestyle": "-.", "marker": "^"},
        (800, "none"): {"linestyle": ":", "marker": "v"},
        (1600, "teacher"): {"linestyle": "--", "marker": "s"},
    }
    words = {
        (800, "teacher"): "800 cells, a teacher's replay", (800, "self"): "800, own replay",
        (800, "none"): "800, no replay", (1600, "teacher"): "1,600, a teacher's replay",
    }  # fmt: skip
    curves: dict[tuple[int, str], dict[int, list[Row]]] = {}
    for (cells, replay, items), found in _groups(runs, "scaffold-recall"):
        curves.setdefault((cells, replay), {})[items] = found
    hopfield_colour = MEMORY_COLOURS["Hopfield network"]
    with look():
        figure = new_figure(3.75)
        for number, name in enumerate(("accuracy", "information_bits")):
            panel = add_panel(figure, 0.62 + 3.6 * number, 1.08, 2.85, 2.15)
            scale = 1.0 if number == 0 else 1e3
            for key, found in curves.items():
                for prefix, colour in (("prediction_", RATE), ("", SPIKING)):
                    scores = [np.array(_of(some, prefix + name)) / scale for some in found.values()]
                    _line(panel, list(found), scores, colour, looks[key])
            for cells, style in ((800, "-"), (1600, "--")):
                at = [n for size, n in hopfields if size == cells]
                scores = [hopfields[cells, n][:, number] / scale for n in at]
                _line(panel, at, scores, hopfield_colour, {"linestyle": style, "marker": "D"})
            panel.set_xscale("log")
            panel.set_xticks(ITEMS, [str(n) for n in ITEMS])
            panel.minorticks_off()
            panel.set_xlabel("number of items stored")
            panel.set_ylabel(("fraction of bits right", "information recalled (kbit)")[number])
            if number == 0:
                panel.set_ylim(0.8, 1.003)
            else:
                panel.set_yscale("log")
                panel.set_yticks((3, 10, 30, 100, 300), ("3", "10", "30", "100", "300"))
        kinds = [
            mark("spiking", color=SPIKING, linestyle="-", linewidth=2),
            mark("rate model", color=RATE, linestyle="-", linewidth=2),
            mark("Hopfield network with as many synapses", color=hopfield_colour,
                 linestyle="-", linewidth=2),
        ]  # fmt: skip
        add_legend(figure, kinds, 0.62, 0.12)
        lines = [
            mark(words[key], color=REFERENCE, markersize=3.6, **style)
            for key, style in looks.items()
            if key in curves
        ]
        add_legend(figure, lines, 0.62, 0.42)
        figure.savefig(FIGURE)


def _line(
    panel: Any, items: Sequence[int], scores: Sequence[Any], colour: str, style: Mapping[str, Any]
) -> None:
    means = [mean_interval(np.asarray(values)) for values in scores]
    panel.errorbar(
        items, [mean for mean, _ in means], yerr=np.nan_to_num([half for _, half in means]),
        color=colour, linewidth=1.2, markersize=3.6, capsize=2, **style,
    )  # fmt: skip


def _groups(runs: Sequence[Row], protocol: str) -> Iterator[tuple[tuple[int, str, int], list[Row]]]:
    for cells in SIZES:
        for replay in REPLAYS:
            for items in sorted({found["items"] for found in runs}):
                found = [
                    one
                    for one in runs
                    if (one["protocol"], one["cells"], one["replay"], one["items"])
                    == (protocol, cells, replay, items)
                ]
                if found:
                    yield (cells, replay, items), found


def _spread(values: Sequence[float], digits: int) -> str:
    """Write a mean and its interval, or the number of the only network."""
    return interval(values, digits) if len(values) > 1 else f"{values[0]:.{digits}f}"


def _of(found: Sequence[Row], name: str) -> list[float]:
    return [float(one[name]) for one in found]


def _speed(found: Sequence[Row]) -> str:
    return f"{sum(_of(found, 'simulated_s')) / sum(_of(found, 'run_s')):.1f}"


def _key(found: Row) -> tuple[Any, ...]:
    return tuple(found[name] for name in KEYS)


def _append(found: Row) -> None:
    RESULTS.mkdir(exist_ok=True)
    new = not TABLE.exists()
    with TABLE.open("a", encoding="utf-8", newline="") as stream:
        writer = csv.DictWriter(stream, list(found), lineterminator="\n")
        if new:
            writer.writeheader()
        writer.writerow(found)
    print(", ".join(f"{name} {value}" for name, value in found.items()), flush=True)


if __name__ == "__main__":
    parser = options(__doc__)
    parser.add_argument(
        "--networks", type=int, default=sized(5, 2), help="networks with a teacher's replay"
    )
    parser.add_argument(
        "--others", type=int, default=sized(5, 1), help="networks of all other rows"
    )
    parser.add_argument("--draw", action="store_true", help="tables and figure of what is there")
    arguments = parser.parse_args()
    if not arguments.draw:
        run_missing(conditions(arguments.networks, arguments.others))
    runs = read_runs()
    hopfields: dict[tuple[int, int], NDArray[np.float64]] = {
        (cells, items): np.array([hopfield(cells, items, seed) for seed in seeds(5)])
        for cells in SIZES
        for items in ITEMS
    }
    with kept("scaffold-recall"):
        print_tables(runs, hopfields)
    draw(runs, hopfields)
