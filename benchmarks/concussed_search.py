"""Searches after a concussion: the numbers of their rate model that are measured in the circuit.

Up-states of ``retrograde-amnesia`` are recorded, on tuning seeds. An escape is the first spike of a
slot in an up-state, before any slot has ignited. Which escapes ignite gives how far below the
threshold half of them do, and how much surer they are with each mV; that as many slots ignite as
in the circuit gives the conductance of idle PV cells. Both depend on each other, and are found in
turn. A last table is the rate model alone, with each number of the protocol halved and doubled.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

import numpy as np
from scipy.optimize import brentq, minimize

import hippokv
from hippokv.analysis.recall.amnesia import amnesia_scores
from hippokv.analysis.recall.memory_search import (
    ESCAPING_PV_NS,
    HALF_IGNITE_MV,
    SURER_PER_MV,
    above_threshold_mV,
    searched,
)
from hippokv.arrays import Array
from hippokv.protocols.retrograde_amnesia import ages_of
from hippokv.protocols.running.experiment import prepare
from tables import heading, kept, options, row, sized, small

SEEDS = sized((1, 2, 3), (4,))
QUICK_FORM = sized(
    {},
    {
        "protocol.n_items": 6, "protocol.life_ms": 6000.0, "protocol.test_ms": 6000.0,
        "protocol.pause_ms": 2000.0, "protocol.delays_s": "0, 10",
        "circuit.rhythm.up_current_pA": 445.0, "circuit.recovery_tau_ms": 4000.0,
    },
)  # fmt: skip
COLUMNS = [("search", 10), ("up-states", 10), ("one ignites", 12), ("rate model", 11)]
NUMBERS = [("number", 62), ("measured", 9), ("in the rate model", 18)]
RECALLED = [
    ("number", 34), ("value", 8), ("before", 15), ("right after", 15), ("75 s", 15), ("300 s", 15)
]  # fmt: skip
#: Halved and doubled, where a search can be as long.
NUMBERS_CHANGED: Mapping[str, tuple[float, ...]] = {
    "protocol.concussion_mV": (3.0, 1.5, 6.0),
    "circuit.recovery_tau_ms": (75e3, 300e3),
    "circuit.search.strengthening": (0.01, 0.04),
    "circuit.search.most_excitable_mV": (1.375, 5.5),
    "circuit.search.fatigue_tau_ms": (10e3, 40e3),
    "circuit.search.fatigue_jump_mV": (0.1, 0.4),
    "protocol.life_ms": (30e3,),
}
DRAWS = sized(400, 2)
#: Spikes of each cell from which on a slot has ignited.
IGNITED = 1.0
#: How long after its end an up-state still fires, and the time between two samples, in ms.
TAIL_MS, EVERY_MS = 20.0, 25.0
#: Turns in which both are found.
TURNS = 5


class UpState(NamedTuple):
    """Hold an up-state: its search, its length, what slots had, its escapes, whether one ignited.

    An escape is its slot, its time in ms, and whether it ignited.
    """

    search: str
    length_ms: float
    lead_mV: Array
    escapes: Sequence[tuple[int, float, bool]]
    ignited: bool


def up_states(seed: int) -> tuple[list[UpState], Any]:
    """Return the up-states of all searches of a run, and the parameters of its circuit."""
    recorded = ["hippocampal.excitability", "hippocampal.fatigue", "hippocampal.lost"]
    given = small(QUICK_FORM, "searching_memory")
    slots = given.get("circuit.n_slots", 30)
    run = hippokv.run(
        "retrograde-amnesia",
        seed,
        {
            **given, "run.record": ", ".join([*recorded, "slow_rhythm.up"]),
            "run.record_every_ms": EVERY_MS, "run.record_cells": f"0:{20 * slots}",
        },
    )  # fmt: skip
    circuit = run.experiment.settings.circuit
    size = circuit.cells_per_slot
    cells, rhythm = (run.recording.traces[name] for name in ("hippocampal", "slow_rhythm"))
    time_ms = cells.time_s * 1e3
    excitability, fatigue, lost = (
        1e3 * cells.values[name.partition(".")[2]].reshape(len(time_ms), -1, size).mean(axis=2)
        for name in recorded
    )
    lead_mV = excitability - fatigue - lost
    up = rhythm.values["up"][:, 0] > 0.5
    # On average a state changed half of the time before its sample.
    starts = time_ms[1:][up[1:] & ~up[:-1]] - EVERY_MS / 2
    stops = time_ms[1:][~up[1:] & up[:-1]] - EVERY_MS / 2
    train = run.recording.spikes["hippocampal"]
    found = []
    for search in run.experiment.schedule.events("search"):
        for start in starts[(starts >= search.start_ms) & (starts < search.stop_ms)]:
            later = stops[stops > start]
            stop = min(float(later[0]) if len(later) else search.stop_ms, search.stop_ms)
            window = train.between(start, stop + TAIL_MS)
            slot, at_ms = train.cell[window] // size, train.time_s[window] * 1e3 - start
            spikes = np.bincount(slot, minlength=circuit.n_slots) / size
            first = {one: float(at_ms[slot == one].min()) for one in np.flatnonzero(spikes)}
            winners = [time for one, time in first.items() if spikes[one] >= IGNITED]
            until = min(winners, default=stop - start)
            escapes = [
                (int(one), time, bool(spikes[one] >= IGNITED))
                for one, time in first.items()
                if time <= until
            ]
            sample = max(int(np.searchsorted(time_ms, start)) - 1, 0)
            found.append(
                UpState(search.group, stop - start, lead_mV[sample], escapes, bool(winners))
            )
    return found, circuit


def voltage_mV(circuit: Any, idle_pv_nS: float) -> Array:
    """Return how far above its threshold a rested cell is, by ms, in and after an up-state."""
    above = above_threshold_mV(circuit, idle_pv_nS)
    return np.append(above, np.full(1000, above[-1]))


def sureness(circuit: Any, idle_pv_nS: float, states: list[UpState]) -> tuple[float, float]:
    """Return how far below the threshold half of the escapes ignite, and how odds grow with it."""
    above, later = voltage_mV(circuit, idle_pv_nS), round(circuit.search.recurrent_tau_ms)
    reached, ignited = np.array(
        [
            (above[int(time) + later] + state.lead_mV[slot], ignites)
            for state in states
            for slot, time, ignites in state.escapes
        ]
    ).T
    sign = 2 * ignited - 1

    def surprise(numbers: Array) -> float:
        half, surer = numbers
        return float(np.logaddexp(0.0, -sign * surer * (reached - half)).sum())

    half, surer = minimize(surprise, (HALF_IGNITE_MV, SURER_PER_MV), method="Nelder-Mead").x
    return float(half), float(surer)


def expected(
    circuit: Any, idle_pv_nS: float, half_mV: float, surer: float, states: list[UpState]
) -> Array:
    """Return the probability that a slot ignites in each up-state, shape (up-states,)."""
    above, later = voltage_mV(circuit, idle_pv_nS), round(circuit.search.recurrent_tau_ms)
    cell = circuit.hippocampal
    found = []
    for state in states:
        ms = np.arange(int(state.length_ms))[:, None]
        escape = np.exp(np.minimum((above[ms] + state.lead_mV) / cell.escape_width_mV, 8.0))
        ignites = 1 / (1 + np.exp(-surer * (above[ms + later] + state.lead_mV - half_mV)))
        hazard = circuit.cells_per_slot / cell.escape_tau_ms * escape * ignites
        found.append(-np.expm1(-hazard.sum()))
    return np.array(found)


def recalled(key: str, value: float) -> list[str]:
    """Return the parts of each age that the rate model recalls in four tests, as text."""
    experiment = prepare("retrograde-amnesia", {key: value})
    asked, settings = experiment.schedule, experiment.settings
    n_items = len(experiment.stimuli.keys)
    searches = [(one.start_ms, one.stop_ms) for one in asked.events("search")]
    stored_ms = np.array([one.start_ms for one in asked.events("store")])
    (blow,) = asked.events("concussion")
    drawn = searched(
        settings.circuit, np.arange(n_items), searches, n_items, np.random.default_rng(0), DRAWS,
        stored_ms, (blow.stop_ms, settings.protocol.concussion_mV), escapes_fail=True,
    )  # fmt: skip
    ages, tests = settings.protocol.ages, settings.protocol.tests
    found = amnesia_scores(drawn[:, -len(tests) :], ages_of(n_items, ages), tests)
    return [
        " ".join(f"{found[f'recalled_{test}_{age}']:.2f}" for age in range(1, ages + 1))
        for test in ("before", "0s", "75s", "300s")
    ]


def main() -> None:
    """Print all tables."""
    options(__doc__).parse_args()
    with kept("concussed_search"):
        runs = [up_states(seed) for seed in SEEDS]
        states, circuit = [state for found, _ in runs for state in found], runs[0][1]
        ignited = np.array([state.ignited for state in states])
        used = ESCAPING_PV_NS, HALF_IGNITE_MV, SURER_PER_MV
        heading(f"Up-states of searches, seeds {SEEDS[0]} to {SEEDS[-1]}", COLUMNS)
        chance = expected(circuit, *used, states)
        for search in dict.fromkeys(state.search for state in states):
            of = np.array([state.search == search for state in states])
            row(COLUMNS, [
                search, of.sum(), f"{ignited[of].mean():.3f}", f"{chance[of].mean():.3f}",
            ])  # fmt: skip
        idle = ESCAPING_PV_NS
        for _ in range(TURNS):
            half, surer = sureness(circuit, idle, states)

            def missing(idle_pv_nS: float, half: float = half, surer: float = surer) -> float:
                chance = expected(circuit, idle_pv_nS, half, surer, states)
                return float(chance.sum() - ignited.sum())

            if missing(3.0) * missing(9.0) < 0:
                idle = float(brentq(missing, 3.0, 9.0, xtol=1e-3))
        heading("Numbers of the rate model", NUMBERS)
        words = (
            "conductance of idle PV cells, nS",
            "voltage above threshold where half of the escapes ignite, mV",
            "growth of the logarithm of the odds with each mV",
        )
        for name, found, taken in zip(words, (idle, half, surer), used, strict=True):
            row(NUMBERS, [name, f"{found:.3f}", f"{taken:g}"])
        heading("Rate model, from the oldest to the most recent", RECALLED)
        for key, values in NUMBERS_CHANGED.items():
            for value in values:
                row(RECALLED, [key, f"{value:g}", *recalled(key, value)])


if __name__ == "__main__":
    main()
