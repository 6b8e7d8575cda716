"""Small circuits for tests, and the cache of compiled programs that the tests share."""

from __future__ import annotations

import logging
import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from hippokv.circuits.circuit import Circuit
from hippokv.circuits.program.compiler import find_compiler
from hippokv.circuits.program.program import Program
from hippokv.circuits.program.program_cache import CACHE_VARIABLE, circuit_key
from hippokv.circuits.slot_memory import slot_memory
from hippokv.circuits.slot_memory_parameters import SlotMemoryParameters
from shared_circuit import SIZES

# Brian2 warns of a network that was built and never run when it is collected: in any later test.
logging.getLogger("brian2.core.base.unused_brian_object").setLevel(logging.ERROR)

#: Files that take minutes, because they compile circuits or run many.
LONG = (
    "test_benchmarks.py", "test_scaffold_protocols.py", "test_first_component.py",
    "test_examples.py", "test_hippocampal_memory.py", "test_sweep_cluster.py",
    "test_store_and_recall.py", "test_program_cpp.py", "test_path_integration_protocol.py",
    "test_scaffold_recall.py", "test_sweep_command.py", "test_command_line.py", "test_accuracy.py",
    "test_sweep.py", "test_copy_paste.py", "test_meta_learning.py", "test_dissociation.py",
)  # fmt: skip


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Begin with the files that take long, so that no core waits for another at the end."""
    slow = {item.path for item in items if item.get_closest_marker("slow")}
    names = {name: number for number, name in enumerate(LONG)}
    items.sort(key=lambda item: (names.get(item.path.name, len(LONG)), item.path not in slow))


def small_circuit() -> Circuit:
    """Return a circuit in which no two sizes are equal."""
    return slot_memory(SlotMemoryParameters(**SIZES))


@pytest.fixture
def tiny() -> Circuit:
    """Return a circuit for the targets that run in Python."""
    return slot_memory(SlotMemoryParameters(n_inputs=8, n_outputs=8, n_slots=4, cells_per_slot=2))


@pytest.fixture(scope="session")
def cache(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return the cache that all tests share which do not harm it: each circuit is compiled once."""
    chosen = os.environ.get(CACHE_VARIABLE)
    if chosen:
        return Path(chosen)
    base = tmp_path_factory.getbasetemp()
    # Each process that tests has a folder below the one of all.
    return (base.parent if "PYTEST_XDIST_WORKER" in os.environ else base) / "cache"


@pytest.fixture(scope="session")
def hurried_compiler(tmp_path_factory: pytest.TempPathFactory) -> str:
    """Return a compiler that does not optimise, for programs that hardly run.

    They are kept under keys of their own, because a compiler's name is part of the key.
    """
    path = tmp_path_factory.mktemp("compiler") / "hurried"
    path.write_text(f'#!/bin/sh\nexec {find_compiler().words} "$@" -O0\n')
    path.chmod(0o755)
    return str(path)


@pytest.fixture(scope="module")
def small(cache: Path) -> Iterator[Circuit]:
    """Return a small compiled circuit, with its cache in use."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv(CACHE_VARIABLE, str(cache))
        circuit = small_circuit()
        Program(circuit).build()
        yield circuit


@pytest.fixture
def small_folder(small: Circuit, cache: Path) -> Path:
    """Return the folder of the small compiled circuit."""
    return cache / circuit_key(small)
