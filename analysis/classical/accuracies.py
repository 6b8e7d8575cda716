"""How much classical memories recall of the items that a circuit was shown."""

from __future__ import annotations

from collections.abc import Mapping

from hippokv.circuits.schedule import Schedule

from ..recall.items import items_of
from ..recall.scores import group_accuracies
from .memory import Memory, remember


def accuracies_of(
    memories: Mapping[str, Memory], schedule: Schedule, seed: int
) -> dict[str, dict[str, float]]:
    """Show memories a schedule, and return the accuracy of each in each kind of recall."""
    items = items_of(schedule)
    return {
        name: group_accuracies(remember(memory, schedule, seed), items)
        for name, memory in memories.items()
    }
