"""Free recall: which items come to mind in a search without a cue, read from value cells alone.

What value cells fire between two silences is an answer. It names the item whose value its signs
agree with best, if they agree in nine of ten entries, and else nothing that was studied: an
intrusion. Slots are not looked at.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from hippokv.arrays import Array
from hippokv.circuits.recording import SpikeTrain

from .readout import on_minus_off
from .scores import credit

#: Silence of all value cells that ends an answer, in ms: value cells of a slot that fires are
#: silent for some 5 ms at most.
SILENCE_MS = 40.0
#: Spikes of an answer for each value entry, at least: single spikes of a slot make one or two.
FEWEST_SPIKES = 5.0
#: Part of the entries in which an answer agrees with the value of what it names.
AGREED = 0.9
#: Time that cells need to settle into a search.
SETTLING_MS = 100.0
#: What an answer names that names no item.
INTRUSION = -1


def answers(
    cortical: SpikeTrain, start_ms: float, stop_ms: float, values: NDArray[np.int8]
) -> NDArray[np.int64]:
    """Return the items that the answers of a search name, in order.

    Parameters
    ----------
    cortical
        Spikes of value cells, the ON cells of all entries first.
    start_ms, stop_ms
        Begin and end of the search.
    values
        Values of the items in -1 and 1, shape (T, m).

    Returns
    -------
    ndarray
        Numbers of items, ``INTRUSION`` for an answer that names none, shape (answers,).
    """
    window = cortical.between(start_ms + SETTLING_MS, stop_ms)
    time_ms, cell = cortical.time_s[window] * 1e3, cortical.cell[window]
    pauses = np.flatnonzero(np.diff(time_ms) > SILENCE_MS) + 1
    n_items, n_entries = values.shape
    named = []
    for spikes in np.split(cell, pauses):
        if len(spikes) < FEWEST_SPIKES * n_entries:
            continue
        counts = np.bincount(spikes, minlength=cortical.size)
        evidence = on_minus_off(counts.reshape(2 * n_entries, -1).sum(axis=1))
        agreed = credit(np.sign(evidence).astype(np.int8), values, 0.5).mean(axis=1)
        best = int(agreed.argmax()) if n_items else INTRUSION
        named.append(best if n_items and agreed[best] >= AGREED else INTRUSION)
    return np.array(named, dtype=np.int64)


def counted(named: Sequence[NDArray[np.int64]], n_items: int) -> NDArray[np.int64]:
    """Return how often each item was named in each search, shape (searches, T)."""
    counts = [np.bincount(one[one != INTRUSION], minlength=n_items) for one in named]
    return np.array(counts, dtype=np.int64).reshape(-1, n_items)


def free_recall_scores(counts: NDArray[np.int64]) -> dict[str, float]:
    """Score what came to mind in searches that follow each other.

    Parameters
    ----------
    counts
        How often each item was named in each search, shape (searches, T), or that of several
        draws, shape (draws, searches, T), over which the scores are then means.

    Returns
    -------
    dict
        Parts of the items: ``recalled_1`` and so on in each search; ``gained_2``, recalled in the
        second search and not in the first; ``lost_2``, the reverse; ``net_gain``, recalled in the
        last less recalled in the first, not a number of one search; ``cumulative``, recalled in
        any. ``repeated`` is the part of all answers that name what the same search had named
        before, not a number without answers.
    """
    draws = counts if counts.ndim == 3 else counts[None]
    recalled = draws > 0
    scores = {
        f"recalled_{number + 1}": float(recalled[:, number].mean())
        for number in range(recalled.shape[1])
    }
    for number in range(1, recalled.shape[1]):
        before, now = recalled[:, number - 1], recalled[:, number]
        scores[f"gained_{number + 1}"] = float((now & ~before).mean())
        scores[f"lost_{number + 1}"] = float((before & ~now).mean())
    several = recalled.shape[1] > 1
    scores["net_gain"] = (
        float((recalled[:, -1].mean(axis=1) - recalled[:, 0].mean(axis=1)).mean())
        if several
        else float("nan")
    )
    scores["cumulative"] = float(recalled.any(axis=1).mean())
    totals = draws.sum(axis=(1, 2))
    again = totals - recalled.sum(axis=(1, 2))
    answered = totals > 0
    scores["repeated"] = (
        float((again[answered] / totals[answered]).mean()) if answered.any() else float("nan")
    )
    return scores


def alike(values: NDArray[np.int8]) -> int:
    """Return how many items a right answer for another item would name as well."""
    agreed: Array = (values.astype(float) @ values.T.astype(float)) / values.shape[1] / 2 + 0.5
    np.fill_diagonal(agreed, 0.0)
    return int((agreed >= AGREED).any(axis=1).sum())
