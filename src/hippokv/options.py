"""Words of the command line: parsed, and turned into settings; what is wrong is one line."""

from __future__ import annotations

import argparse
import dataclasses
import sys
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, NoReturn

from .errors import one_line
from .parameter import nearest
from .terminal import say

if TYPE_CHECKING:
    from hippokv.protocols.running.protocol import Protocol


#: Options that are settings, and their keys.
OWN_OPTIONS = {
    "seed": "run.seed",
    "target": "run.target",
    "record": "run.record",
    "record-cells": "run.record_cells",
    "record-every": "run.record_every_ms",
    "record-window": "run.record_window_ms",
}


class UsageError(Exception):
    """Report words on the command line that cannot be used."""


class OneLineParser(argparse.ArgumentParser):
    """Parse arguments, and raise what is wrong with them instead of printing the usage.

    What follows an option that takes a value is its value, also where it begins with a minus, as
    in ``--seeds -3:3``: no option begins with a single one but ``-h``.
    """

    def parse_known_args(self, args: Any = None, namespace: Any = None) -> Any:
        """Parse arguments, and return them and those that are not known."""
        return super().parse_known_args(self._joined(args), namespace)

    def _joined(self, arguments: Sequence[str] | None) -> list[str]:
        known = self._option_string_actions
        found: list[str] = []
        words = iter(sys.argv[1:] if arguments is None else arguments)
        for word in words:
            takes_one = word in known and known[word].nargs is None
            value = next(words, None) if takes_one else None
            if value is None:
                found.append(word)
            elif value[:1] == "-" and value[:2] != "--" and value not in known:
                found.append(f"{word}={value}")
            else:
                found += [word, value]
        return found

    def print_help(self, file: Any = None) -> None:
        """Print the help, as far as the terminal can show it."""
        say(self.format_help().rstrip("\n"))

    def error(self, message: str) -> NoReturn:
        """Raise the message as a :class:`UsageError`."""
        usage = self.format_usage().removeprefix("usage: ")
        raise UsageError(f"{message.removeprefix('argument ')}; must be used as {usage}")


def parsed(parser: argparse.ArgumentParser, arguments: list[str]) -> argparse.Namespace:
    """Parse words, and say of one that is not known which are."""
    found, unknown = parser.parse_known_args(arguments)
    if unknown:
        word = unknown[0]
        options = [action.option_strings[-1] for action in parser._actions if action.option_strings]
        name, names = word.partition("=")[0].lstrip("-"), [one.lstrip("-") for one in options]
        near = nearest(name, names, "--") if word.startswith("-") else ""
        raise UsageError(f"{one_line(word)}: must be one of {', '.join(options)}{near}")
    return found


def add_setting_options(parser: argparse.ArgumentParser) -> None:
    """Add the options by which settings are given, and ``--quiet``."""
    parser.add_argument(
        "--set", metavar="KEY=VALUE", action="append", default=[], dest="settings",
        help="change a setting; may be given again and again",
    )  # fmt: skip
    parser.add_argument(
        "--config", metavar="FILE.toml",
        help="take settings from a file, such as config.toml of an earlier run",
    )  # fmt: skip
    parser.add_argument(
        "--target", metavar="cpp|cython|numpy",
        help="cpp (default) compiles the circuit once; cython and numpy run it in Python, slower",
    )  # fmt: skip
    parser.add_argument(
        "--record", metavar="PART.VARIABLE", action="append",
        help="record what is inside, as hippocampal.v or keys.weight; may be given again and again",
    )  # fmt: skip
    parser.add_argument(
        "--record-cells", metavar="CELLS",
        help="of which cells: 0:10 (default), 3,7, slot4, asked (the slots that hold the items "
        "asked for), all, or PART=CELLS with spaces between",
    )  # fmt: skip
    parser.add_argument(
        "--record-every", metavar="MS", help="time between samples of cells (default: 1)"
    )
    parser.add_argument(
        "--record-window", metavar="START:STOP", help="when, in ms (default: all the time)"
    )
    parser.add_argument("--quiet", action="store_true", help="print nothing but errors")


def given_settings(protocol: Protocol[Any, Any], options: argparse.Namespace) -> dict[str, Any]:
    """Return the settings that the options name: a file's, then ``--set``, then those of their own.

    Raises
    ------
    InputError, UsageError
        For the first that cannot be used.
    """
    from hippokv.circuits.presets import without_preset
    from hippokv.protocols.running.configuration import default_settings, read_config
    from hippokv.protocols.running.settings import CIRCUIT_KEY

    from .parameter import checked, leaves, plain_values

    texts = plain_values(setting_texts(options))
    given: dict[str, Any] = {}
    if options.config is not None:
        kept = plain_values(read_config(options.config, protocol, texts.get(CIRCUIT_KEY)))
        given = without_preset(kept, texts)
    # Which keys there are depends on the circuit.
    circuit = {key: value for key, value in (given | texts).items() if key == CIRCUIT_KEY}
    fields = {key: field for key, _, field in leaves(default_settings(protocol, circuit))}
    given |= {key: value_of(text, fields.get(key)) for key, text in texts.items()}
    for option, key in OWN_OPTIONS.items():
        text = getattr(options, option.replace("-", "_"), None)
        if text is not None:
            text = ",".join(text) if isinstance(text, list) else text
            given[key] = checked(f"--{option}", value_of(text, fields[key]), fields[key])
    return given


def setting_texts(options: argparse.Namespace) -> dict[str, str]:
    """Return what ``--set`` says, by key; of a key that is given again the last.

    Raises
    ------
    UsageError
        For what is no KEY=VALUE.
    """
    found = {}
    for setting in options.settings:
        key, sign, text = setting.partition("=")
        key = key.strip()
        if not sign or not key:
            shown = one_line(repr(setting))
            raise UsageError(f"--set {shown}: must be KEY=VALUE, such as --set protocol.n_items=20")
        found[key] = text.strip()
    return found


def value_of(text: str, field: dataclasses.Field[Any] | None) -> Any:
    """Return a text as the type of its field, or as it is where that cannot be."""
    kind: type[Any] = type(field.default) if field else str
    if kind is bool:
        return {"true": True, "false": False}.get(text.lower(), text)
    # Python would read the digits of every script, which files of settings do not.
    if kind is str or not text.isascii():
        return text
    try:
        return kind(text)
    except ValueError:
        return text
