"""The shuffle null: the gridness that a cell's spikes have when they are not where they were."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from hippokv.arrays import Array

from .autocorrelograms import autocorrelograms
from .gridness import gridness
from .rate_maps import MappedPath, rate_maps
from .trajectory import PathSpikes

#: The least shift, and the least in parts of the path where that is shorter.
LEAST_SHIFT_S, LEAST_SHIFT_PART = 20.0, 0.1
#: A cell is a grid cell where its gridness is above this percentile of its own shuffles.
PERCENTILE = 95.0
#: Maps that are handled at a time, for the memory they take.
_MAPS_AT_A_TIME = 200


def shuffled_gridness(
    spikes: PathSpikes,
    cells: NDArray[np.int64],
    path: MappedPath,
    step_ms: float,
    shuffles: int,
    stream: np.random.Generator,
) -> Array:
    """Return the gridness of each cell after its spikes were shifted in time against the path.

    All spikes of a cell are shifted by the same time, a draw of its own for each shuffle, and
    what falls off the end comes in at the begin: rate, bursts and path stay what they were, and
    only what ties spikes to places is lost (Langston et al. 2010, Science 328:1576). A shift is at
    least 20 s in either direction, or a tenth of a path that is shorter than 200 s. It breaks
    firing fields up, so that cells with few fields, though no grid cells, exceed the null somewhat
    more often than the percentile says; Barry & Burgess (2017, bioRxiv) discuss this.

    Parameters
    ----------
    cells
        Cells that are shuffled.
    shuffles
        Shifts of each cell.

    Returns
    -------
    ndarray
        Shape (cells, shuffles).
    """
    steps = len(path.bin_of_step)
    least = int(np.ceil(min(LEAST_SHIFT_S * 1e3 / step_ms, LEAST_SHIFT_PART * steps)))
    shifts = stream.integers(least, max(steps - least, least) + 1, (len(cells), shuffles))
    found = np.empty((len(cells), shuffles))
    for row, cell in enumerate(cells):
        fired = spikes.of_cell(int(cell))
        for first in range(0, shuffles, _MAPS_AT_A_TIME):
            part = slice(first, first + _MAPS_AT_A_TIME)
            shifted = [(fired + shift) % steps for shift in shifts[row, part]]
            maps = autocorrelograms(rate_maps(shifted, path))
            found[row, part] = gridness(maps, path.bin_cm).score
    return found


def thresholds(null: Array) -> Array:
    """Return the gridness that each cell must exceed: a percentile of its shuffles, shape (cells,).

    The percentile is the shuffle at it or next above it, so that spikes which have nothing to do
    with places exceed it in at most 5 % of cells, also with few shuffles. A shuffle without a score
    counts as the lowest. Of a cell that has none at all, the threshold is not a number, and nothing
    exceeds it.
    """
    lowest = np.where(np.isfinite(null), null, -2.0)
    limits: Array = np.percentile(lowest, PERCENTILE, axis=1, method="higher")
    return np.where(np.isfinite(null).any(axis=1), limits, np.nan)
