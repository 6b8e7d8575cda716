"""The pictures of what was recorded beside spikes, the same in every protocol."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from hippokv.analysis.figures import synapses_over_time, traces
from hippokv.analysis.figures.report import Picture, drawn
from hippokv.circuits.population import Population

from ..running.protocol import Result

#: The picture below which traces stand.
RASTER = "spikes"


def with_inside(pictures: Sequence[Picture], result: Result[Any]) -> list[Picture]:
    """Return pictures with those of what was recorded inside, of the last run, below the raster."""
    names = [picture.name for picture in pictures]
    place = names.index(RASTER) + 1 if RASTER in names else len(names)
    return [*pictures[:place], *_inside(result), *pictures[place:]]


def _inside(result: Result[Any]) -> list[Picture]:
    recording, circuit = result.recording, result.experiment.circuit
    seen = [name for name, trace in recording.traces.items() if trace.time_s.size]
    found = []
    if any(name in recording.spikes for name in seen):
        found.append(
            drawn(
                "traces", traces.CAPTION, traces.traces_figure, recording,
                result.experiment.schedule,
            )
        )  # fmt: skip
    columns = {}
    for name in seen:
        part = circuit[name]
        if not isinstance(part, Population):
            columns[name] = part.sides[1]
    if columns:
        found.append(
            drawn(
                "synapses", synapses_over_time.CAPTION, synapses_over_time.synapses_figure,
                recording, columns,
            )
        )  # fmt: skip
    return found
