"""Consolidation: how much of the gradient of amnesia is left at half and at twice five parameters.

The lives, their controls and the figure are ``hippokv figure consolidation``.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

import hippokv
from hippokv.arrays import Array
from tables import heading, interval, kept, options, row, sized, small

CIRCUIT = "consolidating_memory"

FIRST_SEED = 6810
COLUMNS = [
    ("parameter", 46), ("value", 8), ("lesioned 1 d", 15), ("7 d", 15), ("14 d", 15), ("28 d", 15),
    ("rate model", 26), ("intact, least", 14),
]  # fmt: skip
#: What is halved and doubled, and its default.
PARAMETERS: Mapping[str, float] = {
    "protocol.night_ms": 12_000.0,
    "circuit.cortical_value_rule.learning_rate": 0.005,
    "circuit.vigilance": 1.0,
    "circuit.cortical_value_pA": 150.0,
    "circuit.cortical_key_rule.learning_rate": 0.1,
}
AGES = sized((1, 7, 14, 28), (1, 2))
#: Settings of all lives; those of the quick form are over in seconds.
LIFE: Mapping[str, Any] = {
    "protocol.n_new": 0,
    **sized({}, {"protocol.ages_d": "1, 2", "protocol.n_items": 4}),
}


def scores(settings: Mapping[str, Any], seeds: range) -> tuple[Array, Array, float]:
    """Return lesioned recall by seed and age, that of the rate model, and the least intact."""
    lesioned, predicted, intact = [], [], []
    for seed in seeds:
        found = hippokv.run("consolidation", seed, small({**LIFE, **settings}, CIRCUIT))
        for kept_scores, of in ((lesioned, found.metrics), (predicted, found.predicted_metrics)):
            kept_scores.append([of[f"accuracy_lesioned_{age}d"] for age in AGES])
        intact.append([found.metrics[f"accuracy_intact_{age}d"] for age in AGES])
    return np.array(lesioned), np.array(predicted), float(np.mean(intact, axis=0).min())


def shown(values: Array) -> str:
    """Write a mean, with its interval where there are several seeds."""
    return interval(values) if len(values) > 1 else f"{values[0]:.3f}"


def main() -> None:
    """Print the table."""
    parser = options(__doc__)
    parser.add_argument(
        "--seeds", type=int, default=2, help=f"number of seeds, from {FIRST_SEED} on"
    )
    seeds = range(FIRST_SEED, FIRST_SEED + parser.parse_args().seeds)
    with kept("consolidation_parameters"):
        heading(
            f"Bits right with silent hippocampal cells, seeds {seeds[0]} to {seeds[-1]}", COLUMNS
        )
        for name, default in list(PARAMETERS.items())[: sized(None, 1)]:
            for factor in (0.5, 2.0):
                value = factor * sized(default, min(default, 1000.0))
                lesioned, predicted, intact = scores({name: value}, seeds)
                ages = [shown(lesioned[:, age]) for age in range(len(AGES))]
                ages += [""] * (4 - len(ages))
                rate = " ".join(f"{mean:.3f}" for mean in predicted.mean(axis=0))
                row(COLUMNS, [name, f"{value:g}", *ages, rate, f"{intact:.3f}"])


if __name__ == "__main__":
    main()
