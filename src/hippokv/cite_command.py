"""The command ``hippokv cite``."""

from __future__ import annotations

import argparse
import dataclasses
import sys
import textwrap
from collections.abc import Iterator, Mapping
from typing import Any

from .errors import InputError
from .options import OneLineParser, parsed, setting_texts
from .parameter import leaves
from .references import (
    HIPPOKV,
    NOT_LOOKED_UP,
    REFERENCES,
    SIMULATOR,
    Reference,
    as_bibtex,
    as_text,
    named_in,
    not_looked_up_in,
)
from .terminal import say

WIDTH = 96
CIRCUIT_KEY, PRESET_KEY = "run.circuit", "circuit.preset"
#: Most places that are named for a publication.
MOST_PLACES = 4
EXAMPLE = """\
examples:
  hippokv cite cued-recall
  hippokv cite lesion --set run.circuit=hippocampal_memory --bibtex > papers.bib

Named are the papers that the sources and the texts of a protocol, its circuit and its rules name,
and where each is named. Without PROTOCOL all are listed.
"""


def cite_parser() -> OneLineParser:
    """Return the parser of ``hippokv cite``."""
    parser = OneLineParser(
        "hippokv cite",
        description="Name HippoKV, and the papers behind a protocol, its circuit and its rules.",
        epilog=textwrap.dedent(EXAMPLE),
        formatter_class=argparse.RawDescriptionHelpFormatter,
        allow_abbrev=False,
    )
    parser.add_argument("protocol", nargs="?", metavar="PROTOCOL", help="what was run")
    parser.add_argument(
        "--set", metavar="KEY=VALUE", action="append", default=[], dest="settings",
        help="a setting: run.circuit=NAME names another circuit than the first",
    )  # fmt: skip
    parser.add_argument("--bibtex", action="store_true", help="as BibTeX")
    return parser


def cite_command(arguments: list[str]) -> int:
    """Run ``hippokv cite`` with the words that follow it, and return the exit status."""
    options = parsed(cite_parser(), arguments)
    given = setting_texts(options)
    for key, value in given.items():
        if key not in (CIRCUIT_KEY, PRESET_KEY) or not options.protocol:
            words = f"must be {CIRCUIT_KEY} or {PRESET_KEY}, with a PROTOCOL before it"
            raise InputError(key, value, words)
    texts = _texts(options.protocol, given) if options.protocol else {}
    found = cited(texts) if options.protocol else {one: [] for one in REFERENCES}
    if options.bibtex:
        say(as_bibtex((HIPPOKV, SIMULATOR, *found)))
        return 0
    say("HippoKV, and what simulates it:\n")
    for one in (HIPPOKV, SIMULATOR):
        _say_reference(as_text(one), [])
    say(f"The papers behind {options.protocol or 'all of it'}:\n")
    for one, places in found.items():
        _say_reference(as_text(one), places)
    others = {place: not_looked_up_in(text) for place, text in texts.items()}
    for label in NOT_LOOKED_UP:
        places = [place for place, labels in others.items() if label in labels]
        if places or not options.protocol:
            about = NOT_LOOKED_UP[label]
            _say_reference(f"{label} ({about}; its title and place were not looked up).", places)
    return 0


def cited(texts: Mapping[str, str]) -> dict[Reference, list[str]]:
    """Return the publications that texts name, each with the places that name it."""
    found: dict[Reference, list[str]] = {}
    for place, text in texts.items():
        for one in named_in(text):
            if one != SIMULATOR:
                found.setdefault(one, []).append(place)
    return {one: found[one] for one in REFERENCES if one in found}


def _say_reference(text: str, places: list[str]) -> None:
    say(textwrap.fill(text, WIDTH, initial_indent="  ", subsequent_indent="    "))
    if places:
        more = f" and {len(places) - MOST_PLACES} more" if len(places) > MOST_PLACES else ""
        words = f"named by {', '.join(places[:MOST_PLACES])}{more}"
        say(textwrap.fill(words, WIDTH, initial_indent="    ", subsequent_indent="    "))
    say()


def _texts(name: str, given: Mapping[str, str]) -> dict[str, str]:
    """Return what a protocol, its circuit and its settings say of themselves, by place."""
    from hippokv.circuits.known_circuits import find_circuit
    from hippokv.circuits.manipulation.opsins import OPSINS
    from hippokv.circuits.presets import source_of
    from hippokv.protocols import PROTOCOLS
    from hippokv.protocols.running.configuration import default_settings
    from hippokv.protocols.running.protocol import find_protocol

    protocol = find_protocol(name)
    settings = default_settings(protocol, given)
    circuit = find_circuit(settings.run.circuit)
    found = {
        f"protocol {name}": f"{_words(PROTOCOLS.get(name))}\n{protocol.description}",
        f"circuit {settings.run.circuit}": circuit.about,
    }
    for key, value, field in leaves(settings):
        found[key] = source_of(settings.circuit, key, value, field)
        if isinstance(value, str) and value in OPSINS:
            found[f"opsin {value}"] = OPSINS[value].source
    for one in (settings.protocol, *_dataclasses(settings.circuit)):
        kind = type(one)
        module = sys.modules[kind.__module__]
        name = kind.__module__.removeprefix("hippokv.")
        found[name] = f"{found.get(name, module.__doc__)}\n{kind.__doc__}"
    return found


def _words(module: str | None) -> str:
    """Return what a module of this package says of itself."""
    return sys.modules[module].__doc__ or "" if module else ""


def _dataclasses(parameters: Any) -> Iterator[Any]:
    """Yield a dataclass of parameters and those in it."""
    yield parameters
    for field in dataclasses.fields(parameters):
        value = getattr(parameters, field.name)
        if dataclasses.is_dataclass(value):
            yield from _dataclasses(value)
