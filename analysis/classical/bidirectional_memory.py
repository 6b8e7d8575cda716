"""The bidirectional associative memory: Hebbian connections between keys and values."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from hippokv.arrays import Array


@dataclass(frozen=True)
class BidirectionalMemory:
    r"""Describe a bidirectional associative memory, BAM (Kosko 1988).

    .. math::

        W \leftarrow W + \eta q\, y x^\top, \qquad
        y \leftarrow \mathrm{sign}(W x), \quad x \leftarrow \mathrm{sign}(W^\top y)

    A unit without input keeps its state; hidden entries of the cue start at 0.

    Parameters
    ----------
    learning_rate
        Learning rate :math:`\eta`, which scales the weights and changes no answer. The 2021 paper
        scales it by the global third factor (Appendix A.3).
    most_steps
        Number of times that the values are updated: 1 reads out in one step, as the 2021 paper's
        comparison does; more let keys and values settle between each other, to a fixed point if it
        comes sooner.
    """

    learning_rate: float = 1.0
    most_steps: int = 1

    def start(self, n_inputs: int, n_outputs: int, rng: np.random.Generator) -> BidirectionalState:
        """Return a memory with zero weights."""
        return BidirectionalState(self, np.zeros((n_outputs, n_inputs)))


@dataclass
class BidirectionalState:
    """Hold the weights from keys to values, shape (m, d)."""

    memory: BidirectionalMemory
    weights: Array

    def store(self, key: Array, value: Array, strength: float) -> None:
        """Store a pair."""
        self.weights += self.memory.learning_rate * strength * np.outer(value, key)

    def skip(self) -> None:
        """Do nothing: the memory knows no time."""

    def recall(self, cue: Array) -> Array:
        """Return the input to the values after the last update."""
        keys, values = cue, np.zeros(len(self.weights))
        evidence = self.weights @ keys
        for _ in range(self.memory.most_steps - 1):
            before = keys
            values = _kept(np.sign(evidence), values)
            keys = _kept(np.sign(self.weights.T @ values), keys)
            if np.array_equal(keys, before):
                break
            evidence = self.weights @ keys
        return np.where(evidence == 0, values, evidence)


def _kept(found: Array, before: Array) -> Array:
    return np.where(found == 0, before, found)
