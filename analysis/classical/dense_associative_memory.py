"""Dense associative memory: an energy that rises steeply with the match to a stored item."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from hippokv.arrays import Array

from ..theory.recall import Separation, recall
from ..theory.separation import RectifiedPolynomial
from .stored_items import KeepsEveryItem, StoredItems


@dataclass(frozen=True)
class DenseAssociativeMemory:
    r"""Describe a dense associative memory (Krotov & Hopfield 2016, Eq 1, 3 and 7).

    Units for keys and values share the energy

    .. math::

        E(x, y) = -\sum_t q_t\, F(x_t \cdot x + y_t \cdot y)

    Key units are clamped to the cue, value units start at 0, and each value unit takes, in one
    step, the sign that has the lower energy with the other value units at 0:

    .. math::

        \tilde y_k = \sum_t q_t
            \left[F(x_t \cdot \tilde x + y_{tk}) - F(x_t \cdot \tilde x - y_{tk})\right]

    One step is enough up to capacity (Demircigil et al. 2017). The strength of an item multiplies
    its energy (chosen: the source has none).

    Parameters
    ----------
    power
        Power n of :math:`F(z) = z^n`, 0 for z < 0 (Krotov & Hopfield 2016, Eq 6), or None for
        :math:`F(z) = e^z` (Demircigil et al. 2017). (chosen: 3, the lowest beyond a Hopfield
        network's 2)
    """

    power: int | None = 3

    def start(self, n_inputs: int, n_outputs: int, rng: np.random.Generator) -> DenseState:
        """Return a memory without items."""
        return DenseState(self, StoredItems(n_inputs, n_outputs))


@dataclass
class DenseState(KeepsEveryItem):
    """Hold the items."""

    memory: DenseAssociativeMemory
    items: StoredItems

    def recall(self, cue: Array) -> Array:
        """Return the difference in energy between the two signs of each value unit."""
        if not len(self.items.keys):
            return np.zeros(self.items.values.shape[1])
        return recall(cue, self.items.keys, self.items.values, separation=self.gain)

    def gain(self, match: Array) -> Array:
        """Return what each item takes from the energy of the sign that it has."""
        # A constant taken from all matches scales every exponential alike, and avoids overflow.
        base = match.max() if self.memory.power is None else 0.0
        taken = self.steepness(match - base + 1) - self.steepness(match - base - 1)
        return self.items.strengths * taken

    @property
    def steepness(self) -> Separation:
        """F, by which the energy falls with a match."""
        power = self.memory.power
        return np.exp if power is None else RectifiedPolynomial(power)

    def energy(self, keys: Array, values: Array) -> float:
        """Return the energy of a state of key and value units."""
        matches = self.items.keys @ keys + self.items.values @ values
        return -float(self.items.strengths @ self.steepness(matches))
