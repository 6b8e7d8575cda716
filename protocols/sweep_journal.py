"""The journal of a sweep: one line for each run that has ended, safe against every kind of stop.

A line is written in one piece and forced to the disk before the run counts as finished; it begins
with a checksum, so that a line that was cut off by a full disk or a lost power is known and the
run is repeated. The first line names the plan and the code, so that a folder is only ever
continued by the sweep that began it.
"""

from __future__ import annotations

import hashlib
import json
import os
import zlib
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import IO, Any

from hippokv.errors import InputError

from .code_version import code_version
from .sweep_plan import Plan

JOURNAL = "journal.jsonl"
LOCK = ".lock"
KEY = "--out"


@dataclass(frozen=True)
class Row:
    """Hold what one run gave.

    Parameters
    ----------
    settings
        Settings of the run, seed included, by dotted key.
    metrics, prediction
        Scores of the circuit and of the rate model.
    simulated_s
        Biological time.
    timing
        Seconds of this machine, by name.
    error
        What went wrong, or None.
    """

    settings: dict[str, Any]
    metrics: dict[str, float]
    prediction: dict[str, float]
    simulated_s: float
    timing: dict[str, float]
    error: str | None


@dataclass
class Journal:
    """Keep the rows of the runs that have ended, on disk where there is a folder."""

    stream: IO[bytes] | None = None
    _rows: dict[str, Row] = field(default_factory=dict)

    @classmethod
    @contextmanager
    def opened(cls, folder: Path | None, plan: Plan) -> Iterator[Journal]:
        """Open the journal of a folder, alone, and read what it holds.

        Raises
        ------
        InputError
            Where the folder holds something else, was begun by another plan or another version of
            the code, is in use, or cannot be written.
        """
        if folder is None:
            yield cls()
            return
        from filelock import FileLock, Timeout

        try:
            _check_folder(folder)
            folder.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            reason = f"must be a folder that can be written ({error.strerror})"
            raise InputError(KEY, str(folder), reason) from None
        try:
            lock = FileLock(folder / LOCK, timeout=0)
            with lock, _stream(folder / JOURNAL) as stream:
                journal = cls(stream)
                journal._read(_identity(plan), folder)
                yield journal
        except Timeout:
            raise InputError(
                KEY, str(folder), "must not be in use by another sweep that runs now"
            ) from None

    def is_finished(self, settings: Mapping[str, Any]) -> bool:
        """Return whether a run has ended without an error."""
        row = self._rows.get(_name(settings))
        return row is not None and row.error is None

    def row(self, settings: Mapping[str, Any]) -> Row:
        """Return the row of a run that has ended."""
        return self._rows[_name(settings)]

    def add(self, row: Row) -> None:
        """Write a row and wait until it is on the disk."""
        self._rows[_name(row.settings)] = row
        self._write(asdict(row))

    def _read(self, identity: Mapping[str, Any], folder: Path) -> None:
        assert self.stream is not None
        whole = 0
        lines = []
        for line in self.stream:
            found = _parsed(line)
            if found is None:
                break
            whole += len(line)
            lines.append(found)
        # What follows a broken line was never finished.
        self.stream.truncate(whole)
        self.stream.seek(whole)
        if not lines:
            self._write(identity)
            return
        for name, words in (
            ("plan", "must be new, or a folder that the same sweep began"),
            ("code", "must be new: it was begun by another version, compiler or processor"),
        ):
            if lines[0].get(name) != identity[name]:
                raise InputError(KEY, str(folder), words)
        for found in lines[1:]:
            row = Row(**found)
            self._rows[_name(row.settings)] = row

    def _write(self, what: Mapping[str, Any]) -> None:
        if self.stream is None:
            return
        text = json.dumps(what, separators=(",", ":")).encode()
        self.stream.write(b"%08x %s\n" % (zlib.crc32(text), text))
        self.stream.flush()
        os.fsync(self.stream.fileno())


def plan_of(folder: Path) -> tuple[str, frozenset[str]]:
    """Return the protocol and the axes that a journal names.

    Raises
    ------
    OSError, ValueError, LookupError
        Where there is no journal or it does not name them.
    """
    with (folder / JOURNAL).open("rb") as stream:
        header = _parsed(stream.readline())
    if header is None:
        raise ValueError(folder)
    protocol, grid, _ = header["plan"]
    return str(protocol), frozenset(grid)


def _check_folder(folder: Path) -> None:
    shown = str(folder)
    if not folder.exists():
        return
    if not folder.is_dir():
        raise InputError(KEY, shown, "must be a folder, not a file")
    # The lock comes before the journal: a sweep may have ended between the two.
    found = {path.name for path in folder.iterdir()} - {LOCK}
    if found and JOURNAL not in found:
        raise InputError(KEY, shown, "must be new, empty, or a folder that a sweep began")


@contextmanager
def _stream(path: Path) -> Iterator[IO[bytes]]:
    # Opened so that a new file is made and an old one is kept.
    descriptor = os.open(path, os.O_RDWR | os.O_CREAT, 0o644)
    with os.fdopen(descriptor, "r+b", buffering=0) as stream:
        yield stream


def _identity(plan: Plan) -> dict[str, Any]:
    # Seeds and the grid's values may grow: a run is known by its own settings.
    shared = json.dumps([plan.protocol, sorted(plan.grid), dict(plan.settings)], sort_keys=True)
    return {"plan": json.loads(shared), "code": code_version()}


def _name(settings: Mapping[str, Any]) -> str:
    text = json.dumps(dict(settings), sort_keys=True)
    return hashlib.sha256(text.encode()).hexdigest()


def _parsed(line: bytes) -> dict[str, Any] | None:
    check, _, text = line.partition(b" ")
    if not line.endswith(b"\n") or check != b"%08x" % zlib.crc32(text[:-1]):
        return None
    found: dict[str, Any] = json.loads(text)
    return found
