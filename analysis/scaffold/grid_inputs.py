"""Weights from the grid cells to the hippocampal cells: fixed at random, or recruited by places."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

import numpy as np

from hippokv.arrays import Array
from hippokv.errors import InputError

from .hippocampal_activity import winners


class GridInputs(Protocol):
    """Describe how hippocampal cells get their input weights."""

    def draw(self, n_cells: int, visited: Array, rng: np.random.Generator) -> Array:
        """Return the weights, shape (N, grid cells).

        Parameters
        ----------
        visited
            Codes of the addresses that were visited, shape (A, grid cells).
        """


@dataclass(frozen=True)
class GaussianInputs:
    """Describe Gaussian weights of which a part is there (Chandra et al. 2025, their code).

    Parameters
    ----------
    connection_probability
        The authors' code has .6, and .1 for rooms and sequences.
    """

    connection_probability: float = 0.6

    def draw(self, n_cells: int, visited: Array, rng: np.random.Generator) -> Array:
        """Return the weights, shape (N, grid cells); they do not depend on what was visited."""
        shape = (n_cells, visited.shape[1])
        return rng.normal(size=shape) * (rng.random(shape) < self.connection_probability)


@dataclass(frozen=True)
class FixedInDegree:
    """Describe cells that hear so many phases, drawn at random, of each module.

    Parameters
    ----------
    sizes
        Number of phases of each module.
    phases_in
        Number of phases of each that a cell hears. With (3, 6, 9) of (9, 16, 25), one cell in 22
        hears all three modules at once, near the 5 % of cells that are to be active (chosen).
    spread
        Standard deviation of the weights around 1 (chosen: enough to break ties between winners).

    Raises
    ------
    InputError
        For a number of phases that a module does not have.
    """

    sizes: tuple[int, ...] = (9, 16, 25)
    phases_in: tuple[int, ...] = (3, 6, 9)
    spread: float = 0.05

    def __post_init__(self) -> None:
        fits = len(self.phases_in) == len(self.sizes) and all(
            0 < heard <= size for heard, size in zip(self.phases_in, self.sizes, strict=True)
        )
        if not fits:
            raise InputError(
                "phases_in", self.phases_in, f"must be from 1 to the number of phases, {self.sizes}"
            )

    def draw(self, n_cells: int, visited: Array, rng: np.random.Generator) -> Array:
        """Return the weights, shape (N, grid cells); they do not depend on what was visited."""
        heard = np.concatenate(
            [
                winners(rng.random((n_cells, size)), count)
                for size, count in zip(self.sizes, self.phases_in, strict=True)
            ],
            axis=1,
        )
        return heard * rng.normal(1.0, self.spread, heard.shape)


@dataclass(frozen=True)
class RecruitedByPlaces:
    """Describe cells that learn the conjunctions of phases at which they had a plateau.

    At each visited place a part of the cells has a plateau, and the weights from the grid cells
    that are active become 1. A cell that several places recruit hears the phases of all of them.

    Parameters
    ----------
    share
        Part of the cells with a plateau at each place (chosen: as many as are to be active there).
    """

    share: float = 0.05

    def draw(self, n_cells: int, visited: Array, rng: np.random.Generator) -> Array:
        """Return the weights, 0 or 1, shape (N, grid cells).

        Raises
        ------
        InputError
            For a share of no cell, or of more than all.
        """
        count = round(self.share * n_cells)
        if not 1 <= count <= n_cells:
            raise InputError("share", self.share, f"must give from 1 to {n_cells} cells")
        plateaus = winners(rng.random((len(visited), n_cells)), count)
        return np.minimum(plateaus.T @ visited, 1.0)
