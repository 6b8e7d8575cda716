"""Cholinergic cells of the medial septum: their spikes release the neuromodulator."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from hippokv.parameter import fraction, parameter, redeclared

from ..population import Population, Update
from .integrate_and_fire import PointNeuron, firing_rate_Hz, point_cells


@dataclass(frozen=True)
class CholinergicParameters(PointNeuron):
    """Hold the constants of a cholinergic cell."""

    capacitance_pF: float = redeclared(
        PointNeuron, "capacitance_pF", 100.0, chosen="with the leak, 20 ms"
    )
    leak_nS: float = redeclared(PointNeuron, "leak_nS", 5.0, chosen="a time constant of 20 ms")
    resting_voltage_mV: float = redeclared(
        PointNeuron,
        "resting_voltage_mV",
        -65.0,
        chosen="15 mV below threshold: with the leak, a rheobase of 75 pA",
    )
    refractory_period_ms: float = redeclared(
        PointNeuron, "refractory_period_ms", 3.0, chosen="at most 333 Hz"
    )
    drive_pA: float = parameter(
        150.0, "current at neuromodulator level 1", chosen="firing at about 65 Hz"
    )
    recruitment_spread: float = fraction(
        0.0,
        "how much more than the mean the first cell is driven, and less the last, relative; a low "
        "level then recruits a few cells",
        chosen="none",
    )

    def rate_Hz(self, level: float) -> float:
        """Firing rate at a level of the schedule in Hz, 0 where it does not reach the threshold."""
        return firing_rate_Hz(self, level * self.drive_pA)


EQUATIONS = """
dv/dt  = (leak*(resting_voltage - v) + level*drive*(1 + recruitment_spread*rank))/capacitance  : volt (unless refractory)
rank                                                                                           : 1 (constant)
level                                                                                          : 1 (shared)
"""  # noqa: E501


def cholinergic_cells(parameters: CholinergicParameters, cells: int) -> Population:
    """Describe the cholinergic population, driven by the schedule's channel ``acetylcholine``."""
    return point_cells(
        parameters,
        "cholinergic",
        cells,
        EQUATIONS,
        updates=(Update("level = scheduled_acetylcholine(t, 0)"),),
        wired={"rank": np.linspace(1.0, -1.0, cells) if cells > 1 else np.zeros(1)},
        channels={"acetylcholine": 1},
    )
