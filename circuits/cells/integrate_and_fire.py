"""Integrate-and-fire cells: a population of them, and the rate of one under a constant current."""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import numpy as np

from hippokv.parameter import parameter

from ..population import Population, constants_of
from ..schedule import SCHEDULE_STEP_MS

#: Cells, time and step by which the rate of noisy cells is found: its error is below 1 %.
NOISY_CELLS, NOISY_MS, NOISY_STEP_MS = 1000, 1000.0, 0.5
#: Time that such cells need to forget where they started.
FORGOTTEN_MS = 200.0


@dataclass(frozen=True)
class PointNeuron:
    """Hold the constants of a membrane that leaks, spikes at a threshold and is reset."""

    capacitance_pF: float = parameter(100.0, "membrane capacitance", chosen="with the leak, 10 ms")
    leak_nS: float = parameter(10.0, "leak conductance", chosen="a time constant of 10 ms", low=0.1)
    resting_voltage_mV: float = parameter(
        -70.0,
        "leak reversal",
        chosen="20 mV below threshold: with the leak, a rheobase of 200 pA",
        low=-100.0,
        high=-40.0,
    )
    spike_threshold_mV: float = parameter(
        -50.0, "spike threshold", chosen="as in CA1, about -50 mV", low=-80.0, high=0.0
    )
    reset_voltage_mV: float = parameter(
        -60.0, "voltage after a spike", chosen="10 mV below threshold", low=-100.0, high=-40.0
    )
    refractory_period_ms: float = parameter(
        2.0, "absolute refractory period", chosen="at most 500 Hz", low=0.0, high=100.0
    )


def firing_rate_Hz(cell: PointNeuron, current_pA: float) -> float:
    """Return the firing rate of a cell in Hz, 0 where the current does not reach the threshold."""
    target = cell.resting_voltage_mV + current_pA / cell.leak_nS
    if target <= cell.spike_threshold_mV:
        return 0.0
    tau = cell.capacitance_pF / cell.leak_nS
    climb = math.log((target - cell.reset_voltage_mV) / (target - cell.spike_threshold_mV))
    return 1e3 / (cell.refractory_period_ms + tau * climb)


@lru_cache(maxsize=64)
def noisy_rate_Hz(
    cell: PointNeuron,
    current_pA: float,
    noise_pA: float,
    noise_tau_ms: float,
    depth_pA: float = 0.0,
    rhythm_Hz: float = 0.0,
) -> float:
    """Return the mean firing rate in Hz of cells whose current fluctuates and oscillates.

    No formula is exact where noise and membrane are about as slow as each other. So a thousand such
    cells run for a second, with noise on the schedule's grid as in a circuit, and always
    with the same random numbers.

    Parameters
    ----------
    cell
        Constants of the membrane.
    current_pA
        Mean current.
    noise_pA, noise_tau_ms
        Standard deviation and correlation time of its noise.
    depth_pA, rhythm_Hz
        Amplitude and frequency of what oscillates.
    """
    stream = np.random.default_rng(0)
    kept = math.exp(-SCHEDULE_STEP_MS / noise_tau_ms)
    decay = math.exp(-NOISY_STEP_MS * cell.leak_nS / cell.capacitance_pF)
    noise = noise_pA * stream.standard_normal(NOISY_CELLS)
    v = np.full(NOISY_CELLS, cell.resting_voltage_mV)
    free_at = np.zeros(NOISY_CELLS)
    spikes = 0
    per_grid_step = round(SCHEDULE_STEP_MS / NOISY_STEP_MS)
    for step in range(round((FORGOTTEN_MS + NOISY_MS) / NOISY_STEP_MS)):
        now = step * NOISY_STEP_MS
        if step % per_grid_step == 0:
            new = stream.standard_normal(NOISY_CELLS)
            noise = kept * noise + math.sqrt(1 - kept**2) * noise_pA * new
        steady = current_pA + depth_pA * math.cos(2 * math.pi * rhythm_Hz * now / 1e3)
        target = cell.resting_voltage_mV + (steady + noise) / cell.leak_nS
        v = np.where(now >= free_at, target + (v - target) * decay, v)
        fired = (v > cell.spike_threshold_mV) & (now >= free_at)
        v[fired] = cell.reset_voltage_mV
        free_at[fired] = now + cell.refractory_period_ms
        spikes += int(fired.sum()) if now >= FORGOTTEN_MS else 0
    return spikes / NOISY_CELLS / (NOISY_MS / 1e3)


def point_cells(
    parameters: PointNeuron,
    name: str,
    cells: int,
    equations: str,
    only: tuple[str, ...] = (),
    **more: Any,
) -> Population:
    """Describe a population of one-compartment cells that start at rest and spike at a threshold.

    Parameters
    ----------
    parameters
        Constants of a cell.
    name, cells, equations
        As those of a :class:`.Population`.
    only
        Constants that the cells themselves hold; all by default.
    **more
        What else a population has.
    """
    return Population(
        name,
        cells,
        equations,
        threshold="v > spike_threshold",
        reset="v = reset_voltage",
        refractory="refractory_period",
        constants=constants_of(parameters, *only),
        initial={"v": parameters.resting_voltage_mV * 1e-3, **more.pop("initial", {})},
        **more,
    )
