"""The pictures of protocols that store items on a scaffold."""

from __future__ import annotations

import numpy as np

from hippokv.analysis.report import Picture, render
from hippokv.analysis.scaffold import recall_figures
from hippokv.analysis.scaffold.recall_figures import Stretch

from .experiment import Result
from .scaffold_items import first_of_each

#: The item that is drawn: its number matters little.
SHOWN = 0
#: Items of a path whose bumps are drawn.
MOST_SHEETS = 4


def items_picture(result: Result, across: str = "item, in order of storage") -> Picture:
    """Draw the accuracy of each item."""
    found = result.details
    figure = recall_figures.items_figure(found.accuracy, found.predicted_accuracy, across)
    return render(figure, "items", recall_figures.ITEMS_CAPTION)


def item_picture(result: Result) -> Picture:
    """Draw the spikes while an item is stored and recalled."""
    found, stage = result.details, result.stages["memory"]
    own = result.experiment.settings.protocol
    stored = first_of_each(stage.schedule, "store", SHOWN + 1)[SHOWN].start_ms
    asked = first_of_each(stage.schedule, "recall", SHOWN + 1)[SHOWN]
    stop = stored + own.study_ms + own.instruction_ms + own.consolidation_ms
    setting = asked.start_ms + own.finding_ms
    figure = recall_figures.item_raster_figure(
        stage.recording,
        [
            Stretch("storage", stored, stop,
                    {stored: "item shown", stored + own.study_ms: "instruction"}),
            Stretch("recall", asked.start_ms, asked.stop_ms,
                    {asked.start_ms: "cue, reset", setting: "cue", setting + own.setting_ms: "free"}),
        ],
        result.experiment.circuit.sheets,  # type: ignore[attr-defined]
        found.codes[SHOWN],
        found.items.patterns[SHOWN],
    )  # fmt: skip
    return render(figure, "item", recall_figures.RASTER_CAPTION)


def sheets_picture(result: Result) -> Picture:
    """Draw the bumps while an item is stored, while its cue meets the reset, and in recall."""
    found, stage = result.details, result.stages["memory"]
    own = result.experiment.settings.protocol
    stored = first_of_each(stage.schedule, "store", SHOWN + 1)[SHOWN].start_ms
    asked = first_of_each(stage.schedule, "recall", SHOWN + 1)[SHOWN].start_ms
    setting = asked + own.finding_ms
    free = setting + own.setting_ms
    windows = {
        "stored": (stored, stored + own.study_ms),
        "cue,\nreset": (setting - 100.0, setting),
        "cue": (free - 100.0, free),
        "recalled": (free, free + own.recalling_free_ms),
    }
    grid = stage.recording.spikes["grid"]
    rates = [
        np.asarray(grid.counts(start, stop) / (stop - start) * 1e3, dtype=float)
        for start, stop in windows.values()
    ]
    figure = recall_figures.sheets_figure(
        rates, list(windows),
        result.experiment.circuit.sheets,  # type: ignore[attr-defined]
        np.tile(found.items.addresses[SHOWN], (len(windows), 1)),
    )  # fmt: skip
    words = (
        "while an item is stored, its cue meets the reset, the cue sets them, and it is recalled"
    )
    return render(figure, "sheets", recall_figures.SHEETS_CAPTION.format(moments=words))


def way_picture(result: Result) -> Picture:
    """Draw the bumps at the first items of a path that is walked again."""
    found, stage = result.details, result.stages["memory"]
    own = result.experiment.settings.protocol
    events = first_of_each(stage.schedule, "visit", len(found.accuracy))[:MOST_SHEETS]
    grid = stage.recording.spikes["grid"]
    rates = [
        np.asarray(grid.counts(event.start_ms, event.stop_ms) / own.reading_ms * 1e3, dtype=float)
        for event in events
    ]
    figure = recall_figures.sheets_figure(
        rates, [f"item {event.item + 1}" for event in events],
        result.experiment.circuit.sheets,  # type: ignore[attr-defined]
        found.items.addresses[: len(events)],
    )  # fmt: skip
    words = "at the first items of the path"
    return render(figure, "way", recall_figures.SHEETS_CAPTION.format(moments=words))
