"""What is said of a raster: its caption, the words of its legend, and what is said in its place."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from hippokv.circuits.recording import Recording
from hippokv.circuits.schedule import Schedule

from ..recall.asked_cells import Asked, Sought, asked_cells
from . import style
from .raster_windows import SHORT_RUN_S, Window

#: Populations of pairs, all ON cells first.
PAIRED = ("entorhinal", "cortical")


@dataclass(frozen=True)
class AskedWords:
    """Name the cells that are asked for.

    Parameters
    ----------
    by_population
        In the legend, behind the name of their population.
    row
        Beside the row that shows hippocampal ones alone, in two lines.
    told
        In the caption, by population.
    """

    by_population: Mapping[str, str]
    row: str
    told: Mapping[str, str]


def asked_words(recording: Recording, n_slots: int, sought: Sought | None = None) -> AskedWords:
    """Return what the cells are called that are asked for: those of a slot, where there are any."""
    if sought:
        named = {"hippocampal": sought.slots, "cortical": sought.value}
        told = {name: f"{name} cells ({words})" for name, words in named.items()}
        return AskedWords(named, "slots\nasked for", told)
    cells = "slot" if _has_slots(recording, n_slots) else "cells"
    taken = f"{'of the slot ' if cells == 'slot' else ''}that took the item"
    return AskedWords(
        {"hippocampal": f"item's {cells}", "cortical": "item's value"},
        f"{cells} of\nthe item",
        {
            "hippocampal": f"the hippocampal cells {taken}",
            "cortical": "the cortical cells that its value drove",
        },
    )


def raster_caption(
    recording: Recording, schedule: Schedule, n_slots: int, sought: Sought | None = None
) -> str:  # fmt: skip
    """Say what :func:`.raster.raster_figure` shows of a run, and nothing that is not in it."""
    items = schedule.events("store", "recall")
    names = "name the item that is stored or asked for, and which kind of recall it is"
    told = [
        "Spikes of every population, cell by cell. The background tells the phases apart, and the "
        f"words above {names if items else 'name them'}."
    ]
    marks = "Every spike is a mark."
    if recording.duration_ms > 1e3 * SHORT_RUN_S:
        marks = "There every spike is a mark."
        first = (
            "recalls, those first in which something is done to the circuit, and where their items "
            "were stored"
        )
        told.append(
            "The whole run is a density: its colour is the deeper the more spikes fall on a spot. "
            f"Below, {f'a few stretches are enlarged: {first}' if items else 'a part is enlarged'}."
        )
    told.append(marks)
    asked = asked_cells(recording, schedule, n_slots, sought)
    if asked:
        words = asked_words(recording, n_slots, sought).told
        of_whom = "these two populations" if len(asked) > 1 else "this population"
        told.append(
            f"In colour, on a shade, are {', and '.join(words[name] for name in asked)}; grey are "
            f"spikes of other cells, of {of_whom} alone."
        )
    if has_plateaus(recording):
        told.append("Triangles mark the start of plateaus (dendritic spikes).")
    axis = ["counts the slots that hippocampal cells form"] * _has_slots(recording, n_slots)
    axis += ["parts the ON from the OFF cells"] * any(name in recording.spikes for name in PAIRED)
    if axis:
        told.append(f"The axis on the right {', and '.join(axis)}.")
    if schedule.manipulations:
        told.append(
            "What is done to the circuit is a bar in a lane above the cells, or a mark where it "
            "takes no time; the cells that it is done to are hatched where they are silenced, and "
            "in boxes where they are tagged, or have the opsin while there is light."
        )
    return " ".join(told)


def what_is_seen(
    recording: Recording,
    schedule: Schedule,
    asked: list[Asked],
    windows: list[Window],
    words: AskedWords,
) -> str:
    """Say what is to be seen: how much each enlarged event makes fire of what it asks for."""
    counts = {name: len(train.step) for name, train in recording.spikes.items()}
    spikes = ", ".join(
        f"{count} of {style.population_name(name)}" for name, count in counts.items()
    )
    told = [f"{recording.duration_ms / 1e3:g} s with {spikes} spikes"]
    by_start = {one.start_s: one for one in asked}
    for event in schedule.events():
        start = event.start_ms / 1e3
        one = by_start.get(start)
        if one and any(window.start_s <= start < window.stop_s for window in windows):
            fired = recording.spikes["hippocampal"].counts(event.start_ms, event.stop_ms)
            own = fired[one.cells].sum()
            told.append(
                f"{event.label}: {own} spikes of the {words.row.replace(chr(10), ' ')}, "
                f"{fired.sum() - own} of other hippocampal cells"
            )
    return f"{'; '.join(told)}."


def has_plateaus(recording: Recording) -> bool:
    """Return whether any cell started a plateau."""
    return "dendritic_spike" in recording.events and bool(
        len(recording.events["dendritic_spike"].step)
    )


def _has_slots(recording: Recording, n_slots: int) -> bool:
    cells = recording.spikes.get("hippocampal")
    return cells is not None and n_slots < cells.size
