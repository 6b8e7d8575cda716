"""Where the items come from: random patterns, handwritten digits, or a file."""

from __future__ import annotations

import csv
import math
import os
import warnings
from array import array
from collections.abc import Iterator
from dataclasses import dataclass
from io import TextIOWrapper
from pathlib import Path
from typing import Any, BinaryIO

import numpy as np
from numpy.typing import NDArray

from hippokv.errors import InputError, one_line
from hippokv.parameter import nearest, parameter
from hippokv.paths import path_of

from .user_files import opened

#: Setting that says where the items come from.
STIMULI = "protocol.stimuli"
FILE_PREFIX = "file:"
#: Sources that need no file.
BUILT_IN = ("random", "digits")
MOST_BYTES = 64_000_000
MOST_ROWS = 100_000
MOST_COLUMNS = 2_000
#: Longest header of a ``.npy`` file, ten times what an array of numbers has.
MOST_HEADER = 1_000
#: Longest line of a ``.csv`` file: four times what the longest numbers of the widest row take.
MOST_LINE = 100 * MOST_COLUMNS
MOST_ITEMS = 2_000


@dataclass(frozen=True)
class StimulusParameters:
    """Hold the settings that choose the items; every protocol has them."""

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
        "+-1 or of grey values, an item a row)",
        source="Tyulmankov et al. 2021, Methods: random +-1",
    )
    own_values: bool = parameter(
        False,
        "true: values are random patterns of their own; false: a value is its own key where the "
        "circuit has as many outputs as inputs",
        source="Tyulmankov et al. 2021, Fig 2: auto-associative",
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
    """

    table: NDArray[np.int8]
    image_shape: tuple[int, int] | None


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
    """

    keys: NDArray[np.int8]
    values: NDArray[np.int8]
    image_shape: tuple[int, int] | None = None


def random_stream(seed: int, purpose: str) -> np.random.Generator:
    """Return random numbers that depend on the seed and on what they are for, and on nothing else.

    So the same seed shows the same items to any circuit, and the first items of a longer list are
    those of a shorter one.
    """
    return np.random.default_rng(np.random.SeedSequence([seed, *purpose.encode()]))


def read_patterns(stimuli: str) -> Patterns | None:
    """Return the patterns of a source, or None for random ones, which take any width.

    Parameters
    ----------
    stimuli
        ``random``, ``digits`` or ``file:PATH``.

    Raises
    ------
    InputError
        For an unknown source, a file that is no table of patterns, or digits without scikit-learn.
    """
    if stimuli == "random":
        return None
    if stimuli == "digits":
        return _digits()
    if stimuli.startswith(FILE_PREFIX):
        return _patterns_of(_table(stimuli), stimuli)
    near = nearest(stimuli, BUILT_IN)
    if Path(stimuli).suffix.lower() in _READERS:
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
    own_values = parameters.own_values or n_inputs != n_outputs
    values = _random(random_stream(seed, "values"), n_items, n_outputs) if own_values else keys
    return Stimuli(keys, values, patterns.image_shape if patterns else None)


def absolute(stimuli: str) -> str:
    """Return the source with the full path of its file, so that it is found from any folder."""
    if not stimuli.startswith(FILE_PREFIX):
        return stimuli
    return FILE_PREFIX + str(_path_of(stimuli).absolute())


def _path_of(stimuli: str) -> Path:
    what = "a file that can be read and ends in .npy or .csv"
    return path_of(STIMULI, stimuli, what, stimuli.removeprefix(FILE_PREFIX))


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


def _table(stimuli: str) -> NDArray[Any]:
    path = _path_of(stimuli)
    reader = _READERS.get(path.suffix.lower())
    if reader is None:
        raise InputError(STIMULI, stimuli, "must be a file that ends in .npy or .csv")
    with opened(STIMULI, stimuli, path, "a file", MOST_BYTES) as stream:
        return reader(stream, stimuli)


def _read_npy(stream: BinaryIO, stimuli: str) -> NDArray[Any]:
    """Return the array of a ``.npy`` file; its header is believed where the file is that long."""
    try:
        shape, in_columns, dtype = _header(stream)
    except Exception as error:
        reason = one_line(str(error).partition("\n")[0] or "a header that cannot be read", 200)
        raise InputError(
            STIMULI, stimuli, f"must be a whole .npy file of numbers, without pickles ({reason})"
        ) from None
    if dtype.hasobject:
        raise InputError(STIMULI, stimuli, "must be a .npy file of numbers, without pickles")
    if dtype.kind not in "biuf":
        raise InputError(STIMULI, stimuli, f"must hold real numbers, not {one_line(str(dtype))}")
    if len(shape) not in (2, 3) or min(shape) < 0:
        shown = one_line(str(shape))
        raise InputError(
            STIMULI, stimuli, f"must have shape (T, d) or (T, height, width), not {shown}"
        )
    rows, width = shape[0], math.prod(shape[1:])
    missing = rows * width * dtype.itemsize - (os.fstat(stream.fileno()).st_size - stream.tell())
    if missing > 0:
        words = f"must be a whole .npy file of numbers: {one_line(str(missing))} bytes are missing"
        raise InputError(STIMULI, stimuli, words)
    _check_size(rows, width, stimuli)
    content = stream.read(rows * width * dtype.itemsize)
    if len(content) < rows * width * dtype.itemsize:
        raise ValueError("it shrinks while it is read")
    table = np.ndarray(shape, dtype, content, order="F" if in_columns else "C")
    return table.astype(np.float64) if dtype.itemsize > 8 else table


def _header(stream: BinaryIO) -> tuple[tuple[int, ...], bool, np.dtype[Any]]:
    """Return shape, order and type that the header of a ``.npy`` file names."""
    with warnings.catch_warnings():
        # What NumPy thinks of a header is of no use to whoever named the file.
        warnings.simplefilter("ignore")
        major, _ = np.lib.format.read_magic(stream)  # type: ignore[no-untyped-call]
        if major > 2:
            raise ValueError(f"its format has version {major}, not 1 or 2")
        formats = np.lib.format
        read: Any = formats.read_array_header_1_0 if major == 1 else formats.read_array_header_2_0
        shape, in_columns, dtype = read(stream, MOST_HEADER)
    return tuple(map(int, shape)), in_columns, dtype


def _read_csv(stream: BinaryIO, stimuli: str) -> NDArray[Any]:
    """Return the numbers of a ``.csv`` file, read no further than to the first that is too many."""
    entries = array("d")
    rows = width = 0
    with TextIOWrapper(stream, encoding="utf-8-sig", newline="") as text:
        reader = csv.reader(_lines(text, stimuli))
        try:
            for line in reader:
                if not line:
                    continue
                rows += 1
                width = width or len(line)
                if len(line) != width:
                    raise InputError(
                        STIMULI, stimuli,
                        f"must have {width} numbers in every row, unlike line {reader.line_num}",
                    )  # fmt: skip
                _check_size(rows, width, stimuli)
                entries.extend(map(float, line))
        except (csv.Error, ValueError) as error:
            if isinstance(error, (InputError, UnicodeError)):
                raise
            raise _no_numbers(stimuli, reader.line_num) from None
    return np.frombuffer(entries).reshape(rows, width) if rows else np.zeros((0, 0))


def _lines(text: TextIOWrapper, stimuli: str) -> Iterator[str]:
    """Yield lines of a file of numbers; none is too long to be one."""
    read = 0
    for number in range(1, 2 * MOST_ROWS + 1):
        line = text.readline(MOST_LINE + 1)
        if not line:
            return
        read += len(line)
        if len(line) > MOST_LINE or read > MOST_BYTES:
            raise InputError(STIMULI, stimuli, f"must have {_SIZE}, unlike line {number}")
        # Python reads 1_0 as 10, and the digits of every script.
        if "_" in line or not line.isascii():
            raise _no_numbers(stimuli, number)
        yield line
    if text.readline(1):
        raise InputError(
            STIMULI, stimuli, f"must have {_SIZE}, not more than {2 * MOST_ROWS} lines"
        )


def _no_numbers(stimuli: str, line: int) -> InputError:
    words = f"must hold numbers between commas, which line {line} does not"
    return InputError(STIMULI, stimuli, words)


def _check_size(rows: int, width: int, stimuli: str) -> None:
    if rows > MOST_ROWS or width > MOST_COLUMNS:
        of = f"{rows} of {width}" if width > MOST_COLUMNS else f"{rows} or more"
        raise InputError(STIMULI, stimuli, f"must have {_SIZE}, not {of}")


def _patterns_of(table: NDArray[Any], stimuli: str) -> Patterns:
    rows, width = len(table), math.prod(table.shape[1:])
    if rows == 0 or width == 0:
        raise InputError(STIMULI, stimuli, "must hold at least one item with at least one entry")
    if not np.isfinite(table).all():
        raise InputError(STIMULI, stimuli, "must hold finite numbers only, no NaN and no infinity")
    low, high = np.float64(table.min()), np.float64(table.max())
    if low == high:
        raise InputError(
            STIMULI, stimuli, f"must hold more than one number, not {low:g} throughout"
        )
    if low < 0 and not ((table == -1) | (table == 1)).all():
        raise InputError(
            STIMULI, stimuli, "must hold -1 and 1 only, or grey values that are all 0 or more"
        )
    signs = np.where(table > low + (high - low) / 2, np.int8(1), np.int8(-1))
    return Patterns(signs.reshape(rows, width), _image_shape(table.shape))


def _image_shape(shape: tuple[int, ...]) -> tuple[int, int] | None:
    if len(shape) == 3:
        return shape[1], shape[2]
    side = math.isqrt(shape[1])
    return (side, side) if side > 1 and side * side == shape[1] else None


_SIZE = f"at most {MOST_ROWS} items of {MOST_COLUMNS} entries"
_READERS = {".npy": _read_npy, ".csv": _read_csv}
