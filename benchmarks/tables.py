"""What the benchmark scripts share: many seeds at once, intervals, and plain tables."""

from __future__ import annotations

import os
import platform
import subprocess
import sys
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager, redirect_stdout
from importlib.metadata import version
from pathlib import Path
from typing import IO, Any, TypeVar

import numpy as np

import hippokv
from hippokv.analysis.sweep_figure import mean_interval

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


def interval(values: Sequence[float], digits: int = 3) -> str:
    """Write a mean and the half width of its 95 % interval over seeds (Student's t)."""
    mean, half = mean_interval(np.asarray(values, dtype=float))
    return f"{mean:.{digits}f} ± {half:.{digits}f}"


def heading(title: str, columns: Sequence[tuple[str, int]]) -> None:
    """Print the title and the head of a table."""
    print(f"\n{title}\n" + "  ".join(name.rjust(width) for name, width in columns), flush=True)


def row(columns: Sequence[tuple[str, int]], cells: Sequence[Any]) -> None:
    """Print a row of a table."""
    print(
        "  ".join(str(cell).rjust(width) for cell, (_, width) in zip(cells, columns, strict=True)),
        flush=True,
    )


RESULTS = Path(__file__).parent / "results"


class _Both:
    """Write to two streams."""

    def __init__(self, *streams: IO[str]) -> None:
        self._streams = streams

    def write(self, text: str) -> int:
        """Write a text to each stream."""
        for stream in self._streams:
            stream.write(text)
        return len(text)

    def flush(self) -> None:
        """Flush each stream."""
        for stream in self._streams:
            stream.flush()


@contextmanager
def kept(name: str, *packages: str) -> Iterator[None]:
    """Write what is printed also to ``results/NAME.txt``, after the versions and the hardware.

    The file appears when the table is complete.
    """
    RESULTS.mkdir(exist_ok=True)
    path, partial = RESULTS / f"{name}.txt", RESULTS / f".{name}.partial"
    try:
        with (
            partial.open("w", encoding="utf-8") as file,
            redirect_stdout(_Both(sys.stdout, file)),  # type: ignore[type-var]
        ):
            print(provenance("hippokv", "brian2", "numpy", *packages))
            yield
        partial.replace(path)
    finally:
        partial.unlink(missing_ok=True)


def provenance(*packages: str) -> str:
    """Return versions of packages, Python and compiler, and the processor, as two lines."""
    compiler = subprocess.run(["g++", "--version"], capture_output=True, text=True, check=False)
    versions = ", ".join(f"{name} {version(name)}" for name in packages)
    return "\n".join(
        [
            f"{versions}, Python {platform.python_version()}",
            f"{compiler.stdout.partition(chr(10))[0]}; {_processor()}, {os.cpu_count()} cores",
        ]
    )


def _processor() -> str:
    try:
        lines = Path("/proc/cpuinfo").read_text().splitlines()
    except OSError:
        return platform.processor() or platform.machine()
    names = [line.partition(":")[2].strip() for line in lines if line.startswith("model name")]
    return names[0] if names else platform.machine()
