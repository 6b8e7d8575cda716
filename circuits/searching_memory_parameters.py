"""Parameters of the searching memory."""

from __future__ import annotations

from dataclasses import dataclass, field

from .cells.memory_search import SearchParameters, SearchRhythmParameters
from .presets import no_preset
from .slot_memory_parameters import SlotMemoryParameters


@dataclass(frozen=True)
class SearchingMemoryParameters(SlotMemoryParameters):
    """Hold every number of the slot memory that is searched without a cue."""

    preset: str = no_preset()
    rhythm: SearchRhythmParameters = field(default_factory=SearchRhythmParameters)
    search: SearchParameters = field(default_factory=SearchParameters)
