"""What a scaffold memory of spikes recalls: values in cortex, cells of an address's code."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from hippokv.arrays import Array
from hippokv.circuits.recording import SpikeTrain

from .readout import on_minus_off

Counts = NDArray[np.int64]


def counts_in(train: SpikeTrain, starts_ms: Sequence[float] | Array, length_ms: float) -> Counts:
    """Count the spikes of each cell in windows of one length, shape (windows, cells)."""
    return np.array([train.counts(start, start + length_ms) for start in starts_ms])


def decoded_values(cortical: Counts) -> NDArray[np.int8]:
    """Return which cell of each ON/OFF pair fired more.

    Parameters
    ----------
    cortical
        Spikes of the cortical cells, ON cells first, shape (Q, 2m).

    Returns
    -------
    ndarray
        In -1, 0 (a tie) and 1, shape (Q, m).
    """
    signs: NDArray[np.int8] = np.sign(on_minus_off(cortical)).astype(np.int8)
    return signs


def share_on(counts: Array | Counts, members: NDArray[np.bool_]) -> Array:
    """Return the part of the activity that falls on some cells, 0 where there is none.

    Parameters
    ----------
    counts
        Activity of the cells, shape (Q, cells).
    members
        The cells that count, shape (Q, cells).
    """
    total = counts.sum(axis=1)
    share: Array = (counts * members).sum(axis=1) / np.maximum(total, 1)
    return share


def nearest_own(decoded: Array | NDArray[np.int8], patterns: Array | NDArray[np.int8]) -> Array:
    """Return which patterns are closer to their own item than to any other, 0 or 1, shape (P,).

    Parameters
    ----------
    decoded
        What was recalled of each item, in -1, 0 and 1, shape (P, m).
    patterns
        The items, shape (P, m).
    """
    overlap = decoded.astype(float) @ patterns.T.astype(float)
    own = np.diag(overlap).copy()
    np.fill_diagonal(overlap, -np.inf)
    found: Array = (own > overlap.max(axis=1, initial=-np.inf)).astype(float)
    return found
