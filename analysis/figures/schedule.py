"""The schedule as a figure: phases, what channels carry, and what is done to the circuit."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from hippokv.circuits.manipulation.manipulations import Silence, Tag
from hippokv.circuits.schedule import Schedule

from . import style

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

CAPTION = (
    "What is asked of the circuit. Above, the phases; below, for each channel in use, the mean of "
    "what its entries carry, each row to its own largest value; where cells or synapses are "
    "manipulated, from when to when."
)
ROW_IN, LEFT_IN = 0.2, 2.0
#: Channels that say how a manipulation is done, which its own row shows.
OF_MANIPULATIONS = (
    "acting_", "silence_", "tag_", "express_", "light_", "block_", "scale_", "erase_"
)  # fmt: skip
#: Rows of manipulations at most; what is further is counted.
MOST_ROWS = 20


@style.styled
def schedule_figure(schedule: Schedule) -> Figure:
    """Draw a schedule."""
    rows = _channels(schedule) + _manipulations(schedule)
    height = ROW_IN * (len(rows) + 1)
    phases = list(dict.fromkeys(event.kind for event in schedule.events()))
    legend = [style.patch(style.phase_colour(phase), phase) for phase in phases]
    figure = style.new_figure(0.42 + height + 0.45)
    style.add_legend(figure, legend, LEFT_IN - 0.1, 0.06)
    width = style.WIDTH_IN - LEFT_IN - 0.15
    draw_schedule(style.add_panel(figure, LEFT_IN, 0.42, width, height), schedule)
    return figure


def draw_schedule(axes: Axes, schedule: Schedule) -> None:
    """Draw phases, channels and manipulations as rows over time in s."""
    total_s = schedule.duration_ms / 1e3
    times_s = np.append(schedule.start_ms, schedule.duration_ms) / 1e3
    for event in schedule.events():
        span = (event.start_ms / 1e3, (event.stop_ms - event.start_ms) / 1e3)
        axes.broken_barh([span], (0.1, 0.8), facecolor=style.phase_colour(event.kind), linewidth=0)
    channels, rows = _channels(schedule), _manipulations(schedule)
    for number, name in enumerate(channels, 1):
        carried = schedule.channel(name).mean(axis=1)
        largest = np.abs(carried).max() or 1.0
        level = np.append(carried, carried[-1]) / largest
        axes.fill_between(
            times_s, number + 0.9, number + 0.9 - 0.8 * np.abs(level), step="post",
            color=style.population_colour(name), linewidth=0,
        )  # fmt: skip
    for number, name in enumerate(rows, len(channels) + 1):
        for start_s, stop_s in _spans(schedule, name):
            # What happens at once must be seen too.
            length = max(min(stop_s, total_s) - start_s, total_s / 300)
            axes.broken_barh([(start_s, length)], (number + 0.2, 0.6), facecolor=style.SILENCED)
    names = ["phase", *(style.population_name(name) for name in channels), *rows]
    axes.set_yticks(np.arange(len(names)) + 0.5, names, fontsize=7)
    axes.tick_params(axis="y", length=0)
    axes.set_ylim(len(names), 0)
    axes.set_xlim(0, total_s)
    axes.set_xlabel("time (s)")


def _channels(schedule: Schedule) -> list[str]:
    return [name for name in schedule.channels_in_use if not name.startswith(OF_MANIPULATIONS)]


def _manipulations(schedule: Schedule) -> list[str]:
    """Return the rows of manipulations, the first of them where there are many."""
    return list(dict.fromkeys(_words(row) for row in schedule.manipulations))[:MOST_ROWS]


def _spans(schedule: Schedule, words: str) -> list[tuple[float, float]]:
    rows = [row for row in schedule.manipulations if _words(row) == words]
    return [(row.start_ms / 1e3, row.stop_ms / 1e3) for row in rows]


def _words(row: object) -> str:
    kind = "".join(f" {sign.lower()}" if sign.isupper() else sign for sign in type(row).__name__)
    target = style.population_name(str(getattr(row, "target", "")))
    more = ""
    if isinstance(row, Silence) and row.cells is not None:
        more = f" ({len(row.cells)} cells)"
    elif isinstance(row, Tag):
        more = f" (by {row.by})"
    return f"{kind.strip()} {target}{more}"
