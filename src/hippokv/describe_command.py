"""The command ``hippokv describe``."""

from __future__ import annotations

import argparse
import textwrap
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from .errors import InputError
from .options import OneLineParser, UsageError, parsed, setting_texts, value_of
from .parameter import leaves, nearest, with_values
from .paths import output_path
from .terminal import say

if TYPE_CHECKING:
    from hippokv.circuits.circuit import Circuit

PREFIX = "circuit."
OUT = "--out"
PAGE = "the name of a page to write, which ends in .html"
EXAMPLE = """\
examples:
  hippokv describe slot_memory | less
  hippokv describe slot_memory --set circuit.n_slots=100 --out slot-memory.html

The equations are those that are compiled. The page has them set as mathematics, and a drawing of
the populations and projections; it needs no other file.
"""


def describe_parser() -> OneLineParser:
    """Return the parser of ``hippokv describe``."""
    parser = OneLineParser(
        "hippokv describe",
        description="Say what a circuit is: cells and synapses, equations, and every number with "
        "its unit, meaning and source.",
        epilog=textwrap.dedent(EXAMPLE),
        formatter_class=argparse.RawDescriptionHelpFormatter,
        allow_abbrev=False,
    )
    parser.add_argument("circuit", nargs="?", metavar="CIRCUIT", help="its name")
    parser.add_argument(
        "--set", metavar="KEY=VALUE", action="append", default=[], dest="settings",
        help="change a setting of the circuit; may be given again and again",
    )  # fmt: skip
    parser.add_argument(OUT, metavar="FILE.html", help="write a page instead, over one of before")
    return parser


def describe_command(arguments: list[str]) -> int:
    """Run ``hippokv describe`` with the words that follow it, and return the exit status."""
    options = parsed(describe_parser(), arguments)

    from hippokv.circuits.known_circuits import CIRCUITS, find_circuit

    names = ", ".join(CIRCUITS)
    if options.circuit is None:
        raise UsageError(f"CIRCUIT = nothing given: must be one of {names}")
    try:
        about = find_circuit(options.circuit).about
    except InputError as error:
        raise InputError("CIRCUIT", error.value, error.allowed) from None
    out = None if options.out is None else output_path(OUT, options.out, PAGE, ".html")
    circuit = _circuit(options.circuit, setting_texts(options))
    if out is None:
        say(f"{about}\n\n{circuit.describe()}")
        return 0
    _write(out, circuit, about)
    say(f"page: {options.out}")
    return 0


def _circuit(name: str, texts: Mapping[str, str]) -> Circuit:
    from hippokv.circuits.known_circuits import find_circuit
    from hippokv.circuits.presets import PRESET, own_preset, with_preset
    from hippokv.protocols.running.settings import RunParameters, Settings

    parameters = find_circuit(name).parameters()
    known = {f"{PREFIX}{key}": field for key, _, field in leaves(parameters)}
    given: dict[str, Any] = {}
    for key, text in texts.items():
        if key not in known:
            near = nearest(key, known)
            raise InputError(key, text, f"must be a known key of the circuit {name}{near}")
        given[key.removeprefix(PREFIX)] = value_of(text, known[key])
    parameters = with_preset(parameters, given.get(PRESET, own_preset(parameters)))
    parameters = with_values(parameters, given, PREFIX)
    return Settings(parameters, None, RunParameters(name)).assembled()


def _write(path: Path, circuit: Circuit, about: str) -> None:
    from hippokv.analysis.figures.circuit_drawing import CAPTION, circuit_figure
    from hippokv.analysis.figures.circuit_page import circuit_page
    from hippokv.analysis.figures.report import drawn
    from hippokv.protocols.running.whole_files import write_whole, writing

    drawing = drawn(circuit.name, CAPTION, circuit_figure, circuit)
    page = circuit_page(circuit.account, about, drawing)
    with writing(path):
        write_whole(path, page.encode())
