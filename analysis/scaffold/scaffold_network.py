"""The scaffold network: addresses to hippocampal states and back, until nothing changes."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

import numpy as np

from hippokv.arrays import Array

from .hippocampal_activity import Activity

#: Smallest singular value, relative to the largest, that counts as more than rounding.
RANK_TOLERANCE = 1e-10


class AddressCode(Protocol):
    """Name what a code of addresses offers: its cells, and what competition makes of a drive."""

    @property
    def n_cells(self) -> int:
        """Return the number of cells."""

    def clean_up(self, drive: Array) -> Array:
        """Return the code, shape (A, cells), nearest to a drive of that shape."""


@dataclass(frozen=True, eq=False)
class ScaffoldNetwork:
    """Hold a scaffold: a code of addresses, a hippocampal layer and the weights between them.

    Parameters
    ----------
    addresses
        The code, with its clean-up.
    activity
        What the hippocampal cells make of their drive.
    input_weights
        Weights from address cells to hippocampal cells, shape (N, cells).
    return_weights
        Weights from hippocampal cells to address cells, shape (cells, N).
    """

    addresses: AddressCode
    activity: Activity
    input_weights: Array
    return_weights: Array

    def hippocampal(self, code: Array) -> Array:
        """Return the hippocampal activity, shape (A, N), at addresses, shape (A, cells)."""
        return self.activity(code @ self.input_weights.T)

    def address(self, hippocampal: Array) -> Array:
        """Return the cleaned-up code, shape (A, cells), that an activity, (A, N), brings back."""
        return self.addresses.clean_up(hippocampal @ self.return_weights.T)

    def settle(self, hippocampal: Array, most_steps: int = 20) -> Array:
        """Return the code at which the loop from a hippocampal activity stops, (A, cells).

        Parameters
        ----------
        hippocampal
            Activity to begin with, shape (A, N).
        most_steps
            Number of rounds after which a code that still changes is the answer.
        """
        code = self.address(hippocampal)
        for _ in range(most_steps):
            before, code = code, self.address(self.hippocampal(code))
            if np.array_equal(before, code):
                break
        return code


def with_return(
    addresses: AddressCode,
    activity: Activity,
    input_weights: Array,
    learned: Array,
    pseudo_inverse: bool = False,
) -> ScaffoldNetwork:
    r"""Return a scaffold whose way back is learned at some of its addresses.

    .. math:: W_{gp} = \sum_a g_a p_a^\top \quad\text{or}\quad W_{gp} = G P^{+}

    Parameters
    ----------
    learned
        Codes of the addresses, shape (A, cells).
    pseudo_inverse
        Whether the weights are the best linear ones, and not Hebbian ones.
    """
    hippocampal = activity(learned @ input_weights.T)
    weights: Array = (
        best_linear(hippocampal, learned) if pseudo_inverse else learned.T @ hippocampal
    )
    return ScaffoldNetwork(addresses, activity, input_weights, weights)


def best_linear(given: Array, wanted: Array) -> Array:
    """Return the weights, shape (m, N), that bring back rows, (A, m), from rows, (A, N), best.

    Those of least squares; of several that do equally well, the smallest.
    """
    found = np.linalg.lstsq(given, wanted, rcond=RANK_TOLERANCE)[0]
    return np.asarray(found.T, dtype=np.float64)


def damaged(hippocampal: Array, dropped: float, shuffled: float, rng: np.random.Generator) -> Array:
    """Return activity in which active cells are silent, and others fire in place of some.

    Parameters
    ----------
    hippocampal
        Shape (A, N).
    dropped
        Part of the active cells that fall silent.
    shuffled
        Part of the active cells whose activity goes to cells that were silent.
    """
    after = hippocampal.copy()
    for row, before in zip(after, hippocampal, strict=True):
        active, silent = rng.permutation(np.flatnonzero(before)), np.flatnonzero(before == 0)
        lost, moved = (round(part * len(active)) for part in (dropped, shuffled))
        row[active[: lost + moved]] = 0.0
        to = rng.choice(silent, min(moved, len(silent)), replace=False)
        row[to] = before[active[lost : lost + len(to)]]
    return after


def noisy(hippocampal: Array, relative: float, rng: np.random.Generator) -> Array:
    """Return activity, shape (A, N), plus Gaussian noise of a length relative to its own."""
    noise = rng.normal(size=hippocampal.shape)
    length = np.linalg.norm(noise, axis=1, keepdims=True)
    own = np.linalg.norm(hippocampal, axis=1, keepdims=True)
    return np.asarray(hippocampal + relative * noise * own / length)
