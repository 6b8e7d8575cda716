"""Tested or studied again: the rate model of many networks, with strengthening and without.

No circuit runs: slots are taken in turn by what has an instruction. The circuit is in
``hippokv figure testing``.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from hippokv.analysis.recall.items import items_of
from hippokv.analysis.recall.practice import practice_of
from hippokv.analysis.recall.rate_model import rate_model
from hippokv.analysis.recall.slot_choice import instructed
from hippokv.circuits.slot_memory_parameters import calibration_of
from hippokv.protocols.parts.store_and_recall import learning_of
from hippokv.protocols.retrieval_practice import measure
from hippokv.protocols.running.experiment import prepare
from tables import heading, interval, kept, options, row, sized

FIRST_SEED, NETWORKS = 7170, sized(130, 2)
COLUMNS = [("score", 28), ("strengthening", 16), ("no strengthening", 16)]
WITHOUT = {"circuit.search.cued_strengthening": 0.0}


def scores(seed: int, settings: Mapping[str, Any]) -> dict[str, float]:
    """Return the scores of the rate model of a network."""
    experiment = prepare("retrieval-practice", {**settings, "run.seed": seed})
    circuit, schedule = experiment.settings.circuit, experiment.schedule
    calibration = calibration_of(circuit)
    called = instructed(schedule)
    taken = np.zeros((len(called), circuit.n_slots), dtype=bool)
    taken[called, np.arange(called.sum())] = True
    found = rate_model(
        schedule, circuit.n_slots, calibration.beta, plateaus=taken, plateau_writes=True,
        learning=learning_of(experiment.circuit), answer=calibration.answer,
        practice=practice_of(circuit),
    )  # fmt: skip
    return measure(found, found, items_of(schedule))


def main() -> None:
    """Print the table."""
    options(__doc__).parse_args()
    seeds = range(FIRST_SEED, FIRST_SEED + NETWORKS)
    with kept("retrieval_practice"):
        heading(f"Parts of the items, rate model, seeds {seeds[0]} to {seeds[-1]}", COLUMNS)
        both = [[scores(seed, settings) for seed in seeds] for settings in ({}, WITHOUT)]
        for name in both[0][0]:
            row(COLUMNS, [name, *(interval([one[name] for one in found]) for found in both)])


if __name__ == "__main__":
    main()
