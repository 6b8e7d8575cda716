"""Addresses that change slowly, so that what is near in time is alike (section 2.2)."""

from __future__ import annotations

import numpy as np

from hippokv.arrays import Array


def drifting_keys(n_items: int, n_inputs: int, kept: float, stream: np.random.Generator) -> Array:
    r"""Return random keys, each partly the one before, shape (N, d).

    .. math::

        k_n = \rho\, k_{n-1} + \sqrt{1 - \rho^2}\, \xi_n

    so that the keys of items :math:`\tau` apart correlate by :math:`\rho^\tau`.

    Parameters
    ----------
    kept
        What is left of a key in the next, :math:`\rho`; 0 makes keys independent.
    stream
        Draws the keys.
    """
    keys: Array = stream.normal(size=(n_items, n_inputs))
    for number in range(1, n_items):
        keys[number] = kept * keys[number - 1] + np.sqrt(1 - kept**2) * keys[number]
    return keys
