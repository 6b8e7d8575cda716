"""Firing of an integrate-and-fire cell under a constant current, without noise."""

from __future__ import annotations

import math
from typing import Protocol


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
