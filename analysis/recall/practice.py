r"""Retrieval practice in the rate model: slots that fire in a recall win the next more readily.

A spike of a cell lowers its threshold by a part *s* of what is left to the most. In units of the
softness of the threshold that is a logit :math:`E_k` beside the match, and after a recall in which
each cell of slot *k* fired :math:`n_k` spikes

.. math:: E_k \mathrel{+}= (1 - (1 - s)^{n_k})\,(E_{most} - E_k), \qquad
          n_k = \alpha_k\,r\,T/n_{cells} ,

with :math:`\alpha_k` its share of the attention, *r* the summed rate of the cells by the
calibration and *T* the length of the cue. What holds nothing is not practised, and wins less
readily than what holds something. In rests, without a cue, slots fire as well, the more excitable
ones more.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from hippokv.arrays import Array
from hippokv.circuits.slot_memory_parameters import calibration_of

#: How much of a fall of the threshold counts as a logit while PV cells hold the layer; measured on
#: tuning seeds 1 to 3, as ``benchmarks/retrieval_practice.py`` measures it.
COUNTED = 0.65
#: In steps of so many ms shares follow what is practised: a spike or less of each cell.
STEP_MS = 100.0


def practised(
    excitability: Array, spikes: Array, part: float, most: float, full: NDArray[np.bool_]
) -> Array:
    """Return the excitability of slots after spikes, each of which adds a part of what is left.

    Parameters
    ----------
    excitability
        Before them, in any unit, shape (N,).
    spikes
        Spikes of each cell of a slot, shape (N,).
    part
        Part of what is left to the most that one spike adds.
    most
        The most, in the same unit.
    full
        Whether slots hold anything: what holds nothing is not practised.
    """
    gained = (1 - (1 - part) ** spikes) * full
    after: Array = excitability + gained * (most - excitability)
    return after


@dataclass(frozen=True)
class Practice:
    """Say how recall strengthens slots.

    Parameters
    ----------
    parameters
        Those of a circuit that has it.
    """

    parameters: Any

    def at_first(self, n_slots: int) -> Array:
        """Return the logits of slots that hold nothing, shape (N,)."""
        return np.full(n_slots, -self.parameters.search.naive_mV / self._width_mV)

    def after(self, eager: Array, shares: Array, n_given: float, lasting_ms: float) -> Array:
        """Return the logits of slots after a recall or a rest.

        Parameters
        ----------
        eager
            Those before, shape (N,).
        shares
            Shares of the slots, shape (N,).
        n_given
            Number of entries that the cue gives.
        lasting_ms
            How long it lasts.
        """
        circuit, search = self.parameters, self.parameters.search
        rate_Hz = calibration_of(circuit).summed_rate_Hz(n_given, n_given)
        spikes = shares * rate_Hz * lasting_ms / 1e3 / circuit.cells_per_slot
        most = COUNTED * search.most_excitable_mV / self._width_mV
        return practised(eager, spikes, search.cued_strengthening, most, eager >= 0)

    def as_entries(self, n_given: float, matches: Array, eager: Array) -> float:
        """Return the entries of a cue that would call up as much inhibition as the best slot does.

        Parameters
        ----------
        n_given
            Entries that the cue gives.
        matches, eager
            Matches and logits of the slots, shape (N,).
        """
        beta = calibration_of(self.parameters).beta(n_given)
        return max(n_given, float((matches + eager / (COUNTED * 2 * beta)).max()))

    def over(
        self, eager: Array, shares: Array, n_given: float, lasting_ms: float
    ) -> tuple[Array, Array]:
        """Return the mean shares of slots in a recall, and their logits after it.

        What wins is strengthened while the cue lasts, and wins the more.

        Parameters
        ----------
        eager, n_given, lasting_ms
            As for :meth:`after`.
        shares
            Shares of the slots at first, shape (N,).
        """
        steps = max(math.ceil(lasting_ms / STEP_MS), 1)
        now, mean = eager, np.zeros_like(shares)
        for _ in range(steps):
            weight = shares * np.exp(now - eager)
            answered = weight * shares.sum() / max(float(weight.sum()), np.finfo(float).tiny)
            mean += answered / steps
            now = self.after(now, answered, n_given, lasting_ms / steps)
        return mean, now

    @property
    def _width_mV(self) -> float:
        width: float = self.parameters.hippocampal.escape_width_mV
        return width


def practice_of(parameters: Any) -> Practice | None:
    """Return how recall strengthens the slots of a circuit, nothing where it has none of it."""
    return Practice(parameters) if hasattr(parameters, "search") else None
