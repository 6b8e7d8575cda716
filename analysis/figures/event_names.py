"""Names of events above a panel, as many as have room."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from textwrap import wrap
from types import MappingProxyType
from typing import TYPE_CHECKING

from hippokv.circuits.schedule import Event, Schedule

from ..recall.groups import group_words
from .raster_windows import Window, acted_on

if TYPE_CHECKING:
    from matplotlib.axes import Axes

#: Size of the letters of names.
EVENT_POINTS = 8
#: A line of a name has at most so many letters, where it has several words; and where names are
#: close.
MOST_LETTERS, FEWEST_LETTERS = 13, 9

IN_BRACKETS, TIED = re.compile(r"\(.*?\)"), "\N{NO-BREAK SPACE}"
#: Kinds of events that are named before all others.
ITEMS = ("store", "recall", "visit")

#: Part of the bits that are right in a recall, by its start in ms.
Right = Mapping[float, float]
UNKNOWN: Right = MappingProxyType({})


def name_events(
    panel: Axes,
    schedule: Schedule,
    window: Window,
    width_in: float,
    right: Right = UNKNOWN,
    letters: int = MOST_LETTERS,
) -> None:
    """Name the events above a panel, as many as have room, and say how much of them is right."""
    room = _Room(window.start_s, window.stop_s, width_in, right, letters)
    for event in labelled_events(schedule, window.start_s, window.stop_s, width_in, right, letters):
        panel.annotate(
            "\n".join(event_words(event, right, letters)), xy=(room.middle_ms(event) / 1e3, 1.0),
            xycoords=panel.get_xaxis_transform(), xytext=(0, 2), textcoords="offset points",
            ha="center", va="bottom", fontsize=EVENT_POINTS, linespacing=1.05,
            annotation_clip=False,
        )  # fmt: skip


def event_words(
    event: Event, right: Right = UNKNOWN, letters: int = MOST_LETTERS
) -> list[str]:  # fmt: skip
    """Return the name of an event for a figure; in further lines which kind, and what is right."""
    words = event.kind if event.item < 0 else f"{event.kind} {event.item + 1}"
    # What stands in brackets stays on one line.
    group = IN_BRACKETS.sub(lambda found: found[0].replace(" ", TIED), group_words(event.group))
    lines = [
        words,
        *(line.replace(TIED, " ") for line in wrap(group, letters, break_long_words=False)),
    ]
    if event.kind == "recall" and event.start_ms in right:
        told = f"{100 * right[event.start_ms]:.0f} % right"
        lines += [told] if len(told) <= letters else told.rsplit(" ", 1)
    return lines


def letters_that_fit(
    schedule: Schedule, windows: Sequence[Window], widths_in: Sequence[float], right: Right
) -> int:
    """Return how long the lines of names above some stretches of time are, so that most fit.

    Parameters
    ----------
    widths_in
        Widths of the stretches on the page, in inches.
    """

    def named(letters: int) -> int:
        return sum(
            len(labelled_events(schedule, window.start_s, window.stop_s, width, right, letters))
            for window, width in zip(windows, widths_in, strict=True)
        )

    # The longer of those with which as many fit.
    return max(MOST_LETTERS, FEWEST_LETTERS, key=named)


@dataclass(frozen=True)
class _Room:
    """Place names above a stretch of time, in s, that is so wide on the page."""

    start_s: float
    stop_s: float
    width_in: float
    right: Right
    letters: int

    def middle_ms(self, event: Event) -> float:
        """Return where the name of an event is centred, so that it stays above the stretch."""
        low, high = 1e3 * self.start_s, 1e3 * self.stop_s
        visible = max(event.start_ms, low), min(event.stop_ms, high)
        # There is a little room beside the panels.
        half = max(self.words_in(event) / 2 - 0.2, 0.0) * (high - low) / self.width_in
        return min(max(sum(visible) / 2, min(low + half, high)), max(high - half, low))

    def apart(self, one: Event, other: Event) -> bool:
        """Return whether two names do not touch."""
        per_ms = self.width_in / (self.stop_s - self.start_s) / 1e3
        gap_in = abs(self.middle_ms(one) - self.middle_ms(other)) * per_ms
        return gap_in > (self.words_in(one) + self.words_in(other)) / 2 + 0.045

    def words_in(self, event: Event) -> float:
        """Return the width of a name in inches."""
        return max(map(_line_in, event_words(event, self.right, self.letters)))


@cache
def _line_in(words: str) -> float:
    from matplotlib.font_manager import FontProperties
    from matplotlib.textpath import text_to_path

    letters = FontProperties(family="DejaVu Sans", size=EVENT_POINTS)
    width, _, _ = text_to_path.get_text_width_height_descent(words, letters, ismath=False)
    return float(width) / 72


def labelled_events(
    schedule: Schedule,
    start_s: float,
    stop_s: float,
    width_in: float,
    right: Right = UNKNOWN,
    letters: int = MOST_LETTERS,
) -> list[Event]:
    """Choose the events whose names fit above a stretch of time.

    Those come first in which something is done to the circuit, then the first event of each phase,
    then those with which the phase changes, then as many others as have room; of each, storage and
    recall come before the rest.

    Parameters
    ----------
    width_in
        Its width on the page, in inches.
    """
    events = [
        event
        for event in schedule.events()
        if event.phase != "rest" and event.stop_ms > start_s * 1e3 and event.start_ms < stop_s * 1e3
    ]
    room = _Room(start_s, stop_s, width_in, right, letters)
    chosen: list[Event] = []
    acted = acted_on(schedule)
    done = _firsts([event for event in events if event in acted])
    first = {event.phase: event for event in reversed(events)}.values()
    ranks = [
        sorted(rank, key=lambda event: (event.kind not in ITEMS, event.start_ms))
        for rank in (first, _firsts(events), _round_numbers(events, room))
    ]
    for event in [*done, *(event for rank in ranks for event in rank)]:
        if all(room.apart(event, other) for other in chosen):
            chosen.append(event)
    return sorted(chosen, key=lambda event: event.start_ms)


def _firsts(events: list[Event]) -> list[Event]:
    """Return the events whose phase is another than that of the event before."""
    return [
        event
        for before, event in zip([None, *events], events, strict=False)
        if before is None or before.phase != event.phase
    ]


def _round_numbers(events: list[Event], room: _Room) -> list[Event]:
    """Return every event of each phase, or every fifth, tenth ... item, so that all have room."""
    chosen: list[Event] = []
    for phase in dict.fromkeys(event.phase for event in events):
        for step in (1, 2, 5, 10, 20, 50, 100, 200, 500):
            found = [
                event for event in events if event.phase == phase and (event.item + 1) % step == 0
            ]
            if all(room.apart(*pair) for pair in zip(found, found[1:], strict=False)):
                chosen += found
                break
    return chosen
