"""The rate memory: key-value and bidirectional memories that are written and asked step by step."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import count
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from hippokv.plasticity.linear_rule import LinearRule

Array = NDArray[np.float64]
#: Largest weight onto a value cell, either sign, under a linear rule (the 2021 paper's code: 1).
VALUE_BOUND = 1.0
#: Rate of the bidirectional memory (Tyulmankov et al. 2021, appendix A.3: 1/40).
BIDIRECTIONAL_RATE = 1 / 40


class Memory(Protocol):
    """Name what can be asked of any memory, of rates or of spikes."""

    def store(self, key: Array, value: Array) -> None:
        """Store a value, shape (m,), under a key, shape (d,), and go on to the next slot."""

    def skip(self) -> None:
        """Go on to the next slot and store nothing."""

    def recall(self, key: Array) -> Array:
        """Return the evidence for +1 against -1 of each value entry, shape (m,)."""


def in_turn(n_slots: int) -> Iterator[NDArray[np.bool_]]:
    """Yield the plateaus of one step after the other, shape (N,): slots in turn (Eq 6)."""
    for step in count():
        yield np.arange(n_slots) == step % n_slots


def by_chance(
    n_slots: int, probability: float, stream: np.random.Generator
) -> Iterator[NDArray[np.bool_]]:
    """Yield the plateaus of one step after the other, shape (N,): each by chance (Eq 7)."""
    while True:
        yield stream.random(n_slots) < probability


class RateMemory:
    r"""Store and recall by the rate model of Tyulmankov et al. 2021.

    Without ``rule`` by the simplified rule, in which keys and values alike are replaced in the
    slots with a plateau (Eq 9 to 11); with one by Eq 12 to 16, with

    .. math:: f^K(x) = a x + b, \quad h_t = \mathrm{softmax}(\beta K_t x_t)

    the activity before the keys change, and :math:`h_t'` after it. Weights onto value cells then
    stay within +-``VALUE_BOUND``, as in the authors' code.

    Parameters
    ----------
    n_inputs, n_outputs
        Entries of a key, d, and of a value, m.
    plateaus
        Which slots have a plateau at each step, shape (N,) each: :func:`in_turn`,
        :func:`by_chance`.
    rule
        The linear rule; None for the simplified rule.
    beta
        Inverse temperature of the softmax; the paper has 1.
    """

    def __init__(
        self,
        n_inputs: int,
        n_outputs: int,
        plateaus: Iterator[NDArray[np.bool_]],
        rule: LinearRule | None = None,
        beta: float = 1.0,
    ) -> None:
        self._ahead = next(plateaus)
        self._plateaus, self._rule, self._beta = plateaus, rule, beta
        n_slots = len(self._ahead)
        #: Weights of each slot, shapes (N, d) and (N, m).
        self.keys = np.zeros((n_slots, n_inputs))
        self.values = np.zeros((n_slots, n_outputs))

    def store(self, key: Array, value: Array) -> None:
        """Store a value, shape (m,), under a key, shape (d,), and go on to the next slot."""
        gamma, rule = self._ahead.astype(float)[:, None], self._rule
        if rule is None:
            self.keys += gamma * (key - self.keys)
            active = self.attention(key)
            self.values += gamma * (np.outer(active, value) - self.values)
        else:
            post = rule.key_post_slope * self.attention(key) + rule.key_post_offset
            pre = rule.key_pre_slope * key + rule.key_pre_offset
            self.keys += rule.key_rate * gamma * (np.outer(post, pre) - self.keys)
            pre = rule.value_pre_slope * self.attention(key) + rule.value_pre_offset
            post = rule.value_post_slope * value + rule.value_post_offset
            written = rule.value_decay * self.values + rule.value_rate * np.outer(pre, post)
            self.values = np.clip(written, -VALUE_BOUND, VALUE_BOUND)
        self.skip()

    def skip(self) -> None:
        """Go on to the next slot and store nothing."""
        self._ahead = next(self._plateaus)

    def attention(self, cues: Array) -> Array:
        """Return the share of each slot (Eq 4), shape (..., N) for cues of shape (..., d)."""
        logits = self._beta * cues @ self.keys.T
        shares = np.exp(logits - logits.max(axis=-1, keepdims=True))
        total: Array = shares / shares.sum(axis=-1, keepdims=True)
        return total

    def recall(self, key: Array) -> Array:
        """Return the evidence of each value entry (Eq 5), shape (..., m) for (..., d)."""
        evidence: Array = self.attention(key) @ self.values
        return evidence


class BidirectionalMemory:
    """Store by the Hebbian rule of Kosko 1988 and recall in one step.

    Parameters
    ----------
    n_inputs, n_outputs
        Entries of a key, d, and of a value, m.
    rate
        Rate of the Hebbian update.
    """

    def __init__(self, n_inputs: int, n_outputs: int, rate: float = BIDIRECTIONAL_RATE) -> None:
        # Scaled on recall only: sums of whole numbers have exact ties, whatever the precision.
        self._products = np.zeros((n_inputs, n_outputs))
        self._rate = rate

    def store(self, key: Array, value: Array) -> None:
        """Add the product of a key, shape (d,), and a value, shape (m,), to the weights."""
        self._products += np.outer(key, value)

    def skip(self) -> None:
        """Store nothing."""

    def recall(self, key: Array) -> Array:
        """Return the evidence of each value entry, shape (..., m) for keys (..., d)."""
        evidence: Array = self._rate * (key @ self._products)
        return evidence
