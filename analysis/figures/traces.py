"""The traces: potentials, currents and other variables of some cells, with their spikes."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from hippokv.circuits.recording import Recording, SpikeTrain, Trace
from hippokv.circuits.schedule import Event, Schedule

from . import style
from .event_names import name_events
from .raster import shade_phases
from .raster_windows import SHORT_RUN_S, Window, around, enlarged_windows, joined

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

CAPTION = (
    "What was recorded inside cells: a row for each variable, of the cells recorded the three that "
    "had most plateaus and spikes in what is shown, numbered as in the arrays. Ticks above a "
    "potential are spikes, each cell in its own shade; triangles on it are the starts of plateaus. "
    "The background tells the phases apart. Of a long run are shown the storage in which the "
    "recorded cells had most plateaus and the recall in which they spiked most."
)
#: A stretch is at most this long.
MOST_S = 3.0
#: So many cells are drawn.
MOST_CELLS = 3
#: Unit in words of Brian2 -> factor and sign in which it is drawn.
UNITS = {
    "volt": (1e3, "mV"),
    "amp": (1e12, "pA"),
    "siemens": (1e9, "nS"),
    "second": (1e3, "ms"),
    "hertz": (1.0, "Hz"),
    "1": (1.0, ""),
}
#: How far the colours of the cells are from that of their population, towards white and black.
SHADES = (0.0, 0.45, -0.55)
#: A variable of this name has the spikes of its cell above it.
POTENTIAL = "v"
#: A plateau weighs as many spikes where cells are chosen.
SPIKES_OF_A_PLATEAU = 100
#: Above a potential, as a part of its height.
ROOM_FOR_SPIKES = 0.35
LEFT_IN, RIGHT_IN, GAP_IN, HEIGHT_IN = 1.75, 0.12, 0.14, 0.72


@style.styled
def traces_figure(recording: Recording, schedule: Schedule) -> Figure:
    """Draw what was recorded of the cells of populations.

    Parameters
    ----------
    recording
        A recording with the trace of at least one population.
    """
    traces = {name: one for name, one in recording.traces.items() if name in recording.spikes}
    windows = _windows(recording, schedule, traces)
    rows = [(name, variable) for name, one in traces.items() for variable in one.values]
    above, below, legend = 0.4, 0.44, 0.3
    figure = style.new_figure(legend + above + len(rows) * (HEIGHT_IN + GAP_IN) - GAP_IN + below)
    phases = dict.fromkeys(event.kind for event in schedule.events())
    handles = [style.patch(style.phase_colour(phase), phase) for phase in phases]
    handles.append(style.mark("spike", color="#333333", marker="|", markersize=7))
    handles.append(
        style.mark(
            "start of a plateau", color=style.PLATEAU, marker=">", markersize=4.5, markeredgewidth=0
        )
    )
    style.add_legend(figure, handles, style.EDGE_IN, 0.08)
    spacing = 0.16
    room = style.WIDTH_IN - LEFT_IN - RIGHT_IN - spacing * (len(windows) - 1)
    total = sum(window.length_s for window in windows)
    cells = {name: _chosen(recording, name, one, windows) for name, one in traces.items()}
    for row, (name, variable) in enumerate(rows):
        left, panels = LEFT_IN, []
        for window in windows:
            width = room * window.length_s / total
            top = legend + above + row * (HEIGHT_IN + GAP_IN)
            panel = style.add_panel(figure, left, top, width, HEIGHT_IN)
            panel.set_xlim(window.start_s, window.stop_s)
            shade_phases(panel, schedule, window)
            if row == 0:
                name_events(panel, schedule, window, width)
            draw_traces(panel, recording, name, variable, cells[name], window)
            panel.tick_params(bottom=row == len(rows) - 1, labelbottom=row == len(rows) - 1)
            panels.append(panel)
            left += width + spacing
        _share_heights(panels, ROOM_FOR_SPIKES if variable == POTENTIAL else 0.0)
        _name_row(panels[0], traces[name], name, variable, cells[name])
    panels[0].set_xlabel("time (s)")
    return figure


def draw_traces(
    axes: Axes, recording: Recording, name: str, variable: str, places: NDArray[np.int64],
    window: Window,
) -> None:  # fmt: skip
    """Draw a variable of some cells, with the spikes above a potential and plateaus on it.

    Parameters
    ----------
    name, variable
        A population that was recorded, and which of its variables.
    places
        Which of the cells that were recorded, three at most, by their places in the trace.
    window
        What is drawn of the run.
    """
    trace = recording.traces[name]
    inside = (trace.time_s >= window.start_s) & (trace.time_s <= window.stop_s)
    factor, _ = UNITS.get(trace.units[variable], (1.0, trace.units[variable]))
    times, plateaus = trace.time_s[inside], _plateaus(recording, name)
    for number, place in enumerate(places):
        values = factor * trace.values[variable][inside, place]
        colour, cell = _shade(name, number), trace.cells[place]
        axes.plot(times, values, color=colour, linewidth=0.8, zorder=3)
        if variable == POTENTIAL:
            spikes = _times(recording.spikes[name], cell, window)
            axes.plot(
                spikes, np.full(len(spikes), 0.95 - 0.09 * number), "|", color=colour,
                markersize=3.5, transform=axes.get_xaxis_transform(), zorder=4,
            )  # fmt: skip
        if variable.startswith(POTENTIAL) and plateaus and len(times):
            starts = _times(plateaus, cell, window)
            axes.plot(
                starts, np.interp(starts, times, values), ">", color=style.PLATEAU, markersize=4,
                markeredgewidth=0, zorder=5,
            )  # fmt: skip


def _windows(recording: Recording, schedule: Schedule, traces: Mapping[str, Trace]) -> list[Window]:
    """Return what is drawn of a run, as far as something was recorded in it."""
    times = np.concatenate([one.time_s for one in traces.values()])
    whole = Window(float(times.min()), max(float(times.max()), float(times.min()) + 1e-3))
    if whole.length_s <= SHORT_RUN_S:
        return [whole]
    name = next((name for name in traces if _plateaus(recording, name)), next(iter(traces)))
    spikes = recording.spikes[name]
    asked = []
    for kind, train in (("store", _plateaus(recording, name) or spikes), ("recall", spikes)):

        def count(event: Event, train: SpikeTrain = train) -> int:
            return int(train.counts(event.start_ms, event.stop_ms)[traces[name].cells].sum())

        best = max(schedule.events(kind), key=count, default=None)
        if best and count(best):
            asked.append(around([best], schedule))
    inside = [
        Window(max(one.start_s, whole.start_s), min(one.stop_s, whole.stop_s, one.start_s + MOST_S))
        for one in [*joined(asked), *enlarged_windows(schedule)]
    ]
    seen = [one for one in inside if one.length_s > 0]
    chosen = seen[: len(joined(asked)) or len(seen)]
    return chosen or [Window(whole.start_s, whole.start_s + MOST_S)]


def _chosen(
    recording: Recording, name: str, trace: Trace, windows: list[Window]
) -> NDArray[np.int64]:
    """Return which of the cells recorded are drawn, by their places in the trace."""
    score = np.zeros(recording.spikes[name].size)
    for window in windows:
        stretch = 1e3 * window.start_s, 1e3 * window.stop_s
        score += recording.spikes[name].counts(*stretch)
        plateaus = _plateaus(recording, name)
        score += SPIKES_OF_A_PLATEAU * plateaus.counts(*stretch) if plateaus else 0
    best = np.argsort(-score[trace.cells], kind="stable")[:MOST_CELLS]
    return np.sort(best)


def _plateaus(recording: Recording, name: str) -> SpikeTrain | None:
    return recording.events.get("dendritic_spike") if name == "hippocampal" else None


def _shade(name: str, number: int) -> tuple[float, float, float]:
    from matplotlib.colors import to_rgb

    share = SHADES[number]
    towards = 1.0 if share > 0 else 0.0
    red, green, blue = (
        at + abs(share) * (towards - at) for at in to_rgb(style.population_colour(name))
    )  # fmt: skip
    return red, green, blue


def _times(train: SpikeTrain, cell: int, window: Window) -> NDArray[np.float64]:
    stretch = train.between(1e3 * window.start_s, 1e3 * window.stop_s)
    found: NDArray[np.float64] = train.time_s[stretch][train.cell[stretch] == cell]
    return found


def _share_heights(panels: list[Axes], room: float) -> None:
    limits = np.array([panel.get_ylim() for panel in panels])
    low, high = limits[:, 0].min(), limits[:, 1].max()
    for panel in panels:
        panel.set_ylim(low, high + room * (high - low))
        panel.tick_params(labelleft=panel is panels[0], left=panel is panels[0])
        panel.locator_params(axis="y", nbins=3)


def _name_row(
    panel: Axes, trace: Trace, name: str, variable: str, places: NDArray[np.int64]
) -> None:
    _, sign = UNITS.get(trace.units[variable], (1.0, trace.units[variable]))
    lines = [
        (style.population_name(name), style.population_colour(name), "bold"),
        (variable.replace("_", " ") + (f" ({sign})" if sign else ""), "#1a1a1a", "normal"),
        *((f"cell {trace.cells[place]}", _shade(name, at), "normal") for at, place in
          enumerate(places)),
    ]  # fmt: skip
    for number, (words, colour, weight) in enumerate(lines):
        panel.annotate(
            words, xy=(0, 1), xycoords="axes fraction",
            xytext=(-(LEFT_IN - style.EDGE_IN) * 72, -10.0 * number), textcoords="offset points",
            ha="left", va="top", fontsize=7.5, fontweight=weight, color=colour,
            annotation_clip=False,
        )  # fmt: skip
