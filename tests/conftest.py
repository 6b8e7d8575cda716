"""Circuits that are small enough for a test, and the one compiled program that tests share."""

from __future__ import annotations

import contextlib
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from hippokv.circuits.circuit import Circuit
from hippokv.circuits.program_cache import CACHE_VARIABLE, circuit_key
from hippokv.circuits.slot_memory import slot_memory
from hippokv.circuits.slot_memory_parameters import SlotMemoryParameters

#: Compiles the circuit in a process of its own if need be, runs it, and tells what it took.
WORKER = """
import hashlib, json, sys
from hippokv.circuits import program_cache
from hippokv.circuits.program import Program
from hippokv.circuits.schedule import Epoch, Schedule
from hippokv.circuits.slot_memory import slot_memory
from hippokv.circuits.circuit import Circuit
from hippokv.circuits.slot_memory_parameters import SlotMemoryParameters

builds = []
compile_it = program_cache._compile_in_process
program_cache._compile_in_process = lambda *given: (builds.append(1), compile_it(*given))
circuit = slot_memory(SlotMemoryParameters(**json.loads(sys.argv[1])))
announced = []
seconds = Program(circuit).build(announced.append)
schedule = Schedule((Epoch("recall", 300.0, 0, {"entorhinal": 1.0}),), circuit.widths)
recording = Program(circuit).run(schedule, seed=5, dt_ms=0.5)
times = recording.spikes["hippocampal"].time_s
print(json.dumps({
    "builds": len(builds), "seconds": seconds, "announced": announced, "spikes": len(times),
    "digest": hashlib.sha256(times.tobytes()).hexdigest(), "brian2": "brian2" in sys.modules,
}))
"""


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Begin with the files that take long, so that no core waits for another at the end."""
    slow = {item.path for item in items if item.get_closest_marker("slow")}
    items.sort(key=lambda item: item.path not in slow)


@dataclass(frozen=True)
class Compiled:
    """Hold the shared program's cache and how it came about.

    Before it was complete, a build was killed half-way and a half-finished folder lay in its
    place; then two processes wanted it at once.
    """

    cache: Path
    circuit: Circuit
    killed_at_work: bool
    told: tuple[str, str]

    @property
    def folder(self) -> Path:
        """Folder of the compiled circuit."""
        return self.cache / circuit_key(self.circuit)


def small_circuit() -> Circuit:
    """Return a circuit in which no two sizes are equal."""
    return slot_memory(SlotMemoryParameters(n_inputs=20, n_outputs=16, n_slots=6, cells_per_slot=3))


@pytest.fixture
def tiny() -> Circuit:
    """Return a circuit for the targets that run in Python."""
    return slot_memory(SlotMemoryParameters(n_inputs=8, n_outputs=8, n_slots=4, cells_per_slot=2))


@pytest.fixture(scope="session")
def compiled(tmp_path_factory: pytest.TempPathFactory) -> Compiled:
    """Return the one compiled circuit, built against every hardship."""
    cache = tmp_path_factory.mktemp("compiled")
    circuit = small_circuit()
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv(CACHE_VARIABLE, str(cache))
        killed_at_work, orphans = _kill_a_build(cache)
        half = cache / circuit_key(circuit)
        half.mkdir()
        (half / "main").write_text("not a program")
        workers = [_worker() for _ in range(2)]
        first, second = (worker.communicate(timeout=500) for worker in workers)
        _end(orphans)
    assert not any(worker.returncode for worker in workers), f"{first[1]}\n{second[1]}"
    return Compiled(cache, circuit, killed_at_work, (first[0], second[0]))


@pytest.fixture(scope="module")
def small(compiled: Compiled) -> Iterator[Circuit]:
    """Return the compiled circuit, with its cache in use."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv(CACHE_VARIABLE, str(compiled.cache))
        yield compiled.circuit


@pytest.fixture(scope="session")
def default_cache(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a cache for the circuit with the default sizes, compiled by the first that runs it."""
    return tmp_path_factory.mktemp("default")


@pytest.fixture
def default_program(default_cache: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Have the circuit with the default sizes compiled in a cache that only these tests use."""
    monkeypatch.setenv(CACHE_VARIABLE, str(default_cache))


def _worker() -> subprocess.Popen[str]:
    sizes = '{"n_inputs": 20, "n_outputs": 16, "n_slots": 6, "cells_per_slot": 3}'
    return subprocess.Popen(
        [sys.executable, "-c", WORKER, sizes], text=True, start_new_session=True,
        stdout=subprocess.PIPE, stderr=subprocess.PIPE,
    )  # fmt: skip


def _kill_a_build(cache: Path) -> tuple[bool, list[int]]:
    """Kill a build with its whole process group as soon as it compiles.

    Returns if it did, and the compilers: they have a group of their own and outlive it.
    """
    worker = _worker()
    deadline = time.monotonic() + 120
    at_work = False
    while not at_work and time.monotonic() < deadline and worker.poll() is None:
        time.sleep(0.05)
        at_work = any(cache.glob(".*/main.cpp"))
    pairs = (line.split() for line in _processes("pid=,ppid=").splitlines())
    orphans = [int(pid) for pid, parent in pairs if int(parent) == worker.pid]
    os.killpg(worker.pid, signal.SIGKILL)
    worker.communicate()
    return at_work, orphans


def _end(compilers: list[int]) -> None:
    for pid in compilers:
        if "hippokv.circuits.compile" in _processes("command=", "-p", str(pid)):
            with contextlib.suppress(ProcessLookupError):
                os.killpg(pid, signal.SIGKILL)


def _processes(columns: str, *which: str) -> str:
    command = ["ps", *(which or ("-A",)), "-o", columns]
    return subprocess.run(command, capture_output=True, text=True, check=False).stdout
