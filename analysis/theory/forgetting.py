r"""Forgetting as a failure of retrieval (Gershman et al. 2025, Fig 3).

A classifier learns one task, then another; it remembers all pairs of both. Its weights are the sum
of what came from each, so that each part can be amplified on its own:

.. math::

    W = \beta_0 W_0 + \beta_1 \sum_{n \in 1} x_n^\top e_n + \beta_2 \sum_{n \in 2} x_n^\top e_n
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np

from hippokv.arrays import Array

from .classifier import Classifier, Labels, drawn_weights, part_right
from .recorded_layer import Pairs, PairsInMemory

#: Classes of the tasks.
FIRST, SECOND = (0, 1), (2, 3)
#: How much of each part, in one layer; 1 where a part is not named.
Shares = Mapping[str, float]
PLAIN: Shares = {}


class Task(NamedTuple):
    """Hold the examples of a task, to learn and to be asked.

    Parameters
    ----------
    shown, asked
        Images, shape (examples, d).
    shown_labels, asked_labels
        Their classes.
    """

    shown: Array
    shown_labels: Labels
    asked: Array
    asked_labels: Labels


@dataclass(frozen=True)
class Learning:
    """Describe how both tasks are learned.

    Parameters
    ----------
    learning_rate
        Step along the gradient (chosen: on so few digits the authors' 6e-4 learns too little).
    epochs, batch
        How often a task is shown, and how many examples at once.
    shuffled
        Whether examples come in a random order.
    n_hidden
        Units of the hidden layer.
    """

    learning_rate: float = 0.1
    epochs: int = 5
    batch: int = 32
    shuffled: bool = True
    n_hidden: int = 64


#: As the authors' code has it, for MNIST and FashionMNIST.
AUTHORS = Learning(learning_rate=6e-4, batch=128, shuffled=False)


def task_of(
    images: Array, labels: Labels, classes: Sequence[int], stream: np.random.Generator
) -> Task:
    """Return a task of some classes, a random seven in ten of their images to learn."""
    chosen = stream.permutation(np.flatnonzero(np.isin(labels, classes)))
    cut = round(0.7 * len(chosen))
    return Task(
        images[chosen[:cut]], labels[chosen[:cut]], images[chosen[cut:]], labels[chosen[cut:]]
    )


@dataclass(frozen=True)
class TwoTasks:
    """Hold a network that has learned two tasks.

    Parameters
    ----------
    first, second
        The tasks.
    right
        Part of the examples asked that were right after each epoch, shape (epochs + 1, 2).
    parts
        Weights of each layer by where they are from: ``initial``, ``first half`` and ``other
        half`` of the pairs of the first task, drawn at random, and ``second``.
    """

    first: Task
    second: Task
    right: Array
    parts: tuple[Mapping[str, Array], ...]

    def outputs(self, inputs: Array, shares: Sequence[Shares] = (PLAIN, PLAIN)) -> Array:
        """Return the outputs of inputs, with so much of each part of each layer."""
        active = inputs
        for number, (parts, share) in enumerate(zip(self.parts, shares, strict=True)):
            weights = sum(share.get(name, 1.0) * part for name, part in parts.items())
            active = (np.maximum(active, 0.0) if number else active) @ weights
        return active

    def accuracy(
        self, shares: Sequence[Shares] = (PLAIN, PLAIN), shift: float = 0.0
    ) -> tuple[float, float]:
        """Return what is right of both tasks.

        Parameters
        ----------
        shares
            How much of each part, for each layer.
        shift
            What is added to the outputs of the first task.
        """
        biases = np.isin(np.arange(1 + max(SECOND)), FIRST) * shift
        first, second = (
            part_right(self.outputs(of.asked, shares) + biases, of.asked_labels)
            for of in (self.first, self.second)
        )
        return first, second

    def among_its_own(self) -> float:
        """Return what is right of the first task where its own two outputs are compared alone."""
        return part_right(self.outputs(self.first.asked), self.first.asked_labels, FIRST)


def learn_both(
    first: Task,
    second: Task,
    learning: Learning,
    stream: np.random.Generator,
    each_epoch: Callable[[], None] = lambda: None,
    pairs: Callable[[int, int], Pairs] = PairsInMemory,
    initial: Sequence[Array] | None = None,
) -> TwoTasks:
    """Let a new network learn one task, then the other.

    Parameters
    ----------
    stream
        Draws weights, order and halves.
    each_epoch
        Called before each epoch; what it raises ends the training.
    pairs
        Makes what keeps the pairs of a layer, from the widths of their keys and values.
    initial
        Weights to begin with, shape (inputs, outputs) for each layer; drawn by default.
    """
    widths = (first.shown.shape[1], learning.n_hidden, 1 + max(SECOND))
    network = Classifier.beginning(initial or drawn_weights(widths, stream), pairs)

    def asked() -> list[float]:
        return [part_right(network.outputs(of.asked), of.asked_labels) for of in (first, second)]

    right, of_first = [asked()], 0
    for task in (first, second):
        for _ in range(learning.epochs):
            each_epoch()
            network.train(
                task.shown, task.shown_labels, learning.learning_rate, 1, learning.batch,
                stream if learning.shuffled else None,
            )  # fmt: skip
            right.append(asked())
        of_first = of_first or network.n_pairs
    in_first = np.arange(network.n_pairs) < of_first
    half = stream.random(network.n_pairs) < 0.5
    chosen = {"first half": in_first & half, "other half": in_first & ~half, "second": ~in_first}
    parts = tuple(
        {"initial": layer.initial}
        | {name: layer.with_strengths(those.astype(float), 0.0) for name, those in chosen.items()}
        for layer in network.layers
    )
    return TwoTasks(first, second, np.array(right), parts)


def amplified(beta: float) -> dict[str, tuple[Shares, Shares]]:
    """Return what can be amplified by a factor in both layers, by name."""
    pairs = {"first half": beta, "other half": beta}
    return {
        "pairs of task 1": (pairs, pairs),
        "pairs of task 1 and W0 (authors' code)": ({**pairs, "initial": beta},) * 2,
        "pairs of task 1, first layer": (pairs, PLAIN),
        "pairs of task 1, second layer": (PLAIN, pairs),
        "half of the pairs of task 1": ({"first half": beta},) * 2,
        "W0 alone": ({"initial": beta},) * 2,
        "pairs of task 2": ({"second": beta},) * 2,
    }
