"""Reminders: what is left of the result when what is assumed by hand is changed, one at a time.

The lives, their controls and the figure are ``hippokv figure reminder``.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

import hippokv
from hippokv.arrays import Array
from tables import heading, interval, kept, options, row, sized, small

CIRCUIT = "reminding_memory"

FIRST_SEED = 7610
#: Scores of the columns: by how much more an animal freezes in A than in B, and freezing in A.
SCORES = (
    "discrimination_recent_intact", "discrimination_remote_intact",
    "discrimination_reminded_intact", "discrimination_other_intact",
    "freezing_remote_lesioned_A", "freezing_reminded_lesioned_A",
)  # fmt: skip
COLUMNS = [
    ("parameter", 34), ("value", 8), ("A-B 1 d", 15), ("28 d", 15), ("after A", 15),
    ("after other", 15), ("lesioned 28 d", 15), ("after A, lesioned", 18), ("rate model", 40),
]  # fmt: skip
#: What is changed, and to what.
CHANGES: Mapping[str, tuple[float, ...]] = {
    "protocol.frozen_at": (0.5, 1.0),
    "circuit.reopening.novelty_mV": (6.0, 10.0),
    "circuit.reopening.closed_mV": (2.25, 9.0),
    "circuit.reopening.reopening": (0.05, 0.2),
    "circuit.reopening.lability": (0.025, 0.1),
    "circuit.reopening.returned": (0.6, 0.8),
    "protocol.reminder_ms": (2500.0, 10_000.0),
    "protocol.alike": (0.65, 0.85),
}
#: Settings of all lives; those of the quick form are over in seconds.
LIFE: Mapping[str, Any] = sized(
    {}, {"protocol.remote_d": 1, "protocol.n_items": 5, "protocol.night_ms": 1000.0}
)


def scores(settings: Mapping[str, Any], seeds: range) -> tuple[Array, Array]:
    """Return the scores by seed, and those of the rate model, shape (seeds, scores)."""
    found = [hippokv.run("reminder", seed, small({**LIFE, **settings}, CIRCUIT)) for seed in seeds]
    measured, predicted = (
        np.array([[of[name] for name in SCORES] for of in kept_scores])
        for kept_scores in (
            [one.metrics for one in found],
            [one.predicted_metrics for one in found],
        )
    )
    return measured, predicted


def shown(values: Array) -> str:
    """Write a mean, with its interval where there are several seeds."""
    return interval(values) if len(values) > 1 else f"{values[0]:.3f}"


def main() -> None:
    """Print the table."""
    parser = options(__doc__)
    parser.add_argument(
        "--seeds", type=int, default=sized(2, 1), help=f"number of seeds, from {FIRST_SEED} on"
    )
    seeds = range(FIRST_SEED, FIRST_SEED + parser.parse_args().seeds)
    with kept("reminder_parameters"):
        heading(f"Freezing, seeds {seeds[0]} to {seeds[-1]}", COLUMNS)
        for name, values in list(CHANGES.items())[: sized(None, 1)]:
            for value in values[: sized(None, 1)]:
                measured, predicted = scores({name: value}, seeds)
                of_model = " ".join(f"{mean:.2f}" for mean in predicted.mean(axis=0))
                row(COLUMNS, [name, f"{value:g}", *map(shown, measured.T), of_model])


if __name__ == "__main__":
    main()
