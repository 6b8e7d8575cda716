"""The Hopfield network: Hebbian connections between the entries of a pattern, and attractors."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from hippokv.arrays import Array
from hippokv.errors import InputError


@dataclass(frozen=True)
class HopfieldNetwork:
    r"""Describe a Hopfield network (Hopfield 1982; Tyulmankov et al. 2021, Eq 1 and 2).

    .. math::

        W &\leftarrow \lambda_t W + \eta q\, x x^\top, \quad
        \lambda_t = 1 - (1-\lambda)\min(q, 1), \quad |W_{ij}| \le A \\
        s &\leftarrow \mathrm{sign}(W s)

    All units are updated at once, from the cue with hidden entries at 0, until nothing changes.

    Parameters
    ----------
    learning_rate
        Learning rate :math:`\eta`; without a bound it scales the weights and changes no answer.
    decay
        What is left of the weights, :math:`\lambda`, when an item is stored. 1 forgets nothing; the
        2021 paper has .95 where items are stored without end (its footnote 4).
    bound
        Largest weight A in either direction (Parisi 1986); the 2021 paper tried it (footnote 4).
    self_connections
        Whether a unit excites itself, as in Eq 1. The weights are then positive semi-definite, so
        that updating all units at once cannot raise the energy; without, two states can alternate
        for ever.
    holds
        Whether a unit without input keeps its state, 0 if it has none yet; otherwise it falls to
        0, which is Eq 2 by the letter and differs where few items leave many ties.
    n_steps
        Number of updates, or None for a fixed point. The authors' code has 3 for flashbulb
        memories.
    most_steps
        Number of updates after which a state that still changes is the answer (chosen: five times
        what random patterns need at 160 units).
    """

    learning_rate: float = 1.0
    decay: float = 1.0
    bound: float = math.inf
    self_connections: bool = True
    holds: bool = True
    n_steps: int | None = None
    most_steps: int = 100

    def start(self, n_inputs: int, n_outputs: int, rng: np.random.Generator) -> HopfieldState:
        """Return a network with zero weights.

        Raises
        ------
        InputError
            Where a value is not as wide as its key: cue and answer are the same units.
        """
        if n_inputs != n_outputs:
            raise InputError(
                "circuit.n_outputs", n_outputs,
                f"must be circuit.n_inputs, {n_inputs}: a Hopfield network answers with the units "
                "that take the cue",
            )  # fmt: skip
        return HopfieldState(self, np.zeros((n_inputs, n_inputs)))


@dataclass
class HopfieldState:
    """Hold the weights of a Hopfield network, shape (d, d)."""

    network: HopfieldNetwork
    weights: Array

    def store(self, key: Array, value: Array, strength: float) -> None:
        """Store a pattern.

        Raises
        ------
        InputError
            For a value that is not its own key.
        """
        if not np.array_equal(key, value):
            raise InputError(
                "protocol.own_values", True,
                "must be false: a Hopfield network stores values that are their own keys",
            )  # fmt: skip
        network = self.network
        self.weights *= 1 - (1 - network.decay) * min(strength, 1.0)
        self.weights += network.learning_rate * strength * np.outer(key, key)
        if not network.self_connections:
            np.fill_diagonal(self.weights, 0.0)
        np.clip(self.weights, -network.bound, network.bound, out=self.weights)

    def skip(self) -> None:
        """Do nothing: the network knows no time."""

    def recall(self, cue: Array) -> Array:
        """Return the state at which the dynamics end, in -1, 0 and 1."""
        units = cue
        for _ in range(self.network.n_steps or self.network.most_steps):
            before, units = units, self.update(units)
            if np.array_equal(before, units):
                break
        return units

    def update(self, units: Array) -> Array:
        """Return the units after one update of all."""
        found = np.sign(self.weights @ units)
        return np.where(found == 0, units, found) if self.network.holds else found

    def energy(self, units: Array) -> float:
        """Return the energy of a state, :math:`-s^T W s / 2` (Hopfield 1982)."""
        return float(-units @ self.weights @ units / 2)
