"""Search memory again and again without a cue: what comes back, and what is lost.

Run it with ``hippokv run hypermnesia`` or ``python -m hippokv.protocols.hypermnesia``.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from hippokv.analysis.recall.free_recall import (
    INTRUSION,
    alike,
    answers,
    counted,
    free_recall_scores,
)
from hippokv.analysis.recall.memory_search import not_followed, searched
from hippokv.analysis.recall.readout import read_out
from hippokv.circuits.cells.offline_states import OFFLINE
from hippokv.circuits.circuit import Circuit
from hippokv.circuits.recording import Recording
from hippokv.circuits.schedule import Epoch, Schedule
from hippokv.errors import InputError
from hippokv.parameter import parameter, redeclared

from .parts.slots_of_items import without_a_slot
from .parts.store_and_recall import drawn_items, items_about, without_slots
from .parts.storing import StorageParameters, duration, storage_epochs
from .running.evaluation import Evaluation, Uninformed
from .running.protocol import Experiment, Protocol, Result, once
from .running.stimuli import Stimuli, random_stream

if TYPE_CHECKING:
    from hippokv.analysis.figures.report import Picture

SEARCH = "search"
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


@dataclass(frozen=True, eq=False)
class Searched:
    """Hold what came to mind.

    Parameters
    ----------
    counts
        How often each item was named in each search, shape (searches, T).
    intrusions
        Number of answers of each search that name no item, shape (searches,).
    predicted
        Scores of the rate model.
    """

    counts: NDArray[np.int64]
    intrusions: NDArray[np.int64]
    predicted: dict[str, float]


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
    settings, asked, stimuli = experiment.settings, experiment.schedule, experiment.stimuli
    n_items, n_slots = len(stimuli.keys), settings.circuit.n_slots
    readout = read_out(recording, asked, n_slots)
    searches = [(event.start_ms, event.stop_ms) for event in asked.events(SEARCH)]
    cortical = recording.spikes["cortical"]
    named = [answers(cortical, *search, stimuli.values) for search in searches]
    counts = counted(named, n_items)
    intrusions = np.array([np.count_nonzero(one == INTRUSION) for one in named], dtype=np.int64)
    stream = random_stream(settings.run.seed, "searches of the rate model")
    held = _held(readout.plateaus)
    drawn = searched(settings.circuit, held, searches, n_items, stream)
    predicted = free_recall_scores(drawn)
    answered = int(counts.sum() + intrusions.sum())
    warnings = without_a_slot(readout, asked)
    if number := alike(stimuli.values):
        words = f"{number} items have values so alike that an answer hardly tells them apart"
        warnings = (words, *warnings)
    changed = ", ".join(f"circuit.{name}" for name in not_followed(settings.circuit))
    told = f"the rate model searches as with the default of {changed}" if changed else ""
    return Evaluation(
        metrics=free_recall_scores(counts),
        found=Searched(counts, intrusions, predicted),
        prediction=predicted,
        arrays={
            "keys": stimuli.keys,
            "values": stimuli.values,
            "plateaus": readout.plateaus,
            "named": counts,
            "intrusions": intrusions,
            "prediction_named": drawn.mean(axis=0),
        },
        prediction_note=told,
        rules_predicted=("keys", "values"),
        uninformed=Uninformed(
            note="rate model: told which slot holds which item, on which no score depends where "
            "each item has one"
        ),
        warnings=warnings,
        spike_scores={
            "answers": float(answered),
            "intrusions": float(intrusions.sum() / answered) if answered else float("nan"),
        },
    )


def _held(plateaus: NDArray[np.bool_]) -> NDArray[np.int64]:
    """Return the item that each slot took last, -1 where it took none, shape (N,)."""
    last = len(plateaus) - 1 - plateaus[::-1].argmax(axis=0) if len(plateaus) else 0
    return np.where(plateaus.any(axis=0), last, -1).astype(np.int64)


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
    "answers": "number of answers in all searches",
    "intrusions": "part of the answers that name no item",
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
