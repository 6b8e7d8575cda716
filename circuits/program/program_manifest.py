"""The manifest of a compiled program: by what its files are known again, and whose they are."""

from __future__ import annotations

import hashlib
import json
import os
import stat
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from hippokv.components import file_digest
from hippokv.errors import BuildError

MANIFEST = "manifest.json"
PROGRAM = "main"
OUTPUTS = "outputs.json"
STATIC_ARRAYS = "static_arrays"
#: Up to this size a file is read and compared at its first use, whatever its time says.
SMALL_BYTES = 32_000_000

#: Permissions by which others could change a file.
BY_OTHERS = stat.S_IWGRP | stat.S_IWOTH

#: What the file system says of a file that only a change of it changes.
Stamp = tuple[int, int, int, int]


class DamagedError(Exception):
    """Report a compiled program that is not as it was when it was compiled."""


@dataclass(frozen=True)
class CompiledProgram:
    """Hold a compiled program whose files were found whole.

    Parameters
    ----------
    folder
        Where it is.
    outputs
        File that each recorded array is written to.
    stamps
        What the file system said of each file when it was checked.
    """

    folder: Path
    outputs: dict[str, str]
    stamps: dict[str, Stamp]

    def is_the_same(self, *names: str) -> bool:
        """Return whether files, all by default, are still those that were checked."""
        try:
            return all(
                _stamp(self.folder / name) == self.stamps[name] for name in names or self.stamps
            )
        except OSError:
            return False


def write_manifest(folder: Path, key: str, about: Mapping[str, Any] | None = None) -> None:
    """Write the manifest of a program that was just compiled, and let nobody else change its files.

    Parameters
    ----------
    folder
        Where it is.
    key
        Name under which it will be kept.
    about
        What else there is to say of it, for who lists the cache.
    """
    names = [PROGRAM, OUTPUTS]
    names += [f"{STATIC_ARRAYS}/{path.name}" for path in sorted((folder / STATIC_ARRAYS).iterdir())]
    files = {}
    for name in names:
        path = folder / name
        found = path.stat()
        files[name] = [found.st_size, found.st_mtime_ns, file_digest(path)]
    said = {"key": key, "files": files, "digest": _digest_of_words(key, files)}
    said |= {"about": about} if about else {}
    text = json.dumps(said, indent=1)
    (folder / MANIFEST).write_text(text, encoding="utf-8")
    for path in (folder, *folder.rglob("*")):
        path.chmod(path.stat().st_mode & ~BY_OTHERS)


def check_program(folder: Path, key: str) -> CompiledProgram:
    """Make sure that a compiled program is whole and nobody else's.

    Raises
    ------
    FileNotFoundError
        Where there is none.
    DamagedError
        Where it is not as it was when it was compiled.
    BuildError
        Where it belongs to another user.
    """
    check_owner(folder)
    try:
        _own_file(folder / MANIFEST)
        said = json.loads((folder / MANIFEST).read_text(encoding="utf-8"))
        if said["digest"] != _digest_of_words(said["key"], said["files"]):
            raise DamagedError(f"{MANIFEST} has changed")
        if said["key"] != key:
            raise DamagedError("it is that of another circuit")
        stamps = {name: _checked(folder / name, *about) for name, about in said["files"].items()}
        outputs = json.loads((folder / OUTPUTS).read_text(encoding="utf-8"))
    except FileNotFoundError as error:
        name = Path(error.filename).name
        raise DamagedError(f"{name} is missing") from None
    except OSError as error:
        raise DamagedError(f"{error.filename or folder}: {error.strerror}") from None
    except (ValueError, LookupError, TypeError, AttributeError, RecursionError):
        raise DamagedError(f"{MANIFEST} is not whole") from None
    return CompiledProgram(folder, outputs, stamps)


def check_owner(folder: Path) -> None:
    """Make sure that a folder of programs belongs to this user or the system.

    Raises
    ------
    FileNotFoundError
        Where it does not exist.
    BuildError
        Where another user owns it or could change what is in it.
    """
    found = folder.stat()
    if found.st_uid not in (os.geteuid(), 0):
        raise BuildError(
            f"HIPPOKV_CACHE: {str(folder)!r} belongs to user {found.st_uid}, whose programs would "
            "be run as yours; must be a folder of your own"
        )
    others = found.st_mode & stat.S_IWOTH and not found.st_mode & stat.S_ISVTX
    # On many systems every user has a group of the same number, with nobody else in it.
    group = found.st_mode & stat.S_IWGRP and found.st_gid not in (found.st_uid, 0)
    if others or group:
        who = "everybody" if others else f"group {found.st_gid}"
        raise BuildError(
            f"HIPPOKV_CACHE: {str(folder)!r} can be changed by {who}, whose programs would be run "
            f"as yours; must be a folder of your own: chmod go-w {str(folder)!r}"
        )


def _checked(path: Path, size: int, time_ns: int, digest: str) -> Stamp:
    found = _own_file(path)
    if path.name == PROGRAM and not found.st_mode & stat.S_IXUSR:
        raise DamagedError(f"{path.name} is not executable")
    if found.st_size != size:
        raise DamagedError(f"{path.name} has {found.st_size} bytes instead of {size}")
    if (size <= SMALL_BYTES or found.st_mtime_ns != time_ns) and file_digest(path) != digest:
        raise DamagedError(f"{path.name} has changed")
    return _stamp(path)


def _own_file(path: Path) -> os.stat_result:
    found = path.lstat()
    if not stat.S_ISREG(found.st_mode) or found.st_uid not in (os.geteuid(), 0):
        raise DamagedError(f"{path.name} is no file of yours")
    if found.st_mode & BY_OTHERS:
        raise DamagedError(f"{path.name} can be changed by others")
    return found


def _stamp(path: Path) -> Stamp:
    found = path.lstat()
    return found.st_size, found.st_mtime_ns, found.st_ctime_ns, found.st_ino


def _digest_of_words(*words: Any) -> str:
    return hashlib.sha256(json.dumps(words).encode()).hexdigest()
