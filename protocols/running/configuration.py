"""Settings from their defaults, a command line or a file, and back into a file."""

from __future__ import annotations

import dataclasses
import hashlib
import json
import logging
import re
import tomllib
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import Field
from io import TextIOWrapper
from pathlib import Path
from typing import Any

from hippokv.circuits.circuit import Circuit
from hippokv.circuits.description import digest_of_run
from hippokv.circuits.known_circuits import SHELF as CIRCUITS
from hippokv.circuits.known_circuits import AsItIs, as_it_is, find_circuit, reference_of
from hippokv.circuits.presets import NO_PRESET, PRESET_KEY, preset_values
from hippokv.components import DIGEST, full_reference, version_now
from hippokv.errors import InputError, one_line
from hippokv.parameter import leaves, nearest, plain_values, with_values
from hippokv.paths import path_of

from .protocol import Protocol
from .settings import CIRCUIT_KEY, RULES_KEY, RunParameters, Settings, with_full_rules
from .user_files import opened

#: Key of a config file that says which protocol it belongs to.
PROTOCOL_KEY = "protocol_name"

#: Keys of a config file that a run wrote: digests of its circuit, and of the settings that make it.
CIRCUIT_DIGEST, SETTINGS_DIGEST = "circuit_digest", "settings_digest"

#: Section of a config file that says which files and packages beside HippoKV a run was made by.
ORIGINS = "origins"

CONFIG_KEY = "--config"

_LOG = logging.getLogger("hippokv")
#: How the keys of a circuit's numbers begin; a file that a run wrote has most of those of today.
CIRCUIT_SECTION = "circuit."
#: How slots are chosen, a number of the wired ring, and one of the race.
SELECTION_KEY = "circuit.selection"
WIRED_KEY, RACE_KEY = "circuit.hippocampal.priming_depth_mV", "circuit.race.recruiting_pA"
#: What newer numbers of circuits were, in effect, before they could be given.
BEFORE = {
    PRESET_KEY: NO_PRESET,
    "circuit.hippocampal.key_rise_ms": 0.0,
    "circuit.delay_compensation": 0.0,
}
#: One of the cells that instruct the race.
INSTRUCTED_KEY = "circuit.race.n_layer_3"

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
    protocol: Protocol[Any, Any],
    given: Mapping[str, Any] | None = None,
    circuit: Circuit | None = None,
) -> Settings:
    """Return what a protocol uses where nothing else is given.

    Parameters
    ----------
    protocol
        The protocol.
    given
        Values by dotted key, of which the circuit and its preset are taken; the protocol's by
        default.
    circuit
        A circuit that is there already. It stays as it is: what the protocol changes by default in
        others it does not change in this one.

    Raises
    ------
    InputError
        For a circuit that is not found, or that has no such parameters as the protocol changes.
    """
    if circuit is None:
        name = full_reference(CIRCUITS, _circuit_name(protocol, given or {}))
        known = find_circuit(name)
    else:
        name, known = reference_of(circuit), as_it_is(circuit)
        asked = (given or {}).get(CIRCUIT_KEY, name)
        if asked != name:
            raise InputError(CIRCUIT_KEY, asked, f"must be {name}, the circuit that was given")
    changed = {f"run.{key}": value for key, value in protocol.run.items()}
    parameters = known.parameters()
    if not isinstance(known.assemble, AsItIs):
        own = {key for key, _, _ in leaves(parameters)}
        spared: Mapping[str, float] = getattr(parameters, "needs_not", {})
        if not spared.items() <= protocol.circuit.items():
            spared = {}
        for key, value in protocol.circuit.items():
            if key not in own:
                words = f"must be a circuit with the parameter {key}, which {protocol.name} sets"
                raise InputError(CIRCUIT_KEY, name, words)
            if key in spared:
                continue
            changed[f"circuit.{key}"] = value
    assemble = known.assemble if circuit is not None else None
    settings = Settings(parameters, protocol.parameters(), RunParameters(name), assemble)
    found: Settings = with_values(settings, changed)
    if isinstance(known.assemble, AsItIs):
        return found
    # What an experiment needs of its circuit it keeps.
    ours: Settings = with_values(found, preset_values(found, given or {}, but=changed))
    return ours


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
    circuits = list(grid.get(CIRCUIT_KEY, ())) or [_circuit_name(protocol, given)]
    return {
        key: about
        for name in circuits
        for key, _, about in leaves(default_settings(protocol, {CIRCUIT_KEY: name}))
    }


def with_full_names(values: Mapping[str, Any]) -> dict[str, Any]:
    """Return settings by dotted key, with full paths where they name a circuit or rules."""
    found = plain_values(values)
    if CIRCUIT_KEY in found:
        found[CIRCUIT_KEY] = full_reference(CIRCUITS, found[CIRCUIT_KEY])
    if RULES_KEY in found:
        found[RULES_KEY] = with_full_rules(found[RULES_KEY])
    return found


def resolve(
    protocol: Protocol[Any, Any], given: Mapping[str, Any], circuit: Circuit | None = None
) -> tuple[Settings, Any]:
    """Complete the settings given, check all that can be checked, and draw the stimuli.

    Parameters
    ----------
    protocol
        The protocol.
    given
        Values by dotted key.
    circuit
        A circuit to use in the place of one that settings name.

    Raises
    ------
    InputError
        For the first setting that cannot be used.
    """
    given = with_full_names(given)
    settings: Settings = with_values(default_settings(protocol, given, circuit), given)
    _check_circuit(protocol, settings.assembled(), settings)
    return protocol.draw(settings, given)


def _check_circuit(protocol: Protocol[Any, Any], circuit: Circuit, settings: Settings) -> None:
    """Make sure that a circuit has what a protocol asks for.

    Raises
    ------
    InputError
        For the first that it has not.
    """
    for what, needed, there in (
        ("populations", protocol.populations, circuit.populations),
        ("projections that learn", protocol.projections, circuit.projections),
    ):
        missing = [name for name in needed if name not in there]
        if missing:
            words = f"must be a circuit with the {what} {', '.join(needed)}: it has no {missing[0]}"
            raise InputError(CIRCUIT_KEY, circuit.name, words)
    for name in protocol.circuit_parameters:
        if not (hasattr(settings.circuit, name) and hasattr(circuit.parameters, name)):
            words = f"must be a circuit whose parameters have {name}, which {protocol.name} reads"
            raise InputError(CIRCUIT_KEY, circuit.name, words)
    words = protocol.unfit(circuit) or _other_parameters(circuit, settings)
    if words:
        raise InputError(CIRCUIT_KEY, circuit.name, words)


def _other_parameters(circuit: Circuit, settings: Settings) -> str:
    """Say what a circuit must be whose parameters are not those of the settings."""
    # Nearly always they are the same object: a sweep asks for every run.
    if circuit.parameters == settings.circuit or not dataclasses.is_dataclass(circuit.parameters):
        return ""
    own = {key: value for key, value, _ in leaves(circuit.parameters)}
    for key, value, _ in leaves(settings.circuit):
        if key in own and own[key] != value:
            return (
                f"must be a circuit that keeps its parameters, as scores and rate model take them "
                f"from the settings: circuit.{key} is {value!r} there and {own[key]!r} in it"
            )
    return ""


def read_config(
    path: str | Path, protocol: Protocol[Any, Any], circuit: str | Circuit | None = None
) -> dict[str, Any]:
    """Read the settings of a TOML file by dotted key.

    Parameters
    ----------
    path
        The file; ``~`` is a home.
    protocol
        The protocol that it must belong to.
    circuit
        The circuit or its name, where it is given beside the file and not by it.

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
    name = tables.pop(PROTOCOL_KEY, protocol.reference)
    if name != protocol.reference:
        raise InputError(
            PROTOCOL_KEY, name, f"must be {protocol.reference}, the protocol that is asked for"
        )
    _say_what_changed(tables.pop(ORIGINS, {}), shown)
    of_circuit, of_settings = (tables.pop(key, "") for key in (CIRCUIT_DIGEST, SETTINGS_DIGEST))
    run = tables.get("run")
    named = run.get("circuit") if isinstance(run, dict) else None
    made = circuit if isinstance(circuit, Circuit) else None
    chosen = named if made is not None or circuit is None else circuit
    given = {} if chosen is None else {CIRCUIT_KEY: chosen}
    known = {key for key, _, _ in leaves(default_settings(protocol, given, made))}
    sections = {
        key.rsplit(".", depth)[0] for key in known for depth in range(1, key.count(".") + 1)
    }
    found = _flat(tables, sections)
    own = _of_circuit(found)
    # A file that a run wrote has every number; without one it is of before there was that number.
    numbers = [key for key in known if key.startswith(CIRCUIT_SECTION)]
    whole = 2 * sum(key in found for key in numbers) > len(numbers)
    for key, before in BEFORE.items():
        if whole and key in known:
            found.setdefault(key, before)
    raced = WIRED_KEY in found and found.get(SELECTION_KEY) == "least_recent"
    if raced and RACE_KEY not in found:
        _LOG.warning("hippokv: %s = least_recent is called ring now", SELECTION_KEY)
        found[SELECTION_KEY] = "ring"
    elif raced and INSTRUCTED_KEY not in found:
        words = "is instructed by spikes now, and was by a current when %s was written"
        _LOG.warning(f"hippokv: %s = least_recent {words}", SELECTION_KEY, shown)
    if named not in (None, chosen):
        return found
    if not of_circuit and 2 * len(found) > len(known):
        words = "does not say which equations its run had: they may be others now"
        _LOG.warning("hippokv: %s %s", shown, words)
    elif of_settings == _digest_of_settings(own):
        _say_if_described_otherwise(protocol, own, made, of_circuit, shown)
    return found


def config_text(
    protocol: Protocol[Any, Any],
    settings: Settings,
    origins: Mapping[str, str] | None = None,
    circuit: Circuit | None = None,
) -> str:
    """Return the settings as TOML that :func:`read_config` reads back exactly.

    Parameters
    ----------
    protocol, settings
        What to write.
    origins
        Version of every file and package that has a part in it, beside HippoKV.
    circuit
        The circuit that was run, to be known again.
    """
    lines = [f"{PROTOCOL_KEY} = {_toml(protocol.reference)}"]
    if circuit is not None:
        own = _of_circuit({key: value for key, value, _ in leaves(settings)})
        lines.append(f"{CIRCUIT_DIGEST} = {_toml(digest_of_run(circuit))}")
        lines.append(f"{SETTINGS_DIGEST} = {_toml(_digest_of_settings(own))}")
    lines += _sections(settings, "")
    if origins:
        lines += ["", f"[{ORIGINS}]"]
        lines += [f"{_toml(source)} = {_toml(version)}" for source, version in origins.items()]
    return "\n".join(lines) + "\n"


def _circuit_name(protocol: Protocol[Any, Any], given: Mapping[str, Any]) -> Any:
    return given.get(CIRCUIT_KEY, protocol.default_circuit)


def _say_what_changed(origins: Any, config: str) -> None:
    """Say which files and packages are others now than when a config was written."""
    for source, then in origins.items() if isinstance(origins, dict) else ():
        now = version_now(source)
        if now == then:
            continue
        if not now:
            words = "is not here"
        elif str(then).startswith(DIGEST):
            words = "has changed"
        else:
            words = f"is version {now} now, was {then}"
        _LOG.warning("hippokv: %s %s since %s was written", one_line(source), words, config)


def _say_if_described_otherwise(
    protocol: Protocol[Any, Any],
    values: dict[str, Any],
    made: Circuit | None,
    then: str,
    config: str,
) -> None:
    """Say where the settings of a config make another circuit now than when it was written."""
    # What cannot be used is refused where it is used, with its reason.
    with suppress(Exception):
        settings = with_values(default_settings(protocol, values, made), values)
        circuit = settings.assembled()
        if digest_of_run(circuit) != then:
            words = "is described otherwise now than in the run that wrote"
            _LOG.warning(
                "hippokv: %s %s %s: its equations or numbers may be others",
                circuit.name, words, config,
            )  # fmt: skip


def _of_circuit(values: Mapping[str, Any]) -> dict[str, Any]:
    """Return the settings from which a circuit is made."""
    return {
        key: value
        for key, value in values.items()
        if key.startswith(CIRCUIT_SECTION) or key in (CIRCUIT_KEY, RULES_KEY)
    }


def _digest_of_settings(values: Mapping[str, Any]) -> str:
    lines = [f"{key} = {_toml(value)}" for key, value in sorted(values.items())]
    return hashlib.sha256("\n".join(lines).encode()).hexdigest()[:20]


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
        elif entry.metadata:
            lines.append(f"{entry.name} = {_toml(value)}")
    return lines + nested


def _toml(value: Any) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, str):
        # TOML escapes as JSON does, and DEL as well.
        return json.dumps(value, ensure_ascii=False).replace("\x7f", "\\u007f")
    return repr(value)
