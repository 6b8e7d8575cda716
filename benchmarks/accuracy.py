"""Accuracy of cued recall against the number of items stored, spikes beside models.

N = d = m = 40, 60 % of the cue hidden (Tyulmankov et al. 2021, Fig 2a), least-recent and random
selection. Prints accuracy with ties worth one half and with ties wrong, beside the rate model at
the circuit's temperature and the paper's at beta 1, and the capacity at 98 %.
"""

from __future__ import annotations

import numpy as np

from tables import FIRST_SEED, heading, options, row, sized, spread, swept

ITEMS = sized((5, 10, 20, 30, 40, 42, 44, 50, 60, 80), (3, 9))
COLUMNS = [
    ("items", 5), ("spiking", 15), ("rate", 15), ("paper", 15), ("difference", 17),
    ("strict spiking", 15), ("hidden spiking", 15), ("hidden rate", 15),
]  # fmt: skip


def capacity(items: tuple[int, ...], accuracy: list[float], threshold: float = 0.98) -> float:
    """Return the number of items at which the mean accuracy crosses the threshold."""
    for (low, high), (before, after) in zip(
        zip(items, items[1:], strict=False), zip(accuracy, accuracy[1:], strict=False), strict=True
    ):
        if before >= threshold > after:
            return low + (high - low) * (before - threshold) / (before - after)
    return float("nan")  # not crossed within the table


def table(selection: str, circuit: str, few: range) -> None:
    """Print the table of one way to select slots."""
    heading(f"selection {selection}, N = d = m = 40, 60 % hidden, {len(few)} seeds", COLUMNS)
    means: dict[str, list[float]] = {"spiking": [], "rate": []}
    for n_items in ITEMS:
        settings = {"circuit.selection": selection, "protocol.n_items": n_items}
        found = swept("cued-recall", settings, len(few), circuit=circuit, first=few.start)
        spiking = found.circuit["accuracy"]
        rate = found.rate["accuracy"]
        means["spiking"].append(float(np.mean(spiking)))
        means["rate"].append(float(np.mean(rate)))
        row(
            COLUMNS,
            [
                n_items, spread(spiking), spread(rate), spread(found.paper["accuracy"]),
                spread(spiking - rate),
                spread(found.circuit["accuracy_strict"]),
                spread(found.circuit["accuracy_hidden"]),
                spread(found.rate["accuracy_hidden"]),
            ],
        )  # fmt: skip
    of_spikes, of_rate = (capacity(ITEMS, means[name]) for name in ("spiking", "rate"))
    if np.isfinite(of_spikes) and np.isfinite(of_rate):
        print(
            f"capacity at 98 %: spiking {of_spikes:.2f}, rate {of_rate:.2f}, "
            f"ratio {of_spikes / of_rate:.3f}"
        )


if __name__ == "__main__":
    parser = options(__doc__)
    parser.add_argument("--seeds", type=int, default=sized(20, 2), help="number of seeds")
    parser.add_argument("--first", type=int, default=FIRST_SEED, help="the first of them")
    parser.add_argument("--circuit", default="slot_memory", help="circuit of the items")
    arguments = parser.parse_args()
    for name in ("ring", "random"):
        few = range(arguments.first, arguments.first + arguments.seeds)
        table(name, arguments.circuit, few)
