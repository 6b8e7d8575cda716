"""The evaluation: scores of an experiment, and what was found behind them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Generic, TypeVar

import numpy as np
from numpy.typing import NDArray

from hippokv.analysis.recall.certainty import Certainty
from hippokv.circuits.recording import Recording
from hippokv.circuits.schedule import Schedule

F = TypeVar("F")


@dataclass(frozen=True)
class Uninformed:
    """Hold what a rate model predicts that knows nothing of what the circuit did.

    Parameters
    ----------
    mean, sd
        Mean and standard deviation of its scores over draws of what it does not know, by the names
        of the prediction; without those that compare the circuit with the prediction itself.
    n_draws
        Number of draws: 1 where all come to the same, 0 where there is no such prediction.
    note
        What either prediction is told, or why there is none; for a line beside the scores.
    """

    mean: dict[str, float] = field(default_factory=dict)
    sd: dict[str, float] = field(default_factory=dict)
    n_draws: int = 0
    note: str = ""


@dataclass(frozen=True)
class Evaluation(Generic[F]):
    """Hold what a protocol says of its runs.

    Parameters
    ----------
    metrics
        Scores of the circuit, by name; NaN where there was nothing to score.
    found
        What is behind them, in a type of the protocol's own, for its pictures and for who asks.
    prediction
        Scores of the rate model, by the same names, for those that it predicts. It may be told what
        the circuit did, as ``uninformed.note`` says.
    arrays
        What goes into ``recording.npz`` beside the spikes, by name.
    prediction_note
        Where the prediction is not of this very circuit, of what it is; for a line beside it.
    rules_predicted
        Projections by whose rules the rate model learns, or whose rules the note names.
    uninformed
        What a rate model predicts that is told nothing of what the circuit did.
    warnings
        What speaks against the scores, a line each.
    spike_scores
        Scores that spikes alone have, by name: rates, regularity, agreement with the prediction.
    paper
        Scores of the paper's own model, by the names of the prediction.
    certainty
        On how much scores rest, what chance gives, and their 95 % intervals, by name.
    """

    metrics: dict[str, float]
    found: F
    prediction: dict[str, float] = field(default_factory=dict)
    arrays: Mapping[str, NDArray[np.generic]] = field(default_factory=dict)
    prediction_note: str = ""
    rules_predicted: tuple[str, ...] = ()
    uninformed: Uninformed = field(default_factory=Uninformed)
    warnings: tuple[str, ...] = ()
    spike_scores: dict[str, float] = field(default_factory=dict)
    paper: dict[str, float] = field(default_factory=dict)
    certainty: Mapping[str, Certainty] = field(default_factory=dict)


@dataclass(frozen=True)
class Stage:
    """Hold one run of a circuit: what was asked of it and what it did."""

    schedule: Schedule
    recording: Recording
