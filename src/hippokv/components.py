"""Components: protocols, circuits and rules by a name of ours, from a file, or from a package.

A text that settings hold names a component. It is a name that HippoKV has; a file of Python,
``path/to/file.py`` or ``path/to/file.py:NAME``; or the name of an entry point of an installed
package. Nothing of a package or a file is imported before it is named.
"""

from __future__ import annotations

import hashlib
import os
import re
import sys
import threading
import traceback
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from importlib import import_module
from importlib.metadata import EntryPoint, PackageNotFoundError, entry_points, version
from types import ModuleType
from typing import Any

from .errors import InputError, cause, one_line
from .parameter import nearest, plain
from .paths import path_of

#: A file of Python, and the name of what is taken from it.
_FILE = re.compile(r"(.+\.py)(?::([^\W\d]\w*))?", re.DOTALL)
#: What stands before the name of a file of items, and before the digest of a file.
FILE_PREFIX, DIGEST = "file:", "sha256:"
#: What stands before a digest or a name in settings where an object was passed from Python.
OBJECT = "object:"
MOST_BYTES = 1_000_000
#: Files that were imported, by path: digest of their content, and the module.
_IMPORTED: dict[str, tuple[str, ModuleType]] = {}
_LOCK = threading.RLock()


@dataclass(frozen=True)
class Shelf:
    """Say where the components of one kind are.

    Parameters
    ----------
    key
        Name of the setting or the word of the command line that names one.
    what
        What one is, in words: ``a circuit``.
    variable
        What a file calls it where nothing else is said.
    group
        Group of the entry points by which packages bring some.
    shipped
        Name -> module of HippoKV that holds it as ``variable``.
    wrong
        Says what an object must be that is none, and nothing of one that is.
    """

    key: str
    what: str
    variable: str
    group: str
    shipped: Mapping[str, str]
    wrong: Callable[[Any], str]


@dataclass(frozen=True)
class Found:
    """Hold a component that was found.

    Parameters
    ----------
    item
        The component.
    reference
        What settings call it: its name, or its file with a full path.
    source
        The file or the package that it is from, empty where it is one of ours.
    version
        Digest of the file, or version of the package.
    """

    item: Any
    reference: str
    source: str = ""
    version: str = ""


def find(shelf: Shelf, given: Any) -> Found:
    """Return the component that a text names.

    Raises
    ------
    InputError
        Where there is none, it cannot be imported, or it is something else.
    """
    given = _text(given)
    if not isinstance(given, str):
        raise _unknown(shelf, given)
    if given in shelf.shipped:
        return Found(getattr(import_module(shelf.shipped[given]), shelf.variable), given)
    if given.startswith(OBJECT):
        words = "must be passed again from Python: it was an object there, which no file can name"
        raise InputError(shelf.key, given, words)
    if match := _FILE.fullmatch(given):
        return _in_file(shelf, given, *match.groups())
    return _in_package(shelf, given)


def full_reference(shelf: Shelf, given: Any) -> Any:
    """Return a text that names a component, with the full path where it is a file."""
    given = _text(given)
    match = _FILE.fullmatch(given) if isinstance(given, str) else None
    if match is None or given in shelf.shipped or given.startswith(OBJECT):
        return given
    return _reference(shelf, _full_path(shelf.key, given, match[1], shelf.what), match[2])


def packaged(shelf: Shelf) -> dict[str, list[EntryPoint]]:
    """Return the entry points of installed packages by name; none of them is imported."""
    found: dict[str, list[EntryPoint]] = {}
    for point in sorted(set(entry_points(group=shelf.group)), key=lambda one: one.name):
        # A package may be seen twice, where it was installed twice.
        known = found.setdefault(point.name, [])
        if all((one.value, _package(one)) != (point.value, _package(point)) for one in known):
            known.append(point)
    return found


def from_packages(shelf: Shelf) -> Iterator[tuple[str, Found | InputError]]:
    """Yield the name of every component of a package, and it or what is wrong with it."""
    for name in packaged(shelf):
        try:
            yield name, _in_package(shelf, name)
        except InputError as error:
            yield name, error


def version_now(source: str) -> str:
    """Return the digest of a file or the version of a package, nothing where it is not there."""
    items = source.startswith(FILE_PREFIX)
    if items or _FILE.fullmatch(source):
        try:
            return DIGEST + file_digest(source.removeprefix(FILE_PREFIX) if items else source)
        except OSError:
            return ""
    try:
        return version(source)
    except PackageNotFoundError:
        return ""


def file_digest(path: str | os.PathLike[str]) -> str:
    """Return a digest of what a file holds."""
    with open(path, "rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()


def digest(content: bytes) -> str:
    """Return the digest by which a file is known again."""
    return DIGEST + hashlib.sha256(content).hexdigest()


def place_of(error: BaseException) -> str:
    """Say in which line of which file an error came up, as far as it is known."""
    if isinstance(error, SyntaxError):
        # Its words say it.
        return ""
    frames = traceback.extract_tb(error.__traceback__)
    outer = [one for one in frames if not one.filename.startswith("<frozen")]
    if not outer:
        return ""
    return f"{os.path.basename(outer[-1].filename)}, line {outer[-1].lineno}"


def told(error: BaseException) -> str:
    """Return an error of somebody else's code in one line: what it is, and where."""
    place = place_of(error)
    return cause(error) + (f" ({place})" if place else "")


def from_file(key: str, given: str, variable: str, what: str) -> Found:
    """Return what a file holds under a name.

    Parameters
    ----------
    key
        Name of the setting or option.
    given
        The file, or the file, a colon and the name.
    variable
        The name, where none is given; empty where one must be.
    what
        What the file must have in it, in words.

    Raises
    ------
    InputError
        Where there is no such file, it cannot be imported, or it has nothing of that name.
    """
    match = _FILE.fullmatch(given)
    name = (match[2] if match else "") or variable
    if match is None or not name:
        raise InputError(key, given, f"must name {what} in a file, such as ./my_file.py:NAME")
    path = _full_path(key, given, match[1], what)
    content = _content(key, given, path)
    module = _imported(key, given, path, content)
    if not hasattr(module, name):
        raise InputError(key, given, f"must be a file with {what} in it: it has no {name}")
    return Found(getattr(module, name), f"{path}:{name}", path, digest(content))


def _text(given: Any) -> Any:
    """Return a path or a text of NumPy's as a text, all else as it is."""
    return os.fspath(given) if isinstance(given, os.PathLike) else plain(given)


def _in_file(shelf: Shelf, given: str, path: str, name: str | None) -> Found:
    found = from_file(shelf.key, given, shelf.variable, shelf.what)
    wrong = shelf.wrong(found.item)
    if wrong:
        shown = name or shelf.variable
        raise InputError(shelf.key, given, f"{shown} of this file {wrong}")
    return Found(found.item, _reference(shelf, found.source, name), found.source, found.version)


def _in_package(shelf: Shelf, name: str) -> Found:
    points = packaged(shelf).get(name, [])
    if not points:
        raise _unknown(shelf, name)
    packages = " and ".join(_package(point)[0] for point in points)
    if name in shelf.shipped:
        words = f"must have another name in the package {packages}: HippoKV has {shelf.what} {name}"
        raise InputError(shelf.key, name, words)
    if len(points) > 1:
        raise InputError(shelf.key, name, f"must be a name of one package, not of {packages}")
    source, package_version = _package(points[0])
    try:
        item = points[0].load()
    except (Exception, SystemExit) as error:
        words = f"must be in a package that can be imported: {packages}: {told(error)}"
        raise InputError(shelf.key, name, words) from error
    wrong = shelf.wrong(item)
    if wrong:
        raise InputError(shelf.key, name, f"of the package {packages} {wrong}")
    return Found(item, name, source, package_version)


def _package(point: EntryPoint) -> tuple[str, str]:
    """Return the name and the version of the package of an entry point."""
    return (point.dist.name, point.dist.version) if point.dist else (point.module, "unknown")


def _unknown(shelf: Shelf, given: Any) -> InputError:
    names = [*shelf.shipped, *(name for name in packaged(shelf) if name not in shelf.shipped)]
    listed = f"one of {', '.join(names)}, or " if names else ""
    words = f"must be {listed}a file, such as ./my_{shelf.variable.lower()}.py"
    return InputError(shelf.key, given, words + nearest(given, names))


def _reference(shelf: Shelf, path: str, name: str | None) -> str:
    return path if name in (None, shelf.variable) else f"{path}:{name}"


def _full_path(key: str, given: str, path: str, what: str) -> str:
    try:
        return os.path.abspath(path_of(key, given, what, path))
    except FileNotFoundError:
        words = "must be a full path: the current folder has been removed"
        raise InputError(key, given, words) from None


def _content(key: str, given: str, path: str) -> bytes:
    words = "must be a file of Python that exists, not a folder, a pipe or a device"
    if not os.path.isfile(path):
        raise InputError(key, given, words)
    try:
        with open(path, "rb") as stream:
            content = stream.read(MOST_BYTES + 1)
    except OSError as error:
        words = f"must be a file of Python that can be read ({error.strerror})"
        raise InputError(key, given, words) from None
    if len(content) > MOST_BYTES:
        raise InputError(key, given, f"must be a file of at most {MOST_BYTES / 1e6:g} MB")
    return content


def _is_in(folder: str, module: ModuleType) -> bool:
    """Return whether a module is a file in a folder or below it."""
    path = getattr(module, "__file__", None)
    return bool(path) and os.path.abspath(str(path)).startswith(os.path.join(folder, ""))


def _imported(key: str, given: str, path: str, content: bytes) -> ModuleType:
    """Return the module of a file; one that was imported before is imported again if it changed."""
    known = digest(content)
    with _LOCK:
        if path in _IMPORTED and _IMPORTED[path][0] == known:
            return _IMPORTED[path][1]
        name = f"hippokv_file_{hashlib.sha256(path.encode()).hexdigest()[:12]}_{known[7:19]}"
        module = ModuleType(name)
        module.__file__ = path
        folder = os.path.dirname(path)
        # Dataclasses look up the module of their class by its name.
        sys.modules[name] = module
        before = set(sys.modules)
        # What stands beside the file can be imported, and is in front of nothing.
        sys.path.append(folder)
        try:
            exec(compile(content, path, "exec"), module.__dict__)
        except (Exception, SystemExit) as error:
            del sys.modules[name]
            words = f"must be a file of Python that can be imported: {one_line(told(error), 300)}"
            raise InputError(key, given, words) from error
        finally:
            del sys.path[len(sys.path) - 1 - sys.path[::-1].index(folder)]
            # Another file may have another module of that name beside it, or this one be changed.
            for other in set(sys.modules) - before - {name}:
                if _is_in(folder, sys.modules[other]):
                    del sys.modules[other]
        _IMPORTED[path] = known, module
        return module
