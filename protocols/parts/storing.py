"""How items are stored: the epochs of a storage, and the settings that say how long they are."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from hippokv.circuits.cells.homeostasis import IDLE
from hippokv.circuits.schedule import SCHEDULE_STEP_MS, Epoch, on_off
from hippokv.parameter import parameter

from ..running.stimuli import Stimuli, StimulusParameters

LONGEST_MS = 60_000.0
#: How long a pattern of an idle epoch lasts: cells that it wakes fire their first spike late, which
#: must not count.
IDLE_PATTERN_MS = 200.0
#: Rest after an idle epoch, until the inhibition is as in any rest.
AFTER_IDLE_MS = 500.0

Drive = Mapping[str, NDArray[np.float64] | float]


def duration(
    default: float,
    meaning: str,
    *,
    source: str = "",
    chosen: str = "",
    shortest: float = SCHEDULE_STEP_MS,
) -> Any:
    """Declare a parameter that is the duration of an epoch in ms."""
    return parameter(
        default,
        meaning,
        source=source,
        chosen=chosen,
        low=shortest,
        high=LONGEST_MS,
        step=SCHEDULE_STEP_MS,
    )


@dataclass(frozen=True)
class StorageParameters(StimulusParameters):
    """Hold the settings of storage."""

    idle_ms: float = parameter(
        0.0,
        "idle epoch at the very start, in which cells that differ find their thresholds",
        chosen="none where cells are equal; 10 s where they differ",
        low=0.0,
        high=600_000.0,
        step=IDLE_PATTERN_MS,
    )
    settling_ms: float = duration(
        200.0, "rest before the first item", chosen="the voltages forget their start"
    )
    study_ms: float = duration(
        800.0,
        "key and value are shown before the instruction",
        chosen="the eligibility trace of 1 s comes near its plateau",
    )
    instruction_ms: float = duration(
        250.0,
        "the instruction that calls for a plateau, item still shown",
        chosen="the ramp recruits one slot within it",
    )
    consolidation_ms: float = duration(
        100.0, "the item stays after the instruction", chosen="a late plateau still sees its item"
    )
    gap_ms: float = duration(
        300.0, "rest after each item", chosen="plateaus end and their refractory time passes"
    )


class StorageTimes(Protocol):
    """Name how long the epochs of storage are, in ms; the settings of any protocol that stores."""

    @property
    def study_ms(self) -> float: ...
    @property
    def instruction_ms(self) -> float: ...
    @property
    def consolidation_ms(self) -> float: ...
    @property
    def gap_ms(self) -> float: ...


def store_epochs(
    item: int,
    key: NDArray[Any],
    value: NDArray[Any],
    parameters: StorageTimes,
    level: float = 1.0,
) -> list[Epoch]:
    """Return the epochs that store an item: study, instruction, consolidation, rest.

    Parameters
    ----------
    item
        Its number.
    key, value
        What entorhinal and cortical cells are shown, in -1 and 1, shapes (d,) and (m,).
    parameters
        How long the epochs are.
    level
        Level of the neuromodulator.
    """
    shown: Drive = {"entorhinal": on_off(key), "cortical": on_off(value), "acetylcholine": level}
    return [
        Epoch("store", parameters.study_ms, item, shown),
        Epoch("store", parameters.instruction_ms, item, {**shown, "instruction": 1.0}),
        Epoch("store", parameters.consolidation_ms, item, shown),
        Epoch("rest", parameters.gap_ms),
    ]


def idle_epochs(stimuli: Stimuli, parameters: StorageParameters) -> list[Epoch]:
    """Return the idle epoch of a schedule, where it has one.

    Random patterns drive all pairs of ON and OFF cells, others for other items.
    """
    widths = stimuli.keys.shape[1], stimuli.values.shape[1]
    stream = np.random.default_rng((stimuli.keys > 0).astype(np.uint32).ravel())
    epochs = []
    for _ in range(round(parameters.idle_ms / IDLE_PATTERN_MS)):
        key, value = (on_off(stream.choice([-1, 1], width)) for width in widths)
        drive: Drive = {IDLE: 1.0, "entorhinal": key, "cortical": value}
        epochs.append(Epoch("idle", IDLE_PATTERN_MS, drive=drive))
    return [*epochs, Epoch("rest", AFTER_IDLE_MS)] if epochs else []


def storage_epochs(
    stimuli: Stimuli, parameters: StorageParameters, items: Sequence[int] | None = None
) -> list[Epoch]:
    """Return the epochs that store items, all by default, after a rest in which voltages settle.

    Before the first item stands the idle epoch.
    """
    numbers = range(len(stimuli.keys)) if items is None else items
    epochs = idle_epochs(stimuli, parameters) if 0 in numbers else []
    epochs.append(Epoch("rest", parameters.settling_ms))
    for item in numbers:
        epochs += store_epochs(item, stimuli.keys[item], stimuli.values[item], parameters)
    return epochs
