"""The evaluation: scores of an experiment, and the arrays and details behind them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from hippokv.analysis.recall.items import Items
from hippokv.analysis.recall.readout import Readout
from hippokv.circuits.recording import Recording
from hippokv.circuits.schedule import Schedule

if TYPE_CHECKING:
    pass

if TYPE_CHECKING:
    pass


@dataclass(frozen=True)
class Evaluation:
    """Hold what a protocol says of its runs.

    Parameters
    ----------
    metrics
        Scores of the circuit, by name; NaN where there was nothing to score.
    prediction
        Scores of the rate model, by the same names, for those that it predicts.
    arrays
        What goes into ``recording.npz`` beside the spikes, by name.
    details
        Whatever the protocol's pictures need.
    """

    metrics: dict[str, float]
    prediction: dict[str, float] = field(default_factory=dict)
    arrays: Mapping[str, NDArray[np.generic]] = field(default_factory=dict)
    details: Any = None


@dataclass(frozen=True)
class Recalled:
    """Hold what was stored and recalled.

    Parameters
    ----------
    items
        Items and cues as the circuit saw them.
    readout
        What was stored and recalled by the circuit.
    prediction
        The same by the rate model.
    """

    items: Items
    readout: Readout
    prediction: Readout


@dataclass(frozen=True)
class Stage:
    """Hold one run of a circuit: what was asked of it and what it did."""

    schedule: Schedule
    recording: Recording
