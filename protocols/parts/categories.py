"""Categories: items that share a part of their entries with a prototype, and what of it returns."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from hippokv.analysis.recall.readout import Readout
from hippokv.analysis.recall.scores import credit

from ..running.stimuli import Stimuli


@dataclass(frozen=True)
class Categories:
    """Hold items of categories.

    Parameters
    ----------
    items
        The items, T of them.
    shared
        Which entries of a value are the prototype's, shape (T, m).
    prototypes
        Value of the prototype of each item, shape (T, m).
    """

    items: Stimuli
    shared: NDArray[np.bool_]
    prototypes: NDArray[np.int8]

    def bits(
        self, readout: Readout, recalls: NDArray[np.bool_], item: NDArray[np.int64]
    ) -> tuple[float, float]:
        """Return which part of the bits comes back that items share, and that are their own.

        Guessing gives one half of both; the prototype in the place of every item gives all of
        what they share, and on average one half of what is their own, as that is drawn without
        regard to the prototype. A tie counts one half.

        Parameters
        ----------
        recalls
            Which recalls are scored, shape (Q,).
        item
            What each recall asks for, shape (Q,).
        """
        asked = item[recalls]
        right = credit(readout.decoded[recalls], self.items.values[asked], 0.5)
        shared = self.shared[asked]
        return _mean(right[shared]), _mean(right[~shared])


def categorised(stimuli: Stimuli, n_categories: int, similarity: float) -> Categories:
    """Make items resemble prototypes, which are the last of the patterns drawn.

    Item *i* is of category ``i % n_categories``, so that items that follow one another are of
    different ones. It has the same part of its entries from the prototype, at places of its own,
    of key and value apart; the others are its own, and agree with the prototype in one half.

    Parameters
    ----------
    stimuli
        Patterns of the items, and after them those of the prototypes.
    n_categories
        Number of prototypes.
    similarity
        Part of the entries that an item has from its prototype.
    """
    # Drawn from the patterns alone, so that scores find the same places again.
    stream = np.random.default_rng([n_categories, *(stimuli.keys > 0).astype(np.uint32).ravel()])
    n_items = len(stimuli.keys) - n_categories
    category = np.arange(n_items) % n_categories

    def resembling(
        patterns: NDArray[np.int8],
    ) -> tuple[NDArray[np.int8], NDArray[np.bool_], NDArray[np.int8]]:
        own, prototypes = patterns[:n_items], patterns[n_items:][category]
        width = own.shape[1]
        order = stream.permuted(np.tile(np.arange(width), (n_items, 1)), axis=1)
        shared = order < round(similarity * width)
        return np.where(shared, prototypes, own).astype(np.int8), shared, prototypes

    keys, shared, prototypes = resembling(stimuli.keys)
    values = keys
    if not np.array_equal(stimuli.keys, stimuli.values):
        values, shared, prototypes = resembling(stimuli.values)
    items = replace(stimuli, keys=keys, values=values, labels=stimuli.labels[:n_items])
    return Categories(items, shared, prototypes)


def _mean(values: NDArray[np.float64]) -> float:
    return float(values.mean()) if values.size else float("nan")
