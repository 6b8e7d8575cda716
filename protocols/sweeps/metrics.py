"""Scores of a user's own: functions of a result, each a column of a sweep's table."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from types import BuiltinFunctionType, CodeType, FunctionType, MethodType, ModuleType
from typing import Any

import numpy as np

from hippokv.components import from_file, told
from hippokv.errors import InputError

from ..running.protocol import Result

METRIC_KEY = "--metric"
#: Values whose text says all of them.
PLAIN = (int, float, complex, str, bytes, bool, type(None))
#: How far inside a function or a value what it holds is looked at.
MOST_DEEP = 20
Score = Callable[[Result[Any]], float]


@dataclass(frozen=True)
class Metric:
    """Score a result by a function.

    Parameters
    ----------
    name
        Name of its column, behind ``metrics.``.
    function
        Takes a result and returns a number.
    identity
        Digest of its file, or of its code: rows of another function are never taken for its own.
    reference
        Its file with a full path, a colon and its name, where it is from a file.
    """

    name: str
    function: Score
    identity: str
    reference: str = ""

    def __reduce__(self) -> tuple[Any, ...]:
        """Let a pickle hold the file alone: no other process has the module of its function."""
        if self.reference:
            return _again, (self.reference, self.identity)
        return type(self), (self.name, self.function, self.identity)

    def __call__(self, result: Result[Any]) -> float:
        """Return the score.

        Raises
        ------
        InputError
            For whatever goes wrong in it, or a score that the protocol has.
        """
        if self.name in result.metrics:
            words = f"must have another name: {result.experiment.protocol.name} has such a score"
            raise InputError("metrics", self.name, words)
        try:
            return float(self.function(result))
        except Exception as error:
            words = f"must be able to score this result with a number: {told(error)}"
            raise InputError("metrics", self.name, words) from error


def metrics_of(functions: Mapping[str, Score] | None) -> tuple[Metric, ...]:
    """Return metrics from functions by name.

    Raises
    ------
    InputError
        For what is no dictionary of functions, or a name that no column can have.
    """
    if functions is None:
        return ()
    if not isinstance(functions, Mapping):
        words = "must be a dictionary of functions, such as {'pv_rate': pv_rate}"
        raise InputError("metrics", functions, words)
    for name, function in functions.items():
        _check(name, function)
    return tuple(
        Metric(name, function, _identity(name, function)) for name, function in functions.items()
    )


def metrics_in_files(texts: Iterable[str]) -> tuple[Metric, ...]:
    """Return metrics that are named as ``FILE.py:FUNCTION``.

    Raises
    ------
    InputError
        For the first that is not there or no function, or two of one name.
    """
    found: dict[str, Metric] = {}
    for text in texts:
        metric = _in_file(text)
        if metric.name in found:
            raise InputError(METRIC_KEY, text, "must be given once, with a name of its own")
        found[metric.name] = metric
    return tuple(found.values())


def _identity(name: str, function: Score) -> str:
    try:
        return identity_of(function)
    except (TypeError, ValueError, RecursionError) as error:
        words = f"must be a function that is known again, or one in a file ({METRIC_KEY}): {error}"
        raise InputError("metrics", name, words) from None


def identity_of(function: Score) -> str:
    """Return a digest of what a function does: its code, its defaults and what it is bound to.

    What it reads elsewhere, such as a variable of its module, is not in it.

    Raises
    ------
    TypeError
        Where it is bound to something that cannot be told from another of its kind.
    """
    digest = hashlib.sha256()
    _add(digest.update, function)
    return digest.hexdigest()[:20]


def _in_file(text: str) -> Metric:
    found = from_file(METRIC_KEY, text, "", "a function")
    name = found.reference.rpartition(":")[2]
    _check(name, found.item, text)
    return Metric(name, found.item, found.version, found.reference)


def _again(reference: str, identity: str) -> Metric:
    """Return the metric of a file again, in another process."""
    metric = _in_file(reference)
    if metric.identity != identity:
        words = "must be the same file on every machine and for all of a sweep"
        raise InputError(METRIC_KEY, reference, words)
    return metric


def _check(name: Any, function: Any, given: Any = None) -> None:
    key = "metrics" if given is None else METRIC_KEY
    if not isinstance(name, str) or not re.fullmatch(r"[A-Za-z_]\w*", name):
        words = "must be a name of letters, digits and _, which a column can have"
        raise InputError(key, name, words)
    if not callable(function):
        words = f"must be a function of a result, not an object of {type(function).__name__}"
        raise InputError(key, name if given is None else given, words)


def _add(update: Callable[[bytes], None], item: Any, depth: int = 0) -> None:
    """Add what a function, a part of its code or a value is to a digest.

    Raises
    ------
    TypeError
        For what cannot be told from another of its kind.
    """
    if isinstance(item, (*PLAIN, type, ModuleType, BuiltinFunctionType)):
        # Of a class or a module, its name.
        update(f"{type(item).__qualname__} {item!r};".encode())
        return
    if depth > MOST_DEEP:
        raise TypeError(f"holds {type(item).__name__} too far inside")
    parts = _parts(item)
    update(f"{type(item).__module__}.{type(item).__qualname__} of {len(parts)};".encode())
    for part in parts:
        _add(update, part, depth + 1)


def _parts(item: Any) -> Sequence[Any]:
    """Return what makes a function or a value what it is."""
    if isinstance(item, CodeType):
        return item.co_code, item.co_names, item.co_varnames, item.co_consts
    if isinstance(item, (tuple, list)):
        return item
    if isinstance(item, (set, frozenset)):
        return sorted(map(repr, item))
    if isinstance(item, Mapping):
        return sorted(item.items(), key=repr)
    if isinstance(item, np.ndarray | np.generic) and not item.dtype.hasobject:
        return str(item.dtype), item.shape, item.tobytes()
    if isinstance(item, partial):
        return item.func, item.args, item.keywords
    if isinstance(item, MethodType):
        return item.__func__, item.__self__
    if isinstance(item, FunctionType):
        bound = tuple(cell.cell_contents for cell in item.__closure__ or ())
        defaults = item.__defaults__, item.__kwdefaults__
        return f"{item.__module__}.{item.__qualname__}", item.__code__, defaults, bound
    if hasattr(item, "__dict__"):
        called = vars(type(item)).get("__call__")
        return called if isinstance(called, FunctionType) else "", vars(item)
    raise TypeError(f"holds {type(item).__name__}, which cannot be told from another of its kind")
