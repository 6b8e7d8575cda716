"""Tag the cells of one item while it is stored, and silence them by light while items are recalled.

Run it with ``hippokv run optogenetic-silencing`` or
``python -m hippokv.protocols.optogenetic_silencing``.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from hippokv.analysis.recall.items import Items
from hippokv.analysis.recall.readout import Readout
from hippokv.analysis.recall.scores import accuracy_by_group, engram_share
from hippokv.circuits.circuit import Circuit
from hippokv.circuits.manipulation.manipulations import manipulated
from hippokv.circuits.schedule import Epoch, Schedule, total_ms
from hippokv.parameter import parameter, redeclared

from .parts.store_and_recall import Recalled, store_and_recall
from .parts.storing import duration, storage_epochs
from .parts.tagging import (
    TaggingParameters,
    cue_tables,
    expressing,
    lights_during_cues,
    round_of_cues,
    tagging,
    target_of,
)
from .running.stimuli import Stimuli

if TYPE_CHECKING:
    from hippokv.analysis.figures.report import Picture

    from .running.protocol import Result

OPSIN_NAME = "gtacr2"


@dataclass(frozen=True)
class SilencingParameters(TaggingParameters):
    """Hold the settings of optogenetic silencing."""

    own_values: bool = redeclared(
        TaggingParameters,
        "own_values",
        True,
        chosen="a cue tells nothing about a value, so that guessing is right in half of the bits",
    )
    pulse_ms: float = redeclared(
        TaggingParameters,
        "pulse_ms",
        50.0,
        chosen="a whole period at 20 Hz, light all the time of a cue",
    )
    target_cues: int = parameter(
        10,
        "times that the tagged item is asked for in each round, other entries hidden each time",
        chosen="its 40 value bits count ten times",
        low=1,
        high=1000,
    )
    dark_ms: float = duration(
        1000.0,
        "rest between the last light and the cues after it",
        chosen="ten times the slowest closing of GtACR2, 100 ms (Bansal et al. 2020)",
    )


def schedule(
    stimuli: Stimuli, parameters: SilencingParameters, circuit: Circuit, seed: int
) -> Schedule:
    """Return the schedule: storage, then all items in the dark, under light, and in the dark."""
    target = target_of(stimuli, parameters)
    tables = cue_tables(stimuli, parameters, parameters.target_cues, seed)

    def ask(when: str) -> list[Epoch]:
        groups = (f"target_{when}", f"others_{when}")
        return round_of_cues(tables, parameters, target, groups)

    epochs = storage_epochs(stimuli, parameters)
    tag = tagging(epochs, target, parameters)
    express = expressing(parameters, OPSIN_NAME, total_ms(epochs))
    epochs += ask("before")
    under_light = ask("under_light")
    lights = lights_during_cues(parameters, under_light, total_ms(epochs), OPSIN_NAME)
    epochs += [*under_light, Epoch("rest", parameters.dark_ms), *ask("after")]
    return manipulated(Schedule(tuple(epochs), circuit.widths), tag, express, *lights)


def measure(readout: Readout, prediction: Readout, items: Items) -> dict[str, float]:
    """Score the tagged item under light (``accuracy``), and all items before, under and after it.

    ``others_change`` is what the light does to the items that are not tagged, and
    ``engram_share`` the part of the spikes that the tagged item's slot fires under light when it
    is asked for.
    """
    groups = accuracy_by_group(readout, items)
    others = [groups.get(f"accuracy_others_{when}", np.nan) for when in ("before", "under_light")]
    return {
        "accuracy": groups["accuracy_target_under_light"],
        **groups,
        "others_change": float(others[1] - others[0]),
        "engram_share": engram_share(readout, items, "target_under_light"),
    }


def pictures(result: Result[Recalled]) -> list[Picture]:
    """Draw each kind of recall, the spikes, and the attention."""
    from .pictures.key_value import attention_picture, groups_picture
    from .pictures.spikes import spikes_picture

    return [groups_picture(result), spikes_picture(result), attention_picture(result)]


MEANINGS = {
    "accuracy": "the tagged item from its cues while light silences its cells",
    "accuracy_target_before": "the tagged item from its cues, before there is light",
    "accuracy_target_under_light": "the tagged item from its cues while light silences its cells",
    "accuracy_target_after": "the tagged item from its cues, in the dark again",
    "accuracy_others_before": "the other items from their cues, before there is light",
    "accuracy_others_under_light": "the other items from their cues under the same light",
    "accuracy_others_after": "the other items from their cues, in the dark again",
    "engram_share": "share of the hippocampal spikes that the tagged slots fire, asked by the "
    "item's cues under light",
}

PROTOCOL = store_and_recall(
    name="optogenetic-silencing",
    summary="tag the cells of one item while it is stored, and silence them by light during recall",
    description=(
        "Hippocampal cells that have a plateau while one item is stored are tagged and make the "
        "inhibitory opsin GtACR2. All items are recalled from their cues in the dark, with blue "
        "light on all cells during each cue, and in the dark again. Measured: how much of the "
        "tagged item's value comes back in each round, and whether the other items notice."
    ),
    parameters=SilencingParameters,
    schedule=schedule,
    measure=measure,
    pictures=pictures,
    meanings=MEANINGS,
)

if __name__ == "__main__":
    from hippokv.command_line import run_protocol

    run_protocol(PROTOCOL.name)
