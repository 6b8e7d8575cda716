"""Presets: named sets of values for the parameters of a circuit, each with where it is from.

A preset is data. Where settings name one, its values take the place of the defaults, and what else
is given changes them in turn; configuration, help and descriptions then show the values
themselves, and the preset's reason or source in the place of the default's.
"""

from __future__ import annotations

import dataclasses
import math
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from importlib import import_module
from typing import Any

from hippokv.errors import InputError
from hippokv.parameter import checked, leaves, parameter, unit_of, with_values

#: Name of the parameter that names a preset, its key in settings, and its value without one.
PRESET, PRESET_KEY, NO_PRESET = "preset", "circuit.preset", "none"
#: Name in settings -> module that holds it as ``PRESET``.
PRESETS = {
    "physiological": "hippokv.circuits.physiological",
    "differing": "hippokv.circuits.differing",
}


@dataclass(frozen=True)
class PresetValue:
    """Hold a value of a preset, and what is published of it.

    Parameters
    ----------
    key
        Dotted key in settings.
    value
        The value, in the unit that ends the key.
    source
        Paper, and what it has; why it was chosen, where nobody has measured such a thing.
    low, high
        Smallest and largest value that the source has; infinite where there is no range.
    """

    key: str
    value: Any
    source: str
    low: float = -math.inf
    high: float = math.inf

    @property
    def published(self) -> bool:
        """Whether the value has a published range."""
        return math.isfinite(self.low) and math.isfinite(self.high)

    @property
    def unit(self) -> str:
        """The unit of the value, low and high."""
        return unit_of(self.key.rpartition(".")[2])


@dataclass(frozen=True)
class Derived:
    """Hold a quantity that follows from several values of a preset, and what is published of it.

    Parameters
    ----------
    name, unit
        What it is, and its unit.
    of
        Returns it for parameters of the circuit.
    source, low, high
        As those of a :class:`PresetValue`.
    """

    name: str
    unit: str
    of: Callable[[Any], float]
    source: str
    low: float
    high: float


@dataclass(frozen=True)
class Preset:
    """Hold a named set of values.

    Parameters
    ----------
    name
        Its name in settings.
    circuit
        The circuit that it is made for.
    values
        The values of the circuit, and of the experiments that have such settings.
    derived
        What follows from several of them.
    """

    name: str
    circuit: str
    values: tuple[PresetValue, ...]
    derived: tuple[Derived, ...] = ()

    def by_key(self) -> dict[str, PresetValue]:
        """Return the values by their keys in settings."""
        return {one.key: one for one in self.values}


def within(key: str, value: float, low: float, high: float, source: str) -> PresetValue:
    """Return a value with the range that a source has of it."""
    return PresetValue(key, value, source, low, high)


def chosen(key: str, value: Any, why: str) -> PresetValue:
    """Return a value of which nothing is published."""
    return PresetValue(key, value, f"chosen: {why}")


def preset_among(*names: str) -> Any:
    """Declare the parameter of a circuit that names one of its presets, or none."""
    return parameter(
        NO_PRESET,
        "a named set of values in the place of the defaults, which other settings change in turn",
        chosen="the defaults" if names else "none is made for this circuit",
        choices=(NO_PRESET, *names),
    )


def _named(name: Any, field: dataclasses.Field[Any]) -> str:
    """Return the name of a preset that a circuit has, or say whose it is."""
    try:
        found: str = checked(PRESET_KEY, name, field)
    except InputError as error:
        if not isinstance(name, str) or name not in PRESETS:
            raise
        whose = f"{error.allowed}: that preset is of run.circuit = {find_preset(name).circuit}"
        raise InputError(PRESET_KEY, name, whose) from None
    return found


def own_preset(parameters: Any) -> str:
    """Return the preset that settings of a circuit have where they name none.

    Parameters that are made in Python have the defaults of their fields: an experiment may have to
    do what a preset needs, as an idle epoch.
    """
    name: str = getattr(parameters, "own_preset", NO_PRESET)
    return name


def find_preset(name: str) -> Preset:
    """Return the preset of a name in ``PRESETS``."""
    found: Preset = import_module(PRESETS[name]).PRESET
    return found


def preset_values(
    settings: Any, given: Mapping[str, Any], but: Iterable[str] = ()
) -> dict[str, Any]:
    """Return the values of a preset, by key, as far as settings have such keys.

    It is the one that is given, else the one that the circuit has of itself, where settings have
    all of its keys.

    Parameters
    ----------
    settings
        Nested dataclasses of settings, those of the circuit under ``circuit``.
    given
        Values by dotted key.
    but
        Keys that the preset leaves alone.

    Raises
    ------
    InputError
        For an unknown preset.
    """
    known = {key: field for key, _, field in leaves(settings)}
    if PRESET_KEY not in known:
        return {}
    if PRESET_KEY in given:
        name = _named(given[PRESET_KEY], known[PRESET_KEY])
    else:
        name = own_preset(settings.circuit)
        if name != NO_PRESET and not find_preset(name).by_key().keys() <= known.keys():
            return {}
    if name == NO_PRESET:
        return {}
    found = {one.key: one.value for one in find_preset(name).values if one.key in known}
    return {PRESET_KEY: name, **{key: value for key, value in found.items() if key not in set(but)}}


def without_preset(kept: Mapping[str, Any], given: Mapping[str, Any]) -> dict[str, Any]:
    """Return settings that were kept without the values of their preset, where another is given.

    A file has every number, those of its preset too, and would give them under the other's name.

    Parameters
    ----------
    kept, given
        Values by dotted key: those kept, and those that will change them.
    """
    name = kept.get(PRESET_KEY)
    if name not in PRESETS or given.get(PRESET_KEY, name) == name:
        return dict(kept)
    own = find_preset(name).by_key()
    return {key: value for key, value in kept.items() if key not in own or value != own[key].value}


def source_of(settings: Any, key: str, value: Any, field: dataclasses.Field[Any]) -> str:
    """Return where a value is from: the preset where it is its, else what its field says.

    Parameters
    ----------
    settings
        The parameters of the circuit, which may name a preset.
    key
        Dotted key in settings.
    value, field
        The value and its field.
    """
    name = getattr(settings, PRESET, NO_PRESET)
    one = find_preset(name).by_key().get(key) if name in PRESETS else None
    said: str = one.source if one and one.value == value else field.metadata["source"]
    return said


def check_preset(parameters: Any) -> None:
    """Make sure that parameters that name a preset have at least one of its values.

    Parameters that only name it are those of no preset, whatever else they change.

    Raises
    ------
    InputError
        Where none of its values is there that differs from the default.
    """
    name = getattr(parameters, PRESET, NO_PRESET)
    if name == NO_PRESET:
        return
    default = {key: value for key, value, _ in leaves(type(parameters)(), "circuit.")}
    own = find_preset(name).by_key()
    if not any(
        key in own and value == own[key].value != default[key]
        for key, value, _ in leaves(parameters, "circuit.")
    ):
        raise InputError(
            PRESET_KEY, name,
            "must be given as a setting, or by with_preset(parameters): its values are not here",
        )  # fmt: skip


def with_preset(parameters: Any, name: str) -> Any:
    """Return parameters of a circuit with the values of a preset.

    Parameters
    ----------
    parameters
        The parameters; all that the preset has is changed.
    name
        Name of the preset.

    Raises
    ------
    InputError
        For an unknown preset.
    """
    held = dataclasses.make_dataclass("Held", ["circuit"])(parameters)
    found = preset_values(held, {PRESET_KEY: name})
    own = {key.removeprefix("circuit."): value for key, value in found.items()}
    return with_values(parameters, own, "circuit.")
