"""Parameters of the reminding memory."""

from __future__ import annotations

from dataclasses import dataclass, field

from hippokv.parameter import redeclared

from .cells.reopening import ReopeningParameters
from .consolidating_memory_parameters import ConsolidatingMemoryParameters


@dataclass(frozen=True)
class RemindingMemoryParameters(ConsolidatingMemoryParameters):
    """Hold every number of the consolidating memory whose slots close with time."""

    n_slots: int = redeclared(
        ConsolidatingMemoryParameters,
        "n_slots",
        24,
        chosen="20 contexts, and slots that hold nothing, which answer to what is new",
    )
    reopening: ReopeningParameters = field(default_factory=ReopeningParameters)
