r"""The rate model of a search of memory: slots that race in up-states, tire, and gain excitability.

Up-states follow each other as in the circuit. A cell of slot *k* escapes at the rate

.. math::

    \frac{1}{\tau}\,e^{(v(t) - \theta + E_k - F_k)/\Delta},

with :math:`E_k` its excitability, :math:`F_k` its fatigue and :math:`\Delta` the softness of the
threshold. The voltage follows the current of an up-state against the leak and idle PV cells, whose
conductance fluctuates for all slots alike (:class:`.Race`). An escape ignites its slot, or PV cells
win and hold all slots for a while (:mod:`.ignition`). The first slot that ignites wins the
up-state, and names the item that it holds. Its cells fire until the up-state is over, faster where
they are excitable and slower as they tire; each spike adds

.. math:: F_k \mathrel{+}= f, \qquad E_k \mathrel{+}= s\,(E_{most} - E_k),

with *f* the fatigue of a spike and *s* its strengthening; fatigue falls exponentially with time. A
concussion takes the same from the excitability of all slots, which comes back exponentially.

It is told which slot holds which item, and nothing else of the run. How many spikes a burst has was
measured in the circuit with its defaults, on tuning seeds; ``benchmarks/memory_search.py`` measures
it again. All else follows from the circuit's constants.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from hippokv.arrays import Array
from hippokv.circuits.cells.memory_search import SearchParameters
from hippokv.circuits.searching_memory_parameters import SearchingMemoryParameters
from hippokv.parameter import leaves

from .ignition import LEAST, MOST, Ignition, idle, ignition
from .practice import practised

#: Spikes of each cell as its slot ignites; spikes for each ms from then on to the end of the
#: up-state; and how that rate grows with each mV of excitability and falls with each of fatigue;
#: measured.
FIRST_SPIKES, SPIKES_PER_MS, RATE_PER_MV = 2.4, 0.05, 0.29
#: Step of a burst, in ms.
BURST_STEP_MS = 10.0
#: Steps of an up-state in which slots race, in ms, and how long after its end the last of them is.
RACE_STEP_MS, AFTER_MS = 5.0, 100.0
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

    Returns
    -------
    ndarray
        Shape (draws, searches, items).
    """
    rhythm, search = parameters.rhythm, parameters.search
    taken = np.full(len(held), -np.inf) if taken_ms is None else taken_ms
    full = np.zeros(len(held), dtype=bool)
    excitability = np.full((draws, len(held)), -search.naive_mV)
    fatigue = np.zeros_like(excitability)
    counts = np.zeros((draws, len(searches), n_items), dtype=np.int64)
    each, since = np.arange(draws), np.zeros(draws)
    race = race_of(parameters)

    def uniform(state: str) -> NDArray[np.float64]:
        shortest, longest = (
            getattr(rhythm, f"{end}_{state}_ms") for end in ("shortest", "longest")
        )
        return stream.uniform(shortest, longest, draws)

    for number, (start, stop) in enumerate(searches):
        new = (held >= 0) & (taken < start) & ~full
        excitability[:, new], full = 0.0, full | new
        rested_ms = np.full(draws, np.inf)
        now = start + uniform("down")
        while (now < stop).any():
            up = np.clip(stop - now, 0.0, uniform("up"))
            fatigue *= np.exp(-(now - since) / search.fatigue_tau_ms)[:, None]
            since = now
            lost = lost_mV(parameters, concussion, now)
            lead_mV = excitability - fatigue - lost[:, None]
            first, waited_ms = race.winners(lead_mV, up, rested_ms, stream)
            fires = first >= 0
            draw, slot = each[fires], first[fires]
            _, excitability[draw, slot], fatigue[draw, slot] = burst(
                search, excitability[draw, slot], fatigue[draw, slot], full[slot],
                (up - waited_ms)[fires], lost_mV=lost[fires],
            )  # fmt: skip
            named = full[slot]
            counts[draw[named], number, held[slot[named]]] += 1
            rested_ms = uniform("down")
            now = now + up + rested_ms
    return counts


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


@dataclass(frozen=True, eq=False)
class Race:
    r"""Say how slots race in an up-state.

    Parameters
    ----------
    resting_mV
        How far above its threshold the voltage of a rested slot comes in the end.
    below_mV
        How much it is still below that, by steps of ``RACE_STEP_MS`` after a long down-state.
    deviation_mV, kept
        Standard deviation of what idle PV cells make of it, for all slots alike, and the part of
        that which is left after a step.
    rate
        Escapes of a slot for each ms at its threshold.
    width_mV
        Softness of the threshold.
    switch_tau_ms
        Time constant of the current of the rhythm.
    ignition
        What becomes of an escape.
    """

    resting_mV: float
    below_mV: Array
    deviation_mV: float
    kept: float
    rate: float
    width_mV: float
    switch_tau_ms: float
    ignition: Ignition

    def winners(
        self, lead_mV: Array, up_ms: Array, rested_ms: Array, stream: np.random.Generator
    ) -> tuple[NDArray[np.int64], Array]:
        """Return the slot that ignites in each up-state, -1 for none, and when it escapes, in ms.

        Parameters
        ----------
        lead_mV
            By how much each slot is nearer to its threshold than a rested one, shape (draws, N).
        up_ms, rested_ms
            Length of the up-states, and of the down-states before them, shape (draws,).
        stream
            Draws fluctuations, escapes, and what becomes of them.
        """
        each, found = np.arange(len(lead_mV)), np.full(len(lead_mV), -1, dtype=np.int64)
        above_mV = self._above_mV(rested_ms, stream)
        over = np.clip(above_mV / self.width_mV, LEAST, MOST)
        passed = np.cumsum(RACE_STEP_MS * self.rate * np.exp(over), axis=1)
        eager = np.exp(lead_mV / self.width_mV)
        total, up_to = eager.sum(axis=1), np.cumsum(eager, axis=1)
        waited_ms = _reached_ms(passed, stream.exponential(size=len(each)) / total)
        ignited_ms = np.zeros(len(each))
        racing = waited_ms + self.ignition.decided_ms < up_ms
        while racing.any():
            slot = (up_to < (stream.random(len(each)) * total)[:, None]).sum(axis=1)
            slot = np.minimum(slot, lead_mV.shape[1] - 1)
            decided = _step(waited_ms + self.ignition.decided_ms, passed)
            chance = self.ignition.chance(above_mV[each, decided] + lead_mV[each, slot])
            ignites = racing & (stream.random(len(each)) < chance)
            found[ignites], ignited_ms[ignites] = slot[ignites], waited_ms[ignites]
            # PV cells hold all slots, and then they race on.
            free_ms = waited_ms + self.ignition.shut_out_ms
            again = _passed_by(free_ms, passed) + stream.exponential(size=len(each)) / total
            waited_ms = _reached_ms(passed, again)
            racing &= ~ignites & (waited_ms + self.ignition.decided_ms < up_ms)
        return found, ignited_ms

    def _above_mV(self, rested_ms: Array, stream: np.random.Generator) -> Array:
        """Return how far above its threshold a rested slot is, shape (draws, steps)."""
        fresh = stream.standard_normal((len(self.below_mV), len(rested_ms)))
        moved, kept = np.empty_like(fresh), self.kept
        moved[0] = fresh[0]
        for step in range(1, len(fresh)):
            moved[step] = kept * moved[step - 1] + math.sqrt(1 - kept**2) * fresh[step]
        # What a down-state leaves of the current of the up-state before.
        missing = 1 - np.exp(-rested_ms / self.switch_tau_ms)
        rises_mV = missing[:, None] * self.below_mV
        found: Array = self.resting_mV - rises_mV + self.deviation_mV * moved.T
        return found


def race_of(parameters: SearchingMemoryParameters) -> Race:
    """Return how slots race in an up-state, from the circuit's constants.

    Parameters
    ----------
    parameters
        The circuit's.
    """
    rhythm, cell, pv = parameters.rhythm, parameters.hippocampal, idle(parameters)
    leak_nS = cell.leak_nS + cell.coupling_nS
    total_nS, switch_ms = leak_nS + pv.mean_nS, rhythm.switch_tau_ms
    membrane_ms = cell.capacitance_pF / total_nS
    if math.isclose(switch_ms, membrane_ms, rel_tol=1e-3):
        # The difference of both exponentials has a limit there, which this is near enough.
        switch_ms = 1.001 * membrane_ms
    reversal_pA = leak_nS * cell.resting_voltage_mV + pv.mean_nS * cell.gaba_reversal_mV
    reached_mV = (reversal_pA + rhythm.up_current_pA) / total_nS
    # The middle of each step.
    time_ms = np.arange(RACE_STEP_MS / 2, rhythm.longest_up_ms + AFTER_MS, RACE_STEP_MS)
    follows = (
        switch_ms * np.exp(-time_ms / switch_ms) - membrane_ms * np.exp(-time_ms / membrane_ms)
    ) / (switch_ms - membrane_ms)
    # The membrane averages what fluctuates faster than it.
    smooth = math.sqrt(cell.pv_tau_ms / (cell.pv_tau_ms + membrane_ms))
    return Race(
        resting_mV=reached_mV - cell.spike_threshold_mV,
        below_mV=(rhythm.up_current_pA - rhythm.down_current_pA) / total_nS * follows,
        deviation_mV=(reached_mV - cell.gaba_reversal_mV) / total_nS * pv.deviation_nS * smooth,
        kept=math.exp(-RACE_STEP_MS / cell.pv_tau_ms),
        rate=parameters.cells_per_slot / cell.escape_tau_ms,
        width_mV=cell.escape_width_mV,
        switch_tau_ms=switch_ms,
        ignition=ignition(parameters),
    )


def _step(time_ms: Array, passed: Array) -> NDArray[np.int64]:
    """Return the step at each time, the last one later."""
    found: NDArray[np.int64] = np.minimum(time_ms / RACE_STEP_MS, passed.shape[1] - 1).astype(int)
    return found


def _reached_ms(passed: Array, value: Array) -> Array:
    """Return when what has passed by the end of each step reaches a value, infinity for never."""
    step = (passed < value[:, None]).sum(axis=1)
    within = np.minimum(step, passed.shape[1] - 1)
    after = np.take_along_axis(passed, within[:, None], axis=1)[:, 0]
    before = _passed_before(within, passed)
    part = (value - before) / np.maximum(after - before, np.finfo(float).tiny)
    return np.where(step < passed.shape[1], RACE_STEP_MS * (within + part), np.inf)


def _passed_by(time_ms: Array, passed: Array) -> Array:
    """Return what has passed by each time, all of it later than the last step."""
    step = _step(time_ms, passed)
    after = np.take_along_axis(passed, step[:, None], axis=1)[:, 0]
    before = _passed_before(step, passed)
    found: Array = before + (after - before) * np.minimum(time_ms / RACE_STEP_MS - step, 1.0)
    return found


def _passed_before(step: NDArray[np.int64], passed: Array) -> Array:
    """Return what has passed before each step."""
    before = np.take_along_axis(passed, np.maximum(step - 1, 0)[:, None], axis=1)[:, 0]
    return np.where(step > 0, before, 0.0)


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
