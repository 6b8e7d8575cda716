"""Manipulations in the spike raster: a lane above it, and marks on the cells that they act on."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from types import MappingProxyType
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from hippokv.circuits.manipulation.cells_hit import cells_hit
from hippokv.circuits.manipulation.manipulations import (
    BlockPlasticity,
    Erase,
    Express,
    Light,
    ScaleWeights,
    Silence,
    Tag,
)
from hippokv.circuits.recording import Recording
from hippokv.circuits.schedule import Action

from . import style

if TYPE_CHECKING:
    from matplotlib.artist import Artist
    from matplotlib.axes import Axes

#: Height of a row of the lane, for a name of two lines.
ROW_IN = 0.3
#: Pulses closer than this are drawn as one bar.
CLOSEST_PULSES_IN = 0.03
HATCH = "/////"
#: Colours of the bars in the lane.
BARS = {BlockPlasticity: style.BLOCKED, Silence: style.SILENCED, Tag: style.TAGGING}

#: The cells that are silenced, tagged, and lit up.
SILENT: Mapping[str, Any] = {
    "facecolor": style.SILENCED + "40", "edgecolor": style.SILENCED, "linewidth": 0, "hatch": HATCH
}  # fmt: skip
TAGGED_CELLS: Mapping[str, Any] = {
    "facecolor": style.TAGGING + "30", "edgecolor": style.TAGGING, "linewidth": 1.2
}  # fmt: skip
LIT_CELLS: Mapping[str, Any] = {"facecolor": style.LIGHT + "59", "linewidth": 0}

#: Two lines of words.
Name = tuple[str, str]
Span = tuple[float, float]


def lane_rows(
    manipulations: Sequence[Action], widths: Mapping[str, int] = MappingProxyType({})
) -> dict[Name, list[Action]]:
    """Return what the lane shows: for each row its name, and what is drawn in it.

    An opsin is marked in the row of the light that it answers to.

    Parameters
    ----------
    manipulations
        What is done to the circuit.
    widths
        Those of the schedule, which say of how many cells some are silenced.
    """
    rows: dict[Name, list[Action]] = {}
    # Lights first, so that opsins find their row.
    for row in sorted(manipulations, key=lambda row: not isinstance(row, Light)):
        name = _name(row, rows, widths)
        if name:
            rows.setdefault(name, []).append(row)
    return rows


def _name(
    row: Action, rows: dict[Name, list[Action]], widths: Mapping[str, int]
) -> Name | None:  # fmt: skip
    if isinstance(row, Silence):
        size = widths.get(f"silence_{row.population}")
        all_of = f" of {size}" if size else ""
        cells = "all cells" if row.cells is None else f"{len(row.cells)}{all_of} cells"
        return f"silenced: {style.population_name(row.population)}", cells
    if isinstance(row, Tag):
        return f"tagging by {row.by}", f"in {style.population_name(row.population)}"
    if isinstance(row, Light):
        steady = row.duty == 1.0
        pulses = "steady" if steady else f"{row.frequency_Hz:.3g} Hz, {row.width_ms:.3g} ms"
        where = style.population_name(row.population)
        return f"light on {where}", f"{row.irradiance_mW_per_mm2:.3g} mW/mm², {pulses}"
    if isinstance(row, Express):
        for name, others in rows.items():
            if any(
                isinstance(other, Light)
                and (other.population, other.opsin) == (row.population, row.opsin)
                for other in others
            ):
                return name
        return f"{row.opsin} in", style.population_name(row.population)
    if isinstance(row, BlockPlasticity):
        return "plasticity blocked", f"of the {row.projection}"
    if isinstance(row, ScaleWeights):
        where = ", tagged cells" if row.tagged else ""
        part = "" if row.fraction == 1.0 else f", {100 * row.fraction:.3g} %"
        return "weights scaled", f"{row.projection} × {row.factor:.3g}{where}{part}"
    if isinstance(row, Erase):
        return "weights erased", ""
    return None


def draw_lane(
    panel: Axes, rows: dict[Name, list[Action]], width_in: float, named_from_in: float
) -> None:
    """Draw the lane in a panel whose axis of time is set.

    Parameters
    ----------
    panel
        The panel, which shows nothing else.
    rows
        What :func:`lane_rows` returned.
    width_in
        Width of the panel, in inches.
    named_from_in
        How far left of the panel the names of the rows start, in inches; 0 for no names.
    """
    start_s, stop_s = panel.get_xlim()
    for number, (name, shown) in enumerate(rows.items()):
        bottom = len(rows) - 1 - number
        for row in shown:
            if isinstance(row, Light):
                spans = light_spans(row, start_s, stop_s, width_in)
                panel.broken_barh(
                    spans, (bottom + 0.2, 0.6), facecolor=style.LIGHT, linewidth=0, label="light"
                )
            elif isinstance(row, BlockPlasticity | Silence | Tag):
                spans = _inside(row, start_s, stop_s)
                panel.broken_barh(
                    spans, (bottom + 0.3, 0.4), facecolor=BARS[type(row)], linewidth=0
                )
            elif (
                isinstance(row, Express | ScaleWeights | Erase)
                and start_s <= row.at_ms / 1e3 < stop_s
            ):
                opsin = isinstance(row, Express)
                panel.plot(
                    [row.at_ms / 1e3], [bottom + 0.5], linestyle="", markeredgewidth=0,
                    marker="v" if opsin else "D", markersize=6 if opsin else 5,
                    color=style.OPSIN if opsin else style.SCALED, clip_on=False,
                )  # fmt: skip
        if named_from_in:
            panel.annotate(
                "\n".join(name), xy=(0, bottom + 0.5), xycoords=("axes fraction", "data"),
                xytext=(-(named_from_in - style.EDGE_IN) * 72, 0), textcoords="offset points",
                ha="left", va="center", fontsize=7, linespacing=1.05, annotation_clip=False,
            )  # fmt: skip
    panel.set_ylim(0, len(rows))
    panel.set_axis_off()


def light_spans(light: Light, start_s: float, stop_s: float, width_in: float) -> list[Span]:
    """Return from when and how long there is light in a stretch of time, in s.

    Parameters
    ----------
    width_in
        Its width on the page: pulses that are too close to tell apart become one span.
    """
    whole = _inside(light, start_s, stop_s)
    period_s = 1 / light.frequency_Hz
    if (
        not whole
        or light.duty == 1.0
        or period_s * width_in / (stop_s - start_s) < CLOSEST_PULSES_IN
    ):
        return whole
    ((first_s, length_s),) = whole
    from_s = light.start_ms / 1e3
    since_s = first_s - from_s
    numbers = np.arange(
        math.floor(since_s / period_s), math.ceil((since_s + length_s) / period_s)
    )  # fmt: skip
    begins = np.maximum(from_s + numbers * period_s, first_s)
    ends = np.minimum(from_s + numbers * period_s + light.width_ms / 1e3, first_s + length_s)
    lit = ends > begins + 1e-9
    return [
        (float(begin), float(end - begin))
        for begin, end in zip(begins[lit], ends[lit], strict=True)
    ]


def _inside(row: Action, start_s: float, stop_s: float) -> list[Span]:
    first, last = max(row.start_ms / 1e3, start_s), min(row.stop_ms / 1e3, stop_s)
    return [(first, last - first)] if last > first else []


def row_colour(row: Action) -> str:
    """Return the colour of a manipulation."""
    if isinstance(row, Light):
        return style.LIGHT
    return BARS.get(type(row), style.OPSIN if isinstance(row, Express) else style.SCALED)


def mark_cells(
    panel: Axes,
    name: str,
    recording: Recording,
    manipulations: Sequence[Action],
    shown: NDArray[np.int64] | None = None,
    span: Span | None = None,
) -> None:
    """Mark on the panel of a population the cells that are silenced, tagged, or lit up.

    Parameters
    ----------
    shown
        The cells that the panel shows, from below; all by default.
    span
        From when to when in s; by default what the panel shows.
    """
    shown = np.arange(recording.spikes[name].size) if shown is None else shown
    for row in manipulations:
        if row.target != name or not isinstance(row, Silence | Tag | Light):
            continue
        cells = cells_hit(row, recording)
        if cells is None or not len(cells):
            continue
        hit = np.isin(shown, cells)
        blocks = blocks_of(hit)
        for start, length in _inside(row, *(span or panel.get_xlim())):
            boxes = [_box(start, start + length, low + 0.5, high + 0.5) for low, high in blocks]
            _mark_boxes(panel, boxes, row)


def blocks_of(cells: NDArray[np.bool_]) -> NDArray[np.int64]:
    """Return the first cell of each block of neighbours, and the one behind its last, (blocks, 2).

    Parameters
    ----------
    cells
        Which cells, shape (size,).
    """
    return np.flatnonzero(np.diff(cells, prepend=False, append=False)).reshape(-1, 2)


def _box(start: float, stop: float, low: float, high: float) -> list[tuple[float, float]]:
    return [(start, low), (stop, low), (stop, high), (start, high)]


def _mark_boxes(panel: Axes, boxes: list[list[tuple[float, float]]], row: Action) -> None:
    from matplotlib.collections import PolyCollection

    look: dict[str, Any]
    if isinstance(row, Silence):
        look = {**SILENT, "label": "silenced", "zorder": 2.5}
    elif isinstance(row, Tag):
        look = {**TAGGED_CELLS, "label": "tagged cells", "zorder": 4}
    else:
        look = {**LIT_CELLS, "label": "lit cells", "zorder": 1.6}
    panel.add_collection(PolyCollection(boxes, **look), autolim=False)


def legend_handles(manipulations: Sequence[Action]) -> list[Artist]:
    """Return what the legend says about manipulations."""
    from matplotlib.patches import Patch

    kinds = {type(row) for row in manipulations}
    boxes = (
        (Silence, SILENT, "silenced"),
        (Tag, TAGGED_CELLS, "tagged cells"),
        (Light, LIT_CELLS, "cells with the opsin, lit"),
    )
    handles: list[Artist] = [
        Patch(**look, label=words) for kind, look, words in boxes if kind in kinds
    ]
    if Express in kinds:
        handles.append(
            style.mark("opsin made", color=style.OPSIN, marker="v", markersize=6, markeredgewidth=0)
        )
    return handles
