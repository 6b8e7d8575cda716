"""Consolidation: the gradient of amnesia at half and at twice five parameters, and what gist needs.

The lives, their controls and the figures are ``hippokv figure consolidation`` and ``gist``.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

import hippokv
from hippokv.arrays import Array
from hippokv.protocols.consolidation import CATEGORY, SPECIFIC
from hippokv.protocols.papers.gist_of_categories import GROUPS
from hippokv.protocols.papers.gist_of_categories import LIFE as OF_CATEGORIES
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
FIRST_SEED_OF_GIST = 7900
GIST_COLUMNS = [
    ("setting", 40), ("bits", 9), ("lesioned 1 d", 15), ("7 d", 15), ("14 d", 15), ("28 d", 15),
    ("rate model", 26), ("difference, last", 16),
]  # fmt: skip
#: What differs from the life with few groups, one at a time.
WITHOUT: Mapping[str, Mapping[str, Any]] = {
    "groups heard by value cells at night": {"circuit.offline_value_suppression": 0.0},
    "cortical keys learn by .1": {"circuit.cortical_key_rule.learning_rate": 0.1},
    "vigilance 1": {"circuit.vigilance": 1.0},
    "nights awake": {"protocol.nights": "awake"},
}
AGES = sized((1, 7, 14, 28), (1, 2))
#: Settings of all lives; those of the quick form are over in seconds.
LIFE: Mapping[str, Any] = {
    "protocol.n_new": 0,
    **sized({}, {"protocol.ages_d": "1, 2", "protocol.n_items": 4}),
}
#: The quick form shares the circuit that other scripts compile.
IN_QUICK_FORM: Mapping[str, Any] = sized(
    {}, {**LIFE, "protocol.n_categories": 2, "circuit.offline_value_suppression": 0.0}
)


def scores(settings: Mapping[str, Any], seeds: range) -> tuple[Array, Array, float]:
    """Return lesioned recall by seed and age, that of the rate model, and the least intact."""
    lesioned, predicted, intact = [], [], []
    for seed in seeds:
        found = hippokv.run("consolidation", seed, small({**LIFE, **settings}, CIRCUIT))
        for kept_scores, of in ((lesioned, found.metrics), (predicted, found.predicted_metrics)):
            kept_scores.append([of[f"accuracy_lesioned_{age}d"] for age in AGES])
        intact.append([found.metrics[f"accuracy_intact_{age}d"] for age in AGES])
    return np.array(lesioned), np.array(predicted), float(np.mean(intact, axis=0).min())


def gist_rows(name: str, settings: Mapping[str, Any], seeds: range) -> None:
    """Print what items of a category share and what is their own, with silent hippocampal cells."""
    life = {**OF_CATEGORIES, **settings, **IN_QUICK_FORM}
    runs = [hippokv.run("consolidation", seed, small(life, CIRCUIT)) for seed in seeds]
    for start, words in ((CATEGORY, "shared"), (SPECIFIC, "own")):
        names = [f"{start}lesioned_{age}d" for age in AGES]
        found, rate = (
            np.array([[scores[one] for one in names] for scores in of])
            for of in ([r.metrics for r in runs], [r.predicted_metrics for r in runs])
        )
        ages = [shown(found[:, age]) for age in range(len(AGES))]
        ages += [""] * (4 - len(ages))
        predicted = " ".join(f"{mean:.3f}" for mean in rate.mean(axis=0))
        row(GIST_COLUMNS, [name, words, *ages, predicted, shown((found - rate)[:, -1])])


def shown(values: Array) -> str:
    """Write a mean, with its interval where there are several seeds."""
    return interval(values) if len(values) > 1 else f"{values[0]:.3f}"


def gist_table(seeds: range) -> None:
    """Print the table of gist."""
    few = GROUPS["gist"][1]
    with kept("consolidation_gist"):
        heading(
            f"Bits right with silent hippocampal cells, seeds {seeds[0]} to {seeds[-1]}",
            GIST_COLUMNS,
        )
        for words, settings in list(GROUPS.values())[: sized(None, 1)]:
            gist_rows(words, settings, seeds)
        for name, settings in list(WITHOUT.items())[: sized(None, 1)]:
            gist_rows(name, {**few, **settings}, seeds)


def main() -> None:
    """Print the tables."""
    parser = options(__doc__)
    parser.add_argument(
        "--seeds", type=int, default=sized(2, 1), help=f"number of seeds, from {FIRST_SEED} on"
    )
    parser.add_argument(
        "--gist", type=int, default=sized(2, 1),
        help=f"number of seeds with categories, from {FIRST_SEED_OF_GIST} on",
    )  # fmt: skip
    given = parser.parse_args()
    seeds = range(FIRST_SEED, FIRST_SEED + given.seeds)
    of_gist = range(FIRST_SEED_OF_GIST, FIRST_SEED_OF_GIST + given.gist)
    if of_gist:
        gist_table(of_gist)
    if not seeds:
        return
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
