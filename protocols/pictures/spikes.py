"""The picture of all spikes, the same in every protocol."""

from __future__ import annotations

from dataclasses import replace
from functools import partial
from typing import Any

from hippokv.analysis.figures import raster
from hippokv.analysis.figures.report import Picture, drawn
from hippokv.analysis.figures.zoom import zoom_html

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
    picture = drawn("spikes", caption, raster.raster_figure, *given)
    return replace(picture, interactive=partial(zoom_html, *given))
