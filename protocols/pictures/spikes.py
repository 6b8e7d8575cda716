"""The picture of all spikes, the same in every protocol."""

from __future__ import annotations

from dataclasses import replace
from functools import partial
from typing import Any

import numpy as np

from hippokv.analysis.figures.raster import raster_figure
from hippokv.analysis.figures.raster_words import raster_caption
from hippokv.analysis.figures.report import Picture, drawn
from hippokv.analysis.figures.zoom import zoom_html
from hippokv.analysis.recall.scores import agreement
from hippokv.circuits.schedule import Schedule

from ..parts.store_and_recall import Recalled
from ..running.protocol import Result


def spikes_picture(
    result: Result[Any],
    stage: str | None = None,
    caption: str = "",
) -> Picture:
    """Draw the spikes of all populations over the epochs.

    Parameters
    ----------
    stage
        Name of the run that is drawn, by default the last.
    caption
        What is said below it, by default what it shows.
    """
    name = list(result.stages)[-1] if stage is None else stage
    shown = result.stages[name]
    n_slots = result.experiment.circuit.ensembles.get("hippocampal", 1)
    given = shown.recording, shown.schedule, n_slots
    sought = result.experiment.protocol.sought(shown.schedule)
    right = _right(result, shown.schedule)
    words = caption or raster_caption(*given, sought)
    others = [other.replace("_", " ") for other in result.stages if other != name]
    title = name.replace("_", " ") if others else ""
    if others:
        several = f"s, {' and '.join(others)}, are" if len(others) > 1 else f", {others[0]}, is"
        words = f"{words} The other run{several} in the results folder."
    picture = drawn("spikes", words, raster_figure, *given, right, sought, title)
    return replace(picture, interactive=partial(zoom_html, *given, sought))


def _right(result: Result[Any], schedule: Schedule) -> dict[float, float]:
    """Return the part of the value's bits that are right in each recall, by its start in ms.

    None where a protocol does not score its recalls so.
    """
    if not isinstance(result.found, Recalled):
        return {}
    readout, items = result.found.readout, result.found.items
    parts = agreement(readout, items.values[items.query_item])
    kinds = {f"accuracy_{group}": items.asked(group) for group in items.groups}
    kinds = kinds or {"accuracy": np.ones(len(parts), dtype=bool)}
    scored = [name for name in kinds if name in result.metrics]
    if not scored or not np.allclose(
        [parts[kinds[name]].mean() for name in scored], [result.metrics[name] for name in scored]
    ):
        return {}
    recalls = schedule.events("recall")
    return {event.start_ms: float(part) for event, part in zip(recalls, parts, strict=True)}
