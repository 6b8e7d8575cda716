"""Tag the cells of one item while it is stored, and bring it back by light with no cue.

Run it with ``hippokv run optogenetic-reactivation`` or
``python -m hippokv.protocols.optogenetic_reactivation``.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from hippokv.analysis.recall.items import Items
from hippokv.analysis.recall.readout import Readout
from hippokv.analysis.recall.scores import accuracy_by_group, engram_share
from hippokv.circuits.circuit import Circuit
from hippokv.circuits.manipulation.manipulations import Manipulation, manipulated
from hippokv.circuits.schedule import Schedule, total_ms

from .parts.recalling import occluded, recall_epochs
from .parts.store_and_recall import Recalled, store_and_recall
from .parts.storing import storage_epochs
from .parts.tagging import TaggingParameters, expressing, light_epochs, pulses, tagging, target_of
from .running.stimuli import Stimuli

if TYPE_CHECKING:
    from hippokv.analysis.figures.report import Picture

    from .running.protocol import Result


@dataclass(frozen=True)
class ReactivationParameters(TaggingParameters):
    """Hold the settings of optogenetic reactivation."""


def schedule(
    stimuli: Stimuli, parameters: ReactivationParameters, circuit: Circuit, seed: int
) -> Schedule:
    """Return the schedule: storage, rest without light, light, then cues under light."""
    target = target_of(stimuli, parameters)
    cues = occluded(stimuli.keys, parameters.occlusion, seed)
    epochs = storage_epochs(stimuli, parameters)
    tag = tagging(epochs, target, parameters)
    express = expressing(parameters, "chr2", total_ms(epochs))
    epochs += light_epochs(parameters, "no_light", target)
    lit = total_ms(epochs)
    epochs += light_epochs(parameters, "light", target)
    light = pulses(parameters, lit, lit + parameters.light_ms)
    others = [item for item in range(len(cues)) if item != target]
    epochs += recall_epochs(cues, parameters, "others_in_the_dark", others)
    again = total_ms(epochs)
    epochs += recall_epochs(cues, parameters, "others_under_light", others)
    found: list[Manipulation] = [tag, express, light]
    if others:
        found.append(pulses(parameters, again, total_ms(epochs)))
    return manipulated(Schedule(tuple(epochs), circuit.widths), *found)


def measure(readout: Readout, prediction: Readout, items: Items) -> dict[str, float]:
    """Score what light brings back (``accuracy``), what rest does, and what light costs others."""
    groups = accuracy_by_group(readout, items)
    return {
        "accuracy": groups["accuracy_light"],
        **groups,
        "engram_share": engram_share(readout, items, "light"),
    }


def pictures(result: Result[Recalled]) -> list[Picture]:
    """Draw each kind of recall, the spikes, and the attention."""
    from .pictures.key_value import groups_picture
    from .pictures.spikes import spikes_picture

    return [groups_picture(result), spikes_picture(result)]


MEANINGS = {
    "accuracy": "what light brings back of the tagged item, without a cue",
    "accuracy_no_light": "the tagged item with neither cue nor light: the control of the light",
    "accuracy_light": "the tagged item by light, without a cue",
    "accuracy_others_in_the_dark": "the other items from their cues, in the dark",
    "accuracy_others_under_light": "the other items from their cues while light reactivates the "
    "tagged one",
    "engram_share": "share of the hippocampal spikes that the tagged slots fire under light "
    "without a cue",
}

PROTOCOL = store_and_recall(
    name="optogenetic-reactivation",
    summary="tag the cells of one item while it is stored, and bring it back by light with no cue",
    description=(
        "Hippocampal cells that have a plateau while one item is stored are tagged and make "
        "channelrhodopsin-2. Later, light pulses fall on all cells while nothing is shown. "
        "Measured: how much of the item's value comes back by light and without it, and how well "
        "the other items are recalled from their cues in the dark and under the light."
    ),
    parameters=ReactivationParameters,
    schedule=schedule,
    measure=measure,
    pictures=pictures,
    meanings=MEANINGS,
)

if __name__ == "__main__":
    from hippokv.command_line import run_protocol

    run_protocol(PROTOCOL.name)
