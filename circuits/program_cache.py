"""The cache of compiled circuits: one folder each, complete or absent."""

from __future__ import annotations

import contextlib
import functools
import hashlib
import json
import os
import pickle
import platform
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from importlib.metadata import version
from pathlib import Path
from typing import TYPE_CHECKING

import hippokv.parameter
import hippokv.plasticity
from hippokv.errors import BuildError

if TYPE_CHECKING:
    from .circuit import Circuit

#: Environment variable that says where compiled circuits are kept.
CACHE_VARIABLE = "HIPPOKV_CACHE"
COMPILER_FLAGS = ("-w", "-O3", "-ffast-math", "-march=native", "-std=c++11")
# A loop over the cells of a population touches more arrays than GCC is willing to tell apart by
# default; with the limit raised it uses vector instructions and the run takes half the time.
GCC_FLAGS = ("--param=vect-max-version-for-alias-checks=500",)


def cache_folder() -> Path:
    """Return the folder of compiled circuits: ``$HIPPOKV_CACHE``, else the user's cache folder."""
    chosen = os.environ.get(CACHE_VARIABLE)
    if chosen:
        try:
            return Path(chosen).expanduser().absolute()
        except RuntimeError as error:
            raise BuildError(
                f"{CACHE_VARIABLE} = {chosen!r}: must be a folder that can be written ({error})"
            ) from None
    import platformdirs

    return Path(platformdirs.user_cache_dir("hippokv", appauthor=False))


def compiled_folder(
    circuit: Circuit, announce: Callable[[str], None] = lambda text: None
) -> tuple[Path, float]:
    """Return the folder of a compiled circuit and the seconds that compiling took, 0 on a hit.

    Safe when several processes want the same circuit: one compiles, the others wait. A folder
    appears under its final name only when it is complete.

    Raises
    ------
    BuildError
        Where there is no C++ compiler, it fails, or the cache cannot be written.
    """
    cache = cache_folder()
    folder = cache / circuit_key(circuit)
    if _is_complete(folder):
        return folder, 0.0
    from filelock import FileLock

    start = time.perf_counter()
    try:
        cache.mkdir(parents=True, exist_ok=True)
        announce(f"compiling {circuit.name} (once for these sizes)")
        with FileLock(cache / f"{folder.name}.lock"):
            if not _is_complete(folder):
                _build(circuit, folder)
    except OSError as error:
        raise BuildError(
            f"{CACHE_VARIABLE} = {str(cache)!r}: must be a folder that can be written ({error.strerror})"
        ) from error
    return folder, time.perf_counter() - start


@functools.lru_cache(maxsize=64)
def _key_of(name: str, structure: tuple[tuple[str, int], ...]) -> str:
    parts = {
        "circuit": name,
        "structure": dict(structure),
        "sources": _sources(),
        "brian2": version("brian2"),
        "compiler": compiler_version(),
        "flags": compiler_flags(),
        "machine": _processor(),
    }
    return hashlib.sha256(json.dumps(parts, sort_keys=True).encode()).hexdigest()[:20]


def circuit_key(circuit: Circuit) -> str:
    """Return the name under which a circuit is kept: a hash of all that changes its code."""
    kind = type(circuit)
    structure = tuple(sorted(circuit.structure.items()))
    return f"{circuit.name}-{_key_of(f'{kind.__module__}.{kind.__qualname__}', structure)}"


def compiler_version() -> str:
    """Return the first line in which the C++ compiler names itself.

    Raises
    ------
    BuildError
        Where there is no compiler or no ``make``.
    """
    return _compiler_words().partition("\n")[0]


def compiler_flags() -> tuple[str, ...]:
    """Return the flags for the C++ compiler of this machine."""
    gcc = "Free Software Foundation" in _compiler_words()
    return COMPILER_FLAGS + GCC_FLAGS if gcc else COMPILER_FLAGS


@functools.lru_cache(maxsize=1)
def _compiler_words() -> str:
    compiler = os.environ.get("CXX", "").split() or ["g++"]
    for tool in (compiler[0], "make"):
        if shutil.which(tool) is None:
            raise BuildError(
                f"run.target = 'cpp': {tool} was not found; "
                "must be a machine with a C++ compiler and make, else use --target numpy"
            )
    told = subprocess.run([*compiler, "--version"], capture_output=True, text=True, check=False)
    if told.returncode or not told.stdout.strip():
        raise BuildError(
            f"run.target = 'cpp': {compiler[0]} does not work; "
            "must be a machine with a C++ compiler and make, else use --target numpy"
        )
    return told.stdout


def _is_complete(folder: Path) -> bool:
    return all((folder / name).exists() for name in ("main", "outputs.json", "static_arrays"))


def _sources() -> str:
    folders = [Path(__file__).parent, Path(str(hippokv.plasticity.__file__)).parent]
    files = [path for folder in folders for path in sorted(folder.rglob("*"))]
    digest = hashlib.sha256()
    for path in [*files, Path(str(hippokv.parameter.__file__))]:
        if path.suffix in (".py", ".h", ".cpp"):
            digest.update(path.read_bytes())
    return digest.hexdigest()


def _processor() -> str:
    try:
        text = Path("/proc/cpuinfo").read_text()
        flags = next(line for line in text.splitlines() if line.startswith(("flags", "Features")))
    except (OSError, StopIteration):
        flags = platform.processor()
    return f"{platform.system()} {platform.machine()} {hashlib.sha256(flags.encode()).hexdigest()}"


def _build(circuit: Circuit, folder: Path) -> None:
    for stale in folder.parent.glob(f".{folder.name}-*"):
        shutil.rmtree(stale, ignore_errors=True)
    workshop = folder.parent / f".{folder.name}-{os.getpid()}"
    try:
        _compile_in_process(circuit, workshop)
        if folder.exists():
            shutil.rmtree(folder)
        workshop.rename(folder)
    finally:
        shutil.rmtree(workshop, ignore_errors=True)


def _compile_in_process(circuit: Circuit, workshop: Path) -> None:
    # A group of its own, so that an interrupt can end the compilers that it started.
    with subprocess.Popen(
        # -P: a file of the user's in the current folder must not stand for a module.
        [sys.executable, "-P", "-m", "hippokv.circuits.compile", str(workshop)],
        stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE,
        start_new_session=True,
    ) as compiler:  # fmt: skip
        try:
            _, errors = compiler.communicate(pickle.dumps(circuit))
        except BaseException:
            with contextlib.suppress(ProcessLookupError):
                os.killpg(compiler.pid, signal.SIGKILL)
            raise
    if compiler.returncode:
        told = errors.decode(errors="replace").strip().splitlines()[-1:]
        raise BuildError(f"compiling {circuit.name} failed: {' '.join(told)}")
