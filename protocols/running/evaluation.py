"""The evaluation: scores of an experiment, and what was found behind them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Generic, TypeVar

import numpy as np
from numpy.typing import NDArray

from hippokv.circuits.recording import Recording
from hippokv.circuits.schedule import Schedule

F = TypeVar("F")


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
        Scores of the rate model, by the same names, for those that it predicts.
    arrays
        What goes into ``recording.npz`` beside the spikes, by name.
    prediction_note
        Where the prediction is not of this very circuit, of what it is; for a line beside it.
    rules_predicted
        Projections by whose rules the rate model learns, or whose rules the note names.
    """

    metrics: dict[str, float]
    found: F
    prediction: dict[str, float] = field(default_factory=dict)
    arrays: Mapping[str, NDArray[np.generic]] = field(default_factory=dict)
    prediction_note: str = ""
    rules_predicted: tuple[str, ...] = ()


@dataclass(frozen=True)
class Stage:
    """Hold one run of a circuit: what was asked of it and what it did."""

    schedule: Schedule
    recording: Recording
