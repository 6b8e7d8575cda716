"""Tag the cells of one item while it is stored, and bring it back by light with no cue.

Run it with ``hippokv run optogenetic-reactivation`` or
``python -m hippokv.protocols.optogenetic_reactivation``.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from hippokv.analysis.items import Items
from hippokv.analysis.readout import SETTLING_MS, Readout
from hippokv.analysis.scores import accuracy_by_group, engram_share
from hippokv.circuits.circuit import Circuit
from hippokv.circuits.manipulations import Express, Light, Manipulation, Tag, manipulated
from hippokv.circuits.schedule import Epoch, Schedule, total_ms
from hippokv.errors import InputError
from hippokv.parameter import parameter

from .cued_recall import SHORTEST_CUE_MS, CuedRecallParameters, occluded, recall_epochs
from .key_value_protocol import KeyValueProtocol
from .stimuli import Stimuli
from .storage import duration, storage_epochs

if TYPE_CHECKING:
    from hippokv.analysis.report import Picture

    from .experiment import Result


# fmt: off
@dataclass(frozen=True)
class TaggingParameters(CuedRecallParameters):
    """Hold the settings of tagging an item, and of the light."""

    target: int = parameter(1, "number of the item that is tagged, from 1", "chosen: the first, before others compete", low=1)
    tagged_by: str = parameter("plateaus", "what labels a cell while the item is stored: plateaus or spikes", "chosen: calcium of a plateau drives immediate early genes", choices=("plateaus", "spikes"))
    label_threshold: float = parameter(1.0, "plateaus or spikes from which on a cell is tagged", "chosen: one plateau", low=0.0, high=1e6)
    expression: float = parameter(1.0, "probability that a tagged cell makes the opsin", "chosen: all of them; viral expression reaches 10-100 %", low=0.0, high=1.0)
    irradiance_mW_mm2: float = parameter(5.0, "irradiance at the cells", "chosen: within the 1-10 mW/mm2 of experiments, saturating here", low=0.0, high=1000.0)
    frequency_hz: float = parameter(20.0, "light pulses in a second", "Liu et al. 2012: 20 Hz", low=0.1, high=200.0)
    pulse_ms: float = parameter(15.0, "length of a pulse", "Liu et al. 2012: 15 ms", low=0.1, high=10000.0)
    light_ms: float = duration(700.0, "light without a cue", "chosen: as long as a cue", shortest=SHORTEST_CUE_MS)


@dataclass(frozen=True)
class ReactivationParameters(TaggingParameters):
    """Hold the settings of optogenetic reactivation."""
# fmt: on


def target_of(stimuli: Stimuli, parameters: TaggingParameters) -> int:
    """Return the tagged item, counted from 0.

    Raises
    ------
    InputError
        Where there are fewer items.
    """
    if parameters.target > len(stimuli.keys):
        raise InputError(
            "protocol.target", parameters.target,
            f"must be at most protocol.n_items, {len(stimuli.keys)}",
        )  # fmt: skip
    return parameters.target - 1


def tagging(epochs: list[Epoch], item: int, parameters: TaggingParameters) -> Tag:
    """Return the label of the cells that are active while an item is stored."""
    start, stop = span(epochs, "store", item)
    return Tag("hippocampal", start, stop, by=parameters.tagged_by)


def span(epochs: list[Epoch], phase: str, item: int) -> tuple[float, float]:
    """Return when the first stretch of epochs of a phase and item starts and ends, in ms."""
    bounds = np.concatenate([[0.0], np.cumsum([epoch.duration_ms for epoch in epochs])])
    rows = [row for row, epoch in enumerate(epochs) if (epoch.phase, epoch.item) == (phase, item)]
    last = rows[0]
    while last + 1 in rows:
        last += 1
    return float(bounds[rows[0]]), float(bounds[last + 1])


def expressing(
    parameters: TaggingParameters, opsin: str, at_ms: float, in_dendrite: float = 0.0
) -> Express:
    """Return that the tagged cells make an opsin from a time on, as the settings say."""
    return Express(
        "hippocampal", opsin, at_ms, parameters.expression, parameters.label_threshold, in_dendrite
    )


def light_epochs(parameters: TaggingParameters, group: str, item: int) -> list[Epoch]:
    """Return the epochs of light without a cue."""
    return [
        Epoch(f"recall:{group}", parameters.light_ms, item),
        Epoch("rest", max(parameters.cue_gap_ms, SETTLING_MS)),
    ]


def pulses(parameters: TaggingParameters, start: float, stop: float, opsin: str = "chr2") -> Light:
    """Return the light of the settings on the hippocampal cells."""
    return Light(
        "hippocampal", opsin, parameters.irradiance_mW_mm2, start, stop,
        parameters.frequency_hz, parameters.pulse_ms,
    )  # fmt: skip


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


def pictures(result: Result) -> list[Picture]:
    """Draw each kind of recall, the spikes, and the attention."""
    from .figures import groups_picture, spikes_picture

    return [groups_picture(result), spikes_picture(result)]


PROTOCOL = KeyValueProtocol(
    name="optogenetic-reactivation",
    summary="tag the cells of one item while it is stored, and bring it back by light with no cue",
    description=(
        "Hippocampal cells that have a plateau while one item is stored are tagged and make "
        "channelrhodopsin-2. Later, light pulses fall on all cells while nothing is shown. "
        "Measured: how much of the item's value comes back by light and without it, and how well "
        "the other items are recalled from their cues in the dark and under the light."
    ),
    circuits=("slot_memory", "hippocampal_memory"),
    parameters=ReactivationParameters,
    schedule=schedule,
    measure=measure,
    pictures=pictures,
)

if __name__ == "__main__":
    from hippokv.command_line import run_protocol

    run_protocol(PROTOCOL.name)
