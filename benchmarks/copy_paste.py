"""Copy and paste by a learned controller and a rate memory: accuracy against length.

A sequence of T patterns of 25 entries is shown, then the mark of its end, and all of it has to be
repeated (Tyulmankov et al. 2021, Fig 5c). Controllers were learned with up to 10 patterns. Accuracy
is the fraction of the entries of the T + 1 outputs with the right sign, mean and 95 % interval over
trials (seeds from 3000 on).
"""

from __future__ import annotations

import numpy as np

from hippokv.analysis.learning.copy_paste import (
    LONGEST_TESTED,
    MEMORIES,
    load_controller,
    memory_for,
    random_sequence,
    run_copy_paste,
)
from tables import heading, interval, kept, options, row, seeds, sized

COLUMNS = [("patterns", 8), *((name, 15) for name in MEMORIES)]


def accuracies(selection: str, length: int, count: int) -> list[float]:
    """Return the accuracy of so many trials."""
    found = []
    for seed in seeds(count):
        stream = np.random.default_rng([seed, length])
        sequence = random_sequence(length, stream)
        memory = memory_for(selection, stream)
        found.append(run_copy_paste(load_controller(selection), sequence, memory).accuracy)
    return found


if __name__ == "__main__":
    parser = options(__doc__)
    parser.add_argument("--trials", type=int, default=sized(40, 2), help="trials a point")
    arguments = parser.parse_args()
    with kept("copy_paste"):
        heading(f"copy and paste, rate model, {arguments.trials} trials", COLUMNS)
        for length in range(1, sized(LONGEST_TESTED, 2) + 1):
            cells = [interval(accuracies(name, length, arguments.trials)) for name in MEMORIES]
            row(COLUMNS, [length, *cells])
