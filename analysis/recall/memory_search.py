r"""The rate model of a search of memory: slots that race in up-states, tire, and gain excitability.

Up-states follow each other as in the circuit. Slot *k* ignites at the rate at which any of its
cells escapes,

.. math::

    \frac{n}{\tau}\,e^{(v(t) - \theta + E_k - F_k)/\Delta}, \qquad
    v(t) = v_{up} - \frac{I_{up} - I_{down}}{g}\,e^{-t/\tau_{switch}},

with :math:`E_k` its excitability, :math:`F_k` its fatigue, :math:`\Delta` the softness of the
threshold, and :math:`v_{up}` where the tonic current of an up-state takes a cell against its leak
and idle PV cells. The first slot wins the up-state, and names the item that it holds. Its cells
fire until the up-state is over, faster where they are excitable and slower as they tire; each spike
adds

.. math:: F_k \mathrel{+}= f, \qquad E_k \mathrel{+}= s\,(E_{most} - E_k),

with *f* the fatigue of a spike and *s* its strengthening; fatigue falls exponentially with time. A
concussion takes the same from the excitability of all slots, which comes back exponentially.

It is told which slot holds which item, and nothing else of the run. Four of its numbers were
measured in the circuit with its defaults, on tuning seeds; ``benchmarks/memory_search.py`` measures
them again.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from hippokv.arrays import Array
from hippokv.circuits.cells.memory_search import SearchParameters
from hippokv.circuits.searching_memory_parameters import SearchingMemoryParameters
from hippokv.parameter import leaves

from .practice import practised

#: Conductance of idle PV cells in an up-state, before a slot ignites, in nS; measured.
IDLE_PV_NS = 5.95
#: Spikes of each cell as its slot ignites; spikes for each ms from then on to the end of the
#: up-state; and how that rate grows with each mV of excitability and falls with each of fatigue;
#: measured.
FIRST_SPIKES, SPIKES_PER_MS, RATE_PER_MV = 2.4, 0.05, 0.29
#: Not every escape ignites its slot. The conductance of idle PV cells, in nS, with which as many
#: slots ignite as in the circuit; how far below the threshold the voltage comes where half of the
#: escapes ignite, in mV; and how the logarithm of the odds grows with each mV. Measured on tuning
#: seeds 1 to 3 of ``retrograde-amnesia``.
ESCAPING_PV_NS, HALF_IGNITE_MV, SURER_PER_MV = 5.57, -4.77, 2.87
#: Step of a burst, in ms.
BURST_STEP_MS = 10.0
#: Draws over which its scores are means.
DRAWS = 400

#: Settings of a search that the model follows.
FOLLOWED = frozenset(
    {
        "rhythm.up_current_pA", "rhythm.down_current_pA", "rhythm.switch_tau_ms",
        "rhythm.shortest_up_ms", "rhythm.longest_up_ms", "rhythm.shortest_down_ms",
        "rhythm.longest_down_ms", "search.fatigue_jump_mV", "search.fatigue_tau_ms",
        "search.naive_mV", "search.strengthening", "search.most_excitable_mV",
    }
)  # fmt: skip
#: How the settings begin that a search can depend on.
OF_A_SEARCH = (
    "rhythm.", "search.", "hippocampal.", "pv.", "n_pv", "cells_per_slot", "inhibitory_jitter",
    "delays.",
)  # fmt: skip


def not_followed(parameters: SearchingMemoryParameters) -> list[str]:
    """Return the settings that matter to a search, were changed, and that the model does not follow."""  # noqa: E501
    default = {key: value for key, value, _ in leaves(type(parameters)())}
    return [
        key
        for key, value, _ in leaves(parameters)
        if key.startswith(OF_A_SEARCH) and key not in FOLLOWED and value != default[key]
    ]


def searched(
    parameters: SearchingMemoryParameters,
    held: NDArray[np.int64],
    searches: Sequence[tuple[float, float]],
    n_items: int,
    stream: np.random.Generator,
    draws: int = DRAWS,
    taken_ms: Array | None = None,
    concussion: tuple[float, float] | None = None,
    escapes_fail: bool = False,
) -> NDArray[np.int64]:
    """Return how often each item comes to mind in each search.

    Parameters
    ----------
    parameters
        The circuit's.
    held
        Item that each slot holds, -1 where it holds none, shape (N,).
    searches
        Begin and end of each search in ms, in order.
    n_items
        Number of items.
    stream
        Draws up-states, winners and times.
    draws
        How often all searches are drawn.
    taken_ms
        When each slot took its item, shape (N,); by default before the first search.
    concussion
        When all cells lose excitability, in ms, and how much, in mV; by default never.
    escapes_fail
        Whether an escape can leave its slot silent; by default each ignites it, at a rate that is
        that of those which do where cells are as excitable as they are without a concussion.

    Returns
    -------
    ndarray
        Shape (draws, searches, items).
    """
    rhythm, search = parameters.rhythm, parameters.search
    width_mV = parameters.hippocampal.escape_width_mV
    taken = np.full(len(held), -np.inf) if taken_ms is None else taken_ms
    full = np.zeros(len(held), dtype=bool)
    excitability = np.full((draws, len(held)), -search.naive_mV)
    fatigue = np.zeros_like(excitability)
    counts = np.zeros((draws, len(searches), n_items), dtype=np.int64)
    each, since = np.arange(draws), np.zeros(draws)
    idle_pv_nS = ESCAPING_PV_NS if escapes_fail else IDLE_PV_NS
    escaped, above_mV = escapes(parameters, idle_pv_nS), above_threshold_mV(parameters, idle_pv_nS)

    def uniform(state: str) -> NDArray[np.float64]:
        shortest, longest = (
            getattr(rhythm, f"{end}_{state}_ms") for end in ("shortest", "longest")
        )
        return stream.uniform(shortest, longest, draws)

    for number, (start, stop) in enumerate(searches):
        new = (held >= 0) & (taken < start) & ~full
        excitability[:, new], full = 0.0, full | new
        now = start + uniform("down")
        while (now < stop).any():
            up = np.clip(stop - now, 0.0, uniform("up"))
            fatigue *= np.exp(-(now - since) / search.fatigue_tau_ms)[:, None]
            since = now
            lost = lost_mV(parameters, concussion, now)
            lead_mV = excitability - fatigue - lost[:, None]
            eager = np.exp(lead_mV / width_mV)
            total = eager.sum(axis=1)
            escape = stream.exponential(1 / total)
            waited_ms, first = np.searchsorted(escaped, escape), _drawn(eager, total, stream)
            unsure = (waited_ms < up) if escapes_fail else np.zeros(draws, dtype=bool)
            while unsure.any():
                # As long as the slot excites itself the voltage may still rise.
                later = np.minimum(waited_ms + round(search.recurrent_tau_ms), len(above_mV) - 1)
                ignites = ignition(above_mV[later] + lead_mV[each, first])
                failed = unsure & (stream.random(draws) >= ignites)
                escape = escape + failed * stream.exponential(1 / total)
                again_ms, another = np.searchsorted(escaped, escape), _drawn(eager, total, stream)
                waited_ms = np.where(failed, again_ms, waited_ms)
                first = np.where(failed, another, first)
                unsure = failed & (waited_ms < up)
            fires = waited_ms < up
            draw, slot = each[fires], first[fires]
            _, excitability[draw, slot], fatigue[draw, slot] = burst(
                search, excitability[draw, slot], fatigue[draw, slot], full[slot],
                (up - waited_ms)[fires], lost_mV=lost[fires],
            )  # fmt: skip
            named = full[slot]
            counts[draw[named], number, held[slot[named]]] += 1
            now = now + up + uniform("down")
    return counts


def _drawn(eager: Array, total: Array, stream: np.random.Generator) -> NDArray[np.int64]:
    """Return a slot of each draw, the more readily the more eager it is, shape (draws,)."""
    before = np.cumsum(eager, axis=1) < (stream.random(len(eager)) * total)[:, None]
    found: NDArray[np.int64] = np.minimum(before.sum(axis=1), eager.shape[1] - 1)
    return found


def ignition(above_mV: Array) -> Array:
    """Return the probability with which an escape ignites its slot.

    Parameters
    ----------
    above_mV
        By how much the voltage comes above the threshold.
    """
    found: Array = 1 / (1 + np.exp(-SURER_PER_MV * (above_mV - HALF_IGNITE_MV)))
    return found


def lost_mV(
    parameters: SearchingMemoryParameters, concussion: tuple[float, float] | None, now_ms: Array
) -> Array:
    """Return the excitability that a concussion took and that has not come back, as many as times.

    Parameters
    ----------
    parameters
        The circuit's.
    concussion
        When it is, in ms, and how much it takes, in mV; None for none.
    now_ms
        Times.
    """
    at_ms, taken_mV = (0.0, 0.0) if concussion is None else concussion
    since = now_ms - at_ms
    left: Array = np.exp(-np.clip(since, 0.0, None) / parameters.recovery_tau_ms)
    return np.where(since >= 0, taken_mV * left, 0.0)


def escapes(parameters: SearchingMemoryParameters, idle_pv_nS: float = IDLE_PV_NS) -> Array:
    """Return how often a rested slot has escaped on average by each ms of an up-state.

    Parameters
    ----------
    idle_pv_nS
        Conductance of idle PV cells.
    """
    cell = parameters.hippocampal
    above_mV = above_threshold_mV(parameters, idle_pv_nS)
    above = np.clip(above_mV / cell.escape_width_mV, -700.0, 8.0)
    passed: Array = np.cumsum(parameters.cells_per_slot / cell.escape_tau_ms * np.exp(above))
    return passed


def above_threshold_mV(
    parameters: SearchingMemoryParameters, idle_pv_nS: float = IDLE_PV_NS
) -> Array:
    """Return by how much the voltage of a rested cell is above its threshold, by ms of an up-state.

    Parameters
    ----------
    idle_pv_nS
        Conductance of idle PV cells.
    """
    rhythm, cell = parameters.rhythm, parameters.hippocampal
    leak_nS = cell.leak_nS + cell.coupling_nS
    reversal_pA = leak_nS * cell.resting_voltage_mV + idle_pv_nS * cell.gaba_reversal_mV
    time_ms = np.arange(rhythm.longest_up_ms + 1)
    missing_pA = rhythm.up_current_pA - rhythm.down_current_pA
    inward_pA = rhythm.up_current_pA - missing_pA * np.exp(-time_ms / rhythm.switch_tau_ms)
    voltage_mV = (reversal_pA + inward_pA) / (leak_nS + idle_pv_nS)
    above: Array = voltage_mV - cell.spike_threshold_mV
    return above


def burst(
    search: SearchParameters,
    excitability: Array,
    fatigue: Array,
    full: NDArray[np.bool_],
    left_ms: Array,
    numbers: tuple[float, float, float] = (FIRST_SPIKES, SPIKES_PER_MS, RATE_PER_MV),
    lost_mV: Array | float = 0.0,
) -> tuple[Array, Array, Array]:
    """Return the spikes of a cell in bursts of some slots, and what they leave of both its states.

    Parameters
    ----------
    excitability, fatigue
        Those of the slots in mV, shape (bursts,).
    full
        Whether they hold anything: what holds nothing is not practised.
    left_ms
        How much of the up-state is left.
    numbers
        Spikes at first, spikes for each ms, and how their rate changes with each mV.
    lost_mV
        Excitability that a concussion took and that has not come back, shape (bursts,).

    Returns
    -------
    tuple of ndarray
        Spikes of each cell, excitability and fatigue in mV, shape (bursts,).
    """
    first, per_ms, per_mV = numbers
    spikes = np.full(left_ms.shape, first)
    total = np.zeros_like(left_ms)
    while True:
        total = total + spikes
        excitability = practised(
            excitability, spikes, search.strengthening, search.most_excitable_mV, full
        )
        fatigue = fatigue + search.fatigue_jump_mV * spikes
        step_ms = np.clip(left_ms, 0.0, BURST_STEP_MS)
        if not step_ms.any():
            return total, excitability, fatigue
        left_ms = left_ms - step_ms
        spikes = per_ms * np.exp(per_mV * (excitability - fatigue - lost_mV)) * step_ms
