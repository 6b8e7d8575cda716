"""Store a second block that keeps the first from being found, then amplify the keys of the first.

Run it with ``hippokv run two-task`` or ``python -m hippokv.protocols.two_task``.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from hippokv.analysis.recall.items import Items
from hippokv.analysis.recall.readout import Readout
from hippokv.analysis.recall.scores import accuracy_by_group, agreement
from hippokv.circuits.circuit import Circuit
from hippokv.circuits.manipulation.manipulations import (
    Express,
    Light,
    ScaleWeights,
    Tag,
    manipulated,
)
from hippokv.circuits.schedule import Epoch, Schedule, total_ms
from hippokv.errors import InputError
from hippokv.parameter import fraction, parameter, redeclared

from .parts.recalling import CuedRecallParameters, occluded, recall_epochs
from .parts.store_and_recall import Recalled, store_and_recall
from .parts.storing import storage_epochs
from .running.stimuli import Stimuli, random_stream

if TYPE_CHECKING:
    from hippokv.analysis.figures.report import Picture

    from .running.protocol import Result


@dataclass(frozen=True)
class TwoTaskParameters(CuedRecallParameters):
    """Hold the settings of two blocks that compete."""

    made_values = "random for both blocks"

    n_items: int = parameter(
        8,
        "number of items in the first block, each with a rival in the second (of a file: all its "
        "rows, unless set)",
        chosen="with four laps of rivals they fill the slots and overwrite none",
        low=1,
        high=2000,
    )
    own_values: bool = redeclared(
        CuedRecallParameters,
        "own_values",
        True,
        source="Gershman et al. 2025, Fig 3: what is asked for is a label",
    )
    laps: int = parameter(
        4,
        "how often the second block is stored, each time in slots of its own",
        source="Gershman et al. 2025, Eq 8: a key and a value for every step of learning",
        low=1,
        high=1000,
    )
    distinct: float = fraction(
        0.0,
        "fraction of the entries in which the key of a rival differs",
        chosen="the same cues, as in lists of pairs A-B and A-C",
    )
    amplification: float = parameter(
        1.15,
        "what the keys of the first block are multiplied by",
        chosen=(
            "well above the 1.09 at which four laps are outweighed; Gershman et al. 2025, Fig 3B: "
            "1 to 1.9"
        ),
        low=0.01,
        high=100.0,
    )
    irradiance_mW_per_mm2: float = parameter(
        0.5,
        "irradiance at the cells",
        chosen="a tenth of what saturates; with 0.2 some recalls still go to the rival",
    )
    frequency_Hz: float = parameter(
        20.0, "light pulses in a second", source="Roy et al. 2017: 20 Hz", low=0.1, high=200.0
    )
    pulse_ms: float = parameter(15.0, "length of a pulse", source="Roy et al. 2017: 15 ms", low=0.1)


def rivals_of(stimuli: Stimuli, distinct: float, seed: int) -> Stimuli:
    """Return the second block: keys with some entries flipped, and values drawn anew.

    Parameters
    ----------
    stimuli
        The first block.
    distinct
        Fraction of the entries of a key that are flipped.
    seed
        Seed of the draws.
    """
    stream = random_stream(seed, "second block")
    keys = stimuli.keys.copy()
    n_flipped = round(distinct * keys.shape[1])
    for key in keys:
        key[stream.permutation(len(key))[:n_flipped]] *= -1
    values = (2 * stream.integers(0, 2, stimuli.values.shape) - 1).astype(np.int8)
    return Stimuli(keys, values)


def schedule(
    stimuli: Stimuli, parameters: TwoTaskParameters, circuit: Circuit, seed: int
) -> Schedule:
    """Return the schedule: the first block, the second, then the first with its keys amplified.

    Raises
    ------
    InputError
        Where the blocks need more slots than there are.
    """
    n_items, n_slots = len(stimuli.keys), circuit.ensembles["hippocampal"]
    if n_items * (1 + parameters.laps) > n_slots:
        raise InputError(
            "protocol.laps", parameters.laps,
            f"must be such that n_items * (1 + laps) is at most circuit.n_slots, {n_slots}: "
            "what is overwritten cannot come back",
        )  # fmt: skip
    second = rivals_of(stimuli, parameters.distinct, seed)
    cues = occluded(np.concatenate([stimuli.keys, second.keys]), parameters.occlusion, seed)
    first_items, second_items = range(n_items), range(n_items, 2 * n_items)

    def ask(state: str) -> list[Epoch]:
        epochs = recall_epochs(cues, parameters, f"first_{state}", first_items)
        return epochs + recall_epochs(cues, parameters, f"second_{state}", second_items)

    epochs = storage_epochs(stimuli, parameters)
    tag = Tag("hippocampal", 0.0, total_ms(epochs), by="plateaus")
    epochs += recall_epochs(cues, parameters, "first_before", first_items)
    for lap in range(parameters.laps):
        again = storage_epochs(second, replace(parameters, idle_ms=0.0))
        epochs += [
            replace(epoch, item=epoch.item + n_items * (1 + lap)) if epoch.item >= 0 else epoch
            for epoch in again
        ]
    epochs += ask("after_second")
    amplify = ScaleWeights("keys", parameters.amplification, total_ms(epochs), tagged=True)
    epochs += [Epoch("rest", parameters.settling_ms), *ask("amplified")]
    back = ScaleWeights("keys", 1 / parameters.amplification, total_ms(epochs), tagged=True)
    express = Express("hippocampal", "chr2", total_ms(epochs))
    epochs += [Epoch("rest", parameters.settling_ms)]
    start = total_ms(epochs)
    epochs += ask("lit")
    light = Light(
        "hippocampal", "chr2", parameters.irradiance_mW_per_mm2, start, total_ms(epochs),
        parameters.frequency_Hz, parameters.pulse_ms,
    )  # fmt: skip
    rows = (tag, amplify, back, express, light)
    return manipulated(Schedule(tuple(epochs), circuit.widths), *rows)


def rivals(items: Items) -> NDArray[np.int8]:
    """Return the value of the rival of each recall, shape (Q, m)."""
    n_items = int(items.asked("first_before").sum())
    first = items.query_item < n_items
    rival: NDArray[np.int8] = items.values[items.query_item + np.where(first, n_items, -n_items)]
    return rival


def measure(readout: Readout, prediction: Readout, items: Items) -> dict[str, float]:
    """Score each block in each state.

    ``accuracy_*`` are value bits right, and ``won_*`` the part of the recalls that are closer to
    the value asked for than to that of its rival.
    """
    own = agreement(readout, items.values[items.query_item])
    rival = agreement(readout, rivals(items))
    scores = accuracy_by_group(readout, items)
    for group in dict.fromkeys(items.query_group):
        scores[f"won_{group}"] = float((own > rival)[items.asked(group)].mean())
    return scores


def pictures(result: Result[Recalled]) -> list[Picture]:
    """Draw what comes back of both blocks, the spikes, the attention, and the weights."""
    from .pictures.key_value import attention_picture, two_values_picture, weights_picture
    from .pictures.spikes import spikes_picture

    return [
        two_values_picture(result, rivals(result.found.items), "value of the rival"),
        spikes_picture(result),
        attention_picture(result),
        weights_picture(result),
    ]


PROTOCOL = store_and_recall(
    name="two-task",
    summary="store a second block that hides the first, then amplify the keys of the first",
    description=(
        "A first block of items is stored; then, several times, a second one with nearly the same "
        "keys and other values, in slots of its own. The cue of a first item now finds more slots "
        "of its rival than of itself. Then the keys of the first block are amplified, or its cells "
        "lit. Measured: what the cues of both blocks bring back before, after and amplified."
    ),
    parameters=TwoTaskParameters,
    schedule=schedule,
    measure=measure,
    pictures=pictures,
    plateau_writes=True,
)

if __name__ == "__main__":
    from hippokv.command_line import run_protocol

    run_protocol(PROTOCOL.name)
