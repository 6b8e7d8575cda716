"""What the benchmark scripts share: options, many seeds at once, intervals, and plain tables.

Every script has a quick form, ``--quick``: the same path through it on so little that it takes
seconds. It shows that the script runs, and nothing else; what it writes goes to a temporary folder.
"""

from __future__ import annotations

import argparse
import atexit
import importlib
import os
import platform
import sys
import tempfile
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager, redirect_stdout
from importlib.metadata import version
from pathlib import Path
from typing import IO, Any, NamedTuple, TypeVar

import numpy as np
from numpy.typing import NDArray

import hippokv
from hippokv.analysis.figures.sweep import mean_interval
from hippokv.circuits.program.compiler import find_compiler
from hippokv.protocols.sweeps.table import METRICS, PAPER, PREDICTION

#: Seeds of the tables start here: parameters were tuned on seeds below 100, and some from 1000 on
#: were looked at before the last choices.
FIRST_SEED = 3000

#: Whether this is the quick form; tables at the top of a script are shorter then, too.
QUICK = "--quick" in sys.argv[1:]
#: Settings of circuits in the quick form, the same in all scripts: each is compiled only once. The
#: scaffold has its default sizes, which tests compile anyway: compiling takes longer than few runs.
SMALL: Mapping[str, Mapping[str, Any]] = {
    "slot_memory": {
        "circuit.n_inputs": 20, "circuit.n_slots": 6, "circuit.n_outputs": 20,
        "circuit.cells_per_slot": 3,
    },
    "feedforward_memory": {
        "circuit.n_inputs": 20, "circuit.n_outputs": 20, "circuit.n_slots": 4,
        "circuit.cells_per_slot": 3,
    },
    "consolidating_memory": {
        "circuit.n_inputs": 20, "circuit.n_slots": 6, "circuit.n_outputs": 20,
        "circuit.n_groups": 9,
    },
    "reminding_memory": {
        "circuit.n_inputs": 20, "circuit.n_slots": 6, "circuit.n_outputs": 20,
        "circuit.n_groups": 9,
    },
    "searching_memory": {
        "circuit.n_inputs": 20, "circuit.n_slots": 6, "circuit.n_outputs": 20,
    },
    "grid_circuit": {
        "circuit.points_per_step": 3, "circuit.interneurons_per_module": 120,
        "circuit.grid_interneurons.excitation_nS": 0.026,
        "circuit.grid_interneurons.inhibition_nS": 1.2,
    },
    "scaffold_memory": {
        "circuit.periods": "3,4,5", "circuit.n_slots": 800, "circuit.n_inputs": 200,
        "circuit.n_outputs": 200, "circuit.address.agreeing_share": 0.05,
    },
}  # fmt: skip

T = TypeVar("T")


def sized(whole: T, quick: T) -> T:
    """Return what a script measures with, or what its quick form does."""
    return quick if QUICK else whole


def small(settings: Mapping[str, Any], circuit: str = "slot_memory") -> dict[str, Any]:
    """Return settings for a circuit, in the quick form a small one, unless they name another."""
    return {"run.circuit": circuit, **settings, **sized({}, SMALL[circuit])}


def options(words: str | None) -> argparse.ArgumentParser:
    """Return a parser that says what a script measures, and say so if this is its quick form."""
    if QUICK:
        print("Quick form: shows that the script runs, and is no result.", flush=True)
    parser = argparse.ArgumentParser(
        description=words,
        formatter_class=argparse.RawDescriptionHelpFormatter,
        allow_abbrev=False,
    )
    parser.add_argument(
        "--quick", action="store_true", help="run in seconds on next to nothing, and keep nothing"
    )
    return parser


def needed(module: str, extra: str) -> Any:
    """Import a module that is not always installed, or end and say how to install it."""
    try:
        return importlib.import_module(module)
    except ModuleNotFoundError:
        print(f"needs {module}: pip install 'hippokv[{extra}]'", file=sys.stderr)
        sys.exit(2)


def over(function: Callable[[int], T], seeds: Iterable[int]) -> list[T]:
    """Call a function for many seeds, as many at once as there are cores.

    The first is alone: it compiles what is missing. What gives scores alone is a sweep.
    """
    first, *rest = seeds
    with ThreadPoolExecutor(os.cpu_count()) as pool:
        return [function(first), *pool.map(function, rest)]


def seeds(count: int) -> range:
    """Return so many reporting seeds."""
    return range(FIRST_SEED, FIRST_SEED + count)


class Scores(NamedTuple):
    """Hold scores of circuit, rate model and the paper's own, by name, each of all seeds."""

    circuit: dict[str, NDArray[np.float64]]
    rate: dict[str, NDArray[np.float64]]
    paper: dict[str, NDArray[np.float64]]


def swept(
    protocol: str,
    settings: Mapping[str, Any],
    count: int,
    metrics: Mapping[str, Callable[[hippokv.Result[Any]], float]] | None = None,
    circuit: str = "slot_memory",
    first: int = FIRST_SEED,
) -> Scores:
    """Return the scores of so many seeds, and ``metrics`` of one's own beside them.

    The quick form has the small circuit of that name whatever is asked for.
    """
    chosen = range(first, first + count)
    found = hippokv.sweep(protocol, {}, chosen, small(settings, circuit), metrics=metrics)
    if found.failed:
        raise RuntimeError(next(words for words in found.table["error"] if words))
    of_each = (
        {
            name.removeprefix(prefix): np.array(values, dtype=float)
            for name, values in found.table.columns.items()
            if name.startswith(prefix)
        }
        for prefix in (METRICS, PREDICTION, PAPER)
    )
    return Scores(*of_each)


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


def _folder(kept: Path) -> Path:
    """Return a folder of the repository, or in the quick form one that is gone at the end."""
    if not QUICK:
        return kept
    temporary = tempfile.TemporaryDirectory(prefix="hippokv-quick-")
    atexit.register(temporary.cleanup)
    return Path(temporary.name)


RESULTS = _folder(Path(__file__).parent / "results")
FIGURES = _folder(Path(__file__).parents[1] / "docs" / "figures")


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
    versions = ", ".join(f"{name} {version(name)}" for name in packages)
    return "\n".join(
        [
            f"{versions}, Python {platform.python_version()}",
            f"{find_compiler().version}; {_processor()}, {os.cpu_count()} cores",
        ]
    )


def _processor() -> str:
    try:
        lines = Path("/proc/cpuinfo").read_text().splitlines()
    except OSError:
        return platform.processor() or platform.machine()
    names = [line.partition(":")[2].strip() for line in lines if line.startswith("model name")]
    return names[0] if names else platform.machine()
