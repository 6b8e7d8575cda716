"""The command ``hippokv new``."""

from __future__ import annotations

import argparse
import keyword
import re
import sys
import textwrap
from importlib.resources import files
from pathlib import Path
from string import Template

from .errors import InputError
from .options import OneLineParser, UsageError, parsed
from .parameter import nearest
from .terminal import say

OUT = "--out"
FOLDER = "the name of a folder that exists"
#: Longest name of a file.
MOST_CHARACTERS = 60
#: What can be begun, and what to do with it.
NEXT = {
    "rule": """\
1. python -m pytest {test}
2. hippokv run cued-recall --set run.rules=keys={file}
   (from Python: circuit.with_rule("keys", {class_name}()), see docs/first_component.md)
3. change on_event in {file}, and say where its numbers are from""",
    "protocol": """\
1. python -m pytest {test}
2. hippokv run {file}  (hippokv sweep {file} for many seeds and settings)
3. change schedule and measure in {file}, and say where its numbers are from""",
    "circuit": """\
1. python -m pytest {test}
2. hippokv run cued-recall --set run.circuit={file} --set circuit.recurrent_pA=2
   (hippokv describe {file} shows it whole)
3. change {name} in {file}, and say where its numbers are from""",
    "population": """\
1. python -m pytest {test}
2. hippokv run cued-recall --set run.circuit={file}
   (hippokv describe {file} shows it whole; docs/first_component.md goes on)
3. change the equations in {file}, and say where its numbers are from""",
}
EXAMPLE = """\
example:
  hippokv new rule my_rule      writes my_rule.py and test_my_rule.py, which works as it stands
"""


def new_parser() -> OneLineParser:
    """Return the parser of ``hippokv new``."""
    parser = OneLineParser(
        "hippokv new",
        description="Begin a rule, population, protocol or circuit of your own: a small file that "
        "works, and its test.",
        epilog=textwrap.dedent(EXAMPLE),
        formatter_class=argparse.RawDescriptionHelpFormatter,
        allow_abbrev=False,
    )
    parser.add_argument("kind", nargs="?", metavar="KIND", help=f"one of {', '.join(NEXT)}")
    parser.add_argument("name", nargs="?", metavar="NAME", help="its name, as of a Python module")
    parser.add_argument(OUT, metavar="DIR", default=".", help="folder to write to (default: here)")
    return parser


def new_command(arguments: list[str]) -> int:
    """Run ``hippokv new`` with the words that follow it, and return the exit status."""
    options = parsed(new_parser(), arguments)
    kinds = ", ".join(NEXT)
    if options.kind is None:
        raise UsageError(f"KIND = nothing given: must be one of {kinds}")
    if options.kind not in NEXT:
        near = nearest(options.kind, NEXT)
        raise InputError("KIND", options.kind, f"must be one of {kinds}{near}")
    if options.name is None:
        raise UsageError(
            f"NAME = nothing given: must be a name, as in hippokv new {options.kind} my_one"
        )
    check_name(options.name)
    written = _write(options.kind, options.name, _folder(options.out))
    for path in written:
        say(f"written: {path}")
    say(f"what comes next:\n{_next(options.kind, options.name, written)}")
    return 0


def check_name(name: str) -> None:
    """Make sure that a name can be that of a module, and hides none of Python's or HippoKV's.

    Raises
    ------
    InputError
        Where it cannot.
    """
    fit = name.isidentifier() and name.isascii() and name.islower() and name[0] != "_"
    if not fit or keyword.iskeyword(name) or len(name) > MOST_CHARACTERS:
        words = (
            "must be small letters, digits and _, beginning with a letter, and no word of Python"
        )
        raise InputError("NAME", name, f"{words}, of at most {MOST_CHARACTERS} characters")
    if name in sys.stdlib_module_names or name in ("hippokv", "brian2", "numpy", "pytest", "test"):
        raise InputError("NAME", name, "must be another name: Python would find one for the other")


def class_name_of(name: str) -> str:
    """Return the name of the class in a file of a name."""
    return "".join(word.capitalize() for word in name.split("_"))


def _folder(given: str) -> Path:
    from .paths import path_of

    folder = path_of(OUT, given, FOLDER)
    if not folder.is_dir():
        raise InputError(OUT, given, f"must be {FOLDER}")
    return folder


def _write(kind: str, name: str, folder: Path) -> list[Path]:
    from hippokv.protocols.running.whole_files import write_whole, writing

    templates = files("hippokv") / "templates"
    paths = {folder / f"{name}.py": kind, folder / f"test_{name}.py": f"test_{kind}"}
    for path in paths:
        if path.exists() or path.is_symlink():
            raise InputError("NAME", name, f"must be a new name: {path} is there already")
    texts = {
        path: (templates / f"{template}.txt").read_text(encoding="utf-8")
        for path, template in paths.items()
    }
    words = set(re.findall(r"\w+", "".join(texts.values())))
    for word in {name, class_name_of(name)} & words:
        raise InputError("NAME", name, f"must be another name: the file says {word} of its own")
    for path, text in texts.items():
        content = Template(text).substitute(
            name=name, dashed=name.replace("_", "-"), class_name=class_name_of(name)
        )
        with writing(folder):
            write_whole(path, content.encode())
    return list(paths)


def _next(kind: str, name: str, written: list[Path]) -> str:
    file, test = written
    return NEXT[kind].format(name=name, file=file, test=test, class_name=class_name_of(name))
