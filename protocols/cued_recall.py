"""Store items, then recall each from a cue with part of its entries hidden.

Run it with ``hippokv run cued-recall`` or ``python -m hippokv.protocols.cued_recall``.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from hippokv.analysis.recall.items import Items
from hippokv.analysis.recall.readout import Readout
from hippokv.analysis.recall.scores import accuracy, selection, weight_errors
from hippokv.circuits.circuit import Circuit
from hippokv.circuits.schedule import Schedule

from .parts.recalling import CuedRecallParameters, occluded, recall_epochs
from .parts.store_and_recall import Recalled, store_and_recall
from .parts.storing import storage_epochs
from .running.stimuli import Stimuli

if TYPE_CHECKING:
    from hippokv.analysis.figures.report import Picture

    from .running.protocol import Result


def schedule(
    stimuli: Stimuli, parameters: CuedRecallParameters, circuit: Circuit, seed: int
) -> Schedule:
    """Return the schedule that stores every item and then asks for each, in the same order."""
    cues = occluded(stimuli.keys, parameters.occlusion, seed)
    epochs = storage_epochs(stimuli, parameters) + recall_epochs(cues, parameters)
    return Schedule(tuple(epochs), circuit.widths)


def measure(readout: Readout, prediction: Readout, items: Items) -> dict[str, float]:
    """Score the values recalled, the attention against the prediction, and the storage."""
    distance = np.abs(readout.attention - prediction.attention).sum(axis=1) / 2
    return {
        **accuracy(readout, items),
        "attention_tv": float(distance.mean()),
        **selection(readout),
        **weight_errors(readout, items),
    }


def pictures(result: Result[Recalled]) -> list[Picture]:
    """Draw what was recalled, the spikes, the attention, the weights and the slots."""
    from .pictures.key_value import (
        accuracy_picture,
        attention_picture,
        selection_picture,
        strip_picture,
        weights_picture,
    )
    from .pictures.spikes import spikes_picture

    items = result.found.items
    images = result.experiment.stimuli.image_shape and np.array_equal(items.keys, items.values)
    strip = [strip_picture(result)] if images else []
    return [
        *strip,
        accuracy_picture(result),
        spikes_picture(result),
        attention_picture(result),
        selection_picture(result),
        weights_picture(result),
    ]


PROTOCOL = store_and_recall(
    name="cued-recall",
    summary="store items, then recall each from a cue with part of its entries hidden",
    description=(
        "Items are stored as in the protocol storage. Then each key is shown again with a part of "
        "its entries hidden; hippocampal slots compete for it through inhibition, and those "
        "that fire drive the cortical value cells. Measured: the fraction of value bits that come "
        "back, and how far the attention over slots is from the softmax of the rate model."
    ),
    parameters=CuedRecallParameters,
    schedule=schedule,
    measure=measure,
    pictures=pictures,
)

if __name__ == "__main__":
    from hippokv.command_line import run_protocol

    run_protocol(PROTOCOL.name)
