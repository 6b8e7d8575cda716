"""Cells that carry patterns: ON/OFF pairs in entorhinal (input) and association (value) cortex."""

from __future__ import annotations

from dataclasses import dataclass

from hippokv.parameter import parameter, redeclared

from ..drive.grid_noise import UPDATE_NOISE
from ..population import Population, Update
from .integrate_and_fire import PointNeuron, firing_rate_Hz, point_cells


@dataclass(frozen=True)
class PatternCellParameters(PointNeuron):
    """Hold the constants of an ON or OFF cell."""

    leak_nS: float = redeclared(
        PointNeuron, "leak_nS", 10.0, chosen="stellate cells have time constants near 10 ms"
    )
    drive_pA: float = parameter(
        290.0,
        "current while a pattern or a teacher drives the cell",
        chosen="firing at about 105 Hz, so that a trace of 1 s varies by 1 %",
    )
    noise_pA: float = parameter(
        20.0,
        "standard deviation of the current noise",
        chosen="takes the cells of a pattern out of step",
        high=1000.0,
    )
    noise_tau_ms: float = parameter(
        10.0, "correlation time of that noise", chosen="the membrane time constant", high=1000.0
    )
    value_tau_ms: float = parameter(
        20.0,
        "decay of the current from hippocampal cells",
        chosen="a mix of AMPA and NMDA, which averages over spikes",
        low=0.5,
        high=500.0,
    )

    @property
    def rate_Hz(self) -> float:
        """Firing rate of a driven cell in Hz, that of a noise-free integrate-and-fire cell.

        Returns 0 where the drive does not reach the threshold.
        """
        return firing_rate_Hz(self, self.drive_pA)


EQUATIONS = """
dv/dt              = (leak*(resting_voltage - v) + level*drive
                      + noise_now + value_current)/capacitance   : volt (unless refractory)
dvalue_current/dt  = -value_current/value_tau                    : amp
noise_now                                                        : amp
level                                                            : 1
reference_rate                                                   : hertz (shared)
"""

READ_PATTERN = """
level       = scheduled_{channel}(t, i)
"""


def pattern_cells(parameters: PatternCellParameters, name: str, cells: int) -> Population:
    """Describe a population of ON/OFF pairs, all ON cells first.

    Parameters
    ----------
    parameters
        Constants of a cell.
    name
        Name of the population and of the schedule's channel that drives it.
    cells
        Number of cells, two a unit.
    """
    return point_cells(
        parameters,
        name,
        cells,
        EQUATIONS,
        # Apart from the first, these statements become vector instructions.
        updates=(Update(READ_PATTERN), Update(UPDATE_NOISE, 1)),
        initial={"reference_rate": max(parameters.rate_Hz, 1e-9)},
        channels={name: cells},
        terms={"channel": name},
    )
