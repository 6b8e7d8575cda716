"""Searches after a concussion: in which up-states a slot ignites, in circuit and rate model.

Up-states of ``retrograde-amnesia`` are recorded, on tuning seeds. The rate model is told what each
slot has of excitability and fatigue in each of them, and says how likely one ignites. What PV cells
without input make is recorded in up-states in which no cell fires. A last table is the rate model
alone, with each number of the protocol halved and doubled.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, NamedTuple

import numpy as np

import hippokv
from hippokv.analysis.recall.amnesia import amnesia_scores
from hippokv.analysis.recall.ignition import idle
from hippokv.analysis.recall.memory_search import race_of, searched
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
COLUMNS = [
    ("search", 10), ("up-states", 10), ("one ignites", 12), ("rate model", 11),
    ("lead of it, mV", 15), ("rate model", 11),
]  # fmt: skip
NUMBERS = [("conductance of idle PV cells", 29), ("recorded", 9), ("in the rate model", 18)]
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
#: From when on in an up-state PV cells have forgotten what was before it, in ms.
FORGOTTEN_MS = 150.0
#: How often each up-state is drawn.
RACES = sized(100, 2)


class UpState(NamedTuple):
    """Hold an up-state: its search, its length, what slots had, the slot that ignited, idle PV."""

    search: str
    length_ms: float
    lead_mV: Array
    ignited: int
    pv_nS: Array


def up_states(seed: int) -> tuple[list[UpState], Any]:
    """Return the up-states of all searches of a run, and the parameters of its circuit."""
    recorded = ["hippocampal.excitability", "hippocampal.fatigue", "hippocampal.lost"]
    inhibited = "hippocampal.pv"
    given = small(QUICK_FORM, "searching_memory")
    slots = given.get("circuit.n_slots", 30)
    run = hippokv.run(
        "retrograde-amnesia",
        seed,
        {
            **given, "run.record": ", ".join([*recorded, inhibited, "slow_rhythm.up"]),
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
    pv_nS = 1e9 * cells.values["pv"].mean(axis=1)
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
            first = {one: at_ms[slot == one].min() for one in np.flatnonzero(spikes >= IGNITED)}
            winner = int(min(first, key=lambda one: first[one], default=-1))
            sample = max(int(np.searchsorted(time_ms, start)) - 1, 0)
            silent = (time_ms > start + FORGOTTEN_MS) & (time_ms < stop) & (not len(slot))
            found.append(
                UpState(search.group, stop - start, lead_mV[sample], winner, pv_nS[silent])
            )
    return found, circuit


def expected(circuit: Any, states: list[UpState]) -> Array:
    """Return how likely a slot ignites in each up-state, and its lead, shape (2, up-states)."""
    race, stream = race_of(circuit), np.random.default_rng(0)
    rested = (circuit.rhythm.shortest_down_ms + circuit.rhythm.longest_down_ms) / 2
    found = []
    for state in states:
        slots, _ = race.winners(
            np.tile(state.lead_mV, (RACES, 1)), np.full(RACES, state.length_ms),
            np.full(RACES, rested), stream,
        )  # fmt: skip
        ignites = slots >= 0
        found.append((ignites.mean(), state.lead_mV[slots[ignites]].sum() / RACES))
    return np.array(found).T


def mean_text(sums: Array, weights: Array) -> str:
    """Return what sums are for each unit of weight, as text."""
    return f"{sums.sum() / weights.sum():.3f}" if weights.sum() else "none"


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
        stored_ms, (blow.stop_ms, settings.protocol.concussion_mV),
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
        leads = np.array([state.lead_mV[state.ignited] for state in states])
        ignited = np.array([state.ignited >= 0 for state in states])
        heading(f"Up-states of searches, seeds {SEEDS[0]} to {SEEDS[-1]}", COLUMNS)
        chance, chance_lead = expected(circuit, states)
        for search in dict.fromkeys(state.search for state in states):
            of = np.array([state.search == search for state in states])
            row(COLUMNS, [
                search, of.sum(), f"{ignited[of].mean():.3f}", f"{chance[of].mean():.3f}",
                mean_text(leads[of & ignited], np.ones((of & ignited).sum())),
                mean_text(chance_lead[of], chance[of]),
            ])  # fmt: skip
        recorded, model = np.concatenate([state.pv_nS for state in states]), idle(circuit)
        heading("Numbers of the rate model", NUMBERS)
        for name, found, taken in (
            ("mean, nS", np.mean, model.mean_nS),
            ("deviation, nS", np.std, model.deviation_nS),
        ):
            value = f"{found(recorded):.2f}" if len(recorded) else "none"
            row(NUMBERS, [name, value, f"{taken:.2f}"])
        heading("Rate model, from the oldest to the most recent", RECALLED)
        for key, values in NUMBERS_CHANGED.items():
            for value in values:
                row(RECALLED, [key, f"{value:g}", *recalled(key, value)])


if __name__ == "__main__":
    main()
