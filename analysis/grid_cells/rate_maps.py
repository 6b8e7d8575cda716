"""Rate maps: how fast a cell fires in each part of the box, for many cells at once."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from hippokv.arrays import Array
from hippokv.parameter import parameter

from .trajectory import PathSpikes, Trajectory


@dataclass(frozen=True)
class MapParameters:
    """Hold how finely firing is mapped."""

    bin_cm: float = parameter(
        2.5,
        "side of a bin of a rate map",
        chosen="a twelfth of a spacing of 30 cm",
        low=0.5,
        high=100.0,
    )
    smoothing_cm: float = parameter(
        5.0,
        "standard deviation of the Gaussian that smooths spikes and time",
        chosen="a field is some 20 cm wide at a spacing of 30 to 40 cm",
        low=0.0,
        high=100.0,
    )


@dataclass(frozen=True)
class MappedPath:
    """Hold which parts of the box a path visited; made by :func:`mapped_path`.

    Parameters
    ----------
    bin_of_step
        Bin in which each step was, rows (y) times columns (x), shape (steps,).
    occupancy_s
        Smoothed time spent in each bin, shape (bins, bins), rows along y.
    visited
        Bins that came within the smoothing of the path, shape (bins, bins).
    smoothing_bins
        Standard deviation of the smoothing in bins.
    """

    bin_of_step: NDArray[np.int64]
    occupancy_s: Array
    visited: NDArray[np.bool_]
    bin_cm: float
    smoothing_bins: float
    bins: int = field(init=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "bins", len(self.visited))


def mapped_path(trajectory: Trajectory, parameters: MapParameters | None = None) -> MappedPath:
    """Return where a path spent how much time.

    The side of the box is divided into whole bins, so that a bin may be somewhat larger or smaller
    than asked for.
    """
    from scipy.ndimage import distance_transform_edt

    parameters = parameters or MapParameters()
    bins = max(2, round(trajectory.box_cm / parameters.bin_cm))
    bin_cm = trajectory.box_cm / bins
    column, row = np.clip((trajectory.mid_position_cm / bin_cm).astype(int), 0, bins - 1).T
    place = row * bins + column
    visits = np.bincount(place, minlength=bins**2).reshape(bins, bins).astype(float)
    time_s = np.asarray(visits * trajectory.step_ms / 1e3, dtype=float)
    smoothing = parameters.smoothing_cm / bin_cm
    visited = distance_transform_edt(time_s == 0) <= smoothing
    occupancy = _smoothed(time_s[None], smoothing)[0]
    return MappedPath(place, occupancy, visited, bin_cm, smoothing)


def rate_maps(spike_steps: Sequence[NDArray[np.int64]], path: MappedPath) -> Array:
    """Return the firing rate of cells in each bin of the box.

    Smoothed spikes over smoothed time, so that walls and bins that were seldom visited do not
    lower a rate.

    Parameters
    ----------
    spike_steps
        For each cell the steps of the path in which it fired, one entry a spike.

    Returns
    -------
    ndarray
        Rates in Hz, shape (cells, bins, bins), rows along y; not a number in bins that the path
        never came near.
    """
    counts = np.array(
        [np.bincount(path.bin_of_step[steps], minlength=path.bins**2) for steps in spike_steps],
        dtype=float,
    ).reshape(-1, path.bins, path.bins)
    occupancy = np.where(path.visited, path.occupancy_s, np.nan)
    rates: Array = _smoothed(counts, path.smoothing_bins) / occupancy
    return rates


def rate_maps_of(spikes: PathSpikes, cells: NDArray[np.int64], path: MappedPath) -> Array:
    """Return the rate maps of some cells, see :func:`rate_maps`."""
    return rate_maps([spikes.of_cell(int(cell)) for cell in cells], path)


def _smoothed(maps: Array, smoothing_bins: float) -> Array:
    from scipy.ndimage import gaussian_filter

    if not smoothing_bins:
        return maps
    smooth: Array = gaussian_filter(maps, (0.0, smoothing_bins, smoothing_bins), mode="constant")
    return smooth
