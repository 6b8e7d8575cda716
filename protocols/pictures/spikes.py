"""The picture of all spikes, the same in every protocol."""

from __future__ import annotations

from dataclasses import replace
from functools import partial
from typing import Any

from hippokv.analysis.figures import raster
from hippokv.analysis.figures.report import Picture, drawn
from hippokv.analysis.figures.zoom import zoom_html
from hippokv.analysis.recall.scores import agreement
from hippokv.circuits.schedule import Schedule

from ..parts.store_and_recall import Recalled
from ..running.protocol import Result


def spikes_picture(
    result: Result[Any], stage: str | None = None, caption: str = raster.CAPTION
) -> Picture:  # fmt: skip
    """Draw the spikes of all populations over the epochs.

    Parameters
    ----------
    stage
        Name of the run that is drawn, by default the last.
    """
    shown = list(result.stages.values())[-1] if stage is None else result.stages[stage]
    n_slots = result.experiment.circuit.ensembles.get("hippocampal", 1)
    given = shown.recording, shown.schedule, n_slots
    right = _right(result, shown.schedule)
    picture = drawn("spikes", caption, raster.raster_figure, *given, right)
    return replace(picture, interactive=partial(zoom_html, *given))


def _right(result: Result[Any], schedule: Schedule) -> dict[float, float]:
    """Return the part of the value's bits that are right in each recall, by its start in ms.

    None where a protocol does not score its recalls so.
    """
    if not isinstance(result.found, Recalled) or "accuracy" not in result.metrics:
        return {}
    readout, items = result.found.readout, result.found.items
    parts = agreement(readout, items.values[items.query_item])
    recalls = schedule.events("recall")
    return {event.start_ms: float(part) for event, part in zip(recalls, parts, strict=True)}
