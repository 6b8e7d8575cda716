"""Keys in two parts: entries of the context, which items of a list share, and the item's own."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from .recalling import occluded

Keys = NDArray[np.int8]


def context_size(n_inputs: int, context: float) -> int:
    """Return how many entries of a key are its context, its first ones."""
    return round(context * n_inputs)


def in_context(keys: Keys, lists: Sequence[range], n_context: int) -> Keys:
    """Return keys of which those in one list have the context of its first item.

    Parameters
    ----------
    keys
        Keys, shape (T, d).
    lists
        Items of each list.
    n_context
        Number of entries that are context.
    """
    shared = keys.copy()
    for items in lists:
        shared[items, :n_context] = keys[items[0], :n_context]
    return shared


def cues_in_context(keys: Keys, n_context: int, occlusion: float, seed: int) -> Keys:
    """Return cues that give the whole context and hide a part of each item's own entries.

    Parameters
    ----------
    keys
        Keys, shape (T, d).
    n_context
        Number of entries that are context.
    occlusion
        Fraction of the other entries to hide.
    seed
        Seed of the draws.
    """
    own = occluded(keys[:, n_context:], occlusion, seed)
    return np.concatenate([keys[:, :n_context], own], axis=1)
