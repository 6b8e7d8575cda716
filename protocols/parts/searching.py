"""Searches of memory without a cue: what their answers name, beside the rate model of the same."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from hippokv.analysis.recall.free_recall import INTRUSION, alike, answers, counted
from hippokv.analysis.recall.memory_search import not_followed, searched
from hippokv.analysis.recall.readout import read_out
from hippokv.arrays import Array
from hippokv.circuits.recording import Recording
from hippokv.circuits.schedule import Schedule

from ..running.evaluation import Evaluation, Uninformed
from ..running.protocol import Experiment
from ..running.stimuli import random_stream
from .slots_of_items import without_a_slot

#: Kind of the events in which memory is searched.
SEARCH = "search"


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


def searches_evaluated(
    experiment: Experiment,
    recording: Recording,
    scores: Callable[[NDArray[np.int64]], dict[str, float]],
    concussion: tuple[float, float] | None = None,
) -> Evaluation[Searched]:
    """Score what the answers name, and what the rate model says of as many searches.

    Parameters
    ----------
    experiment, recording
        The run.
    scores
        Scores how often each item was named in each search, shape (searches, T), and that of
        several draws, shape (draws, searches, T).
    concussion
        When all cells lose excitability, in ms, and how much, in mV.
    """
    settings, asked, stimuli = experiment.settings, experiment.schedule, experiment.stimuli
    n_items, n_slots = len(stimuli.keys), settings.circuit.n_slots
    readout = read_out(recording, asked, n_slots)
    searches = [(event.start_ms, event.stop_ms) for event in asked.events(SEARCH)]
    cortical = recording.spikes["cortical"]
    named = [answers(cortical, *search, stimuli.values) for search in searches]
    counts = counted(named, n_items)
    intrusions = np.array([np.count_nonzero(one == INTRUSION) for one in named], dtype=np.int64)
    stream = random_stream(settings.run.seed, "searches of the rate model")
    held, taken_ms = _held(readout.plateaus, asked)
    drawn = searched(
        settings.circuit, held, searches, n_items, stream, taken_ms=taken_ms,
        concussion=concussion,
    )  # fmt: skip
    predicted = scores(drawn)
    answered = int(counts.sum() + intrusions.sum())
    warnings = without_a_slot(readout, asked)
    if number := alike(stimuli.values):
        words = f"{number} items have values so alike that an answer hardly tells them apart"
        warnings = (words, *warnings)
    changed = ", ".join(f"circuit.{name}" for name in not_followed(settings.circuit))
    told = f"the rate model searches as with the default of {changed}" if changed else ""
    return Evaluation(
        metrics=scores(counts),
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


def _held(plateaus: NDArray[np.bool_], asked: Schedule) -> tuple[NDArray[np.int64], Array]:
    """Return the item that each slot took last, -1 where it took none, and when, in ms."""
    last = len(plateaus) - 1 - plateaus[::-1].argmax(axis=0) if len(plateaus) else 0
    held = np.where(plateaus.any(axis=0), last, -1).astype(np.int64)
    starts = np.array([event.start_ms for event in asked.events("store")])
    taken: Array = starts[held] if len(starts) else np.zeros(len(held))
    return held, taken


#: What the scores of spikes mean.
MEANINGS = {
    "answers": "number of answers in all searches",
    "intrusions": "part of the answers that name no item",
}
