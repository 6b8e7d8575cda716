"""Search memory again and again without a cue: what comes back, and what is lost.

Run it with ``hippokv run hypermnesia`` or ``python -m hippokv.protocols.hypermnesia``.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from hippokv.analysis.recall.free_recall import free_recall_scores
from hippokv.circuits.cells.offline_states import OFFLINE
from hippokv.circuits.circuit import Circuit
from hippokv.circuits.recording import Recording
from hippokv.circuits.schedule import Epoch, Schedule
from hippokv.errors import InputError
from hippokv.parameter import parameter, redeclared

from .parts.searching import MEANINGS as SPIKE_MEANINGS
from .parts.searching import SEARCH, Searched, searches_evaluated
from .parts.store_and_recall import drawn_items, items_about, without_slots
from .parts.storing import StorageParameters, duration, storage_epochs
from .running.evaluation import Evaluation
from .running.protocol import Experiment, Protocol, Result, once
from .running.stimuli import Stimuli

if TYPE_CHECKING:
    from hippokv.analysis.figures.report import Picture

#: Numbers of searches.
TESTS = range(1, 21)


@dataclass(frozen=True)
class HypermnesiaParameters(StorageParameters):
    """Hold the settings of repeated free recall."""

    n_items: int = redeclared(
        StorageParameters, "n_items", 40, chosen="one in each slot: a list and nothing else"
    )
    own_values: bool = redeclared(
        StorageParameters, "own_values", True, chosen="content, which no cue gives"
    )
    tests: int = parameter(
        3,
        "number of searches, one after the other, each a test of free recall",
        source="Erdelyi & Becker 1974: three",
        low=TESTS[0],
        high=TESTS[-1],
    )
    test_ms: float = duration(
        20_000.0,
        "length of a search; it stands for some minutes",
        chosen="33 up-states, so that less than half of the list comes back in the first test",
        shortest=1000.0,
    )
    pause_ms: float = duration(
        30_000.0, "rest between two searches", chosen="fatigue falls to a fortieth"
    )


def schedule(
    stimuli: Stimuli, parameters: HypermnesiaParameters, circuit: Circuit, seed: int
) -> Schedule:
    """Return the schedule: all items are stored, then memory is searched several times.

    In a search the schedule says nothing but that there is one.

    Raises
    ------
    InputError
        Where items do not fit into the slots.
    """
    n_items, n_slots = len(stimuli.keys), circuit.ensembles["hippocampal"]
    if n_items > n_slots:
        raise InputError(
            "protocol.n_items", n_items,
            f"must be at most circuit.n_slots, {n_slots}: what is overwritten does not come back",
        )  # fmt: skip
    epochs = storage_epochs(stimuli, parameters)
    for number in range(parameters.tests):
        if number:
            epochs.append(Epoch("rest", parameters.pause_ms))
        epochs.append(Epoch(f"{SEARCH}:{number + 1}", parameters.test_ms, drive={OFFLINE: 1.0}))
    epochs.append(Epoch("rest", parameters.settling_ms))
    return Schedule(tuple(epochs), circuit.widths)


def evaluate(experiment: Experiment, recording: Recording) -> Evaluation[Searched]:
    """Score what the answers name, and what the rate model says of as many searches."""
    return searches_evaluated(experiment, recording, free_recall_scores)


def pictures(result: Result[Searched]) -> list[Picture]:
    """Draw what came to mind in each search, and the spikes."""
    from hippokv.analysis.figures.hypermnesia import CAPTION, hypermnesia_figure
    from hippokv.analysis.figures.report import drawn

    from .pictures.spikes import spikes_picture

    found, predicted = (
        {name: (score, float("nan")) for name, score in scores.items()}
        for scores in (result.metrics, result.predicted_metrics)
    )
    return [
        drawn("hypermnesia", CAPTION, hypermnesia_figure, found, predicted),
        spikes_picture(result),
    ]


MEANINGS = {
    **{f"recalled_{one}": f"part of the items named in search {one}" for one in TESTS},
    **{f"gained_{one}": f"named in search {one} and not in {one - 1}" for one in TESTS[1:]},
    **{f"lost_{one}": f"named in search {one - 1} and not in {one}" for one in TESTS[1:]},
    "net_gain": "part of the items named in the last search, less that in the first",
    "cumulative": "part of the items named in any search",
    "repeated": "part of the answers that name what the same search had named before",
    **SPIKE_MEANINGS,
}

PROTOCOL = Protocol(
    name="hypermnesia",
    summary="search memory again and again without a cue: what comes back, and what is lost",
    description=(
        "Items are stored, and memory is then searched three times without a cue or anything "
        "between: slots fire by themselves, one after the other, tire, and stay more excitable. "
        "What value cells fire is taken for an answer. Measured: the part of the items that is "
        "named in each search, what is gained and lost from one to the next, and what is named in "
        "any. With circuit.search.strengthening=0 nothing is strengthened, in the same circuit."
    ),
    parameters=HypermnesiaParameters,
    schedule=schedule,
    perform=once(evaluate),
    pictures=pictures,
    draw=drawn_items,
    about=items_about,
    default_circuit="searching_memory",
    run={"dt_ms": 0.5},
    populations=("entorhinal", "hippocampal", "cortical"),
    projections=("keys", "values"),
    circuit_parameters=("n_inputs", "n_slots", "n_outputs", "cells_per_slot", "rhythm", "search"),
    unfit=without_slots,
    meanings=MEANINGS,
)

if __name__ == "__main__":
    from hippokv.command_line import run_protocol

    run_protocol(PROTOCOL.name)
