"""A classifier whose layers remember how they were trained (Gershman et al. 2025, Fig 3)."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray
from scipy.special import softmax

from hippokv.arrays import Array

from .recorded_layer import Pairs, PairsInMemory, RecordedLayer

Labels = NDArray[np.int64]
#: A strength for each pair of a layer, or one for all of them.
Strengths = Array | float


def drawn_weights(widths: Sequence[int], stream: np.random.Generator) -> tuple[Array, ...]:
    """Return weights between layers of such widths, uniform within one over root fan-in."""
    reaches = [(1 / np.sqrt(shape[0]), shape) for shape in pairwise(widths)]
    return tuple(stream.uniform(-reach, reach, shape) for reach, shape in reaches)


@dataclass
class Classifier:
    """Hold layers without biases, rectified between one another, that end in a softmax.

    Parameters
    ----------
    layers
        The layers, the first next to the input.
    """

    layers: tuple[RecordedLayer, ...]

    @classmethod
    def beginning(
        cls, initial: Sequence[Array], pairs: Callable[[int, int], Pairs] = PairsInMemory
    ) -> Classifier:
        """Return a classifier that has learned nothing.

        Parameters
        ----------
        initial
            Weights of its layers, shape (inputs, outputs) each.
        pairs
            Makes what keeps the pairs of a layer, from the widths of their keys and values.
        """
        return cls(tuple(RecordedLayer(weights, pairs(*weights.shape)) for weights in initial))

    @property
    def n_pairs(self) -> int:
        """Number of pairs that each layer remembers."""
        return len(self.layers[0].pairs)

    def outputs(
        self, inputs: Array, strengths: Sequence[Strengths] | None = None, initial: float = 1.0
    ) -> Array:
        r"""Return the logits of inputs, shape (..., classes).

        Parameters
        ----------
        inputs
            Shape (..., d).
        strengths
            Those of the pairs of each layer, :math:`\beta_n` of Eq 11; all 1 by default. With
            others, the keys of a layer behind the first stay those recorded in training.
        initial
            What the weights before training are multiplied with in every layer.
        """
        active = inputs
        for number, layer in enumerate(self.layers):
            if number:
                active = np.maximum(active, 0.0)
            chosen = 1.0 if strengths is None else strengths[number]
            if strengths is None and initial == 1.0:
                active = layer.primal(active)
            else:
                active = active @ layer.with_strengths(chosen, initial)
        return active

    def dual_outputs(self, inputs: Array) -> Array:
        """Return the logits by the pairs alone (Eq 11), shape (..., classes)."""
        active = inputs
        for number, layer in enumerate(self.layers):
            active = layer.dual(np.maximum(active, 0.0) if number else active)
        return active

    def train(
        self,
        inputs: Array,
        labels: Labels,
        learning_rate: float,
        epochs: int,
        batch: int,
        stream: np.random.Generator | None,
    ) -> None:
        """Train by stochastic gradient descent on the mean cross-entropy of each batch.

        Parameters
        ----------
        inputs, labels
            Shapes (examples, d) and (examples,).
        learning_rate
            Step along the gradient.
        epochs, batch
            How often all examples are shown, and how many at once.
        stream
            Draws the order in each epoch; without it the order is that of the examples.
        """
        for _ in range(epochs):
            order = np.arange(len(inputs)) if stream is None else stream.permutation(len(inputs))
            for start in range(0, len(order), batch):
                chosen = order[start : start + batch]
                self._step(inputs[chosen], labels[chosen], learning_rate)

    def _step(self, inputs: Array, labels: Labels, learning_rate: float) -> None:
        shown, drives = [inputs], []
        for layer in self.layers:
            drives.append(layer.primal(shown[-1]))
            shown.append(np.maximum(drives[-1], 0.0))
        slope = softmax(drives[-1], axis=1)
        slope[np.arange(len(labels)), labels] -= 1.0
        slope /= len(labels)
        for number in reversed(range(len(self.layers))):
            layer = self.layers[number]
            # The slope below is that of the weights before they change.
            below = slope @ layer.weights.T
            layer.learn(shown[number], -learning_rate * slope)
            if number:
                slope = below * (drives[number - 1] > 0)


def part_right(outputs: Array, labels: Labels, classes: Sequence[int] | None = None) -> float:
    """Return the part of the examples whose class has the largest output.

    Parameters
    ----------
    outputs, labels
        Shapes (examples, classes) and (examples,).
    classes
        Classes to compare alone; all by default.
    """
    compared = np.arange(outputs.shape[1]) if classes is None else np.array(classes)
    return float(np.mean(compared[outputs[:, compared].argmax(axis=1)] == labels))
