"""The match signal: whether anything is stored that fits a cue, whatever its content."""

from __future__ import annotations

import numpy as np

from hippokv.arrays import Array
from hippokv.circuits.recording import Recording
from hippokv.circuits.schedule import Schedule


def match_signal(recording: Recording, schedule: Schedule, settling_ms: float) -> Array:
    r"""Return how strongly PV cells answer each cue, in spikes per PV cell and second.

    PV feedback holds the summed rate of the hippocampal cells, so that its conductance is what
    the softmax divides by: it rises with :math:`\ln\sum_i e^{\beta K_i\tilde x}`, the match of the
    cue with all keys, and does not depend on values.

    Parameters
    ----------
    settling_ms
        Time that a cue needs to arrive.

    Returns
    -------
    ndarray
        Shape (Q,), or (0,) of a circuit without PV cells.
    """
    if "pv" not in recording.spikes:
        return np.zeros(0)
    pv = recording.spikes["pv"]
    rates = []
    for event in schedule.events("recall"):
        start = event.start_ms + settling_ms
        spikes = pv.counts(start, event.stop_ms).sum()
        rates.append(1e3 * spikes / (event.stop_ms - start) / pv.size)
    return np.array(rates, dtype=float)


def area_under_curve(high: Array, low: Array) -> float:
    """Return the probability that a signal is larger in one set than in another, ties one half.

    The area under the receiver operating characteristic (Green & Swets 1966); 0.5 is guessing.

    Parameters
    ----------
    high, low
        Signals of the set where it should be larger, and of the other.
    """
    if not (high.size and low.size):
        return float("nan")
    difference = high[:, None] - low[None, :]
    return float(np.mean(np.where(difference == 0, 0.5, difference > 0)))
