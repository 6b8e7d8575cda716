r"""Which neocortical groups answer a replay, and by how many spikes: means of the circuit's equations.

A replay is given as volleys of its slot. Deep cells fire at the rate :math:`d(t)` that the return
current of these gives them, and a group *k* with matches :math:`m_k` and use :math:`u_k` receives

.. math:: I_k = p\,d\,m_k + I_0(t) - v\,u_k + R_k ,

with *p* the current of a match, low-pass filtered, :math:`I_0` the tonic current, *v* the vigilance
and :math:`R_k` what its cells add that have fired. Until then each of its cells escapes at

.. math:: e^{(V_k-\theta)/\Delta}/\tau .

The first spike of all ignites its group. From there on its cells fire at the rate of their
membrane, which refractoriness and the conductance of PV cells limit, and these fire for them alone.
PV cells need some ms, and cannot make more than each of them firing as fast as it can: a group that
is driven by more than that fires on as long as the replay lasts. Meanwhile the other groups still
escape. What hazard they gather until PV cells hold them is how likely they are to answer together
with the first.

All constants are those of the circuit, but for the course of a replay, which was measured.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import lru_cache

import numpy as np

from hippokv.arrays import Array
from hippokv.circuits.consolidating_memory_parameters import ConsolidatingMemoryParameters
from hippokv.circuits.slot_memory_parameters import calibration_of

#: When the cells of a slot fire in a replay of mean length, together; from the first spike to the
#: silence of deep cells. Measured on seeds 0 to 9 with four groups, and alike with 30 (0 to 2): a
#: first volley of 4.7 spikes in 28 ms, 1.2 more of 3.0 in 18 ms, each 69 ms after the one before.
SLOT_SPIKES_MS, LENGTH_MS = (0.0, 7.0, 14.0, 21.0, 28.0, 70.0, 79.0, 88.0), 150.0
#: Step of the integration.
STEP_MS = 0.5
#: Groups that are driven by so much less than the first cannot answer with it.
CONTEST_pA = 300.0
#: Rate of deep cells at its highest, in that of an input cell, by which they are compared.
FASTEST = 3.5
#: Hazard at which a group has ignited in one half of all replays.
EVEN_HAZARD = math.log(2)
#: What exponents of an escape are held between, as in the circuit.
LEAST, MOST = -40.0, 8.0
#: Conductance of PV cells that nothing drives, in nS; chosen: what their spontaneous spikes make.
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
    drive_pA = FASTEST * float(calibration_of(parameters).match_pA) * matches
    drive_pA -= parameters.vigilance_pA * use
    # Half a match makes no difference, and many replays are alike.
    told = [(round(2 * float(one)) / 2, round(float(used), 1)) for one, used in zip(matches, use, strict=True)]
    near = (drive_pA > drive_pA[first] - CONTEST_pA) | (use == 0)
    near[first] = False
    others = sorted({told[one] for one in np.flatnonzero(near)})
    number = tuple(sum(told[one] == kind for one in np.flatnonzero(near)) for kind in others)
    found = answer_of(parameters, told[first], tuple(others), number)
    of_kind = dict(zip(others, found.together, strict=True))
    together = np.array([of_kind[kind] if is_near else 0.0 for kind, is_near in zip(told, near, strict=True)])
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
    cell, state, pv = parameters.neocortical, parameters.neocortical_state, parameters.neocortical_pv
    replay, step_of_key = parameters.replay, parameters.cortical_key_rule.learning_rate
    n_cells, whole = parameters.cells_per_group, parameters.n_inputs / 2
    input_Hz = max(parameters.entorhinal.rate_Hz, 1e-9)
    key_jump_pA = calibration_of(parameters).match_pA / (input_Hz * cell.key_tau_ms / 1e3)
    felt = 0.5 / (parameters.deep.rate_Hz * state.activity_tau_ms / 1e3)
    matches, use = (np.array(column) for column in zip(first, *others, strict=True))
    young, count = use[0] < 1, np.array([1, *number])
    kept = {
        name: math.exp(-STEP_MS / tau_ms)
        for name, tau_ms in (
            ("key", cell.key_tau_ms), ("pv", cell.pv_tau_ms), ("activity", state.activity_tau_ms),
            ("tonic", state.switch_tau_ms), ("recurrent", replay.recurrent_tau_ms),
            ("excitation", pv.excitation_tau_ms), ("of pv", pv.capacitance_pF / pv.leak_nS),
        )
    }  # fmt: skip
    key_pA, recurrent_pA = np.zeros(len(matches)), np.zeros(len(matches))
    tonic_pA = state.unused_current_pA - state.withheld_pA
    v_mV = cell.resting_voltage_mV + (tonic_pA - parameters.vigilance_pA * use) / cell.leak_nS
    pv_threshold_mV = np.linspace(pv.lowest_threshold_mV, pv.highest_threshold_mV, parameters.n_pv)
    pv_mV, pv_rests_ms = np.full(parameters.n_pv, pv.resting_voltage_mV), np.zeros(parameters.n_pv)
    pv_nS, excitation_pA, activity, spikes, rests_ms = IDLE_PV_NS, 0.0, 0.0, 0.0, 0.0
    hazard, gathered, ignited = 0.0, np.zeros(len(matches)), False
    for rebuilt in rebuilt_spikes(parameters):
        key_pA = kept["key"] * key_pA + rebuilt * key_jump_pA * matches
        activity = kept["activity"] * activity + rebuilt * felt
        is_whole = activity > state.whole
        towards_pA = state.unused_current_pA - state.withheld_pA * (not is_whole)
        tonic_pA = towards_pA + kept["tonic"] * (tonic_pA - towards_pA)
        total_pA = key_pA + tonic_pA + recurrent_pA - parameters.vigilance_pA * use
        total_nS = cell.leak_nS + pv_nS
        steady_mV = (
            cell.leak_nS * cell.resting_voltage_mV + pv_nS * cell.gaba_reversal_mV + total_pA
        ) / total_nS
        rests_ms -= STEP_MS
        before_mV = v_mV[0]
        v_mV = steady_mV + math.exp(-STEP_MS * total_nS / cell.capacitance_pF) * (v_mV - steady_mV)
        if ignited and rests_ms >= 0:
            v_mV[0] = before_mV
        over = np.clip((v_mV - cell.spike_threshold_mV) / cell.escape_width_mV, LEAST, MOST)
        escaping = n_cells * STEP_MS / cell.escape_tau_ms * np.exp(over)
        # PV cells hear of what fires now in the next step.
        driven_mV = pv.resting_voltage_mV + excitation_pA / pv.leak_nS
        pv_rests_ms -= STEP_MS
        pv_mV = np.where(pv_rests_ms < 0, driven_mV + kept["of pv"] * (pv_mV - driven_mV), pv_mV)
        inhibiting = (pv_mV > pv_threshold_mV) & (pv_rests_ms < 0)
        pv_mV[inhibiting], pv_rests_ms[inhibiting] = pv.reset_voltage_mV, pv.refractory_period_ms
        pv_nS = max(kept["pv"] * pv_nS + pv.inhibition_nS * float(inhibiting.sum()), IDLE_PV_NS)
        firing = 0.0
        if ignited:
            gathered += escaping
            if v_mV[0] > cell.spike_threshold_mV and rests_ms < 0:
                v_mV[0], rests_ms = cell.reset_voltage_mV, cell.refractory_period_ms
                firing = n_cells
        else:
            hazard += float(count @ escaping)
            ignited = hazard > EVEN_HAZARD
            firing = float(ignited)
        recurrent_pA *= kept["recurrent"]
        jump_pA = firing * replay.recurrent_jump_pA
        recurrent_pA[0] = min(recurrent_pA[0] + jump_pA, replay.recurrent_most_pA)
        excitation_pA = kept["excitation"] * excitation_pA + firing * pv.excitation_pA
        if is_whole:
            spikes += firing / n_cells
            use[0] = min(use[0] + cell.use_step * firing, 1.0)
            if young:
                # What an unused group learns meanwhile is a match that counts whole at once.
                maturity = 1 - (1 - step_of_key) ** spikes
                matches[0] = max(matches[0], whole * min(maturity / cell.least_maturity, 1.0))
    return Answer(spikes, tuple(float(one) for one in 1 - np.exp(-gathered[1:])))


@lru_cache(maxsize=64)
def rebuilt_spikes(parameters: ConsolidatingMemoryParameters) -> tuple[bool, ...]:
    """Return in which steps of a replay deep cells fire, all of a pattern together."""
    cell = parameters.deep
    spikes = {round(at_ms / STEP_MS) for at_ms in SLOT_SPIKES_MS}
    current_pA, v_mV, rests_ms, fired = 0.0, cell.resting_voltage_mV, 0.0, []
    for step in range(round(LENGTH_MS / STEP_MS)):
        steady_mV = cell.resting_voltage_mV + current_pA / cell.leak_nS
        rests_ms -= STEP_MS
        if rests_ms < 0:
            kept = math.exp(-STEP_MS * cell.leak_nS / cell.capacitance_pF)
            v_mV = steady_mV + kept * (v_mV - steady_mV)
        fired.append(v_mV > cell.spike_threshold_mV and rests_ms < 0)
        if fired[-1]:
            v_mV, rests_ms = cell.reset_voltage_mV, cell.refractory_period_ms
        current_pA *= math.exp(-STEP_MS / cell.value_tau_ms)
        if step in spikes:
            current_pA += parameters.return_pA * parameters.cells_per_slot
    return tuple(fired)
