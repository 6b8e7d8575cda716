"""Store items one after the other, and look at where they went.

Run it with ``hippokv run storage`` or ``python -m hippokv.protocols.storage``.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from hippokv.analysis.recall.items import Items
from hippokv.analysis.recall.readout import Readout
from hippokv.analysis.recall.scores import selection, weight_errors
from hippokv.circuits.circuit import Circuit
from hippokv.circuits.schedule import Schedule

from .parts.store_and_recall import Recalled, store_and_recall
from .parts.storing import StorageParameters, storage_epochs
from .running.stimuli import Stimuli

if TYPE_CHECKING:
    from hippokv.analysis.figures.report import Picture

    from .running.protocol import Result


def schedule(
    stimuli: Stimuli, parameters: StorageParameters, circuit: Circuit, seed: int
) -> Schedule:
    """Return the schedule that stores every item."""
    return Schedule(tuple(storage_epochs(stimuli, parameters)), circuit.widths)


def measure(readout: Readout, prediction: Readout, items: Items) -> dict[str, float]:
    """Score which slots took the items and how well their weights match."""
    return {**selection(readout), **weight_errors(readout, items)}


def pictures(result: Result[Recalled]) -> list[Picture]:
    """Draw the spikes, the weights and the slots that took each item."""
    from .pictures.key_value import selection_picture, weights_picture
    from .pictures.spikes import spikes_picture

    return [spikes_picture(result), selection_picture(result), weights_picture(result)]


PROTOCOL = store_and_recall(
    name="storage",
    summary="store items one after the other, and compare slots and weights with the ideal",
    description=(
        "Each item is shown to entorhinal cells (its key) and to cortical cells (its value) while "
        "acetylcholine is high; an instruction calls for a dendritic plateau in one hippocampal "
        "slot, which takes the item. Measured: how many slots took each item, whether it was the "
        "least recently used, and how far the weights are from the stored pattern."
    ),
    parameters=StorageParameters,
    schedule=schedule,
    measure=measure,
    pictures=pictures,
)

if __name__ == "__main__":
    from hippokv.command_line import run_protocol

    run_protocol(PROTOCOL.name)
