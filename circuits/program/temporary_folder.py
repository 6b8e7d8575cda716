"""Temporary folders, locked while in use, so that those that killed processes left are known.

Whoever makes such a folder first removes the abandoned ones beside it: those of the same name, user
and machine of which nobody holds the lock. The lock is the system's, on the folder itself, and ends
with the process however that ends. Where the file system has none, as most that are shared between
machines, nothing is ever taken for abandoned.
"""

from __future__ import annotations

import errno
import fcntl
import functools
import hashlib
import os
import platform
import shutil
import tempfile
import threading
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager, suppress
from pathlib import Path

from hippokv.errors import BuildError

#: How the names of folders begin in which circuits run.
RUN_PREFIX = "hippokv-run-"
#: A younger folder is never taken for abandoned, in s: it may be made and not yet be locked.
GRACE_S = 60.0
# A link in the folder's place is not followed, and compiled circuits do not inherit the lock.
_OPEN = os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW | os.O_CLOEXEC

_searching = threading.Lock()
#: Parents and prefixes for which this process has looked for abandoned folders.
_searched: set[tuple[str, str]] = set()


@contextmanager
def run_folder() -> Iterator[Path]:
    """Give a temporary folder for the files of one run, and remove it.

    Raises
    ------
    BuildError
        Where there is no folder for temporary files that can be written.
    """
    with ExitStack() as stack:
        try:
            parent = Path(tempfile.gettempdir())
            folder = stack.enter_context(temporary_folder(parent, RUN_PREFIX))
        except OSError as error:
            shown = tempfile.tempdir or os.environ.get("TMPDIR", "")
            raise BuildError(
                f"TMPDIR = {shown!r}: must be a folder that can be written "
                f"({error.strerror or error})"
            ) from error
        yield folder


@contextmanager
def temporary_folder(parent: Path, prefix: str, mode: int = 0o700) -> Iterator[Path]:
    """Give a new, locked folder, and remove it on leaving unless it has another name by then.

    Removes the abandoned folders of this name beside it before, once in the life of a process.

    Parameters
    ----------
    parent
        Folder to make it in; must exist.
    prefix
        How its name begins.
    mode
        Its permissions, before the user's mask.

    Raises
    ------
    OSError
        Where the folder cannot be made.
    """
    _remove_abandoned(parent, prefix)
    folder, descriptor = _locked(parent, prefix, mode)
    try:
        yield folder
    finally:
        try:
            _remove(folder, descriptor)
        finally:
            os.close(descriptor)


def _locked(parent: Path, prefix: str, mode: int) -> tuple[Path, int]:
    """Return a new folder and the descriptor that holds its lock."""
    while True:
        folder = parent / f"{prefix}{_machine()}-{os.urandom(6).hex()}"
        try:
            folder.mkdir(mode)
        except FileExistsError:
            continue
        try:
            descriptor = os.open(folder, _OPEN)
        except FileNotFoundError:
            continue
        except OSError:
            with suppress(OSError):
                folder.rmdir()
            raise
        # Whoever looks for abandoned folders may have found this one before it was locked.
        if _lock(descriptor) != errno.EWOULDBLOCK and _is(folder, descriptor):
            return folder, descriptor
        os.close(descriptor)


def _remove_abandoned(parent: Path, prefix: str) -> None:
    """Remove the folders beside a new one that were left by killed processes, once in a process."""
    place = (str(parent), prefix)
    with _searching:
        if place in _searched:
            return
        _searched.add(place)
    # What cannot be listed or removed is left to others: it must not stop a run.
    with suppress(OSError), os.scandir(parent) as entries:
        for entry in entries:
            if entry.name.startswith(f"{prefix}{_machine()}-"):
                with suppress(OSError):
                    _remove_if_abandoned(parent / entry.name)


def _remove_if_abandoned(folder: Path) -> None:
    descriptor = os.open(folder, _OPEN)
    try:
        about = os.fstat(descriptor)
        old = time.time() - about.st_ctime > GRACE_S
        if old and about.st_uid == os.geteuid() and _lock(descriptor) == 0:
            _remove(folder, descriptor)
    finally:
        os.close(descriptor)


def _lock(descriptor: int) -> int:
    """Take the lock of an open folder, and return 0 or the number of the error."""
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError as error:
        return error.errno or errno.ENOLCK
    return 0


def _is(folder: Path, descriptor: int) -> bool:
    """Return whether a name is still that of an open folder."""
    try:
        return os.path.samestat(folder.lstat(), os.fstat(descriptor))
    except OSError:
        return False


def _remove(folder: Path, descriptor: int) -> None:
    """Remove an open folder and all in it, as far as can be done, where it has its name yet."""
    if not _is(folder, descriptor):
        return
    # By the descriptor: whatever takes the folder's name meanwhile is not touched.
    with suppress(OSError):
        for name in os.listdir(descriptor):
            try:
                os.unlink(name, dir_fd=descriptor)
            except OSError:
                shutil.rmtree(name, ignore_errors=True, dir_fd=descriptor)
    with suppress(OSError):
        folder.rmdir()


@functools.cache
def _machine() -> str:
    """Return a word for this machine: its locks may say nothing about processes of others."""
    try:
        # Names of machines repeat, and change; this one lasts until the system is started again.
        name = Path("/proc/sys/kernel/random/boot_id").read_text()
    except OSError:
        name = platform.node()
    return hashlib.sha256(name.encode()).hexdigest()[:10]
