"""Where the items come from: random patterns, handwritten digits, files, or arrays."""

from __future__ import annotations

import hashlib
import math
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, ClassVar

import numpy as np
from numpy.typing import NDArray

from hippokv.components import FILE_PREFIX
from hippokv.errors import InputError
from hippokv.parameter import nearest, parameter
from hippokv.paths import path_of

from .pattern_files import (
    ENDINGS,
    KEYS,
    LABELS,
    TABLES,
    VALUES,
    Given,
    Tables,
    check_rows,
    labels_of,
    read_tables,
    signs_of,
    table_of,
)

#: Settings that say where the items come from, and their values where those have a file.
STIMULI, OWN_VALUES = "protocol.stimuli", "protocol.values"
#: No file of values.
NO_FILE = "none"
#: Argument that gives items as arrays, and what stands for them where they are not written.
ARGUMENT, ARRAYS_PREFIX = "stimuli", "arrays:"
#: Sources that need no file.
BUILT_IN = ("random", "digits")
MOST_ITEMS = 2_000


@dataclass(frozen=True)
class StimulusParameters:
    """Hold the settings that choose the items; every protocol has them.

    A protocol that makes the values itself says in ``made_values`` what they are: it takes none
    from a file.
    """

    made_values: ClassVar[str] = ""

    n_items: int = parameter(
        40,
        "number of items stored (of a file: all its rows, unless set)",
        source="Tyulmankov et al. 2021, Fig 2: as many as slots",
        low=1,
        high=MOST_ITEMS,
    )
    stimuli: str = parameter(
        "random",
        "the items: random (+-1), digits (8 x 8 handwritten digits) or file:PATH (.npy or .csv of "
        "+-1 or of grey values, an item a row; .npz with such arrays keys and perhaps values, and "
        "labels)",
        source="Tyulmankov et al. 2021, Methods: random +-1",
    )
    own_values: bool = parameter(
        False,
        "true: values are random patterns of their own; false: a value is its own key where the "
        "circuit has as many outputs as inputs; of no effect where a file has values",
        source="Tyulmankov et al. 2021, Fig 2: auto-associative",
    )
    values: str = parameter(
        NO_FILE,
        "file:PATH (.npy or .csv) with the value of each item of the file of stimuli, or none",
        chosen="none",
    )

    @property
    def items_key(self) -> str:
        """Setting that says how many items the protocol needs."""
        return "protocol.n_items"

    def total_items(self, n_slots: int) -> int:
        """Return how many items the protocol needs, for a circuit with so many slots.

        Raises
        ------
        InputError
            Where the settings do not say.
        """
        return self.n_items


@dataclass(frozen=True)
class Patterns:
    """Hold the patterns of a source with a width of its own.

    Parameters
    ----------
    table
        Patterns in -1 and 1, shape (rows, d).
    image_shape
        Height and width, where the patterns are images.
    values
        Patterns of values, shape (rows, m), where the source has such.
    labels
        A name for each, where the source has such.
    """

    table: NDArray[np.int8]
    image_shape: tuple[int, int] | None
    values: NDArray[np.int8] | None = None
    labels: tuple[str, ...] = ()

    def arrays(self) -> dict[str, NDArray[Any]]:
        """Return the arrays of an ``.npz`` file that is read back as these patterns."""
        found: dict[str, NDArray[Any]] = {KEYS: self.table}
        if self.image_shape:
            found[KEYS] = self.table.reshape(-1, *self.image_shape)
        if self.values is not None:
            found[VALUES] = self.values
        if self.labels:
            found[LABELS] = np.array(self.labels)
        return found

    @property
    def source(self) -> str:
        """What stands for these patterns in settings where they are in no file."""
        digest = hashlib.sha256()
        for name, array in self.arrays().items():
            digest.update(f"{name}{array.dtype.str}{array.shape}".encode() + array.tobytes())
        return ARRAYS_PREFIX + digest.hexdigest()[:16]


@dataclass(frozen=True)
class Stimuli:
    """Hold the items to store.

    Parameters
    ----------
    keys
        Keys in -1 and 1, shape (T, d).
    values
        Values in -1 and 1, shape (T, m).
    image_shape
        Height and width of a key, where it is an image.
    labels
        A name for each item, where its source has such.
    """

    keys: NDArray[np.int8]
    values: NDArray[np.int8]
    image_shape: tuple[int, int] | None = None
    labels: tuple[str, ...] = ()

    def __repr__(self) -> str:
        (count, keys), values = self.keys.shape, self.values.shape[1]
        return f"<Stimuli: {count} items, keys of {keys} entries, values of {values}>"


#: Patterns that were given as arrays, by what stands for them in settings.
_OFFERED: ContextVar[Mapping[str, Patterns]] = ContextVar("offered", default={})  # noqa: B039


@contextmanager
def offered(source: str, patterns: Patterns) -> Iterator[None]:
    """Let a source stand for patterns inside the block."""
    token = _OFFERED.set({**_OFFERED.get(), source: patterns})
    try:
        yield
    finally:
        _OFFERED.reset(token)


def patterns_of_arrays(stimuli: Any) -> Patterns:
    """Return keys, or (keys, values) or (keys, values, labels), as patterns.

    Grey values are split half-way, as those of a file are.

    Raises
    ------
    InputError
        For what is none of these.
    """
    if isinstance(stimuli, list) and stimuli and all(np.ndim(part) == 2 for part in stimuli):
        words = "must be (keys, values), a tuple, or one array of shape (T, height, width)"
        raise Given(ARGUMENT, "a list of tables").refused(words)
    parts = stimuli if isinstance(stimuli, tuple) else (stimuli,)
    given = Given(ARGUMENT, f"{len(parts)} arrays" if len(parts) > 1 else "an array")
    if not 1 <= len(parts) <= 3:
        raise given.refused("must be keys, (keys, values) or (keys, values, labels)")
    named = dict(zip((KEYS, VALUES, LABELS), parts, strict=False))
    keys = table_of(named[KEYS], replace(given, within=KEYS))
    values, labels = named.get(VALUES), named.get(LABELS)
    return _patterns(
        Tables(
            keys,
            None if values is None else table_of(values, replace(given, within=VALUES)),
            () if labels is None else labels_of(labels, replace(given, within=LABELS)),
        ),
        given,
    )


def random_stream(seed: int, purpose: str) -> np.random.Generator:
    """Return random numbers that depend on the seed and on what they are for, and on nothing else.

    So the same seed shows the same items to any circuit, and the first items of a longer list are
    those of a shorter one.
    """
    return np.random.default_rng(np.random.SeedSequence([seed, *purpose.encode()]))


def read_patterns(stimuli: str, values: str = NO_FILE) -> Patterns | None:
    """Return the patterns of a source, or None for random ones, which take any width.

    Parameters
    ----------
    stimuli
        ``random``, ``digits`` or ``file:PATH``.
    values
        ``none``, or ``file:PATH`` of the values beside a file of keys.

    Raises
    ------
    InputError
        For an unknown source, a file that is no table of patterns, or digits without scikit-learn.
    """
    if values != NO_FILE:
        return _patterns_of_two(stimuli, values)
    if stimuli in _OFFERED.get():
        return _OFFERED.get()[stimuli]
    if stimuli == "random":
        return None
    if stimuli == "digits":
        return _digits()
    if stimuli.startswith(FILE_PREFIX):
        given = Given(STIMULI, stimuli)
        return _patterns(read_tables(given), given)
    if stimuli.startswith(ARRAYS_PREFIX):
        words = f"must be given as arrays again, by hippokv.run(..., {ARGUMENT}=...)"
        raise InputError(STIMULI, stimuli, words)
    near = nearest(stimuli, BUILT_IN)
    if Path(stimuli).suffix.lower() in ENDINGS:
        near = f", did you mean {FILE_PREFIX}{stimuli}?"
    raise InputError(STIMULI, stimuli, f"must be random, digits or file:PATH{near}")


def is_source(text: str) -> bool:
    """Return whether a text says where items come from, whatever there may be."""
    return text in BUILT_IN or text.startswith(FILE_PREFIX)


def draw_stimuli(
    parameters: StimulusParameters,
    patterns: Patterns | None,
    n_items: int,
    n_inputs: int,
    n_outputs: int,
    seed: int,
) -> Stimuli:
    """Choose the items: the first rows of a file, some of the digits, or random patterns.

    Parameters
    ----------
    parameters
        Where they come from.
    patterns
        What :func:`read_patterns` returned.
    n_items
        How many items.
    n_inputs, n_outputs
        Widths of keys and values.
    seed
        Seed of every draw.

    Raises
    ------
    InputError
        Where the source has fewer items.
    """
    if patterns is None:
        keys = _random(random_stream(seed, "keys"), n_items, n_inputs)
    else:
        rows = len(patterns.table)
        if n_items > rows:
            raise InputError(
                parameters.items_key, n_items, f"must be at most {rows}, the number of {STIMULI}"
            )
        chosen = np.arange(n_items)
        if parameters.stimuli == "digits":
            chosen = random_stream(seed, "digits").permutation(rows)[:n_items]
        keys = patterns.table[chosen]
        if patterns.values is not None:
            labels = patterns.labels[:n_items]
            return Stimuli(keys, patterns.values[chosen], patterns.image_shape, labels)
    own_values = parameters.own_values or n_inputs != n_outputs
    values = _random(random_stream(seed, "values"), n_items, n_outputs) if own_values else keys
    if patterns is None:
        return Stimuli(keys, values)
    return Stimuli(keys, values, patterns.image_shape, patterns.labels[:n_items])


def absolute(stimuli: str, key: str = STIMULI) -> str:
    """Return the source with the full path of its file, so that it is found from any folder."""
    if not stimuli.startswith(FILE_PREFIX):
        return stimuli
    what = "the name of a file"
    path = path_of(key, stimuli, what, stimuli.removeprefix(FILE_PREFIX))
    return FILE_PREFIX + str(path.absolute())


def _patterns(tables: Tables, given: Given) -> Patterns:
    """Return tables as patterns; an error names the array where there are several."""
    several = tables.values is not None or tables.labels
    keys = signs_of(tables.keys, replace(given, within=KEYS) if several else given)
    check_rows(tables, given)
    values = tables.values
    if values is not None:
        values = signs_of(values, replace(given, within=VALUES))
    return Patterns(keys, _image_shape(tables.keys.shape), values, tables.labels)


def _patterns_of_two(stimuli: str, values: str) -> Patterns:
    """Return the patterns of a file of keys and one of values."""
    keys, behind = Given(STIMULI, stimuli), Given(OWN_VALUES, values)
    if not values.startswith(FILE_PREFIX):
        raise behind.refused(f"must be file:PATH or {NO_FILE}")
    if not stimuli.startswith(FILE_PREFIX):
        raise behind.refused(f"must be {NO_FILE} where {STIMULI} is {stimuli}, which is no file")
    found = read_tables(keys)
    if found.values is not None:
        raise behind.refused(f"must be {NO_FILE} where the file of {STIMULI} has values")
    others = read_tables(behind, TABLES).keys
    if len(others) != len(found.keys):
        words = f"must have {len(found.keys)} rows, as many as {STIMULI}, not {len(others)}"
        raise behind.refused(words)
    return replace(_patterns(found, keys), values=signs_of(others, behind))


def _image_shape(shape: tuple[int, ...]) -> tuple[int, int] | None:
    if len(shape) == 3:
        return shape[1], shape[2]
    side = math.isqrt(shape[1])
    return (side, side) if side > 1 and side * side == shape[1] else None


def _random(stream: np.random.Generator, rows: int, width: int) -> NDArray[np.int8]:
    return (2 * stream.integers(0, 2, (rows, width)) - 1).astype(np.int8)


def _digits() -> Patterns:
    try:
        from sklearn.datasets import load_digits
    except ImportError:
        raise InputError(
            STIMULI, "digits", 'must have scikit-learn installed: pip install "hippokv[digits]"'
        ) from None
    grey = np.asarray(load_digits().data, dtype=float)
    return Patterns(np.where(grey > grey.max() / 2, 1, -1).astype(np.int8), (8, 8))
