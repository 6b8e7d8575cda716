"""Reminders: the rate model told what replayed, and what changed assumptions leave of the result.

The first table has freezing of the circuit, of the rate model with replays of its own, of the same
that is told which slots replayed in the circuit and which groups answered, and of the circuit if
freezing saturates at the full rate of driven cells; then the share that the slot of the place has
of all hippocampal spikes. A last line says how many of the replays were of two slots. The second
table changes one number at a time. With replays of its own the rate model is the mean of eight
draws for each network, where a run has the first of them.

The lives, their controls and the figure are ``hippokv figure reminder``.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

import numpy as np

import hippokv
from hippokv.analysis.recall.readout import Readout
from hippokv.analysis.recall.reminders import Replay, reminded, replays_in
from hippokv.arrays import Array
from hippokv.protocols.reminder import INTACT, fear, tests_of
from tables import heading, interval, kept, options, over, row, sized, small

CIRCUIT = "reminding_memory"

FIRST_SEED = 7610
#: Scores of the columns: by how much more an animal freezes in A than in B, and freezing in A.
SCORES = (
    "discrimination_recent_intact", "discrimination_remote_intact",
    "discrimination_reminded_intact", "discrimination_other_intact",
    "freezing_remote_lesioned_A", "freezing_reminded_lesioned_A",
)  # fmt: skip
FREEZING_COLUMNS = [
    ("freezing", 26), ("circuit", 16), ("own replays", 16), ("difference", 16),
    ("told replays", 16), ("told, difference", 18), ("at the full rate", 16),
]  # fmt: skip
COLUMNS = [
    ("parameter", 34), ("value", 8), ("A-B 1 d", 15), ("28 d", 15), ("after A", 15),
    ("after other", 15), ("lesioned 28 d", 15), ("after A, lesioned", 18), ("rate model", 40),
]  # fmt: skip
#: Draws of the rate model for each network, and how far apart their seeds are.
DRAWS, APART = sized(8, 1), 1000
#: What is changed, and to what.
CHANGES: Mapping[str, tuple[float, ...]] = {
    "circuit.reopening.novelty_mV": (6.0, 7.0, 9.0, 10.0),
    "circuit.reopening.closed_mV": (2.25, 9.0),
    "circuit.reopening.reopening": (0.05, 0.2),
    "circuit.reopening.lability": (0.025, 0.1),
    "circuit.reopening.returned": (0.6, 0.8),
    "protocol.reminder_ms": (2500.0, 10_000.0),
    "protocol.alike": (0.65, 0.85),
}
#: Settings of all lives; those of the quick form are over in seconds.
LIFE: Mapping[str, Any] = sized(
    {},
    {
        "protocol.remote_d": 1, "protocol.n_items": 5, "protocol.night_ms": 1000.0,
        "protocol.reminder_ms": 2500.0, "protocol.cue_ms": 300.0,
    },
)  # fmt: skip


def scores(settings: Mapping[str, Any], seeds: range) -> tuple[Array, Array]:
    """Return the scores by seed, and those of the rate model, shape (seeds, scores)."""
    found = [hippokv.run("reminder", seed, small({**LIFE, **settings}, CIRCUIT)) for seed in seeds]
    measured, of_model = (
        np.array([[of[name] for name in SCORES] for of in each])
        for each in ([one.metrics for one in found], [over_draws(one) for one in found])
    )
    return measured, of_model


def replays_of(result: Any) -> list[list[Replay]]:
    """Return what replayed in the circuit in each night."""
    experiment = result.experiment
    return replays_in(result.recording, experiment.schedule, experiment.settings.circuit)


def predicted(
    result: Any, draw: int = 0, replays: Sequence[Sequence[Replay]] | None = None
) -> Readout:
    """Return what the rate model recalls, with what replayed in the circuit where it is told."""
    settings, schedule = result.experiment.settings, result.experiment.schedule
    seed = settings.run.seed + APART * draw
    return reminded(settings.circuit, schedule, result.found.prediction, seed, replays)


def over_draws(result: Any) -> dict[str, float]:
    """Return the mean of each score of the rate model over draws."""
    draws = [scored(result, predicted(result, draw)) for draw in range(DRAWS)]
    return {name: float(np.mean([of[name] for of in draws])) for name in draws[0]}


def scored(result: Any, readout: Readout, frozen_at: float | None = None) -> dict[str, float]:
    """Return freezing of a readout, by default with the ceiling of its run, and shares of slots."""
    experiment = result.experiment
    protocol = experiment.settings.protocol
    if frozen_at is not None:
        protocol = replace(protocol, frozen_at=frozen_at)
    freezing = fear(experiment.stimuli, protocol, experiment.circuit, readout)
    shares: dict[str, list[float]] = {}
    tests = tests_of(len(experiment.stimuli.keys))
    for (group, item), attention in zip(tests, readout.attention, strict=True):
        if INTACT in group:
            own = result.found.prediction.plateaus[item]
            shares.setdefault(f"share_{group}", []).append(float(attention[own].sum()))
    return {**freezing, **{group: float(np.mean(each)) for group, each in shares.items()}}


def freezing(seeds: range) -> None:
    """Print freezing in every kind of test, of the circuit and of its rate models."""

    def of(seed: int) -> tuple[list[dict[str, float]], Array]:
        result = hippokv.run("reminder", seed, small(LIFE, CIRCUIT))
        readout, replays = result.found.readout, replays_of(result)
        pairs = [len(one.slots) > 1 for night in replays for one in night]
        return [
            scored(result, readout),
            over_draws(result),
            scored(result, predicted(result, replays=replays)),
            scored(result, readout, 1.0),
        ], np.array([sum(pairs), len(pairs)])

    kinds, pairs = zip(*over(of, seeds), strict=True)
    for name in kinds[0][2]:
        spiking, own, knowing, full = np.array([[of[name] for of in each] for each in kinds]).T
        row(
            FREEZING_COLUMNS,
            [name.replace("discrimination", "A-B").removeprefix("freezing_"),
             *map(shown, (spiking, own, spiking - own, knowing, spiking - knowing, full))],
        )  # fmt: skip
    both, all_replays = np.sum(pairs, axis=0)
    print(f"{both} of {all_replays} replays were of two slots")


def shown(values: Array) -> str:
    """Write a mean, with its interval where there are several seeds."""
    return interval(values) if len(values) > 1 else f"{values[0]:.3f}"


def main() -> None:
    """Print the table."""
    parser = options(__doc__)
    parser.add_argument(
        "--seeds", type=int, default=sized(10, 1),
        help="number of seeds of the first table; the second has one",
    )  # fmt: skip
    parser.add_argument("--first", type=int, default=FIRST_SEED, help="the first of them")
    asked = parser.parse_args()
    seeds = range(asked.first, asked.first + asked.seeds)
    with kept("reminder"):
        heading(f"Freezing, seeds {seeds[0]} to {seeds[-1]}", FREEZING_COLUMNS)
        freezing(seeds)
    seeds = seeds[:1]
    with kept("reminder_parameters"):
        heading(f"Freezing, seed {seeds[0]}", COLUMNS)
        changes = [(name, value) for name, values in CHANGES.items() for value in values]
        changes = changes[: sized(None, 1)]
        found = over(lambda number: scores(dict([changes[number]]), seeds), range(len(changes)))
        for (name, value), (measured, of_model) in zip(changes, found, strict=True):
            means = " ".join(f"{mean:.2f}" for mean in of_model.mean(axis=0))
            row(COLUMNS, [name, f"{value:g}", *map(shown, measured.T), means])


if __name__ == "__main__":
    main()
