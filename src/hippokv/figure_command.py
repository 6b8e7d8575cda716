"""The command ``hippokv figure``."""

from __future__ import annotations

import argparse
import textwrap

from .errors import InputError
from .interrupts import INTERRUPTED, kept_interrupt
from .options import OneLineParser, UsageError, parsed
from .parameter import nearest
from .sweep_command import SweepBar, jobs_of, seeds_of
from .terminal import announce, complain, is_watched, say

ALL = "all"
DEFAULT_SEEDS = "1000:1016"
EXAMPLE = """\
example, every figure of the paper, in results/figures (half an hour on two cores):
  hippokv figure all

A figure runs its protocols for all seeds, writes DIR/NAME.png and the means and 95 % intervals of
all its points as DIR/NAME.csv, and says how far the circuit is from its rate model. An interrupted
figure continues when the same command is given again.
"""


def figure_parser() -> OneLineParser:
    """Return the parser of ``hippokv figure``."""
    parser = OneLineParser(
        "hippokv figure",
        description="Make a figure of the 2021 paper again: circuit, rate model and classical "
        "memories on the same items.",
        epilog=textwrap.dedent(EXAMPLE),
        formatter_class=argparse.RawDescriptionHelpFormatter,
        allow_abbrev=False,
    )
    parser.add_argument("figure", nargs="?", metavar="NAME", help="the figure, or all of them: all")
    parser.add_argument(
        "--seeds", metavar="A:B", default=DEFAULT_SEEDS,
        help=f"seeds from A up to, not including, B (default: {DEFAULT_SEEDS})",
    )  # fmt: skip
    parser.add_argument(
        "--out", metavar="DIR", default="results/figures",
        help="folder of the figures, new, empty, or begun by the same command "
        "(default: results/figures)",
    )  # fmt: skip
    parser.add_argument("--jobs", metavar="N", help="runs at once (default: usable cores + 1)")
    parser.add_argument("--quiet", action="store_true", help="print nothing but errors")
    return parser


def figure_command(arguments: list[str]) -> int:
    """Run ``hippokv figure`` with the words that follow it, and return the exit status."""
    options = parsed(figure_parser(), arguments)

    from hippokv.protocols import FIGURES
    from hippokv.protocols.papers.paper_figure import (
        find_figure,
        make_figure,
        table_of_points,
        widest_gap,
    )
    from hippokv.protocols.running.user_files import out_folder
    from hippokv.protocols.running.whole_files import check_folder

    names = ", ".join((*FIGURES, ALL))
    if options.figure is None:
        raise UsageError(f"NAME = nothing given: must be one of {names}")
    if options.figure not in (*FIGURES, ALL):
        near = nearest(options.figure, (*FIGURES, ALL))
        raise InputError("NAME", options.figure, f"must be one of {names}{near}")
    chosen = list(FIGURES) if options.figure == ALL else [options.figure]
    seeds, jobs, out = seeds_of(options.seeds), jobs_of(options.jobs), out_folder(options.out)
    seen = is_watched() and not options.quiet
    for name in chosen:
        check_folder(out / name)
    for name in chosen:
        bar = SweepBar(seen)
        try:
            with kept_interrupt():
                points = make_figure(
                    find_figure(name), seeds, out / name, jobs,
                    announce if seen else lambda text: None, bar,
                )  # fmt: skip
        except KeyboardInterrupt:
            words = f"interrupted after {bar.finished} runs of {name}"
            complain(f"{words}; the same command goes on from there")
            return INTERRUPTED
        finally:
            bar.close()
        if not options.quiet:
            gap = widest_gap(table_of_points(points))
            say(f"{name}: {out / name / name}.png")
            say(f"  circuit and rate model differ by at most {gap.difference:+.4f} ({gap.where})")
    return 0
