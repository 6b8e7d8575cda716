"""The folder of a sweep: its table, the times of its runs, its settings and its figures.

``results.csv`` is the last of the data, so that a folder that holds it is complete; figures are
drawn from it when it is there. It holds nothing that another machine or another moment would
change; the seconds that runs took are in ``timing.csv``.
"""

from __future__ import annotations

import csv
import sys
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from hippokv.errors import InputError, cause

from ..running.whole_files import check_file, check_folder, partials_of, write_whole, writing
from .journal import JOURNAL, Row, plan_of
from .plan import SEED_KEY
from .table import METRICS, PAPER, PREDICTION, UNINFORMED, Table, csv_text

RESULTS = "results.csv"
TIMING = "timing.csv"
FIGURES_FOLDER = "figures"
#: Columns of the times, in s.
TIMING_COLUMNS = ("build_s", "run_s", "total_s")


def check_places(folder: Path) -> None:
    """Make sure that what a sweep writes at its end will have its place.

    Raises
    ------
    InputError
        For a link, or something else, where a file or the folder of the figures is to be.
    """
    with writing(folder):
        figures = folder / FIGURES_FOLDER
        check_folder(figures)
        for path in (folder / RESULTS, folder / TIMING, *figures.glob("against-*.png")):
            for found in (path, *partials_of(path)):
                check_file(found)


def write_sweep(grid: Sequence[str], rows: Sequence[Row], table: Table, folder: Path) -> None:
    """Write times, table and figures of a sweep into its folder, each file complete or absent.

    A figure that cannot be drawn or written costs itself alone, and a line on standard error.

    Parameters
    ----------
    grid
        The settings that vary.
    rows, table
        What every run gave.
    folder
        The folder.

    Raises
    ------
    InputError
        Where the folder cannot be written.
    """
    check_places(folder)
    timing: dict[str, Sequence[Any]] = {"run": range(len(rows))}
    timing |= {
        name: [row.timing.get(name, float("nan")) for row in rows] for name in TIMING_COLUMNS
    }
    with writing(folder):
        write_whole(folder / TIMING, csv_text(timing).encode())
        (folder / FIGURES_FOLDER).mkdir(exist_ok=True)
        write_whole(folder / RESULTS, table.csv().encode())
    if any(name.startswith(METRICS) for name in table.columns):
        _draw(grid, table, folder / FIGURES_FOLDER)


def discard_table(folder: Path | None) -> None:
    """Remove table and figures of an earlier, smaller sweep: the folder must not look complete."""
    if folder is not None:
        with writing(folder):
            for path in (folder / RESULTS, *(folder / FIGURES_FOLDER).glob("against-*.png")):
                path.unlink(missing_ok=True)


def is_sweep(folder: Path) -> bool:
    """Return whether a folder was begun by a sweep."""
    return (folder / JOURNAL).is_file()


@dataclass(frozen=True)
class Point:
    """Hold one point of a sweep's grid: its values, and a score of the runs that went well."""

    values: tuple[str, ...]
    spiking: NDArray[np.float64]
    rate: NDArray[np.float64]
    #: The paper's own model; of older sweeps there is none, as of the next.
    paper: NDArray[np.float64]
    #: Means of the rate model that knows nothing of the circuit.
    uninformed: NDArray[np.float64]


@dataclass(frozen=True)
class SweepSummary:
    """Hold what a sweep's folder says of itself.

    Parameters
    ----------
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
    score = next((name for name in rows[0] if name.startswith(METRICS)), "")
    groups: dict[tuple[str, ...], list[dict[str, str]]] = {}
    for row in rows:
        groups.setdefault(tuple(row[key] for key in grid), []).append(row)

    def scores(found: list[dict[str, str]], column: str) -> NDArray[np.float64]:
        return np.array([float(row[column]) for row in found if row.get(column)])

    kinds = [score.replace(METRICS, kind, 1) for kind in (METRICS, PREDICTION, PAPER, UNINFORMED)]
    points = tuple(
        Point(values, *(scores(found, column) for column in kinds))
        for values, found in groups.items()
    )
    failed = sum(bool(row["error"]) for row in rows)
    return SweepSummary(protocol, grid, score.removeprefix(METRICS), points, len(rows), failed)


def _draw(grid: Sequence[str], table: Table, folder: Path) -> None:
    """Draw every score against each axis of a sweep, and say which figure could not be drawn."""
    for axis in grid or (SEED_KEY,):
        path = folder / f"against-{axis.replace('.', '-').lower()}.png"
        try:
            write_whole(path, _figure(axis, grid, table, path.stem))
        except Exception as error:
            # One of an earlier sweep would show other runs.
            with suppress(OSError):
                path.unlink(missing_ok=True)
            shown = f"{folder.name}/{path.name} could not be drawn ({cause(error)})"
            _tell(f"{shown}; {RESULTS} is complete")


def _figure(axis: str, grid: Sequence[str], table: Table, name: str) -> bytes:
    from hippokv.analysis.figures.report import render
    from hippokv.analysis.figures.sweep import CAPTION, sweep_figure

    def scores(prefix: str) -> dict[str, Any]:
        return {
            column.removeprefix(prefix): values
            for column, values in table.columns.items()
            if column.startswith(prefix)
        }

    others = {key: table[key] for key in grid if key != axis}
    kinds = [scores(kind) for kind in (METRICS, PREDICTION, UNINFORMED, PAPER)]
    figure = sweep_figure(axis, table[axis], others, *kinds)
    return render(figure, name, CAPTION).png


def _tell(words: str) -> None:
    # A process may have no standard error, and what it is connected to may be gone.
    if sys.stderr is not None:
        with suppress(OSError, ValueError):
            print(f"hippokv: {words}", file=sys.stderr)
