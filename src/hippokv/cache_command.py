"""The command ``hippokv cache``."""

from __future__ import annotations

import argparse
import sys
import textwrap
from datetime import datetime

from .errors import InputError, printable
from .options import OneLineParser, parsed
from .terminal import complain, flush, say

EXAMPLE = """\
examples:
  hippokv cache
  hippokv cache --clear

Each circuit is compiled once and kept. --clear removes what neither this version of HippoKV and
Brian2 can use nor the one that compiled it, if that is still installed, and nothing that is being
compiled or run. It asks first, or needs --yes. The folder is the user's cache folder, or
$HIPPOKV_CACHE.
"""


def cache_parser() -> OneLineParser:
    """Return the parser of ``hippokv cache``."""
    parser = OneLineParser(
        "hippokv cache",
        description="List the compiled circuits that are kept, and what they take.",
        epilog=textwrap.dedent(EXAMPLE),
        formatter_class=argparse.RawDescriptionHelpFormatter,
        allow_abbrev=False,
    )
    parser.add_argument("--clear", action="store_true", help="remove what no version needs")
    parser.add_argument("--yes", action="store_true", help="with --clear: do not ask")
    return parser


def cache_command(arguments: list[str]) -> int:
    """Run ``hippokv cache`` with the words that follow it, and return the exit status."""
    options = parsed(cache_parser(), arguments)
    if options.yes and not options.clear:
        raise InputError("--yes", True, "must be given with --clear alone")

    from hippokv.circuits.program.cache_entries import cache_entries, remove_entry
    from hippokv.circuits.program.program_cache import cache_folder

    cache = cache_folder()
    entries = cache_entries(cache)
    say(f"{printable(str(cache))}: {_count(len(entries))}, {_size(sum(e.size for e in entries))}")
    for entry in entries:
        when = datetime.fromtimestamp(entry.compiled_s).strftime("%Y-%m-%d %H:%M")
        told = "" if entry.needed else "  of no version that is installed"
        circuit = printable(entry.circuit) or "?"
        say(f"  {entry.folder.name}  {when}  {_size(entry.size):>9}  {circuit}{told}")
    if not options.clear:
        return 0
    stale = [entry for entry in entries if not entry.needed]
    if not stale:
        say("nothing to remove")
        return 0
    words = (
        f"{_count(len(stale))} of no version that is installed, {_size(sum(e.size for e in stale))}"
    )
    if not options.yes and not _agreed(f"remove {words}? [y/N] "):
        say("nothing was removed")
        return 0
    removed = [entry for entry in stale if remove_entry(entry)]
    say(f"removed {_count(len(removed))}, {_size(sum(entry.size for entry in removed))}")
    if len(removed) < len(stale):
        complain(f"{_count(len(stale) - len(removed))} stay: in use")
    return 0


def _agreed(question: str) -> bool:
    if not (sys.stdin and sys.stdin.isatty()):
        raise InputError("--clear", True, "must be given with --yes where nobody can be asked")
    flush()
    try:
        return input(question).strip().lower() in ("y", "yes")
    except EOFError:
        return False


def _count(number: int) -> str:
    return f"{number} compiled circuit{'' if number == 1 else 's'}"


def _size(size: int) -> str:
    return f"{size / 1e6:.1f} MB"
