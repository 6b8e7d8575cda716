"""The raster that can be zoomed: all spikes, packed, and the script that draws them, as HTML."""

from __future__ import annotations

import base64
import json
import zlib
from collections.abc import Mapping, Sequence
from html import escape
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from hippokv.circuits.manipulation.cells_hit import cells_hit
from hippokv.circuits.manipulation.manipulations import Express, Light, Silence, Tag
from hippokv.circuits.recording import Recording, SpikeTrain
from hippokv.circuits.schedule import Event, Schedule

from ..recall.asked_cells import Asked, Sought, as_named, asked_cells
from . import style
from .event_names import event_words
from .manipulation_marks import blocks_of, lane_rows, row_colour
from .raster import row_height_in
from .traces import UNITS

#: A run with more spikes, or more bytes of them, has its picture alone: pages stay below 8 MB.
MOST_SPIKES, MOST_BYTES = 5_000_000, 6_200_000
#: So many cells of a trace are drawn, and so many samples of it.
MOST_CELLS, MOST_SAMPLES = 3, 20_000
#: Step of times that are not those of a simulation.
FINEST_S = 1e-4
SCRIPT = Path(__file__).with_name("zoom.js")
HELP = (
    "Drag to move, turn the wheel to zoom after a click into the picture, or pinch; keys: arrows, "
    "+, - and 0. Point at a spike to read its cell and time."
)


def zoom_html(
    recording: Recording, schedule: Schedule, n_slots: int, sought: Sought | None = None
) -> str:  # fmt: skip
    """Return the raster as a part of a page, which is hidden until its script has drawn it.

    A run of too many spikes has a sentence instead that says so.

    Parameters
    ----------
    n_slots
        Number of slots, into which the hippocampal cells are divided in order.
    sought
        What recalls ask for, by default each for the item that it names.
    """
    count = sum(len(train.step) for train in recording.spikes.values())
    data = ""
    if count <= MOST_SPIKES:
        # Nothing in it can end the element.
        data = json.dumps(_data(recording, schedule, n_slots, sought)).replace("<", "\\u003c")
    if not 0 < len(data) <= MOST_BYTES:
        return (
            f'<p class="label">This run has {count / 1e6:.1f} million spikes, more than can be '
            "zoomed in a report. "
            "<code>hippokv.load(folder).plot_raster(window=(from_s, to_s))</code> enlarges any "
            "stretch of it.</p>"
        )
    return (
        '<div class="interactive" hidden>\n'
        '<div class="tools"><button type="button" value="+" aria-label="zoom in">+</button> '
        '<button type="button" value="-" aria-label="zoom out">\N{MINUS SIGN}</button> '
        '<button type="button" value="ArrowLeft" aria-label="earlier">\N{LEFTWARDS ARROW}</button> '
        '<button type="button" value="ArrowRight" aria-label="later">\N{RIGHTWARDS ARROW}</button> '
        '<button type="button" value="0">whole run</button> '
        '<select aria-label="go to"><option value="">go to ...</option></select></div>\n'
        '<canvas tabindex="0" role="img" aria-label="Spikes over time, to be zoomed"></canvas>\n'
        f"<output>{escape(HELP)}</output>\n"
        "<fieldset><legend>shown</legend></fieldset>\n"
        f'<script type="application/json">{data}</script>\n'
        f"<script>\n{SCRIPT.read_text(encoding='utf-8')}</script>\n</div>"
    )


def _data(
    recording: Recording, schedule: Schedule, n_slots: int, sought: Sought | None
) -> dict[str, Any]:  # fmt: skip
    asked = asked_cells(recording, schedule, n_slots, sought)
    populations = []
    for name, train in recording.spikes.items():
        row = {
            **packed_spikes(train), "name": name, "words": style.population_name(name),
            "colour": style.population_colour(name),
            "height": round(96 * row_height_in(train.size)),
            "asked": [],
            "hit": _hit(name, recording, schedule),
        }  # fmt: skip
        if name == "hippocampal":
            row["asked"] = [_asked(one) for one in asked.get(name, [])]
            row["per_slot"] = train.size // n_slots if n_slots > 1 else 0
            if "dendritic_spike" in recording.events:
                row["plateaus"] = packed_spikes(recording.events["dendritic_spike"])
        populations.append(row)
    events = [
        {
            "start": event.start_ms / 1e3, "stop": event.stop_ms / 1e3, "kind": event.kind,
            "words": "" if event.kind == "rest" else _words(event),
            "colour": style.phase_colour(event.kind),
        }
        for event in as_named(schedule, sought).events()
    ]  # fmt: skip
    return {
        "duration": recording.duration_ms / 1e3,
        "populations": populations,
        "events": events,
        "done": _done(schedule, recording.duration_ms),
        "traces": _traces(recording),
    }


def packed_spikes(train: SpikeTrain) -> dict[str, Any]:
    """Return spikes cell by cell, as numbers of steps after the one before, packed as text.

    All are numbers of seven bits a byte, the lowest first: how many spikes each cell has, then the
    steps of the first, the second ... cell.
    """
    whole = train.step.dtype.kind == "i"
    dt_s = train.dt_s if whole else FINEST_S
    step = train.step if whole else np.round(train.time_s / dt_s)
    # A short type is sorted by its digits.
    kind = np.uint16 if train.size < 2**16 else np.uint32
    order = np.argsort(train.cell.astype(kind), kind="stable")
    counts = np.bincount(train.cell, minlength=train.size)
    ordered = step[order].astype(np.int64)
    apart = np.diff(ordered, prepend=0)
    begins = (np.cumsum(counts) - counts)[counts > 0]
    apart[begins] = ordered[begins]
    numbers = np.concatenate([counts, apart]).astype(np.uint64)
    return {"cells": int(train.size), "dt": float(dt_s), "data": _packed(_in_bytes(numbers))}


def _in_bytes(numbers: NDArray[np.uint64]) -> NDArray[np.uint8]:
    parts = np.array([numbers >= 1 << 7 * place for place in range(1, 5)])
    long = 1 + parts.sum(axis=0)
    begins = np.cumsum(long) - long
    found = np.zeros(int(long.sum()), dtype=np.uint8)
    for place in range(5):
        has = long > place
        part = (numbers[has] >> np.uint64(7 * place)) & np.uint64(127)
        found[begins[has] + place] = part + np.uint64(128) * (long[has] > place + 1)
    return found


def _packed(array: NDArray[Any]) -> str:
    return base64.b64encode(zlib.compress(array.tobytes())).decode("ascii")


def _words(event: Event) -> str:
    words, *kind = event_words(event)
    return ", ".join([words, *([" ".join(kind)] if kind else [])])


def _asked(one: Asked) -> dict[str, Any]:
    return {"start": one.start_s, "stop": one.stop_s, "cells": blocks_of(one.cells).tolist()}


def _hit(name: str, recording: Recording, schedule: Schedule) -> list[dict[str, Any]]:
    """Return which cells of a population are silenced, tagged or lit up, and when."""
    found = []
    for row in schedule.manipulations:
        if row.target == name and isinstance(row, Silence | Tag | Light):
            cells = cells_hit(row, recording)
            if cells is not None and len(cells):
                blocks = blocks_of(np.isin(np.arange(recording.spikes[name].size), cells)).tolist()
                stop = min(row.stop_ms, recording.duration_ms) / 1e3
                found.append(
                    {
                        "start": row.start_ms / 1e3, "stop": stop, "cells": blocks,
                        "colour": row_colour(row),
                    }
                )  # fmt: skip
    return found


def _done(schedule: Schedule, duration_ms: float) -> list[dict[str, Any]]:
    found = []
    lanes = lane_rows(schedule.manipulations, schedule.widths)
    named = [words for words, _ in lanes]
    for (name, how), rows in lanes.items():
        # What has the name of another is told apart by how it is done.
        words = how if named.count(name) > 1 and how else name
        # An opsin has no time of its own beside the light that it answers to.
        lasting = [row for row in rows if not isinstance(row, Express)] or rows
        spans = [[row.start_ms / 1e3, min(row.stop_ms, duration_ms) / 1e3] for row in lasting]
        colour = row_colour(lasting[0])
        said = f"{name}, {how}" if how else name
        found.append({"words": words, "how": said, "colour": colour, "spans": spans})
    return found


def _traces(recording: Recording) -> Sequence[Mapping[str, Any]]:
    found = []
    for name, trace in recording.traces.items():
        thin = slice(None, None, max(len(trace.time_s) // MOST_SAMPLES, 1))
        for variable, values in trace.values.items() if name in recording.spikes else ():
            if not len(trace.time_s):
                continue
            factor, unit = UNITS.get(trace.units[variable], (1.0, trace.units[variable]))
            held = factor * values[thin, :MOST_CELLS]
            cells = [int(cell) for cell in trace.cells[:MOST_CELLS]]
            found.append(
                {
                    "name": f"{name}.{variable}",
                    "words": f"{style.population_name(name)} {variable}",
                    "colour": style.population_colour(name), "cells": cells,
                    "unit": unit,
                    "times": _packed(trace.time_s[thin].astype("<f4")),
                    "data": _packed(np.ascontiguousarray(held).astype("<f4")),
                }
            )  # fmt: skip
    return found
