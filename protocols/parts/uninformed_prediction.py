"""The uninformed prediction: a rate model that chooses its slots itself, as the circuit has to."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

from hippokv.analysis.recall.readout import Readout
from hippokv.analysis.recall.slot_choice import LAWS, drawn_plateaus, no_law, number_of_draws
from hippokv.circuits.schedule import Schedule
from hippokv.circuits.slot_memory_parameters import SlotMemoryParameters
from hippokv.components import told

from ..running.evaluation import Uninformed
from ..running.stimuli import random_stream
from .scores_alone import Score, scores_alone

Decoded = NDArray[np.int8]


def uninformed_prediction(
    schedule: Schedule,
    parameters: SlotMemoryParameters,
    seed: int,
    rate_model: Callable[..., Readout],
    informed: Readout,
    predicted: dict[str, float],
    score: Score,
) -> tuple[Uninformed, Decoded]:
    """Predict a schedule by rate models that choose their slots themselves.

    Parameters
    ----------
    schedule
        What was asked of the circuit.
    parameters
        Those of the circuit, which say by what law slots are taken.
    seed
        Seed of the experiment; the draws are its own, none of the circuit's.
    rate_model
        The rate model of the circuit on this schedule, which takes the slots.
    informed, predicted
        What it gives with the slots of the circuit, and its scores beside itself.
    score
        As for :func:`.scores_alone.scores_alone`.

    Returns
    -------
    tuple
        The prediction, and the values decoded in each draw, shape (draws, Q, m).
    """
    nothing = np.zeros((0, *informed.decoded.shape), dtype=np.int8)
    unknown = no_law(schedule, parameters)
    if unknown:
        return Uninformed(note=f"no uninformed prediction: {unknown}"), nothing
    n_draws, stream = number_of_draws(schedule, parameters), random_stream(seed, "own slots")
    decoded, scores = [], []
    try:
        alone = scores_alone(score, informed, predicted)
        for _ in range(n_draws):
            found = rate_model(plateaus=drawn_plateaus(schedule, parameters, stream))
            decoded.append(found.decoded)
            scores.append(alone(found))
    except Exception as error:
        # Scores of anybody's may never have met such a prediction, and the run is worth more.
        words = f"no uninformed prediction: it could not be scored ({told(error)})"
        return Uninformed(note=words), nothing
    spread = {name: _mean_and_sd([one[name] for one in scores]) for name in scores[0]}
    without = ", ".join(name for name in predicted if name not in spread)
    left_out = f"; without {without}, which compares the circuit with the informed one"
    over = f", mean ± sd over {n_draws} draws" if n_draws > 1 else ", with one outcome"
    return Uninformed(
        mean={name: mean for name, (mean, _) in spread.items()},
        sd={name: sd for name, (_, sd) in spread.items()},
        n_draws=n_draws,
        note=f"uninformed: chooses its own by the same law ({LAWS[parameters.selection]}){over}"
        f"{left_out if without else ''}",
    ), np.array(decoded)


def _mean_and_sd(values: list[float]) -> tuple[float, float]:
    """Return mean and standard deviation of the values that are numbers."""
    known = np.array([value for value in values if not np.isnan(value)])
    if not known.size:
        return float("nan"), float("nan")
    return float(known.mean()), float(known.std(ddof=1)) if known.size > 1 else 0.0
