"""Scores of a prediction that stands beside nothing: what compares two of them is left out."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace

import numpy as np

from hippokv.analysis.recall.readout import Readout

#: Scores a readout beside a prediction.
Score = Callable[[Readout, Readout], dict[str, float]]


def scores_alone(
    score: Score, informed: Readout, predicted: Mapping[str, float]
) -> Callable[[Readout], dict[str, float]]:
    """Return what scores a prediction with nothing beside it.

    Parameters
    ----------
    score
        Scores a readout beside a prediction. What is another score beside another prediction
        compares with it, and is left out.
    informed, predicted
        The rate model's prediction, and its scores beside itself.
    """
    blank = replace(
        informed,
        plateaus=np.zeros_like(informed.plateaus), attention=np.zeros_like(informed.attention),
        evidence=np.zeros_like(informed.evidence), keys=np.zeros_like(informed.keys),
        values=np.zeros_like(informed.values), match=np.zeros_like(informed.match),
    )  # fmt: skip

    def beside_nothing(found: Readout) -> dict[str, float]:
        with np.errstate(all="ignore"):
            return score(found, blank)

    alone = beside_nothing(informed)
    kept = [name for name in alone if np.array_equal(alone[name], predicted[name], equal_nan=True)]

    def scored(found: Readout) -> dict[str, float]:
        scores = beside_nothing(found)
        return {name: scores[name] for name in kept}

    return scored
