"""Damage every file of a compiled circuit in turn, and count what a run makes of it.

A run must give the bytes of an undamaged one, because the circuit is compiled again, or say what is
wrong. Compiling is replaced by copying what was compiled once, so that hundreds of cases take
minutes; how it is noticed, said and run again is the product's.
"""

from __future__ import annotations

import logging
import os
import shutil
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

from hippokv.circuits.circuit import Circuit
from hippokv.circuits.grid_circuit import grid_circuit
from hippokv.circuits.grid_circuit_parameters import GridCircuitParameters
from hippokv.circuits.program import program_cache
from hippokv.circuits.program.program import Program
from hippokv.circuits.program.program_manifest import MANIFEST
from hippokv.circuits.recording import Recording
from hippokv.circuits.schedule import Epoch, Schedule
from hippokv.circuits.slot_memory import slot_memory
from hippokv.circuits.slot_memory_parameters import SlotMemoryParameters
from hippokv.errors import BuildError
from tables import heading, options, row, sized

COLUMNS = [
    ("damage", 8), ("the same bytes", 14), ("compiled again", 14), ("refused", 7), ("wrong", 5),
]  # fmt: skip


def remove(path: Path) -> None:
    """Remove a file."""
    path.unlink()


def empty(path: Path) -> None:
    """Leave nothing of a file."""
    path.write_bytes(b"")


def cut(path: Path) -> None:
    """Leave the first half of a file."""
    path.write_bytes(path.read_bytes()[: path.stat().st_size // 2])


def flip(path: Path) -> None:
    """Flip a bit in the middle of a file, and let its time look as before."""
    before, content = path.stat(), bytearray(path.read_bytes())
    content[len(content) // 2] ^= 1
    path.write_bytes(content)
    os.utime(path, ns=(before.st_atime_ns, before.st_mtime_ns))


DAMAGES: tuple[Callable[[Path], None], ...] = (remove, empty, cut, flip)


def content(recording: Recording) -> list[bytes]:
    """Return all that a recording holds."""
    trains = (*recording.spikes.values(), *recording.events.values())
    held = [array for train in trains for array in (train.step, train.cell)]
    return [array.tobytes() for array in (*held, *recording.weights.values())]


def damaged(circuit: Circuit, drive: dict[str, float]) -> None:
    """Print what became of every damage to a circuit's program."""
    schedule = Schedule((Epoch("recall", 200.0, 0, drive),), circuit.widths)
    program = Program(circuit)

    def run() -> list[bytes]:
        program_cache._CHECKED.clear()
        return content(program.run(schedule, 1, 0.5))

    expected = run()
    folder = program_cache.compiled_program(circuit)[0].folder
    pristine = folder.parent / "pristine"
    shutil.copytree(folder, pristine)
    builds = 0

    def copy(of: Circuit, workshop: Path) -> None:
        nonlocal builds
        builds += 1
        shutil.copytree(pristine, workshop, dirs_exist_ok=True)
        (workshop / MANIFEST).unlink()

    compile_it: Any = program_cache._compile_in_process
    program_cache._compile_in_process = copy
    names = ["main", "outputs.json", MANIFEST]
    names += [f"static_arrays/{path.name}" for path in sorted((folder / "static_arrays").iterdir())]
    names = names[: sized(None, 5)]
    heading(f"{circuit.name}, {len(names)} files", COLUMNS)
    for damage in DAMAGES:
        same = refused = wrong = builds = 0
        for name in names:
            damage(folder / name)
            try:
                same, wrong = (same + 1, wrong) if run() == expected else (same, wrong + 1)
            except BuildError:
                refused += 1
        row(COLUMNS, [damage.__name__, same, builds, refused, wrong])
    program_cache._compile_in_process = compile_it
    shutil.rmtree(pristine)


def main() -> None:
    """Damage the slot memory and the grid circuit, both small; the first alone if quick."""
    parser = options(__doc__)
    parser.parse_args()
    logging.getLogger("hippokv").setLevel(logging.ERROR)
    sizes = SlotMemoryParameters(n_inputs=20, n_outputs=20, n_slots=6, cells_per_slot=3)
    circuits: list[tuple[Circuit, dict[str, float]]] = [
        (slot_memory(sizes), {"entorhinal": 1.0}),
        (grid_circuit(GridCircuitParameters()), {}),
    ]
    circuits = circuits[: sized(None, 1)]
    compiled = [program_cache.compiled_program(circuit)[0].folder for circuit, _ in circuits]
    with tempfile.TemporaryDirectory() as cache:
        # Copies are damaged, not what others run.
        os.environ[program_cache.CACHE_VARIABLE] = cache
        for (circuit, drive), folder in zip(circuits, compiled, strict=True):
            shutil.copytree(folder, Path(cache) / folder.name)
            damaged(circuit, drive)


if __name__ == "__main__":
    main()
