"""Parameters of the searching memory."""

from __future__ import annotations

from dataclasses import dataclass, field

from hippokv.parameter import parameter

from .cells.memory_search import SearchParameters, SearchRhythmParameters
from .presets import preset_among
from .slot_memory_parameters import SlotMemoryParameters


@dataclass(frozen=True)
class SearchingMemoryParameters(SlotMemoryParameters):
    """Hold every number of the slot memory that is searched without a cue."""

    preset: str = preset_among()
    rhythm: SearchRhythmParameters = field(default_factory=SearchRhythmParameters)
    search: SearchParameters = field(default_factory=SearchParameters)
    concussible: bool = parameter(
        False,
        "whether the schedule can lower the excitability of all hippocampal cells for a while",
        chosen="only where a protocol is about it: the cells then have one equation more",
        structural=True,
    )
    recovery_tau_ms: float = parameter(
        150_000.0,
        "time constant with which that excitability comes back",
        chosen="five tests of 30 s: stands for weeks to months, of which no number was found",
        high=10_000_000.0,
    )
