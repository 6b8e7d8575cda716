"""Grid modules: a place is one phase of each module, and the phases together are its address."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from hippokv.arrays import Array
from hippokv.errors import InputError

Phases = NDArray[np.intp]


@dataclass(frozen=True)
class GridModules:
    r"""Describe grid modules whose phases tile a torus (Chandra et al. 2025).

    Module :math:`\lambda` has :math:`\lambda^2` cells, of which one is active: at the place
    :math:`(x, y)`, in steps, the one with the number
    :math:`(x \bmod \lambda)\,\lambda + (y \bmod \lambda)`.

    Parameters
    ----------
    periods
        Period of each module in steps.

    Raises
    ------
    InputError
        For no module, or a period below 2.
    """

    periods: tuple[int, ...] = (3, 4, 5)

    def __post_init__(self) -> None:
        if not self.periods or min(self.periods) < 2:
            raise InputError("periods", self.periods, "must be one or more numbers of 2 or more")

    @property
    def sizes(self) -> tuple[int, ...]:
        """Return the number of cells of each module."""
        return tuple(period**2 for period in self.periods)

    @property
    def n_cells(self) -> int:
        """Return the number of cells of all modules together."""
        return sum(self.sizes)

    @property
    def starts(self) -> Phases:
        """Return the number of the first cell of each module, shape (M,)."""
        return np.cumsum((0, *self.sizes[:-1]))

    @property
    def lap(self) -> int:
        """Return the number of steps, in one direction, after which all phases are back."""
        return math.lcm(*self.periods)

    @property
    def n_addresses(self) -> int:
        """Return the number of addresses; the product of the sizes for coprime periods."""
        return self.lap**2

    def phases(self, places: NDArray[np.integer]) -> Phases:
        """Return the phase of each module, shape (A, M), at places (x, y), shape (A, 2)."""
        periods = np.array(self.periods)
        x, y = (places[:, [axis]] % periods for axis in (0, 1))
        return np.asarray(x * periods + y, dtype=np.intp)

    def every_address(self) -> Phases:
        """Return the phases of all addresses, shape (addresses, M), in the order of a room's."""
        return self.phases(room(self.lap, self.lap))

    def moved(self, phases: Phases, steps: NDArray[np.integer]) -> Phases:
        """Return the phases after steps (x, y), shape (A, 2) or (2,), of all modules together."""
        return self.moved_apart(phases, np.asarray(steps)[..., None, :])

    def moved_apart(self, phases: Phases, steps: NDArray[np.integer]) -> Phases:
        """Return the phases after steps of each module alone, shape (A, M, 2) or (M, 2)."""
        periods = np.array(self.periods)
        x, y = np.divmod(phases, periods)
        moved = (x + steps[..., 0]) % periods * periods + (y + steps[..., 1]) % periods
        return np.asarray(moved, dtype=np.intp)

    def code(self, phases: Phases) -> Array:
        """Return the activity of the cells, 1 in each module at its phase, shape (A, cells)."""
        code = np.zeros((len(phases), self.n_cells))
        np.put_along_axis(code, phases + self.starts, 1.0, axis=1)
        return code

    def winners(self, drive: Array) -> Phases:
        """Return the phase with the strongest drive in each module, shape (A, M).

        Parameters
        ----------
        drive
            Input of each cell, or its activity, shape (A, cells). The first of equals wins.
        """
        parts = np.split(drive, self.starts[1:], axis=1)
        return np.stack([part.argmax(axis=1) for part in parts], axis=1)

    def clean_up(self, drive: Array) -> Array:
        """Return the code of the winners of each module, shape (A, cells)."""
        return self.code(self.winners(drive))


def room(width: int, height: int) -> NDArray[np.intp]:
    """Return the places (x, y) of a room, shape (width height, 2), y running fastest."""
    return np.stack(np.divmod(np.arange(width * height), height), axis=1)
