"""Cells that carry patterns: ON/OFF pairs in entorhinal (input) and in association cortex (values)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from hippokv.parameter import parameter, shared_declarations

from .grid_noise import UPDATE_NOISE, noise_functions
from .integrate_and_fire import firing_rate_Hz
from .manipulable_cells import LABEL_SPIKE, MANIPULABLE
from .schedule import SCHEDULE_STEP_MS
from .scheduled_drive import run_on_grid

if TYPE_CHECKING:
    from brian2 import NeuronGroup


@dataclass(frozen=True)
class PatternCellParameters:
    """Hold the constants of an ON or OFF cell."""

    # fmt: off
    capacitance_pF: float = parameter(100.0, "membrane capacitance", "chosen: with the leak, 10 ms", low=1.0, high=10000.0)
    leak_nS: float = parameter(10.0, "leak conductance", "chosen: stellate cells have time constants near 10 ms", low=0.1, high=1000.0)
    resting_voltage_mV: float = parameter(-70.0, "leak reversal", "chosen: usual for principal cells", low=-100.0, high=-40.0)
    spike_threshold_mV: float = parameter(-50.0, "spike threshold", "chosen: usual for principal cells", low=-80.0, high=0.0)
    reset_voltage_mV: float = parameter(-60.0, "voltage after a spike", "chosen: usual for principal cells", low=-100.0, high=-40.0)
    refractory_period_ms: float = parameter(2.0, "absolute refractory period", "chosen: usual for principal cells", low=0.0, high=100.0)
    drive_pA: float = parameter(290.0, "current while a pattern or a teacher drives the cell", "chosen: firing at about 105 Hz, so that a trace of 1 s varies by 1 %", low=0.0, high=10000.0)
    noise_pA: float = parameter(20.0, "standard deviation of the current noise", "chosen: takes the cells of a pattern out of step", low=0.0, high=1000.0)
    noise_tau_ms: float = parameter(10.0, "correlation time of that noise", "chosen: the membrane time constant", low=1.0, high=1000.0)
    value_tau_ms: float = parameter(20.0, "decay of the current from hippocampal cells", "chosen: a mix of AMPA and NMDA, which averages over spikes", low=0.5, high=500.0)
    # fmt: on

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

# Apart from the first, these statements become vector instructions.
READ_PATTERN = """
level       = scheduled_{name}(t, i)
"""


def pattern_cells(
    parameters: PatternCellParameters,
    size: int,
    name: str,
    namespace: dict[str, Any],
    more_equations: str,
    on_spike: str,
) -> NeuronGroup:
    """Create a population of ON/OFF pairs, all ON cells first.

    Parameters
    ----------
    parameters
        Constants of a cell.
    size
        Number of cells, two a unit.
    name
        Name of the population and of the schedule's channel that drives it.
    namespace
        Functions that read the schedule.
    more_equations, on_spike
        What its synapses and the recurrent loop need of a cell, and what a spike adds to it.
    """
    from brian2 import NeuronGroup, ms

    group = NeuronGroup(
        size,
        EQUATIONS + more_equations + shared_declarations(parameters) + MANIPULABLE,
        method="exponential_euler",
        threshold="v > spike_threshold",
        reset="v = reset_voltage\n" + on_spike + LABEL_SPIKE,
        refractory="refractory_period",
        namespace={**namespace, **noise_functions(name), "grid_step": SCHEDULE_STEP_MS * ms},
        name=name,
    )
    run_on_grid(group, READ_PATTERN.format(name=name))
    run_on_grid(group, UPDATE_NOISE, order=1)
    return group
