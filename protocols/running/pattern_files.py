"""Files and arrays of patterns: ``.npy``, ``.npz`` and ``.csv``, read without surprise.

Nothing in them is evaluated or unpickled, and how large they are is known before they are read or
unpacked.
"""

from __future__ import annotations

import csv
import math
import os
import struct
import warnings
import zipfile
from array import array
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from io import TextIOWrapper
from typing import Any, BinaryIO

import numpy as np
from numpy.typing import NDArray

from hippokv.components import FILE_PREFIX
from hippokv.errors import InputError, one_line
from hippokv.paths import path_of

from .user_files import opened

MOST_BYTES = 64_000_000
MOST_ROWS = 100_000
MOST_COLUMNS = 2_000
#: Longest header of a ``.npy`` file, ten times what an array of numbers has.
MOST_HEADER = 1_000
#: Longest line of a ``.csv`` file: four times what the longest numbers of the widest row take.
MOST_LINE = 100 * MOST_COLUMNS
#: Longest label of an item, in characters.
MOST_LABEL = 100
#: Longest list of contents of an ``.npz`` file: a hundred times what three arrays take.
MOST_CONTENTS = 20_000
#: Arrays of an ``.npz`` file.
KEYS, VALUES, LABELS = "keys", "values", "labels"
TABLES = (".npy", ".csv")
ENDINGS = (*TABLES, ".npz")
_SIZE = f"at most {MOST_ROWS} items of {MOST_COLUMNS} entries"


@dataclass(frozen=True)
class Given:
    """Name what was given, so that what is wrong with it can be said.

    Parameters
    ----------
    key
        Name of the setting or argument.
    value
        Its value, as it is shown.
    within
        The array within it, where it has several.
    """

    key: str
    value: str
    within: str = ""

    def refused(self, words: str) -> InputError:
        """Return the error that says what must be."""
        where = f" (its array {self.within!r})" if self.within else ""
        return InputError(self.key, self.value, words + where)


@dataclass(frozen=True)
class Tables:
    """Hold the tables of items as they were read.

    Parameters
    ----------
    keys
        Numbers, shape (T, d) or (T, height, width).
    values
        The same of values, where there are such.
    labels
        A name for each item, where there are such.
    """

    keys: NDArray[Any]
    values: NDArray[Any] | None = None
    labels: tuple[str, ...] = ()


def read_tables(given: Given, endings: tuple[str, ...] = ENDINGS) -> Tables:
    """Read the tables of a file.

    Parameters
    ----------
    given
        Its value is ``file:PATH``.
    endings
        How its name may end.

    Raises
    ------
    InputError
        For what is no such file.
    """
    words = f"a file that can be read and ends in {' or '.join(endings)}"
    path = path_of(given.key, given.value, words, given.value.removeprefix(FILE_PREFIX))
    ending = path.suffix.lower()
    if ending not in endings:
        raise given.refused(f"must be a file that ends in {' or '.join(endings)}")
    with opened(given.key, given.value, path, "a file", MOST_BYTES) as stream:
        if ending == ".npz":
            return _read_npz(stream, given)
        read = _read_csv if ending == ".csv" else _read_npy
        return Tables(read(stream, given))


def table_of(numbers: Any, given: Given) -> NDArray[Any]:
    """Return an array or nested lists as a table that a file could hold.

    Raises
    ------
    InputError
        For what is no table of numbers.
    """
    try:
        table = np.asarray(numbers)
    except Exception as error:
        raise given.refused(f"must be an array of numbers ({one_line(str(error), 100)})") from None
    if table.dtype.kind not in "biuf":
        raise given.refused(f"must hold real numbers, not {one_line(str(table.dtype))}")
    _check_shape(table.shape, given)
    return table.astype(np.float64) if table.dtype.itemsize > 8 else table


def labels_of(names: Any, given: Given) -> tuple[str, ...]:
    """Return labels as texts.

    Raises
    ------
    InputError
        For what is no list of short texts that can be printed.
    """
    try:
        found = [name for name in np.asarray(names).tolist() if isinstance(name, str)]
        one_each = len(found) == len(names)
    except Exception:
        one_each = False
    if not one_each or any(len(name) > MOST_LABEL or not name.isprintable() for name in found):
        raise given.refused(f"must be a list of printable texts of at most {MOST_LABEL} characters")
    return tuple(found)


def check_rows(tables: Tables, given: Given) -> None:
    """Make sure that there is a value and a label for each key.

    Raises
    ------
    InputError
        Where there is not.
    """
    rows = len(tables.keys)
    for name, others in ((VALUES, tables.values), (LABELS, tables.labels or None)):
        if others is not None and len(others) != rows:
            raise replace(given, within=name).refused(
                f"must have {rows} rows, as many as keys, not {len(others)}"
            )


def signs_of(table: NDArray[Any], given: Given) -> NDArray[np.int8]:
    """Return numbers as -1 and 1, split half-way between the smallest and the largest.

    Raises
    ------
    InputError
        For a table that is no patterns: of no entries, not finite, all alike, or with negative
        numbers other than -1 and 1.
    """
    rows, width = len(table), math.prod(table.shape[1:])
    if rows == 0 or width == 0:
        raise given.refused("must hold at least one item with at least one entry")
    if not np.isfinite(table).all():
        raise given.refused("must hold finite numbers only, no NaN and no infinity")
    low, high = np.float64(table.min()), np.float64(table.max())
    if low == high:
        raise given.refused(f"must hold more than one number, not {low:g} throughout")
    if low < 0 and not ((table == -1) | (table == 1)).all():
        raise given.refused("must hold -1 and 1 only, or grey values that are all 0 or more")
    signs = np.where(table > low + (high - low) / 2, np.int8(1), np.int8(-1))
    return signs.reshape(rows, width)


# --- .npz -----------------------------------------------------------------------------------------


def _read_npz(stream: BinaryIO, given: Given) -> Tables:
    """Return the arrays of an ``.npz`` file; none is unpacked before its size is known."""
    words = "must be an .npz file with an array 'keys', and perhaps 'values' and 'labels'"
    try:
        _check_contents(stream)
        with zipfile.ZipFile(stream) as archive:
            members = {info.filename.removesuffix(".npy"): info for info in archive.infolist()}
            if KEYS not in members:
                raise given.refused(words)
            readers: Mapping[str, Callable[[BinaryIO, Given, int], Any]] = {
                KEYS: _read_array, VALUES: _read_array, LABELS: _read_labels,
            }  # fmt: skip
            found = {
                name: _unpacked(archive, members[name], replace(given, within=name), read)
                for name, read in readers.items()
                if name in members
            }
    except InputError:
        raise
    except Exception as error:
        reason = one_line(str(error).partition("\n")[0] or type(error).__name__, 100)
        raise given.refused(f"{words} ({reason})") from None
    return Tables(**found)


def _check_contents(stream: BinaryIO) -> None:
    """Make sure that a ZIP archive has few members: its list of them is read as a whole."""
    size = os.fstat(stream.fileno()).st_size
    stream.seek(max(size - 65_557, 0))
    tail = stream.read()
    end = tail.rfind(b"PK\x05\x06")
    if end < 0 or len(tail) < end + 22:
        raise ValueError("it is no ZIP archive")
    (contents,) = struct.unpack("<L", tail[end + 12 : end + 16])
    if contents > MOST_CONTENTS or tail[max(end - 20, 0) : end].startswith(b"PK\x06\x07"):
        raise ValueError("it has too many members")
    stream.seek(0)


def _unpacked(
    archive: zipfile.ZipFile,
    member: zipfile.ZipInfo,
    given: Given,
    read: Callable[[BinaryIO, Given, int], Any],
) -> Any:
    if member.file_size > MOST_BYTES:
        raise given.refused(f"must take at most {MOST_BYTES / 1e6:g} MB when it is unpacked")
    # Other methods unpack as much at once as a bomb has.
    if member.compress_type not in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED):
        raise given.refused("must be packed as NumPy packs it")
    with archive.open(member) as packed:
        return read(packed, given, member.file_size)  # type: ignore[arg-type]


def _read_labels(stream: BinaryIO, given: Given, size: int) -> tuple[str, ...]:
    shape, _, dtype = _header_of(stream, given)
    words = f"must be texts of at most {MOST_LABEL} characters, one an item"
    if dtype.kind != "U" or len(shape) != 1 or dtype.itemsize > 4 * MOST_LABEL:
        raise given.refused(f"{words}, not {one_line(str(dtype))} of shape {one_line(str(shape))}")
    if not 0 <= shape[0] <= MOST_ROWS:
        raise given.refused(f"must have {_SIZE}")
    content = _content(stream, given, shape, dtype, size)
    return labels_of(np.ndarray(shape, dtype, content), given)


# --- .npy -----------------------------------------------------------------------------------------


def _read_npy(stream: BinaryIO, given: Given) -> NDArray[Any]:
    return _read_array(stream, given, os.fstat(stream.fileno()).st_size)


def _read_array(stream: BinaryIO, given: Given, size: int) -> NDArray[Any]:
    """Return the array of a ``.npy`` file; its header is believed where the file is that long."""
    shape, in_columns, dtype = _header_of(stream, given)
    if dtype.kind not in "biuf":
        raise given.refused(f"must hold real numbers, not {one_line(str(dtype))}")
    if len(shape) not in (2, 3) or min(shape) < 0:
        raise _odd_shape(shape, given)
    content = _content(stream, given, shape, dtype, size)
    table = np.ndarray(shape, dtype, content, order="F" if in_columns else "C")
    return table.astype(np.float64) if dtype.itemsize > 8 else table


def _header_of(stream: BinaryIO, given: Given) -> tuple[tuple[int, ...], bool, np.dtype[Any]]:
    try:
        shape, in_columns, dtype = _header(stream)
    except Exception as error:
        reason = one_line(str(error).partition("\n")[0] or "a header that cannot be read", 200)
        raise given.refused(
            f"must be a whole .npy file of numbers, without pickles ({reason})"
        ) from None
    if dtype.hasobject:
        raise given.refused("must be a .npy file of numbers, without pickles")
    return shape, in_columns, dtype


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


def _content(
    stream: BinaryIO, given: Given, shape: tuple[int, ...], dtype: np.dtype[Any], size: int
) -> bytes:
    """Return what follows a header, of a file or member of so many bytes."""
    rows, width = shape[0], math.prod(shape[1:])
    length = rows * width * dtype.itemsize
    missing = length - (size - stream.tell())
    if missing > 0:
        words = f"must be a whole .npy file of numbers: {one_line(str(missing))} bytes are missing"
        raise given.refused(words)
    _check_size(rows, width, given)
    content = stream.read(length)
    if len(content) < length:
        raise ValueError("it shrinks while it is read")
    return content


def _check_shape(shape: tuple[int, ...], given: Given) -> None:
    if len(shape) not in (2, 3):
        raise _odd_shape(shape, given)
    _check_size(shape[0], math.prod(shape[1:]), given)


def _odd_shape(shape: tuple[int, ...], given: Given) -> InputError:
    shown = one_line(str(shape))
    return given.refused(f"must have shape (T, d) or (T, height, width), not {shown}")


def _check_size(rows: int, width: int, given: Given) -> None:
    if rows > MOST_ROWS or width > MOST_COLUMNS:
        of = f"{rows} of {width}" if width > MOST_COLUMNS else f"{rows} or more"
        raise given.refused(f"must have {_SIZE}, not {of}")


# --- .csv -----------------------------------------------------------------------------------------


def _read_csv(stream: BinaryIO, given: Given) -> NDArray[Any]:
    """Return the numbers of a ``.csv`` file, read no further than to the first that is too many."""
    entries = array("d")
    rows = width = 0
    with TextIOWrapper(stream, encoding="utf-8-sig", newline="") as text:
        reader = csv.reader(_lines(text, given))
        try:
            for line in reader:
                if not line:
                    continue
                rows += 1
                width = width or len(line)
                if len(line) != width:
                    raise given.refused(
                        f"must have {width} numbers in every row, unlike line {reader.line_num}"
                    )
                _check_size(rows, width, given)
                entries.extend(map(float, line))
        except (csv.Error, ValueError) as error:
            if isinstance(error, (InputError, UnicodeError)):
                raise
            raise _no_numbers(given, reader.line_num) from None
    return np.frombuffer(entries).reshape(rows, width) if rows else np.zeros((0, 0))


def _lines(text: TextIOWrapper, given: Given) -> Iterator[str]:
    """Yield lines of a file of numbers; none is too long to be one."""
    read = 0
    for number in range(1, 2 * MOST_ROWS + 1):
        line = text.readline(MOST_LINE + 1)
        if not line:
            return
        read += len(line)
        if len(line) > MOST_LINE or read > MOST_BYTES:
            raise given.refused(f"must have {_SIZE}, unlike line {number}")
        # Python reads 1_0 as 10, and the digits of every script.
        if "_" in line or not line.isascii():
            raise _no_numbers(given, number)
        yield line
    if text.readline(1):
        raise given.refused(f"must have {_SIZE}, not more than {2 * MOST_ROWS} lines")


def _no_numbers(given: Given, line: int) -> InputError:
    return given.refused(f"must hold numbers between commas, which line {line} does not")
