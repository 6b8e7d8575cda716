"""Integrate-and-fire cells: a population of them, and the rate of one under a constant current."""

from __future__ import annotations

import math
from typing import Any, Protocol

from .population import Population, constants_of


class IntegrateAndFire(Protocol):
    """What the firing of a cell depends on."""

    @property
    def capacitance_pF(self) -> float: ...
    @property
    def leak_nS(self) -> float: ...
    @property
    def resting_voltage_mV(self) -> float: ...
    @property
    def spike_threshold_mV(self) -> float: ...
    @property
    def reset_voltage_mV(self) -> float: ...
    @property
    def refractory_period_ms(self) -> float: ...


def firing_rate_Hz(cell: IntegrateAndFire, current_pA: float) -> float:
    """Return the firing rate of a cell in Hz, 0 where the current does not reach the threshold."""
    target = cell.resting_voltage_mV + current_pA / cell.leak_nS
    if target <= cell.spike_threshold_mV:
        return 0.0
    tau = cell.capacitance_pF / cell.leak_nS
    climb = math.log((target - cell.reset_voltage_mV) / (target - cell.spike_threshold_mV))
    return 1e3 / (cell.refractory_period_ms + tau * climb)


def point_cells(
    parameters: IntegrateAndFire,
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
