"""Spatial autocorrelograms: how much a rate map is like itself when it is shifted."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from hippokv.arrays import Array

#: Shifts at which fewer bins than this overlap have no correlation (Sargolini et al. 2006).
FEWEST_BINS = 20


def autocorrelograms(maps: Array) -> Array:
    """Return the Pearson correlation of each rate map with itself at every shift.

    Only bins that both the map and its shifted copy know count (Sargolini et al. 2006, Science
    312:758). The sums over them are correlations of whole maps, taken by Fourier transforms for
    all shifts at once.

    Parameters
    ----------
    maps
        Rate maps, shape (cells, bins, bins), not a number where they are unknown, which must be
        the same bins in all.

    Returns
    -------
    ndarray
        Shape (cells, 2 bins - 1, 2 bins - 1), no shift in the middle; not a number where fewer than
        ``FEWEST_BINS`` bins overlap, and for a cell with the same rate everywhere. Where a cell
        has the same rate in all bins that overlap, mostly none, the correlation is 0.

    Raises
    ------
    ValueError
        Where the maps are unknown in different bins.
    """
    from scipy.fft import irfft2, next_fast_len, rfft2

    known = np.isfinite(maps)
    if not (known == known[:1]).all():
        raise ValueError("rate maps must be unknown in the same bins")
    bins = maps.shape[-1]
    size = 2 * bins - 1
    padded = (next_fast_len(size, real=True),) * 2
    inside = np.broadcast_to(known[:1].any(axis=0), maps.shape[1:])
    # The correlation does not depend on the mean, and rounding errors are smaller without it.
    centred = np.where(known, maps - _means(maps, inside)[:, None, None], 0.0)
    mask = rfft2(inside.astype(float), padded)
    wave = rfft2(centred, padded)

    def at_shifts(product: NDArray[np.complex128]) -> Array:
        around = irfft2(product, padded)
        first = np.arange(size) - (bins - 1)
        return np.asarray(around[..., first[:, None], first])

    overlap = np.round(at_shifts(np.conj(mask) * mask))
    sums = at_shifts(np.conj(wave) * mask)
    squares = at_shifts(np.conj(rfft2(centred**2, padded)) * mask)
    products = at_shifts(np.conj(wave) * wave)
    # The shifted copy's sums are those of the map at the opposite shift.
    variance = overlap * squares - sums**2
    spread = variance * variance[:, ::-1, ::-1]
    total = (centred**2).sum(axis=(1, 2))[:, None, None] * overlap
    differs = (variance > 1e-9 * total) & (variance[:, ::-1, ::-1] > 1e-9 * total)
    covariance = overlap * products - sums * sums[:, ::-1, ::-1]
    correlation = np.where(differs, covariance / np.sqrt(np.where(differs, spread, 1.0)), 0.0)
    known_shift = (overlap >= FEWEST_BINS) & differs.any(axis=(1, 2), keepdims=True)
    return np.where(known_shift, correlation, np.nan)


def _means(maps: Array, inside: NDArray[np.bool_]) -> Array:
    if not inside.any():
        return np.zeros(len(maps))
    means: Array = maps[:, inside].mean(axis=1)
    return means
