"""What was done to a circuit, in a sentence with its numbers."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from types import MappingProxyType

import numpy as np
from numpy.typing import NDArray

from hippokv.analysis.figures.manipulation_marks import lane_rows
from hippokv.analysis.figures.style import population_name
from hippokv.analysis.recall.groups import group_words
from hippokv.circuits.manipulation.cells_hit import cells_hit
from hippokv.circuits.manipulation.manipulations import Express, Silence, Tag
from hippokv.circuits.recording import Recording
from hippokv.circuits.schedule import Action, Schedule

from .evaluation import Stage

#: The population that is divided into slots.
SLOTTED = "hippocampal"
#: So many things are told apart, and so many times of one.
MOST_THINGS, MOST_TIMES = 8, 3


def what_was_done(
    stages: Mapping[str, Stage], ensembles: Mapping[str, int] = MappingProxyType({})
) -> str:
    """Return what the last run did to a circuit, to which cells and when; nothing for nothing.

    Parameters
    ----------
    stages
        All runs, by name: those in which nothing was done are named, as controls.
    ensembles
        Number of groups of alike cells, by population.
    """
    schedule, recording = (last := [*stages.values()][-1]).schedule, last.recording
    rows = [*_by_words(schedule, recording, ensembles.get(SLOTTED, 0)).items()]
    if not rows:
        return ""
    told = "; ".join(f"{words} {_when(done, schedule)}" for words, done in rows[:MOST_THINGS])
    more = f"; and {len(rows) - MOST_THINGS} more" if len(rows) > MOST_THINGS else ""
    intact = [name for name, stage in stages.items() if not stage.schedule.manipulations]
    names = " and ".join(f'"{name}"' for name in intact).replace("_", " ")
    runs = "runs" if len(intact) > 1 else "run"
    control = f" In the {runs} {names} nothing is done to it." if intact else ""
    return f"Done to the circuit: {told}{more}.{control}"


def _by_words(schedule: Schedule, recording: Recording, n_slots: int) -> dict[str, list[Action]]:
    found: dict[str, list[Action]] = {}
    for row in sorted(schedule.manipulations, key=lambda row: row.start_ms):
        for name in lane_rows([row], schedule.widths):
            found.setdefault(_words(row, name, recording, n_slots), []).append(row)
    return found


def _words(row: Action, name: tuple[str, str], recording: Recording, n_slots: int) -> str:
    cells, train = cells_hit(row, recording), recording.spikes.get(row.target)
    hit = ""
    if cells is not None and train is not None:
        share = f" ({100 * len(cells) / train.size:.3g} %)" if train.size else ""
        hit = f"{len(cells)} of {train.size} cells{share}"
        whole = _whole_slots(cells, train.size, n_slots) if row.target == SLOTTED else 0
        hit += f", {whole} of {n_slots} slots" if whole else ""
    if isinstance(row, Silence):
        return f"{_cells(row.population)} silenced, {hit or name[1]},"
    if isinstance(row, Tag):
        tagged = f", {hit}," if hit else ""
        return f"{_cells(row.population)} tagged by {row.by}{tagged}"
    if isinstance(row, Express):
        return f"{_cells(row.population)} make {row.opsin}, {hit or 'those tagged'},"
    told = ", ".join(word for word in name if word)
    return f"{told}, on {hit} with the opsin," if hit else f"{told},"


def _whole_slots(cells: NDArray[np.int64], size: int, n_slots: int) -> int:
    """Return how many slots of several cells are hit whole; 0 where another is hit in part."""
    if not 0 < n_slots < size:
        return 0
    hit = np.isin(np.arange(size), cells).reshape(n_slots, -1)
    return int(hit.all(axis=1).sum()) if (hit.all(axis=1) == hit.any(axis=1)).all() else 0


def _cells(population: str) -> str:
    name = population_name(population)
    return name if name.endswith("s") else f"{name} cells"


def _when(rows: Sequence[Action], schedule: Schedule) -> str:
    total_ms = schedule.duration_ms
    times = [*dict.fromkeys(_time(row, total_ms) for row in rows)]
    others = len(times) - MOST_TIMES
    more = "" if others < 1 else " and once more" if others == 1 else f" and {others} times more"
    return f"{' and '.join(times[:MOST_TIMES])}{_epochs(rows, schedule)}{more}"


def _time(row: Action, total_ms: float) -> str:
    start, stop = row.start_ms / 1e3, row.stop_ms / 1e3
    if getattr(row, "at_ms", None) is not None:
        return f"at {start:.4g} s"
    if row.stop_ms >= total_ms or math.isinf(stop):
        return "all the time" if row.start_ms <= 0 else f"from {start:.4g} s to the end"
    return f"from {start:.4g} to {stop:.4g} s"


def _epochs(rows: Sequence[Action], schedule: Schedule) -> str:
    """Name the epochs in which it is done, where they are of one kind."""
    events = [
        event
        for event in schedule.events()
        for row in rows
        if event.kind != "rest" and event.start_ms < row.stop_ms and row.start_ms < event.stop_ms
    ]
    kinds = {event.kind for event in events}
    groups = {group_words(event.group) for event in events}
    if len(kinds) != 1:
        return ""
    words = [*kinds, *(groups - {""} if len(groups) == 1 else ())]
    return f" ({', '.join(words)})"
