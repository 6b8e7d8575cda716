"""Entries of a key that time draws anew, some fast, some slowly: what is near in time is alike."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray


def drifting_entries(
    times: NDArray[np.float64],
    n_entries: int,
    constants: tuple[float, float],
    stream: np.random.Generator,
) -> NDArray[np.int8]:
    r"""Return entries of -1 and 1 at some times, shape (times, entries).

    Each entry is drawn anew at random times, so that the entries of two times :math:`\tau` apart
    have on average the product

    .. math::

        \frac{1}{n}\sum_k e^{-\tau/\tau_k}

    with time constants :math:`\tau_k` that lie evenly on a logarithmic scale: over their range it
    falls by about the same amount with every decade.

    Parameters
    ----------
    times
        The times, in any order and unit.
    constants
        Shortest and longest time constant, in the same unit.
    stream
        Draws the entries.
    """
    taus = np.geomspace(*constants, n_entries)
    order = np.argsort(times, kind="stable")
    entries = np.empty((len(times), n_entries), dtype=np.int8)
    now = stream.choice([-1, 1], n_entries)
    before = times[order[0]] if len(order) else 0.0
    for place in order:
        renewed = stream.random(n_entries) < -np.expm1((before - times[place]) / taus)
        now = np.where(renewed, stream.choice([-1, 1], n_entries), now)
        entries[place], before = now, times[place]
    return entries
