"""Figures 2 and 3 of Gershman et al. 2025 from what the authors' code begins with. Nothing spikes.

Their notebooks draw items and weights by PyTorch's seeds 42 and 0. Fig 2 needs no data. Fig 3 is
learned on MNIST and FashionMNIST, whose files have to be given, once from the authors' weights,
beside the numbers that their notebook prints, and from weights of many other seeds.
"""

from __future__ import annotations

import gzip
import struct
import tempfile
from collections.abc import Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from hippokv.analysis.theory.authors_draws import authors_items, authors_weights
from hippokv.analysis.theory.forgetting import AUTHORS, TwoTasks, amplified, learn_both
from hippokv.analysis.theory.trained_items import TRAININGS, train_items
from hippokv.protocols.papers.forgetting_as_retrieval import (
    AUTHORS_CODE,
    PAIRS,
    PRINTED_BETAS,
    PRINTED_EPOCHS,
    tasks_of_images,
)
from hippokv.protocols.papers.idx_files import read_folder
from tables import QUICK, heading, interval, kept, options, over, row, sized

ITEMS = [
    ("classes", 7), ("steps", 6), ("decoded", 7), ("within", 7), ("between", 7),
    ("own attention", 13), ("MSE", 6), ("mean value of each class", 36),
]  # fmt: skip
EPOCHS = [("epoch", 5), ("task 1", 14), ("printed", 7), ("task 2", 14), ("printed", 7)]
BETAS = [("beta", 4), ("task 1, W0 too", 14), ("printed", 7), ("task 2", 14),
         ("task 1, pairs alone", 19), ("task 2", 14)]  # fmt: skip


def items() -> None:
    """Print how the authors' items come back."""
    heading("keys and values of the authors' seed, trained as by their code", ITEMS)
    for n_classes, n_items, steps in sized(((2, 200, 5_000), (3, 300, 10_000)), ((2, 12, 50),)):
        beginning = authors_items(n_classes, n_items)
        found = train_items(beginning, (0, steps), TRAININGS["authors"])
        for step, trained in found.items():
            scores = trained.scores()
            means = [trained.values[trained.labels == one].mean(axis=0) for one in range(n_classes)]
            row(
                ITEMS,
                [n_classes, step, *(f"{score:.3f}" for score in scores),
                 " ".join(f"({first:.2f},{second:.2f})" for first, second in means)],
            )  # fmt: skip


def show(networks: Sequence[TwoTasks], words: str, printed: bool) -> None:
    """Print what is right of both tasks in networks, beside what the authors' code prints."""

    def shown(values: Sequence[float] | NDArray[np.float64]) -> str:
        percent = 100 * np.asarray(values)
        return f"{percent[0]:.2f}" if len(percent) == 1 else interval(percent, 2)

    heading(f"{words}: % right after each epoch", EPOCHS)
    right = np.array([network.right for network in networks])
    for epoch in range(right.shape[1]):
        first, second = (shown(right[:, epoch, task]) for task in range(2))
        told = [
            f"{numbers[epoch]:.1f}" if printed and epoch in numbers else ""
            for numbers in PRINTED_EPOCHS.values()
        ]
        row(EPOCHS, [epoch, first, told[0], second, told[1]])
    heading(f"{words}: % right by what multiplies task 1", BETAS)
    for beta, said in PRINTED_BETAS.items():
        parts = amplified(beta)
        both, alone = (
            np.array([network.accuracy(parts[name]) for network in networks]).T
            for name in (AUTHORS_CODE, PAIRS)
        )
        row(
            BETAS,
            [f"{beta:g}", shown(both[0]), f"{said:.2f}" if printed else "", shown(both[1]),
             shown(alone[0]), shown(alone[1])],
        )  # fmt: skip


def made_up(folder: Path) -> str:
    """Write images of ten classes, in which there is nothing but noise to learn."""
    stream = np.random.default_rng(0)
    for part in ("train", "t10k"):
        labels = np.arange(60) % 10
        for kind, table in (
            ("images-idx3", stream.integers(0, 256, (60, 4, 4))),
            ("labels-idx1", labels),
        ):
            head = bytes([0, 0, 8, table.ndim]) + struct.pack(f">{table.ndim}I", *table.shape)
            packed = gzip.compress(head + table.astype(np.uint8).tobytes())
            (folder / f"{part}-{kind}-ubyte.gz").write_bytes(packed)
    return str(folder)


if __name__ == "__main__":
    parser = options(__doc__)
    parser.add_argument("--mnist", help="folder of the four IDX files of MNIST")
    parser.add_argument("--fashion", help="folder of the four IDX files of FashionMNIST")
    parser.add_argument("--seeds", type=int, default=sized(20, 2), help="number of other seeds")
    parser.add_argument("--first", type=int, default=7701, help="the first of them")
    arguments = parser.parse_args()
    given = [arguments.mnist, arguments.fashion]
    if None in given and not QUICK:
        parser.error("Fig 3 needs --mnist DIR and --fashion DIR")
    with tempfile.TemporaryDirectory() as temporary, kept("authors_seeds"):
        items()
        if QUICK:
            given = [made_up(Path(temporary))] * 2
        first, second = tasks_of_images(
            read_folder("--mnist", given[0]), read_folder("--fashion", given[1])
        )
        weights = authors_weights((first.shown.shape[1], AUTHORS.n_hidden, 4))
        stream = np.random.default_rng(0)
        theirs = learn_both(first, second, AUTHORS, stream, initial=weights)
        show([theirs], "weights of the authors' seed", printed=not QUICK)
        seeds = range(arguments.first, arguments.first + arguments.seeds)
        others = over(
            lambda seed: learn_both(first, second, AUTHORS, np.random.default_rng(seed)), seeds
        )
        show(others, f"seeds {seeds[0]} to {seeds[-1]}", printed=not QUICK)
