"""Sparse distributed memory: random addresses, and counters that sum what was written there."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from hippokv.arrays import Array

from ..theory.recall import recall
from ..theory.separation import Threshold
from ..theory.similarity import linear


@dataclass(frozen=True)
class SparseDistributedMemory:
    r"""Describe a sparse distributed memory (Kanerva 1988; Tyulmankov et al. 2021, Eq 3).

    Hard locations have random addresses :math:`a_i \in \{-1, 1\}^d` that never change, and counters
    :math:`c_i` for each value entry. A key activates the locations within a Hamming radius; storing
    adds the value to their counters, reading adds up their counters:

    .. math::

        h_i(x) = [\mathrm{Hamming}(a_i, x) \le r], \qquad
        c_i \leftarrow c_i + q\, h_i(x)\, y, \qquad \tilde y = \sum_i h_i(\tilde x)\, c_i

    Distances to a cue with hidden entries are counted over those that it gives, and the radius is
    the one at which it activates as many locations as a complete cue does (chosen: with the radius
    of a complete cue it would activate none, or all).

    Parameters
    ----------
    n_locations
        Number of hard locations (chosen: some fifty times the items that fit at 40 entries).
    activated
        Part of the locations that a complete key is to activate at most; the radius is the largest
        that activates no more on average (chosen: the best of .001 to .2 for 5 to 40 items of 40
        entries, of which a cue hides 60 %).
    """

    n_locations: int = 1000
    activated: float = 0.05

    def start(self, n_inputs: int, n_outputs: int, rng: np.random.Generator) -> DistributedState:
        """Return a memory with random addresses and empty counters."""
        addresses = rng.choice([-1.0, 1.0], (self.n_locations, n_inputs))
        return DistributedState(self, addresses, np.zeros((self.n_locations, n_outputs)))

    def radius(self, n_given: int) -> int:
        """Return the Hamming radius for a cue that gives so many entries, at least 0."""
        at = [math.comb(n_given, apart) / 2**n_given for apart in range(n_given + 1)]
        within = np.cumsum(at)
        return max(int(np.searchsorted(within, self.activated, side="right")) - 1, 0)


@dataclass
class DistributedState:
    """Hold addresses, shape (locations, d), and counters, shape (locations, m)."""

    memory: SparseDistributedMemory
    addresses: Array
    counters: Array

    def __post_init__(self) -> None:
        self._radius: dict[int, int] = {}

    def store(self, key: Array, value: Array, strength: float) -> None:
        """Add a value to the counters of the locations near its key."""
        self.counters[self.active(key)] += strength * value

    def skip(self) -> None:
        """Do nothing: the memory knows no time."""

    def recall(self, cue: Array) -> Array:
        """Return the sum of the counters of the locations near a cue."""
        return recall(cue, self.addresses, self.counters, separation=self.near(cue))

    def active(self, cue: Array) -> NDArray[np.intp]:
        """Return the numbers of the locations that a cue activates."""
        return np.flatnonzero(self.near(cue)(linear(cue, self.addresses)))

    def near(self, cue: Array) -> Threshold:
        """Return what takes the locations within the radius of a cue."""
        n_given = int(np.abs(cue).sum())
        if n_given not in self._radius:
            self._radius[n_given] = self.memory.radius(n_given)
        return Threshold(n_given - 2 * self._radius[n_given])
