"""What a run is kept as: arrays, and a description of them in plain words; and both read back."""

from __future__ import annotations

import dataclasses
import math
from collections.abc import Callable, Mapping
from functools import partial
from types import SimpleNamespace
from typing import Any, get_args

import numpy as np
from numpy.typing import NDArray

from hippokv.analysis.recall.asked_cells import Sought
from hippokv.circuits.manipulation.cells_hit import cells_hit
from hippokv.circuits.manipulation.manipulations import Manipulation
from hippokv.circuits.recording import Recording, SpikeTrain, Trace
from hippokv.circuits.schedule import Action, Epoch, Schedule

from .evaluation import Stage

#: An array to be written, or what makes it.
Stored = NDArray[Any] | Callable[[], NDArray[Any]]
Arrays = Mapping[str, NDArray[Any]]
KINDS = {kind.__name__: kind for kind in get_args(Manipulation)}
#: What the description of a stage has of its recalls.
SOUGHT = "sought"
#: What stands for an end that never comes: JSON has no infinity.
NEVER = None


# --- a stage: what was asked of a circuit, and what it did ----------------------------------------


def arrays_of_stage(stage: Stage, known: Mapping[str, NDArray[Any]]) -> dict[str, Stored]:
    """Return the arrays that a stage is kept as, by name.

    Parameters
    ----------
    stage
        The stage.
    known
        Arrays that are kept anyway: one that is among them is not kept twice.
    """
    schedule, recording = stage.schedule, stage.recording
    found: dict[str, Stored] = {
        "epoch_start_ms": schedule.start_ms,
        "epoch_duration_ms": np.array([epoch.duration_ms for epoch in schedule.epochs]),
        "epoch_phase": np.array([epoch.phase for epoch in schedule.epochs]),
        "epoch_item": np.array([epoch.item for epoch in schedule.epochs], dtype=np.int64),
    }
    for channel in schedule.channels_in_use:
        found |= _drive(schedule, channel)
    trains = {f"spikes_{name}": train for name, train in recording.spikes.items()}
    for name, train in (trains | dict(recording.events)).items():
        found[f"{name}_t"] = partial(getattr, train, "time_s")
        found[f"{name}_i"] = train.cell
    for projection, weights in recording.weights.items():
        if not _name_of(weights, known):
            found[f"weights_{projection}"] = weights
    found |= {name: held for name, held in recording.cells.items() if held.any()}
    for number, row in enumerate(schedule.manipulations):
        cells = cells_hit(row, recording)
        if cells is not None:
            found[f"manipulation_{number}_cells"] = cells
    for name, trace in recording.traces.items():
        # No name of a variable has a dot: it is taken for nothing else.
        found |= {f"trace_{name}.{key}": held for key, held in trace.values.items()}
        found |= {f"trace_{name}_t": trace.time_s, f"trace_{name}_cells": trace.cells}
    return found


def description_of_stage(
    stage: Stage, known: Mapping[str, NDArray[Any]], prefix: str
) -> dict[str, Any]:
    """Return what the arrays of a stage do not say, as JSON can hold it."""
    schedule, recording = stage.schedule, stage.recording
    return {
        "duration_ms": float(recording.duration_ms),
        "widths": {name: int(width) for name, width in schedule.widths.items()},
        "channels": list(schedule.channels_in_use),
        "manipulations": [_row(row) for row in schedule.manipulations],
        "spikes": {name: _train(train) for name, train in recording.spikes.items()},
        "events": {name: _train(train) for name, train in recording.events.items()},
        "weights": {
            name: _name_of(held, known) or f"{prefix}weights_{name}"
            for name, held in recording.weights.items()
        },
        "cells": {name: len(held) for name, held in recording.cells.items()},
        "traces": {name: dict(trace.units) for name, trace in recording.traces.items()},
    }


def stage_of(description: Mapping[str, Any], arrays: Arrays, prefix: str) -> Stage:
    """Return a stage from its description and arrays, whose names begin with a prefix.

    Raises
    ------
    KeyError, ValueError, TypeError
        Where something is missing or does not fit.
    """

    def own(name: str) -> NDArray[Any]:
        return arrays[f"{prefix}{name}"]

    drives: list[dict[str, Any]] = [{} for _ in own("epoch_phase")]
    for channel in description["channels"]:
        values = own(f"drive_{channel}")
        for epoch, value in zip(own(f"drive_{channel}_epoch"), values, strict=True):
            drives[epoch][channel] = float(value) if values.ndim == 1 else value
    schedule = Schedule(
        epochs_of(arrays, prefix, drives),
        description["widths"],
        tuple(map(_row_of, description["manipulations"])),
    )
    recording = Recording(
        spikes={
            name: _train_of(own, f"spikes_{name}", about)
            for name, about in description["spikes"].items()
        },
        events={name: _train_of(own, name, about) for name, about in description["events"].items()},
        weights={name: arrays[kept] for name, kept in description["weights"].items()},
        duration_ms=description["duration_ms"],
        cells={
            name: arrays.get(f"{prefix}{name}", np.zeros(size))
            for name, size in description["cells"].items()
        },
        traces={
            name: Trace(
                own(f"trace_{name}_t"),
                own(f"trace_{name}_cells"),
                {variable: own(f"trace_{name}.{variable}") for variable in units},
                units,
            )
            for name, units in description["traces"].items()
        },
    )
    return Stage(schedule, recording)


def kept_sought(sought: Sought | None) -> dict[str, Any] | None:
    """Return what recalls ask for, as JSON can hold it; nothing where it is what they name."""
    if sought is None:
        return None
    items = [[int(item) for item in asked] for asked in sought.items]
    return {"items": items, "slots": sought.slots, "value": sought.value}


def sought_of(kept: Mapping[str, Any] | None) -> Sought | None:
    """Return what :func:`kept_sought` was given."""
    return None if kept is None else Sought(kept["items"], kept["slots"], kept["value"])


def epochs_of(arrays: Arrays, prefix: str, drives: list[dict[str, Any]]) -> tuple[Epoch, ...]:
    """Return the rows of a schedule, with what each carries."""
    columns = (
        arrays[f"{prefix}epoch_{name}"].tolist() for name in ("phase", "duration_ms", "item")
    )
    return tuple(
        Epoch(phase, duration_ms, item, drive)
        for phase, duration_ms, item, drive in zip(*columns, drives, strict=True)
    )


def _drive(schedule: Schedule, channel: str) -> dict[str, Stored]:
    rows = {
        number: epoch.drive[channel]
        for number, epoch in enumerate(schedule.epochs)
        if channel in epoch.drive
    }
    # A number is for all entries of a channel.
    shape = (schedule.widths[channel],) if any(map(np.ndim, rows.values())) else ()
    values = np.array([np.broadcast_to(value, shape) for value in rows.values()], dtype=float)
    return {
        f"drive_{channel}": values,
        f"drive_{channel}_epoch": np.array(list(rows), dtype=np.int64),
    }


def _name_of(array: NDArray[Any], known: Mapping[str, NDArray[Any]]) -> str:
    return next((name for name, other in known.items() if other is array), "")


def _train(train: SpikeTrain) -> dict[str, Any]:
    return {
        "cells": int(train.size),
        "dt_s": float(train.dt_s),
        "whole_steps": train.step.dtype.kind == "i",
    }


def _train_of(
    own: Callable[[str], NDArray[Any]], name: str, about: Mapping[str, Any]
) -> SpikeTrain:
    cell, step = own(f"{name}_i"), own(f"{name}_t") / about["dt_s"]
    if cell.shape != step.shape or (cell.size and cell.max() >= about["cells"]):
        raise ValueError(f"{name}_i does not fit")
    if about["whole_steps"]:
        step = np.rint(step).astype(np.int32)
    return SpikeTrain(step, cell, about["cells"], about["dt_s"])


def _row(row: Action) -> dict[str, Any]:
    kind = type(row)
    if kind is not KINDS.get(kind.__name__):
        held = {name: getattr(row, name) for name in ("target", "start_ms", "stop_ms")}
    else:
        held = {field.name: getattr(row, field.name) for field in dataclasses.fields(row)}  # type: ignore[arg-type]
    return {"kind": kind.__name__} | {name: _plain(value) for name, value in held.items()}


def _plain(value: Any) -> Any:
    if isinstance(value, tuple | list):
        return [_plain(part) for part in value]
    value = value.item() if isinstance(value, np.generic) else value
    return NEVER if value == math.inf else value


def _row_of(held: Mapping[str, Any]) -> Action:
    found = {name: value for name, value in held.items() if name != "kind"}
    if "stop_ms" in found and found["stop_ms"] is NEVER:
        found["stop_ms"] = math.inf
    if found.get("cells") is not None:
        found["cells"] = tuple(found["cells"])
    kind = KINDS.get(held["kind"])
    made: Any = SimpleNamespace(kind=held["kind"], **found) if kind is None else kind(**found)
    row: Action = made
    return row


# --- whatever a protocol showed -------------------------------------------------------------------


def kept_value(value: Any, name: str, arrays: dict[str, Stored]) -> Any:
    """Return a value as JSON can hold it, and put the arrays that are in it among others.

    Parameters
    ----------
    value
        A dataclass, an array, a number, a text, or several of them.
    name
        What its arrays are called.
    arrays
        Takes the arrays.
    """
    if isinstance(value, np.ndarray) and value.dtype.kind in "biufcU":
        arrays[name] = value
        return {"array": name}
    if dataclasses.is_dataclass(value):
        fields = dataclasses.fields(value)
        return {
            "fields": {
                field.name: kept_value(getattr(value, field.name), f"{name}_{field.name}", arrays)
                for field in fields
            }
        }
    if isinstance(value, tuple | list):
        return [kept_value(part, f"{name}_{n}", arrays) for n, part in enumerate(value)]
    value = value.item() if isinstance(value, np.generic) else value
    if value is None or isinstance(value, str | bool | int):
        return value
    if isinstance(value, float) and math.isfinite(value):
        return value
    return {"text": repr(value)}


def value_of(kept: Any, arrays: Arrays) -> Any:
    """Return what :func:`kept_value` was given; a dataclass as a namespace of its fields."""
    if isinstance(kept, list):
        return tuple(value_of(part, arrays) for part in kept)
    if not isinstance(kept, dict):
        return kept
    if "array" in kept:
        return arrays[kept["array"]]
    if "fields" in kept:
        fields = kept["fields"].items()
        return SimpleNamespace(**{name: value_of(part, arrays) for name, part in fields})
    return kept["text"]
