"""Cells that carry patterns: ON/OFF pairs in entorhinal (input) and association (value) cortex."""

from __future__ import annotations

from dataclasses import dataclass

from hippokv.parameter import parameter

from .grid_noise import UPDATE_NOISE
from .integrate_and_fire import firing_rate_Hz, point_cells
from .population import Population, Update


@dataclass(frozen=True)
class PatternCellParameters:
    """Hold the constants of an ON or OFF cell."""

    capacitance_pF: float = parameter(100.0, "membrane capacitance", chosen="with the leak, 10 ms")
    leak_nS: float = parameter(
        10.0, "leak conductance", chosen="stellate cells have time constants near 10 ms", low=0.1
    )
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
        -60.0,
        "voltage after a spike",
        chosen="10 mV below threshold",
        low=-100.0,
        high=-40.0,
    )
    refractory_period_ms: float = parameter(
        2.0, "absolute refractory period", chosen="at most 500 Hz", low=0.0, high=100.0
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
