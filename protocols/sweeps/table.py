"""The table of a sweep: one row a run, a column for each setting, score and prediction."""

from __future__ import annotations

import csv
import io
import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from .journal import Row
from .plan import SEED_KEY

#: How the names of the columns begin that hold scores of the circuit and of the rate model.
METRICS, PREDICTION = "metrics.", "prediction."
#: The same of the paper's own model.
PAPER = "paper."
#: The same of mean and standard deviation of the rate model that knows nothing of the circuit.
UNINFORMED, UNINFORMED_SD = "uninformed.", "uninformed_sd."


@dataclass(frozen=True)
class Table:
    """Hold columns of equal length, by name.

    Parameters
    ----------
    columns
        ``run`` (number), the settings by dotted key, ``metrics.*``, ``prediction.*``,
        ``paper.*``, ``uninformed.*``, ``uninformed_sd.*``, ``simulated_s``, ``warning`` where a run
        has any, and ``error`` (empty where there was none). A score that does not exist is NaN. A
        frame of pandas takes them as they are: ``pandas.DataFrame(table.columns)``.
    """

    columns: Mapping[str, tuple[Any, ...]]

    def __getitem__(self, name: str) -> tuple[Any, ...]:
        return self.columns[name]

    def __len__(self) -> int:
        return len(self.columns["run"])

    def __repr__(self) -> str:
        return f"<Table of {len(self)} runs: {', '.join(self.columns)}>"

    def csv(self) -> str:
        """Return the table as comma-separated text; a number reads back exactly."""
        return csv_text(self.columns)


def in_order(grid: Iterable[str], rows: Iterable[Row]) -> list[Row]:
    """Return rows by the values of the settings that vary, key by key, and then by their seeds.

    The order is that of numbers and of the alphabet, so that it does not matter which rows were
    asked for first.

    Parameters
    ----------
    grid
        The settings that vary, the one that changes slowest first.
    rows
        One a run.
    """
    keys = [*grid, SEED_KEY]
    return sorted(rows, key=lambda row: [row.settings[key] for key in keys])


def table_of(grid: Iterable[str], shared: Iterable[str], rows: Sequence[Row]) -> Table:
    """Return the table of a sweep.

    Parameters
    ----------
    grid
        The settings that vary.
    shared
        The settings given for all runs.
    rows
        One a run, in the order of the table.
    """
    keys = [*grid, SEED_KEY, *shared]
    columns: dict[str, tuple[Any, ...]] = {"run": tuple(range(len(rows)))}
    columns |= {key: tuple(row.settings[key] for row in rows) for key in keys}
    for prefix, scores in (
        (METRICS, [row.metrics for row in rows]),
        (PREDICTION, [row.prediction for row in rows]),
        (PAPER, [row.paper for row in rows]),
        (UNINFORMED, [row.uninformed for row in rows]),
        (UNINFORMED_SD, [row.uninformed_sd for row in rows]),
    ):
        # In the order of the first row that has them.
        for name in dict.fromkeys(name for found in scores for name in found):
            columns[f"{prefix}{name}"] = tuple(found.get(name, math.nan) for found in scores)
    columns["simulated_s"] = tuple(row.simulated_s for row in rows)
    if any(row.warning for row in rows):
        columns["warning"] = tuple(row.warning for row in rows)
    columns["error"] = tuple(row.error or "" for row in rows)
    return Table(columns)


def csv_text(columns: Mapping[str, Sequence[Any]]) -> str:
    """Return columns as comma-separated text, an empty cell where a number is missing."""
    stream = io.StringIO()
    writer = csv.writer(stream, lineterminator="\n")
    writer.writerow(columns)
    writer.writerows(zip(*(map(_cell, column) for column in columns.values()), strict=True))
    return stream.getvalue()


def _cell(value: Any) -> str:
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, float):
        return "" if math.isnan(value) else repr(value)
    return str(value)
