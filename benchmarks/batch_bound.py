"""What could be won by simulating many copies of a circuit in one program.

A step of the loop costs something that does not depend on the number of cells: calls, clocks,
what is evaluated once for a population. A batch of copies would pay it once for all of them, and
nothing else: every copy has its cells and synapses, its spikes and its random numbers. The
smallest circuit (one slot, one input, one output, one interneuron of each kind) shows how large
that part is, and somewhat more. ``at most`` is the factor that a batch of infinitely many copies
would be faster if everything that the smallest circuit does were shared.

A batch would also start the program once; ``start`` is what a run of the program takes beyond its
simulation (process, files, synapses), of which the synapses are to be made for every copy. And it
would need the memory of all copies in the caches of one core.
"""

from __future__ import annotations

import time
from collections.abc import Mapping

import numpy as np
from handwritten_loop import TimedProgram, recall

from hippokv import Circuit, Epoch, Schedule, SlotMemoryParameters, slot_memory
from tables import heading, kept, options, row, seeds, sized, spread

COLUMNS = [
    ("N = d = m", 9), ("cells", 5), ("dt ms", 5), ("us a step", 15), ("smallest us", 15),
    ("part", 5), ("at most", 7), ("x real time", 11), ("start s", 13),
]  # fmt: skip
SIZE = sized(40, 6)
SMALLEST = SlotMemoryParameters(
    n_inputs=1, n_slots=1, n_outputs=1, cells_per_slot=1, n_pv=2, n_sst=1, n_cholinergic=1
)


def timed(
    circuit: Circuit, schedule: Schedule, dt_ms: float, repeats: int,
    weights: Mapping[str, np.ndarray] | None = None,
) -> tuple[list[float], list[float]]:  # fmt: skip
    """Return the seconds that each simulation took, and the rest of each run."""
    program = TimedProgram(circuit)
    program.build()
    starting = []
    for seed in seeds(repeats):
        began = time.perf_counter()
        program.run(schedule, seed, dt_ms, weights)
        starting.append(time.perf_counter() - began - program.taken_s[-1])
    return program.taken_s, starting


if __name__ == "__main__":
    parser = options(__doc__)
    parser.add_argument("--repeats", type=int, default=sized(10, 2))
    parser.add_argument("--cues", type=int, default=sized(20, 2))
    parser.add_argument("--cells", type=int, nargs="+", default=sized([1, 10, 20], [3]))
    parser.add_argument("--dt-ms", type=float, nargs="+", default=sized([0.1, 0.5], [0.5]))
    arguments = parser.parse_args()
    with kept("batch_bound"):
        heading(f"recall at N = d = m = {SIZE}, {arguments.cues} cues, one thread", COLUMNS)
        for cells in arguments.cells:
            for dt_ms in arguments.dt_ms:
                task = recall(SIZE, cells, arguments.cues)
                seconds, starting = timed(
                    task.circuit, task.schedule, dt_ms, arguments.repeats, task.weights
                )
                smallest = sized(slot_memory(SMALLEST), task.circuit)
                duration_ms = task.schedule.duration_ms
                rest = (Epoch("rest", duration_ms),)
                least, _ = timed(
                    smallest, Schedule(rest, smallest.widths), dt_ms, arguments.repeats
                )
                steps = task.schedule.duration_ms / dt_ms
                part = np.median(least) / np.median(seconds)
                row(
                    COLUMNS,
                    [
                        SIZE, cells, dt_ms,
                        spread([1e6 * taken / steps for taken in seconds], 2),
                        spread([1e6 * taken / steps for taken in least], 2),
                        f"{part:.0%}", f"{1 / (1 - part):.2f}",
                        f"{task.schedule.duration_ms / 1e3 / np.median(seconds):.0f}",
                        spread(starting, 3),
                    ],
                )  # fmt: skip
