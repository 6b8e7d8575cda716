"""The theory of Gershman, Fiete & Irie 2025 in numbers: separation against noise, and forgetting.

Separability against robustness (section 2.1): items of +-1, queries with flipped entries.
Forgetting as a failure of retrieval (Fig 3): a classifier of digits learns 0 and 1, then 2 and 3;
its layers remember all errors, and those of the first task are amplified by beta. Nothing spikes.
"""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from hippokv.analysis.theory.classifier import Classifier, part_right
from hippokv.analysis.theory.robustness import robustness
from hippokv.analysis.theory.separation import (
    RectifiedPolynomial,
    Softmax,
    Threshold,
    identity,
    maximum,
)
from tables import heading, interval, kept, needed, options, row, sized

NOISE = [("flipped", 7), ("separation", 22), ("bits right", 14), ("squared error", 18)]
FORGETTING = [("what is amplified", 40), ("beta", 5), ("task 1", 14), ("task 2", 14)]
SEPARATIONS = {
    "maximum": maximum,
    "softmax, beta 1": Softmax(1.0),
    "softmax, beta 0.5": Softmax(0.5),
    "softmax, beta 0.2": Softmax(0.2),
    "softmax, beta 0.1": Softmax(0.1),
    "rectified cubic": RectifiedPolynomial(3),
    "threshold 12": Threshold(12.0),
    "identity": identity,
}
#: Separations whose weights sum to 1, so that what they recall is a value and not a multiple.
GRADED = ("maximum", "softmax")
BETAS = (0.0, 0.5, 1.0, 1.3, 1.5, 1.7, 1.8, 1.9, 2.0, 2.5, 3.0)
#: Learning of the authors' kind on the smaller digits (chosen: the least that learns both tasks).
RATE, EPOCHS, BATCH = 0.1, 5, 32
FIRST, SECOND = (0, 1), (2, 3)


class Task(NamedTuple):
    """Hold the examples of a task, to learn and to be asked."""

    shown: NDArray[np.float64]
    shown_labels: NDArray[np.int64]
    asked: NDArray[np.float64]
    asked_labels: NDArray[np.int64]


def separability(seeds: range) -> None:
    """Print how separations bear noise, by both scores."""
    heading(f"40 items of 40 entries, {len(seeds)} sets", NOISE)
    for flipped in sized((0.0, 0.1, 0.2, 0.25, 0.3, 0.35, 0.4), (0.2,)):
        found = [
            robustness(SEPARATIONS, flipped, 40, 40, 40, np.random.default_rng(seed))
            for seed in seeds
        ]
        for name in SEPARATIONS:
            bits = interval([one[name].bits_right for one in found])
            error = interval([one[name].squared_error for one in found])
            shown = error if name.startswith(GRADED) else "-"
            row(NOISE, [f"{flipped:.0%}", name, bits, shown])


def task(digits: Any, classes: tuple[int, ...], stream: np.random.Generator) -> Task:
    """Return a task of some digits, seven in ten of them to learn."""
    chosen = stream.permutation(np.flatnonzero(np.isin(digits.target, classes)))
    cut = round(0.7 * len(chosen))
    images = digits.data / 16.0
    return Task(
        images[chosen[:cut]], digits.target[chosen[:cut]],
        images[chosen[cut:]], digits.target[chosen[cut:]],
    )  # fmt: skip


def forgetting(digits: Any, seed: int) -> dict[str, dict[float, tuple[float, float]]]:
    """Train one network on both tasks and return what it gets right, by what is amplified."""
    stream = np.random.default_rng(seed)
    one, two = task(digits, FIRST, stream), task(digits, SECOND, stream)
    network = Classifier.drawn((64, 64, 4), stream)
    network.train(one.shown, one.shown_labels, RATE, EPOCHS, BATCH, stream)
    learned = part_right(network.outputs(one.asked), one.asked_labels)
    of_first = network.n_pairs
    network.train(two.shown, two.shown_labels, RATE, EPOCHS, BATCH, stream)
    pairs = np.arange(network.n_pairs)
    half = stream.random(len(pairs)) < 0.5

    def right(strengths: Any, initial: float = 1.0) -> tuple[float, float]:
        first, second = (
            part_right(network.outputs(of.asked, strengths, initial), of.asked_labels)
            for of in (one, two)
        )
        return first, second

    plain = network.outputs(one.asked)
    found: dict[str, dict[float, tuple[float, float]]] = {
        "task 1 when it was learned": {1.0: (learned, float("nan"))},
        "outputs of task 1 compared alone": {
            1.0: (part_right(plain, one.asked_labels, FIRST), float("nan"))
        },
    }
    for beta in BETAS:
        first = np.where(pairs < of_first, beta, 1.0)
        some = np.where((pairs < of_first) & half, beta, 1.0)
        second = np.where(pairs >= of_first, beta, 1.0)
        for name, answer in (
            ("pairs of task 1", right([first, first])),
            ("pairs of task 1 and W0 (authors' code)", right([first, first], beta)),
            ("pairs of task 1, first layer", right([first, 1.0])),
            ("pairs of task 1, second layer", right([1.0, first])),
            ("half of the pairs of task 1", right([some, some])),
            ("W0 alone", right([1.0, 1.0], beta)),
            ("pairs of task 2", right([second, second])),
        ):
            found.setdefault(name, {})[beta] = answer
    return found


if __name__ == "__main__":
    parser = options(__doc__)
    parser.add_argument("--seeds", type=int, default=sized(20, 2), help="number of seeds")
    parser.add_argument("--first", type=int, default=6300, help="the first of them")
    arguments = parser.parse_args()
    seeds = range(arguments.first, arguments.first + arguments.seeds)
    needed("sklearn", "digits")
    from sklearn.datasets import load_digits

    digits = load_digits()
    with kept("theory"):
        separability(seeds)
        runs = [forgetting(digits, seed) for seed in seeds]
        heading(f"digits 0 and 1, then 2 and 3: {len(seeds)} networks", FORGETTING)
        for name, answers in runs[0].items():
            for beta in answers:
                first, second = np.array([run[name][beta] for run in runs]).T
                known = interval(second) if np.isfinite(second).all() else "-"
                row(FORGETTING, [name, f"{beta:g}", interval(first), known])
        best = [max(min(pair) for pair in run["pairs of task 1"].values()) for run in runs]
        able = [max(first for first, _ in run["pairs of task 1"].values()) >= 0.95 for run in runs]
        print(f"\nbest of both tasks at one beta: {interval(best)}")
        print(f"task 1 restored to 95 % at some beta: {sum(able)} of {len(able)} networks")
