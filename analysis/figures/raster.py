"""The spike raster: what every population did, in the whole run and enlarged."""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import nullcontext
from typing import TYPE_CHECKING

import numpy as np

from hippokv.circuits.recording import Recording, SpikeTrain
from hippokv.circuits.schedule import Schedule
from hippokv.errors import InputError

from ..recall.asked_cells import Asked, asked_cells
from . import style
from .event_names import UNKNOWN, Right, event_words, name_events
from .manipulation_marks import ROW_IN, draw_lane, lane_rows, legend_handles, mark_cells
from .raster_windows import SHORT_RUN_S, Window, enlarged_windows
from .spike_marks import draw_marks, draw_spikes

if TYPE_CHECKING:
    from matplotlib.artist import Artist
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

CAPTION = (
    "Spikes of every population, cell by cell. The background tells the phases apart, and the "
    "words above name the item that is stored or asked for, and which kind of recall it is. The "
    "whole run is a density: its colour is the deeper the more spikes fall on a spot. Below, a few "
    "stretches are enlarged: recalls, those first in which something is done to the circuit, and "
    "where their items were stored. There every spike is a mark. In colour, on a shade, are the "
    "hippocampal cells of the slot that took the item, and the cortical cells that its value "
    "drove; grey are spikes of other cells, of "
    "these two populations alone. Triangles mark the start of plateaus (dendritic spikes); the "
    "axis on the right counts the slots that hippocampal cells form, and parts the ON from the OFF "
    "cells. What is done to the circuit is a bar in a lane above the cells, or a mark where it "
    "takes no time; the cells that it is done to are hatched where they are silenced, and in boxes "
    "where they are tagged, or have the opsin while there is light."
)
#: Height of a line of the names of events.
LINE_IN = 0.13
#: Populations of pairs, all ON cells first.
PAIRED = ("entorhinal", "cortical")
#: What the legend calls the cells that are asked for.
ASKED_WORDS = {"hippocampal": "hippocampal, item's slot", "cortical": "cortical, item's value"}
#: How a row of a block begins that shows the cells asked for alone, and how many it shows at most.
OF_ITEM, MOST_ASKED = "of item: ", 60
LEGEND_COLUMNS = 4
#: In a narrower stretch the numbers of two ticks would touch.
NARROW_IN = 0.8
#: How far the lines of the axes are from the first spikes, in points.
MARGIN = 3.0
#: Part of the bits from which on a recall is counted as good.
GOOD = 0.9

LEFT_IN, RIGHT_IN, GAP_IN = 1.46, 0.5, 0.1


@style.styled
def raster_figure(
    recording: Recording, schedule: Schedule, n_slots: int, right: Right = UNKNOWN
) -> Figure:
    """Draw the spikes of every population, with the phases of the schedule behind them.

    Parameters
    ----------
    n_slots
        Number of slots, into which the hippocampal cells are divided in order.
    right
        Part of the value's bits that are right in each recall, by its start in ms, where known.

    Returns
    -------
    Figure
        The whole run; of a long run also the first recalls, and where their items were stored.
    """
    whole = Window(0.0, recording.duration_ms / 1e3)
    enlarged = enlarged_windows(schedule) if whole.length_s > SHORT_RUN_S else []
    asked = asked_cells(recording, schedule, n_slots)
    heights = {name: row_height_in(train.size) for name, train in recording.spikes.items()}
    full = {}
    for name, height in heights.items():
        full[name] = height
        if name not in PAIRED and 0 < _most_asked(asked.get(name, [])) <= MOST_ASKED:
            full[OF_ITEM + name] = 0.5
    squeezed = {name: max(0.6 * height, 0.24) for name, height in heights.items()}
    rows = [(squeezed, [whole]), (full, enlarged)] if enlarged else [(full, [whole])]
    lines = max((len(event_words(event, right)) for event in schedule.events()), default=1)
    lane = ROW_IN * len(lane_rows(schedule.manipulations, schedule.widths))
    handles = _legend(recording, schedule, asked)
    legend = 0.12 + 0.19 * -(-len(handles) // LEGEND_COLUMNS)
    above, below = 0.56 + lane + LINE_IN * (lines - 1), 0.46
    figure = style.new_figure(
        legend
        + sum(above + sum(t.values()) + GAP_IN * (len(t) - 1) + below for t, _ in rows)
    )  # fmt: skip
    style.add_legend(
        figure, handles, style.EDGE_IN, 0.08, columns=min(len(handles), LEGEND_COLUMNS)
    )
    top = legend
    for tall, windows in rows:
        single = windows is enlarged or not enlarged
        _draw_block(
            figure, recording, schedule, n_slots, tall, windows, top + above,
            asked if single else None, right if single else UNKNOWN,
        )  # fmt: skip
        title = "every spike" if single else "whole run, density"
        title = f"enlarged, {title}" if windows is enlarged else title
        if not schedule.manipulations and top == legend:
            title += "; nothing is done to the circuit"
        if right and top == legend:
            good = sum(part >= GOOD for part in right.values())
            least = f"\N{GREATER-THAN OR EQUAL TO} {100 * GOOD:.0f} % right"
            title += f"; {good} of {len(right)} recalls {least}"
        style.add_heading(figure, title, top, lift_in=-0.24)
        top += above + sum(tall.values()) + GAP_IN * (len(tall) - 1) + below
    figure.set_label(_seen(recording, schedule, asked.get("hippocampal", []), enlarged or [whole]))
    return figure


def plot_raster(
    recording: Recording, schedule: Schedule, n_slots: int,
    window: tuple[float, float] | None = None, axes: Axes | None = None,
) -> Axes:  # fmt: skip
    """Draw every spike of a stretch of time, see :func:`draw_raster`, and return the axes.

    Parameters
    ----------
    window
        From when to when, in s; by default the whole run.
    axes
        Where to draw; by default axes of a figure of their own.

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
        draw_raster(axes, recording, schedule, n_slots, Window(start_s, stop_s))
    return axes


def draw_raster(
    axes: Axes, recording: Recording, schedule: Schedule, n_slots: int, window: Window
) -> None:
    """Draw every spike of a stretch of time, one population above the other in the same axes.

    Parameters
    ----------
    n_slots
        Number of slots, into which the hippocampal cells are divided in order.
    window
        What is drawn of the run.
    """
    asked = asked_cells(recording, schedule, n_slots)
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


def _seen(
    recording: Recording, schedule: Schedule, asked: list[Asked], windows: list[Window]
) -> str:  # fmt: skip
    """Say what is to be seen: how much each enlarged event makes fire of what it asks for."""
    counts = {name: len(train.step) for name, train in recording.spikes.items()}
    spikes = ", ".join(
        f"{count} of {style.population_name(name)}" for name, count in counts.items()
    )
    told = [f"{recording.duration_ms / 1e3:g} s with {spikes} spikes"]
    by_start = {one.start_s: one for one in asked}
    for event in schedule.events("store", "recall"):
        start = event.start_ms / 1e3
        one = by_start.get(start)
        if one and any(window.start_s <= start < window.stop_s for window in windows):
            fired = recording.spikes["hippocampal"].counts(event.start_ms, event.stop_ms)
            own = fired[one.cells].sum()
            told.append(
                f"{event.label}: {own} spikes of the item's slot, {fired.sum() - own} of other "
                "hippocampal cells"
            )  # fmt: skip
    return f"{'; '.join(told)}."


def row_height_in(size: int) -> float:
    """Return the height of the row of a population of so many cells, in inches."""
    return float(np.clip(0.2 * size**0.34, 0.34, 1.9))


def _legend(
    recording: Recording, schedule: Schedule, asked: Mapping[str, list[Asked]]
) -> list[Artist]:  # fmt: skip
    phases = dict.fromkeys(event.kind for event in schedule.events())
    order = sorted(phases, key=lambda phase: phase == "rest")
    handles = [style.patch(style.phase_colour(phase), phase) for phase in order]
    if "dendritic_spike" in recording.events:
        look = {"marker": ">", "markersize": 4.5, "markeredgewidth": 0}
        handles.append(style.mark("start of a plateau", color=style.PLATEAU, **look))
    look = {"marker": "|", "markersize": 6, "markeredgewidth": 2}
    for name in asked:
        words = ASKED_WORDS[name]
        handles.append(style.mark(words, color=style.population_colour(name), **look))
    if asked:
        names = " or ".join(style.population_name(name) for name in asked)
        handles.append(style.mark(f"{names}, other cells", color=style.OTHER_SPIKES, **look))
    return handles + legend_handles(schedule.manipulations)


def _draw_block(
    figure: Figure,
    recording: Recording,
    schedule: Schedule,
    n_slots: int,
    heights_in: Mapping[str, float],
    windows: list[Window],
    top_in: float,
    asked: Mapping[str, list[Asked]] | None,
    right: Right,
) -> None:
    """Draw a panel for each population, in a column for each window.

    Parameters
    ----------
    asked
        Which cells are asked for, where each spike is a mark; None for a density.
    right
        What is right in each recall, where it is said.
    """
    # Numbers of the axes of time stand out a little.
    spacing = 0.16 if len(windows) < 3 else 0.26
    room_in = style.WIDTH_IN - LEFT_IN - RIGHT_IN - spacing * (len(windows) - 1)
    total_s = sum(window.length_s for window in windows)
    left = LEFT_IN
    rows = lane_rows(schedule.manipulations, schedule.widths)
    for window in windows:
        width, top = room_in * window.length_s / total_s, top_in
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
                words = style.population_name(name) if row == name else "slot of\nthe item"
                size = train.size if row == name else _most_asked((asked or {})[name])
                _label_cells(panel, words, style.population_colour(name), size, height)
            top += height + GAP_IN
        first, *_, last = [*panels.values()] * 2
        if rows:
            lane_in = ROW_IN * len(rows)
            lane = style.add_panel(figure, left, top_in - lane_in, width, lane_in)
            lane.set_xlim(window.start_s, window.stop_s)
            draw_lane(lane, rows, width, LEFT_IN if window is windows[0] else 0.0)
            first = lane
        name_events(first, schedule, window, width, right)
        last.tick_params(bottom=True, labelbottom=True)
        last.spines["bottom"].set(visible=True, position=("outward", MARGIN))
        last.locator_params(axis="x", nbins=max(round(width / 0.6), 1))
        if width < NARROW_IN:
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
        left += width + spacing


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
        for low, high in np.flatnonzero(np.diff(one.cells, prepend=False, append=False)).reshape(
            -1, 2
        )
        + 0.5
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
