"""The C++ compiler of this machine: which one it is, and for which instructions it compiles."""

from __future__ import annotations

import functools
import hashlib
import os
import re
import shlex
import shutil
import subprocess
import sysconfig
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from hippokv.errors import BuildError

#: Environment variable that names the compiler.
COMPILER_VARIABLE = "CXX"
COMPILERS = ("g++", "c++", "clang++")
FLAGS = ("-w", "-O3", "-ffast-math", "-std=c++11")
#: Ways to ask for all instructions of this processor; Clang on ARM may know the second alone.
NATIVE = (("-march=native",), ("-mcpu=native",), ())
# A loop over the cells of a population touches more arrays than GCC is willing to tell apart by
# default; with the limit raised it uses vector instructions and the run takes half the time.
GCC_FLAGS = ("--param=vect-max-version-for-alias-checks=500",)
#: Variables by which a user tells make what to do, and which would change what it does here.
MAKE_VARIABLES = ("MAKEFLAGS", "MAKEFILES", "MFLAGS", "GNUMAKEFLAGS", "MAKELEVEL", "MAKEOVERRIDES")
_VERSION = re.compile(r"^.*\bversion \d.*$", re.MULTILINE)


@dataclass(frozen=True)
class Compiler:
    """Hold what is known of a compiler.

    Parameters
    ----------
    command
        Words of its command.
    version
        The line in which it names itself.
    flags
        Flags for a circuit.
    target
        Digest of all that it defines by itself: its version and the instructions of this processor.
    """

    command: tuple[str, ...]
    version: str
    flags: tuple[str, ...]
    target: str

    @property
    def words(self) -> str:
        """Its command as one would type it."""
        return shlex.join(self.command)

    @property
    def for_make(self) -> str:
        """Its command as a value of a makefile."""
        return self.words.replace("$", "$$")

    @staticmethod
    def environment() -> dict[str, str]:
        """Return the variables of this process without those that change what make does."""
        kept = {name: value for name, value in os.environ.items() if name not in MAKE_VARIABLES}
        # Errors are found by their English word.
        return {**kept, "LC_ALL": "C"}


def find_compiler() -> Compiler:
    """Return the C++ compiler: that of ``$CXX``, else the first of g++, c++ and clang++ that works.

    Of those with a version in their name, as ``g++-12``, the newest counts where there is none
    without.

    Raises
    ------
    BuildError
        Where there is no compiler that works, or no ``make``.
    """
    return _find(os.environ.get(COMPILER_VARIABLE, "").strip(), os.environ.get("PATH", os.defpath))


@functools.lru_cache(maxsize=8)
def _find(chosen: str, path: str) -> Compiler:
    found = _found(chosen, path)
    if shutil.which("make", path=path) is None:
        raise _missing("make was not found")
    return found


@contextmanager
def compiler_for_cython() -> Iterator[None]:
    """Let Python build modules with the compiler that is there, where its own is not.

    Raises
    ------
    BuildError
        Where there is no compiler that works.
    """
    own = _words(os.environ.get("CC") or str(sysconfig.get_config_var("CC") or ""))
    if own and shutil.which(own[0]) and _asked(tuple(own)):
        yield
        return
    chosen = os.environ.get(COMPILER_VARIABLE, "").strip()
    words = _found(chosen, os.environ.get("PATH", os.defpath), "cython").words
    before = {name: os.environ.get(name) for name in ("CC", "CXX")}
    os.environ.update(CC=words, CXX=words)
    try:
        yield
    finally:
        for name, value in before.items():
            if value is None:
                del os.environ[name]
            else:
                os.environ[name] = value


def _found(chosen: str, path: str, target: str = "cpp") -> Compiler:
    if chosen:
        command = (chosen,) if shutil.which(chosen, path=path) else tuple(_words(chosen))
        if not command or shutil.which(command[0], path=path) is None:
            raise _missing(f"{COMPILER_VARIABLE} = {chosen!r} was not found", target)
        found = _asked(command)
        if found is None:
            raise _missing(f"{COMPILER_VARIABLE} = {chosen!r} does not work", target)
        return found
    there = [name for name in (*COMPILERS, *_numbered(path)) if shutil.which(name, path=path)]
    if not there:
        raise _missing(f"none of {', '.join(COMPILERS)} was found", target)
    for name in there:
        found = _asked((name,))
        if found is not None:
            return found
    raise _missing(f"{' and '.join(there)} {'does' if len(there) == 1 else 'do'} not work", target)


def _missing(what: str, target: str = "cpp") -> BuildError:
    return BuildError(
        f"run.target = {target!r}: {what}; must be a machine with make and a C++ compiler, which "
        f"{COMPILER_VARIABLE} may name, else use --target numpy"
    )


def _words(command: str) -> list[str]:
    try:
        return shlex.split(command)
    except ValueError:
        return []


def _numbered(path: str) -> list[str]:
    """Return compilers with a version in their name, the newest of a kind first."""
    found: dict[str, list[int]] = {}
    for folder in path.split(os.pathsep):
        try:
            names = os.listdir(folder or ".")
        except OSError:
            continue
        for name in names:
            kind, _, number = name.rpartition("-")
            if kind in COMPILERS and number.isdecimal():
                found.setdefault(kind, []).append(int(number))
    return [f"{kind}-{n}" for kind in COMPILERS for n in sorted(found.get(kind, []), reverse=True)]


def _asked(command: tuple[str, ...]) -> Compiler | None:
    """Return what a compiler tells of itself, None where it does not work."""
    for native in NATIVE:
        try:
            told = subprocess.run(
                [*command, "-v", *native, "-dM", "-E", "-x", "c++", os.devnull],
                capture_output=True, text=True, errors="replace", check=False,
                env=Compiler.environment(), stdin=subprocess.DEVNULL,
            )  # fmt: skip
        except OSError:
            return None
        if told.returncode == 0 and "__cplusplus" in told.stdout:
            break
    else:
        return None
    named = _VERSION.search(told.stderr)
    gcc = GCC_FLAGS if "__clang__" not in told.stdout and "__GNUC__" in told.stdout else ()
    return Compiler(
        command=command,
        version=f"{Path(command[-1]).name}: {named[0].strip() if named else 'unknown version'}",
        flags=(*FLAGS, *native, *gcc),
        target=hashlib.sha256(told.stdout.encode()).hexdigest(),
    )
