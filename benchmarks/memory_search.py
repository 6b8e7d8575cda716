"""A search of memory: the numbers of its rate model that are measured in the circuit.

Up-states are recorded, on tuning seeds; which slots ignite, when, and how long their bursts are, is
read from spikes.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, NamedTuple

import numpy as np
from scipy.optimize import minimize

import hippokv
from hippokv.analysis.recall.memory_search import (
    FIRST_SPIKES,
    RATE_PER_MV,
    SPIKES_PER_MS,
    burst,
)
from hippokv.arrays import Array
from hippokv.circuits.searching_memory_parameters import SearchingMemoryParameters
from tables import heading, kept, options, row, sized, small

COLUMNS = [
    ("condition", 28), ("up-states", 10), ("one ignites", 12), ("several", 8), ("spikes", 8),
    ("rate model", 11),
]  # fmt: skip
NUMBERS = [("number", 44), ("measured", 9), ("in the rate model", 18)]
CONDITIONS: Mapping[str, Mapping[str, Any]] = {
    "defaults": {},
    "no strengthening": {"circuit.search.strengthening": 0.0},
    "neither it nor fatigue": {
        "circuit.search.strengthening": 0.0, "circuit.search.fatigue_jump_mV": 0.0,
    },
}  # fmt: skip
QUICK_FORM = sized(
    {},
    {
        "protocol.n_items": 4, "protocol.test_ms": 5000.0, "protocol.tests": 2,
        "protocol.pause_ms": 5000.0,
    },
)  # fmt: skip
SEEDS = sized((3, 4, 5), (3,))
#: Spikes of each cell from which on a slot has ignited, and the number of its spikes that is when.
IGNITED, WHEN = 1.0, 5
#: How long after the first escape that is, in ms.
LATER_MS = 8.0
#: How long an up-state still fires after its end, in ms.
TAIL_MS = 20.0


class UpState(NamedTuple):
    """Hold an up-state: its length, its slot, what that had, and what of both it began with."""

    length_ms: float
    ignited: tuple[int, ...]
    at_ms: float
    spikes: float
    excitability: Array
    fatigue: Array


def up_states(seed: int, settings: Mapping[str, Any]) -> tuple[list[UpState], Any]:
    """Return the up-states of all searches of a run, and the parameters of its circuit."""
    given = {"run.record": "slow_rhythm.up", "run.record_every_ms": 5.0, **QUICK_FORM, **settings}
    run = hippokv.run("hypermnesia", seed, small(given, "searching_memory"))
    circuit: SearchingMemoryParameters = run.experiment.settings.circuit
    search, size = circuit.search, circuit.cells_per_slot
    trace = run.recording.traces["slow_rhythm"]
    up, time_ms = trace.values["up"][:, 0] > 0.5, trace.time_s * 1e3
    train = run.recording.spikes["hippocampal"]
    full = np.arange(circuit.n_slots) < len(run.experiment.stimuli.keys)
    excitability = np.where(full, 0.0, -search.naive_mV)
    fatigue = np.zeros(circuit.n_slots)
    found, since = [], 0.0
    starts = time_ms[1:][up[1:] & ~up[:-1]]
    stops = time_ms[1:][~up[1:] & up[:-1]]
    for start in starts:
        stop = float(stops[stops > start][0]) if (stops > start).any() else float(time_ms[-1])
        fatigue = fatigue * np.exp(-(start - since) / search.fatigue_tau_ms)
        since = start
        window = train.between(start, stop + TAIL_MS)
        slot, at_ms = train.cell[window] // size, train.time_s[window] * 1e3 - start
        spikes = np.bincount(slot, minlength=circuit.n_slots) / size
        ignited = np.flatnonzero(spikes >= IGNITED)
        first = {one: float(np.sort(at_ms[slot == one])[:WHEN][-1]) for one in ignited}
        winner = min(first, key=lambda one: first[one], default=-1)
        found.append(
            UpState(
                stop - start, tuple(ignited), max(first.get(winner, 0.0) - LATER_MS, 0.0),
                float(spikes[winner]) if first else 0.0, excitability, fatigue,
            )
        )  # fmt: skip
        # Only what holds something is practised.
        gained = (1 - (1 - search.strengthening) ** spikes) * full
        excitability = excitability + gained * (search.most_excitable_mV - excitability)
        fatigue = fatigue + search.fatigue_jump_mV * spikes
    return found, circuit


def modelled(numbers: tuple[float, float, float], states: list[UpState], circuit: Any) -> Array:
    """Return the spikes of the bursts of up-states in which one slot ignites."""
    single = [state for state in states if len(state.ignited) == 1]
    slots = [state.ignited[0] for state in single]
    excitability, fatigue = (
        np.array([values[slot] for values, slot in zip(each, slots, strict=True)])
        for each in ([s.excitability for s in single], [s.fatigue for s in single])
    )
    left_ms = np.array([state.length_ms - state.at_ms for state in single])
    # Slots that hold nothing begin below 0.
    spikes, _, _ = burst(circuit.search, excitability, fatigue, excitability >= 0, left_ms, numbers)
    return spikes


def measured(states: list[UpState]) -> Array:
    """Return the spikes of each cell in the same bursts."""
    return np.array([state.spikes for state in states if len(state.ignited) == 1])


def main() -> None:
    """Print both tables."""
    options(__doc__).parse_args()
    used = (FIRST_SPIKES, SPIKES_PER_MS, RATE_PER_MV)
    runs: list[tuple[list[UpState], Any]] = []
    with kept("memory_search"):
        heading(f"Up-states of searches, seeds {SEEDS[0]} to {SEEDS[-1]}", COLUMNS)
        for name, settings in CONDITIONS.items():
            these = [up_states(seed, settings) for seed in SEEDS]
            runs += these
            states = [state for found, _ in these for state in found]
            ignited = np.array([len(state.ignited) for state in states])
            expected = np.concatenate([modelled(used, *one) for one in these])
            row(COLUMNS, [
                name, len(states), f"{(ignited == 1).mean():.3f}", f"{(ignited > 1).mean():.3f}",
                f"{measured(states).mean():.2f}", f"{expected.mean():.2f}",
            ])  # fmt: skip

        def error(numbers: Array) -> float:
            apart = [modelled(tuple(numbers), *one) - measured(one[0]) for one in runs]
            return float((np.concatenate(apart) ** 2).mean())

        fitted = minimize(error, used, method="Nelder-Mead", options={"maxiter": 100}).x
        heading("Numbers of the rate model", NUMBERS)
        words = (
            "first spikes of a burst", "spikes for each ms",
            "growth of that rate with each mV",
        )  # fmt: skip
        for name, found, taken in zip(words, fitted, used, strict=True):
            row(NUMBERS, [name, f"{found:.3f}", f"{taken:g}"])


if __name__ == "__main__":
    main()
