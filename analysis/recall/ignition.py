"""What becomes of the first spike of a slot in an up-state: it ignites its slot, or PV cells win.

A spike excites its own slot and PV cells. Within some 10 ms the other cells of the slot follow, or
PV inhibition holds them; then it holds all other slots as well, until it has decayed. Which of both
happens depends on how far below the threshold the voltage is. No formula is exact where some twenty
cells decide it by their second spike, so one slot and the PV cells run, some hundred times for each
voltage and always with the same random numbers. PV cells without input fire now and then: their
conductance has a mean and fluctuates, for all slots alike. All constants are the circuit's.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from hippokv.arrays import Array
from hippokv.circuits.cells.hippocampal_cells import HippocampalParameters
from hippokv.circuits.cells.interneurons import PVParameters
from hippokv.circuits.searching_memory_parameters import SearchingMemoryParameters

#: How far above the threshold the voltage of a slot is that a spike reaches, in mV, and how often
#: each is tried: below and above no spike ignites it, or all do.
LEVELS_mV, TRIALS = np.arange(-7.0, -2.0, 0.25), 200
#: Length of a trial, its step, and the seed of its random numbers: PV cells are silent again by its
#: end, and none that is lost ignites later.
TRIAL_MS, STEP_MS, SEED = 80.0, 0.5, 0
#: How long PV cells fire at rest before a trial, in ms.
IDLE_MS = 20.0
#: What exponents of an escape are held between, as in the circuit.
LEAST, MOST = -40.0, 8.0


@dataclass(frozen=True)
class Idle:
    """Hold the conductance that PV cells without input make: its mean and deviation, in nS."""

    mean_nS: float
    deviation_nS: float


@dataclass(frozen=True, eq=False)
class Ignition:
    """Say what becomes of a first spike.

    Parameters
    ----------
    chances
        Probability that it ignites its slot at each of ``LEVELS_mV``.
    decided_ms
        Time until each cell of a slot that ignites has fired once on average, the median.
    shut_out_ms
        Time that others lose after a spike that ignites nothing, the mean.
    """

    chances: Array
    decided_ms: float
    shut_out_ms: float

    def chance(self, above_mV: Array) -> Array:
        """Return the probability of ignition where the voltage is so far above the threshold."""
        found: Array = np.interp(above_mV, LEVELS_mV, self.chances)
        return found


def idle(parameters: SearchingMemoryParameters) -> Idle:
    """Return the conductance of PV cells without input.

    A cell at rest escapes at a constant rate, which it gathers while it is refractory as well.
    """
    cells, tau_ms = parameters.pv, parameters.hippocampal.pv_tau_ms
    rests = cells.refractory_period_ms
    rate = np.exp((cells.resting_voltage_mV - _thresholds_mV(cells, parameters.n_pv))
                  / cells.escape_width_mV) / cells.escape_tau_ms  # fmt: skip
    gathered = np.exp(-rate * rests)
    interval = rests + gathered / rate
    squared = rests**2 + 2 * (rests / rate + 1 / rate**2) * gathered
    fired, irregular = 1 / interval, squared / interval**2 - 1
    mean = cells.inhibition_nS * tau_ms * float(fired.sum())
    variance = cells.inhibition_nS**2 * tau_ms / 2 * float((fired * irregular).sum())
    return Idle(mean, math.sqrt(variance))


def ignition(parameters: SearchingMemoryParameters) -> Ignition:
    """Return what becomes of the first spike of a slot in an up-state.

    Parameters
    ----------
    parameters
        The circuit's.
    """
    search = parameters.search
    recurrent = search.recurrent_jump_pA, search.recurrent_most_pA, search.recurrent_tau_ms
    return _tried(
        parameters.hippocampal, parameters.pv, parameters.n_pv, parameters.cells_per_slot,
        recurrent, idle(parameters).mean_nS,
    )  # fmt: skip


@lru_cache(maxsize=16)
def _tried(
    cell: HippocampalParameters,
    pv: PVParameters,
    n_pv: int,
    n_cells: int,
    recurrent: tuple[float, float, float],
    idle_nS: float,
) -> Ignition:
    """Run one slot and the PV cells from a spike on, at each level."""
    stream = np.random.default_rng(SEED)
    n_trials = len(LEVELS_mV) * TRIALS
    jump_pA, most_pA, recurrent_tau_ms = recurrent
    leak_nS, rest_mV = cell.leak_nS + cell.coupling_nS, cell.resting_voltage_mV
    total_nS = leak_nS + idle_nS
    # The voltage at which slots wait, in the middle of the levels; what differs is the threshold.
    waits_mV = cell.spike_threshold_mV + float(LEVELS_mV.mean())
    threshold_mV = (waits_mV - np.repeat(LEVELS_mV, TRIALS))[:, None]
    tonic_pA = total_nS * waits_mV - leak_nS * rest_mV - idle_nS * cell.gaba_reversal_mV

    v_mV = np.full((n_trials, n_cells), waits_mV)
    pv_mV = np.full((n_trials, n_pv), pv.resting_voltage_mV)
    rests_ms, pv_rests_ms = np.zeros_like(v_mV), np.zeros_like(pv_mV)
    hazard, pv_hazard = np.zeros_like(v_mV), np.zeros_like(pv_mV)
    until, pv_until = stream.exponential(size=v_mV.shape), stream.exponential(size=pv_mV.shape)
    pv_nS, spikes = np.full(n_trials, idle_nS), np.ones(n_trials)
    recurrent_pA, pv_input_pA = np.full(n_trials, jump_pA), np.full(n_trials, pv.excitation_pA)
    decided_ms, lost_ms = np.full(n_trials, np.inf), np.zeros(n_trials)
    pv_threshold_mV = _thresholds_mV(pv, n_pv)
    # Before the spike PV cells fire at rest, some of them now.
    for _ in range(round(IDLE_MS / STEP_MS)):
        _, pv_hazard, pv_fires = _moved(
            pv_mV, np.zeros_like(pv_mV), pv_hazard, pv_rests_ms, pv_threshold_mV,
            pv.escape_width_mV, pv.escape_tau_ms, pv_until,
        )  # fmt: skip
        pv_rests_ms[pv_fires], pv_hazard[pv_fires] = pv.refractory_period_ms, 0.0
        pv_until[pv_fires] = stream.exponential(size=int(pv_fires.sum()))
    v_mV[:, 0], rests_ms[:, 0] = cell.reset_voltage_mV, cell.refractory_period_ms
    for step in range(1, round(TRIAL_MS / STEP_MS) + 1):
        slope = (leak_nS * (rest_mV - v_mV) + pv_nS[:, None] * (cell.gaba_reversal_mV - v_mV)
                 + (tonic_pA + recurrent_pA)[:, None]) / cell.capacitance_pF  # fmt: skip
        v_mV, hazard, fires = _moved(
            v_mV, slope, hazard, rests_ms, threshold_mV, cell.escape_width_mV, cell.escape_tau_ms,
            until,
        )  # fmt: skip
        pv_slope = (
            pv.leak_nS * (pv.resting_voltage_mV - pv_mV) + pv_input_pA[:, None]
        ) / pv.capacitance_pF
        pv_mV, pv_hazard, pv_fires = _moved(
            pv_mV, pv_slope, pv_hazard, pv_rests_ms, pv_threshold_mV, pv.escape_width_mV,
            pv.escape_tau_ms, pv_until,
        )  # fmt: skip
        pv_nS *= _kept(cell.pv_tau_ms)
        recurrent_pA *= _kept(recurrent_tau_ms)
        pv_input_pA *= _kept(pv.excitation_tau_ms)
        v_mV[fires], rests_ms[fires], hazard[fires] = (
            cell.reset_voltage_mV, cell.refractory_period_ms, 0.0
        )  # fmt: skip
        until[fires] = stream.exponential(size=int(fires.sum()))
        pv_mV[pv_fires], pv_rests_ms[pv_fires], pv_hazard[pv_fires] = (
            pv.reset_voltage_mV, pv.refractory_period_ms, 0.0
        )  # fmt: skip
        pv_until[pv_fires] = stream.exponential(size=int(pv_fires.sum()))
        fired = fires.sum(axis=1)
        spikes += fired
        decided_ms[(spikes >= n_cells) & np.isinf(decided_ms)] = step * STEP_MS
        recurrent_pA = np.minimum(recurrent_pA + jump_pA * fired, most_pA)
        pv_nS += pv.inhibition_nS * pv_fires.sum(axis=1)
        pv_input_pA += pv.excitation_pA * fired
        # What more inhibition takes from the voltage of all others, and so of their escapes.
        held_mV = (waits_mV - cell.gaba_reversal_mV) / total_nS * (pv_nS - idle_nS)
        lost_ms += STEP_MS * (1 - np.exp(-np.maximum(held_mV, 0.0) / cell.escape_width_mV))
    ignites = np.isfinite(decided_ms)
    return Ignition(
        chances=ignites.reshape(len(LEVELS_mV), TRIALS).mean(axis=1),
        decided_ms=float(np.median(decided_ms[ignites])) if ignites.any() else 0.0,
        shut_out_ms=float(lost_ms[~ignites].mean()) if not ignites.all() else 0.0,
    )


def _moved(
    v_mV: Array, slope: Array, hazard: Array, rests_ms: Array, threshold_mV: Array,
    width_mV: float, tau_ms: float, until: Array,
) -> tuple[Array, Array, NDArray[np.bool_]]:  # fmt: skip
    """Return voltages and hazards of cells after a step, and which fire; their rests go on."""
    rests_ms -= STEP_MS
    able = rests_ms < STEP_MS / 2
    moved_mV = np.where(able, v_mV + STEP_MS * slope, v_mV)
    over = np.clip((v_mV + STEP_MS * slope - threshold_mV) / width_mV, LEAST, MOST)
    gathered = hazard + STEP_MS / tau_ms * np.exp(over)
    fires: NDArray[np.bool_] = able & (gathered > until)
    return moved_mV, gathered, fires


def _thresholds_mV(cells: PVParameters, n_pv: int) -> Array:
    """Return the thresholds of PV cells, shape (n_pv,)."""
    return np.linspace(cells.lowest_threshold_mV, cells.highest_threshold_mV, n_pv)


def _kept(tau_ms: float) -> float:
    """Return what is left after a step of what decays with a time constant."""
    return math.exp(-STEP_MS / tau_ms) if tau_ms else 0.0
