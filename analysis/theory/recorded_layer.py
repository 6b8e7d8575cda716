r"""The dual form of gradient learning: a layer remembers every error it was taught (Eq 10 and 11).

A linear layer that gradient descent trains is a key-value memory: its keys are the inputs that it
was shown and its values the errors that came back,

.. math::

    W &= W_0 + \sum_n x_n^\top e_n                                     &(10)\\
    y &= x W_0 + \sum_n \beta_n\,(x \cdot x_n)\, e_n                   &(11)

with all :math:`\beta_n = 1`. Other :math:`\beta_n` amplify or delete what was learned from single
examples. In a deep network the keys of the layers behind the first are the hidden activities as
they were in training, not those that amplified layers would give.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Protocol

import numpy as np

from hippokv.arrays import Array


class Pairs(Protocol):
    """Keep the pairs of a layer in the order in which they come."""

    def __len__(self) -> int:
        """Return how many there are."""

    def add(self, keys: Array, values: Array) -> None:
        """Take pairs, shapes (pairs, d) and (pairs, m)."""

    def parts(self) -> Iterator[tuple[Array, Array]]:
        """Yield all keys and values, in pieces that fit into memory, at least one."""


class PairsInMemory:
    """Keep pairs of d and m numbers in memory."""

    def __init__(self, n_inputs: int, n_outputs: int) -> None:
        self._keys, self._values = [np.zeros((0, n_inputs))], [np.zeros((0, n_outputs))]

    def __len__(self) -> int:
        return sum(map(len, self._keys))

    def add(self, keys: Array, values: Array) -> None:
        """Take pairs, shapes (pairs, d) and (pairs, m)."""
        self._keys.append(keys.copy())
        self._values.append(values.copy())

    def parts(self) -> Iterator[tuple[Array, Array]]:
        """Yield all keys and values at once."""
        self._keys, self._values = [np.concatenate(self._keys)], [np.concatenate(self._values)]
        yield self._keys[0], self._values[0]


class RecordedLayer:
    """Hold a linear layer, and the pairs by which it was trained.

    Parameters
    ----------
    initial
        Weights before training, :math:`W_0`, shape (d, m).
    pairs
        What keeps the pairs, by default in memory; :class:`.pairs_on_disk.PairsOnDisk` where they
        do not fit into it.
    """

    def __init__(self, initial: Array, pairs: Pairs | None = None) -> None:
        self.initial, self.weights = initial, initial.copy()
        self.pairs = PairsInMemory(*initial.shape) if pairs is None else pairs

    @property
    def keys(self) -> Array:
        """Inputs of all training steps, shape (pairs, d)."""
        return np.concatenate([keys for keys, _ in self.pairs.parts()])

    @property
    def values(self) -> Array:
        """Errors of all training steps, scaled by the learning rate, shape (pairs, m)."""
        return np.concatenate([values for _, values in self.pairs.parts()])

    def primal(self, inputs: Array) -> Array:
        """Return the outputs by the weights, shape (..., m)."""
        return inputs @ self.weights

    def learn(self, inputs: Array, errors: Array) -> None:
        r"""Take a step of gradient descent and remember it.

        Parameters
        ----------
        inputs
            What the layer was shown, shape (batch, d).
        errors
            :math:`e = -\eta\, \partial L/\partial y`, shape (batch, m); the mean over a batch is in
            them.
        """
        self.weights += inputs.T @ errors
        self.pairs.add(inputs, errors)

    def attention(self, inputs: Array) -> Array:
        """Return how much inputs attend to each training step, shape (..., pairs)."""
        return np.concatenate([inputs @ keys.T for keys, _ in self.pairs.parts()], axis=-1)

    def dual(self, inputs: Array, strengths: Array | float = 1.0, initial: float = 1.0) -> Array:
        r"""Return the outputs by the pairs (Eq 11), shape (..., m).

        Parameters
        ----------
        inputs
            Shape (..., d).
        strengths
            :math:`\beta_n` of each pair, shape (pairs,), or one for all; 0 deletes it.
        initial
            What :math:`W_0` is multiplied with: 1 in the paper.
        """
        outputs: Array = initial * (inputs @ self.initial)
        for keys, values, chosen in self._with(strengths):
            outputs = outputs + ((inputs @ keys.T) * chosen) @ values
        return outputs

    def with_strengths(self, strengths: Array | float = 1.0, initial: float = 1.0) -> Array:
        """Return the weights that give the same outputs as :meth:`dual`, shape (d, m)."""
        weights: Array = initial * self.initial
        for keys, values, chosen in self._with(strengths):
            weights = weights + keys.T @ (chosen[:, None] * values)
        return weights

    def _with(self, strengths: Array | float) -> Iterator[tuple[Array, Array, Array]]:
        """Yield keys, values and strengths of the pairs."""
        each = np.broadcast_to(strengths, len(self.pairs))
        done = 0
        for keys, values in self.pairs.parts():
            yield keys, values, each[done : done + len(keys)]
            done += len(keys)
