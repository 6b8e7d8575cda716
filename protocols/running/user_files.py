"""Files and folders that a user names: found, and read without surprise.

``~`` is a home wherever a path is given, and only a file that ends is opened: a pipe or a device
would hold the program for ever.
"""

from __future__ import annotations

import stat
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, BinaryIO

from hippokv.errors import InputError, one_line
from hippokv.paths import path_of

OUT_KEY = "--out"
FOLDER = "the name of a folder"
GONE = "the current folder has been removed"


def out_folder(given: Any) -> Path:
    """Return the folder that was named for results.

    Raises
    ------
    InputError
        For what is no path, the home of somebody who is not known, or a place in a folder that has
        been removed.
    """
    folder = path_of(OUT_KEY, given, FOLDER)
    if not folder.is_absolute() and not is_here():
        raise InputError(OUT_KEY, given, f"must be a full path: {GONE}")
    return folder


@contextmanager
def opened(key: str, given: str, path: Path, what: str, most_bytes: int) -> Iterator[BinaryIO]:
    """Open a file to read it, and say of whatever goes wrong on the way what must be.

    Parameters
    ----------
    key
        Name of the setting or option.
    given
        Its value, as it is shown.
    path
        The file.
    what
        What it must be, in words.
    most_bytes
        Largest size.

    Raises
    ------
    InputError
        For what is no regular file, is too large or cannot be read, or where the block finds
        something in it that it cannot read.
    """
    try:
        found = path.stat()
        if not stat.S_ISREG(found.st_mode):
            words = f"must be {what} that exists, not a folder, a pipe or a device"
            raise InputError(key, given, words)
        if found.st_size > most_bytes:
            size = f"{most_bytes / 1e6:g} MB"
            raise InputError(key, given, f"must be {what} of at most {size}")
        with path.open("rb") as stream:
            yield stream
    except InputError:
        raise
    except FileNotFoundError:
        why = "" if path.is_absolute() or is_here() else f": {GONE}"
        raise InputError(key, given, f"must be {what} that exists{why}") from None
    except UnicodeError:
        words = f"must be {what} that can be read (it is not text in UTF-8)"
        raise InputError(key, given, words) from None
    except (OSError, ValueError, RecursionError) as error:
        reason = one_line(str(getattr(error, "strerror", None) or error), 200)
        raise InputError(key, given, f"must be {what} that can be read ({reason})") from None


def is_here() -> bool:
    """Return whether the current folder exists."""
    try:
        Path.cwd()
    except FileNotFoundError:
        return False
    return True
