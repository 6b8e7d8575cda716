"""Capacity: how many items a memory stores before recall falls below a criterion."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

import numpy as np

from hippokv.arrays import Array

#: Fraction of the bits that must come back (Tyulmankov et al. 2021, Fig 2b).
CRITERION = 0.98


def capacity_by_bisection(
    accuracy_of: Callable[[int], float], criterion: float = CRITERION, longest: int = 4096
) -> int:
    """Search for the capacity by doubling and then bisection, as the 2021 paper's authors do.

    The number of items is doubled from 1 until the accuracy is below the criterion; then the gap
    between the last number that met it and the first that did not is halved until it is 1. Each
    number is tried once, so that one search is noisy: average over many.

    Parameters
    ----------
    accuracy_of
        Runs a trial with so many items and returns its accuracy.
    criterion
        Accuracy that must be met.
    longest
        Number of items at which the search gives up.

    Returns
    -------
    int
        Largest number of items found to meet the criterion; 0 if 1 does not.
    """
    met, missed = 0, 1
    while accuracy_of(missed) >= criterion:
        met, missed = missed, 2 * missed
        if missed > longest:
            return met
    while missed - met > 1:
        middle = (met + missed) // 2
        if accuracy_of(middle) >= criterion:
            met = middle
        else:
            missed = middle
    return met


def capacity_of_curve(
    lengths: Sequence[int], accuracies: Sequence[float], criterion: float = CRITERION
) -> float:
    """Return the number of items at which a mean accuracy falls below the criterion for good.

    Parameters
    ----------
    lengths
        Numbers of items, rising.
    accuracies
        Mean accuracy at each.
    criterion
        Accuracy that must be met.

    Returns
    -------
    float
        Interpolated linearly; 0 if the criterion is met nowhere, and not a number if it still is
        at the end of the curve.
    """
    met = np.flatnonzero(np.asarray(accuracies) >= criterion)
    if not met.size:
        return 0.0
    last = int(met[-1])
    if last == len(lengths) - 1:
        return float("nan")
    above, below = accuracies[last], accuracies[last + 1]
    part = (above - criterion) / (above - below)
    return float(lengths[last] + part * (lengths[last + 1] - lengths[last]))


def capacity_of_samples(samples: Mapping[int, Sequence[float] | Array]) -> float:
    """Return the number of items at which the mean over trials falls below the criterion for good.

    Parameters
    ----------
    samples
        Accuracies of the trials at each number of items, which rises.
    """
    return capacity_of_curve(list(samples), [float(np.mean(found)) for found in samples.values()])


def slope(sizes: Sequence[int], capacities: Sequence[float]) -> float:
    """Return the slope of the capacity over the size, by linear regression with an offset."""
    return float(np.polyfit(sizes, capacities, 1)[0])
