"""Values learned on hippocampal activity: Hebbian, error-driven with replay, best linear."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Protocol

import numpy as np

from hippokv.arrays import Array
from hippokv.errors import InputError

from .scaffold_network import best_linear


@dataclass(frozen=True, eq=False)
class ValueWeights:
    """Hold weights from hippocampal cells to value cells, (m, N), and the cells' biases, (m,)."""

    weights: Array
    biases: Array

    def evidence(self, hippocampal: Array) -> Array:
        """Return the evidence for +1 against -1, shape (A, m), at an activity, shape (A, N)."""
        return np.asarray(hippocampal @ self.weights.T + self.biases)


class ValueRule(Protocol):
    """Describe how values are learned."""

    def learn(self, hippocampal: Array, patterns: Array, rng: np.random.Generator) -> ValueWeights:
        """Return the weights after all items, stored in order.

        Parameters
        ----------
        hippocampal
            Activity at the address of each item, shape (P, N).
        patterns
            Values of -1 and 1, shape (P, m).
        """


@dataclass(frozen=True)
class Hebb:
    r"""Add the product of pattern and activity at each item (Gershman et al. 2025, Box 1).

    Parameters
    ----------
    centred
        Whether each cell's activity counts from its mean over the stored items,
        :math:`\Delta W = s\,(h - \bar h)^\top`, in learning and in recall.
    """

    centred: bool = False

    def learn(self, hippocampal: Array, patterns: Array, rng: np.random.Generator) -> ValueWeights:
        """Return the weights after all items, stored in order."""
        mean = hippocampal.mean(axis=0) * self.centred
        weights = patterns.T @ (hippocampal - mean)
        return ValueWeights(weights, -weights @ mean)


@dataclass(frozen=True)
class DeltaRule:
    r"""Correct at each item what the weights already predict, and replay (Widrow & Hoff 1960).

    .. math:: \Delta W = \eta\,(s - W h)\,h^\top / |h|^2

    Replay with the true patterns needs a teacher that still has them. Without one the network
    replays what it recalls at an address of the past, :math:`s = \mathrm{sign}(W h)`.

    Parameters
    ----------
    rate
        Rate :math:`\eta` at storage (chosen on seeds 0 to 2: one look at each of 160 items,
        800 cells, recalls .948 of the bits at .5 and .939 at 1; with replay of its own 1 is best).
    replays
        Number of replays for each item.
    replay_rate
        Rate in replay (chosen: below ``rate``, as replay comes again).
    teacher
        Whether replay has the true patterns.
    interleaved
        Whether replay of items drawn from the past follows each storage, and not, in rounds through
        all items, the last one.

    Raises
    ------
    InputError
        For fewer than no replays.
    """

    rate: float = 0.5
    replays: int = 0
    replay_rate: float = 0.3
    teacher: bool = True
    interleaved: bool = False

    def __post_init__(self) -> None:
        if self.replays < 0:
            raise InputError("replays", self.replays, "must be a whole number of 0 or more")

    def learn(self, hippocampal: Array, patterns: Array, rng: np.random.Generator) -> ValueWeights:
        """Return the weights after all items, stored in order."""
        # One row a hippocampal cell, so that the few that are active are written together.
        weights = np.zeros((hippocampal.shape[1], patterns.shape[1]))
        for item, stored in self._events(len(patterns), rng):
            active = np.flatnonzero(hippocampal[item])
            activity = hippocampal[item, active]
            predicted = activity @ weights[active]
            known = stored or self.teacher
            wanted = patterns[item] if known else np.sign(predicted)
            rate = self.rate if stored else self.replay_rate
            # A silent layer learns nothing.
            size = max(float(activity @ activity), np.finfo(float).tiny)
            weights[active] += np.outer(rate * activity / size, wanted - predicted)
        return ValueWeights(weights.T, np.zeros(patterns.shape[1]))

    def _events(self, n_items: int, rng: np.random.Generator) -> Iterator[tuple[int, bool]]:
        """Yield which item comes next, and whether it is stored (or replayed)."""
        for item in range(n_items):
            yield item, True
            if self.interleaved:
                yield from (
                    (int(past), False) for past in rng.integers(item + 1, size=self.replays)
                )
        if not self.interleaved:
            for _ in range(self.replays):
                yield from ((int(past), False) for past in rng.permutation(n_items))


@dataclass(frozen=True)
class PseudoInverse:
    """Take the weights that least squares finds, :math:`W = S H^{+}`: no local rule does better."""

    def learn(self, hippocampal: Array, patterns: Array, rng: np.random.Generator) -> ValueWeights:
        """Return the weights for all items at once."""
        return ValueWeights(best_linear(hippocampal, patterns), np.zeros(patterns.shape[1]))
