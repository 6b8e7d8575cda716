"""Path cells: they move the grid modules on to the next address when an item has been stored.

Acetylcholine holds them down while an item is shown for storage, which makes them ready to rebound;
when it ends they fire a burst, and their command moves the bump of every module by a step along the
first axis. So each item has an address of its own, and nothing but the circuit says when to move.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from hippokv.parameter import parameter, shared_declarations, si_values

from .grid_noise import noise_functions
from .manipulable_cells import LABEL_SPIKE, MANIPULABLE
from .schedule import SCHEDULE_STEP_MS
from .scheduled_drive import run_on_grid

if TYPE_CHECKING:
    from brian2 import NeuronGroup, Synapses


@dataclass(frozen=True)
class PathCellParameters:
    """Hold the constants of a path cell and of what it commands."""

    # fmt: off
    capacitance_pF: float = parameter(100.0, "membrane capacitance", "chosen: with the leak, 10 ms", low=1.0, high=10000.0)
    leak_nS: float = parameter(10.0, "leak conductance", "chosen: a time constant of 10 ms", low=0.1, high=1000.0)
    resting_voltage_mV: float = parameter(-70.0, "leak reversal", "chosen: usual for principal cells", low=-100.0, high=-40.0)
    spike_threshold_mV: float = parameter(-50.0, "spike threshold", "chosen: usual for principal cells", low=-80.0, high=0.0)
    reset_voltage_mV: float = parameter(-60.0, "voltage after a spike", "chosen: usual for principal cells", low=-100.0, high=-40.0)
    refractory_period_ms: float = parameter(2.0, "absolute refractory period", "chosen: usual for principal cells", low=0.0, high=100.0)
    noise_pA: float = parameter(20.0, "standard deviation of the current noise", "chosen: takes the cells out of step", low=0.0, high=1000.0)
    noise_tau_ms: float = parameter(10.0, "correlation time of that noise", "chosen: the membrane time constant", low=1.0, high=1000.0)
    potassium_nS: float = parameter(2.3, "jump of the potassium conductance at a cholinergic spike", "chosen: M2 receptors; ten cells at 65 Hz hold the voltage near -85 mV", low=0.0, high=1000.0)
    potassium_tau_ms: float = parameter(20.0, "decay of that conductance", "chosen: so short that the burst ends within the rest between two items", low=0.5, high=1000.0)
    potassium_reversal_mV: float = parameter(-90.0, "reversal of that conductance", "chosen: reversal of potassium in mammalian neurons", low=-120.0, high=-60.0)
    readiness_voltage_mV: float = parameter(-75.0, "voltage below which the cell becomes ready to rebound, and above which it does", "chosen: below rest; calcium channels of low threshold", low=-100.0, high=-50.0)
    recovery_tau_ms: float = parameter(150.0, "time constant of becoming ready", "chosen: an item makes ready, a moment does not", low=1.0, high=10000.0)
    rebound_pA: float = parameter(500.0, "current of the rebound in a cell that is fully ready", "chosen: two and a half times rheobase, for a burst that begins and ends sharply", low=0.0, high=10000.0)
    rebound_tau_ms: float = parameter(165.0, "decay of that current", "chosen: a burst of 150 ms, in which the bumps move one step", low=1.0, high=10000.0)
    command: float = parameter(0.2, "what a spike adds to the velocity that the cells command", "chosen: full from 500 spikes in a second on", low=0.0, high=100.0)
    command_tau_ms: float = parameter(10.0, "decay of that command", "chosen: AMPA and a little NMDA", low=0.5, high=500.0)
    # fmt: on


EQUATIONS = """
dv/dt          = (leak*(resting_voltage - v) + potassium_now*(potassium_reversal - v)
                  + rebound*readiness*int(v > readiness_voltage) + noise_now)/capacitance        : volt (unless refractory)
dpotassium_now/dt = -potassium_now/potassium_tau                                                : siemens
dreadiness/dt  = int(v < readiness_voltage)*(1 - readiness)/recovery_tau
                 - int(v >= readiness_voltage)*readiness/rebound_tau                            : 1
noise_now                                                                                       : amp
"""

#: What all path cells command together, once for all that hear it.
HEADING_EQUATIONS = """
dcommand/dt    = -command/command_tau                                                           : 1
command_tau                                                                                     : second (shared)
"""

UPDATE_NOISE = """
kept           = exp(-grid_step/noise_tau)
noise_now      = kept*noise_now + sqrt(1 - kept**2)*noise*normal_at(t, i)
"""


def path_cells(
    parameters: PathCellParameters, size: int, functions: dict[str, Any]
) -> tuple[NeuronGroup, NeuronGroup]:
    """Create the path cells and what they command together.

    Parameters
    ----------
    parameters
        Constants of a cell.
    size
        Number of cells.
    functions
        Functions that read the schedule.

    Returns
    -------
    tuple
        The population ``path``, and ``heading``, whose one ``command`` is the velocity along the
        first axis.
    """
    from brian2 import NeuronGroup, ms

    path = NeuronGroup(
        size,
        EQUATIONS + shared_declarations(parameters) + MANIPULABLE,
        method="exponential_euler",
        threshold="v > spike_threshold",
        reset="v = reset_voltage" + LABEL_SPIKE,
        refractory="refractory_period",
        namespace={
            **functions, **noise_functions("path"), "grid_step": SCHEDULE_STEP_MS * ms
        },
        name="path",
    )  # fmt: skip
    run_on_grid(path, UPDATE_NOISE)
    heading = NeuronGroup(1, HEADING_EQUATIONS, method="exact", name="heading")
    return path, heading


def path_projections(
    cholinergic: NeuronGroup, path: NeuronGroup, heading: NeuronGroup
) -> list[Synapses]:
    """Connect the cholinergic cells to the path cells, and these to what they command."""
    from brian2 import Synapses

    holding = Synapses(
        cholinergic, path, on_pre="potassium_now_post += potassium_post", name="path_inhibition"
    )
    commanding = Synapses(path, heading, on_pre="command_post += command_pre", name="commanding")
    for projection in (holding, commanding):
        projection.connect()
    return [holding, commanding]


def path_values(parameters: PathCellParameters) -> dict[str, float]:
    """Return what of them is set at run time, by ``object.variable``, in SI units."""
    found = {f"path.{name}": value for name, value in si_values(parameters).items()}
    found["path.v"] = parameters.resting_voltage_mV * 1e-3
    found["heading.command_tau"] = parameters.command_tau_ms * 1e-3
    return found
