"""What a second of a scaffold costs on one core, and which part of it costs how much.

Run ``python benchmarks/scaffold_speed.py`` on an idle machine, which writes
``results/scaffold-speed.txt``: the modules alone, then with the hippocampal layer, and once with
silent grid cells, where what is left is the state of the cells.
"""

from __future__ import annotations

import os
import time
from typing import Any

import numpy as np

from hippokv.circuits.circuit import Circuit
from hippokv.circuits.grid_circuit import grid_circuit
from hippokv.circuits.grid_circuit_parameters import GridCircuitParameters
from hippokv.circuits.program.program import Program
from hippokv.circuits.scaffold_memory import scaffold_memory
from hippokv.circuits.scaffold_memory_parameters import ScaffoldMemoryParameters
from hippokv.circuits.schedule import Schedule
from hippokv.parameter import with_values
from hippokv.protocols.parts.exploring import STEPS_ON, set_epochs, step_epochs
from hippokv.protocols.scaffold_stability import ScaffoldStabilityParameters
from tables import QUICK, SMALL, heading, kept, options, row, sized

DURATION_S = sized(30.0, 3.0)
#: A run that is over at once, for what starting the program and reading its weights takes.
START_S = 0.3
SILENT = {"grid.bias_pA": 0.0}


def walking(circuit: Any, duration_s: float) -> Schedule:
    """Return a walk of so many seconds, with acetylcholine at rest so that everything learns."""
    chosen = ScaffoldStabilityParameters()
    stream = np.random.default_rng(0)
    address = np.zeros(len(circuit.parameters.sheets.periods), dtype=int)
    epochs = set_epochs(circuit.parameters.sheets, address)
    level = {"acetylcholine": 1.0} if "acetylcholine" in circuit.widths else {}
    length = 0.0
    while length < duration_s * 1e3:
        step = step_epochs(STEPS_ON[stream.integers(2)], chosen, **level)
        epochs += step
        length += sum(epoch.duration_ms for epoch in step)
    return Schedule(tuple(epochs), circuit.widths)


def seconds(circuit: Any, dt_ms: float, duration_s: float, repeats: int = 3) -> tuple[float, int]:
    """Return the shortest of some runs in s, and the number of spikes in it."""
    weights = {"grid_inputs": circuit.parameters.grid_inputs(0)} if circuit.projections else None
    program, schedule = Program(circuit), walking(circuit, duration_s)
    program.build()
    found = []
    for seed in range(repeats):
        start = time.perf_counter()
        recording = program.run(schedule, seed, dt_ms, weights)
        found.append(time.perf_counter() - start)
    return min(found), sum(train.time_s.size for train in recording.spikes.values())


def measured(name: str, circuit: Circuit, dt_ms: float, columns: Any) -> None:
    """Print what a second of a circuit costs."""
    whole, spikes = seconds(circuit, dt_ms, DURATION_S)
    begin, _ = seconds(circuit, dt_ms, START_S)
    pace = (DURATION_S - START_S) / (whole - begin)
    cells = sum(circuit.sizes.values())
    row(
        columns,
        (
            name, f"{dt_ms:g}", cells, f"{spikes / DURATION_S:.0f}", f"{1e3 / pace:.0f}",
            f"{pace:.1f}", f"{DURATION_S / whole:.1f}", f"{begin:.2f}",
        ),
    )  # fmt: skip


def main() -> None:
    """Print the table."""
    options(__doc__).parse_args()
    if hasattr(os, "sched_setaffinity"):
        os.sched_setaffinity(0, {0})
    columns = (
        ("circuit", 44), ("dt (ms)", 7), ("cells", 6), ("spikes/s", 9), ("ms per s", 8),
        ("x real time", 11), ("with start", 10), ("start (s)", 9),
    )  # fmt: skip
    with kept("scaffold-speed"):
        heading(f"One core, C++, {DURATION_S:g} s of walking", columns)
        for periods in sized(("3,4,5", "3,4,5,7"), ("3,4,5",)):
            modules = with_values(GridCircuitParameters(), {"periods": periods})
            memory = with_values(ScaffoldMemoryParameters(), {"periods": periods})
            few = sized({}, SMALL["scaffold_memory"])
            memory = with_values(memory, {key.removeprefix("circuit."): few[key] for key in few})
            silent = with_values(memory, SILENT)
            if not QUICK:  # not worth compiling one more
                measured(f"{{{periods}}} modules alone", grid_circuit(modules), 0.25, columns)
            measured(
                f"{{{periods}}} with 800 hippocampal cells", scaffold_memory(memory), 0.25, columns
            )
            measured("... dt", scaffold_memory(memory), 0.2, columns)
            measured("... grid cells silent", scaffold_memory(silent), 0.25, columns)


if __name__ == "__main__":
    main()
