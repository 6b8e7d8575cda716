"""The sheet of a grid module: a twisted torus, and which of its cells stands where.

The unit cell of the sheet is a rhombus along the axes e1 = (1, 0) and e2 = (1/2, sqrt(3)/2). Its
opposite edges are joined, so that the bump is at the same place of the sheet at all points of a
hexagonal lattice in the room (Guanella, Kiper & Verschure 2007, Int J Neural Syst 17:231). A place
on the sheet is given in turns: one turn along an axis leads back to the start.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np

from hippokv.arrays import Array
from hippokv.circuits.grid.sheet_geometry import AXES, Sheets

#: Whole turns by which the nearest image of a place may differ from the place itself.
_TURNS = np.array([[first, second] for first in (-1, 0, 1) for second in (-1, 0, 1)])


@dataclass(frozen=True)
class Sheet:
    """Describe the cells of a module.

    Parameters
    ----------
    side
        Positions along either axis, n.
    directions
        Cells at each position, one for each direction of movement. Cell
        ``direction * n * n + ix * n + iy`` stands at (ix, iy), ix along e1 and iy along e2.
    """

    side: int
    directions: int = 4

    @property
    def size(self) -> int:
        """Number of cells."""
        return self.directions * self.side**2

    @cached_property
    def phase_turns(self) -> Array:
        """Place of each cell along e1 and e2 in turns, shape (size, 2)."""
        along = np.arange(self.side) / self.side
        places = np.stack(np.meshgrid(along, along, indexing="ij"), axis=-1).reshape(-1, 2)
        return np.tile(places, (self.directions, 1))


def first_sheet(sheets: Sheets) -> Sheet:
    """Return the sheet of the first module of a circuit."""
    return Sheet(sheets.sides[0], sheets.n_directions)


def on_the_plane(turns: Array) -> Array:
    """Return turns along e1 and e2 as a vector in the plane, in periods; shapes (..., 2)."""
    vectors: Array = np.asarray(turns, dtype=float) @ AXES
    return vectors


def along_the_axes(vectors: Array) -> Array:
    """Return the components of vectors in the plane along e1 and e2; shapes (..., 2)."""
    components: Array = np.asarray(vectors, dtype=float) @ np.linalg.inv(AXES)
    return components


def nearest_image(turns: Array) -> Array:
    """Return the shortest of the ways that lead as far around the torus, in turns.

    The shortest in the plane: along both axes at once, less than half a turn each can be the long
    way around.

    Parameters
    ----------
    turns
        Ways along e1 and e2 in turns, shape (steps, 2).
    """
    short = turns - np.round(turns)
    images = short[:, None, :] + _TURNS
    lengths = np.linalg.norm(on_the_plane(images), axis=-1)
    nearest: Array = images[np.arange(len(short)), np.argmin(lengths, axis=1)]
    return nearest
