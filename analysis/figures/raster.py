"""The spike raster: what every population did, in the whole run and enlarged."""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import nullcontext
from typing import TYPE_CHECKING

import numpy as np

from hippokv.circuits.cells.concussion import CONCUSSION
from hippokv.circuits.recording import Recording, SpikeTrain
from hippokv.circuits.schedule import Schedule
from hippokv.errors import InputError

from ..recall.asked_cells import Asked, Sought, as_named, asked_cells
from . import style
from .event_names import UNKNOWN, Right, event_words, letters_that_fit, name_events
from .manipulation_marks import ROW_IN, blocks_of, draw_lane, lane_rows, legend_handles, mark_cells
from .raster_windows import SHORT_RUN_S, Window, enlarged_windows
from .raster_words import PAIRED, AskedWords, asked_words, has_plateaus, what_is_seen
from .spike_marks import draw_marks, draw_spikes

if TYPE_CHECKING:
    from matplotlib.artist import Artist
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

#: Height of a line of the names of events.
LINE_IN = 0.13
#: How a row of a block begins that shows the cells asked for alone, and how many it shows at most.
OF_ITEM, MOST_ASKED = "of item: ", 60
LEGEND_COLUMNS = 4
#: Width of a digit of the axes: where three numbers would touch, there is one.
DIGIT_IN = 0.075
#: Part of a panel that marks of plateaus cover at most.
MOST_MARKED = 0.1
#: How far the lines of the axes are from the first spikes, in points.
MARGIN = 3.0
#: Part of the bits from which on a recall is counted as good.
GOOD = 0.9

LEFT_IN, RIGHT_IN, GAP_IN = 1.46, 0.5, 0.1


@style.styled
def raster_figure(
    recording: Recording,
    schedule: Schedule,
    n_slots: int,
    right: Right = UNKNOWN,
    sought: Sought | None = None,
    name: str = "",
) -> Figure:
    """Draw the spikes of every population, with the phases of the schedule behind them.

    Parameters
    ----------
    n_slots
        Number of slots, into which the hippocampal cells are divided in order.
    right
        Part of the value's bits that are right in each recall, by its start in ms, where known.
    sought
        What recalls ask for, as for :func:`.asked_cells.asked_cells`.
    name
        Name of the run, where it is one of several.

    Returns
    -------
    Figure
        The whole run; of a long run also the first recalls, and where their items were stored.
    """
    whole = Window(0.0, recording.duration_ms / 1e3)
    enlarged = enlarged_windows(schedule) if whole.length_s > SHORT_RUN_S else []
    asked = asked_cells(recording, schedule, n_slots, sought)
    heights = {name: row_height_in(train.size) for name, train in recording.spikes.items()}
    full = {}
    for population, height in heights.items():
        full[population] = height
        if population not in PAIRED and 0 < _most_asked(asked.get(population, [])) <= MOST_ASKED:
            full[OF_ITEM + population] = 0.5
    squeezed = {name: max(0.6 * height, 0.24) for name, height in heights.items()}
    rows = [(squeezed, [whole]), (full, enlarged)] if enlarged else [(full, [whole])]
    lane = ROW_IN * len(lane_rows(schedule.manipulations, schedule.widths))
    words, named = asked_words(recording, n_slots, sought), as_named(schedule, sought)
    handles = _legend(recording, schedule, asked, words)
    legend = 0.12 + 0.19 * -(-len(handles) // LEGEND_COLUMNS)
    blocks = []
    for tall, windows in rows:
        single = windows is enlarged or not enlarged
        told = right if single else UNKNOWN
        letters = letters_that_fit(named, windows, _widths_in(windows), told)
        lines = max((len(event_words(one, told, letters)) for one in named.events()), default=1)
        above = 0.56 + lane + LINE_IN * (lines - 1)
        height = above + sum(tall.values()) + GAP_IN * (len(tall) - 1) + 0.46
        blocks.append((tall, windows, single, told, letters, above, height))
    figure = style.new_figure(legend + sum(height for *_, height in blocks))
    style.add_legend(
        figure, handles, style.EDGE_IN, 0.08, columns=min(len(handles), LEGEND_COLUMNS)
    )
    top = legend
    for tall, windows, single, told, letters, above, height in blocks:
        _draw_block(
            figure, recording, schedule, named, n_slots, tall, windows, top + above,
            asked if single else None, told, letters, words,
        )  # fmt: skip
        title = "every spike" if single else f"whole run{f' ({name})' if name else ''}, density"
        title = f"enlarged, {title}" if windows is enlarged else title
        done = schedule.manipulations or CONCUSSION in schedule.channels_in_use
        if not done and top == legend:
            title += "; nothing is done to the circuit"
        if right and top == legend:
            good = sum(part >= GOOD for part in right.values())
            least = f"\N{GREATER-THAN OR EQUAL TO} {100 * GOOD:.0f} % right"
            title += f"; {good} of {len(right)} recalls {least}"
        style.add_heading(figure, title, top, lift_in=-0.24)
        top += height
    own, windows = asked.get("hippocampal", []), enlarged or [whole]
    figure.set_label(what_is_seen(recording, schedule, own, windows, words))
    return figure


def plot_raster(
    recording: Recording, schedule: Schedule, n_slots: int,
    window: tuple[float, float] | None = None, axes: Axes | None = None,
    sought: Sought | None = None,
) -> Axes:  # fmt: skip
    """Draw every spike of a stretch of time, see :func:`draw_raster`, and return the axes.

    Parameters
    ----------
    window
        From when to when, in s; by default the whole run.
    axes
        Where to draw; by default axes of a figure of their own.
    sought
        What recalls ask for, by default each for the item that it names.

    Raises
    ------
    InputError
        For a window that is not within the run.
    """
    whole_s = recording.duration_ms / 1e3
    try:
        start_s, stop_s = (0.0, whole_s) if window is None else window
        within = bool(0 <= start_s < stop_s <= whole_s)
    except (TypeError, ValueError):
        within = False
    if not within:
        raise InputError("window", window, f"must be from and to a time from 0 to {whole_s:g} s")
    with nullcontext() if axes else style.look():
        axes = axes or style.add_panel(
            style.new_figure(5.0), 1.5, 0.2, style.WIDTH_IN - 1.7, 4.3
        )  # fmt: skip
        draw_raster(axes, recording, schedule, n_slots, Window(start_s, stop_s), sought)
    return axes


def draw_raster(
    axes: Axes, recording: Recording, schedule: Schedule, n_slots: int, window: Window,
    sought: Sought | None = None,
) -> None:  # fmt: skip
    """Draw every spike of a stretch of time, one population above the other in the same axes.

    Parameters
    ----------
    n_slots
        Number of slots, into which the hippocampal cells are divided in order.
    window
        What is drawn of the run.
    sought
        What recalls ask for, by default each for the item that it names.
    """
    asked = asked_cells(recording, schedule, n_slots, sought)
    heights = np.array([row_height_in(train.size) for train in recording.spikes.values()])
    tops = 1 - (np.cumsum(heights) - heights) / heights.sum()
    shares = 0.94 * heights / heights.sum()
    shade_phases(axes, schedule, window)
    for (name, train), top, share in zip(recording.spikes.items(), tops, shares, strict=True):
        draw_marks(
            axes, name, train, window, asked.get(name, []), within=(float(top - share), float(top))
        )  # fmt: skip
    axes.set_xlim(window.start_s, window.stop_s)
    axes.set_ylim(0, 1)
    axes.set_yticks(tops - shares / 2, [style.population_name(name) for name in recording.spikes])
    axes.set_xlabel("time (s)")


def row_height_in(size: int) -> float:
    """Return the height of the row of a population of so many cells, in inches."""
    return float(np.clip(0.2 * size**0.34, 0.34, 1.9))


def _legend(
    recording: Recording,
    schedule: Schedule,
    asked: Mapping[str, list[Asked]],
    words: AskedWords,
) -> list[Artist]:
    phases = dict.fromkeys(event.kind for event in schedule.events())
    order = sorted(phases, key=lambda phase: phase == "rest")
    handles = [style.patch(style.phase_colour(phase), phase) for phase in order]
    if has_plateaus(recording):
        look = {"marker": ">", "markersize": 4.5, "markeredgewidth": 0}
        handles.append(style.mark("start of a plateau", color=style.PLATEAU, **look))
    look = {"marker": "|", "markersize": 6, "markeredgewidth": 2}
    for name in asked:
        told = f"{style.population_name(name)}, {words.by_population[name]}"
        handles.append(style.mark(told, color=style.population_colour(name), **look))
    if asked:
        names = " or ".join(style.population_name(name) for name in asked)
        handles.append(style.mark(f"{names}, other cells", color=style.OTHER_SPIKES, **look))
    return handles + legend_handles(schedule.manipulations)


def _draw_block(
    figure: Figure,
    recording: Recording,
    schedule: Schedule,
    named: Schedule,
    n_slots: int,
    heights_in: Mapping[str, float],
    windows: list[Window],
    top_in: float,
    asked: Mapping[str, list[Asked]] | None,
    right: Right,
    letters: int,
    words: AskedWords,
) -> None:
    """Draw a panel for each population, in a column for each window.

    Parameters
    ----------
    named
        The schedule by which events are named.
    asked
        Which cells are asked for, where each spike is a mark; None for a density.
    right
        What is right in each recall, where it is said.
    letters
        How long lines of the names of events are at most.
    words
        What the cells are called that are asked for.
    """
    left = LEFT_IN
    rows = lane_rows(schedule.manipulations, schedule.widths)
    for window, width in zip(windows, _widths_in(windows), strict=True):
        top = top_in
        panels: dict[str, Axes] = {}
        for row, height in heights_in.items():
            panel = panels[row] = style.add_panel(figure, left, top, width, height)
            name = row.removeprefix(OF_ITEM)
            train = recording.spikes[name]
            shade_phases(panel, schedule, window)
            if asked is None:
                draw_spikes(panel, name, train, window)
            elif row != name:
                draw_asked(panel, name, train, asked[name], window)
                for one in asked[name]:
                    span = max(one.start_s, window.start_s), min(one.stop_s, window.stop_s)
                    if span[0] < span[1]:
                        own = np.flatnonzero(one.cells)
                        mark_cells(panel, name, recording, schedule.manipulations, own, span)
            else:
                shade_asked(panel, name, asked.get(name, []), window)
                draw_marks(panel, name, train, window, asked.get(name, []), windows)
            panel.tick_params(bottom=False, left=False, labelbottom=False, labelleft=False)
            panel.spines["left"].set_position(("outward", MARGIN))
            panel.spines["bottom"].set_visible(False)
            if row == name:
                mark_cells(panel, name, recording, schedule.manipulations)
                if name in PAIRED and train.size % 2 == 0:
                    _part_on_from_off(panel, train.size, window is windows[-1])
            if window is windows[0]:
                label = style.population_name(name) if row == name else words.row
                size = train.size if row == name else _most_asked((asked or {})[name])
                _label_cells(panel, label, style.population_colour(name), size, height)
            top += height + GAP_IN
        first, *_, last = [*panels.values()] * 2
        if rows:
            lane_in = ROW_IN * len(rows)
            lane = style.add_panel(figure, left, top_in - lane_in, width, lane_in)
            lane.set_xlim(window.start_s, window.stop_s)
            draw_lane(lane, rows, width, LEFT_IN if window is windows[0] else 0.0)
            first = lane
        name_events(first, named, window, width, right, letters)
        last.tick_params(bottom=True, labelbottom=True)
        last.spines["bottom"].set(visible=True, position=("outward", MARGIN))
        last.locator_params(axis="x", nbins=max(round(width / 0.6), 1))
        if width < 3 * (DIGIT_IN * len(f"{window.stop_s:.1f}") + 0.04):
            last.set_xticks([round((window.start_s + window.stop_s) / 2, 1)])
        if window is windows[0]:
            last.set_xlabel("time (s)")
        if "hippocampal" in panels:
            _mark_plateaus(
                panels["hippocampal"], recording.events, window, 2.2 if asked is None else 3.6
            )
            n_cells = recording.spikes["hippocampal"].size
            if window is windows[-1] and n_slots < n_cells:
                _add_slot_axis(panels["hippocampal"], n_cells, n_slots)
        left += width + _spacing_in(windows)


def _spacing_in(windows: list[Window]) -> float:
    # Numbers of the axes of time stand out a little.
    return 0.16 if len(windows) < 3 else 0.26


def _widths_in(windows: list[Window]) -> list[float]:
    room_in = style.WIDTH_IN - LEFT_IN - RIGHT_IN - _spacing_in(windows) * (len(windows) - 1)
    total_s = sum(window.length_s for window in windows)
    return [room_in * window.length_s / total_s for window in windows]


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


def shade_asked(axes: Axes, name: str, asked: list[Asked], window: Window) -> None:
    """Shade the neighbouring cells that are asked for together: those of a slot."""
    from matplotlib.collections import PolyCollection

    boxes = [
        [(one.start_s, low), (one.stop_s, low), (one.stop_s, high), (one.start_s, high)]
        for one in asked
        if name not in PAIRED and one.start_s < window.stop_s and window.start_s < one.stop_s
        for low, high in blocks_of(one.cells) + 0.5
    ]
    shade = PolyCollection(
        boxes, facecolor=style.population_colour(name), alpha=0.3, linewidth=0, zorder=1.5,
        label="asked for",
    )  # fmt: skip
    axes.add_collection(shade, autolim=False)


def draw_asked(
    axes: Axes, name: str, train: SpikeTrain, asked: list[Asked], window: Window
) -> None:
    """Draw the cells that are asked for alone, in each stretch those of its own, from below."""
    colour = style.population_colour(name)
    for one in asked:
        if one.start_s < window.stop_s and window.start_s < one.stop_s and one.cells.any():
            axes.axvspan(one.start_s, one.stop_s, facecolor=colour, alpha=0.2, linewidth=0)
            shown = train.between(1e3 * one.start_s, 1e3 * one.stop_s)
            own = one.cells[train.cell[shown]]
            place = np.cumsum(one.cells)[train.cell[shown]][own]
            axes.plot(
                np.multiply(train.step[shown], train.dt_s)[own], place, "|", color=colour,
                markersize=4, markeredgewidth=1.5, label="asked for",
            )  # fmt: skip
    axes.set_xlim(window.start_s, window.stop_s)
    axes.set_ylim(0, _most_asked(asked) + 1)


def _most_asked(asked: list[Asked]) -> int:
    return max((int(one.cells.sum()) for one in asked), default=0)


def _part_on_from_off(panel: Axes, size: int, named: bool) -> None:
    panel.axhline(size / 2 + 0.5, color=style.HALVES, linewidth=0.8, linestyle=(0, (4, 2)))
    if named:
        axis = panel.secondary_yaxis("right")
        axis.set_yticks([size * 0.25 + 0.5, size * 0.75 + 0.5], ["ON", "OFF"])
        axis.tick_params(length=0)
        axis.spines["right"].set_visible(False)


def _mark_plateaus(
    panel: Axes, events: Mapping[str, SpikeTrain], window: Window, size: float
) -> None:  # fmt: skip
    if "dendritic_spike" not in events:
        return
    plateaus = events["dendritic_spike"]
    inside = (plateaus.time_s >= window.start_s) & (plateaus.time_s < window.stop_s)
    # Thousands of them would hide the spikes.
    area = float(np.prod(panel.bbox.size)) * (72 / panel.figure.dpi) ** 2
    size = min(size, (MOST_MARKED * area / max(int(inside.sum()), 1)) ** 0.5)
    panel.plot(
        plateaus.time_s[inside], plateaus.cell[inside] + 1,
        linestyle="", marker=">", markersize=size, markeredgewidth=0, color=style.PLATEAU, zorder=3,
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


def _label_cells(panel: Axes, words: str, colour: str, size: int, height_in: float) -> None:
    # Half of the cells is where OFF follows ON.
    halves = {size // 2} if size >= 10 and height_in > 0.75 else set()
    panel.set_yticks(sorted({1, size} | halves))
    panel.tick_params(left=True, labelleft=True)
    labels = panel.get_yticklabels()
    if size > 3:
        # Panels are close: the outer numbers stay inside, clear of those of the next panel.
        labels[0].set_verticalalignment("bottom")
        labels[-1].set_verticalalignment("top")
    # Four digits leave less room between them and the name of the population, five none.
    if size < 10_000:
        panel.set_ylabel("cell", labelpad=4.0 if size < 1000 else 1.0)
    panel.annotate(
        words if "\n" in words else words.replace(" ", "\n"),
        xy=(0, 0.5), xycoords="axes fraction",
        xytext=(-(LEFT_IN - style.EDGE_IN) * 72, 0), textcoords="offset points",
        ha="left", va="center", fontsize=8, fontweight="bold", linespacing=1.05,
        color=colour, annotation_clip=False,
    )  # fmt: skip
