"""The memory tasks where no figure shows them: every start, other correlations, sizes, stimuli."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from tables import heading, interval, kept, options, row, sized, swept

COLUMNS = [("task", 58), ("group", 14), ("circuit", 17), ("rate model", 17), ("difference", 17)]
#: A size that no figure has; ten cells a slot.
ELSEWHERE = {
    "circuit.n_inputs": 48, "circuit.n_slots": 32, "circuit.n_outputs": 48,
    "circuit.cells_per_slot": 10,
}  # fmt: skip
#: Digits need a circuit as wide as they are; the quick form has one for all scripts.
DIGITS: dict[str, Any] = sized(
    {"protocol.stimuli": "digits", "circuit.n_slots": 32, "circuit.cells_per_slot": 10}, {}
)


def compare(task: str, protocol: str, settings: Mapping[str, Any], count: int) -> None:
    """Print circuit and rate model in each group of recalls."""
    circuit, rate, _ = swept(protocol, settings, count)
    for name in circuit:
        group = name.removeprefix("accuracy_")
        if not name.startswith("accuracy_") or "strict" in group or "hidden" in group:
            continue
        # Some kinds of recall are drawn in a few runs only.
        if np.isnan(circuit[name]).any():
            continue
        columns = (circuit[name], rate[name], circuit[name] - rate[name])
        row(COLUMNS, [task, group, *(interval(values, 4) for values in columns)])


def main() -> None:
    """Print the table."""
    parser = options(__doc__)
    parser.add_argument("--seeds", type=int, default=sized(20, 2))
    count = parser.parse_args().seeds
    half = max(count // 2, 2)
    with kept("memory_tasks"):
        print("Means and 95 % intervals over", count, "seeds; difference seed by seed.")
        heading("Fraction of value bits right", COLUMNS)
        every = {"protocol.lengths": sized("10, 20, 40", "3, 6"), "protocol.n_starts": 0}
        compare("sequence, replayed from every start", "sequence", every, count)
        for variant in ("redrawn", "flipped"):
            for rho in sized((0.3, 0.6, 0.9), (0.6,)):
                alike = {
                    "protocol.lengths": sized("20, 40", "6"),
                    "protocol.rho": rho, "protocol.variant": variant,
                }  # fmt: skip
                task = f"correlated, rho {rho:g}, {variant}"
                compare(task, "correlated", alike, half)
        where = "N = 32, d = m = 48, 10 cells"
        stream = {
            "protocol.delays": "1, N, N+1, 2N+1",
            "protocol.n_steps": sized(600, 60),
            **ELSEWHERE,
        }
        compare(f"continual, {where}", "continual", stream, half)
        kept_items = {**stream, "protocol.delays": "1, 0.5N, 3N"}
        compare(f"flashbulb, {where}", "flashbulb", kept_items, half)
        lists = {"protocol.lengths": "0.5N, N, 1.5N", **ELSEWHERE}
        compare(f"heteroassociative, {where}", "heteroassociative", lists, half)
        compare(f"sequence, {where}", "sequence", lists, half)
        items = {**DIGITS, "protocol.n_steps": sized(400, 60), "protocol.delays": "1, 0.5N, 3N"}
        compare("flashbulb, handwritten digits, N = 32, 10 cells", "flashbulb", items, half)
        items = {**DIGITS, "protocol.n_items": sized(32, 6)}
        compare("sequence, handwritten digits, N = 32, 10 cells", "sequence", items, half)


if __name__ == "__main__":
    main()
