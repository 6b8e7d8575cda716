"""Items: what a schedule stores and asks for, read back from its epochs."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from hippokv.arrays import Array
from hippokv.circuits.schedule import Event, Schedule


@dataclass(frozen=True)
class Items:
    """Hold the items of an experiment.

    Parameters
    ----------
    keys
        Keys stored, in -1 and 1, shape (T, d).
    values
        Values stored, in -1 and 1, shape (T, m).
    queries
        Cues of the recalls, in -1, 0 (hidden) and 1, shape (Q, d).
    query_item
        Row of ``keys`` that each cue asks for, shape (Q,).
    query_group
        What kind of recall it is, where a protocol tells several apart, (Q,) words.
    looped
        Which recalls had the one before as their cue, through the recurrent loop, shape (Q,).
    """

    keys: NDArray[np.int8]
    values: NDArray[np.int8]
    queries: NDArray[np.int8]
    query_item: NDArray[np.int64]
    query_group: tuple[str, ...] = ()
    looped: NDArray[np.bool_] = field(default_factory=lambda: np.zeros(0, dtype=bool))

    def __repr__(self) -> str:
        return f"<Items: {len(self.keys)} stored, {len(self.queries)} cues>"

    @property
    def groups(self) -> list[str]:
        """The kinds of recall that a protocol tells apart, in order."""
        return [group for group in dict.fromkeys(self.query_group) if group]

    @property
    def replay(self) -> NDArray[np.int64]:
        """Number of the cue that each recall goes back to, shape (Q,)."""
        looped = self.looped if self.looped.size else np.zeros(len(self.queries), dtype=bool)
        return np.cumsum(~looped) - 1

    def asked(self, *groups: str) -> NDArray[np.bool_]:
        """Return which recalls belong to the groups named, shape (Q,)."""
        return np.array([group in groups for group in self.query_group], dtype=bool)


def items_of(schedule: Schedule) -> Items:
    """Read the items from the events ``store`` and ``recall`` of a schedule."""
    stores, recalls = schedule.events("store"), schedule.events("recall")
    inputs = schedule.channel("entorhinal")
    return Items(
        keys=_patterns(schedule, inputs, stores),
        values=_patterns(schedule, schedule.channel("cortical"), stores),
        queries=_patterns(schedule, inputs, recalls),
        query_item=np.array([event.item for event in recalls], dtype=np.int64),
        query_group=tuple(event.group for event in recalls),
        looped=np.array([schedule.level("loop", event) > 0 for event in recalls], dtype=bool),
    )


def _patterns(schedule: Schedule, table: Array, events: list[Event]) -> NDArray[np.int8]:
    rows = np.searchsorted(schedule.start_ms, [event.start_ms for event in events])
    width = table.shape[1] // 2
    drive = table[rows.astype(int)]
    patterns: NDArray[np.int8] = np.sign(drive[:, :width] - drive[:, width:]).astype(np.int8)
    return patterns
