r"""Which neocortical groups answer a replay, and by how many spikes.

A replay is given as the spikes of its slot. Deep cells fire as the returning current makes them,
and a group *k* with matches :math:`m_k` and use :math:`u_k` receives

.. math:: I_k = m_k\,(p * d) + I_0 - v\,u_k + R_k ,

with *p* the current of a match, low-pass filtered, *d* the spikes of deep cells, :math:`I_0` the
tonic current, *v* the vigilance and :math:`R_k` what those of its cells add that have fired. Until
then each cell escapes at

.. math:: \tau^{-1} e^{(V_k-\theta)/\Delta} .

The first spike of all ignites its group. From there on the cells of that group fire together, as
often as its current, refractoriness and PV cells let them, and PV cells fire for them alone. These
need some ms, and cannot make more than all of them firing as fast as they can: a group that is
driven by more than that, as with a low vigilance, fires on for as long as it is driven. Until PV
cells hold them the others may still escape: the hazard that they gather says how likely they are to
answer together with the first.

All constants are the circuit's, but for the times of the slot's spikes, which were measured.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from hippokv.arrays import Array
from hippokv.circuits.cells.interneurons import PVParameters
from hippokv.circuits.consolidating_memory_parameters import ConsolidatingMemoryParameters
from hippokv.circuits.slot_memory_parameters import calibration_of

#: When the cells of a slot fire in a replay of mean length, and until when deep cells have fallen
#: silent. Measured, on seeds 0 to 9 with four groups: a first volley of 4.7 spikes in 28 ms, then
#: 1.2 more of 3.0 in 18 ms, each 69 ms after the one before; with 30 groups (0 to 2) it is alike.
SLOT_SPIKES_MS, LENGTH_MS = (0.0, 7.0, 14.0, 21.0, 28.0, 70.0, 79.0, 88.0), 150.0
#: Step of the integration.
STEP_MS = 0.5
#: Groups that lack so much more than the first, at the highest rate of deep cells in that of an
#: input cell, escape with a probability below .001.
CONTEST_pA, HIGHEST_RATE = 300.0, 3.5
#: Hazard at which a group has ignited in one half of all replays.
EVEN_HAZARD = math.log(2)
#: What exponents of an escape are held between, as in the circuit.
LEAST, MOST = -40.0, 8.0
#: Conductance of PV cells that no cue drives, in nS; chosen: what their spontaneous spikes make.
IDLE_PV_NS = 5.0


@dataclass(frozen=True)
class Answer:
    """Say how groups answer a replay.

    Parameters
    ----------
    spikes
        Spikes of each cell of the first group, 0 where nothing ignites it.
    together
        How likely each of the others is to answer as well.
    """

    spikes: float
    together: tuple[float, ...]


def answer(
    parameters: ConsolidatingMemoryParameters, matches: Array, use: Array, first: int
) -> tuple[float, Array]:
    """Return how groups answer a replay in which one of them is the first.

    Parameters
    ----------
    parameters
        The circuit's.
    matches
        Matches of the keys of all groups, shape (N,).
    use
        Their use, shape (N,).
    first
        The group that ignites first.

    Returns
    -------
    tuple
        Spikes of each of its cells, 0 where nothing ignites it; how likely each group is to
        answer as well, shape (N,), 0 for the first itself.
    """
    drive_pA = HIGHEST_RATE * float(calibration_of(parameters).match_pA) * matches
    drive_pA -= parameters.vigilance_pA * use
    near = (drive_pA > drive_pA[first] - CONTEST_pA) | (use == 0)
    near[first] = False
    # Half a match makes no difference, and many replays are alike.
    kinds = list(zip((np.round(2 * matches) / 2).tolist(), np.round(use, 1).tolist(), strict=True))
    contesting = [kinds[one] for one in np.flatnonzero(near)]
    others = sorted(set(contesting))
    number = tuple(contesting.count(kind) for kind in others)
    found = answer_of(parameters, kinds[first], tuple(others), number)
    together = np.zeros(len(matches))
    together[near] = [found.together[others.index(kind)] for kind in contesting]
    return found.spikes, together


@lru_cache(maxsize=4096)
def answer_of(
    parameters: ConsolidatingMemoryParameters,
    first: tuple[float, float],
    others: tuple[tuple[float, float], ...] = (),
    number: tuple[int, ...] = (),
) -> Answer:
    """Return how one group answers a replay, and others with it.

    Parameters
    ----------
    parameters
        The circuit's.
    first, others
        Matches and use of the group that ignites first, and of others that differ.
    number
        How many groups there are of each of these.
    """
    cell, state = parameters.neocortical, parameters.neocortical_state
    replay, step_of_key = parameters.replay, parameters.cortical_key_rule.learning_rate
    n_cells, whole_key = parameters.cells_per_group, parameters.n_inputs / 2
    input_Hz = max(parameters.entorhinal.rate_Hz, 1e-9)
    key_jump_pA = float(calibration_of(parameters).match_pA) / (input_Hz * cell.key_tau_ms / 1e3)
    felt = 0.5 / (max(parameters.deep.rate_Hz, 1e-9) * state.activity_tau_ms / 1e3)
    matches, use = (np.array(column) for column in zip(first, *others, strict=True))
    # What an unused group learns meanwhile is a match that soon counts whole.
    young, groups = use[0] < 1, np.array([1, *number])

    inhibition = _Inhibition(parameters.neocortical_pv, parameters.n_pv, cell.pv_tau_ms)
    key_pA, recurrent_pA, activity = np.zeros(len(matches)), 0.0, 0.0
    tonic_pA = state.unused_current_pA - state.withheld_pA
    v_mV = cell.resting_voltage_mV + (tonic_pA - parameters.vigilance_pA * use) / cell.leak_nS
    hazard, gathered, ignited, rests_ms, spikes = 0.0, np.zeros(len(matches)), False, 0.0, 0.0
    for rebuilt in rebuilt_spikes(parameters):
        key_pA = kept(cell.key_tau_ms) * key_pA + rebuilt * key_jump_pA * matches
        activity = kept(state.activity_tau_ms) * activity + rebuilt * felt
        is_whole = activity > state.whole
        towards_pA = state.unused_current_pA - state.withheld_pA * (not is_whole)
        tonic_pA = towards_pA + kept(state.switch_tau_ms) * (tonic_pA - towards_pA)
        current_pA = key_pA + tonic_pA - parameters.vigilance_pA * use
        current_pA[0] += recurrent_pA

        total_nS = cell.leak_nS + inhibition.pv_nS
        steady_mV = (
            cell.leak_nS * cell.resting_voltage_mV
            + inhibition.pv_nS * cell.gaba_reversal_mV
            + current_pA
        ) / total_nS
        rests_ms -= STEP_MS
        resting_mV = v_mV[0]
        v_mV = steady_mV + kept(cell.capacitance_pF / total_nS) * (v_mV - steady_mV)
        if rests_ms >= 0:
            v_mV[0] = resting_mV
        over = np.clip((v_mV - cell.spike_threshold_mV) / cell.escape_width_mV, LEAST, MOST)
        escapes = n_cells * STEP_MS / cell.escape_tau_ms * np.exp(over)

        firing = 0
        if ignited:
            gathered += escapes
            if rests_ms < 0 and v_mV[0] > cell.spike_threshold_mV:
                firing = n_cells
                v_mV[0], rests_ms = cell.reset_voltage_mV, cell.refractory_period_ms
        else:
            hazard += float(groups @ escapes)
            ignited = hazard > EVEN_HAZARD
            firing = int(ignited)
        inhibition.step(firing)
        recurrent_pA *= kept(replay.recurrent_tau_ms)
        recurrent_pA += firing * replay.recurrent_jump_pA
        recurrent_pA = min(recurrent_pA, replay.recurrent_most_pA)
        if is_whole:
            spikes += firing / n_cells
            use[0] = min(use[0] + cell.use_step * firing, 1.0)
            if young:
                maturity = 1 - (1 - step_of_key) ** spikes
                counted = whole_key * min(maturity / max(cell.least_maturity, 1e-9), 1.0)
                matches[0] = max(matches[0], counted)
    return Answer(spikes, tuple(float(one) for one in 1 - np.exp(-gathered[1:])))


@lru_cache(maxsize=64)
def rebuilt_spikes(parameters: ConsolidatingMemoryParameters) -> tuple[bool, ...]:
    """Return in which steps of a replay deep cells fire, all of a pattern together."""
    cell = parameters.deep
    of_slot = {round(at_ms / STEP_MS) for at_ms in SLOT_SPIKES_MS}
    current_pA, v_mV, rests_ms, fired = 0.0, cell.resting_voltage_mV, 0.0, []
    for step in range(round(LENGTH_MS / STEP_MS)):
        steady_mV = cell.resting_voltage_mV + current_pA / cell.leak_nS
        rests_ms -= STEP_MS
        if rests_ms < 0:
            v_mV = steady_mV + kept(cell.capacitance_pF / cell.leak_nS) * (v_mV - steady_mV)
        fired.append(v_mV > cell.spike_threshold_mV and rests_ms < 0)
        if fired[-1]:
            v_mV, rests_ms = cell.reset_voltage_mV, cell.refractory_period_ms
        current_pA *= kept(cell.value_tau_ms)
        if step in of_slot:
            current_pA += parameters.return_pA * parameters.cells_per_slot
    return tuple(fired)


def kept(tau_ms: float) -> float:
    """Return what is left after a step of what decays with a time constant."""
    return math.exp(-STEP_MS / tau_ms) if tau_ms else 0.0


class _Inhibition:
    """Hold PV cells without their noise, and the conductance that they make."""

    def __init__(self, cells: PVParameters, n_pv: int, pv_tau_ms: float) -> None:
        self.cells, self.pv_tau_ms, self.pv_nS = cells, pv_tau_ms, IDLE_PV_NS
        self.threshold_mV: Array = np.linspace(
            cells.lowest_threshold_mV, cells.highest_threshold_mV, n_pv
        )
        self.v_mV: Array = np.full(n_pv, cells.resting_voltage_mV)
        self.rests_ms: Array = np.zeros(n_pv)
        self.input_pA = 0.0

    def step(self, spikes: int) -> None:
        """Go on by a step, and then hear of so many spikes."""
        cells = self.cells
        steady_mV = cells.resting_voltage_mV + self.input_pA / cells.leak_nS
        self.rests_ms -= STEP_MS
        able: NDArray[np.bool_] = self.rests_ms < 0
        moved_mV = steady_mV + kept(cells.capacitance_pF / cells.leak_nS) * (self.v_mV - steady_mV)
        self.v_mV = np.where(able, moved_mV, self.v_mV)
        fires = able & (self.v_mV > self.threshold_mV)
        self.v_mV[fires], self.rests_ms[fires] = cells.reset_voltage_mV, cells.refractory_period_ms
        driven_nS = kept(self.pv_tau_ms) * self.pv_nS + cells.inhibition_nS * float(fires.sum())
        self.pv_nS = max(driven_nS, IDLE_PV_NS)
        self.input_pA = kept(cells.excitation_tau_ms) * self.input_pA + spikes * cells.excitation_pA
