"""What settings say of what is recorded beside spikes, as probes of a circuit."""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from functools import partial
from typing import Any

import numpy as np
from numpy.typing import NDArray

from hippokv.analysis.recall.asked_cells import Sought, asked_in, asking, slots_asked
from hippokv.circuits.circuit import Circuit
from hippokv.circuits.population import Population
from hippokv.circuits.probe import (
    CELLS,
    EVERY,
    EVERY_OF_SYNAPSES,
    RECORD,
    WINDOW,
    Probe,
    check_bytes,
    check_variables,
)
from hippokv.circuits.schedule import Schedule
from hippokv.errors import InputError

from .settings import RunParameters

#: The population whose cells form slots.
SLOTTED = "hippocampal"
_CHOICE = re.compile(r"(?P<all>all)|slot(?P<slot>\d+)|(?P<first>\d+)(?::(?P<stop>\d+))?")
_WINDOW = re.compile(r"\s*(\d+(?:\.\d+)?)\s*:\s*(\d+(?:\.\d+)?)\s*")
#: The event that begins a plateau, by which a slot takes an item.
PLATEAU = "dendritic_spike"
#: The cells of all slots that hold items asked for, which only the run tells.
ASKED = "asked"
_HOW_CELLS = (
    "must be cells as 0:10 (the first ten), 3,7, slot4, asked or all, for all that is recorded or "
    "as PART=CELLS with spaces between them; they count from 0"
)


def recorded_text(record: Any) -> str:
    """Return variables by part as the setting ``run.record`` has them.

    Raises
    ------
    InputError
        For anything else than lists of texts by text.
    """
    words = "must be a dictionary of lists, such as {'hippocampal': ['v', 'v_dendrite']}"
    if not isinstance(record, Mapping):
        raise InputError("record", record, words)
    found = []
    for part, names in record.items():
        if isinstance(names, str) or not isinstance(names, Sequence):
            raise InputError("record", record, words)
        found += [f"{part}.{name}" for name in names]
    return ",".join(found)


def probes_of(
    run: RunParameters,
    circuit: Circuit,
    schedule: Schedule,
    sought: Callable[[Schedule], Sought | None],
    several_runs: bool = False,
) -> tuple[Probe, ...]:
    """Return what is recorded beside spikes.

    Parameters
    ----------
    sought
        What recalls ask for, where they ask for something else than the items that they name.
    several_runs
        Whether others follow the one of the schedule, which may be longer.

    Raises
    ------
    InputError
        For the first setting that does not fit the circuit or the schedule, or more than there is
        room for.
    """
    window = _window_of(run.record_window_ms)
    found = []
    for part, variables in _variables_of(run.record).items():
        check_variables(circuit, part, variables)
        is_population = isinstance(circuit[part], Population)
        every_ms = run.record_every_ms if is_population else run.record_synapses_every_ms
        probe = Probe(part, variables, None, every_ms, window)
        chosen = _choice_of(run.record_cells, part)
        if chosen == ASKED:
            probe = _of_slots_asked(
                probe, run.record_cells, circuit, schedule, sought, several_runs
            )
        else:
            probe = replace(probe, cells=_cells_of(run.record_cells, chosen, part, circuit))
        found.append(probe)
    _check_needed(run, circuit, [probe.part for probe in found])
    length_ms = schedule.duration_ms
    known = [probe.before(length_ms) for probe in found] if several_runs else found
    for probe, asked in zip(known, found, strict=True):
        probe.check(circuit, schedule, run.dt_ms)
        asked.check_window(run.dt_ms)
    check_bytes(known, circuit, length_ms, run.dt_ms, run.target == "cpp")
    return tuple(found)


def _check_needed(run: RunParameters, circuit: Circuit, parts: Sequence[str]) -> None:
    """Make sure that nothing is said of what is not recorded."""
    cells = [part for part in parts if isinstance(circuit[part], Population)]
    for key, what, there in (
        (CELLS, "nothing", parts),
        (WINDOW, "nothing", parts),
        (EVERY, "no population", cells),
        (EVERY_OF_SYNAPSES, "no projection", [part for part in parts if part not in cells]),
    ):
        name = key.removeprefix("run.")
        value = getattr(run, name)
        if not there and value != getattr(RunParameters, name):
            raise InputError(key, value, f"must be left out: {what} is named by {RECORD}")
    for part in _choices(run.record_cells):
        if part and part not in parts:
            words = f"must choose cells of what is recorded: {', '.join(parts)}"
            raise InputError(CELLS, run.record_cells, words)


def _variables_of(text: str) -> dict[str, list[str]]:
    found: dict[str, list[str]] = {}
    for name in filter(None, (name.strip() for name in text.split(","))):
        part, dot, variable = name.partition(".")
        if not dot or not part or not variable:
            words = "must be PART.VARIABLE with commas between them, such as hippocampal.v"
            raise InputError(RECORD, text, words)
        names = found.setdefault(part, [])
        if variable not in names:
            names.append(variable)
    return found


def _window_of(text: str) -> tuple[float, float] | None:
    if not text.strip():
        return None
    given = _WINDOW.fullmatch(text)
    window = (float(given[1]), float(given[2])) if given else (0.0, 0.0)
    if window[0] >= window[1]:
        raise InputError(WINDOW, text, "must be START:STOP in ms, such as 1000:1500, or nothing")
    return window


def _choices(text: str) -> dict[str, str]:
    """Return which cells are chosen, by part, and those of all others by an empty name."""
    found: dict[str, str] = {}
    for word in text.split():
        part, sign, choice = word.rpartition("=")
        if part in found or not choice or (sign and not part):
            raise InputError(CELLS, text, _HOW_CELLS)
        found[part] = choice
    return found


def _choice_of(text: str, part: str) -> str:
    choices = _choices(text)
    return choices.get(part, choices.get("", "0:10"))


def _of_rows(part: str, circuit: Circuit) -> Population:
    """Return a population, or that to which the rows of a projection belong."""
    one = circuit[part]
    found: Population = one if isinstance(one, Population) else circuit[one.sides[0]]
    return found


def _of_slots_asked(
    probe: Probe, text: str, circuit: Circuit, schedule: Schedule,
    sought: Callable[[Schedule], Sought | None], several_runs: bool,
) -> Probe:  # fmt: skip
    """Return a probe of the slots that hold the items asked for while it samples.

    Raises
    ------
    InputError
        Where no slots are asked for.
    """
    one = _of_rows(probe.part, circuit)
    if one.name != SLOTTED or not any(event.name == PLATEAU for event in one.events):
        words = f"must be cells of {SLOTTED} slots in which plateaus begin, not of {one.name}"
        raise InputError(CELLS, text, words)
    window = probe.window_ms or (0.0, math.inf)
    recalls = asking(schedule)
    asked = asked_in(schedule, window, sought(schedule))
    items = {item for each in asked.values() for item in each}
    if not items and not several_runs:
        when = (
            f"within {WINDOW} {window[0]:g}:{window[1]:g}, recalls are from "
            f"{recalls[0].start_ms:g} to {recalls[-1].stop_ms:g} ms"
            if recalls
            else "in this protocol"
        )
        raise InputError(CELLS, text, f"must be others: nothing is asked for {when}")
    n_slots = one.cells // one.alike
    # Of runs that are still to come nobody knows how many items they ask for.
    most = one.cells if several_runs else min(len(items), n_slots) * one.alike
    choice = partial(slots_asked, n_slots=n_slots, window_ms=window, sought=sought)
    return replace(probe, cells=choice, most_cells=most)


def _cells_of(text: str, chosen: str, part: str, circuit: Circuit) -> NDArray[np.int64]:
    """Return the cells of a population, or of a projection's rows, that words choose."""
    one = _of_rows(part, circuit)
    found: list[int] = []
    for word in chosen.split(","):
        given = _CHOICE.fullmatch(word)
        if given is None:
            raise InputError(CELLS, text, _HOW_CELLS)
        if given["all"]:
            found += range(one.cells)
        elif given["slot"]:
            slots = one.cells // one.alike
            if one.name != SLOTTED or int(given["slot"]) >= slots:
                words = f"must be slots of {SLOTTED} cells, " + (
                    f"from 0 to {slots - 1}" if one.name == SLOTTED else f"not of {one.name}"
                )
                raise InputError(CELLS, text, words)
            found += range(int(given["slot"]) * one.alike, (int(given["slot"]) + 1) * one.alike)
        elif given["stop"]:
            # As everywhere in Python, what lies beyond the last is left out.
            found += range(int(given["first"]), min(int(given["stop"]), one.cells))
        else:
            found.append(int(given["first"]))
    if not found or max(found) >= one.cells:
        raise InputError(CELLS, text, f"must be cells of {one.name}, from 0 to {one.cells - 1}")
    return np.array(list(dict.fromkeys(found)), dtype=np.int64)
