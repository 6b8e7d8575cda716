"""The command ``hippokv figure``."""

from __future__ import annotations

import argparse
import textwrap
from typing import TYPE_CHECKING

from .errors import InputError
from .interrupts import INTERRUPTED, kept_interrupt
from .options import OneLineParser, UsageError, parsed
from .parameter import nearest
from .sweep_command import jobs_of, seeds_of
from .terminal import announce, complain, is_watched, say

if TYPE_CHECKING:
    from hippokv.protocols.papers.paper_figure import PaperFigure

ALL = "all"
#: The figure for which images can be given.
OF_IMAGES = "gershman-3"
DEFAULT_SEEDS = "1000:1016"
EXAMPLE = """\
example, every figure of both papers, in results/figures (three quarters of an hour on two cores):
  hippokv figure all

A figure runs its protocols for all seeds, writes DIR/NAME/NAME.png, and beside it the means and
95 % intervals of all its points as NAME.csv, and says how far the circuit is from its rate model.
An interrupted figure continues when the same command is given again.
"""


def figure_parser() -> OneLineParser:
    """Return the parser of ``hippokv figure``."""
    parser = OneLineParser(
        "hippokv figure",
        description="Make a figure of the 2021 paper again (circuit, rate model and classical "
        "memories on the same items), or of the 2025 paper.",
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
    for name, images in (("mnist", "MNIST"), ("fashion", "FashionMNIST")):
        parser.add_argument(
            f"--{name}", metavar="DIR",
            help=f"folder of the four IDX files of {images}, for {OF_IMAGES}, which otherwise has "
            "the digits of scikit-learn",
        )  # fmt: skip
    parser.add_argument(
        "--format", metavar="svg|pdf", default="png",
        help="draw the figure in this format too, beside the PNG",
    )  # fmt: skip
    parser.add_argument("--quiet", action="store_true", help="print nothing but errors")
    return parser


def figure_command(arguments: list[str]) -> int:
    """Run ``hippokv figure`` with the words that follow it, and return the exit status."""
    options = parsed(figure_parser(), arguments)

    from hippokv.analysis.figures.report import check_format
    from hippokv.protocols import FIGURES
    from hippokv.protocols.papers.paper_figure import (
        find_figure,
        make_figure,
        table_of_points,
        widest_gap,
    )
    from hippokv.protocols.running.user_files import out_folder
    from hippokv.protocols.running.whole_files import check_folder
    from hippokv.protocols.sweeps.sweep_bar import SweepBar

    names = ", ".join((*FIGURES, ALL))
    if options.figure is None:
        raise UsageError(f"NAME = nothing given: must be one of {names}")
    if options.figure not in (*FIGURES, ALL):
        near = nearest(options.figure, (*FIGURES, ALL))
        raise InputError("NAME", options.figure, f"must be one of {names}{near}")
    check_format(options.format)
    chosen = list(FIGURES) if options.figure == ALL else [options.figure]
    seeds, jobs, out = seeds_of(options.seeds), jobs_of(options.jobs), out_folder(options.out)
    seen = is_watched() and not options.quiet
    for name in chosen:
        check_folder(out / name)
    with kept_interrupt():
        of_images = _of_images(options.mnist, options.fashion, chosen)
        figures = [
            of_images if of_images and name == OF_IMAGES else find_figure(name) for name in chosen
        ]
    for name, figure in zip(chosen, figures, strict=True):
        bar = SweepBar(seen)
        try:
            with kept_interrupt():
                points = make_figure(
                    figure, seeds, out / name, jobs,
                    announce if seen else lambda text: None, bar, options.format,
                )  # fmt: skip
        except KeyboardInterrupt:
            words = f"interrupted after {bar.finished} runs of {name}"
            complain(f"{words}; the same command goes on from there")
            return INTERRUPTED
        finally:
            bar.close()
        if not options.quiet:
            gap = widest_gap(table_of_points(points))
            say(f"{name}: {out / name / name}.{options.format}")
            if gap:
                words = f"differ by at most {gap.difference:+.4f} ({gap.where})"
                say(f"  circuit and rate model {words}")
    return 0


def _of_images(mnist: str | None, fashion: str | None, chosen: list[str]) -> PaperFigure | None:
    """Return the figure of the images that were given, if any."""
    given = {"--mnist": mnist, "--fashion": fashion}
    if mnist is None and fashion is None:
        return None
    for option, folder in given.items():
        if folder is None:
            raise UsageError(
                f"{option} = nothing given: must be a folder, as {' and '.join(given)}"
            )
        if OF_IMAGES not in chosen:
            raise InputError(option, folder, f"must be given with {OF_IMAGES} alone")
    assert mnist is not None and fashion is not None
    from hippokv.protocols.papers.forgetting_as_retrieval import figure_of_images

    return figure_of_images(mnist, fashion)
