"""Paths that a user names: ``~`` is a home wherever a path is given."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

from .errors import InputError, one_line


def path_of(key: str, given: Any, what: str, name: Any = None) -> Path:
    """Return the path that was given, with the home that a ``~`` at its begin stands for.

    Parameters
    ----------
    key
        Name of the setting or option.
    given
        Its value.
    what
        What it must be, in words.
    name
        The path within the value, where the value is more than a path.

    Raises
    ------
    InputError
        For what is no path, or the home of somebody who is not known.
    """
    name = given if name is None else name
    text = os.fspath(name) if isinstance(name, (str, os.PathLike)) else ""
    if not isinstance(text, str) or not text or "\0" in text:
        raise InputError(key, given, f"must be {what}")
    # Not Path.expanduser: to a Path, ./~a is ~a.
    found = os.path.expanduser(text)
    if found.startswith("~"):
        home = one_line(text.partition("/")[0])
        raise InputError(key, given, f"must be {what} (no home is known for {home})")
    return Path(found)


def output_path(key: str, given: str, what: str, ending: str) -> Path:
    """Return the path of a file to be written, over one of before or beside others.

    Parameters
    ----------
    key, given, what
        As those of :func:`path_of`.
    ending
        How its name ends, in any case.

    Raises
    ------
    InputError
        For another ending, a folder, or a folder around it that does not exist.
    """
    path = path_of(key, given, what)
    if path.suffix.lower() != ending or path.is_dir():
        raise InputError(key, given, f"must be {what}")
    if not path.parent.is_dir():
        raise InputError(key, given, f"must be {what}, in a folder that exists")
    return path
