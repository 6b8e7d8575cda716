"""The evaluation: scores of an experiment, and the arrays and details behind them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray


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
