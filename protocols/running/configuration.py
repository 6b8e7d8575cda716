"""Settings from their defaults, a command line or a file, and back into a file."""

from __future__ import annotations

import dataclasses
import json
import re
import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import Field
from io import TextIOWrapper
from pathlib import Path
from typing import Any

from hippokv.circuits.known_circuits import find_circuit
from hippokv.errors import InputError
from hippokv.parameter import leaves, nearest, plain, plain_values, with_values

from .protocol import Protocol
from .settings import CIRCUIT_KEY, RunParameters, Settings
from .user_files import opened, path_of

#: Key of a config file that says which protocol it belongs to.
PROTOCOL_KEY = "protocol_name"

CONFIG_KEY = "--config"

#: A hundred times as much as all settings take.
MOST_CONFIG_BYTES = 1_000_000

#: Most dots in a key of a config file: the parser's time grows with their square.
MOST_DOTS = 8

#: What may hold dots or anything else and is no key: texts and comments. No part of it is tried
#: in more than one way, so that the time of a search grows with the length alone.
_TEXTS = re.compile(
    r'"""(?:[^\\]|\\.?)*?(?:"""|\Z)'
    r"|'''.*?(?:'''|\Z)"
    r'|"(?:[^"\\\n]|\\[^\n])*+"?'
    r"|'[^'\n]*+'?"
    r"|#[^\n]*",
    re.DOTALL,
)


def default_settings(
    protocol: Protocol[Any, Any], given: Mapping[str, Any] | None = None
) -> Settings:
    """Return what a protocol uses where nothing else is given.

    Parameters
    ----------
    protocol
        The protocol.
    given
        Values by dotted key, of which the circuit is taken; the protocol's first by default.

    Raises
    ------
    InputError
        For a circuit that the protocol cannot run on.
    """
    name = _circuit_name(protocol, given or {})
    known = find_circuit(name)
    changed = {f"circuit.{key}": value for key, value in protocol.circuit.items()}
    changed |= {f"run.{key}": value for key, value in protocol.run.items()}
    settings = Settings(known.parameters(), protocol.parameters(), RunParameters(name))
    found: Settings = with_values(settings, changed)
    return found


def known_fields(
    protocol: Protocol[Any, Any], given: Mapping[str, Any], grid: Mapping[str, Sequence[Any]]
) -> dict[str, Field[Any]]:
    """Return every key that a sweep can name, and its field.

    Parameters
    ----------
    protocol
        The protocol.
    given
        Settings that all runs share, by dotted key.
    grid
        Values of each setting that varies; where circuits do, the keys of each are known.

    Raises
    ------
    InputError
        For a circuit that the protocol cannot run on.
    """
    circuits = grid.get(CIRCUIT_KEY) or [_circuit_name(protocol, given)]
    return {
        key: about
        for name in circuits
        for key, _, about in leaves(default_settings(protocol, {CIRCUIT_KEY: name}))
    }


def resolve(protocol: Protocol[Any, Any], given: Mapping[str, Any]) -> tuple[Settings, Any]:
    """Complete the settings given, check all that can be checked, and draw the stimuli.

    Parameters
    ----------
    protocol
        The protocol.
    given
        Values by dotted key.

    Raises
    ------
    InputError
        For the first setting that cannot be used.
    """
    given = plain_values(given)
    settings: Settings = with_values(default_settings(protocol, given), given)
    circuit = settings.assembled()
    missing = [name for name in protocol.populations if name not in circuit.populations]
    if missing:
        raise InputError(
            CIRCUIT_KEY, circuit.name,
            f"must be a circuit with the populations {', '.join(protocol.populations)}: "
            f"it has no {missing[0]}",
        )  # fmt: skip
    return protocol.draw(settings, given)


def read_config(
    path: str | Path, protocol: Protocol[Any, Any], circuit: str | None = None
) -> dict[str, Any]:
    """Read the settings of a TOML file by dotted key.

    Parameters
    ----------
    path
        The file; ``~`` is a home.
    protocol
        The protocol that it must belong to.
    circuit
        The circuit, where it is given beside the file and not by it.

    Raises
    ------
    InputError
        Where the file cannot be read, is not TOML, belongs to another protocol, names a circuit
        that the protocol cannot run on, or has an unknown section.
    """
    shown = str(path)
    path = path_of(CONFIG_KEY, path, "the name of a TOML file")
    with (
        opened(CONFIG_KEY, shown, path, "a TOML file", MOST_CONFIG_BYTES) as stream,
        TextIOWrapper(stream, encoding="utf-8-sig") as lines,
    ):
        text = lines.read(MOST_CONFIG_BYTES + 1)
        if len(text) > MOST_CONFIG_BYTES:
            raise ValueError("it grows while it is read")
        _check_keys(text)
        tables = tomllib.loads(text)
    name = tables.pop(PROTOCOL_KEY, protocol.name)
    if name != protocol.name:
        raise InputError(
            PROTOCOL_KEY, name, f"must be {protocol.name}, the protocol that is asked for"
        )
    run = tables.get("run")
    named = run.get("circuit") if isinstance(run, dict) else None
    chosen = circuit if circuit is not None else named
    given = {} if chosen is None else {CIRCUIT_KEY: chosen}
    known = {key for key, _, _ in leaves(default_settings(protocol, given))}
    sections = {
        key.rsplit(".", depth)[0] for key in known for depth in range(1, key.count(".") + 1)
    }
    return _flat(tables, sections)


def config_text(protocol: Protocol[Any, Any], settings: Settings) -> str:
    """Return the settings as TOML that :func:`read_config` reads back exactly."""
    lines = [f"{PROTOCOL_KEY} = {_toml(protocol.name)}"]
    lines += _sections(settings, "")
    return "\n".join(lines) + "\n"


def _circuit_name(protocol: Protocol[Any, Any], given: Mapping[str, Any]) -> str:
    name = plain(given.get(CIRCUIT_KEY, protocol.circuits[0]))
    if not isinstance(name, str) or name not in protocol.circuits:
        allowed = "must be one of " + ", ".join(protocol.circuits)
        near = nearest(name, protocol.circuits)
        raise InputError(CIRCUIT_KEY, name, f"{allowed}, which {protocol.name} can run on{near}")
    return name


def _check_keys(text: str) -> None:
    """Make sure that no key of a TOML file has many dots.

    Raises
    ------
    ValueError
        Where one has.
    """
    for part in re.split(r"[\n,=\[\]{}]", _TEXTS.sub("", text)):
        if part.count(".") > MOST_DOTS:
            raise ValueError(f"a key has more than {MOST_DOTS} dots")


def _flat(table: Mapping[str, Any], sections: set[str], prefix: str = "") -> dict[str, Any]:
    found: dict[str, Any] = {}
    for name, value in table.items():
        key = f"{prefix}{name}"
        if isinstance(value, dict):
            if key not in sections:
                allowed = "must be one of the sections " + ", ".join(sorted(sections))
                raise InputError(f"[{key}]", value, allowed + nearest(key, sections))
            found |= _flat(value, sections, f"{key}.")
        else:
            found[key] = value
    return found


def _sections(parameters: Any, prefix: str) -> list[str]:
    lines, nested = [], []
    for entry in dataclasses.fields(parameters):
        value = getattr(parameters, entry.name)
        if dataclasses.is_dataclass(value):
            nested += ["", f"[{prefix}{entry.name}]", *_sections(value, f"{prefix}{entry.name}.")]
        else:
            lines.append(f"{entry.name} = {_toml(value)}")
    return lines + nested


def _toml(value: Any) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, str):
        # TOML escapes as JSON does, and DEL as well.
        return json.dumps(value, ensure_ascii=False).replace("\x7f", "\\u007f")
    return repr(value)
