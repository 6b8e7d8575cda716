"""The lattice of a grid cell: spacing and orientation of its firing fields."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from hippokv.arrays import Array

NEIGHBOURS = 6


@dataclass(frozen=True)
class Lattice:
    """Hold the lattices of cells.

    Parameters
    ----------
    spacing_cm
        Mean distance of neighbouring fields, shape (cells,); not a number where the
        autocorrelogram has fewer than six peaks about its centre.
    orientation_deg
        Direction of the first axis of the lattice from the x axis, 0 to 60, shape (cells,).
    """

    spacing_cm: Array
    orientation_deg: Array


def lattices(autocorrelograms: Array, peak_radius_cm: Array, bin_cm: float) -> Lattice:
    """Return spacing and orientation from the six peaks nearest to the centre.

    A peak is a pixel with a positive correlation that none exceeds within the radius of the
    central peak; its place between pixels is that of a parabola through its neighbours. Spacing is
    the mean distance of the six (Hafting et al. 2005, Nature 436:801), orientation the mean of
    their directions, which repeat every 60 degrees.

    Parameters
    ----------
    autocorrelograms
        Shape (cells, 2 bins - 1, 2 bins - 1).
    peak_radius_cm
        Radius of each central peak, shape (cells,), see :func:`.gridness.gridness`.
    """
    found = [
        _lattice(image, radius / bin_cm)
        for image, radius in zip(autocorrelograms, peak_radius_cm, strict=True)
    ]
    spacing, orientation = np.array(found, dtype=float).reshape(-1, 2).T
    return Lattice(spacing * bin_cm, orientation)


def mean_orientation_deg(orientation_deg: Array) -> float:
    """Return the mean of directions that repeat every 60 degrees, 0 to 60."""
    known = orientation_deg[np.isfinite(orientation_deg)]
    if not known.size:
        return float("nan")
    return float(np.rad2deg(np.angle(np.exp(6j * np.deg2rad(known)).mean())) / 6 % 60)


def _lattice(image: Array, peak_radius: float) -> tuple[float, float]:
    """Return spacing in bins and orientation in degrees."""
    from scipy.ndimage import maximum_filter

    if not np.isfinite(peak_radius):
        return np.nan, np.nan
    reach = max(1, int(peak_radius))
    y, x = np.mgrid[-reach : reach + 1, -reach : reach + 1]
    filled = np.where(np.isfinite(image), image, -np.inf)
    highest = maximum_filter(filled, footprint=np.hypot(x, y) <= peak_radius, mode="nearest")
    inner = np.zeros(image.shape, dtype=bool)
    inner[1:-1, 1:-1] = True
    rows, columns = np.nonzero((filled == highest) & (filled > 0) & inner)
    middle = image.shape[0] // 2
    offsets = np.array(
        [_between_pixels(filled, *pixel) for pixel in zip(rows, columns, strict=True)]
    ).reshape(-1, 2)
    places = np.stack([columns, rows], axis=1) - middle + offsets
    distance = np.hypot(*places.T)
    around = np.flatnonzero(distance > peak_radius)
    nearest = around[np.argsort(distance[around])[:NEIGHBOURS]]
    if len(nearest) < NEIGHBOURS:
        return np.nan, np.nan
    direction = np.rad2deg(np.arctan2(places[nearest, 1], places[nearest, 0]))
    return float(distance[nearest].mean()), mean_orientation_deg(direction)


def _between_pixels(image: Array, row: int, column: int) -> tuple[float, float]:
    """Return how far the top of a peak lies from its pixel in x and y, at most half a pixel."""
    return (
        _top_of_parabola(image[row, column - 1 : column + 2]),
        _top_of_parabola(image[row - 1 : row + 2, column]),
    )


def _top_of_parabola(heights: Array) -> float:
    before, here, behind = heights
    bend = before - 2 * here + behind
    if not np.isfinite(bend) or bend >= 0:
        return 0.0
    return float(np.clip((before - behind) / (2 * bend), -0.5, 0.5))
