"""Files that are complete or absent, in a folder in which somebody may have put links.

What is written never goes through a link to a place that the user has not named, and what cannot be
written is said in one line.
"""

from __future__ import annotations

import os
import stat
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from hippokv.errors import InputError

OUT = "--out"
#: How the name of a file ends that is not yet complete.
PARTIAL = ".partial"


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
        raise InputError(OUT, str(folder), reason) from None


def check_file(path: Path, alone: bool = False) -> None:
    """Make sure that what is written into a folder goes to a file of that folder.

    Parameters
    ----------
    path
        The file, which need not exist.
    alone
        Whether it must have no other name, because it is written to and not replaced.

    Raises
    ------
    InputError
        For a symbolic link, a hard link, or anything but a file.
    """
    try:
        about = path.lstat()
    except (FileNotFoundError, NotADirectoryError):
        return
    if stat.S_ISLNK(about.st_mode):
        words = f"must hold no symbolic link, as {path.name} is one: remove it"
    elif not stat.S_ISREG(about.st_mode):
        words = f"must hold a file, or nothing, as {path.name}"
    elif alone and about.st_nlink > 1:
        words = f"must hold no hard link, as {path.name} is one: put a copy in its place"
    else:
        return
    raise InputError(OUT, str(path.parent), words)


def check_folder(path: Path) -> None:
    """Make sure that a folder within another is one, or is not there yet.

    Raises
    ------
    InputError
        For a symbolic link, or anything but a folder.
    """
    if path.is_symlink():
        raise InputError(
            OUT, str(path.parent), f"must hold no symbolic link, as {path.name} is one: remove it"
        )
    if path.exists() and not path.is_dir():
        raise InputError(OUT, str(path.parent), f"must hold a folder, or nothing, as {path.name}")


def partials_of(path: Path) -> list[Path]:
    """Return what is left of earlier attempts to write a file."""
    return list(path.parent.glob(f".{path.name}*{PARTIAL}"))


def write_whole(path: Path, content: bytes) -> None:
    """Write a file so that it is complete or absent; no link is followed.

    Raises
    ------
    InputError
        Where something else has the place of the file.
    OSError
        Where it cannot be written.
    """
    for found in (path, *partials_of(path)):
        check_file(found)
    for left in partials_of(path):
        left.unlink(missing_ok=True)
    partial = path.with_name(f".{path.name}.{os.urandom(6).hex()}{PARTIAL}")
    flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW | os.O_CLOEXEC
    descriptor = os.open(partial, flags, 0o666)
    try:
        with os.fdopen(descriptor, "wb") as stream:
            stream.write(content)
            stream.flush()
            os.fsync(stream.fileno())
        partial.replace(path)
    except BaseException:
        with suppress(OSError):
            partial.unlink()
        raise
