"""The rate twin: the key-value network of Tyulmankov et al. 2021 on the same schedule."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

from hippokv.circuits.schedule import Schedule

from .items import items_of
from .readout import Readout


def rate_twin(
    schedule: Schedule,
    n_slots: int,
    beta: Callable[[float], float],
    plateaus: NDArray[np.bool_] | None = None,
    first_slot: int = 0,
) -> Readout:
    r"""Predict the outcome of a schedule by the rate model (Tyulmankov et al. 2021, Eq 4-11).

    .. math::

        K_{t+1} &= (1-\eta_t)\odot K_t + \eta_t\odot \mathbf 1 x_t^\top      &(9)\\
        h'_t    &= \mathrm{softmax}(\beta K_{t+1} x_t)                      &(10)\\
        V_{t+1} &= (1-\eta_t)\odot V_t + \eta_t\odot y_t h_t'^\top           &(11)\\
        h       &= \mathrm{softmax}(\beta K \tilde x), \quad \tilde y = V h  &(4, 5)

    with :math:`\eta_t = q_t\gamma_t` (Eq 8) and :math:`\gamma_t` one at the least recently used
    slot (Eq 6), or where the circuit had its plateaus.

    Parameters
    ----------
    schedule
        The experiment.
    n_slots
        Number of hidden units N.
    beta
        Inverse temperature for a cue that gives so many entries, from the circuit's calibration;
        the paper has 1.
    plateaus
        Slots that take each item, shape (T, N), where the circuit chose them at random (Eq 7).
    first_slot
        Slot of the first item, without ``plateaus``.

    Returns
    -------
    Readout
        With ``evidence`` the output :math:`\tilde y`.
    """
    items = items_of(schedule)
    n_items = len(items.keys)
    if plateaus is None:
        plateaus = np.zeros((n_items, n_slots), dtype=bool)
        plateaus[np.arange(n_items), (first_slot + np.arange(n_items)) % n_slots] = True
    keys = np.zeros((n_slots, items.keys.shape[1]))
    values = np.zeros((n_slots, items.values.shape[1]))
    for key, value, gamma in zip(items.keys, items.values, plateaus, strict=True):
        keys[gamma] = key
        hidden = _softmax(beta(float(np.abs(key).sum())) * keys @ key)
        values[gamma] = np.outer(hidden[gamma], value)
    given, place = np.unique(np.abs(items.queries).sum(axis=1), return_inverse=True)
    betas = np.array([beta(float(count)) for count in given])[place]
    attention = _softmax(betas[:, None] * (items.queries @ keys.T))
    return Readout(plateaus, attention, attention @ values, keys, values)


def _softmax(logits: NDArray[np.float64]) -> NDArray[np.float64]:
    grown = np.exp(logits - logits.max(axis=-1, keepdims=True))
    shares: NDArray[np.float64] = grown / grown.sum(axis=-1, keepdims=True)
    return shares
