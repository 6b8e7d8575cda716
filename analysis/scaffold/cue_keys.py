"""Keys: weights by which a cue finds the hippocampal cells that were active when it was stored."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from hippokv.arrays import Array


@dataclass(frozen=True)
class SharedKeyRule:
    r"""Write keys in cells that many items share, at the first presentation of each item.

    Entries of a cue are pairs of an ON and an OFF cell, :math:`x \in \{0, 1\}^{2d}`. In cells with
    a plateau, :math:`\gamma_i = 1`,

    .. math:: \Delta K_i = \gamma_i\,[a\,(x - \tfrac12) - e\,(K_i - \tfrac12)],
        \quad 0 \le K_i \le 1, \quad K_i(0) = \tfrac12

    which for :math:`a = e` is Eq 12 of Gershman et al. 2025. Cells of slots are overwritten
    (:math:`a = e = 1`); cells that items share must keep some of the items before.

    Parameters
    ----------
    potentiation
        How far a plateau moves a key towards the cue, a (chosen: a few plateaus fill a key. Written
        more slowly, .1 without decay, keys hold more: cues to 320 items in 800 cells find .75 and
        not .63 of the right cells, seeds 0 to 3).
    decay
        How far it moves it back to one half, e (chosen: a fifth of a; with more, old items go).
    """

    potentiation: float = 0.25
    decay: float = 0.05

    def learn(self, patterns: Array, plateaus: NDArray[np.bool_]) -> Array:
        """Return the keys after all items, stored in order, in 0 to 1, shape (N, 2d).

        Parameters
        ----------
        patterns
            Patterns of -1 and 1, shape (P, d).
        plateaus
            Which cells have a plateau at each item, shape (P, N).
        """
        keys = np.full((plateaus.shape[1], 2 * patterns.shape[1]), 0.5)
        for inputs, gated in zip(on_and_off(patterns), plateaus, strict=True):
            old = keys[gated]
            new = old + self.potentiation * (inputs - 0.5) - self.decay * (old - 0.5)
            keys[gated] = np.clip(new, 0.0, 1.0)
        return keys


def on_and_off(cues: Array) -> Array:
    """Return the activity of ON and OFF cells, (Q, 2d), for cues in -1, 0 and 1, (Q, d)."""
    return np.concatenate([cues > 0, cues < 0], axis=1).astype(float)
