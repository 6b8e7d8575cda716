"""Integrate-and-fire cells: a population of them, and the rate of one under a constant current."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

from hippokv.parameter import parameter

from ..population import Population, constants_of


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
