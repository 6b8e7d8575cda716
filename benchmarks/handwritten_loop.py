"""How far is the compiled program from its limit? Run times against a loop written by hand.

``handwritten.cpp`` integrates the same equations on the same network with the same compiler flags,
time step and precision: recall with given weights (keys as 0 and 1, values likewise), cues with
60 % of the entries hidden, one after the other for 700 ms each with gaps of 150 ms. It leaves out
what cannot act in recall: plateaus, for which it only tests, and the two learning rules.

``loop`` is the processor time that the loop spends in its simulation, in s; ``program`` that of the
program's time steps, as it tells itself; ``run`` the wall time of :meth:`Program.run`, which starts
the process, writes and reads files and makes all synapses. Repeats are interleaved. Spikes in a
second of all cells of a population, averaged over
seeds, show that both are the same network.
"""

from __future__ import annotations

import json
import shutil
import subprocess
import tempfile
import time
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np

from hippokv import (
    Circuit,
    Epoch,
    Program,
    Recording,
    Schedule,
    SlotMemoryParameters,
    on_off,
    slot_memory,
)
from hippokv.circuits.program.compiler import find_compiler
from hippokv.circuits.program.program import WRITTEN
from hippokv.circuits.schedule import SCHEDULE_STEP_MS
from tables import heading, kept, options, row, seeds, sized, spread

HIDDEN = 0.6
REST_MS, CUE_MS, GAP_MS = 200.0, 700.0, 150.0
SOURCE = Path(__file__).with_name("handwritten.cpp")
POPULATIONS = ("entorhinal", "hippocampal", "pv", "cortical")
TIMES = [
    ("N = d = m", 9), ("cells", 5), ("dt ms", 5), ("simulated s", 11), ("loop s", 15),
    ("program s", 15), ("program/loop", 15), ("run s", 15),
]  # fmt: skip
COUNTS = [
    ("N = d = m", 9), ("cells", 5), ("dt ms", 5), ("spikes/s of", 11),
    ("program", 15), ("loop", 15), ("difference", 10), ("its error", 9),
]  # fmt: skip


@dataclass(frozen=True)
class TimedProgram(Program):
    """Run a circuit and keep the seconds that its time steps took, as the program tells them."""

    taken_s: list[float] = field(default_factory=list)

    def _collect(self, schedule: Schedule, folder: Path, *given: Any) -> Recording:
        self.taken_s.append(float(json.loads((folder / WRITTEN).read_bytes())["steps_s"]))
        return super()._collect(schedule, folder, *given)


@dataclass(frozen=True)
class Recall:
    """Hold a network with given weights, and the cues it answers."""

    circuit: Circuit
    schedule: Schedule
    weights: dict[str, np.ndarray]


def recall(size: int, cells: int, cues: int) -> Recall:
    """Return the network that holds random items, and cues for the first of them."""
    width = sized(size, 20)
    circuit = slot_memory(
        SlotMemoryParameters(n_slots=size, n_inputs=width, n_outputs=width, cells_per_slot=cells)
    )
    stream = np.random.default_rng([size, cells])
    keys, values = stream.choice([-1.0, 1.0], (2, size, width))
    epochs = [Epoch("rest", REST_MS)]
    for item in range(cues):
        cue = keys[item].copy()
        cue[stream.permutation(width)[: round(HIDDEN * width)]] = 0.0
        epochs += [
            Epoch("recall", CUE_MS, item, {"entorhinal": on_off(cue)}),
            Epoch("rest", GAP_MS),
        ]
    weights = {
        "keys": np.repeat(on_off(keys), cells, axis=0),
        "values": np.repeat(on_off(values), cells, axis=0),
    }
    return Recall(circuit, Schedule(tuple(epochs), circuit.widths), weights)


class Loop:
    """Compile the loop for the sizes of a network and run it."""

    def __init__(self, task: Recall, folder: Path) -> None:
        self.task, self.folder = task, folder
        circuit = task.circuit.parameters
        names = ("n_slots", "cells_per_slot", "n_inputs", "n_outputs", "n_pv", "n_sst")
        names += ("n_cholinergic",)
        sizes = [f"-D{name.upper()}={getattr(circuit, name)}" for name in names]
        compiler = find_compiler()
        subprocess.run(
            [*compiler.command, *compiler.flags, *sizes, str(SOURCE), "-o", str(folder / "main")],
            check=True,
        )
        constants = {"grid_step": SCHEDULE_STEP_MS * 1e-3}
        for name, value in task.circuit.values().items():
            if np.ndim(value) == 0:
                constants[name] = float(value)
        (folder / "constants.txt").write_text(
            "".join(f"{name} {value!r}\n" for name, value in constants.items())
        )
        schedule = task.schedule
        bounds = np.append(schedule.start_ms, schedule.duration_ms) / 1e3
        adaptation = np.asarray(task.circuit.values()["hippocampal.adaptation"])
        tables = {name: schedule.channel(name) for name in schedule.widths}
        tables |= {"epochs": bounds, "adaptation": adaptation}
        tables |= {"keys": task.weights["keys"].T, "values": task.weights["values"]}
        for name, table in tables.items():
            np.ascontiguousarray(table, dtype=float).tofile(folder / f"{name}.f64")

    def run(self, seed: int, dt_ms: float) -> float:
        """Run it and return the processor time of its simulation."""
        told = subprocess.run(
            [str(self.folder / "main"), str(self.folder), str(seed), repr(dt_ms * 1e-3)],
            check=True, capture_output=True, text=True,
        )  # fmt: skip
        return float(told.stdout)

    def rate(self, population: str) -> float:
        """Return the spikes in a second of a whole population in the last run."""
        cell = np.fromfile(self.folder / f"spikes_{population}_i.i32", dtype="i4")
        return len(cell) / self.task.schedule.duration_ms * 1e3


def measure(size: int, cells: int, dt_ms: float, cues: int, repeats: int) -> list[list[object]]:
    """Print the times of a network and return the rows of its spike counts."""
    task = recall(size, cells, cues)
    program = TimedProgram(task.circuit)
    program.build()
    folder = Path(tempfile.mkdtemp(prefix="hippokv-loop-"))
    loop_s: list[float] = []
    run_s: list[float] = []
    ours: dict[str, list[float]] = {name: [] for name in POPULATIONS}
    theirs: dict[str, list[float]] = {name: [] for name in POPULATIONS}
    try:
        loop = Loop(task, folder)
        for seed in seeds(repeats):
            loop_s.append(loop.run(seed, dt_ms))
            start = time.perf_counter()
            recording = program.run(task.schedule, seed, dt_ms, task.weights)
            run_s.append(time.perf_counter() - start)
            for name in POPULATIONS:
                spikes = len(recording.spikes[name].cell)
                ours[name].append(spikes / task.schedule.duration_ms * 1e3)
                theirs[name].append(loop.rate(name))
    finally:
        shutil.rmtree(folder)
    label = [size, cells, dt_ms]
    row(
        TIMES,
        [
            *label, f"{task.schedule.duration_ms / 1e3:.1f}",
            spread(loop_s), spread(program.taken_s),
            spread([ours / loop for ours, loop in zip(program.taken_s, loop_s, strict=True)], 2),
            spread(run_s, 3),
        ],
    )  # fmt: skip
    return [
        [
            *label, name, spread(ours[name], 1), spread(theirs[name], 1),
            f"{np.mean(ours[name]) - np.mean(theirs[name]):.1f}",
            f"{np.sqrt((np.var(ours[name]) + np.var(theirs[name])) / (repeats - 1)):.1f}",
        ]
        for name in POPULATIONS
    ]  # fmt: skip


if __name__ == "__main__":
    parser = options(__doc__)
    parser.add_argument(
        "--repeats", type=int, default=sized(20, 2), help="runs of each, a seed each"
    )
    parser.add_argument("--cues", type=int, default=sized(10, 2), help="cues in a run")
    parser.add_argument(
        "--sizes", type=int, nargs="+", default=sized([40, 400], [6]), help="values of N = d"
    )
    parser.add_argument(
        "--cells", type=int, nargs="+", default=sized([1, 10, 20], [3]), help="cells per slot"
    )
    parser.add_argument(
        "--dt-ms", type=float, nargs="+", default=sized([0.1, 0.5], [0.5]), help="time steps"
    )
    arguments = parser.parse_args()
    with kept("handwritten_loop"):
        heading(
            f"recall with given weights, {arguments.cues} cues, {arguments.repeats} repeats, "
            f"{' '.join(find_compiler().flags)}",
            TIMES,
        )
        counts = [
            line
            for size in arguments.sizes
            for cells in arguments.cells
            for dt_ms in arguments.dt_ms
            for line in measure(size, cells, dt_ms, arguments.cues, arguments.repeats)
        ]
        heading("the same network: spikes in a second of a whole population", COUNTS)
        for line in counts:
            row(COUNTS, line)
