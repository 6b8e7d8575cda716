"""The entries of the cache of compiled circuits: what they are, and which nobody needs any more."""

from __future__ import annotations

import json
import re
import shutil
import subprocess
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from .program_cache import code_digest, made_here
from .program_manifest import MANIFEST, PROGRAM, check_owner

#: How an entry is called; what else is in the folder is none of the cache's.
NAME = re.compile(r"[0-9a-f]{20}")


@dataclass(frozen=True)
class CacheEntry:
    """Hold one compiled circuit of the cache.

    Parameters
    ----------
    folder
        Where it is.
    circuit
        What the circuit was called; nothing where it was compiled by an older version.
    size
        Bytes that it takes.
    compiled_s
        When it was compiled, in s since 1970.
    needed
        Whether this version would use it, for a circuit of the same mathematics, or the one that
        compiled it, where that is still installed.
    """

    folder: Path
    circuit: str
    size: int
    compiled_s: float
    needed: bool

    @property
    def program(self) -> Path:
        """What is run."""
        return self.folder / PROGRAM


def cache_entries(cache: Path) -> list[CacheEntry]:
    """Return the entries of a cache, the newest first; none where it does not exist.

    Raises
    ------
    BuildError
        Where it belongs to another user.
    """
    if not cache.is_dir():
        return []
    check_owner(cache)
    found = [
        _entry(path)
        for path in cache.iterdir()
        if NAME.fullmatch(path.name) and path.is_dir() and not path.is_symlink()
    ]
    return sorted(found, key=lambda entry: entry.compiled_s, reverse=True)


def remove_entry(entry: CacheEntry) -> bool:
    """Remove an entry, unless it is in use: compiled or run at this moment; return whether it was.

    Raises
    ------
    OSError
        Where it cannot be removed.
    """
    from filelock import FileLock, Timeout

    try:
        with FileLock(f"{entry.folder}.lock", timeout=0):
            if _is_run(entry):
                return False
            # It is gone at once for whoever looks for it, and not by and by.
            former = entry.folder.with_name(f".{entry.folder.name}-0-cleared")
            shutil.rmtree(former, ignore_errors=True)
            entry.folder.rename(former)
            shutil.rmtree(former)
            return True
    except Timeout:
        return False


def _entry(folder: Path) -> CacheEntry:
    try:
        said = json.loads((folder / MANIFEST).read_text(encoding="utf-8")).get("about", {})
        circuit, made_by = str(said["circuit"]), said["made by"]
    except (OSError, ValueError, LookupError, TypeError, AttributeError, RecursionError):
        circuit, made_by = "", None
    files = [path for path in folder.rglob("*") if path.is_file() and not path.is_symlink()]
    size = sum(path.stat().st_size for path in files)
    return CacheEntry(folder, circuit, size, folder.stat().st_mtime, _is_needed(made_by))


def _is_needed(made_by: Any) -> bool:
    if not isinstance(made_by, dict) or not made_by.get("place"):
        return False
    here, place = made_here(), str(made_by["place"])
    if place == here["place"]:
        return bool(made_by == here)
    alike = all(made_by.get(name) == here[name] for name in here if name != "place")
    try:
        return alike or code_digest(Path(place)) == made_by.get("code")
    except OSError:
        # It is installed there no more.
        return False


def _is_run(entry: CacheEntry) -> bool:
    """Return whether a process runs the program; also where that cannot be told."""
    try:
        # The same words on Linux and macOS.
        told = subprocess.run(
            ["ps", "-A", "-ww", "-o", "args="], capture_output=True, text=True, errors="replace",
            check=True,
        )  # fmt: skip
    except (OSError, subprocess.CalledProcessError):
        return True
    return str(entry.program) in told.stdout
