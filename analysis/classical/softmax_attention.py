"""Softmax attention: every item is kept, and the cue attends to all of them."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from hippokv.arrays import Array

from ..theory.recall import recall
from ..theory.separation import Softmax, normalised
from .stored_items import KeepsEveryItem, StoredItems


@dataclass(frozen=True)
class SoftmaxAttention:
    r"""Describe attention over all items stored, one update of Ramsauer et al. 2020 (Eq 3).

    .. math::

        \tilde y = \sum_t \alpha_t y_t, \qquad
        \alpha_t \propto q_t\, e^{\beta\, x_t \cdot \tilde x}

    Nothing is ever forgotten: the memory grows with every item. The strength of an item multiplies
    its attention (chosen: the source has none).

    Parameters
    ----------
    inverse_temperature
        Inverse temperature :math:`\beta` (Tyulmankov et al. 2021, Eq 4: 1).
    """

    inverse_temperature: float = 1.0

    def start(self, n_inputs: int, n_outputs: int, rng: np.random.Generator) -> AttentionState:
        """Return a memory without items."""
        return AttentionState(self, StoredItems(n_inputs, n_outputs))


@dataclass
class AttentionState(KeepsEveryItem):
    """Hold the items."""

    memory: SoftmaxAttention
    items: StoredItems

    def recall(self, cue: Array) -> Array:
        """Return the values, weighted by attention."""
        if not len(self.items.keys):
            return np.zeros(self.items.values.shape[1])
        return recall(cue, self.items.keys, self.items.values, separation=self.attention)

    def attention(self, similarity: Array) -> Array:
        """Return the share of each item, in proportion to its strength."""
        shares = Softmax(self.memory.inverse_temperature)(similarity)
        return normalised(self.items.strengths * shares)
