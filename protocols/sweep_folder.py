"""The folder of a sweep: its table, the times of its runs, its settings and its figures.

``results.csv`` comes last, so that a folder that holds it is complete. It holds nothing that
another machine or another moment would change; the seconds that runs took are in ``timing.csv``.
"""

from __future__ import annotations

import csv
import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from hippokv.errors import InputError

from .sweep_journal import JOURNAL, Row, plan_of, writing
from .sweep_plan import SEED_KEY, Plan
from .sweep_table import Table, csv_text

RESULTS = "results.csv"
TIMING = "timing.csv"
FIGURES = "figures"
#: Columns of the times, in s.
TIMES = ("build_s", "run_s", "total_s")


def write_sweep(plan: Plan, rows: Sequence[Row], table: Table, folder: Path) -> None:
    """Write table, times and figures of a sweep into its folder, each file complete or absent.

    Raises
    ------
    InputError
        Where the folder cannot be written.
    """
    timing: dict[str, Sequence[Any]] = {"run": range(len(rows))}
    timing |= {name: [row.timing.get(name, float("nan")) for row in rows] for name in TIMES}
    figures = _figures(plan, table)
    with writing(folder):
        write_whole(folder / TIMING, csv_text(timing).encode())
        (folder / FIGURES).mkdir(exist_ok=True)
        for name, image in figures.items():
            write_whole(folder / FIGURES / f"{name}.png", image)
        write_whole(folder / RESULTS, table.csv().encode())


def discard_table(folder: Path | None) -> None:
    """Remove the table of an earlier, smaller sweep, so that the folder does not look complete."""
    if folder is not None:
        with writing(folder):
            (folder / RESULTS).unlink(missing_ok=True)


def is_sweep(folder: Path) -> bool:
    """Return whether a folder was begun by a sweep."""
    return (folder / JOURNAL).is_file()


@dataclass(frozen=True)
class Point:
    """Hold one point of a sweep's grid: its values, and a score of the runs that went well there."""

    values: tuple[str, ...]
    spiking: NDArray[np.float64]
    rate: NDArray[np.float64]


@dataclass(frozen=True)
class SweepSummary:
    """Hold what a sweep's folder says of itself.

    Parameters
    ----------
    protocol
        Name of the protocol.
    grid
        The axes, by dotted key.
    score
        Name of the protocol's first score.
    points
        That score at every point of the grid.
    runs, failed
        Number of runs, and of those that ended with an error.
    """

    protocol: str
    grid: tuple[str, ...]
    score: str
    points: tuple[Point, ...]
    runs: int
    failed: int


def read_sweep(folder: Path) -> SweepSummary:
    """Read the table of a sweep.

    Raises
    ------
    InputError
        Where the sweep is not complete.
    """
    try:
        with (folder / RESULTS).open(encoding="utf-8-sig", newline="") as stream:
            rows = list(csv.DictReader(stream))
        return _summary(rows, *plan_of(folder))
    except (OSError, ValueError, LookupError):
        allowed = "must be a sweep that is complete: repeat its command to continue it"
        raise InputError("DIR", str(folder), allowed) from None


def _summary(rows: list[dict[str, str]], protocol: str, axes: frozenset[str]) -> SweepSummary:
    grid = tuple(key for key in rows[0] if key in axes)
    score = next((name for name in rows[0] if name.startswith("metrics.")), "")
    groups: dict[tuple[str, ...], list[dict[str, str]]] = {}
    for row in rows:
        groups.setdefault(tuple(row[key] for key in grid), []).append(row)

    def scores(found: list[dict[str, str]], column: str) -> NDArray[np.float64]:
        return np.array([float(row[column]) for row in found if row.get(column)])

    points = tuple(
        Point(values, scores(found, score), scores(found, score.replace("metrics", "prediction")))
        for values, found in groups.items()
    )
    failed = sum(bool(row["error"]) for row in rows)
    return SweepSummary(protocol, grid, score.removeprefix("metrics."), points, len(rows), failed)


def _figures(plan: Plan, table: Table) -> dict[str, bytes]:
    from hippokv.analysis.report import render
    from hippokv.analysis.sweep_figure import CAPTION, sweep_figure

    scores = [
        name.removeprefix("metrics.") for name in table.columns if name.startswith("metrics.")
    ]
    if not scores:
        return {}
    found = {}
    for axis in plan.grid or {SEED_KEY: ()}:
        others: Mapping[str, Any] = {key: table[key] for key in plan.grid if key != axis}
        figure = sweep_figure(
            axis,
            table[axis],
            others,
            {name: table[f"metrics.{name}"] for name in scores},
            {
                name: table[f"prediction.{name}"]
                for name in scores
                if f"prediction.{name}" in table.columns
            },
        )
        name = "against-" + axis.replace(".", "-").lower()
        found[name] = render(figure, name, CAPTION).png
    return found


def write_whole(path: Path, content: bytes) -> None:
    """Write a file so that it is complete or absent."""
    partial = path.with_name(f".{path.name}.partial")
    with partial.open("wb") as stream:
        stream.write(content)
        stream.flush()
        os.fsync(stream.fileno())
    partial.replace(path)
