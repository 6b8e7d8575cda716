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

from dataclasses import dataclass, field

import numpy as np

from hippokv.arrays import Array


@dataclass
class RecordedLayer:
    """Hold a linear layer, and the pairs by which it was trained.

    Parameters
    ----------
    initial
        Weights before training, :math:`W_0`, shape (d, m).
    """

    initial: Array
    weights: Array = field(init=False)
    _keys: list[Array] = field(init=False, default_factory=list)
    _values: list[Array] = field(init=False, default_factory=list)

    def __post_init__(self) -> None:
        self.weights = self.initial.copy()

    @property
    def keys(self) -> Array:
        """Inputs of all training steps, shape (pairs, d)."""
        return np.concatenate([self.initial[:, :0].T, *self._keys])

    @property
    def values(self) -> Array:
        """Errors of all training steps, scaled by the learning rate, shape (pairs, m)."""
        return np.concatenate([self.initial[:0], *self._values])

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
        self._keys.append(inputs.copy())
        self._values.append(errors.copy())

    def attention(self, inputs: Array) -> Array:
        """Return how much inputs attend to each training step, shape (..., pairs)."""
        return inputs @ self.keys.T

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
        return (
            initial * (inputs @ self.initial) + (self.attention(inputs) * strengths) @ self.values
        )

    def with_strengths(self, strengths: Array | float = 1.0, initial: float = 1.0) -> Array:
        """Return the weights that give the same outputs as :meth:`dual`, shape (d, m)."""
        scaled = np.broadcast_to(strengths, len(self.keys))[:, None] * self.values
        weights: Array = initial * self.initial + self.keys.T @ scaled
        return weights
