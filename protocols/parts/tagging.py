"""Tagging and light: the cells of one item are labelled while it is stored, and lit up later."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from hippokv.analysis.recall.readout import SETTLING_MS
from hippokv.circuits.manipulation.manipulations import Express, Light, Tag
from hippokv.circuits.schedule import Epoch
from hippokv.errors import InputError
from hippokv.parameter import fraction, parameter

from ..running.stimuli import Stimuli
from .recalling import SHORTEST_CUE_MS, CuedRecallParameters, occluded, recall_epochs
from .storing import duration


@dataclass(frozen=True)
class TaggingParameters(CuedRecallParameters):
    """Hold the settings of tagging an item, and of the light."""

    target: int = parameter(
        1,
        "number of the item that is tagged, from 1",
        chosen="the first, before others compete",
        low=1,
    )
    tagged_by: str = parameter(
        "plateaus",
        "what labels a cell while the item is stored: plateaus or spikes",
        chosen="calcium of a plateau drives immediate early genes",
        choices=("plateaus", "spikes"),
    )
    label_threshold: float = parameter(
        1.0,
        "plateaus or spikes from which on a cell is tagged",
        chosen="one plateau",
        low=0.0,
        high=1e6,
    )
    expression: float = fraction(
        1.0,
        "probability that a tagged cell makes the opsin",
        chosen="all of them; viral expression reaches 10-100 %",
    )
    irradiance_mW_per_mm2: float = parameter(
        5.0,
        "irradiance at the cells",
        chosen="within the 1-10 mW/mm2 of experiments, saturating here",
    )
    frequency_Hz: float = parameter(
        20.0, "light pulses in a second", source="Liu et al. 2012: 20 Hz", low=0.1, high=200.0
    )
    pulse_ms: float = parameter(15.0, "length of a pulse", source="Liu et al. 2012: 15 ms", low=0.1)
    light_ms: float = duration(
        700.0, "light without a cue", chosen="as long as a cue", shortest=SHORTEST_CUE_MS
    )


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
        "hippocampal", opsin, parameters.irradiance_mW_per_mm2, start, stop,
        parameters.frequency_Hz, parameters.pulse_ms,
    )  # fmt: skip


def cue_tables(
    stimuli: Stimuli, parameters: CuedRecallParameters, repeats: int, seed: int
) -> list[NDArray[np.int8]]:
    """Return cues for all items so many times, each with other entries hidden.

    Parameters
    ----------
    parameters
        Which part of a cue is hidden.
    repeats
        How many tables of cues, shape (T, d); the first has the cues of other protocols.
    seed
        Seed of the draws.
    """
    return np.split(
        occluded(np.tile(stimuli.keys, (repeats, 1)), parameters.occlusion, seed), repeats
    )


def round_of_cues(
    tables: list[NDArray[np.int8]],
    parameters: CuedRecallParameters,
    target: int,
    groups: tuple[str, str],
) -> list[Epoch]:
    """Return the epochs that ask for the target with each of its cues, then once for every other.

    Parameters
    ----------
    tables
        What :func:`cue_tables` returned.
    parameters
        How long cues and rests are.
    target
        The item asked for again and again.
    groups
        Kinds of recall, of the target and of the others.
    """
    others = [item for item in range(len(tables[0])) if item != target]
    epochs = [
        epoch for cues in tables for epoch in recall_epochs(cues, parameters, groups[0], [target])
    ]
    return epochs + recall_epochs(tables[0], parameters, groups[1], others)


def lights_during_cues(
    parameters: TaggingParameters, epochs: list[Epoch], start_ms: float, opsin: str
) -> list[Light]:
    """Return light during each cue of epochs that begin at a time."""
    found = []
    for epoch in epochs:
        stop_ms = start_ms + epoch.duration_ms
        if epoch.phase.startswith("recall"):
            found.append(pulses(parameters, start_ms, stop_ms, opsin))
        start_ms = stop_ms
    return found
