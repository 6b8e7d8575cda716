"""Where the items come from: random patterns, handwritten digits, or a file."""

from __future__ import annotations

import csv
import io
import math
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from hippokv.errors import InputError
from hippokv.parameter import parameter

#: Setting that says where the items come from.
KEY = "protocol.stimuli"
FILE_PREFIX = "file:"
MOST_BYTES = 64_000_000
MOST_ROWS = 100_000
MOST_COLUMNS = 2_000
MOST_ITEMS = 2_000


@dataclass(frozen=True)
class StimulusParameters:
    """Hold the settings that choose the items; every protocol has them."""

    # fmt: off
    n_items: int = parameter(40, "number of items stored (of a file: all its rows, unless set)", "Tyulmankov et al. 2021, Fig 2: as many as slots", low=1, high=MOST_ITEMS)
    stimuli: str = parameter("random", "the items: random (+-1), digits (8 x 8 handwritten digits) or file:PATH (.npy or .csv of +-1 or of grey values, an item a row)", "Tyulmankov et al. 2021, Methods: random +-1")
    hetero: bool = parameter(False, "true: values are random patterns of their own; false: a value is its own key where the circuit has as many outputs as inputs", "Tyulmankov et al. 2021, Fig 2: auto-associative")
    # fmt: on

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


#: The stimuli of a protocol that stores no items.
NO_STIMULI = Stimuli(np.zeros((0, 0), np.int8), np.zeros((0, 0), np.int8))


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
    raise InputError(KEY, stimuli, "must be random, digits or file:PATH")


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
                parameters.items_key, n_items, f"must be at most {rows}, the number of {KEY}"
            )
        chosen = np.arange(n_items)
        if parameters.stimuli == "digits":
            chosen = random_stream(seed, "digits").permutation(rows)[:n_items]
        keys = patterns.table[chosen]
    own_values = parameters.hetero or n_inputs != n_outputs
    values = _random(random_stream(seed, "values"), n_items, n_outputs) if own_values else keys
    return Stimuli(keys, values, patterns.image_shape if patterns else None)


def absolute(stimuli: str) -> str:
    """Return the source with the full path of its file, so that it is found from any folder."""
    if not stimuli.startswith(FILE_PREFIX):
        return stimuli
    return FILE_PREFIX + str(_path_of(stimuli).absolute())


def _path_of(stimuli: str) -> Path:
    try:
        return Path(stimuli.removeprefix(FILE_PREFIX)).expanduser()
    except RuntimeError as error:
        raise InputError(KEY, stimuli, f"must be a file that can be read ({error})") from None


def _random(stream: np.random.Generator, rows: int, width: int) -> NDArray[np.int8]:
    return (2 * stream.integers(0, 2, (rows, width)) - 1).astype(np.int8)


def _digits() -> Patterns:
    try:
        from sklearn.datasets import load_digits
    except ImportError:
        raise InputError(
            KEY, "digits", 'must have scikit-learn installed: pip install "hippokv[digits]"'
        ) from None
    grey = np.asarray(load_digits().data, dtype=float)
    return Patterns(np.where(grey > grey.max() / 2, 1, -1).astype(np.int8), (8, 8))


def _table(stimuli: str) -> NDArray[Any]:
    path = _path_of(stimuli)
    readers = {".npy": _read_npy, ".csv": _read_csv}
    reader = readers.get(path.suffix.lower())
    if reader is None:
        raise InputError(KEY, stimuli, "must be a file that ends in .npy or .csv")
    try:
        stimuli.encode()
        if not path.is_file():
            raise InputError(KEY, stimuli, "must be a file that exists")
        if path.stat().st_size > MOST_BYTES:
            raise InputError(KEY, stimuli, f"must be a file of at most {MOST_BYTES // 10**6} MB")
        return reader(path, stimuli)
    except InputError:
        raise
    except (OSError, ValueError, csv.Error) as error:
        raise InputError(KEY, stimuli, f"must be a file that can be read ({error})") from None


def _read_npy(path: Path, stimuli: str) -> NDArray[Any]:
    try:
        # Mapping compares the length of the file with its header and takes no pickles.
        mapped = np.lib.format.open_memmap(path, mode="r")  # type: ignore[no-untyped-call]
    except Exception as error:
        reason = str(error).partition("\n")[0]
        raise InputError(
            KEY, stimuli, f"must be a whole .npy file of numbers, without pickles ({reason})"
        ) from None
    if mapped.dtype.kind not in "biuf":
        raise InputError(KEY, stimuli, f"must hold real numbers, not {mapped.dtype}")
    if mapped.ndim not in (2, 3):
        raise InputError(
            KEY, stimuli, f"must have shape (T, d) or (T, height, width), not {mapped.shape}"
        )
    return np.array(mapped, dtype=float)


def _read_csv(path: Path, stimuli: str) -> NDArray[Any]:
    text = path.read_text(encoding="utf-8-sig")
    rows: list[list[float]] = []
    for number, line in enumerate(csv.reader(io.StringIO(text)), start=1):
        if not line:
            continue
        if rows and len(line) != len(rows[0]):
            raise InputError(
                KEY, stimuli,
                f"must have {len(rows[0])} numbers in every row, unlike line {number}",
            )  # fmt: skip
        try:
            rows.append([float(entry) for entry in line])
        except ValueError:
            raise InputError(
                KEY, stimuli, f"must hold numbers between commas, which line {number} does not"
            ) from None
    return np.array(rows, dtype=float).reshape(len(rows), -1) if rows else np.zeros((0, 0))


def _patterns_of(table: NDArray[np.float64], stimuli: str) -> Patterns:
    rows, width = len(table), math.prod(table.shape[1:])
    if rows == 0 or width == 0:
        raise InputError(KEY, stimuli, "must hold at least one item with at least one entry")
    if rows > MOST_ROWS or width > MOST_COLUMNS:
        raise InputError(
            KEY, stimuli,
            f"must have at most {MOST_ROWS} items of {MOST_COLUMNS} entries, not {rows} of {width}",
        )  # fmt: skip
    if not np.isfinite(table).all():
        raise InputError(KEY, stimuli, "must hold finite numbers only, no NaN and no infinity")
    low, high = table.min(), table.max()
    if low == high:
        raise InputError(KEY, stimuli, f"must hold more than one number, not {low:g} throughout")
    if low < 0 and not np.isin(table, (-1, 1)).all():
        raise InputError(
            KEY, stimuli, "must hold -1 and 1 only, or grey values that are all 0 or more"
        )
    signs = np.where(table > low + (high - low) / 2, 1, -1).astype(np.int8)
    return Patterns(signs.reshape(rows, width), _image_shape(table.shape))


def _image_shape(shape: tuple[int, ...]) -> tuple[int, int] | None:
    if len(shape) == 3:
        return shape[1], shape[2]
    side = math.isqrt(shape[1])
    return (side, side) if side > 1 and side * side == shape[1] else None
