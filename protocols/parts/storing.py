"""How items are stored: the epochs of a storage, and the settings that say how long they are."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Protocol

import numpy as np
from numpy.typing import NDArray

from hippokv.circuits.schedule import SCHEDULE_STEP_MS, Epoch, on_off
from hippokv.parameter import parameter

from ..running.stimuli import Stimuli, StimulusParameters

if TYPE_CHECKING:
    pass


LONGEST_MS = 60_000.0

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


def storage_epochs(
    stimuli: Stimuli, parameters: StorageParameters, items: Sequence[int] | None = None
) -> list[Epoch]:
    """Return the epochs that store items, all by default, after a rest in which voltages settle."""
    epochs = [Epoch("rest", parameters.settling_ms)]
    for item in range(len(stimuli.keys)) if items is None else items:
        epochs += store_epochs(item, stimuli.keys[item], stimuli.values[item], parameters)
    return epochs
