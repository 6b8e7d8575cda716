"""Tested or studied again: the rate model of many networks, and what it takes from the circuit.

In the first table no circuit runs: slots are taken in turn by what has an instruction. The circuit
is in ``hippokv figure testing``. The second has how much of a fall of the threshold counts in the
competition, read from the spikes of all slots in steps of a cue, on tuning seeds.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
from scipy.optimize import minimize

import hippokv
from hippokv.analysis.recall.items import items_of
from hippokv.analysis.recall.practice import COUNTED, STEP_MS, practice_of
from hippokv.analysis.recall.rate_model import rate_model
from hippokv.analysis.recall.slot_choice import instructed
from hippokv.arrays import Array
from hippokv.circuits.schedule import on_off
from hippokv.circuits.slot_memory_parameters import calibration_of
from hippokv.protocols.parts.store_and_recall import learning_of
from hippokv.protocols.retrieval_practice import measure
from hippokv.protocols.running.experiment import prepare
from tables import heading, interval, kept, options, row, sized, small

FIRST_SEED, NETWORKS = 7170, sized(130, 2)
COLUMNS = [("score", 28), ("strengthening", 16), ("no strengthening", 16)]
NUMBERS = [("number", 44), ("measured", 9), ("in the rate model", 18)]
TUNING_SEEDS = sized((1, 2, 3), (1,))
QUICK_FORM = sized(
    {}, {"protocol.n_items": 4, "protocol.delays_d": "2", "protocol.lapse": 0.0}
)  # fmt: skip
#: Activity is counted from so long after a cue begins.
SETTLING_MS = 50.0
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


def steps_of_cues(
    seed: int, settings: Mapping[str, Any]
) -> tuple[list[tuple[Array, Array, Array]], float]:
    """Return matches, logits of each cell and spikes of the slots that hold something, by step.

    Beside them the inverse temperature by the calibration.
    """
    run = hippokv.run("retrieval-practice", seed, small(settings, "searching_memory"))
    circuit, schedule = run.experiment.settings.circuit, run.experiment.schedule
    search, size = circuit.search, circuit.cells_per_slot
    train, plateaus = run.recording.spikes["hippocampal"], run.arrays["plateaus"]
    items = items_of(schedule)
    holds = {int(slots.argmax()): item for item, slots in enumerate(plateaus) if slots.any()}
    full = np.array(sorted(holds))
    keys = np.array([on_off(items.keys[holds[slot]]) for slot in full])
    excitability = np.full((circuit.n_slots, size), np.nan)
    found, stored, asked = [], 0, 0

    def practise(start_ms: float, stop_ms: float) -> Array:
        spikes = train.counts(start_ms, stop_ms).reshape(excitability.shape)
        gained = 1 - (1 - search.cued_strengthening) ** spikes
        excitability[:] += gained * (search.most_excitable_mV - excitability)
        counts: Array = spikes.sum(axis=1).astype(float)
        return counts

    for event in schedule.events("store", "recall", "rest"):
        if event.kind == "store":
            excitability[plateaus[stored]] = 0.0
            stored += 1
        elif event.kind == "rest":
            practise(event.start_ms, event.stop_ms)
        else:
            matches = keys @ on_off(items.queries[asked])
            asked += 1
            for start in np.arange(event.start_ms, event.stop_ms, STEP_MS):
                logits = excitability[full] / circuit.hippocampal.escape_width_mV
                spikes = practise(start, min(start + STEP_MS, event.stop_ms))[full]
                known = ~np.isnan(logits[:, 0])
                if start - event.start_ms >= SETTLING_MS:
                    found.append((matches[known], logits[known], spikes[known]))
    given = float(np.abs(items.queries[-1]).sum())
    return found, calibration_of(circuit).beta(given)


def surprise(numbers: Array, steps: list[tuple[Array, Array, Array]]) -> float:
    """Return minus the logarithm of the likelihood of the spikes of slots."""
    beta, counts = numbers
    total = 0.0
    for matches, logits, spikes in steps:
        drive = 2 * beta * matches + np.log(np.exp(counts * logits).mean(axis=1))
        drive -= drive.max()
        total -= float(spikes @ (drive - np.log(np.exp(drive).sum())))
    return total


def main() -> None:
    """Print both tables."""
    options(__doc__).parse_args()
    seeds = range(FIRST_SEED, FIRST_SEED + NETWORKS)
    with kept("retrieval_practice"):
        heading(f"Parts of the items, rate model, seeds {seeds[0]} to {seeds[-1]}", COLUMNS)
        both = [[scores(seed, settings) for seed in seeds] for settings in ({}, WITHOUT)]
        for name in both[0][0]:
            row(COLUMNS, [name, *(interval([one[name] for one in found]) for found in both)])
        each = [steps_of_cues(seed, QUICK_FORM) for seed in TUNING_SEEDS]
        steps = [step for found, _ in each for step in found]
        fitted = minimize(surprise, (each[0][1], 1.0), args=(steps,), method="Nelder-Mead").x
        heading(f"In cues of the circuit, seeds {TUNING_SEEDS[0]} to {TUNING_SEEDS[-1]}", NUMBERS)
        words = ("inverse temperature", "part of a fall of the threshold that counts")
        for name, measured, used in zip(words, fitted, (each[0][1], COUNTED), strict=True):
            row(NUMBERS, [name, f"{measured:.3f}", f"{used:.3f}"])


if __name__ == "__main__":
    main()
