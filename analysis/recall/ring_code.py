"""The ring code: a location on a circle as a pattern of value units, and back."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from hippokv.arrays import Array


def preferred_rad(n_units: int) -> Array:
    """Return the preferred location of each unit in rad, evenly over the circle, shape (m,)."""
    return 2 * np.pi * np.arange(n_units) / n_units


def ring_code(locations_rad: Array, n_units: int) -> NDArray[np.int8]:
    """Return the patterns of locations: each unit is +1 within 90 degrees of its own, else -1.

    Parameters
    ----------
    locations_rad
        Locations in rad, shape (T,).
    n_units
        Number of units m. With an even number locations closer than a turn over m can share a
        pattern: at 40 units the resolution is 9 degrees.

    Returns
    -------
    ndarray
        Shape (T, m), in -1 and 1.
    """
    distance = np.asarray(locations_rad, dtype=float)[:, None] - preferred_rad(n_units)
    return np.where(np.cos(distance) >= 0, 1, -1).astype(np.int8)


def decoded_rad(evidence: Array) -> Array:
    """Return the location of the population vector of each row of evidence.

    Parameters
    ----------
    evidence
        Evidence for +1 against -1 of each unit, shape (Q, m).

    Returns
    -------
    ndarray
        Locations in rad, -pi to pi, shape (Q,); not a number where the vector has no length.
    """
    vector = np.asarray(evidence, dtype=float) @ np.exp(1j * preferred_rad(evidence.shape[1]))
    return np.where(np.abs(vector) > 1e-9, np.angle(vector), np.nan)


def difference_rad(first_rad: Array, second_rad: Array) -> Array:
    """Return the signed angle from the second locations to the first in rad, -pi to pi."""
    difference: Array = np.angle(np.exp(1j * (first_rad - second_rad)))
    return difference
