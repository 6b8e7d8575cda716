"""The pictures of protocols that store items on a scaffold."""

from __future__ import annotations

from typing import Any

from hippokv.analysis.figures import scaffold_recall as recall_figures
from hippokv.analysis.figures.report import Picture, drawn
from hippokv.analysis.figures.scaffold_recall import Stretch
from hippokv.analysis.figures.scaffold_sheets import sheets_figure
from hippokv.analysis.grid_cells.bumps import WINDOW_MS

from ..parts.path_items import first_of_each
from ..running.protocol import Result

#: The item that is drawn: its number matters little.
DRAWN_ITEM = 0
SHEETS_CAPTION = (
    "Firing of the grid cells on the sheets of the modules, {moments}. Opposite edges of a sheet "
    "are neighbours. The cross is the centre of the bump."
)
#: Items of a path whose bumps are drawn.
MOST_SHEETS = 4


def items_picture(result: Result[Any], across: str = "item, in order of storage") -> Picture:
    """Draw the accuracy of each item."""
    found = result.found
    return drawn(
        "items", recall_figures.ITEMS_CAPTION, recall_figures.items_figure,
        found.accuracy, found.predicted_accuracy, across,
    )  # fmt: skip


def item_picture(result: Result[Any]) -> Picture:
    """Draw the spikes while an item is stored and recalled."""
    found, stage = result.found, result.stages["memory"]
    own = result.experiment.settings.protocol
    stored = first_of_each(stage.schedule, "store", DRAWN_ITEM + 1)[DRAWN_ITEM].start_ms
    asked = first_of_each(stage.schedule, "recall", DRAWN_ITEM + 1)[DRAWN_ITEM]
    stop = stored + own.study_ms + own.instruction_ms + own.consolidation_ms
    setting = asked.start_ms + own.finding_ms
    return drawn(
        "item",
        recall_figures.ITEM_RASTER_CAPTION,
        recall_figures.item_raster_figure,
        stage.recording,
        [
            Stretch("storage", stored, stop,
                    {stored: "item shown", stored + own.study_ms: "instruction"}),
            Stretch("recall", asked.start_ms, asked.stop_ms,
                    {
                        asked.start_ms: "cue, reset",
                        setting: "cue",
                        setting + own.setting_ms: "free",
                    }),
        ],
        result.experiment.circuit.parameters.sheets,
        found.codes[DRAWN_ITEM],
        found.items.patterns[DRAWN_ITEM],
    )  # fmt: skip


def sheets_picture(result: Result[Any]) -> Picture:
    """Draw the bumps while an item is stored, while its cue meets the reset, and in recall."""
    stage, own = result.stages["memory"], result.experiment.settings.protocol
    stored = first_of_each(stage.schedule, "store", DRAWN_ITEM + 1)[DRAWN_ITEM].start_ms
    asked = first_of_each(stage.schedule, "recall", DRAWN_ITEM + 1)[DRAWN_ITEM].start_ms
    setting = asked + own.finding_ms
    free = setting + own.setting_ms
    begins = {
        "stored": stored + own.study_ms - WINDOW_MS,
        "cue, reset": setting - WINDOW_MS,
        "cue": free - WINDOW_MS,
        "recalled": free + own.recalling_free_ms - WINDOW_MS,
    }
    words = "an item is stored, its cue meets the reset, the cue sets them, and it is recalled"
    return drawn(
        "sheets", SHEETS_CAPTION.format(moments=f"while {words}"), sheets_figure,
        stage.recording.spikes["grid"],
        result.experiment.circuit.parameters.sheets,
        list(begins.values()), WINDOW_MS, list(begins),
    )  # fmt: skip


def path_picture(result: Result[Any]) -> Picture:
    """Draw the bumps at the first items of a path that is walked again."""
    stage, own = result.stages["memory"], result.experiment.settings.protocol
    events = stage.schedule.events("visit")[:MOST_SHEETS]
    return drawn(
        "way", SHEETS_CAPTION.format(moments="at the first items of the path"), sheets_figure,
        stage.recording.spikes["grid"],
        result.experiment.circuit.parameters.sheets,
        [event.start_ms for event in events], own.reading_ms,
        [f"item {event.item + 1}" for event in events],
    )  # fmt: skip
