"""Which lattice phases reach which hippocampal cells, where they are drawn at random."""

from __future__ import annotations

from itertools import product

import numpy as np
from numpy.typing import NDArray

from .sheet_geometry import Sheets


def phases_per_module(sheets: Sheets, agreeing_share: float) -> tuple[int, ...]:
    r"""Return how many phases of each module reach a cell, so that a given share of cells agrees.

    Of the cells with one phase of a module, the part :math:`q = (k-1)/(\lambda^2-1)` has any other
    phase of it too; these are the wrong votes of the return projection. The numbers *k* are those
    with nearly the same *q* in all modules whose product comes nearest to the share.

    Parameters
    ----------
    sheets
        The modules.
    agreeing_share
        Part of the cells on which all modules agree at an address.
    """
    others = np.array([period**2 - 1 for period in sheets.periods])

    def share(counts: NDArray[np.float64]) -> float:
        return float(np.prod(counts / (others + 1)))

    low, high = 0.0, 1.0
    for _ in range(50):
        middle = (low + high) / 2
        low, high = (middle, high) if share(1 + middle * others) < agreeing_share else (low, middle)
    exact = 1 + low * others
    choices = product(*((int(np.floor(k)), int(np.ceil(k))) for k in exact))
    return min(choices, key=lambda counts: abs(share(np.array(counts)) - agreeing_share))


def drawn_phases(
    sheets: Sheets, n_ensembles: int, agreeing_share: float, seed: int
) -> NDArray[np.float64]:
    """Return which lattice phases reach which ensemble, 0 or 1, shape (ensembles, phases).

    Parameters
    ----------
    sheets
        The modules.
    n_ensembles
        Number of ensembles of hippocampal cells.
    agreeing_share
        Part of them on which all modules agree at an address.
    seed
        Seed of the draw.
    """
    stream = np.random.default_rng(seed)
    counts = phases_per_module(sheets, agreeing_share)
    parts = []
    for period, count in zip(sheets.periods, counts, strict=True):
        order = stream.permuted(np.tile(np.arange(period**2), (n_ensembles, 1)), axis=1)
        table = np.zeros((n_ensembles, period**2))
        np.put_along_axis(table, order[:, :count], 1.0, axis=1)
        parts.append(table)
    return np.concatenate(parts, axis=1)
