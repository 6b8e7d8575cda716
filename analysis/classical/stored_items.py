"""Stored items: keys, values and strengths, for memories that keep every item."""

from __future__ import annotations

import numpy as np

from hippokv.arrays import Array


class StoredItems:
    """Keep every item that was stored."""

    def __init__(self, n_inputs: int, n_outputs: int) -> None:
        self._count = 0
        self._keys, self._values = np.zeros((16, n_inputs)), np.zeros((16, n_outputs))
        self._strengths = np.zeros(16)

    def add(self, key: Array, value: Array, strength: float) -> None:
        """Add an item; one of strength 0 leaves no trace."""
        if strength == 0:
            return
        if self._count == len(self._keys):
            self._keys = np.concatenate([self._keys, np.zeros_like(self._keys)])
            self._values = np.concatenate([self._values, np.zeros_like(self._values)])
            self._strengths = np.concatenate([self._strengths, np.zeros_like(self._strengths)])
        self._keys[self._count], self._values[self._count] = key, value
        self._strengths[self._count] = strength
        self._count += 1

    @property
    def keys(self) -> Array:
        """Keys, shape (T, d)."""
        return self._keys[: self._count]

    @property
    def values(self) -> Array:
        """Values, shape (T, m)."""
        return self._values[: self._count]

    @property
    def strengths(self) -> Array:
        """Strengths, shape (T,)."""
        return self._strengths[: self._count]


class KeepsEveryItem:
    """Store by keeping the item, in a memory that knows no time."""

    items: StoredItems

    def store(self, key: Array, value: Array, strength: float) -> None:
        """Keep an item."""
        self.items.add(key, value, strength)

    def skip(self) -> None:
        """Do nothing."""
