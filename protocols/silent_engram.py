"""Make an engram silent: its cue fails, light still recalls it, stronger keys restore the cue.

Run it with ``hippokv run silent-engram`` or ``python -m hippokv.protocols.silent_engram``.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from hippokv.analysis.recall.items import Items
from hippokv.analysis.recall.readout import Readout
from hippokv.analysis.recall.scores import accuracy_by_group, engram_share
from hippokv.circuits.circuit import Circuit
from hippokv.circuits.manipulation.manipulations import ScaleWeights, manipulated
from hippokv.circuits.schedule import SCHEDULE_STEP_MS, Epoch, Schedule, total_ms
from hippokv.parameter import parameter, redeclared

from .parts.store_and_recall import Recalled, store_and_recall
from .parts.storing import storage_epochs
from .parts.tagging import (
    TaggingParameters,
    cue_tables,
    expressing,
    light_epochs,
    pulses,
    round_of_cues,
    tagging,
    target_of,
)
from .running.stimuli import Stimuli

if TYPE_CHECKING:
    from hippokv.analysis.figures.report import Picture

    from .running.protocol import Result


@dataclass(frozen=True)
class SilentEngramParameters(TaggingParameters):
    """Hold the settings of a silent engram."""

    own_values: bool = redeclared(
        TaggingParameters,
        "own_values",
        True,
        chosen="a cue tells nothing about a value, so that guessing is right in half of the bits",
    )
    key_factor: float = parameter(
        0.5,
        "what is left of the keys of the tagged cells when their consolidation has failed",
        chosen=(
            "a cue then matches them as it matches unrelated keys; the scaling is the beta of "
            "Gershman, Fiete & Irie 2025, Fig 3B"
        ),
        low=0.01,
        high=1.0,
    )
    target_cues: int = parameter(
        10,
        "times that the tagged item is asked for in each round, other entries hidden each time",
        chosen="its 40 value bits count ten times",
        low=1,
        high=1000,
    )


def schedule(
    stimuli: Stimuli, parameters: SilentEngramParameters, circuit: Circuit, seed: int
) -> Schedule:
    """Return the schedule: storage, cues, weak keys, cues, rest, light, strong keys, cues."""
    target = target_of(stimuli, parameters)
    tables = cue_tables(stimuli, parameters, parameters.target_cues, seed)

    def ask(when: str) -> list[Epoch]:
        return round_of_cues(tables, parameters, target, (f"cue_{when}", f"others_{when}"))

    def scale_keys(factor: float, before_ms: float) -> ScaleWeights:
        return ScaleWeights("keys", factor, before_ms - SCHEDULE_STEP_MS, tagged=True)

    epochs = storage_epochs(stimuli, parameters)
    tag = tagging(epochs, target, parameters)
    express = expressing(parameters, "chr2", total_ms(epochs))
    epochs += ask("before")
    weaken = scale_keys(parameters.key_factor, total_ms(epochs))
    epochs += ask("silent")
    epochs += light_epochs(parameters, "no_light", target)
    lit_ms = total_ms(epochs)
    light = pulses(parameters, lit_ms, lit_ms + parameters.light_ms)
    epochs += light_epochs(parameters, "light", target)
    strengthen = scale_keys(1 / parameters.key_factor, total_ms(epochs))
    epochs += ask("restored")
    found = Schedule(tuple(epochs), circuit.widths)
    return manipulated(found, tag, express, weaken, light, strengthen)


def measure(readout: Readout, prediction: Readout, items: Items) -> dict[str, float]:
    """Score what light brings back (``accuracy``) of the silent item, and what each cue does."""
    groups = accuracy_by_group(readout, items)
    return {
        "accuracy": groups["accuracy_light"],
        **groups,
        "engram_share_cue": engram_share(readout, items, "cue_silent"),
        "engram_share_light": engram_share(readout, items, "light"),
    }


def pictures(result: Result[Recalled]) -> list[Picture]:
    """Draw each kind of recall, the spikes, and the attention."""
    from .pictures.key_value import attention_picture, groups_picture
    from .pictures.spikes import spikes_picture

    return [groups_picture(result), spikes_picture(result), attention_picture(result)]


MEANINGS = {
    "accuracy": "what light on all cells brings back of the silent item, without a cue",
    "accuracy_cue_before": "the tagged item from its cues, before anything is done to its keys",
    "accuracy_others_before": "the other items from their cues, at that time",
    "accuracy_cue_silent": "the tagged item from its cues while its keys are weak",
    "accuracy_others_silent": "the other items from their cues, at that time",
    "accuracy_no_light": "the silent item with neither cue nor light: the control of the light",
    "accuracy_light": "the silent item by light on all cells, without a cue",
    "accuracy_cue_restored": "the tagged item from its cues when its keys are strong again",
    "accuracy_others_restored": "the other items from their cues, at that time",
    "engram_share_cue": "share of the hippocampal spikes that the tagged slots fire, asked by a "
    "cue while the item is silent",
    "engram_share_light": "the same under light without a cue",
}

PROTOCOL = store_and_recall(
    name="silent-engram",
    summary=(
        "weaken the keys of one item: its cue fails, light still recalls it, strong keys restore it"
    ),
    description=(
        "Hippocampal cells that have a plateau while one item is stored are tagged and make "
        "channelrhodopsin-2. Then the consolidation of their keys fails: the weights of the "
        "synapses onto tagged cells shrink, those of their values stay. Later the keys are "
        "strengthened again. Measured: what comes back of the item from its cues before, while it "
        "is silent, and afterwards; what light on all cells recalls of the silent item without a "
        "cue; and whether the other items notice."
    ),
    parameters=SilentEngramParameters,
    schedule=schedule,
    measure=measure,
    pictures=pictures,
    meanings=MEANINGS,
)

if __name__ == "__main__":
    from hippokv.command_line import run_protocol

    run_protocol(PROTOCOL.name)
