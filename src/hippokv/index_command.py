"""The command ``hippokv index``."""

from __future__ import annotations

import argparse
import os
import textwrap
from collections.abc import Iterable, Iterator, Sequence
from html import escape
from pathlib import Path
from typing import Any
from urllib.parse import quote

from .errors import InputError, printable
from .options import OneLineParser, parsed
from .paths import path_of
from .terminal import say

PAGE = "index.html"
#: What is in every page that the command writes: it writes over no other.
MARK = "<!-- hippokv index -->"
#: Folders below the one that is named in which results are looked for.
DEEPEST = 4
#: Scores that a line has room for.
MOST_SCORES = 4
EXAMPLE = """\
example:
  hippokv index results

The page is results/index.html: a line for each run and each sweep below results, with its protocol,
seed, date, first scores, and the settings in which it differs from most others, and links to its
report or table. It is written over one of before, and over nothing else.
"""


def index_parser() -> OneLineParser:
    """Return the parser of ``hippokv index``."""
    parser = OneLineParser(
        "hippokv index",
        description="Write a page that lists the results below a folder.",
        epilog=textwrap.dedent(EXAMPLE),
        formatter_class=argparse.RawDescriptionHelpFormatter,
        allow_abbrev=False,
    )
    parser.add_argument("folder", metavar="DIR", help="a folder with results folders in it")
    return parser


def index_command(arguments: list[str]) -> int:
    """Run ``hippokv index`` with the words that follow it, and return the exit status."""
    given = parsed(index_parser(), arguments).folder

    from hippokv.analysis.figures.report import page_html
    from hippokv.protocols.running.user_files import FOLDER
    from hippokv.protocols.running.whole_files import check_file, write_whole, writing

    folder = path_of("DIR", given, FOLDER)
    if not folder.is_dir():
        raise InputError("DIR", given, "must be a folder that exists")
    page = folder / PAGE
    check_file(page)
    if page.exists() and MARK.encode() not in page.read_bytes():
        raise InputError("DIR", given, f"must have no {PAGE} of somebody else's: move it away")
    runs, sweeps, broken = _found(folder)
    if not runs and not sweeps:
        words = "must be a folder with results of hippokv run or hippokv sweep in it"
        raise InputError("DIR", given, words)
    body = "\n".join([MARK, *_body(folder, runs, sweeps, broken)])
    with writing(folder):
        write_whole(page, page_html(f"HippoKV: {folder.resolve().name}", body).encode())
    told = [f"{len(runs)} runs", f"{len(sweeps)} sweeps"]
    told += [f"{len(broken)} that cannot be read"] if broken else []
    say(f"{', '.join(told)}")
    say(f"page: {printable(str(page))}")
    return 0


def _folders(folder: Path, depth: int = 0) -> Iterator[Path]:
    """Yield folders below one, without hidden ones and links."""
    for entry in sorted(os.scandir(folder), key=lambda entry: entry.name):
        if entry.is_dir(follow_symlinks=False) and not entry.name.startswith("."):
            yield Path(entry.path)
            if depth < DEEPEST:
                yield from _folders(Path(entry.path), depth + 1)


def _found(folder: Path) -> tuple[dict[Path, Any], dict[Path, Any], dict[Path, str]]:
    from hippokv.protocols.running.results_folder import SUMMARY, read_summary
    from hippokv.protocols.running.saved_run import read_settings
    from hippokv.protocols.sweeps.folder import is_sweep, read_sweep

    runs: dict[Path, Any] = {}
    sweeps: dict[Path, Any] = {}
    broken: dict[Path, str] = {}
    for path in _folders(folder):
        try:
            if is_sweep(path):
                sweeps[path] = read_sweep(path)
            elif (path / SUMMARY).is_file():
                summary = read_summary(path)
                runs[path] = summary, read_settings(path, summary)
        except InputError as error:
            broken[path] = error.allowed
    return runs, sweeps, broken


def _body(
    folder: Path, runs: dict[Path, Any], sweeps: dict[Path, Any], broken: dict[Path, str]
) -> Iterator[str]:
    yield f"<h1>{escape(folder.resolve().name)}</h1>"
    if runs:
        usual = _usual([settings for _, settings in runs.values()])
        yield "<h2>Runs</h2>"
        yield _listed(
            [
                _link(folder, path, path / "report.html"),
                f"{summary.protocol}, seed {summary.seed}, {_date(summary)}",
                _scores(summary.metrics),
                _differing(settings, usual),
            ]
            for path, (summary, settings) in runs.items()
        )
        yield "<p>Below the scores stand the settings in which a run differs from most.</p>"
    if sweeps:
        yield "<h2>Sweeps</h2>"
        yield _listed(
            [
                _link(folder, path, path / "results.csv"),
                f"{sweep.protocol}, {sweep.runs} runs, {sweep.failed} failed",
                f"over {', '.join(sweep.grid) or 'seeds'}",
            ]
            for path, sweep in sweeps.items()
        )
    if broken:
        yield "<h2>What cannot be read</h2>"
        yield _listed([_link(folder, path, path), words] for path, words in broken.items())


def _date(summary: Any) -> str:
    return str(summary.provenance.get("date", ""))[:10]


def _usual(all_settings: Sequence[dict[str, Any]]) -> dict[str, Any]:
    """Return the most common value of each setting; of those that are as common the first."""
    found: dict[str, list[Any]] = {}
    for settings in all_settings:
        for key, value in settings.items():
            found.setdefault(key, []).append(value)
    return {key: max(values, key=values.count) for key, values in found.items()}


def _differing(settings: dict[str, Any], usual: dict[str, Any]) -> str:
    return ", ".join(
        f"{key} = {value}"
        for key, value in settings.items()
        if key != "run.seed" and usual[key] != value
    )


def _scores(metrics: dict[str, float | None]) -> str:
    known = [f"{name} {value:.3g}" for name, value in metrics.items() if value is not None]
    more = ", ..." if len(known) > MOST_SCORES else ""
    return ", ".join(known[:MOST_SCORES]) + more


def _link(folder: Path, path: Path, target: Path) -> str:
    place = quote(str((target if target.exists() else path).relative_to(folder)))
    return f'<a href="{place}">{escape(str(path.relative_to(folder)))}</a>'


def _listed(entries: Iterable[Sequence[str]]) -> str:
    """Return a list: each entry a link, and lines of words."""
    items = (
        "<li>" + "<br>\n".join([link, *(escape(line) for line in lines if line)]) + "</li>"
        for link, *lines in entries
    )
    return "<ul>\n" + "\n".join(items) + "\n</ul>"
