"""An encoder that is trained to rebuild its inputs, whose items then attract what is near them.

What a fixed scaffold is compared with: Radhakrishnan, Belkin & Uhler 2020, *Overparameterized
neural networks implement associative memory*; Gershman, Fiete & Irie 2025, Box 1.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from hippokv.arrays import Array

from .trained_items import Adam


@dataclass(frozen=True)
class LearnedEncoder:
    """Describe an encoder with one hidden layer, and how it is trained.

    Parameters
    ----------
    n_hidden
        Number H of hidden units.
    steps
        Steps of Adam, each with all items.
    learning_rate
        Size of a step.
    rounds
        How often what comes out is given back, at recall.
    """

    n_hidden: int = 1200
    steps: int = 300
    learning_rate: float = 1e-3
    rounds: int = 20

    def n_weights(self, n_entries: int) -> int:
        """Return the number of weights that are trained, of patterns with so many entries."""
        return 2 * n_entries * self.n_hidden

    def recall(self, patterns: Array, cues: Array, seed: int) -> Array:
        """Train on the patterns and return what the cues become.

        Parameters
        ----------
        patterns
            Patterns of -1 and 1, shape (P, d).
        cues
            Cues in -1, 0 (hidden) and 1, shape (Q, d).

        Returns
        -------
        ndarray
            Evidence for +1 against -1 of each entry, shape (Q, d).
        """
        stream = np.random.default_rng(np.random.SeedSequence([seed, *b"learned encoder"]))
        n_entries = patterns.shape[1]
        inward = stream.normal(size=(n_entries, self.n_hidden)) / np.sqrt(n_entries)
        outward = stream.normal(size=(self.n_hidden, n_entries)) / np.sqrt(self.n_hidden)
        rules = Adam(self.learning_rate), Adam(self.learning_rate)
        for _ in range(self.steps):
            slopes = slope_of(patterns, inward, outward)
            inward, outward = (
                weights - rule.step(slope)
                for weights, rule, slope in zip((inward, outward), rules, slopes, strict=True)
            )
        found = cues
        for _ in range(self.rounds):
            found = rebuilt(found, inward, outward)
        return found


def rebuilt(inputs: Array, inward: Array, outward: Array) -> Array:
    """Return what an encoder makes of its inputs, shape (P, d)."""
    output: Array = np.tanh(np.tanh(inputs @ inward) @ outward)
    return output


def slope_of(patterns: Array, inward: Array, outward: Array) -> tuple[Array, Array]:
    """Return the slope of the mean squared error of rebuilt patterns along both weights."""
    hidden = np.tanh(patterns @ inward)
    output = np.tanh(hidden @ outward)
    error = 2 / patterns.size * (output - patterns) * (1 - output**2)
    behind = error @ outward.T * (1 - hidden**2)
    return patterns.T @ behind, hidden.T @ error
