"""The command ``hippokv compare``."""

from __future__ import annotations

import argparse
import string
import textwrap
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from .errors import InputError, one_line, printable
from .options import OneLineParser, parsed
from .paths import output_path, path_of
from .terminal import say

if TYPE_CHECKING:
    from hippokv.protocols.running.results_folder import Summary

OUT = "--out"
FIGURE = "the name of a figure to write, which ends in .png"
#: Letters that a column and the name of a row have room for.
COLUMN, NAME = 22, 34
EXAMPLE = """\
examples:
  hippokv compare results/cued-recall-seed0 results/lesion-seed0
  hippokv compare results/beta-*-seed* --out beta.png

Folders that differ in nothing but the seed are one group, and have a mean with its 95 % interval
(Student's t). Shown are the parameters in which groups differ, and each score beside that of the
rate model. The figure draws the scores of all groups over one another, a panel each.
"""


def compare_parser() -> OneLineParser:
    """Return the parser of ``hippokv compare``."""
    parser = OneLineParser(
        "hippokv compare",
        description="Compare runs: the parameters in which they differ, and their scores.",
        epilog=textwrap.dedent(EXAMPLE),
        formatter_class=argparse.RawDescriptionHelpFormatter,
        allow_abbrev=False,
    )
    parser.add_argument(
        "folders", nargs="+", metavar="DIR", help="a folder that hippokv run has written"
    )
    parser.add_argument(OUT, metavar="FILE.png", help="draw the scores too, over a file of before")
    return parser


def compare_command(arguments: list[str]) -> int:
    """Run ``hippokv compare`` with the words that follow it, and return the exit status."""
    options = parsed(compare_parser(), arguments)
    out = None if options.out is None else output_path(OUT, options.out, FIGURE, ".png")
    groups = grouped(options.folders)
    for line in _lines(groups):
        say(line)
    if out is not None:
        _draw(groups, out)
        say(f"figure: {options.out}")
    return 0


@dataclass(frozen=True)
class Group:
    """Hold runs that differ in nothing but the seed, by their folders."""

    letter: str
    settings: Mapping[str, Any]
    runs: Mapping[str, Summary]

    def scores(self, name: str, kind: str = "metrics") -> list[float]:
        """Return a score of each run that has it."""
        found = [getattr(run, kind).get(name) for run in self.runs.values()]
        return [value for value in found if value is not None]


def grouped(folders: Sequence[str]) -> list[Group]:
    """Read results folders, and put those together that differ in nothing but the seed.

    Raises
    ------
    InputError
        For a folder that is not whole, one run that is given twice, or more than 26 groups.
    """
    from hippokv.protocols.running.results_folder import read_summary
    from hippokv.protocols.running.saved_run import read_settings
    from hippokv.protocols.running.user_files import FOLDER

    found: dict[tuple[Any, ...], dict[str, Summary]] = {}
    settings: dict[tuple[Any, ...], dict[str, Any]] = {}
    for given in folders:
        path = path_of("DIR", given, FOLDER)
        summary = read_summary(path)
        held = {"protocol": summary.protocol, **read_settings(path, summary)}
        del held["run.seed"]
        # Other code is another experiment.
        for name in ("hippokv", "circuit_digest", "origins"):
            if name in summary.provenance:
                held[f"version of {name}" if name == "hippokv" else name] = summary.provenance[name]
        key = tuple(held.items())
        runs = found.setdefault(key, {})
        settings[key] = held
        for other, run in runs.items():
            if run.seed == summary.seed:
                words = f"must be another run than {one_line(other)}: settings and seed are alike"
                raise InputError("DIR", given, words)
        runs[given] = summary
    if len(found) > len(string.ascii_uppercase):
        raise InputError("DIR", len(found), "must be at most 26 groups of runs")
    letters = zip(string.ascii_uppercase, found.items(), strict=False)
    return [Group(letter, settings[key], runs) for letter, (key, runs) in letters]


def differing(groups: Sequence[Group]) -> dict[str, list[Any]]:
    """Return the settings in which groups differ, and what each has; None where it has none."""
    keys = dict.fromkeys(key for group in groups for key in group.settings)
    values = {key: [group.settings.get(key) for group in groups] for key in keys}
    return {key: held for key, held in values.items() if any(one != held[0] for one in held)}


def score_names(groups: Sequence[Group], *kinds: str) -> list[str]:
    """Return the names of the scores that any run has."""
    runs = [run for group in groups for run in group.runs.values()]
    names = (name for kind in kinds for run in runs for name in getattr(run, kind))
    return list(dict.fromkeys(names))


def _lines(groups: Sequence[Group]) -> list[str]:
    lines = []
    for group in groups:
        seeds = ", ".join(str(run.seed) for run in group.runs.values())
        lines.append(f"{group.letter}  {group.settings['protocol']}, seed {one_line(seeds)}")
        lines += [f"   {printable(folder)}" for folder in group.runs]
    letters = [group.letter for group in groups]
    differ = differing(groups)
    if differ:
        lines += ["", _row("parameters that differ", letters)]
        lines += [_row(f"  {key}", ["-" if one is None else one_line(str(one), COLUMN - 2)
                                    for one in held]) for key, held in differ.items()]  # fmt: skip
    elif len(groups) > 1:
        lines += ["", "no parameter differs"]
    several = any(len(group.runs) > 1 for group in groups)
    about = "scores (mean ± 95 % interval)" if several else "scores"
    lines += ["", _row(about, letters)]
    for name in score_names(groups, "metrics", "spike_scores"):
        lines.append(_row(f"  {printable(name)}", [
            _told(group.scores(name) or group.scores(name, "spike_scores")) for group in groups
        ]))  # fmt: skip
        predicted = [group.scores(name, "prediction") for group in groups]
        if any(predicted):
            lines.append(_row("    rate model", [_told(values) for values in predicted]))
    return lines


def _row(name: str, cells: Sequence[str]) -> str:
    return f"{printable(name):<{NAME - 1}} " + "".join(f"{cell:>{COLUMN}}" for cell in cells)


def _told(values: Sequence[float]) -> str:
    import numpy as np

    from hippokv.analysis.figures.sweep import mean_interval

    if not values:
        return "-"
    mean, half = mean_interval(np.array(values, dtype=float))
    return f"{mean:.4g}" + (f" ± {half:.2g} (n {len(values)})" if half == half else "")


def _draw(groups: Sequence[Group], path: Path) -> None:
    from hippokv.analysis.figures.comparison import CAPTION, comparison_figure
    from hippokv.analysis.figures.report import render
    from hippokv.protocols.running.whole_files import write_whole, writing

    scores = {
        name: {
            group.letter: (group.scores(name), group.scores(name, "prediction")) for group in groups
        }
        for name in score_names(groups, "metrics")
    }
    picture = render(comparison_figure(scores), "comparison", CAPTION)
    with writing(path):
        write_whole(path, picture.png)
