"""The cache of compiled circuits: one folder each, complete or absent."""

from __future__ import annotations

import contextlib
import errno
import functools
import hashlib
import json
import logging
import os
import platform
import secrets
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from importlib.metadata import version
from pathlib import Path
from typing import TYPE_CHECKING

from hippokv.errors import BuildError

from ..description import described, digest_of
from .compiler import Compiler, find_compiler
from .program_manifest import (
    CompiledProgram,
    DamagedError,
    check_owner,
    check_program,
    write_manifest,
)
from .temporary_folder import run_folder

if TYPE_CHECKING:
    from ..circuit import Circuit

#: Environment variable that says where compiled circuits are kept.
CACHE_VARIABLE = "HIPPOKV_CACHE"
#: How often a circuit is compiled, and copied into the cache, at most where somebody removes the
#: cache meanwhile, and how long to wait before it is copied again.
MOST_BUILDS, MOST_COPIES, PAUSE_S = 10, 10, 0.02
#: What a system says where somebody does.
REMOVED = (errno.ENOENT, errno.EEXIST, errno.ENOTEMPTY)
#: Libraries that write the program.
PROGRAM_LIBRARIES = ("brian2", "sympy")
#: Modules of this folder that do; a circuit's own equations are in its description.
MAKERS = (
    "axonal_delays.py",
    "brian.py",
    "circuit.py",
    "circuit_checks.py",
    "compile.py",
    "description.py",
    "generated_sources.py",
    "grid_noise.py",
    "manipulable_cells.py",
    "manipulable_synapses.py",
    "manipulations.py",
    "network.py",
    "opsins.py",
    "population.py",
    "schedule.py",
    "scheduled_drive.py",
    "standalone_device.py",
    "trace_recorder.py",
)
#: What a process does that compiles. Brian2 can do without what draws and what tests, which take
#: longer to import than all that it writes itself; and nearly nothing that it makes is garbage.
COMPILE = """
import gc, runpy, sys
gc.disable()
sys.modules.update(matplotlib=None, pytest=None)
runpy.run_module("hippokv.circuits.program.compile", run_name="__main__", alter_sys=True)
"""
_LOG = logging.getLogger("hippokv")
#: Programs that this process has checked.
_CHECKED: dict[Path, CompiledProgram] = {}


def cache_folder() -> Path:
    """Return the folder of compiled circuits: ``$HIPPOKV_CACHE``, else the user's cache folder.

    Raises
    ------
    BuildError
        Where it cannot be told.
    """
    chosen = os.environ.get(CACHE_VARIABLE)
    if chosen is None or not chosen:
        import platformdirs

        chosen = platformdirs.user_cache_dir("hippokv", appauthor=False)
        if chosen.startswith("~"):
            raise _not_writable(chosen, "this user has no home folder")
    try:
        return Path(chosen).expanduser().absolute()
    except (RuntimeError, OSError) as error:
        raise _not_writable(chosen, error) from None


def compiled_program(
    circuit: Circuit, announce: Callable[[str], None] = lambda text: None, distrust: bool = False
) -> tuple[CompiledProgram, float]:
    """Return the program of a circuit and the seconds that compiling took, 0 on a hit.

    Safe when several processes want the same circuit: one compiles, the others wait. A folder
    appears under its final name only when it is complete; one that is damaged is compiled again,
    and a line of the log says so.

    Parameters
    ----------
    circuit
        The circuit.
    announce
        Called with a line of words if there is something to wait for.
    distrust
        True to compile it again although it looks as it should.

    Raises
    ------
    BuildError
        Where there is no C++ compiler, it fails, the cache cannot be written, or belongs to another
        user.
    """
    cache = cache_folder()
    folder = cache / circuit_key(circuit)
    start = time.perf_counter()
    trouble: OSError | None = None
    for _ in range(MOST_BUILDS):
        try:
            found = None if distrust else _whole(folder)
            if found:
                return found, 0.0
            from filelock import FileLock

            cache.mkdir(mode=0o700, parents=True, exist_ok=True)
            check_owner(cache)
            announce(f"compiling {circuit.name} (once for these sizes)")
            with FileLock(cache / f"{folder.name}.lock"):
                found = None if distrust else _whole(folder, say=True)
                if found is None:
                    _build(circuit, folder)
                    found = _whole(folder)
        except NotImplementedError:
            raise _not_writable(str(cache), "its file system has no locks") from None
        except OSError as error:
            # Somebody removes the cache, or puts it back, while the circuit is compiled.
            if error.errno not in REMOVED:
                raise _not_writable(str(cache), error) from error
            trouble = error
            continue
        if found:
            return found, time.perf_counter() - start
    raise _not_writable(str(cache), trouble or "what was compiled is gone at once")


def _whole(folder: Path, say: bool = False) -> CompiledProgram | None:
    """Return a program that is there and whole, else None, and say what is wrong with it."""
    known = _CHECKED.get(folder)
    if known and known.is_the_same():
        return known
    _CHECKED.pop(folder, None)
    try:
        check_owner(folder.parent)
        found = _CHECKED[folder] = check_program(folder, folder.name)
    except FileNotFoundError:
        return None
    except DamagedError as error:
        if say:
            _LOG.warning(
                "hippokv: the compiled circuit %s was damaged (%s): it is compiled again",
                folder.name, error,
            )  # fmt: skip
        return None
    return found


def _not_writable(folder: str, reason: object) -> BuildError:
    words = getattr(reason, "strerror", None) or reason
    return BuildError(
        f"{CACHE_VARIABLE} = {folder!r}: must be a folder that can be written ({words})"
    )


def circuit_key(circuit: Circuit) -> str:
    """Return the name under which a circuit is kept: a digest of what is compiled, and by what.

    The circuit's own name and numbers are not in it.
    """
    return _key_of(digest_of(circuit), find_compiler())


@functools.lru_cache(maxsize=64)
def _key_of(digest: str, compiler: Compiler) -> str:
    parts = {
        "circuit": digest,
        "made by": code_digest(Path(__file__).parents[1]),
        "libraries": _libraries(),
        "compiler": compiler.version,
        "flags": compiler.flags,
        "instructions": compiler.target,
        "machine": f"{platform.system()} {platform.machine()}",
    }
    return hashlib.sha256(json.dumps(parts, sort_keys=True).encode()).hexdigest()[:20]


def compiler_version() -> str:
    """Return the line in which the C++ compiler names itself.

    Raises
    ------
    BuildError
        Where there is no compiler or no ``make``.
    """
    return find_compiler().version


def made_here() -> dict[str, str]:
    """Return what makes programs here: where, a digest of that code, and versions of libraries."""
    place = Path(__file__).parents[1]
    return {"place": str(place), "code": code_digest(place), **_libraries()}


def _libraries() -> dict[str, str]:
    return {name: version(name) for name in PROGRAM_LIBRARIES}


@functools.cache
def code_digest(folder: Path) -> str:
    """Return a digest of what turns a circuit into a program: modules, headers and templates.

    Parameters
    ----------
    folder
        That of the circuits, in this installation or another.
    """
    digest = hashlib.sha256()
    for path in [*sorted(folder.rglob("*")), folder.parent / "plasticity" / "stability.py"]:
        if path.suffix in (".h", ".cpp") or path.name in (*MAKERS, "makefile", "stability.py"):
            digest.update(path.name.encode() + path.read_bytes())
    return digest.hexdigest()


def _build(circuit: Circuit, folder: Path) -> None:
    # Elsewhere: whoever removes the cache meanwhile must not disturb it.
    with run_folder() as made:
        _compile_in_process(circuit, made)
        for attempt in range(MOST_COPIES):
            try:
                return _keep(made, folder, circuit.name)
            except OSError as error:
                if error.errno not in REMOVED or attempt == MOST_COPIES - 1:
                    raise
                time.sleep(PAUSE_S)


def _keep(made: Path, folder: Path, name: str) -> None:
    """Copy a compiled circuit into the cache, where it appears whole or not at all."""
    cache = folder.parent
    cache.mkdir(mode=0o700, parents=True, exist_ok=True)
    for stale in cache.glob(f".{folder.name}-*"):
        shutil.rmtree(stale, ignore_errors=True)
    copy = cache / f".{folder.name}-{os.getpid()}-{secrets.token_hex(4)}"
    former = copy.with_name(f"{copy.name}-former")
    try:
        copy.mkdir(mode=0o700)
        for path in sorted(made.rglob("*")):
            place = copy / path.relative_to(made)
            if path.is_dir():
                place.mkdir(mode=0o700)
            else:
                shutil.copy(path, place)
        write_manifest(copy, folder.name, {"circuit": name, "made by": made_here()})
        with contextlib.suppress(FileNotFoundError):
            folder.rename(former)
        copy.rename(folder)
    finally:
        for remains in (copy, former):
            shutil.rmtree(remains, ignore_errors=True)


def _compile_in_process(circuit: Circuit, workshop: Path) -> None:
    """Compile a circuit in a process of its own, because Brian2's device is global.

    Raises
    ------
    BuildError
        Where it fails.
    """
    # A group of its own, so that an interrupt can end the compilers that it started.
    # -P: a file of the user's in the current folder must not stand for a module.
    words = ["-P", "-W", "ignore", "-c", COMPILE, str(workshop)]
    with subprocess.Popen(
        [sys.executable, *words],
        stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE,
        start_new_session=True,
    ) as compiler:  # fmt: skip
        try:
            _, errors = compiler.communicate(described(circuit).encode())
        except BaseException:
            with contextlib.suppress(ProcessLookupError):
                os.killpg(compiler.pid, signal.SIGKILL)
            raise
    if compiler.returncode:
        told = errors.decode(errors="replace").strip().splitlines()[-1:]
        raise BuildError(f"compiling {circuit.name} failed: {' '.join(told)}")
