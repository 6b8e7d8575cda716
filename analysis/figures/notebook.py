"""What a notebook shows of circuits, schedules, recordings and scores."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from functools import singledispatch
from html import escape

from hippokv.circuits.circuit import Circuit
from hippokv.circuits.recording import Recording
from hippokv.circuits.schedule import Schedule

from .circuit_page import circuit_html, circuit_overview
from .report import Picture, drawn, figure_html, folded
from .style import population_name


@singledispatch
def html_of(item: object) -> str:
    """Return what a notebook shows of an object."""
    return f"<pre>{escape(repr(item))}</pre>"


@html_of.register
def _(circuit: Circuit) -> str:
    from .circuit_drawing import CAPTION, circuit_figure

    drawing = drawn(circuit.name, CAPTION, circuit_figure, circuit)
    return "\n".join(
        [
            _title(repr(circuit)),
            figure_html(drawing),
            circuit_overview(circuit.account),
            folded("Equations and settings", circuit_html(circuit.account)),
        ]
    )


@html_of.register
def _(schedule: Schedule) -> str:
    from .schedule import CAPTION, schedule_figure

    return _title(repr(schedule)) + figure_html(
        drawn("schedule", CAPTION, schedule_figure, schedule)
    )


@html_of.register
def _(recording: Recording) -> str:
    seconds = recording.duration_ms / 1e3
    spikes = [
        [
            population_name(name),
            f"{train.size:,}" if train.size else "?",
            f"{len(train.step):,}",
            f"{len(train.step) / train.size / seconds:.2f}" if train.size and seconds else "?",
        ]
        for name, train in recording.spikes.items()
    ]
    held = [
        *(
            [f'events["{name}"]', f"{len(train.step):,} events"]
            for name, train in recording.events.items()
        ),
        *(
            [f'weights["{name}"]', f"{_shape(table.shape)}, mean {table.mean():.3g}"]
            for name, table in recording.weights.items()
        ),
        *(
            [f'cells["{name}"]', f"{int((cells > 0).sum()):,} of {len(cells):,} above 0"]
            for name, cells in recording.cells.items()
            if cells.any()
        ),
        *(
            [f'traces["{part}"]', ", ".join(f"{n} {_shape(v.shape)}" for n, v in t.values.items())]
            for part, t in recording.traces.items()
        ),
    ]
    return "\n".join(
        [
            _title(f"Recording of {seconds:g} s"),
            table_html(("population", "cells", "spikes", "mean rate (Hz)"), spikes),
            table_html(("also", ""), held) if held else "",
        ]
    )


def page_of_run(
    title: str,
    scores: Mapping[str, float],
    prediction: Mapping[str, float],
    paper: Mapping[str, float],
    uninformed: Mapping[str, float],
    warnings: Sequence[str],
    pictures: Sequence[Picture],
) -> str:
    """Return a run as its scores, beside those of the rate models, and its figures."""
    kinds = {"spiking": scores, "rate model": prediction}
    kinds |= {"paper": paper} if paper else {}
    kinds |= {"uninformed": uninformed} if uninformed else {}
    rows = [
        [name, *(_score(one.get(name)) for one in kinds.values())]
        for name in dict.fromkeys([*scores, *prediction])
    ]
    return "\n".join(
        [
            _title(title),
            table_html(("score", *kinds), rows),
            *(f"<p>{escape(words)}</p>" for words in warnings),
            *map(figure_html, pictures),
        ]
    )


def table_html(heads: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    """Return a table; its first column names the rows."""
    head = "".join(f"<th>{escape(name)}</th>" for name in heads)
    body = "\n".join(
        "<tr>"
        + "".join(
            f'<td style="text-align:{"left" if not place else "right"}">{escape(cell)}</td>'
            for place, cell in enumerate(row)
        )
        + "</tr>"
        for row in rows
    )
    return f"<table>\n<thead><tr>{head}</tr></thead>\n<tbody>\n{body}\n</tbody>\n</table>"


def _title(words: str) -> str:
    return f"<p><b>{escape(words.strip('<>'))}</b></p>\n"


def _shape(shape: Sequence[int]) -> str:
    return " x ".join(map(str, shape))


def _score(value: float | None) -> str:
    return "-" if value is None or math.isnan(value) else f"{value:.4g}"
