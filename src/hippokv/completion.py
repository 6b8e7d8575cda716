"""Completion of words in a shell, where argcomplete is installed.

A shell asks by running the command with a variable of the environment set.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping
from typing import Any

from .options import OneLineParser

#: Set by the shell's part of argcomplete.
ASKED = "_ARGCOMPLETE"


def complete() -> None:
    """Answer a shell that asks for completions, and leave; do nothing otherwise."""
    if ASKED not in os.environ:
        return
    try:
        import argcomplete
    except ImportError:
        return
    argcomplete.autocomplete(_parser(), always_complete_options=False)


def _parser() -> OneLineParser:
    """Return one parser of all commands, with what completes each word."""
    from .cache_command import cache_parser
    from .cite_command import cite_parser
    from .command_line import list_parser, run_parser, show_parser
    from .compare_command import compare_parser
    from .describe_command import describe_parser
    from .figure_command import figure_parser
    from .index_command import index_parser
    from .new_command import new_parser
    from .sweep_command import sweep_parser

    parsers: Mapping[str, Callable[[], OneLineParser]] = {
        "list": list_parser, "run": run_parser, "sweep": sweep_parser, "figure": figure_parser,
        "show": show_parser, "compare": compare_parser, "index": index_parser,
        "describe": describe_parser, "cite": cite_parser, "new": new_parser, "cache": cache_parser,
    }  # fmt: skip
    whole = OneLineParser("hippokv", allow_abbrev=False)
    commands = whole.add_subparsers()
    for name, make in parsers.items():
        parser = commands.add_parser(name, parents=[make()], add_help=False)
        for action in parser._actions:
            completer = COMPLETERS.get(action.dest)
            if completer:
                action.completer = completer  # type: ignore[attr-defined]
    return whole


def _protocols(prefix: str, **_: Any) -> list[str]:
    from hippokv.protocols import PROTOCOLS

    return [name for name in PROTOCOLS if name.startswith(prefix)]


def _circuits(prefix: str, **_: Any) -> list[str]:
    from hippokv.circuits.known_circuits import CIRCUITS

    return [name for name in CIRCUITS if name.startswith(prefix)]


def _settings(prefix: str, parsed_args: Any, **_: Any) -> list[str]:
    """Return the settings of the protocol or circuit that stands before."""
    from hippokv.circuits.known_circuits import find_circuit
    from hippokv.protocols.running.configuration import default_settings
    from hippokv.protocols.running.protocol import find_protocol

    from .parameter import leaves

    try:
        protocol = getattr(parsed_args, "protocol", None)
        if protocol:
            found = leaves(default_settings(find_protocol(protocol)))
        else:
            found = leaves(find_circuit(parsed_args.circuit).parameters(), "circuit.")
        return [f"{key}=" for key, _, _ in found if key.startswith(prefix)]
    except Exception:
        # Nothing may be said while a shell waits for words.
        return []


def _targets(prefix: str, **_: Any) -> list[str]:
    from hippokv.circuits.program.program import TARGETS

    return [name for name in TARGETS if name.startswith(prefix)]


COMPLETERS: Mapping[str, Callable[..., list[str]]] = {
    "protocol": _protocols, "circuit": _circuits, "settings": _settings, "grid": _settings,
    "target": _targets,
}  # fmt: skip
