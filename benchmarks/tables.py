"""What the benchmark scripts share: many seeds at once, intervals, and plain tables."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import Any, TypeVar

import numpy as np

import hippokv

#: Seeds of the tables start here: parameters were tuned on seeds below 100, and some from 1000 on
#: were looked at before the last choices.
FIRST_SEED = 3000

T = TypeVar("T")


def over(function: Callable[[int], T], seeds: Iterable[int]) -> list[T]:
    """Call a function for many seeds, as many at once as there are cores."""
    with ThreadPoolExecutor(os.cpu_count()) as pool:
        return list(pool.map(function, seeds))


def seeds(count: int) -> range:
    """Return so many reporting seeds."""
    return range(FIRST_SEED, FIRST_SEED + count)


def results(protocol: str, settings: Mapping[str, Any], count: int) -> list[hippokv.Result]:
    """Run a protocol for so many reporting seeds; the first run compiles what is missing."""
    first, *rest = seeds(count)
    return [
        hippokv.run(protocol, first, settings),
        *over(lambda seed: hippokv.run(protocol, seed, settings), rest),
    ]


def spread(values: Sequence[float], digits: int = 4) -> str:
    """Write a mean and the standard deviation over seeds."""
    return f"{np.mean(values):.{digits}f} ± {np.std(values):.{digits}f}"


def heading(title: str, columns: Sequence[tuple[str, int]]) -> None:
    """Print the title and the head of a table."""
    print(f"\n{title}\n" + "  ".join(name.rjust(width) for name, width in columns), flush=True)


def row(columns: Sequence[tuple[str, int]], cells: Sequence[Any]) -> None:
    """Print a row of a table."""
    print(
        "  ".join(str(cell).rjust(width) for cell, (_, width) in zip(cells, columns, strict=True)),
        flush=True,
    )
