"""A sweep of two hundred runs, and how busy it keeps the cores.

Cued recall, T = N = d = m = 40, five occlusions and forty seeds, default parameters, on all cores.
``busy`` is the processor time of the simulations over the wall time of all cores, from the start
of the first run to the end of the last (the circuit was compiled before; ``build`` says in how many
s); ``wall`` is that of the whole sweep, with table and figures. The same condition as an ordinary
Brian2 script that generates and compiles its code anew
(``rebuilt_brian2.py``) is timed before and after.
"""

from __future__ import annotations

import os
import resource
import tempfile
import time
from pathlib import Path

import numpy as np
from rebuilt_brian2 import PROTOCOL, Rebuilt

import hippokv
from hippokv.protocols.running.experiment import prepare
from tables import FIRST_SEED, heading, kept, options, row, sized, small, spread

COLUMNS = [
    ("runs", 5), ("failed", 6), ("build s", 7), ("wall s", 7), ("s per run", 9), ("busy", 6),
    ("spiking", 15), ("rate", 15), ("rebuilt s", 15), ("rebuilt/ours", 12),
]  # fmt: skip


def processor_s() -> float:
    """Return the processor time of all simulations that have ended."""
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


if __name__ == "__main__":
    parser = options(__doc__)
    parser.add_argument("--seeds", type=int, default=sized(40, 2), help="seeds of each occlusion")
    parser.add_argument(
        "--rebuilt", type=int, default=sized(2, 0), help="scripts timed before and after"
    )
    arguments = parser.parse_args()
    occlusions = sized([0.4, 0.5, 0.6, 0.7, 0.8], [0.4, 0.8])
    condition = small({"protocol.n_items": sized(40, 2)})
    with kept("two_hundred_runs"):
        build_s = hippokv.run(
            PROTOCOL, FIRST_SEED, {**condition, "protocol.n_items": 1}
        ).timing.build_s
        rebuilt = [
            Rebuilt(prepare(PROTOCOL, {**condition, "run.seed": FIRST_SEED}))
            for _ in range(arguments.rebuilt)
        ]
        with tempfile.TemporaryDirectory() as folder:
            laps: dict[int, tuple[float, float]] = {}

            def lap(finished: int, total: int) -> None:
                laps[finished] = (time.perf_counter(), processor_s())

            start = time.perf_counter()
            found = hippokv.sweep(
                PROTOCOL, {"protocol.occlusion": occlusions},
                range(FIRST_SEED, FIRST_SEED + arguments.seeds), condition,
                out=Path(folder) / "sweep", progress=lap,
            )  # fmt: skip
            wall_s = time.perf_counter() - start
        (first_s, before_s), (last_s, after_s) = laps[0], laps[len(found.table)]
        busy = (after_s - before_s) / (last_s - first_s) / (os.cpu_count() or 1)
        rebuilt += [
            Rebuilt(prepare(PROTOCOL, {**condition, "run.seed": FIRST_SEED}))
            for _ in range(arguments.rebuilt)
        ]
        per_run_s = wall_s / len(found.table)
        total_s = [one.total_s for one in rebuilt]
        timed = (
            [spread(total_s, 1), f"{np.mean(total_s) / per_run_s:.0f}"] if rebuilt else ["-", "-"]
        )
        heading(f"{os.cpu_count()} cores, default parameters, dt 0.5 ms", COLUMNS)
        row(
            COLUMNS,
            [
                len(found.table), found.failed, f"{build_s:.0f}", f"{wall_s:.1f}",
                f"{per_run_s:.3f}", f"{busy:.1%}",
                spread(found.table["metrics.accuracy"]), spread(found.table["prediction.accuracy"]),
                *timed,
            ],
        )  # fmt: skip
