"""Cells that fire a burst when something begins or ends, and acetylcholine that forbids it.

A current that inactivates drives the burst: a cell becomes ready below a voltage, and above it the
current flows and fades, as calcium currents of low threshold do. So a cell that rests below this
voltage answers the onset of its input, and one that rests above it the end of its inhibition.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from hippokv.parameter import parameter, shared_declarations

from .grid_noise import UPDATE_NOISE, noise_functions
from .manipulable_cells import LABEL_SPIKE, MANIPULABLE
from .schedule import SCHEDULE_STEP_MS
from .scheduled_drive import run_on_grid

if TYPE_CHECKING:
    from brian2 import NeuronGroup, Synapses


@dataclass(frozen=True)
class BurstCellParameters:
    """Hold the constants of a cell that bursts."""

    # fmt: off
    capacitance_pF: float = parameter(100.0, "membrane capacitance", "chosen: with the leak, 10 ms", low=1.0, high=10000.0)
    leak_nS: float = parameter(10.0, "leak conductance", "chosen: a time constant of 10 ms", low=0.1, high=1000.0)
    resting_voltage_mV: float = parameter(-70.0, "leak reversal", "chosen: usual", low=-100.0, high=-40.0)
    spike_threshold_mV: float = parameter(-50.0, "spike threshold", "chosen: usual", low=-80.0, high=0.0)
    reset_voltage_mV: float = parameter(-60.0, "voltage after a spike", "chosen: usual", low=-100.0, high=-40.0)
    refractory_period_ms: float = parameter(2.0, "absolute refractory period", "chosen: usual", low=0.0, high=100.0)
    noise_pA: float = parameter(20.0, "standard deviation of the current noise", "chosen: takes the cells out of step", low=0.0, high=1000.0)
    noise_tau_ms: float = parameter(10.0, "correlation time of that noise", "chosen: the membrane time constant", low=1.0, high=1000.0)
    potassium_nS: float = parameter(2.3, "jump of the potassium conductance at a cholinergic spike", "chosen: M2 receptors; ten cells at 65 Hz hold the voltage near -85 mV", low=0.0, high=1000.0)
    potassium_tau_ms: float = parameter(20.0, "decay of that conductance", "chosen: so short that a burst after an item ends before the next", low=0.5, high=1000.0)
    potassium_reversal_mV: float = parameter(-90.0, "reversal of that conductance", "chosen: reversal of potassium in mammalian neurons", low=-120.0, high=-60.0)
    readiness_voltage_mV: float = parameter(-75.0, "voltage below which the cell becomes ready, and above which the current of the burst flows", "chosen: below rest", low=-100.0, high=-50.0)
    recovery_tau_ms: float = parameter(150.0, "time constant of becoming ready", "chosen: an item makes ready, a moment does not", low=1.0, high=10000.0)
    burst_pA: float = parameter(500.0, "current of the burst in a cell that is fully ready", "chosen: two and a half times rheobase, for a burst that begins and ends sharply", low=0.0, high=10000.0)
    burst_tau_ms: float = parameter(165.0, "decay of that current", "chosen: a burst of 150 ms", low=1.0, high=10000.0)
    # fmt: on


EQUATIONS = """
dv/dt             = (leak*(resting_voltage - v) + potassium_now*(potassium_reversal - v)
                     + burst*readiness*int(v > readiness_voltage) + noise_now)/capacitance       : volt (unless refractory)
dpotassium_now/dt = -potassium_now/potassium_tau                                                : siemens
dreadiness/dt     = int(v < readiness_voltage)*(1 - readiness)/recovery_tau
                    - int(v >= readiness_voltage)*readiness/burst_tau                           : 1
noise_now                                                                                       : amp
"""


def burst_cells(
    parameters: BurstCellParameters,
    size: int,
    name: str,
    functions: dict[str, Any],
    input_current: str = "",
    input_equations: str = "",
) -> NeuronGroup:
    """Create a population of such cells.

    Parameters
    ----------
    parameters
        Constants of a cell.
    size
        Number of cells.
    name
        Name of the population.
    functions
        Functions that read the schedule.
    input_current, input_equations
        A term of the current into a cell, and the equations that it needs.
    """
    from brian2 import NeuronGroup, ms

    equations = EQUATIONS.replace("+ noise_now", f"+ noise_now{input_current}") + input_equations
    group = NeuronGroup(
        size,
        equations + shared_declarations(parameters) + MANIPULABLE,
        method="exponential_euler",
        threshold="v > spike_threshold",
        reset="v = reset_voltage" + LABEL_SPIKE,
        refractory="refractory_period",
        namespace={**functions, **noise_functions(name), "grid_step": SCHEDULE_STEP_MS * ms},
        name=name,
    )
    run_on_grid(group, UPDATE_NOISE)
    return group


def held_by_acetylcholine(cholinergic: NeuronGroup, cells: NeuronGroup) -> Synapses:
    """Return the projection by which cholinergic cells hold such cells down."""
    from brian2 import Synapses

    holding = Synapses(
        cholinergic, cells,
        on_pre="potassium_now_post += potassium_post",
        name=f"{cells.name}_holding",
    )  # fmt: skip
    holding.connect()
    return holding
