"""The geometry of grid modules: points on a twisted torus, directions, lattice phases, kernels.

A module of period :math:`\\lambda` is a rhombic sheet of :math:`\\lambda\\times\\lambda` steps
along the axes :math:`e_1=(1,0)` and :math:`e_2=(1/2,\\sqrt3/2)`, its opposite edges glued together,
which is the twisted torus of Guanella et al. 2007. Lengths are in steps: one command to move takes
the bump of every module one step along, so the periods of the modules relate as their
:math:`\\lambda`.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from hippokv.arrays import Array

Numbers = NDArray[np.int64]

#: The axes of the sheet in steps, shape (2, 2).
AXES = np.array([[1.0, 0.0], [0.5, np.sqrt(3.0) / 2.0]])
#: Preferred directions of the cells at a point, in components along the axes, by their number: both
#: axes and back; or also the third axis of the hexagon, e2 - e1, so that no direction stands out.
DIRECTIONS: Mapping[int, Array] = {
    4: np.array([[1.0, 0.0], [0.0, 1.0], [-1.0, 0.0], [0.0, -1.0]]),
    6: np.array([[1.0, 0.0], [0.0, 1.0], [-1.0, 1.0], [-1.0, 0.0], [0.0, -1.0], [1.0, -1.0]]),
}
#: What each of these cells takes up of a velocity that is given along the axes. Of four, one
#: component; of six, two thirds of the part along the preferred direction: together they move the
#: bump as far.
TAKEN_UP: Mapping[int, Array] = {4: DIRECTIONS[4], 6: 2 / 3 * DIRECTIONS[6] @ (AXES @ AXES.T)}


@dataclass(frozen=True)
class Sheets:
    """Lay out the sheets of several modules one behind the other.

    Points are numbered module by module, along the first axis slowest; cells module by module,
    direction by direction, point by point.

    Parameters
    ----------
    periods
        Period of each module in steps.
    points_per_step
        Points of the sheet on a step along each axis.
    n_directions
        Cells at a point, one for each direction in which they move the bump: 4 or 6.
    """

    periods: tuple[int, ...]
    points_per_step: int
    n_directions: int = 4

    @cached_property
    def sides(self) -> tuple[int, ...]:
        """Number of points along an axis, of each module."""
        return tuple(self.points_per_step * period for period in self.periods)

    @cached_property
    def first_point(self) -> Numbers:
        """Number of the first point of each module, and behind them that of all points."""
        return np.concatenate([[0], np.cumsum([side**2 for side in self.sides])])

    @property
    def n_points(self) -> int:
        """Number of points of all modules."""
        return int(self.first_point[-1])

    @property
    def n_cells(self) -> int:
        """Number of cells of all modules: one for each direction at each point."""
        return self.n_directions * self.n_points

    @property
    def n_phases(self) -> int:
        """Number of lattice phases of all modules, the length of an address as a code."""
        return sum(period**2 for period in self.periods)

    def coordinates(self, module: int) -> Array:
        """Return where the points of a module are, in steps along the axes, shape (points, 2)."""
        ticks = np.arange(self.sides[module]) / self.points_per_step
        return np.stack(np.meshgrid(ticks, ticks, indexing="ij"), axis=-1).reshape(-1, 2)

    def distance(self, module: int, here: Array, there: Array) -> Array:
        """Return the distances in steps between two sets of places, shape (here, there).

        Parameters
        ----------
        module
            Number of the module.
        here, there
            Places in steps along the axes, shapes (m, 2) and (n, 2).
        """
        period = self.periods[module]
        apart = here[:, None, :] - there[None, :, :]
        apart -= period * np.round(apart / period)
        images = [
            np.linalg.norm((apart + period * np.array([a, b])) @ AXES, axis=-1)
            for a in (-1, 0, 1)
            for b in (-1, 0, 1)
        ]
        nearest: Array = np.min(images, axis=0)
        return nearest

    @cached_property
    def point_of_cell(self) -> Numbers:
        """Point at which each cell is, shape (cells,)."""
        parts = [
            np.tile(np.arange(first, stop), self.n_directions)
            for first, stop in zip(self.first_point[:-1], self.first_point[1:], strict=True)
        ]
        return np.concatenate(parts)

    @cached_property
    def module_of_point(self) -> Numbers:
        """Module of each point, shape (points,)."""
        return np.repeat(np.arange(len(self.periods)), np.diff(self.first_point))

    @property
    def directions(self) -> Array:
        """Preferred directions of the cells at a point, along the axes, shape (directions, 2)."""
        return DIRECTIONS[self.n_directions]

    @cached_property
    def velocity_taken_up(self) -> Array:
        """What each cell takes of a velocity along the axes, shape (cells, 2)."""
        taken_up = TAKEN_UP[self.n_directions]
        return np.concatenate([np.repeat(taken_up, side**2, axis=0) for side in self.sides])

    def lattice(self, module: int) -> Array:
        """Return the lattice phases of a module in steps along the axes, shape (phases, 2)."""
        ticks = np.arange(self.periods[module], dtype=float)
        return np.stack(np.meshgrid(ticks, ticks, indexing="ij"), axis=-1).reshape(-1, 2)

    def phase_profile(self, module: int, width_steps: float) -> Array:
        """Return a bump at each lattice phase as it lies on the points, shape (phases, points).

        Parameters
        ----------
        module
            Number of the module.
        width_steps
            Standard deviation of the bump in steps.
        """
        distance = self.distance(module, self.lattice(module), self.coordinates(module))
        profile: Array = np.exp(-((distance / width_steps) ** 2) / 2)
        return profile

    def profiles(self, width_steps: float) -> Array:
        """Return the same for the phases of all modules, shape (all phases, all points)."""
        table = np.zeros((self.n_phases, self.n_points))
        row = 0
        for module, period in enumerate(self.periods):
            first, stop = self.first_point[module : module + 2]
            table[row : row + period**2, first:stop] = self.phase_profile(module, width_steps)
            row += period**2
        return table

    @cached_property
    def first_phase(self) -> Numbers:
        """Number of the first phase of each module, and behind them that of all phases."""
        return np.concatenate([[0], np.cumsum([period**2 for period in self.periods])])


def within_reach(sheets: Sheets, reach_steps: float) -> tuple[Numbers, Numbers]:
    """Return which cells reach which points, as numbers of cells and of points.

    Parameters
    ----------
    sheets
        The sheets.
    reach_steps
        Distance to which a cell reaches.
    """
    cells, points = [], []
    for module in range(len(sheets.periods)):
        here = sheets.coordinates(module)
        near_from, near_to = np.nonzero(sheets.distance(module, here, here) <= reach_steps + 1e-9)
        first, size = int(sheets.first_point[module]), len(here)
        for direction in range(sheets.n_directions):
            cells.append(sheets.n_directions * first + direction * size + near_from)
            points.append(first + near_to)
    return np.concatenate(cells), np.concatenate(points)


def recurrent_kernel(
    sheets: Sheets, reach_steps: float, width_steps: float, offset_steps: float
) -> Array:
    """Return Gaussian weights shifted along each cell's direction, for :func:`within_reach`.

    The weights of each cell sum to 1.

    Parameters
    ----------
    sheets
        The sheets.
    reach_steps
        Distance to which a cell reaches.
    width_steps, offset_steps
        Standard deviation of the Gaussian, and how far it is shifted.
    """
    parts = []
    for module in range(len(sheets.periods)):
        here = sheets.coordinates(module)
        near = sheets.distance(module, here, here) <= reach_steps + 1e-9
        for direction in sheets.directions:
            shifted = here + offset_steps * direction
            weight = np.exp(-((sheets.distance(module, shifted, here) / width_steps) ** 2) / 2)
            weight = np.where(near, weight, 0.0)
            parts.append((weight / weight.sum(axis=1, keepdims=True))[near])
    return np.concatenate(parts)


def pinning_kernel(sheets: Sheets, reach_steps: float, width_steps: float) -> Array:
    r"""Return weights :math:`\sum_\phi u_\phi u_\phi^\top` that make lattice phases stable.

    Scaled so that those of a cell on a lattice phase sum to 1; for :func:`within_reach`.

    Parameters
    ----------
    sheets
        The sheets.
    reach_steps
        Distance to which a cell reaches.
    width_steps
        Standard deviation of a pinned bump :math:`u`.
    """
    parts = []
    for module in range(len(sheets.periods)):
        here = sheets.coordinates(module)
        near = sheets.distance(module, here, here) <= reach_steps + 1e-9
        bumps = sheets.phase_profile(module, width_steps)
        weight = np.where(near, bumps.T @ bumps, 0.0)
        parts += [(weight / weight[0].sum())[near]] * sheets.n_directions
    return np.concatenate(parts)


def parsed_periods(text: str) -> tuple[int, ...]:
    """Return the periods that a text like ``3,4,5`` lists.

    Raises
    ------
    ValueError
        Where it is not a list of whole numbers from 2 to 20.
    """
    words: Sequence[str] = text.split(",")
    if not all(word.strip().isdigit() for word in words):
        raise ValueError(text)
    periods = tuple(int(word) for word in words)
    if not all(2 <= period <= 20 for period in periods):
        raise ValueError(text)
    return periods
