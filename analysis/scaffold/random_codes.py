"""Random sparse codes as addresses: the scaffold of MESH, which knows no modules."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from hippokv.arrays import Array
from hippokv.errors import InputError

from .hippocampal_activity import winners


@dataclass(frozen=True)
class RandomCodes:
    """Describe addresses in which a few cells, drawn once, are active (Sharma et al. 2022).

    Raises
    ------
    InputError
        For more active cells than there are, or none.
    """

    n_cells: int = 50
    n_active: int = 3

    def __post_init__(self) -> None:
        if not 1 <= self.n_active <= self.n_cells:
            raise InputError("n_active", self.n_active, f"must be from 1 to {self.n_cells}")

    def draw(self, count: int, rng: np.random.Generator) -> Array:
        """Return so many different codes of 0 and 1, shape (count, cells).

        Raises
        ------
        InputError
            For more than there are.
        """
        n_possible = math.comb(self.n_cells, self.n_active)
        if count > n_possible:
            raise InputError("count", count, f"must be at most {n_possible}")
        codes = np.empty((0, self.n_cells))
        while len(codes) < count:
            more = winners(rng.random((count, self.n_cells)), self.n_active)
            codes = np.concatenate([codes, more])
            _, first = np.unique(codes, axis=0, return_index=True)
            codes = codes[np.sort(first)]
        return codes[:count]

    def clean_up(self, drive: Array) -> Array:
        """Return the code of the cells with the strongest drive, shape (A, cells)."""
        return winners(drive, self.n_active)
