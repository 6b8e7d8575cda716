"""How items are asked for: cues with hidden entries, and the epochs in which they are shown."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from hippokv.analysis.recall.readout import SETTLING_MS
from hippokv.circuits.schedule import SCHEDULE_STEP_MS, Epoch, on_off
from hippokv.parameter import fraction

from ..running.stimuli import random_stream
from .storing import StorageParameters, duration

#: A cue must outlast the time that the readout leaves for it to arrive.
SHORTEST_CUE_MS = SETTLING_MS + SCHEDULE_STEP_MS


@dataclass(frozen=True)
class CuedRecallParameters(StorageParameters):
    """Hold the settings of storage and cued recall."""

    occlusion: float = fraction(
        0.6,
        "fraction of the entries of a key that its cue hides",
        source="Tyulmankov et al. 2021, Fig 2: 60 %",
    )
    cue_ms: float = duration(
        700.0,
        "each cue is shown",
        chosen="some 60 spikes of the hippocampal cells, 35 with 80 % hidden",
        shortest=SHORTEST_CUE_MS,
    )
    cue_gap_ms: float = duration(
        150.0, "rest after each cue", chosen="the value cells fall silent", shortest=SETTLING_MS
    )


def occluded(keys: NDArray[np.int8], occlusion: float, seed: int) -> NDArray[np.int8]:
    """Return cues for keys, with the same number of entries set to 0, drawn anew for each.

    Parameters
    ----------
    keys
        Keys, shape (T, d).
    occlusion
        Fraction of entries to hide.
    seed
        Seed of the draws.
    """
    stream = random_stream(seed, "occlusion")
    cues = keys.copy()
    n_inputs = keys.shape[1]
    for cue in cues:
        cue[stream.permutation(n_inputs)[: round(occlusion * n_inputs)]] = 0
    return cues


def recall_epochs(
    cues: NDArray[np.int8],
    parameters: CuedRecallParameters,
    group: str = "",
    items: Sequence[int] | None = None,
) -> list[Epoch]:
    """Return the epochs that ask for items, each cue followed by rest.

    Parameters
    ----------
    cues
        Cues of all items, shape (T, d).
    parameters
        How long cues and rests are.
    group
        What kind of recall it is, where a protocol has several.
    items
        Numbers of the items asked for, in this order; all by default.
    """
    phase = f"recall:{group}" if group else "recall"
    epochs = []
    for item in range(len(cues)) if items is None else items:
        epochs += [
            Epoch(phase, parameters.cue_ms, item, {"entorhinal": on_off(cues[item])}),
            Epoch("rest", parameters.cue_gap_ms),
        ]
    return epochs
