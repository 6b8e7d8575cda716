"""Hippocampal activity: which cells fire at a drive, and how much."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

import numpy as np

from hippokv.arrays import Array
from hippokv.errors import InputError


class Activity(Protocol):
    """Turn the drive of the hippocampal cells into their activity."""

    def __call__(self, drive: Array) -> Array:
        """Return the activity, shape (A, N), at a drive of that shape."""


@dataclass(frozen=True)
class Rectified:
    """Let every cell fire by what its drive exceeds a threshold (Chandra et al. 2025).

    Parameters
    ----------
    threshold
        The authors' code has .5, and 2.0 for rooms and sequences.
    """

    threshold: float = 0.5

    def __call__(self, drive: Array) -> Array:
        """Return the activity, shape (A, N), at a drive of that shape."""
        return np.maximum(drive - self.threshold, 0.0)


@dataclass(frozen=True)
class AtLeast:
    """Let the cells fire, all alike, whose drive reaches a threshold.

    Parameters
    ----------
    threshold
        With weights of 1 and the number of modules as the threshold, cells fire whose inputs
        match in every module.
    """

    threshold: float

    def __call__(self, drive: Array) -> Array:
        """Return the activity, 0 or 1, shape (A, N), at a drive of that shape."""
        return (drive >= self.threshold).astype(float)


@dataclass(frozen=True)
class Winners:
    """Let a fixed number of cells fire, those with the strongest drive.

    Parameters
    ----------
    graded
        Whether a winner fires by what it exceeds the strongest loser, scaled so that the squares
        sum to ``n_active`` as they do where all winners fire alike.

    Raises
    ------
    InputError
        For no winner.
    """

    n_active: int
    graded: bool = False

    def __post_init__(self) -> None:
        if self.n_active < 1:
            raise InputError("n_active", self.n_active, "must be a whole number of 1 or more")

    def __call__(self, drive: Array) -> Array:
        """Return the activity, shape (A, N), at a drive of that shape."""
        chosen = winners(drive, self.n_active)
        if not self.graded:
            return chosen
        weakest = drive.min(axis=1, keepdims=True)
        losers = np.where(chosen > 0, weakest, drive).max(axis=1, keepdims=True)
        above = np.where(chosen > 0, drive - losers, 0.0)
        size = np.linalg.norm(above, axis=1, keepdims=True)
        # Winners that all tie with a loser fire alike.
        spread = above * np.sqrt(self.n_active) / np.where(size > 0, size, 1.0)
        graded: Array = np.where(size > 0, spread, chosen)
        return graded


def winners(drive: Array, count: int) -> Array:
    """Return 1 for the cells with the strongest drive, 0 for the others.

    Parameters
    ----------
    drive
        Shape (A, N).
    count
        Number of winners in each row, from 1 to N; of equals the first win.
    """
    last = np.partition(drive, -count, axis=1)[:, [-count]]
    above, level = drive > last, drive == last
    room = count - above.sum(axis=1, keepdims=True)
    chosen: Array = (above | (level & (level.cumsum(axis=1) <= room))).astype(float)
    return chosen
