"""The spike raster: what every population did, in the whole run and enlarged."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from hippokv.circuits.manipulations import Tag
from hippokv.circuits.recording import Recording, SpikeTrain
from hippokv.circuits.schedule import Event, Schedule

from . import style
from .manipulation_marks import ROW_IN, draw_lane, lane_rows, legend_handles, mark_cells

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

CAPTION = (
    "Spikes of every population, cell by cell. The background tells the phases apart, and the "
    "words above name the item that is stored or asked for. Triangles mark the start of plateaus"
    " (dendritic spikes) of hippocampal cells; the axis on the right counts the slots that these"
    " cells form. The first half of the entorhinal and of the cortical cells are ON cells, the "
    "second half their OFF partners. Where the whole run is too long for single spikes, its "
    "colour is the deeper the more spikes fall on a spot, and the panels below enlarge the last "
    "items stored and the first recalls, or one of each kind of recall. What is done to the circuit"
    " is drawn in a lane above the cells: pulses of light, a triangle where the tagged cells make "
    "their opsin, plasticity that is blocked, and weights that are scaled. On the cells themselves,"
    " hatching marks those that are silenced, and a green bar the time in which cells are tagged."
)

#: A run up to this long shows single spikes without being enlarged.
SHORT_RUN_S = 8.0
#: An enlarged stretch is at most this long, and shows so many events.
ENLARGED_S = 4.0
ENLARGED_EVENTS = 2
#: Height of a line of the names of events, and size of their letters.
LINE_IN, EVENT_POINTS = 0.13, 8
#: So many kinds of recall are enlarged.
MOST_GROUPS = 4

LEFT_IN, RIGHT_IN, GAP_IN = 1.46, 0.5, 0.1


@dataclass(frozen=True)
class Window:
    """Name a stretch of time, in seconds."""

    start_s: float
    stop_s: float

    @property
    def length_s(self) -> float:
        """Length in s."""
        return self.stop_s - self.start_s


@style.styled
def raster_figure(recording: Recording, schedule: Schedule, n_slots: int) -> Figure:
    """Draw the spikes of every population, with the phases of the schedule behind them.

    Parameters
    ----------
    n_slots
        Number of slots, into which the hippocampal cells are divided in order.

    Returns
    -------
    Figure
        The whole run; of a long run also the last items stored and the first recalls, enlarged.
    """
    whole = Window(0.0, recording.duration_ms / 1e3)
    enlarged = enlarged_windows(schedule) if whole.length_s > SHORT_RUN_S else []
    heights = [_height_in(train.size) for train in recording.spikes.values()]
    squeezed = [max(0.7 * height, 0.24) for height in heights]
    rows = [(squeezed, [whole]), (heights, enlarged)] if enlarged else [(heights, [whole])]
    grouped = any(event.group for event in schedule.events())
    lane = ROW_IN * len(lane_rows(schedule.manipulations))
    above, below, legend = 0.36 + lane + (LINE_IN if grouped else 0.0), 0.44, 0.3
    figure = style.new_figure(
        legend + sum(above + sum(tall) + GAP_IN * (len(tall) - 1) + below for tall, _ in rows)
    )
    _add_legend(figure, recording, schedule)
    top = legend
    for tall, windows in rows:
        _draw_block(figure, recording, schedule, n_slots, tall, windows, top + above)
        title = "whole run" if windows == [whole] else "enlarged"
        style.add_heading(figure, title, top + above - lane, lift_in=0.06)
        top += above + sum(tall) + GAP_IN * (len(tall) - 1) + below
    return figure


def _height_in(size: int) -> float:
    return float(np.clip(0.2 * size**0.34, 0.34, 1.6))


def enlarged_windows(schedule: Schedule) -> list[Window]:
    """Return the last events of storage before the first recalls, and these, apart or as one."""
    stores, recalls = schedule.events("store"), schedule.events("recall")
    if recalls:
        before = [event for event in stores if event.start_ms < recalls[0].start_ms]
        stores = before or stores
    groups = dict.fromkeys(event.group for event in recalls)
    if len(groups) > 1:
        return _one_of_each(stores, recalls, schedule)
    found = []
    if stores:
        stretch = around(stores[-ENLARGED_EVENTS:], schedule)
        # Plateaus come late in an event.
        found.append(Window(max(stretch.start_s, stretch.stop_s - ENLARGED_S), stretch.stop_s))
    if recalls:
        stretch = around(recalls[:ENLARGED_EVENTS], schedule)
        found.append(Window(stretch.start_s, min(stretch.stop_s, stretch.start_s + ENLARGED_S)))
    if not found:
        return [Window(0.0, min(ENLARGED_S, schedule.duration_ms / 1e3))]
    return joined(found)


def _one_of_each(stores: list[Event], recalls: list[Event], schedule: Schedule) -> list[Window]:
    """Return an item that is tagged or else the last, and the first recall of each group."""
    tags = [row for row in schedule.manipulations if isinstance(row, Tag)]
    tagged = [
        event
        for event in stores
        if any(tag.start_ms < event.stop_ms and event.start_ms < tag.stop_ms for tag in tags)
    ]
    first = {event.group: event for event in reversed(recalls)}
    chosen = [*(tagged or stores)[-1:], *list(first.values())[: -MOST_GROUPS - 1 : -1]]
    found = [around([event], schedule) for event in chosen]
    return joined([Window(w.start_s, min(w.stop_s, w.start_s + ENLARGED_S)) for w in found])


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


def _add_legend(figure: Figure, recording: Recording, schedule: Schedule) -> None:
    phases = dict.fromkeys(event.kind for event in schedule.events())
    order = sorted(phases, key=lambda phase: phase == "rest")
    handles = [style.patch(style.phase_colour(phase), phase) for phase in order]
    if "dendritic_spike" in recording.events:
        handles.append(
            style.mark(
                "start of a plateau",
                color=style.PLATEAU,
                marker=">",
                markersize=4.5,
                markeredgewidth=0,
            )
        )
    handles += legend_handles(schedule.manipulations)
    style.add_legend(figure, handles, LEFT_IN if len(handles) < 7 else style.EDGE_IN, 0.08)


def _draw_block(
    figure: Figure,
    recording: Recording,
    schedule: Schedule,
    n_slots: int,
    heights_in: list[float],
    windows: list[Window],
    top_in: float,
) -> None:
    """Draw a panel for each population, in a column for each window."""
    # Numbers of the axes of time stand out a little.
    spacing = 0.16 if len(windows) < 3 else 0.26
    room_in = style.WIDTH_IN - LEFT_IN - RIGHT_IN - spacing * (len(windows) - 1)
    total_s = sum(window.length_s for window in windows)
    left = LEFT_IN
    rows = lane_rows(schedule.manipulations)
    for window in windows:
        width, top = room_in * window.length_s / total_s, top_in
        panels: dict[str, Axes] = {}
        for (name, train), height in zip(recording.spikes.items(), heights_in, strict=True):
            panels[name] = style.add_panel(figure, left, top, width, height)
            shade_phases(panels[name], schedule, window)
            draw_spikes(panels[name], name, train, window)
            mark_cells(panels[name], name, train.size, height, schedule.manipulations)
            panels[name].tick_params(bottom=False, left=False, labelbottom=False, labelleft=False)
            if window is windows[0]:
                _label_cells(panels[name], name, train.size, height)
            top += height + GAP_IN
        first, *_, last = [*panels.values()] * 2
        if rows:
            lane_in = ROW_IN * len(rows)
            lane = style.add_panel(figure, left, top_in - lane_in, width, lane_in)
            lane.set_xlim(window.start_s, window.stop_s)
            draw_lane(lane, rows, width, LEFT_IN if window is windows[0] else 0.0)
            first = lane
        name_events(first, schedule, window, width)
        last.tick_params(bottom=True, labelbottom=True)
        if window is windows[0]:
            last.set_xlabel("time (s)")
        if "hippocampal" in panels:
            _mark_plateaus(panels["hippocampal"], recording.events, window)
            if window is windows[-1]:
                n_cells = recording.spikes["hippocampal"].size
                _add_slot_axis(panels["hippocampal"], n_cells, n_slots)
        left += width + spacing


def draw_spikes(axes: Axes, name: str, train: SpikeTrain, window: Window) -> None:
    """Draw the spikes of a population, as an image of the axes' own resolution.

    However many there are, it takes as long.
    """
    columns, most_rows = (max(round(size), 1) for size in axes.bbox.size)
    rows = min(train.size, most_rows)
    counts = spike_counts(train, window.start_s, window.stop_s, columns, rows)
    axes.imshow(
        _inked(counts, style.population_colour(name)),
        extent=(window.start_s, window.stop_s, 0.5, train.size + 0.5),
        origin="lower",
        aspect="auto",
        interpolation="nearest",
        zorder=2,
    )
    axes.set_xlim(window.start_s, window.stop_s)
    axes.set_ylim(0.5, train.size + 0.5)


def spike_counts(
    train: SpikeTrain, start_s: float, stop_s: float, columns: int, rows: int
) -> NDArray[np.int64]:
    """Count spikes on a grid of time and cells.

    Parameters
    ----------
    columns
        Number of equal bins of time.
    rows
        Number of bins of cells, at most the number of cells.

    Returns
    -------
    ndarray
        Counts, shape (rows, columns), the first cell in the first row.
    """
    edges = np.linspace(start_s, stop_s, columns + 1)
    # Times are in order: edges are found in spikes rather than a bin for each spike.
    bounds = np.searchsorted(train.time_s, edges)
    row_of_cell = np.arange(train.size, dtype=np.int64) * rows // train.size * columns
    place = row_of_cell[train.cell[bounds[0] : bounds[-1]]]
    place += np.repeat(np.arange(columns), np.diff(bounds))
    return np.bincount(place, minlength=rows * columns).reshape(rows, columns)


def _inked(counts: NDArray[np.int64], colour: str) -> NDArray[np.uint8]:
    """Turn counts into a colour that is the deeper the more spikes there are."""
    from matplotlib.colors import to_rgb

    ink = np.empty((*counts.shape, 4), dtype=np.uint8)
    ink[..., :3] = np.round(255 * np.array(to_rgb(colour)))
    full = max(float(np.percentile(counts[counts > 0], 90)), 1.0) if counts.any() else 1.0
    share = np.minimum(counts / full, 1.0)
    ink[..., 3] = np.where(counts > 0, np.round(255 * (0.15 + 0.85 * share)), 0)
    return ink


def shade_phases(axes: Axes, schedule: Schedule, window: Window) -> None:
    """Colour the background by the phases of a schedule."""
    spans: dict[str, list[tuple[float, float]]] = {}
    for event in schedule.events():
        start = max(event.start_ms / 1e3, window.start_s)
        length = min(event.stop_ms / 1e3, window.stop_s) - start
        if length > 0:
            spans.setdefault(event.kind, []).append((start, length))
    for phase, stretches in spans.items():
        axes.broken_barh(
            stretches, (0, 1),
            transform=axes.get_xaxis_transform(), facecolor=style.phase_colour(phase), linewidth=0,
            snap=False, zorder=1, label=phase,
        )  # fmt: skip


def _mark_plateaus(panel: Axes, events: Mapping[str, SpikeTrain], window: Window) -> None:
    if "dendritic_spike" not in events:
        return
    plateaus = events["dendritic_spike"]
    inside = (plateaus.time_s >= window.start_s) & (plateaus.time_s < window.stop_s)
    panel.plot(
        plateaus.time_s[inside], plateaus.cell[inside] + 1,
        linestyle="", marker=">", markersize=2.2, markeredgewidth=0, color=style.PLATEAU, zorder=3,
        label="start of a plateau",
    )  # fmt: skip


def _add_slot_axis(panel: Axes, n_cells: int, n_slots: int) -> None:
    per_slot = n_cells / n_slots
    axis = panel.secondary_yaxis("right")
    slots = style.counting_ticks(n_slots, 4)
    axis.set_yticks(
        [(slot - 0.5) * per_slot + 0.5 for slot in slots], [str(slot) for slot in slots]
    )
    axis.set_ylabel("slot")


def _label_cells(panel: Axes, name: str, size: int, height_in: float) -> None:
    # Half of the cells is where OFF follows ON.
    halves = {size // 2} if size >= 10 and height_in > 0.75 else set()
    panel.set_yticks(sorted({1, size} | halves))
    panel.tick_params(left=True, labelleft=True)
    labels = panel.get_yticklabels()
    if size > 3:
        # Panels are close: the outer numbers stay inside, clear of those of the next panel.
        labels[0].set_verticalalignment("bottom")
        labels[-1].set_verticalalignment("top")
    panel.set_ylabel("cell")
    panel.annotate(
        style.population_name(name).replace(" ", "\n"),
        xy=(0, 0.5), xycoords="axes fraction",
        xytext=(-(LEFT_IN - style.EDGE_IN) * 72, 0), textcoords="offset points",
        ha="left", va="center", fontsize=8, fontweight="bold", linespacing=1.05,
        color=style.population_colour(name), annotation_clip=False,
    )  # fmt: skip


def name_events(panel: Axes, schedule: Schedule, window: Window, width_in: float) -> None:
    """Name the events above a panel, as many as have room."""
    room = _Room(window.start_s, window.stop_s, width_in)
    for event in labelled_events(schedule, window.start_s, window.stop_s, width_in):
        panel.text(
            room.middle_ms(event) / 1e3, 1.0, "\n".join(event_words(event)), linespacing=1.05,
            transform=panel.get_xaxis_transform(), ha="center", va="bottom",
            fontsize=EVENT_POINTS,
        )  # fmt: skip


def event_words(event: Event) -> list[str]:
    """Return the name of an event for a figure, and in a second line which kind of it it is."""
    words = event.kind if event.item < 0 else f"{event.kind} {event.item + 1}"
    return [words, *([event.group.replace("_", " ")] if event.group else [])]


@dataclass(frozen=True)
class _Room:
    """Place names above a stretch of time, in s, that is so wide on the page."""

    start_s: float
    stop_s: float
    width_in: float

    def middle_ms(self, event: Event) -> float:
        """Return where the name of an event is centred, so that it stays above the stretch."""
        low, high = 1e3 * self.start_s, 1e3 * self.stop_s
        visible = np.clip([event.start_ms, event.stop_ms], low, high)
        # There is a little room beside the panels.
        half = max(_words_in(event) / 2 - 0.2, 0.0) * (high - low) / self.width_in
        return float(np.clip(visible.mean(), min(low + half, high), max(high - half, low)))

    def apart(self, one: Event, other: Event) -> bool:
        """Return whether two names do not touch."""
        per_ms = self.width_in / (self.stop_s - self.start_s) / 1e3
        gap_in = abs(self.middle_ms(one) - self.middle_ms(other)) * per_ms
        return gap_in > (_words_in(one) + _words_in(other)) / 2 + 0.06


@cache
def _line_in(words: str) -> float:
    from matplotlib.font_manager import FontProperties
    from matplotlib.textpath import TextPath

    path = TextPath((0, 0), words, size=EVENT_POINTS, prop=FontProperties(family="DejaVu Sans"))
    return float(path.get_extents().width) / 72


def _words_in(event: Event) -> float:
    return max(map(_line_in, event_words(event)))


def labelled_events(
    schedule: Schedule, start_s: float, stop_s: float, width_in: float
) -> list[Event]:
    """Choose the events whose names fit above a stretch of time.

    The first event of each phase comes first, then as many others as have room.

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
    room = _Room(start_s, stop_s, width_in)
    chosen: list[Event] = []
    for event in [*_firsts(events), *_round_numbers(events, room)]:
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
