"""Light up the cells of one context in another while something new happens there.

Run it with ``hippokv run false-memory`` or ``python -m hippokv.protocols.false_memory``.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from hippokv.analysis.recall.items import Items
from hippokv.analysis.recall.readout import Readout
from hippokv.analysis.recall.scores import accuracy_by_group, agreement
from hippokv.circuits.circuit import Circuit
from hippokv.circuits.manipulation.manipulations import BlockPlasticity, Manipulation, manipulated
from hippokv.circuits.schedule import Epoch, Schedule, on_off, total_ms
from hippokv.errors import InputError
from hippokv.parameter import fraction, parameter

from .parts.recalling import occluded, recall_epochs
from .parts.store_and_recall import Recalled, store_and_recall
from .parts.storing import Drive, duration, storage_epochs
from .parts.tagging import TaggingParameters, expressing, pulses, tagging, target_of
from .running.stimuli import Stimuli, random_stream

if TYPE_CHECKING:
    from hippokv.analysis.figures.report import Picture

    from .running.protocol import Result

CONTEXTS = ("shown", "dark")


@dataclass(frozen=True)
class FalseMemoryParameters(TaggingParameters):
    """Hold the settings of a false memory."""

    n_items: int = parameter(
        20,
        "number of contexts: A (the target), B (the one after it), and others, C (of a file: all "
        "its rows, unless set)",
        chosen="half of the slots",
        low=2,
        high=2000,
    )
    own_values: bool = parameter(
        True,
        "true: what happens in a context is a random pattern of its own; false: it is the context "
        "itself where the circuit has as many outputs as inputs",
        chosen="a context and what happens there are two things",
    )
    conditioning: str = parameter(
        "shown",
        "whether context B is shown while the new value is there, or nothing is (dark)",
        source="Ramirez et al. 2013, Fig 2: in a second context",
        choices=CONTEXTS,
    )
    lead_ms: float = duration(
        300.0,
        "the new value is there before the light",
        chosen="the traces of cortical spikes reach their plateau",
    )
    light_ms: float = duration(
        700.0, "light on the cells of A", chosen="two plateaus fit in", shortest=55.0
    )
    trail_ms: float = duration(
        300.0,
        "the new value stays after the light",
        chosen="a late plateau, of 180 ms, still sees it",
    )
    in_dendrite: float = fraction(
        1.0,
        "density of the opsin in the dendrite relative to the soma",
        chosen="Ramirez et al. 2013 had the untargeted opsin, which is in all of the membrane",
    )
    keys_protected: bool = parameter(
        True,
        "whether key synapses are kept from changing meanwhile",
        chosen="a plateau in the cells of A would write the input of B into their keys",
    )


def schedule(
    stimuli: Stimuli, parameters: FalseMemoryParameters, circuit: Circuit, seed: int
) -> Schedule:
    """Return the schedule: storage, recall, the new value under light, recall again.

    The new value is an item of its own, stored last, with the key of B or none.
    """
    target = target_of(stimuli, parameters)
    if len(stimuli.keys) < 2:
        raise InputError("protocol.n_items", len(stimuli.keys), "must be at least 2, for A and B")
    other = (target + 1) % len(stimuli.keys)
    rest = [item for item in range(len(stimuli.keys)) if item not in (target, other)]
    cues = occluded(stimuli.keys, parameters.occlusion, seed)
    epochs = storage_epochs(stimuli, parameters)
    tag = tagging(epochs, target, parameters)
    express = expressing(parameters, "chr2", total_ms(epochs), parameters.in_dendrite)
    groups = {"A": [target], "B": [other], "C": rest}
    for group, items in groups.items():
        epochs += recall_epochs(cues, parameters, f"{group}_before", items)
    start = total_ms(epochs)
    new_value = np.array(
        random_stream(seed, "new value").choice([-1.0, 1.0], len(stimuli.values[0]))
    )
    shown: Drive = {"cortical": on_off(new_value), "acetylcholine": 1.0}
    if parameters.conditioning == "shown":
        shown = {**shown, "entorhinal": on_off(stimuli.keys[other])}
    stages = (parameters.lead_ms, parameters.light_ms, parameters.trail_ms)
    epochs += [
        Epoch("store:false", sum(stages), len(stimuli.keys), shown),
        Epoch("rest", parameters.gap_ms),
    ]
    lit = start + parameters.lead_ms
    rows: list[Manipulation] = [tag, express, pulses(parameters, lit, lit + parameters.light_ms)]
    if parameters.keys_protected:
        rows.append(BlockPlasticity("keys", start, start + sum(stages)))
    for group, items in groups.items():
        epochs += recall_epochs(cues, parameters, f"{group}_after", items)
    return manipulated(Schedule(tuple(epochs), circuit.widths), *rows)


def measure(readout: Readout, prediction: Readout, items: Items) -> dict[str, float]:
    """Score the new and the own values: what a cue brings back of each, and which it prefers.

    ``accuracy_*`` are bits of the own value, ``new_*`` bits of the new one, ``false_*`` the part
    of the recalls that are closer to the new value; ``engram_plateaus`` is the part of the slots of
    A with a plateau in the light, ``other_plateaus`` the number of other slots.
    """
    own = agreement(readout, items.values[items.query_item])
    new = agreement(readout, items.values[-1:])
    scores = accuracy_by_group(readout, items)
    for group in dict.fromkeys(items.query_group):
        asked = items.asked(group)
        scores[f"new_{group}"] = float(new[asked].mean())
        scores[f"false_{group}"] = float((new > own)[asked].mean())
    slots = readout.plateaus[items.query_item[items.asked("A_after")][0]]
    plateaus = readout.plateaus[-1]
    scores["engram_plateaus"] = float(plateaus[slots].mean())
    scores["other_plateaus"] = float(plateaus[~slots].sum())
    return scores


def pictures(result: Result[Recalled]) -> list[Picture]:
    """Draw how much of the own and of the new value comes back, the spikes, and the attention."""
    from .pictures.key_value import attention_picture, two_values_picture
    from .pictures.spikes import spikes_picture

    values = result.found.items.values
    return [
        two_values_picture(result, values[-1:], "new value"),
        spikes_picture(result),
        attention_picture(result),
    ]


PROTOCOL = store_and_recall(
    name="false-memory",
    summary="light up the cells of one context in another while something new happens there",
    description=(
        "Hippocampal cells that have a plateau while context A is stored are tagged and make "
        "channelrhodopsin-2 in soma and dendrite. Later, in context B, light on them starts "
        "plateaus while a new value is present and acetylcholine is high. Measured: how much of "
        "its own and of the new value each cue brings back, of A, of B, and of other contexts, C."
    ),
    parameters=FalseMemoryParameters,
    schedule=schedule,
    measure=measure,
    pictures=pictures,
    plateau_writes=True,
)

if __name__ == "__main__":
    from hippokv.command_line import run_protocol

    run_protocol(PROTOCOL.name)
