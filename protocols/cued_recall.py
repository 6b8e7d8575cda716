"""Store items, then recall each from a cue with part of its entries hidden.

Run it with ``hippokv run cued-recall`` or ``python -m hippokv.protocols.cued_recall``.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from hippokv.analysis.items import Items
from hippokv.analysis.readout import SETTLING_MS, Readout
from hippokv.analysis.scores import accuracy, selection, weight_errors
from hippokv.circuits.circuit import Circuit
from hippokv.circuits.schedule import SCHEDULE_STEP_MS, Epoch, Schedule, on_off
from hippokv.parameter import parameter

from .key_value_protocol import KeyValueProtocol
from .stimuli import Stimuli, random_stream
from .storage import StorageParameters, duration, storage_epochs

if TYPE_CHECKING:
    from hippokv.analysis.report import Picture

    from .experiment import Result

#: A cue must outlast the time that the readout leaves for it to arrive.
SHORTEST_CUE_MS = SETTLING_MS + SCHEDULE_STEP_MS


# fmt: off
@dataclass(frozen=True)
class CuedRecallParameters(StorageParameters):
    """Hold the settings of storage and cued recall."""

    occlusion: float = parameter(0.6, "fraction of the entries of a key that its cue hides", "Tyulmankov et al. 2021, Fig 2: 60 %", low=0.0, high=1.0)
    cue_ms: float = duration(700.0, "each cue is shown", "chosen: some 60 spikes of the hippocampal cells, 35 with 80 % hidden", shortest=SHORTEST_CUE_MS)
    cue_gap_ms: float = duration(150.0, "rest after each cue", "chosen: the value cells fall silent", shortest=SETTLING_MS)
# fmt: on


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


def pictures(result: Result) -> list[Picture]:
    """Draw what was recalled, the spikes, the attention, the weights and the slots."""
    from .figures import (
        accuracy_picture,
        attention_picture,
        selection_picture,
        spikes_picture,
        strip_picture,
        weights_picture,
    )

    items = result.items
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


PROTOCOL = KeyValueProtocol(
    name="cued-recall",
    summary="store items, then recall each from a cue with part of its entries hidden",
    description=(
        "Items are stored as in the protocol storage. Then each key is shown again with a part of "
        "its entries hidden; hippocampal slots compete for it through PV inhibition, and those "
        "that fire drive the cortical value cells. Measured: the fraction of value bits that come "
        "back, and how far the attention over slots is from the softmax of the rate model."
    ),
    circuits=("slot_memory", "hippocampal_memory"),
    parameters=CuedRecallParameters,
    schedule=schedule,
    measure=measure,
    pictures=pictures,
)

if __name__ == "__main__":
    from hippokv.command_line import run_protocol

    run_protocol(PROTOCOL.name)
