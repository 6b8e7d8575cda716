"""Separability against robustness: what noise in a query does to recall (section 2.1)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple

import numpy as np

from hippokv.arrays import Array

from ..recall.scores import credit
from .recall import Separation, recall
from .similarity import linear


class Robustness(NamedTuple):
    """Hold how well values come back from noisy queries.

    Parameters
    ----------
    bits_right
        Fraction of entries whose sign is right, 0 counting one half.
    squared_error
        Mean squared distance of an entry from its value of +-1: what is decided is not the sign.
    """

    bits_right: float
    squared_error: float


def robustness(
    separations: Mapping[str, Separation],
    flipped: float,
    n_items: int,
    n_inputs: int,
    n_outputs: int,
    stream: np.random.Generator,
) -> dict[str, Robustness]:
    """Recall random items by linear similarity from queries in which entries are flipped.

    Parameters
    ----------
    separations
        Separations by name; all meet the same items and queries.
    flipped
        Probability with which each entry of a query has the other sign.
    n_items, n_inputs, n_outputs
        Number of items, and widths of their keys and values of +-1.
    stream
        Draws items and noise.
    """
    keys = stream.choice([-1.0, 1.0], (n_items, n_inputs))
    values = stream.choice([-1.0, 1.0], (n_items, n_outputs))
    query = keys * np.where(stream.random(keys.shape) < flipped, -1.0, 1.0)
    return {
        name: _scored(recall(query, keys, values, linear, separation), values)
        for name, separation in separations.items()
    }


def _scored(recalled: Array, values: Array) -> Robustness:
    right = credit(np.sign(recalled).astype(np.int8), values.astype(np.int8), 0.5)
    return Robustness(float(right.mean()), float(((recalled - values) ** 2).mean()))
