"""The command ``hippokv sweep``."""

from __future__ import annotations

import argparse
import csv
import textwrap
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from .errors import InputError, one_line, printable
from .interrupts import INTERRUPTED, kept_interrupt
from .options import (
    OneLineParser,
    UsageError,
    add_setting_options,
    given_settings,
    parsed,
    value_of,
)
from .terminal import announce, complain, is_watched, say

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from hippokv.protocols.running.protocol import Protocol

RUNS_FAILED = 1
EXAMPLE = """\
example, the capacity curve of two circuits, 20 seeds each:
  hippokv sweep cued-recall --grid protocol.n_items=10,20,30,40,50 --grid circuit.n_slots=20,40 \\
      --seeds 1000:1020 --out results/capacity

A value with a comma in it stands in double quotes, which a shell wants in single ones:
  --grid 'protocol.stimuli="file:old, young.npy",file:adult.npy'

An interrupted sweep continues where it was when the same command is given again; more seeds and
more values on the same axes are added to what is there. DIR receives results.csv (one row a run:
settings, metrics, prediction), timing.csv and figures. Exit status: 0, or 1 where runs failed
(their rows say why; the commands that named them try them again), 2 after bad input or where no run
can be made, 130 after Ctrl-C.
"""


def sweep_parser() -> OneLineParser:
    """Return the parser of ``hippokv sweep``."""
    parser = OneLineParser(
        "hippokv sweep",
        description="Run a protocol for every combination of some settings, and for many seeds, "
        "and write one table.",
        epilog=textwrap.dedent(EXAMPLE),
        formatter_class=argparse.RawDescriptionHelpFormatter,
        allow_abbrev=False,
    )
    parser.add_argument(
        "protocol",
        metavar="PROTOCOL",
        help="what to run, a name or a file; hippokv run PROTOCOL --help lists its settings",
    )
    parser.add_argument(
        "--grid", metavar="KEY=V1,V2,...", action="append", default=[],
        help="a setting to vary and its values, one with a comma in double quotes; may be given "
        "again and again",
    )  # fmt: skip
    parser.add_argument(
        "--seeds", metavar="A:B", required=True, help="seeds from A up to, not including, B"
    )
    parser.add_argument(
        "--out", metavar="DIR", required=True,
        help="folder of the sweep: new, empty, or begun by the same sweep, which then continues",
    )  # fmt: skip
    parser.add_argument(
        "--metric", metavar="FILE.py:FUNCTION", action="append", default=[], dest="metrics",
        help="a score of your own: a function that takes a result and returns a number; may be "
        "given again and again",
    )  # fmt: skip
    parser.add_argument("--jobs", metavar="N", help="runs at once (default: usable cores + 1)")
    parser.add_argument(
        "--cluster", metavar="ADDRESS",
        help="run on the workers of a dask scheduler, as tcp://host:8786, or tls://host:8786 with "
        "the certificates of dask's settings",
    )  # fmt: skip
    add_setting_options(parser)
    return parser


def sweep_command(arguments: list[str]) -> int:
    """Run ``hippokv sweep`` with the words that follow it, and return the exit status."""
    options = parsed(sweep_parser(), arguments)

    from hippokv.protocols.running.protocol import find_protocol
    from hippokv.protocols.running.user_files import out_folder
    from hippokv.protocols.sweeps.folder import RESULTS
    from hippokv.protocols.sweeps.metrics import metrics_in_files
    from hippokv.protocols.sweeps.plan import SEED_KEY, plan_sweep
    from hippokv.protocols.sweeps.sweep import run_sweep
    from hippokv.protocols.sweeps.sweep_bar import SweepBar

    protocol = find_protocol(options.protocol)
    named = {text.partition("=")[0].strip() for text in options.settings}
    if options.target is not None:
        named.add("run.target")
    settings = given_settings(protocol, options)
    grid = _grid(protocol, options.grid, settings)
    # A file of an earlier run names every setting; those of the sweep go before it.
    settings = {
        key: value
        for key, value in settings.items()
        if key in named or key not in (SEED_KEY, *grid)
    }
    metrics = metrics_in_files(options.metrics)
    plan = plan_sweep(protocol.reference, grid, seeds_of(options.seeds), settings, metrics)
    jobs = jobs_of(options.jobs)
    out = out_folder(options.out)
    seen = is_watched() and not options.quiet
    bar = SweepBar(seen)
    try:
        with kept_interrupt():
            result = run_sweep(
                plan, out, jobs, options.cluster,
                announce if seen else lambda text: None, bar,
            )  # fmt: skip
    except KeyboardInterrupt:
        words = f"interrupted after {bar.finished} of {len(plan)} runs"
        complain(f"{words}; the same command goes on from there")
        return INTERRUPTED
    finally:
        bar.close()
    if not options.quiet:
        say(f"{len(result.table)} runs of {protocol.name}, {result.failed} failed")
        say(f"table: {out / RESULTS}")
    if result.failed:
        first = next(words for words in result.table["error"] if words)
        complain(f"{result.failed} runs failed, the first with: {first}")
        return RUNS_FAILED
    return 0


def print_sweep(folder: Path) -> None:
    """Print mean and standard deviation over seeds of the first score, at each point of the grid.

    Raises
    ------
    InputError
        Where the sweep is not complete.
    """
    from hippokv.protocols.sweeps.folder import read_sweep

    found = read_sweep(folder)
    score = printable(found.score)
    told = f"{found.runs} runs, {found.failed} failed; {score}:"
    say(f"sweep of {printable(found.protocol)}: {told}")
    kinds = {
        "spiking": [point.spiking for point in found.points],
        "rate model": [point.rate for point in found.points],
        "paper": [point.paper for point in found.points],
        "uninformed": [point.uninformed for point in found.points],
    }
    # Of older sweeps, and of other protocols, there are not all.
    for name in ("paper", "uninformed"):
        if not any(scores.size for scores in kinds[name]):
            del kinds[name]
    say(_row((*found.grid, "seeds", *kinds)))
    for point, *scores in zip(found.points, *kinds.values(), strict=True):
        say(_row((*point.values, str(len(point.spiking)), *map(_spread, scores))))


def _row(cells: Iterable[str]) -> str:
    return "".join(f"{printable(cell):>24}" for cell in cells)


def _spread(values: NDArray[np.float64]) -> str:
    return f"{values.mean():.4f} ± {values.std():.4f}" if values.size else "-"


def _grid(
    protocol: Protocol[Any, Any], texts: list[str], settings: Mapping[str, Any]
) -> dict[str, list[Any]]:
    from hippokv.protocols.running.configuration import known_fields

    from .parameter import plain_values

    found: dict[str, list[str]] = {}
    for text in texts:
        key, sign, values = text.partition("=")
        key = key.strip()
        if not sign or not key or not values.strip():
            allowed = "must be KEY=V1,V2,..., such as --grid protocol.n_items=20,40"
            raise UsageError(f"--grid {one_line(repr(text))}: {allowed}")
        if key in found:
            raise InputError("--grid", key, "must be given once, with all its values")
        found[key] = _values(key, values)
    found = plain_values(found, "grid")
    fields = known_fields(protocol, settings, found)
    return {
        key: [value_of(value, fields.get(key)) for value in values] for key, values in found.items()
    }


def _values(key: str, text: str) -> list[str]:
    """Return values with commas between them; one in double quotes may hold commas."""
    from hippokv.protocols.running import stimuli

    try:
        (found,) = csv.reader([text.strip()], skipinitialspace=True, strict=True)
    except (csv.Error, ValueError):
        words = "must be values with commas between them, a value with a comma in double quotes"
        raise InputError(key, text, words) from None
    values = [value.strip() for value in found]
    if key == stimuli.STIMULI and stimuli.is_source(values[0]):
        odd = next((value for value in values if not stimuli.is_source(value)), None)
        if odd is not None:
            # It may be the rest of a name that was cut at its comma.
            words = (
                "must be random, digits or file:PATH; a name with a comma stands in double quotes, "
                f"as in --grid '{key}=\"file:a,b.npy\"'"
            )
            raise InputError(key, odd, words)
    return values


def seeds_of(text: str) -> range:
    """Return the seeds that ``A:B`` names.

    Raises
    ------
    InputError
        Where it is something else.
    """
    first, sign, last = text.partition(":")
    try:
        if not sign or not text.isascii():
            raise ValueError
        return range(int(first), int(last))
    except ValueError:
        raise InputError("--seeds", text, "must be A:B, such as 1000:1020") from None


def jobs_of(text: str | None) -> int | None:
    """Return how many runs there may be at once, None where nothing was said.

    Raises
    ------
    InputError
        For anything but a number that a machine could run.
    """
    from hippokv.protocols.sweeps.plan import MOST_JOBS

    if text is None:
        return None
    # No number of jobs is that long, and Python refuses to read a very long number.
    readable = text.isascii() and text.isdecimal() and len(text) < 10
    if not (readable and 1 <= int(text) <= MOST_JOBS):
        raise InputError("--jobs", text, f"must be a whole number from 1 to {MOST_JOBS}")
    return int(text)
