"""Learned plasticity rules beside the simplified rule: numbers, accuracy and capacity (rate model).

The rules that come with the package were learned at N = d = 40 from lists of 20 to 80 items
(Tyulmankov et al. 2021, Fig 3). First their numbers; then the accuracy against the length of the
list at N = 40; then the number of items at which the mean accuracy falls below 98 %, at N = 40, 80
and 160, with p = 0.1 and p = 4/N for random slots. Lists are new (seeds from 3000 on). A learned
rule has the mean and standard deviation over training seeds, each tested on the same lists.
"""

from __future__ import annotations

from dataclasses import asdict

import numpy as np

from hippokv.analysis.classical.slot_network import SlotNetwork
from hippokv.analysis.learning.meta_learning import (
    NUMBERS,
    SEEDS,
    SELECTIONS,
    learned,
    post_dependence,
)
from hippokv.plasticity.linear_rule import VALUE_BOUND, LinearRule
from tables import heading, kept, options, row, seeds, sized, spread

LENGTHS = sized((5, 10, 20, 30, 40, 50, 60, 80, 120, 180), (5, 20))
SIZES = sized((40, 80, 160), (40,))
#: Lengths of the capacity table, as parts of N.
PARTS = {
    "least_recent": sized(
        (0.8, 0.9, 0.95, 1.0, 1.025, 1.05, 1.075, 1.1, 1.15, 1.2, 1.3), (0.1, 2.0)
    ),
    "random": sized(
        (0.025, 0.05, 0.075, 0.1, 0.125, 0.15, 0.175, 0.2, 0.25, 0.3, 0.4, 0.5), (0.025, 1.0)
    ),
}
OCCLUSION = 0.6
#: More lists where slots are random: an item that finds none costs as much as the threshold leaves.
RANDOM_FACTOR = 10
NUMBER_COLUMNS = [
    ("selection", 12), ("seed", 4), *((name, len(name)) for name in NUMBERS),
    ("|a_g/b_g|", 9), ("loss", 6),
]  # fmt: skip
ACCURACY_COLUMNS = [("items", 5), *((f"{kind} {name}", 23) for name in SELECTIONS
                                    for kind in ("simplified", "learned"))]  # fmt: skip
CAPACITY_COLUMNS = [("selection", 24), ("N", 4), ("simplified", 10), ("learned", 15), ("/ N", 5)]


def mean_accuracy(
    rule: LinearRule | None, size: int, n_items: int, probability: float | None, count: int
) -> float:
    """Return the fraction of bits recalled right over so many lists; a tie counts one half."""
    network = SlotNetwork(
        size, "sequential" if probability is None else "random", probability or 0.0,
        rule=rule, value_bound=VALUE_BOUND, initial_weight=0.0,
    )  # fmt: skip
    right = []
    for seed in seeds(count):
        stream = np.random.default_rng([seed, size, n_items])
        items = stream.choice([-1.0, 1.0], (n_items, size))
        hidden = stream.random(items.shape).argsort(axis=1) < round(OCCLUSION * size)
        memory = network.start(size, size, stream)
        for item in items:
            memory.store(item, item, 1.0)
        outputs = [memory.recall(cue) for cue in np.where(hidden, 0.0, items)]
        right.append(np.mean((np.sign(outputs) * items + 1) / 2))
    return float(np.mean(right))


def capacity(lengths: tuple[int, ...], accuracies: list[float], threshold: float = 0.98) -> float:
    """Return the largest number of items at which the mean accuracy crosses the threshold."""
    crossed = [
        low + (high - low) * (before - threshold) / (before - after)
        for low, high, before, after in zip(
            lengths, lengths[1:], accuracies, accuracies[1:], strict=False
        )
        if before >= threshold > after
    ]
    return max(crossed, default=float("nan"))


def rules(selection: str) -> list[LinearRule]:
    """Return the learned rules of all training seeds."""
    return [learned(selection, seed).rule for seed in SEEDS]


def number_table() -> None:
    """Print the numbers of every rule."""
    heading("numbers learned, N = d = 40", NUMBER_COLUMNS)
    for selection in SELECTIONS:
        for seed in SEEDS:
            found = learned(selection, seed)
            numbers = [f"{value:.3f}" for value in asdict(found.rule).values()]
            loss = f"{found.trajectory.loss[-10:].mean():.3f}"
            dependence = f"{post_dependence(found.rule):.3f}"
            row(NUMBER_COLUMNS, [selection, seed, *numbers, dependence, loss])


def accuracy_table(count: int) -> None:
    """Print the accuracy against the length of the list."""
    heading(f"accuracy, N = d = 40, 60 % hidden, {count} lists, random p = 0.1", ACCURACY_COLUMNS)
    for n_items in LENGTHS:
        cells = []
        for selection in SELECTIONS:
            chance = 0.1 if selection == "random" else None
            cells.append(f"{mean_accuracy(None, 40, n_items, chance, count):.4f}")
            cells.append(
                spread([mean_accuracy(rule, 40, n_items, chance, count)
                        for rule in rules(selection)])
            )  # fmt: skip
        row(ACCURACY_COLUMNS, [n_items, *cells])


def capacity_table(count: int) -> None:
    """Print the number of items recalled at 98 %."""
    heading(
        f"capacity at 98 %, {count} lists a length, {RANDOM_FACTOR * count} for random slots",
        CAPACITY_COLUMNS,
    )
    for size in SIZES:
        for selection, name, chance in (
            ("least_recent", "least_recent", None),
            ("random", "random, p = 0.1", 0.1),
            ("random", "random, p = 4/N", 4 / size),
        ):
            lengths = tuple(sorted({round(part * size) for part in PARTS[selection]}))

            def reached(
                rule: LinearRule | None,
                size: int = size,
                lengths: tuple[int, ...] = lengths,
                chance: float | None = chance,
            ) -> float:
                lists = count if chance is None else RANDOM_FACTOR * count
                found = [mean_accuracy(rule, size, length, chance, lists) for length in lengths]
                return capacity(lengths, found)

            of_rules = [reached(rule) for rule in rules(selection)]
            row(
                CAPACITY_COLUMNS,
                [
                    name, size, f"{reached(None):.2f}", spread(of_rules, 2),
                    f"{np.mean(of_rules) / size:.3f}",
                ],
            )  # fmt: skip


if __name__ == "__main__":
    parser = options(__doc__)
    parser.add_argument("--lists", type=int, default=sized(20, 2), help="lists a point")
    arguments = parser.parse_args()
    with kept("meta_learning"):
        number_table()
        accuracy_table(arguments.lists)
        capacity_table(arguments.lists)
