"""The pairs of a recorded layer in a file, for training that memory cannot hold.

The file has a head (marks, d, m, number of pairs, checksum) and then the pairs, d + m numbers each.
The head is right once the file is closed, so that one that was cut short is known by it.
"""

from __future__ import annotations

import os
import struct
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from types import TracebackType
from typing import BinaryIO, Self

import numpy as np

from hippokv.arrays import Array
from hippokv.errors import InputError, one_line

_HEAD = struct.Struct("<8sQQQQ")
_MARKS = b"HKVPAIRS"
#: Numbers that are read at once, 16 MB.
_AT_ONCE = 2_000_000


class PairsOnDisk:
    """Write pairs to a new file, and read them from it while it is open and later.

    Parameters
    ----------
    path
        The file.
    n_inputs, n_outputs
        Widths d and m of keys and values.

    Raises
    ------
    InputError
        Where the file exists, or cannot be written.
    """

    def __init__(self, path: Path, n_inputs: int, n_outputs: int) -> None:
        self.path, self._widths = path, (n_inputs, n_outputs)
        self._count, self._checksum = 0, 0
        self._stream: BinaryIO
        with self._writing():
            self._stream = path.open("x+b")
            self._stream.write(_HEAD.pack(_MARKS, n_inputs, n_outputs, 0, 0))

    @classmethod
    def opened(cls, path: Path) -> Self:
        """Open a file that was closed, to read it.

        Raises
        ------
        InputError
            For what is no whole file of pairs.
        """
        found = cls.__new__(cls)
        try:
            found._stream = path.open("rb")
        except OSError as error:
            words = f"must be a file of pairs that can be read ({error.strerror or error})"
            raise InputError("pairs", str(path), words) from None
        found.path, head = path, found._stream.read(_HEAD.size)
        try:
            marks, *widths, found._count, found._checksum = _HEAD.unpack(head)
        except struct.error:
            marks, widths = b"", [0, 0]
        found._widths = (widths[0], widths[1])
        if marks != _MARKS or not min(widths):
            found._stream.close()
            raise found._refused("it is no file of pairs")
        size = os.fstat(found._stream.fileno()).st_size - _HEAD.size
        missing = 8 * sum(widths) * found._count - size
        if missing:
            found._stream.close()
            words = f"{missing} bytes are missing" if missing > 0 else "it was not closed"
            raise found._refused(words)
        return found

    def __len__(self) -> int:
        return self._count

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()

    def add(self, keys: Array, values: Array) -> None:
        """Take pairs, shapes (pairs, d) and (pairs, m).

        Raises
        ------
        InputError
            Where they cannot be written.
        """
        content = np.hstack([keys, values]).astype("<f8").tobytes()
        with self._writing():
            self._stream.seek(0, os.SEEK_END)
            self._stream.write(content)
        self._checksum = zlib.crc32(content, self._checksum)
        self._count += len(keys)

    def parts(self) -> Iterator[tuple[Array, Array]]:
        """Yield keys and values, some thousand at once.

        Raises
        ------
        InputError
            Where the file is not what was written.
        """
        if self._stream.writable():
            with self._writing():
                self._stream.flush()
        width, checksum = sum(self._widths), 0
        rows = max(_AT_ONCE // width, 1)
        for start in range(0, max(self._count, 1), rows):
            count = min(rows, self._count - start)
            self._stream.seek(_HEAD.size + 8 * width * start)
            content = self._stream.read(8 * width * count)
            if len(content) < 8 * width * count:
                raise self._refused(f"{8 * width * count - len(content)} bytes are missing")
            checksum = zlib.crc32(content, checksum)
            if start + count == self._count and checksum != self._checksum:
                raise self._refused("it is damaged")
            table = np.frombuffer(content, "<f8").reshape(count, width)
            yield table[:, : self._widths[0]], table[:, self._widths[0] :]

    def close(self) -> None:
        """Write the head and close the file.

        Raises
        ------
        InputError
            Where it cannot be written.
        """
        if self._stream.closed:
            return
        with self._writing(), self._stream:
            if self._stream.writable():
                self._stream.seek(0)
                self._stream.write(_HEAD.pack(_MARKS, *self._widths, self._count, self._checksum))

    @contextmanager
    def _writing(self) -> Iterator[None]:
        """Say in one line of a file that cannot be written why."""
        try:
            yield
        except OSError as error:
            words = f"must be a new file that can be written ({error.strerror or error})"
            raise InputError("pairs", str(self.path), words) from None

    def _refused(self, why: str) -> InputError:
        return InputError(
            "pairs", str(self.path), f"must be a whole file of pairs ({one_line(why)})"
        )
