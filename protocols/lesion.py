"""Silence a part of a population before storage, before recall, or during recall alone.

Run it with ``hippokv run lesion`` or ``python -m hippokv.protocols.lesion``.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

from hippokv.analysis.recall.items import Items
from hippokv.analysis.recall.readout import Readout
from hippokv.analysis.recall.scores import accuracy_by_group, inverse_temperature
from hippokv.circuits.circuit import Circuit
from hippokv.circuits.manipulation.manipulations import Silence, manipulated
from hippokv.circuits.schedule import Schedule, total_ms
from hippokv.errors import InputError
from hippokv.parameter import fraction, parameter

from .parts.lesioning import drawn_cells
from .parts.recalling import CuedRecallParameters, occluded, recall_epochs
from .parts.store_and_recall import Recalled, store_and_recall
from .parts.storing import storage_epochs
from .running.stimuli import Stimuli, random_stream

if TYPE_CHECKING:
    from hippokv.analysis.figures.report import Picture

    from .running.protocol import Result

POPULATIONS = ("hippocampal", "cortical", "entorhinal", "pv", "sst", "layer_3", "grid")
TIMES = ("before_storage", "before_recall", "during_recall")


@dataclass(frozen=True)
class LesionParameters(CuedRecallParameters):
    """Hold the settings of a lesion."""

    population: str = parameter(
        "hippocampal",
        "the population that is silenced",
        chosen="the one whose loss is amnesia",
        choices=POPULATIONS,
    )
    fraction: float = fraction(0.5, "part of it that is silenced, drawn at random", chosen="half")
    unit: str = parameter(
        "ensembles",
        "ensembles: whole slots of hippocampal cells; cells: single cells",
        chosen="the loss that the rate model knows, of hidden units",
        choices=("ensembles", "cells"),
    )
    when: str = parameter(
        "before_recall",
        "before_storage and before_recall: for good; during_recall: recall before, under and "
        "after it",
        chosen="the lesion of a patient who had memories",
        choices=TIMES,
    )
    control: bool = parameter(
        True,
        "whether the same run, with the same seed, is made without the silence before: the intact "
        "control; during_recall has its own, recall before and after",
        chosen="what a lesion takes is what the intact circuit has more; false halves the time",
    )


def silenced_cells(parameters: LesionParameters, circuit: Circuit, seed: int) -> tuple[int, ...]:
    """Return the cells that are silenced.

    Parameters
    ----------
    parameters
        Population, unit and fraction.
    seed
        Seed of the draw; a larger fraction takes the same cells and more.

    Raises
    ------
    InputError
        Where the circuit has no such population, or it cannot be silenced.
    """
    name = parameters.population
    if name not in circuit.sizes:
        known = ", ".join(circuit.sizes)
        raise InputError("protocol.population", name, f"must be in the circuit, which has {known}")
    if name not in circuit.manipulable:
        able = ", ".join(circuit.manipulable)
        raise InputError("protocol.population", name, f"must be one that can be silenced: {able}")
    stream = random_stream(seed, "lesion")
    return drawn_cells(circuit, name, parameters.fraction, stream, parameters.unit)


def schedule(
    stimuli: Stimuli, parameters: LesionParameters, circuit: Circuit, seed: int
) -> Schedule:
    """Return the schedule: storage, lesion and recall, in the order asked for."""
    cues = occluded(stimuli.keys, parameters.occlusion, seed)
    epochs = storage_epochs(stimuli, parameters)
    start, stop = 0.0, math.inf
    if parameters.when == "during_recall":
        epochs += recall_epochs(cues, parameters, "before")
    if parameters.when != "before_storage":
        start = total_ms(epochs)
    epochs += recall_epochs(cues, parameters, "lesioned")
    if parameters.when == "during_recall":
        stop = total_ms(epochs)
        epochs += recall_epochs(cues, parameters, "after")
    found = Schedule(tuple(epochs), circuit.widths)
    cells = silenced_cells(parameters, circuit, seed)
    return manipulated(found, Silence(parameters.population, cells, start, stop))


def control(
    stimuli: Stimuli, parameters: LesionParameters, circuit: Circuit, seed: int
) -> Schedule | None:
    """Return the schedule without its lesion; none where the circuit is asked intact anyway."""
    if parameters.when == "during_recall" or not parameters.control:
        return None
    cues = occluded(stimuli.keys, parameters.occlusion, seed)
    epochs = storage_epochs(stimuli, parameters) + recall_epochs(cues, parameters, "intact")
    return Schedule(tuple(epochs), circuit.widths)


def measure(readout: Readout, prediction: Readout, items: Items) -> dict[str, float]:
    """Score recall with the lesion (``accuracy``), and before and after it where there is one.

    Of a control run it scores the intact recall.
    """
    groups = accuracy_by_group(readout, items)
    scored = "lesioned" if "lesioned" in items.groups else "intact"
    return {
        "accuracy": groups[f"accuracy_{scored}"],
        **groups,
        "inverse_temperature": inverse_temperature(
            readout.attention, prediction.attention, items.asked(scored)
        ),
    }


def pictures(result: Result[Recalled]) -> list[Picture]:
    """Draw recall before, under and after the lesion, the spikes, and the attention."""
    from .pictures.key_value import attention_picture, groups_picture
    from .pictures.spikes import spikes_picture

    return [groups_picture(result), spikes_picture(result), attention_picture(result)]


MEANINGS = {
    "accuracy": "fraction of value bits right while a part is silent, a tie counting one half",
    "accuracy_before": "the same items and cues before the lesion: the intact control",
    "accuracy_lesioned": "all items from their cues while a part is silent",
    "accuracy_after": "the same items and cues when all cells may fire again",
    "intact_accuracy": "the same items and cues in the same run without the silence: the control",
    "intact_inverse_temperature": "sharpness of the competition in the control run, relative to "
    "the softmax of its rate model",
}

PROTOCOL = store_and_recall(
    name="lesion",
    summary="silence a part of a population for good or during recall, and see what is lost",
    description=(
        "Items are stored and recalled as in the protocol cued-recall, while a random part of a "
        "population is silent: from the start, from the end of storage on, or during one of three "
        "rounds of recall. The intact control is recall before and after it, or else the same run "
        "without the silence, with the same seed and cues, whose scores begin with intact_. "
        "Measured: what comes back in each round, and how sharp the competition between slots is, "
        "as the inverse temperature relative to the rate model."
    ),
    parameters=LesionParameters,
    schedule=schedule,
    measure=measure,
    control=control,
    pictures=pictures,
    meanings=MEANINGS,
)

if __name__ == "__main__":
    from hippokv.command_line import run_protocol

    run_protocol(PROTOCOL.name)
