"""Gridness: how much an autocorrelogram looks the same when it is turned by 60 degrees."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from hippokv.arrays import Array

if TYPE_CHECKING:
    from scipy.sparse import csr_matrix

#: An annulus is at least so much wider than the central peak, and so much narrower than the box.
MARGIN_CM = 10.0
#: Correlation below which the central peak has ended.
PEAK_END = 0.2
#: A hexagonal lattice is like itself after the first of these turns and unlike after the others.
#: An autocorrelogram is like itself after half a turn, so that 120 degrees say the same as 60 and
#: 150 the same as 30.
LIKE_DEG, UNLIKE_DEG = 60.0, (30.0, 90.0)


@dataclass(frozen=True)
class Gridness:
    """Hold the gridness of cells and the annulus in which each is largest.

    Parameters
    ----------
    score
        Gridness from -2 to 2, shape (cells,); not a number where a cell never fired or no annulus
        fits between its central peak and the walls.
    inner_cm, outer_cm
        Radii of the annulus, shape (cells,). The inner one is that of the central peak.
    """

    score: Array
    inner_cm: Array
    outer_cm: Array


def gridness(autocorrelograms: Array, bin_cm: float) -> Gridness:
    """Return the gridness of autocorrelograms, of the best of expanding annuli.

    The autocorrelogram is cut to an annulus about its centre and correlated with itself turned by
    30, 60, 90, 120 and 150 degrees; the gridness is the smallest correlation at 60 and 120 less the
    largest at 30, 90 and 150 (Sargolini et al. 2006, Science 312:758). The central peak is left
    out: it ends where the mean correlation at a distance first falls below 0.2 or no longer falls.
    The outer radius grows in steps of a bin from 10 cm beyond the central peak to 10 cm less than
    the box, and the largest score counts (Langston et al. 2010, Science 328:1576). Taking the
    largest lifts chance level above 0, so a score is to be compared with those of shuffled spikes.

    Parameters
    ----------
    autocorrelograms
        Shape (cells, 2 bins - 1, 2 bins - 1), not a number where they are unknown; which pixels
        are known must be the same in all that are known at all.
    """
    cells, size = len(autocorrelograms), autocorrelograms.shape[-1]
    known = np.isfinite(autocorrelograms)
    pixels = known.any(axis=0)
    whole = known[:, pixels].all(axis=1) & pixels.any()
    score, inner, outer = (np.full(cells, np.nan) for _ in range(3))
    if whole.any():
        turned = _turns(size, pixels.tobytes())
        images = np.where(known[whole], autocorrelograms[whole], 0.0).reshape(whole.sum(), -1)
        best, first, last = _best_annulus(images, turned, (size + 1) // 2, MARGIN_CM / bin_cm)
        score[whole], inner[whole], outer[whole] = best, first * bin_cm, last * bin_cm
    return Gridness(score, inner, outer)


@dataclass(frozen=True)
class _Turns:
    """Hold the pixels of an autocorrelogram in order of their ring, and how each turn moves them.

    Half of the plane, since the other half is its mirror image.
    """

    pixels: NDArray[np.int64]
    ring_start: NDArray[np.int64]
    radius: NDArray[np.int64]
    rotations: dict[float, csr_matrix]
    known_after: dict[float, Array]


@lru_cache(maxsize=4)
def _turns(size: int, known: bytes) -> _Turns:
    inside = np.frombuffer(known, dtype=bool).reshape(size, size)
    middle = size // 2
    y, x = np.mgrid[-middle : middle + 1, -middle : middle + 1]
    radius = np.hypot(x, y)
    half = (y > 0) | ((y == 0) & (x >= 0))
    chosen = np.flatnonzero((half & (radius < middle + 0.5) & inside).ravel())
    ring = np.round(radius.ravel()[chosen]).astype(int)
    order = np.argsort(ring, kind="stable")
    pixels, ring = chosen[order], ring[order]
    radii, ring_start = np.unique(ring, return_index=True)
    rotations, known_after = {}, {}
    for angle in (LIKE_DEG, *UNLIKE_DEG):
        matrix = _rotation(size, pixels, np.deg2rad(angle))
        rotations[angle] = matrix
        known_after[angle] = (matrix @ inside.ravel().astype(float) > 1 - 1e-9).astype(float)
    return _Turns(pixels, ring_start, radii, rotations, known_after)


def _rotation(size: int, pixels: NDArray[np.int64], angle_rad: float) -> csr_matrix:
    """Return the bilinear interpolation that reads turned pixels, shape (pixels, size * size)."""
    from scipy.sparse import csr_matrix

    middle = size // 2
    y, x = (pixels // size - middle).astype(float), (pixels % size - middle).astype(float)
    column = np.cos(angle_rad) * x - np.sin(angle_rad) * y + middle
    row = np.sin(angle_rad) * x + np.cos(angle_rad) * y + middle
    left = np.clip(np.floor(column), 0, size - 2).astype(int)
    low = np.clip(np.floor(row), 0, size - 2).astype(int)
    along, up = column - left, row - low
    weights, places = [], []
    for add_row, by_row in ((0, 1 - up), (1, up)):
        for add_column, by_column in ((0, 1 - along), (1, along)):
            weights.append(by_row * by_column)
            places.append((low + add_row) * size + left + add_column)
    rows = np.tile(np.arange(len(pixels)), 4)
    entries = (np.concatenate(weights), (rows, np.concatenate(places)))
    return csr_matrix(entries, shape=(len(pixels), size * size))


def _best_annulus(
    images: Array, turns: _Turns, bins: int, margin_bins: float
) -> tuple[Array, Array, Array]:
    """Return score, inner and outer radius in bins of the best annulus of each image."""
    straight = images[:, turns.pixels]
    peak = _peak_radius(straight, turns.ring_start)
    correlation = {}
    for angle, matrix in turns.rotations.items():
        turned = (matrix @ images.T).T
        correlation[angle] = _annulus_correlations(
            straight, turned, turns.known_after[angle], turns.ring_start, peak
        )
    unlike = np.maximum(*(correlation[angle] for angle in UNLIKE_DEG))
    inner = turns.radius[peak]
    fits = (turns.radius >= inner[:, None] + margin_bins) & (turns.radius <= bins - margin_bins)
    difference = correlation[LIKE_DEG] - unlike
    scores = np.where(fits & np.isfinite(difference), difference, -np.inf)
    last = scores.argmax(axis=1)
    best = scores[np.arange(len(scores)), last]
    found = np.isfinite(best)
    return (
        np.where(found, best, np.nan),
        np.where(found, inner, np.nan),
        np.where(found, turns.radius[last], np.nan),
    )


def _peak_radius(straight: Array, ring_start: NDArray[np.int64]) -> NDArray[np.int64]:
    """Return the ring at which the central peak of each image ends, shape (images,)."""
    pixels = np.diff(np.append(ring_start, straight.shape[1]))
    if len(ring_start) < 3:
        # A map of so few bins has no ring behind its centre.
        return np.full(len(straight), len(ring_start) - 1)
    profile = np.add.reduceat(straight, ring_start, axis=1) / pixels
    ended = (profile[:, 1:-1] < PEAK_END) | (profile[:, 1:-1] <= profile[:, 2:])
    return np.where(ended.any(axis=1), ended.argmax(axis=1) + 1, len(ring_start) - 1)


def _annulus_correlations(
    straight: Array,
    turned: Array,
    known: Array,
    ring_start: NDArray[np.int64],
    first: NDArray[np.int64],
) -> Array:
    """Return the correlation of images with turned ones from a ring of each on to every ring."""

    def outwards(table: Array) -> Array:
        sums = np.cumsum(np.add.reduceat(table, ring_start, axis=-1), axis=-1)
        padded = np.concatenate([np.zeros((*sums.shape[:-1], 1)), sums], axis=-1)
        padded = np.broadcast_to(padded, (len(first), padded.shape[-1]))
        inner = np.take_along_axis(padded, first[:, None], axis=1)
        annulus: Array = padded[:, 1:] - inner
        return annulus

    # Ring sums are unbiased only over pixels that are known before and after the turn.
    number = outwards(known[None])
    known_straight, known_turned = straight * known, turned * known
    sums, turned_sums = outwards(known_straight), outwards(known_turned)
    covariance = number * outwards(known_straight * turned) - sums * turned_sums
    variance = number * outwards(known_straight * straight) - sums**2
    turned_variance = number * outwards(known_turned * turned) - turned_sums**2
    spread = variance * turned_variance
    good = (variance > 1e-12) & (turned_variance > 1e-12)
    return np.where(good, covariance / np.sqrt(np.where(good, spread, 1.0)), np.nan)
