"""Recall from cues of which a part is wrong, ever more of it: separability in spikes."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import partial
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from hippokv.analysis.recall.groups import numbered
from hippokv.analysis.recall.items import Items
from hippokv.analysis.recall.readout import Readout
from hippokv.analysis.recall.scores import agreement
from hippokv.circuits.circuit import Circuit
from hippokv.circuits.schedule import Epoch, Schedule

from ..parts.recalling import CuedRecallParameters, occluded, recall_epochs
from ..parts.store_and_recall import Recalled, store_and_recall
from ..parts.storing import storage_epochs
from ..running.stimuli import Stimuli, random_stream
from .calculation import Calculated, Calculation
from .circuit_runs import scores_of_run

if TYPE_CHECKING:
    from hippokv.analysis.figures.report import Picture

    from ..running.protocol import Result

BITS, ERROR = "bits right", "squared error"
#: Settings of the run, beside those of the circuit.
WHOLE: Mapping[str, Any] = {"protocol.own_values": True, "protocol.occlusion": 0.0}
#: Percent of the entries of a cue that are wrong.
WRONG = (0, 10, 20, 30, 40)
GROUP = "wrong"


def with_wrong_entries(cues: NDArray[np.int8], percent: int, seed: int) -> NDArray[np.int8]:
    """Return cues in which a part of the entries that they give have the other sign."""
    stream = random_stream(seed, f"{percent} % wrong")
    wrong = cues.copy()
    for cue in wrong:
        given = stream.permutation(np.flatnonzero(cue))
        cue[given[: round(percent / 100 * len(given))]] *= -1
    return wrong


def schedule(
    stimuli: Stimuli, parameters: CuedRecallParameters, circuit: Circuit, seed: int
) -> Schedule:
    """Return the schedule that stores all items, and asks for every second by each kind of cue."""
    epochs: list[Epoch] = storage_epochs(stimuli, parameters)
    cues = occluded(stimuli.keys, parameters.occlusion, seed)
    for percent in WRONG:
        wrong = with_wrong_entries(cues, percent, seed)
        asked = range(0, len(cues), 2)
        epochs += recall_epochs(wrong, parameters, f"{GROUP}{percent}", asked)
    return Schedule(tuple(epochs), circuit.widths)


def measure(readout: Readout, prediction: Readout, items: Items) -> dict[str, float]:
    """Score what is decided and what is graded, by the part of a cue that is wrong.

    The graded value is what reaches the value cells: the shares of the slots times their values.
    """
    values = items.values[items.query_item]
    right = agreement(readout, values)
    error = ((readout.attention @ readout.values - values) ** 2).mean(axis=1)
    return {
        f"{score} at {percent / 100:g}": float(of_cues[items.asked(group)].mean())
        for percent, group in numbered(GROUP, items.groups).items()
        for score, of_cues in ((BITS, right), (ERROR, error))
    }


def no_pictures(result: Result[Recalled]) -> list[Picture]:
    """Draw nothing: the figure does."""
    return []


NOISY_CUES = store_and_recall(
    name="noisy-cues",
    summary="store items, and ask for them by cues with ever more wrong entries",
    description="Items are stored, and asked for by cues of which ever more entries are wrong.",
    parameters=CuedRecallParameters,
    # Whole cues at several temperatures, which are this circuit's own.
    default_circuit="slot_memory",
    schedule=schedule,
    measure=measure,
    pictures=no_pictures,
    # At a high temperature the attention of Eq 10 would write a part of each value.
    plateau_writes=True,
)


def spiking(settings: Mapping[str, Any], seed: int, stop: Callable[[], None]) -> Calculated:
    """Recall the items of a seed by a circuit and its rate model."""
    return Calculated(scores_of_run(NOISY_CUES, {**WHOLE, **settings}, seed, stop))


def in_spikes(name: str, settings: Mapping[str, Any]) -> Calculation:
    """Return what a circuit with some settings is asked."""
    return Calculation(name, partial(spiking, settings))
