"""How time and memory grow with the circuit: storage and recall at N = d = m up to 1000.

A few items are stored and recalled at each size, with one cell a slot and with ten. ``run`` is the
time that a run takes once the circuit is compiled, ``memory`` the most that the simulation held.
The exponent is the slope of log time over log synapses from one size to the next: 1 is linear.
"""

from __future__ import annotations

import json
import math
import subprocess
import sys

from tables import FIRST_SEED, heading, kept, options, row, sized, small

COLUMNS = [
    ("cells", 5), ("N = d = m", 9), ("synapses", 10), ("simulated s", 11), ("store s", 8),
    ("run s", 8), ("x real time", 11), ("memory MB", 9), ("exponent", 8),
    ("spiking", 8), ("rate", 8),
]  # fmt: skip
#: Runs in a process of its own, whose children are the simulation alone.
RUN = """
import json, resource, sys
import hippokv
settings, seed = json.loads(sys.argv[1]), int(sys.argv[2])
build_s = hippokv.run("storage", seed, settings).timing.build_s
storage = hippokv.run("storage", seed, settings)
found = hippokv.run("cued-recall", seed, settings)
print(json.dumps({
    "store_s": storage.timing.run_s, "run_s": found.timing.run_s,
    "simulated_s": found.timing.simulated_s, "spiking": found.metrics["accuracy"],
    "rate": found.predicted_metrics["accuracy"],
    "memory": 0 if build_s else resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss,
}))
"""


def measure(size: int, cells: int, items: int) -> dict[str, float]:
    """Return times and peak memory at one size."""
    settings = {f"circuit.n_{name}": size for name in ("inputs", "slots", "outputs")}
    settings |= {"circuit.cells_per_slot": cells, "protocol.n_items": items}
    command = [sys.executable, "-c", RUN, json.dumps(small(settings)), str(FIRST_SEED)]
    told = subprocess.run(command, stdout=subprocess.PIPE, text=True, check=True).stdout
    found: dict[str, float] = json.loads(told)
    if not found["memory"]:
        # The compilers counted as well: once more, now that the program is there.
        return measure(size, cells, items)
    return found


if __name__ == "__main__":
    parser = options(__doc__)
    parser.add_argument(
        "--sizes", type=int, nargs="+", default=sized([40, 100, 200, 400, 1000], [6])
    )
    parser.add_argument("--cells", type=int, nargs="+", default=sized([1, 10], [3]))
    parser.add_argument("--items", type=int, default=5)
    arguments = parser.parse_args()
    with kept("growth"):
        heading(f"{arguments.items} items, 60 % hidden, dt 0.5 ms, one thread", COLUMNS)
        for cells in arguments.cells:
            before: tuple[float, float] | None = None
            for size in arguments.sizes:
                found = measure(size, cells, arguments.items)
                hippocampal = size * cells
                synapses = hippocampal * (4 * size + 80 + 4 + 10 + cells)
                exponent = "-"
                if before:
                    growth = math.log(found["run_s"] / before[1])
                    exponent = f"{growth / math.log(synapses / before[0]):.2f}"
                before = synapses, found["run_s"]
                # Linux counts in kB, macOS in bytes.
                memory_MB = found["memory"] / (1e3 if sys.platform != "darwin" else 1e6)
                row(
                    COLUMNS,
                    [
                        cells, size, f"{synapses:.3g}", f"{found['simulated_s']:.1f}",
                        f"{found['store_s']:.2f}", f"{found['run_s']:.2f}",
                        f"{found['simulated_s'] / found['run_s']:.1f}", f"{memory_MB:.0f}",
                        exponent, f"{found['spiking']:.4f}", f"{found['rate']:.4f}",
                    ],
                )  # fmt: skip
