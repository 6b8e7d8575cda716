"""What of a run is enlarged: what is done to the circuit first, then storage and recall."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from hippokv.circuits.manipulation.manipulations import Erase, Express, ScaleWeights
from hippokv.circuits.schedule import Event, Schedule

from ..recall.asked_cells import asking

#: A run up to this long shows single spikes without being enlarged.
SHORT_RUN_S = 8.0
#: An enlarged stretch is at most this long, and shows so many events.
ENLARGED_S = 4.0
ENLARGED_EVENTS = 2
#: So many kinds of recall are enlarged.
MOST_GROUPS = 5


@dataclass(frozen=True)
class Window:
    """Name a stretch of time, in seconds."""

    start_s: float
    stop_s: float

    @property
    def length_s(self) -> float:
        """Length in s."""
        return self.stop_s - self.start_s


def enlarged_windows(schedule: Schedule) -> list[Window]:
    """Return the first recalls, and the storage of what they ask for; or one recall of each kind.

    Kinds are the groups of recalls, and what is done something to and what is not. Where there are
    several, those come first to which something is done, then those that ask for the same items;
    and the first storage between recalls to which something is done is enlarged, too. Without
    recalls it is the begin of a search, where there is one.
    """
    stores, recalls = schedule.events("store"), asking(schedule)
    acted = acted_on(schedule)
    between: list[Event] = []
    if recalls:
        before = [event for event in stores if event.start_ms < recalls[0].start_ms]
        between = [event for event in stores if event in acted and event not in before][:1]
        stores = before or stores
    stores = [event for event in stores if event in acted] or stores
    kinds: dict[str | bool, Event] = {}
    for event in sorted(recalls, key=lambda event: event not in acted):
        kinds.setdefault(event.group or event in acted, event)
    if len(kinds) > 1:
        targets = {event.item for event in (*kinds.values(), *stores) if event in acted}

        def rank(event: Event) -> int:
            return 0 if event in acted else 1 if event.item in targets else 2

        chosen = sorted(kinds.values(), key=lambda event: event.start_ms)
        chosen = sorted(chosen, key=rank)[: MOST_GROUPS - len(between)]
        chosen = [*_stored(stores, chosen[:1]), *chosen, *between]
        found = [around([event], schedule) for event in chosen]
        return joined([Window(w.start_s, min(w.stop_s, w.start_s + ENLARGED_S)) for w in found])
    found = []
    for event in _stored(stores, recalls[:ENLARGED_EVENTS]):
        stretch = around([event], schedule)
        # Plateaus come late in an event.
        most_s = ENLARGED_S / ENLARGED_EVENTS
        found.append(Window(max(stretch.start_s, stretch.stop_s - most_s), stretch.stop_s))
    if recalls:
        stretch = around(recalls[:ENLARGED_EVENTS], schedule)
        found.append(Window(stretch.start_s, min(stretch.stop_s, stretch.start_s + ENLARGED_S)))
    elif searches := schedule.events("search"):
        stretch = around(searches[:1], schedule)
        found.append(Window(stretch.start_s, min(stretch.stop_s, stretch.start_s + ENLARGED_S)))
    if not found:
        return [Window(0.0, min(ENLARGED_S, schedule.duration_ms / 1e3))]
    return joined(found)


def _stored(stores: list[Event], recalls: list[Event]) -> list[Event]:
    """Return where the items of some recalls were stored last; else what was stored last."""
    by_item = {event.item: event for event in stores}
    found = [by_item[event.item] for event in recalls if event.item in by_item]
    return found or stores[-max(len(recalls), 1) :]


def acted_on(schedule: Schedule) -> frozenset[Event]:
    """Return the events in which something is done to the circuit, and not in all of their kind.

    Weights that are scaled in a rest mark the event that follows.
    """
    events = schedule.events()
    start_ms = np.array([event.start_ms for event in events])
    stop_ms = np.array([event.stop_ms for event in events])
    rests = np.array([event.kind == "rest" for event in events])
    acted = np.zeros(len(events), dtype=bool)
    for row in schedule.manipulations:
        if not isinstance(row, Express | Erase):
            during = (start_ms < row.stop_ms) & (row.start_ms < stop_ms)
            if isinstance(row, ScaleWeights):
                during[1:] |= during[:-1] & rests[:-1]
            acted |= during
    found: set[Event] = set()
    for kind in dict.fromkeys(event.kind for event in events if event.kind != "rest"):
        own = [event.kind == kind for event in events]
        if not acted[own].all():
            found |= {events[place] for place in np.flatnonzero(acted & own)}
    return frozenset(found)


def joined(windows: list[Window]) -> list[Window]:
    """Return stretches in order of time, those that touch or nearly so as one."""
    found: list[Window] = []
    for window in sorted(windows, key=lambda window: window.start_s):
        if found and window.start_s <= found[-1].stop_s + 0.2:
            found[-1] = Window(found[-1].start_s, max(found[-1].stop_s, window.stop_s))
        else:
            found.append(window)
    return found


def around(events: list[Event], schedule: Schedule) -> Window:
    """Return the time of some events with a little of the rest before and after them."""
    margin_ms = 150.0
    start_ms, stop_ms = events[0].start_ms, events[-1].stop_ms
    for rest in schedule.events("rest"):
        if rest.stop_ms == events[0].start_ms:
            start_ms = max(rest.start_ms, start_ms - margin_ms)
        if rest.start_ms == events[-1].stop_ms:
            stop_ms = min(rest.stop_ms, stop_ms + margin_ms)
    return Window(start_ms / 1e3, stop_ms / 1e3)
