"""Which cells an event asks for: the slots that hold its item, and the cells of its value."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from hippokv.circuits.manipulation.manipulations import BlockPlasticity
from hippokv.circuits.recording import Recording
from hippokv.circuits.schedule import Event, Schedule

from .readout import slots_taken


@dataclass(frozen=True)
class Asked:
    """Name the cells of a population that a stretch of time asks for.

    Parameters
    ----------
    start_s, stop_s
        Begin and end of the stretch.
    cells
        Which cells, shape (size,).
    """

    start_s: float
    stop_s: float
    cells: NDArray[np.bool_]


@dataclass(frozen=True)
class Sought:
    """Say which items recalls ask for, where each asks for several.

    Parameters
    ----------
    items
        Numbers of the items that each recall asks for, in order of time.
    slots, value
        What the legend calls their slots, and the cells of their value, those of storage included.
    """

    items: Sequence[Sequence[int]]
    slots: str
    value: str


def asking(schedule: Schedule) -> list[Event]:
    """Return the events that ask for items: recalls, or else visits to where they were stored."""
    stored = {event.item for event in schedule.events("store")}
    visits = [event for event in schedule.events("visit") if event.item in stored]
    return schedule.events("recall") or visits


def wanted(schedule: Schedule, sought: Sought | None) -> list[tuple[Event, list[int]]]:
    """Return every storage and every event that asks, in order of time, with the items it wants."""
    asks = asking(schedule)
    items = sought.items if sought else [[event.item] if event.item >= 0 else [] for event in asks]
    found = [(event, list(own)) for event, own in zip(asks, items, strict=True)]
    found += [
        (event, [event.item] if event.item >= 0 else []) for event in schedule.events("store")
    ]
    return sorted(found, key=lambda one: one[0].start_ms)


def asked_in(
    schedule: Schedule, window_ms: tuple[float, float], sought: Sought | None
) -> dict[float, list[int]]:
    """Return the items that are asked for by what lies in a window in part, by its start in s."""
    return {
        event.start_ms / 1e3: items
        for event, items in wanted(schedule, sought)
        if event.kind != "store" and event.start_ms < window_ms[1] and event.stop_ms > window_ms[0]
    }


def as_named(schedule: Schedule, sought: Sought | None) -> Schedule:
    """Return the schedule by which events are named: what asks for several items has no number."""
    if sought is None:
        return schedule
    asking_phases = {event.phase for event in asking(schedule)}
    return replace(
        schedule,
        epochs=tuple(
            replace(epoch, item=-1) if epoch.phase in asking_phases else epoch
            for epoch in schedule.epochs
        ),
    )


def asked_cells(
    recording: Recording, schedule: Schedule, n_slots: int, sought: Sought | None = None
) -> dict[str, list[Asked]]:
    """Return what each storage and each recall asks for, by population.

    Of hippocampal cells these are the slots that took the item last, of cortical cells those that
    its value drove then. A slot whose key may not change answers to the item of before when this
    is over. A population of which nothing can be told is left out.

    Parameters
    ----------
    n_slots
        Number of slots, into which the hippocampal cells are divided in order.
    sought
        What recalls ask for; by default each for the item that it names.
    """
    events = wanted(schedule, sought)
    found: dict[str, list[Asked]] = {}
    cells = recording.spikes.get("hippocampal")
    if cells and "dendritic_spike" in recording.events and cells.size % n_slots == 0:
        taken = iter(slots_taken(recording, schedule, n_slots))
        holds = np.full(n_slots, -1)
        for event, items in events:
            now = holds.copy()
            if event.kind == "store":
                now[next(taken)] = event.item
            if not _keys_are_blocked(event, schedule):
                holds = now
            if items:
                own = np.repeat(np.isin(now, items), cells.size // n_slots)
                found.setdefault("hippocampal", []).append(
                    Asked(event.start_ms / 1e3, event.stop_ms / 1e3, own)
                )
    cells, width = recording.spikes.get("cortical"), schedule.widths.get("cortical", 0)
    if cells and width and cells.size % width == 0:
        driven: dict[int, NDArray[np.bool_]] = {}
        for event, items in events:
            if event.kind == "store":
                drive = schedule.first_epoch(event).drive.get("cortical", 0.0)
                units = np.broadcast_to(np.greater(drive, 0), width)
                driven[event.item] = np.repeat(units, cells.size // width)
            values = [driven[item] for item in items if item in driven]
            if values:
                own = np.any(values, axis=0)
                found.setdefault("cortical", []).append(
                    Asked(event.start_ms / 1e3, event.stop_ms / 1e3, own)
                )
    return found


def slots_asked(
    recording: Recording,
    schedule: Schedule,
    *,
    n_slots: int,
    window_ms: tuple[float, float],
    sought: Callable[[Schedule], Sought | None],
) -> NDArray[np.int64]:
    """Return the cells of all slots that hold what is asked for in a window.

    Parameters
    ----------
    n_slots
        Number of slots, into which the hippocampal cells are divided in order.
    window_ms
        Start and stop of the window, in ms; what lies in it in part counts.
    sought
        What recalls ask for; nothing where each asks for the item that it names.

    Returns
    -------
    array
        Numbers of hippocampal cells, in order; empty where nothing of it has a slot.
    """
    given = sought(schedule)
    inside = asked_in(schedule, window_ms, given)
    found = np.zeros(recording.spikes["hippocampal"].size, dtype=bool)
    for one in asked_cells(recording, schedule, n_slots, given).get("hippocampal", []):
        if one.start_s in inside:
            found |= one.cells
    return np.flatnonzero(found)


def _keys_are_blocked(event: Event, schedule: Schedule) -> bool:
    return any(
        isinstance(row, BlockPlasticity)
        and row.projection == "keys"
        and row.start_ms <= event.start_ms
        and event.stop_ms <= row.stop_ms
        for row in schedule.manipulations
    )
