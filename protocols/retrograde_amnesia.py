"""Store items at different times, concuss the hippocampus, and search memory as it recovers.

Run it with ``hippokv run retrograde-amnesia`` or
``python -m hippokv.protocols.retrograde_amnesia``.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from hippokv.analysis.recall.amnesia import (
    GAINED,
    GRADIENT,
    LOST,
    RECALLED,
    amnesia_scores,
)
from hippokv.circuits.cells.concussion import CONCUSSION
from hippokv.circuits.cells.offline_states import OFFLINE
from hippokv.circuits.circuit import Circuit
from hippokv.circuits.recording import Recording
from hippokv.circuits.schedule import SCHEDULE_STEP_MS, Epoch, Schedule
from hippokv.errors import InputError
from hippokv.parameter import parameter, redeclared

from .hypermnesia import HypermnesiaParameters
from .parts.searching import MEANINGS as SPIKE_MEANINGS
from .parts.searching import SEARCH, Searched, searches_evaluated
from .parts.store_and_recall import drawn_items, items_about, without_slots
from .parts.storing import StorageParameters, duration, idle_epochs, store_epochs
from .running.evaluation import Evaluation
from .running.protocol import Experiment, Protocol, Result, once
from .running.stimuli import Stimuli

if TYPE_CHECKING:
    from hippokv.analysis.figures.report import Picture

#: Names of the tests: before the concussion, and so many seconds after it.
BEFORE, SECONDS = "before", "s"
DELAYS_KEY = "protocol.delays_s"
MOST_AGES, LONGEST_S = 9, 3600.0
#: How far from the grid of the schedule a time may be, as 0.07 s is not 70 ms in binary numbers.
TOLERANCE_MS = 1e-6
#: Retrieval strengthens by less than in hypermnesia, so that a life of many retrievals does not
#: make all items alike after one; what came waits longer, so that all have come before the
#: concussion; up-states are as strong as in sleep.
CIRCUIT: dict[str, Any] = {
    "n_slots": 30,
    "concussible": True,
    "rhythm.up_current_pA": 440.0,
    "search.strengthening": 0.02,
    "search.most_excitable_mV": 2.75,
    "search.fatigue_tau_ms": 20_000.0,
}


@dataclass(frozen=True)
class RetrogradeAmnesiaParameters(StorageParameters):
    """Hold the settings of a concussion and of what comes back after it."""

    n_items: int = redeclared(
        StorageParameters, "n_items", 30, chosen="ten of each age, one in each slot"
    )
    own_values: bool = redeclared(HypermnesiaParameters, "own_values")
    ages: int = parameter(
        3,
        "number of ages: so many lists of items are stored, with a time of searches after each but "
        "the last",
        chosen="old, neither, recent",
        low=2,
        high=MOST_AGES,
    )
    life_ms: float = duration(
        60_000.0,
        "length of the search between two ages; it stands for months or years of retrieval",
        chosen="some 100 up-states: most items of the list come several times",
        shortest=1000.0,
    )
    test_ms: float = duration(
        30_000.0,
        "length of the search that is a test",
        chosen="some 50 up-states, more than there are items, and a fifth of the recovery",
        shortest=1000.0,
    )
    pause_ms: float = duration(
        60_000.0,
        "rest after each search up to the concussion",
        chosen="three time constants of fatigue",
    )
    concussion_mV: float = parameter(
        3.0,
        "by how much the concussion raises the threshold of all hippocampal cells alike",
        chosen="six times the softness of the threshold; by hand",
        low=0.0,
        high=20.0,
    )
    delays_s: str = parameter(
        "0, 75, 150, 300",
        "seconds from the concussion to the begin of each test after it",
        chosen="0, a half, one and two time constants of the recovery",
    )

    @property
    def delays(self) -> list[float]:
        """Seconds from the concussion to the begin of each test after it.

        Raises
        ------
        InputError
            For what is no list of such numbers, or where a test begins before another is over.
        """
        try:
            found = [float(word) for word in self.delays_s.split(",")]
        except ValueError:
            found = []
        known = bool(found) and all(0 <= one <= LONGEST_S for one in found)
        if not known or any(abs(1e3 * one - _on_grid_ms(one)) > TOLERANCE_MS for one in found):
            raise InputError(
                DELAYS_KEY, self.delays_s[:60],
                f"must be numbers of seconds from 0 to {LONGEST_S:g} with commas between them, "
                f"multiples of {SCHEDULE_STEP_MS / 1e3:g}",
            )  # fmt: skip
        starts_ms = [_on_grid_ms(one) for one in found]
        if any(now - last < self.test_ms for last, now in pairwise(starts_ms)):
            raise InputError(
                DELAYS_KEY, self.delays_s[:60],
                f"must be in order and at least protocol.test_ms apart, {self.test_ms / 1e3:g} s",
            )  # fmt: skip
        return found

    @property
    def tests(self) -> list[str]:
        """Names of the tests."""
        return [BEFORE, *(f"{delay:g}{SECONDS}" for delay in self.delays)]


def _on_grid_ms(time_s: float) -> float:
    """Return the nearest time on the grid of the schedule, in ms."""
    return round(1e3 * time_s / SCHEDULE_STEP_MS) * SCHEDULE_STEP_MS


def ages_of(n_items: int, ages: int) -> NDArray[np.int64]:
    """Return the age of each item, 1 for the oldest, shape (T,)."""
    return np.arange(n_items) * ages // max(n_items, 1) + 1


def schedule(
    stimuli: Stimuli, parameters: RetrogradeAmnesiaParameters, circuit: Circuit, seed: int
) -> Schedule:
    """Return the schedule: lists with searches between, a test, the concussion, and tests after it.

    Raises
    ------
    InputError
        Where items do not fit into the slots, or are fewer than the ages.
    """
    n_items, n_slots = len(stimuli.keys), circuit.ensembles["hippocampal"]
    if not parameters.ages <= n_items <= n_slots:
        raise InputError(
            "protocol.n_items", n_items,
            f"must be from protocol.ages, {parameters.ages}, to circuit.n_slots, {n_slots}: what "
            "is overwritten does not come back",
        )  # fmt: skip
    ages = ages_of(n_items, parameters.ages)

    def search(name: str, lasting_ms: float) -> Epoch:
        return Epoch(f"{SEARCH}:{name}", lasting_ms, drive={OFFLINE: 1.0})

    rest = Epoch("rest", parameters.pause_ms)
    epochs = [*idle_epochs(stimuli, parameters), Epoch("rest", parameters.settling_ms)]
    for age in range(1, parameters.ages + 1):
        for item in np.flatnonzero(ages == age):
            epochs += store_epochs(int(item), stimuli.keys[item], stimuli.values[item], parameters)
        if age < parameters.ages:
            epochs += [search(f"life {age}", parameters.life_ms), rest]
    epochs += [search(BEFORE, parameters.test_ms), rest]
    epochs.append(Epoch(CONCUSSION, SCHEDULE_STEP_MS, drive={CONCUSSION: parameters.concussion_mV}))
    now_ms = 0.0
    for delay, name in zip(parameters.delays, parameters.tests[1:], strict=True):
        start_ms = _on_grid_ms(delay)
        if start_ms > now_ms:
            epochs.append(Epoch("rest", start_ms - now_ms))
        epochs.append(search(name, parameters.test_ms))
        now_ms = start_ms + parameters.test_ms
    epochs.append(Epoch("rest", parameters.settling_ms))
    return Schedule(tuple(epochs), circuit.widths)


def evaluate(experiment: Experiment, recording: Recording) -> Evaluation[Searched]:
    """Score what the answers of the tests name by age, beside the rate model."""
    parameters: RetrogradeAmnesiaParameters = experiment.settings.protocol
    ages = ages_of(len(experiment.stimuli.keys), parameters.ages)
    tests = parameters.tests
    (concussion,) = experiment.schedule.events(CONCUSSION)

    def scores(counts: NDArray[np.int64]) -> dict[str, float]:
        return amnesia_scores(counts[..., -len(tests) :, :], ages, tests)

    return searches_evaluated(
        experiment, recording, scores, (concussion.stop_ms, parameters.concussion_mV)
    )


def without_concussion(circuit: Circuit) -> str:
    """Say what a circuit must be whose excitability a schedule cannot lower."""
    if CONCUSSION not in circuit.widths:
        return "must be a circuit with the channel concussion: give circuit.concussible = true"
    return without_slots(circuit)


def pictures(result: Result[Searched]) -> list[Picture]:
    """Draw what came to mind in each test, and the spikes."""
    from hippokv.analysis.figures.report import drawn
    from hippokv.analysis.figures.retrograde_amnesia import CAPTION, amnesia_figure

    from .pictures.spikes import spikes_picture

    found, predicted = (
        {name: (score, float("nan")) for name, score in scores.items()}
        for scores in (result.metrics, result.predicted_metrics)
    )
    return [
        drawn("retrograde-amnesia", CAPTION, amnesia_figure, found, predicted),
        spikes_picture(result),
    ]


OF_AN_AGE = "of the items of an age (the last number; 1 is the oldest)"
MEANINGS = {
    f"{RECALLED}_": f"part {OF_AN_AGE} that are named before the concussion, or in the test that "
    "begins so many seconds after it",
    f"{GAINED}_": f"part {OF_AN_AGE} that this test names and the one before it does not",
    f"{LOST}_": f"part {OF_AN_AGE} that the test before this one names and this one does not",
    f"{GRADIENT}_": "part of the oldest items that this test names, less that of the most recent",
    **SPIKE_MEANINGS,
}

PROTOCOL = Protocol(
    name="retrograde-amnesia",
    summary="concuss the hippocampus: recent memories are lost, and old ones come back first",
    description=(
        "Lists of items are stored with a time of searches between, in which what comes to mind "
        "by itself becomes more excitable: what is older has had more of them. All hippocampal "
        "cells alike then lose excitability, which comes back with time. Measured: the part of "
        "the items of each age that a search names before the concussion, right after it and "
        "later, and what is gained and lost from one to the next. With protocol.concussion_mV=0 "
        "there is no concussion, and with circuit.search.strengthening=0 nothing tells an old "
        "item from a recent one, in the same compiled circuit."
    ),
    parameters=RetrogradeAmnesiaParameters,
    schedule=schedule,
    perform=once(evaluate),
    pictures=pictures,
    draw=drawn_items,
    about=items_about,
    default_circuit="searching_memory",
    circuit=CIRCUIT,
    run={"dt_ms": 0.5},
    populations=("entorhinal", "hippocampal", "cortical"),
    projections=("keys", "values"),
    circuit_parameters=("n_inputs", "n_slots", "n_outputs", "cells_per_slot", "rhythm", "search"),
    unfit=without_concussion,
    meanings=MEANINGS,
)

if __name__ == "__main__":
    from hippokv.command_line import run_protocol

    run_protocol(PROTOCOL.name)
