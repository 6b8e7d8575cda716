"""Activity while items are asked for: how fast, how regularly and how much together cells fire."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from hippokv.arrays import Array
from hippokv.circuits.recording import Recording, SpikeTrain
from hippokv.circuits.schedule import Event, Schedule

#: Intervals that a cell must have for its coefficient of variation.
FEWEST_INTERVALS = 10
#: Spikes this close count as together.
TOGETHER_S = 5e-3


def activity(recording: Recording, schedule: Schedule) -> dict[str, float]:
    """Return rate, regularity and synchrony of every population during the recalls of a schedule.

    Returns
    -------
    dict
        ``rate_Hz_POPULATION``, the mean rate of a cell, and ``cv_POPULATION``, the coefficient of
        variation of the intervals between its spikes within recalls, mean over the cells with ten
        intervals; not a number where there is none. ``synchrony_POPULATION``, the deviation of the
        spikes of all cells in bins of 5 ms about the mean of their recall, relative to what it
        would be if all cells fired alike: 1 if they do, 1 over the root of their number if each
        fires for itself. Empty without recalls.
    """
    events = schedule.events("recall")
    seconds = sum(event.stop_ms - event.start_ms for event in events) / 1e3
    found: dict[str, float] = {}
    for name, train in recording.spikes.items() if events else ():
        cell, number, time_s = _within(train, events)
        found[f"rate_Hz_{name}"] = len(cell) / train.size / seconds
        found[f"cv_{name}"] = _irregularity(cell, number, time_s)
        starts_s = np.array([event.start_ms for event in events]) / 1e3
        lengths_s = np.array([event.stop_ms - event.start_ms for event in events]) / 1e3
        found[f"synchrony_{name}"] = _synchrony(
            cell, number, time_s - starts_s[number], train.size, lengths_s
        )
    return found


def sampling_floor(shares: Array, spikes: Array) -> Array:
    """Return the total variation distance of shares to a sample of so many spikes, on average.

    Parameters
    ----------
    shares
        Shares of the slots, shape (Q, N).
    spikes
        Number of spikes of each recall, shape (Q,); without any it is not a number.

    Returns
    -------
    array
        Shape (Q,): half the sum of the mean absolute deviations of binomial counts (de Moivre).
    """
    draws = np.asarray(spikes, dtype=float)[:, None]
    above = np.floor(draws * shares) + 1
    deviation = 2 * above * (1 - shares) * _binomial(above, draws, shares)
    with np.errstate(invalid="ignore"):
        floor: Array = deviation.sum(axis=1) / (2 * draws[:, 0])
    return floor


def _binomial(count: Array, draws: Array, share: Array) -> Array:
    """Return the probability of a count among draws that each hit with a share, 0 above all."""
    # All statistics take longer to import than a short run.
    from scipy.special import gammaln, xlog1py, xlogy

    missed = np.maximum(draws - count, 0.0)
    ways = gammaln(draws + 1) - gammaln(count + 1) - gammaln(missed + 1)
    likely = np.exp(ways + xlogy(count, share) + xlog1py(missed, -share))
    found: Array = np.where(count <= draws, likely, 0.0)
    return found


def _within(train: SpikeTrain, events: list[Event]) -> tuple[Array, Array, Array]:
    """Return cell, number of the recall and time in s of spikes during recalls, cell by cell."""
    windows = [train.between(event.start_ms, event.stop_ms) for event in events]
    cell = np.concatenate([train.cell[window] for window in windows])
    step = np.concatenate([train.step[window] for window in windows])
    number = np.repeat(
        np.arange(len(windows)), [window.stop - window.start for window in windows]
    )  # fmt: skip
    # Spikes are kept in the order of time, which a stable sort leaves within each cell.
    order = np.argsort(cell, kind="stable")
    return cell[order], number[order], np.multiply(step[order], train.dt_s)


def _irregularity(cell: Array, number: Array, time_s: Array) -> float:
    same = (np.diff(cell) == 0) & (np.diff(number) == 0)
    of, interval = cell[1:][same], np.diff(time_s)[same]
    if not len(of):
        return float("nan")
    count = np.bincount(of)
    able = count >= FEWEST_INTERVALS
    if not able.any():
        return float("nan")
    mean = np.bincount(of, interval)[able] / count[able]
    square = np.bincount(of, interval**2)[able] / count[able]
    return float(np.mean(np.sqrt(np.maximum(square - mean**2, 0.0)) / mean))


def _synchrony(cell: Array, number: Array, since_s: Array, n_cells: int, lengths_s: Array) -> float:
    bins = np.maximum(np.round(lengths_s / TOGETHER_S), 1).astype(np.int64)
    place = np.minimum((since_s / TOGETHER_S).astype(np.int64), bins[number] - 1)
    place += (np.cumsum(bins) - bins)[number]
    n_recalls = len(bins)
    every = _spread(np.bincount(place), np.bincount(number, minlength=n_recalls), bins)
    # Spikes come cell by cell and in the order of time, so that those of a bin are neighbours.
    begins = np.flatnonzero(np.diff(cell) | np.diff(place)) + 1
    single = _spread(
        np.diff(begins, prepend=0, append=len(cell)),
        np.bincount(cell.astype(np.int64) * n_recalls + number, minlength=n_cells * n_recalls),
        np.tile(bins, n_cells),
    )
    return float(np.sqrt(every / (n_cells * single))) if single > 0 else float("nan")


def _spread(
    counts: NDArray[np.integer], of_recalls: NDArray[np.integer], bins: NDArray[np.integer]
) -> float:  # fmt: skip
    """Return the sum of the squares of counts in bins about the mean of their recall."""
    return float((counts.astype(float) ** 2).sum() - (of_recalls.astype(float) ** 2 / bins).sum())
