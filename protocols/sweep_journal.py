"""The journal of a sweep: one line for each run that has ended, safe against every kind of stop.

A line is forced to the disk before the run counts as finished; it begins with a checksum, so that a
line that was cut off by a full disk or a lost power is known and the run is repeated. The first
line names the plan and the code, so that a folder is only ever continued by the sweep that began
it; whatever else is in a folder is refused and stays as it is.
"""

from __future__ import annotations

import hashlib
import json
import os
import zlib
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager, suppress
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
    folder: Path = Path()
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

        with ExitStack() as stack:
            with writing(folder):
                _check_folder(folder)
                identity = _identity(plan)
                _check_header(folder, _first_line(folder), identity)
                folder.mkdir(parents=True, exist_ok=True)
                try:
                    stack.enter_context(FileLock(folder / LOCK, timeout=0))
                except Timeout:
                    words = "must not be in use by another sweep that runs now"
                    raise InputError(KEY, str(folder), words) from None
                journal = cls(stack.enter_context(_stream(folder / JOURNAL)), folder)
                journal._read(identity)
            yield journal

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

    def _read(self, identity: Mapping[str, Any]) -> None:
        assert self.stream is not None
        end = whole = 0
        # The journal's own stream has no buffer and would read byte by byte.
        with os.fdopen(os.dup(self.stream.fileno()), "rb") as lines:
            for line in lines:
                found = _parsed(line)
                if end == 0:
                    _check_header(self.folder, line, identity)
                elif found is not None:
                    row = Row(**found)
                    self._rows[_name(row.settings)] = row
                end += len(line)
                # A broken line costs its own run alone; those after it were finished.
                whole = end if found is not None else whole
        self.stream.truncate(whole)
        self.stream.seek(whole)
        if not whole:
            self._write(identity)
            for folder in (self.folder, self.folder.absolute().parent):
                _sync(folder)

    def _write(self, what: Mapping[str, Any]) -> None:
        if self.stream is None:
            return
        rest = _line(what)
        with writing(self.folder):
            # A disk with little room takes a part of a line and says nothing.
            while rest:
                rest = rest[self.stream.write(rest) :]
            os.fsync(self.stream.fileno())


@contextmanager
def writing(folder: Path) -> Iterator[None]:
    """Say of a folder that cannot be written why.

    Raises
    ------
    InputError
        Where something inside the block cannot be written.
    """
    try:
        yield
    except OSError as error:
        reason = f"must be a folder that can be written ({error.strerror or error})"
        raise InputError(KEY, str(folder), reason) from None


def plan_of(folder: Path) -> tuple[str, frozenset[str]]:
    """Return the protocol and the axes that a journal names.

    Raises
    ------
    OSError, ValueError, LookupError
        Where there is no journal or it does not name them.
    """
    header = _parsed(_first_line(folder))
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


def _first_line(folder: Path) -> bytes:
    if not (folder / JOURNAL).exists():
        return b""
    with (folder / JOURNAL).open("rb") as stream:
        return stream.readline()


def _check_header(folder: Path, line: bytes, identity: Mapping[str, Any]) -> None:
    found = _parsed(line)
    if found is None:
        # Its writing may have been cut off, or its place made but never filled.
        if _line(identity).startswith(line.rstrip(b"\0")):
            return
        found = {}
    for name, words in (
        ("plan", "must be new, or a folder that the same sweep began"),
        ("code", "must be new: it was begun by another version of HippoKV or its libraries"),
    ):
        if found.get(name) != identity[name]:
            raise InputError(KEY, str(folder), words)


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


def _sync(folder: Path) -> None:
    """Force the names of new files to the disk, where a folder can be asked to."""
    with suppress(OSError):
        descriptor = os.open(folder, os.O_RDONLY)
        try:
            os.fsync(descriptor)
        finally:
            os.close(descriptor)


def _name(settings: Mapping[str, Any]) -> str:
    text = json.dumps(dict(settings), sort_keys=True)
    return hashlib.sha256(text.encode()).hexdigest()


def _line(what: Mapping[str, Any]) -> bytes:
    text = json.dumps(what, separators=(",", ":")).encode()
    return b"%08x %s\n" % (zlib.crc32(text), text)


def _parsed(line: bytes) -> dict[str, Any] | None:
    check, _, text = line.partition(b" ")
    if not line.endswith(b"\n") or check != b"%08x" % zlib.crc32(text[:-1]):
        return None
    found: dict[str, Any] = json.loads(text)
    return found
