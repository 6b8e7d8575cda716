"""Words of the command line: parsed, and turned into settings; what is wrong is one line."""

from __future__ import annotations

import argparse
import dataclasses
from pathlib import Path
from typing import TYPE_CHECKING, Any, NoReturn

from .terminal import say

if TYPE_CHECKING:
    from hippokv.protocols.protocol import Protocol


class UsageError(Exception):
    """Report words on the command line that cannot be used."""


class OneLineParser(argparse.ArgumentParser):
    """Parse arguments, and raise what is wrong with them instead of printing the usage."""

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
        options = [action.option_strings[-1] for action in parser._actions if action.option_strings]
        raise UsageError(f"{unknown[0]}: must be one of {', '.join(options)}")
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
    parser.add_argument("--quiet", action="store_true", help="print nothing but errors")


def given_settings(protocol: Protocol[Any], options: argparse.Namespace) -> dict[str, Any]:
    """Return the settings that the options name: a file's, then ``--set``, then those of their own.

    Raises
    ------
    InputError, UsageError
        For the first that cannot be used.
    """
    from hippokv.parameter import checked, leaves
    from hippokv.protocols.settings import CIRCUIT_KEY, default_settings, read_config

    texts = setting_texts(options)
    given: dict[str, Any] = {}
    if options.config is not None:
        given = read_config(Path(options.config), protocol, texts.get(CIRCUIT_KEY))
    # Which keys there are depends on the circuit.
    circuit = {key: value for key, value in (given | texts).items() if key == CIRCUIT_KEY}
    fields = {key: field for key, _, field in leaves(default_settings(protocol, circuit))}
    given |= {key: value_of(text, fields.get(key)) for key, text in texts.items()}
    for option, key in (("seed", "run.seed"), ("target", "run.target")):
        text = getattr(options, option, None)
        if text is not None:
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
            raise UsageError(
                f"--set {setting!r}: must be KEY=VALUE, such as --set protocol.n_items=20"
            )
        found[key] = text.strip()
    return found


def value_of(text: str, field: dataclasses.Field[Any] | None) -> Any:
    """Return a text as the type of its field, or as it is where that cannot be."""
    kind: type[Any] = type(field.default) if field else str
    if kind is bool:
        return {"true": True, "false": False}.get(text.lower(), text)
    try:
        return kind(text)
    except ValueError:
        return text
