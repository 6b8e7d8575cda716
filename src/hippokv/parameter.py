"""Parameters: plain numbers whose name carries the unit and whose field carries meaning and source.

A physical constant is a dataclass field named ``<quantity>_<unit>`` (``leak_nS``). Dataclasses
hold floats only; :func:`si_values` attaches the units where the simulator needs them.
"""

from __future__ import annotations

import dataclasses
import logging
import math
import sys
from collections.abc import Collection, Iterable, Iterator, Mapping
from functools import cache
from typing import Any, NamedTuple

from .errors import InputError


class Unit(NamedTuple):
    """Say what a unit is to the simulator, and which range most quantities in it have."""

    expression: str
    factor: float
    low: float = -math.inf
    high: float = math.inf


#: Suffix of a field name -> the unit as an expression of Brian2, its factor to SI units, and the
#: range of a quantity that names none.
UNITS = {
    "pF": Unit("farad", 1e-12, 1.0, 10_000.0),
    "nS": Unit("siemens", 1e-9, 0.0, 1000.0),
    "pA": Unit("amp", 1e-12, 0.0, 10_000.0),
    "mV": Unit("volt", 1e-3),
    "ms": Unit("second", 1e-3, 1.0, 10_000.0),
    "s": Unit("second", 1.0),
    "Hz": Unit("hertz", 1.0, 1.0, 10_000.0),
    "cm": Unit("meter", 1e-2),
    "cm_per_s": Unit("meter/second", 1e-2),
    "deg_per_s": Unit("radian/second", math.pi / 180),
    "mW_per_mm2": Unit("watt/meter**2", 1e3, 0.0, 1000.0),
}
#: Keys as they were once called, which are still understood, and what they are called now.
FORMER_KEYS = {
    "protocol.hetero": "protocol.own_values",
    "protocol.frequency_hz": "protocol.frequency_Hz",
    "protocol.irradiance_mW_mm2": "protocol.irradiance_mW_per_mm2",
}
#: Types of values that hold no others.
PLAIN = (float, int, str, bool)
_LOG = logging.getLogger("hippokv")
#: Longest text that a setting takes: longer than every path, short enough for a file of settings.
MOST_CHARACTERS = 10_000


def parameter(
    default: Any,
    meaning: str,
    *,
    source: str = "",
    chosen: str = "",
    low: float | None = None,
    high: float | None = None,
    choices: Collection[str] | Collection[float] = (),
    step: float = 0.0,
    structural: bool = False,
) -> Any:
    """Declare a dataclass field with its meaning, its source and the range that is allowed.

    Parameters
    ----------
    default
        Value in the unit that ends the field's name.
    meaning
        What the number is, for ``--help``.
    source
        Where the value is from: paper and place, or a measurement of ours and where it stands.
    chosen
        Why the value was chosen, where it is from nowhere.
    low, high
        Smallest and largest value allowed; by default what the unit has in ``UNITS``.
    choices
        The words or numbers allowed, where they can be listed.
    step
        The number must be a multiple of it, where it is not 0.
    structural
        True where the value shapes the generated code, so that another value is compiled anew.

    Raises
    ------
    TypeError
        Where not exactly one of ``source`` and ``chosen`` is given.
    """
    if bool(source) == bool(chosen):
        raise TypeError(
            f"the parameter {meaning!r} must have either source='paper and place' or chosen='why'"
        )
    metadata = {
        "meaning": meaning,
        "source": source or f"chosen: {chosen}",
        "low": low,
        "high": high,
        "choices": choices,
        "step": step,
        "structural": structural,
    }
    return dataclasses.field(default=default, metadata=metadata)


def fraction(
    default: float, meaning: str, *, source: str = "", chosen: str = "", structural: bool = False
) -> Any:
    """Declare a share, probability or efficacy, from 0 to 1, as :func:`parameter` does."""
    return parameter(
        default, meaning, source=source, chosen=chosen, low=0.0, high=1.0, structural=structural
    )


def redeclared(
    base: type[Any], name: str, default: Any = None, *, source: str = "", chosen: str = ""
) -> Any:
    """Declare a field as another dataclass does, but for its default and where that is from.

    Without a default the field is declared as there, where a class between has another.

    Parameters
    ----------
    base
        The dataclass whose field it is.
    name
        Name of the field.
    default, source, chosen
        As those of :func:`parameter`.
    """
    field = base.__dataclass_fields__[name]
    if default is None:
        return dataclasses.field(default=field.default, metadata=field.metadata)
    alike = dict(field.metadata, source=source, chosen=chosen)
    return parameter(default, alike.pop("meaning"), **alike)


@cache
def unit_of(name: str) -> str:
    """Return the unit that a field's name carries, or an empty string."""
    fitting = [unit for unit in UNITS if name.endswith(f"_{unit}")]
    return max(fitting, key=len, default="")


def si_unit(name: str) -> tuple[str, float]:
    """Return the unit of a field's name in words of Brian2, and its factor to SI units."""
    unit = _unit(name)
    return unit.expression, unit.factor


@cache
def quantity_of(name: str) -> str:
    """Return a field's name without its unit."""
    return name.removesuffix(f"_{unit_of(name)}") if unit_of(name) else name


def leaves(parameters: Any, prefix: str = "") -> Iterator[tuple[str, Any, dataclasses.Field[Any]]]:
    """Yield every number of nested parameter dataclasses as (dotted key, value, field).

    A field that was not declared with :func:`parameter` is none of them.
    """
    kind: Any = type(parameters)
    for field in _fields_of(kind):
        value = getattr(parameters, field.name)
        # Nearly all are numbers, and whoever reads settings goes through hundreds again and again.
        if type(value) not in PLAIN and dataclasses.is_dataclass(value):
            yield from leaves(value, f"{prefix}{field.name}.")
        elif field.metadata:
            yield f"{prefix}{field.name}", value, field


_fields_of = cache(dataclasses.fields)


def bounds(field: dataclasses.Field[Any]) -> tuple[float, float]:
    """Return the smallest and largest value of a number, those of its unit where it names none."""
    about, unit = field.metadata, _unit(field.name)
    if about["choices"]:
        return -math.inf, math.inf
    return (
        unit.low if about["low"] is None else about["low"],
        unit.high if about["high"] is None else about["high"],
    )


def allowed(field: dataclasses.Field[Any]) -> str:
    """Say in words what a field accepts."""
    about = field.metadata
    if about["choices"]:
        return "must be one of " + ", ".join(map(_shown, about["choices"]))
    kind = {int: "a whole number", float: "a number", str: "text", bool: "true or false"}[
        type(field.default)
    ]
    low, high = bounds(field)
    unit = unit_of(field.name)
    if math.isinf(low) and math.isinf(high):
        span = ""
    elif math.isinf(high):
        span = f" of {_shown(low)} or more"
    elif math.isinf(low):
        span = f" of {_shown(high)} or less"
    else:
        span = f" from {_shown(low)} to {_shown(high)}"
    step = f", a multiple of {_shown(about['step'])}" if about["step"] else ""
    return f"must be {kind}{span}{step}" + (f" (in {unit})" if unit else "")


def plain(value: Any) -> Any:
    """Return a number or text of NumPy's as Python's own with the same value, all else as it is.

    A whole number stays whole and a float a float. Quantities with a unit, masked values, times and
    arrays of more than one number are left as they are, so that no field takes them.
    """
    # A value of NumPy's cannot be there before NumPy is.
    numpy = sys.modules.get("numpy")
    if numpy is None or not (isinstance(value, numpy.generic) or type(value) is numpy.ndarray):
        return value
    if value.ndim or value.dtype.kind not in "biufU":
        return value
    # What is longer than a Python float is an item of itself.
    return float(value) if value.dtype.kind == "f" else value.item()


def plain_values(values: Mapping[str, Any], name: str = "settings") -> dict[str, Any]:
    """Return settings by dotted key, each as Python's own value.

    Raises
    ------
    InputError
        For anything but a dictionary with texts as keys; ``name`` is what it is called.
    """
    if not isinstance(values, Mapping):
        raise InputError(name, values, "must be a dictionary with dotted keys")
    for key in values:
        if not isinstance(key, str):
            raise InputError(name, key, "must have dotted keys, such as 'run.dt_ms'")
    return {_present_key(str(key), values): plain(value) for key, value in values.items()}


def _present_key(key: str, values: Mapping[str, Any]) -> str:
    """Return what a key is called now, and say so where it was called otherwise."""
    present = FORMER_KEYS.get(key, key)
    if present != key:
        if present in values:
            raise InputError(key, values[key], f"must be left out: {present} is given too")
        _LOG.warning("hippokv: %s is called %s now", key, present)
    return present


def checked(key: str, value: Any, field: dataclasses.Field[Any]) -> Any:
    """Return a value in the field's own type, or say why it cannot be used.

    Raises
    ------
    InputError
        For a wrong type, a number that is not finite or out of range, an unknown word, or a text
        that no file of settings can hold.
    """
    value = plain(value)
    kind = type(field.default)
    if type(value) is int and kind is float and abs(value) < 2**1000:
        value = float(value)
    if type(value) is not kind or not _accepted(value, field):
        words = [word for word in field.metadata["choices"] if isinstance(word, str)]
        raise InputError(key, value, allowed(field) + nearest(value, words))
    if isinstance(value, str):
        _check_text(key, value)
    return value


def with_values(parameters: Any, values: dict[str, Any], prefix: str = "") -> Any:
    """Return parameters with some of their dotted keys changed, each value checked.

    Raises
    ------
    InputError
        For an unknown key or a value that its field does not accept.
    """
    known = {key: field for key, _, field in leaves(parameters)}
    for key, value in plain_values(values).items():
        if key not in known:
            near = nearest(key, known, prefix)
            raise InputError(prefix + key, value, "must be a known key" + near)
        parameters = _replaced(parameters, key.split("."), checked(prefix + key, value, known[key]))
    return parameters


def nearest(given: Any, known: Iterable[str], prefix: str = "") -> str:
    """Return a question that names the known words near one that is not, or an empty string.

    Parameters
    ----------
    given
        What was given; only a text is near anything.
    known
        The known words, in which case and dotted beginnings may differ.
    prefix
        Written before each word that is named.
    """
    import difflib

    names = list(known)
    if not isinstance(given, str) or len(given) > MOST_CHARACTERS:
        return ""
    lowered, typed = {name.lower(): name for name in names}, given.lower()
    like = [typed] if typed in lowered else difflib.get_close_matches(typed, lowered)
    close = [lowered[name] for name in like]
    if not close:
        last = given.rpartition(".")[2]
        close = [name for name in names if name.rpartition(".")[2] == last][:3]
    return (", did you mean " + " or ".join(prefix + name for name in close) + "?") if close else ""


def si_values(parameters: Any, only: tuple[str, ...] = ()) -> dict[str, float]:
    """Return a dataclass's own constants in SI units, by quantity; all or ``only`` some."""
    return {
        quantity: float(getattr(parameters, field.name)) * si_unit(field.name)[1]
        for quantity, field in constant_fields(parameters, only)
    }


def with_quantity(parameters: Any, quantity: str, value: float) -> Any:
    """Return a dataclass with another value of one of its constants, in SI units."""
    for name, field in constant_fields(parameters, (quantity,)):
        if name == quantity:
            return dataclasses.replace(parameters, **{field.name: value / si_unit(field.name)[1]})
    raise KeyError(quantity)


def constant_fields(
    parameters: Any, only: Collection[str] = ()
) -> Iterator[tuple[str, dataclasses.Field[Any]]]:
    """Yield a dataclass's own numbers as (quantity, field), all or ``only`` some."""
    for field in dataclasses.fields(parameters):
        quantity = quantity_of(field.name)
        if not field.metadata or field.metadata["structural"]:
            continue
        if type(field.default) in (float, int) and (not only or quantity in only):
            yield quantity, field


def _unit(name: str) -> Unit:
    return UNITS.get(unit_of(name), Unit("1", 1.0))


def _accepted(value: Any, field: dataclasses.Field[Any]) -> bool:
    about = field.metadata
    if about["choices"]:
        return value in about["choices"]
    if type(value) not in (int, float):
        return True
    # Comparisons with NaN are false; a whole number may be too large for math.isfinite.
    low, high = bounds(field)
    if not low <= value <= high or value in (math.inf, -math.inf):
        return False
    return not about["step"] or value % about["step"] == 0


def _check_text(key: str, text: str) -> None:
    if len(text) > MOST_CHARACTERS:
        raise InputError(key, text, f"must be text of at most {MOST_CHARACTERS} characters")
    try:
        text.encode()
    except UnicodeEncodeError:
        raise InputError(key, text, "must be text that can be written in UTF-8") from None


def _shown(value: Any) -> str:
    whole = isinstance(value, (int, float)) and value == round(value) and abs(value) < 1e15
    return f"{value:.0f}" if whole else f"{value}"


def _replaced(parameters: Any, path: list[str], value: Any) -> Any:
    if len(path) > 1:
        value = _replaced(getattr(parameters, path[0]), path[1:], value)
    return dataclasses.replace(parameters, **{path[0]: value})
