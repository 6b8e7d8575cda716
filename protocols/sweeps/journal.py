"""The journal of a sweep: one line for each run that has ended, safe against every kind of stop.

A line is forced to the disk before the run counts as finished; it begins with a checksum, so that a
line that was cut off by a full disk or a lost power is known and the run is repeated. The first
line names the plan and the code, so that a folder is only ever continued by the sweep that began
it; every other line carries their digest, so that rows are known where the first line is damaged,
and those of another sweep are never taken. Whatever else is in a folder is refused and stays as it
is, and no link in it is followed.
"""

from __future__ import annotations

import fcntl
import hashlib
import json
import os
import zlib
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import asdict, dataclass, field, fields
from pathlib import Path
from typing import IO, Any

from hippokv.components import version_now
from hippokv.errors import InputError

from ..running.code_version import code_version
from ..running.whole_files import OUT, check_file, partials_of, write_whole, writing
from .plan import Plan

JOURNAL = "journal.jsonl"
LOCK = ".lock"
#: Where the first line has the version of every file and package that runs are from.
ORIGINS = "origins"


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
    uninformed, uninformed_sd
        Means and standard deviations of the rate model that knows nothing of the circuit.
    warning
        What speaks against the scores.
    paper
        Scores of the paper's own model.

    Raises
    ------
    ValueError
        For scores beside an error, or neither.
    """

    settings: dict[str, Any]
    metrics: dict[str, float]
    prediction: dict[str, float]
    simulated_s: float
    timing: dict[str, float]
    error: str | None
    uninformed: dict[str, float] = field(default_factory=dict)
    uninformed_sd: dict[str, float] = field(default_factory=dict)
    warning: str = ""
    paper: dict[str, float] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.check()

    @classmethod
    def failed(cls, settings: Mapping[str, Any], error: str) -> Row:
        """Return the row of a run that gave nothing but an error."""
        return cls(dict(settings), {}, {}, 0.0, {}, error)

    def check(self) -> None:
        """Make sure that there are scores or an error, as a row from another process must have.

        Raises
        ------
        ValueError
            Where there are both, or neither.
        """
        if self.error is None and not self.metrics:
            raise ValueError("a run that went well must have scores")
        scores = self.metrics or self.prediction or self.uninformed
        if self.error is not None and (not self.error or scores):
            raise ValueError("a run that failed must have an error and no scores")


@dataclass
class Journal:
    """Keep the rows of the runs that have ended, on disk where there is a folder."""

    stream: IO[bytes] | None = None
    folder: Path = Path()
    digest: str = ""
    _rows: dict[str, Row] = field(default_factory=dict)

    @classmethod
    @contextmanager
    def opened(cls, folder: Path | None, plan: Plan) -> Iterator[Journal]:
        """Open the journal of a folder, alone, and read what it holds.

        A folder that is new and in which no run ends is removed again.

        Raises
        ------
        InputError
            Where the folder holds something else, was begun by another plan or another version of
            the code, is in use, or cannot be written.
        """
        if folder is None:
            yield cls()
            return
        with ExitStack() as stack:
            with writing(folder):
                identity = _identity(plan)
                _check_is_sweep(folder)
                _unwritten_header(folder, identity)
                missing = [path for path in (folder, *folder.parents) if not path.exists()]
                begun = (folder / JOURNAL).exists()
                folder.mkdir(parents=True, exist_ok=True)
                stack.enter_context(_locked(folder))
            journal = cls(None, folder, _digest(identity))
            try:
                with writing(folder):
                    if header := _unwritten_header(folder, identity):
                        _write_header(folder, header)
                    journal.stream = stack.enter_context(_stream(folder / JOURNAL))
                    journal._read()
                yield journal
            except BaseException:
                if not begun and not journal._rows:
                    _forget(folder, missing)
                raise

    def is_finished(self, settings: Mapping[str, Any]) -> bool:
        """Return whether a run has ended without an error."""
        row = self._rows.get(_name(settings))
        return row is not None and row.error is None

    def row(self, settings: Mapping[str, Any]) -> Row:
        """Return the row of a run that has ended."""
        return self._rows[_name(settings)]

    def rows(self) -> list[Row]:
        """Return the row of every run that has ended, also of those that earlier plans named."""
        return list(self._rows.values())

    def add(self, row: Row) -> None:
        """Write a row and wait until it is on the disk."""
        self._rows[_name(row.settings)] = row
        self._write({"sweep": self.digest, **asdict(row)})

    def _read(self) -> None:
        assert self.stream is not None
        end = whole = 0
        # The journal's own stream has no buffer and would read byte by byte.
        with os.fdopen(os.dup(self.stream.fileno()), "rb") as lines:
            for line in lines:
                found = _parsed(line)
                row = _row_of(found, self.digest)
                # Journals may have been joined: what has succeeded has not failed.
                if row is not None and not (row.error and self.is_finished(row.settings)):
                    self._rows[_name(row.settings)] = row
                end += len(line)
                # A broken line costs its own run alone; those after it were finished.
                whole = end if found is not None else whole
        self.stream.truncate(whole)
        self.stream.seek(whole)

    def _write(self, what: Mapping[str, Any]) -> None:
        if self.stream is None:
            return
        rest = _line(what)
        with writing(self.folder):
            # A disk with little room takes a part of a line and says nothing.
            while rest:
                rest = rest[self.stream.write(rest) :]
            os.fsync(self.stream.fileno())


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
    protocol, grid, *_ = header["plan"]
    return str(protocol), frozenset(grid)


def _check_is_sweep(folder: Path) -> None:
    shown = str(folder)
    if not folder.exists():
        return
    if not folder.is_dir():
        raise InputError(OUT, shown, "must be a folder, not a file")
    # The lock comes before the journal: a sweep may have ended between the two.
    found = {path.name for path in folder.iterdir()} - {LOCK}
    found -= {path.name for path in partials_of(folder / JOURNAL)}
    if found and JOURNAL not in found:
        raise InputError(OUT, shown, "must be new, empty, or a folder that a sweep began")
    # Both are written to as they are, so that another name would show what was written.
    for name in (JOURNAL, LOCK):
        check_file(folder / name, alone=True)


def _first_line(folder: Path) -> bytes:
    if not (folder / JOURNAL).exists():
        return b""
    with (folder / JOURNAL).open("rb") as stream:
        return stream.readline()


def _unwritten_header(folder: Path, identity: Mapping[str, Any]) -> dict[str, Any]:
    """Return the first line that is still or again to be written, empty where it stands.

    Raises
    ------
    InputError
        Where it is that of something else, or there is nothing that says whose it was.
    """
    line = _first_line(folder)
    found = _parsed(line) or {}
    origins = identity.get(ORIGINS, {})
    if "plan" not in found:
        # Its writing may have been cut off, or its place made but never filled.
        if _line(identity).startswith(line.rstrip(b"\0")):
            return dict(identity)
        digest = _digest(identity)
        with (folder / JOURNAL).open("rb") as lines:
            if any(_row_of(_parsed(other), digest) for other in lines):
                if origins:
                    words = "must be new: what said with which files it was begun is damaged"
                    raise InputError(OUT, str(folder), words)
                return dict(identity)
    for name, words in (
        ("plan", "must be new, or a folder that the same sweep began"),
        ("code", "must be new: it was begun by another version of HippoKV or its libraries"),
        ("metrics", "must be new: it was begun with other metrics"),
    ):
        if found.get(name) != identity.get(name):
            raise InputError(OUT, str(folder), words)
    # A new value of an axis may be a file that earlier runs did not need.
    known = found.get(ORIGINS, {})
    for source, version in known.items():
        now = origins.get(source) or version_now(source)
        # One that is gone cannot be taken for that of earlier rows.
        if now and now != version:
            words = f"must be new: it was begun with another {source} than is there now"
            raise InputError(OUT, str(folder), words)
    return {} if origins.keys() <= known.keys() else {**found, ORIGINS: {**known, **origins}}


def _write_header(folder: Path, identity: Mapping[str, Any]) -> None:
    """Write the first line, in the place of a damaged one and before the rows that there are."""
    path = folder / JOURNAL
    rows = path.read_bytes() if path.exists() else b""
    if _row_of(_parsed(_first_line(folder)), _digest(identity)) is None:
        rows = rows.partition(b"\n")[2]
    write_whole(path, _line(identity) + rows)
    for changed in (folder, folder.absolute().parent):
        _sync(changed)


def _forget(folder: Path, missing: list[Path]) -> None:
    """Remove what was made for a sweep of which no run has ended."""
    with suppress(OSError):
        for name in (JOURNAL, LOCK):
            (folder / name).unlink(missing_ok=True)
        for path in missing:
            path.rmdir()


@contextmanager
def _locked(folder: Path) -> Iterator[None]:
    """Keep every other sweep out of a folder, for as long as this process lives at most."""
    path = folder / LOCK
    with ExitStack() as stack:
        while True:
            flags = os.O_RDWR | os.O_CREAT | os.O_NOFOLLOW | os.O_CLOEXEC
            descriptor = os.open(path, flags, 0o644)
            stack.callback(os.close, descriptor)
            try:
                fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except (BlockingIOError, PermissionError):
                words = "must not be in use by another sweep that runs now"
                raise InputError(OUT, str(folder), words) from None
            # A sweep that ended without a run may have removed it before it was locked.
            if path.exists() and os.path.samestat(path.lstat(), os.fstat(descriptor)):
                break
        yield


@contextmanager
def _stream(path: Path) -> Iterator[IO[bytes]]:
    descriptor = os.open(path, os.O_RDWR | os.O_NOFOLLOW | os.O_CLOEXEC)
    with os.fdopen(descriptor, "r+b", buffering=0) as stream:
        yield stream


def _identity(plan: Plan) -> dict[str, Any]:
    # Seeds and the grid's values may grow: a run is known by its own settings.
    shared = json.dumps([plan.protocol, sorted(plan.grid), dict(plan.settings)], sort_keys=True)
    found = {"plan": json.loads(shared), "code": code_version()}
    if plan.metrics:
        found["metrics"] = {metric.name: metric.identity for metric in plan.metrics}
    if plan.origins:
        found[ORIGINS] = dict(plan.origins)
    return found


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


def _digest(identity: Mapping[str, Any]) -> str:
    # Not what may grow: rows stay rows where a later command names one more file.
    lasting = {name: value for name, value in identity.items() if name != ORIGINS}
    return hashlib.sha256(_line(lasting)).hexdigest()[:16]


def _line(what: Mapping[str, Any]) -> bytes:
    text = json.dumps(what, separators=(",", ":")).encode()
    return b"%08x %s\n" % (zlib.crc32(text), text)


def _parsed(line: bytes) -> dict[str, Any] | None:
    check, _, text = line.partition(b" ")
    if not line.endswith(b"\n") or check != b"%08x" % zlib.crc32(text[:-1]):
        return None
    try:
        found = json.loads(text)
    except (ValueError, RecursionError):
        return None
    return found if isinstance(found, dict) else None


def _row_of(found: Mapping[str, Any] | None, digest: str) -> Row | None:
    """Return the row that a line holds, None for any other line and for that of another sweep."""
    if found is None or found.get("sweep") != digest:
        return None
    try:
        return Row(**{entry.name: found[entry.name] for entry in fields(Row)})
    except (LookupError, ValueError):
        return None
