"""The picture of all spikes, the same in every protocol."""

from __future__ import annotations

from typing import Any

from hippokv.analysis.figures import raster
from hippokv.analysis.figures.report import Picture, drawn

from ..running.protocol import Result


def spikes_picture(result: Result[Any], stage: str | None = None) -> Picture:
    """Draw the spikes of all populations over the epochs.

    Parameters
    ----------
    stage
        Name of the run that is drawn, by default the last.
    """
    shown = list(result.stages.values())[-1] if stage is None else result.stages[stage]
    n_slots = result.experiment.circuit.ensembles.get("hippocampal", 1)
    return drawn(
        "spikes", raster.CAPTION, raster.raster_figure, shown.recording, shown.schedule, n_slots
    )  # fmt: skip
