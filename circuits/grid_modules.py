"""Grid modules of entorhinal cortex: attractor sheets whose bumps are moved by velocity.

Each module is a sheet of excitatory cells on a twisted torus (:mod:`.sheet_geometry`), one at a
point for each of four or six directions, and interneurons that all its cells reach and that
reach all of them. A cell excites the points around the one that lies a little ahead of it in its
direction, so that a bump in which one direction is favoured moves (Burak & Fiete 2009). Weights
between the points of a lattice pin the bump to lattice phases, where a module is to hold an address.

The cells at a point differ in their direction alone, so what reaches them by synapses is the same,
and is kept once a point; likewise the inhibition once a module.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from hippokv.parameter import parameter, shared_declarations, si_values

from .grid_noise import UPDATE_NOISE, noise_functions
from .manipulable_cells import LABEL_SPIKE, MANIPULABLE
from .schedule import SCHEDULE_STEP_MS
from .scheduled_drive import run_on_grid
from .sheet_geometry import (
    Sheets,
    pinning_kernel,
    recurrent_kernel,
    within_reach,
)

if TYPE_CHECKING:
    from brian2 import NeuronGroup, Synapses

    from .grid_circuit_parameters import GridCircuitParameters


@dataclass(frozen=True)
class GridCellParameters:
    """Hold the constants of a grid cell and of what reaches it."""

    # fmt: off
    capacitance_pF: float = parameter(200.0, "membrane capacitance", "chosen: with the leak, 20 ms", low=1.0, high=10000.0)
    leak_nS: float = parameter(10.0, "leak conductance", "chosen: a time constant of 20 ms", low=0.1, high=1000.0)
    resting_voltage_mV: float = parameter(-70.0, "leak reversal", "chosen: usual for principal cells", low=-100.0, high=-40.0)
    spike_threshold_mV: float = parameter(-50.0, "spike threshold", "chosen: usual for principal cells", low=-80.0, high=0.0)
    reset_voltage_mV: float = parameter(-60.0, "voltage after a spike", "chosen: usual for principal cells", low=-100.0, high=-40.0)
    refractory_period_ms: float = parameter(3.0, "absolute refractory period", "chosen: usual for principal cells", low=0.0, high=100.0)
    bias_pA: float = parameter(203.0, "tonic current", "chosen: just above rheobase, so that a bump forms by itself", low=0.0, high=10000.0)
    heterogeneity_pA: float = parameter(0.0, "standard deviation of the tonic current over cells, frozen in a run", "chosen: none; 10 pA is a realistic spread", low=0.0, high=1000.0)
    noise_pA: float = parameter(26.0, "standard deviation of the current noise", "chosen: 1.5 mV at the membrane", low=0.0, high=1000.0)
    noise_tau_ms: float = parameter(10.0, "correlation time of that noise", "chosen: synaptic background", low=1.0, high=1000.0)
    excitation_tau_ms: float = parameter(30.0, "decay of the recurrent excitatory conductance", "chosen: NMDA receptors; slow, so that the bump does not ring", low=0.5, high=500.0)
    inhibition_tau_ms: float = parameter(5.0, "decay of the inhibitory conductance", "chosen: GABA-A", low=0.5, high=500.0)
    gaba_reversal_mV: float = parameter(-75.0, "reversal of inhibition", "chosen: chloride reversal, -70 to -80 mV", low=-110.0, high=-50.0)
    recurrent_nS: float = parameter(4.0, "jump of the recurrent conductance at a spike, summed over the points that a cell reaches", "chosen: one bump", low=0.0, high=1000.0)
    pinning_nS: float = parameter(0.33, "the same of the synapses that pin the bump to lattice phases; 0 for path integration", "chosen: phases hold without hippocampus", low=0.0, high=1000.0)
    width_steps: float = parameter(0.42, "standard deviation of the recurrent weights, in steps", "chosen: a bump of about a step", low=0.05, high=10.0)
    offset_steps: float = parameter(0.5, "how far they are shifted along the direction of a cell, in steps", "chosen: as far as their width", low=0.0, high=10.0)
    pinning_width_steps: float = parameter(0.25, "standard deviation of a pinned bump, in steps", "chosen: well below a step", low=0.05, high=10.0)
    reach_steps: float = parameter(1.8, "distance to which a cell excites others, in steps", "chosen: offset and three standard deviations", low=0.1, high=20.0, structural=True)
    moving_pA: float = parameter(10.0, "current into cells whose direction is commanded, for 1 of what a cell takes up: of a velocity of 1 along its direction all with four directions, 2/3 with six", "chosen: the bump moves a step in a command of 150 ms and the rest after it", low=0.0, high=10000.0)
    holding_pA: float = parameter(110.0, "current taken from cells of the opposite direction then", "chosen: excitation alone ignites cells outside the bump", low=0.0, high=10000.0)
    reset_nS: float = parameter(30.0, "inhibitory conductance while the schedule resets the modules", "chosen: ends every bump", low=0.0, high=1000.0)
    landmark_nS: float = parameter(5.0, "excitatory conductance at the lattice phase that a landmark commands", "chosen: starts a bump there", low=0.0, high=1000.0)
    address_tau_ms: float = parameter(10.0, "decay of the conductance from hippocampal cells", "chosen: AMPA and NMDA", low=0.5, high=500.0)
    address_saturation_nS: float = parameter(20.0, "largest conductance that hippocampal cells can open at a point", "chosen: all receptors open; well above what a code opens, so that votes are told apart", low=0.01, high=1000.0)
    activity_tau_ms: float = parameter(50.0, "decay of the trace of the spikes at a point, which plasticity reads", "chosen: a few interspike intervals", low=1.0, high=10000.0)
    # fmt: on


@dataclass(frozen=True)
class GridInterneuronParameters:
    """Hold the constants of the interneurons of a grid module."""

    # fmt: off
    capacitance_pF: float = parameter(100.0, "membrane capacitance", "chosen: with the leak, 10 ms", low=1.0, high=10000.0)
    leak_nS: float = parameter(10.0, "leak conductance", "chosen: fast-spiking cells have time constants of 5-10 ms", low=0.1, high=1000.0)
    resting_voltage_mV: float = parameter(-70.0, "leak reversal", "chosen: usual", low=-100.0, high=-40.0)
    spike_threshold_mV: float = parameter(-50.0, "spike threshold", "chosen: usual", low=-80.0, high=0.0)
    reset_voltage_mV: float = parameter(-60.0, "voltage after a spike", "chosen: usual", low=-100.0, high=-40.0)
    refractory_period_ms: float = parameter(1.0, "absolute refractory period", "chosen: fast-spiking cells", low=0.0, high=100.0)
    noise_pA: float = parameter(60.0, "standard deviation of the current noise", "chosen: takes the cells out of step", low=0.0, high=1000.0)
    noise_tau_ms: float = parameter(10.0, "correlation time of that noise", "chosen: synaptic background", low=1.0, high=1000.0)
    excitation_tau_ms: float = parameter(5.0, "decay of the excitatory conductance", "chosen: AMPA on interneurons", low=0.5, high=500.0)
    excitation_nS: float = parameter(1.0, "jump of that conductance at a spike of a grid cell", "chosen by hand, with the next: one bump, and interneurons well below their highest rate", low=0.0, high=1000.0)
    inhibition_nS: float = parameter(0.37, "jump of the conductance of all grid cells of the module at a spike; as much less as there are more interneurons", "chosen: see excitation_nS", low=0.0, high=1000.0)
    # fmt: on


@dataclass(frozen=True)
class SpeedCellParameters:
    """Hold the constants of the interneurons that fire with speed and shut out the hippocampus."""

    # fmt: off
    capacitance_pF: float = parameter(100.0, "membrane capacitance", "chosen: with the leak, 10 ms", low=1.0, high=10000.0)
    leak_nS: float = parameter(10.0, "leak conductance", "chosen: fast-spiking cells have time constants of 5-10 ms", low=0.1, high=1000.0)
    resting_voltage_mV: float = parameter(-70.0, "leak reversal", "chosen: usual", low=-100.0, high=-40.0)
    spike_threshold_mV: float = parameter(-50.0, "spike threshold", "chosen: usual", low=-80.0, high=0.0)
    reset_voltage_mV: float = parameter(-60.0, "voltage after a spike", "chosen: usual", low=-100.0, high=-40.0)
    refractory_period_ms: float = parameter(2.0, "absolute refractory period", "chosen: usual", low=0.0, high=100.0)
    drive_pA: float = parameter(400.0, "current at a speed of 1", "chosen: firing at about 130 Hz; speed cells are fast-spiking (Ye et al. 2018)", low=0.0, high=10000.0)
    closing: float = parameter(0.05, "what a spike adds to the presynaptic inhibition of the return projection; at 1 it is shut", "chosen: ten cells shut it within 20 ms", low=0.0, high=100.0)
    closing_tau_ms: float = parameter(60.0, "decay of that inhibition", "chosen: GABA-B-like; the hippocampus has its say again some 100 ms into rest", low=1.0, high=5000.0)
    # fmt: on


GRID_EQUATIONS = """
dv/dt               = (leak*(resting_voltage - v) + bias + heterogeneity*deviation + noise_now
                       + moving_current - excitation*v
                       + (inhibition + reset*resetting)*(gaba_reversal - v))/capacitance     : volt (unless refractory)
excitation                                                                                   : siemens (linked)
inhibition                                                                                   : siemens (linked)
deviation                                                                                    : 1
noise_now                                                                                    : amp
moving_current                                                                               : amp
resetting                                                                                    : 1 (shared)
velocity_1                                                                                   : 1 (shared)
velocity_2                                                                                   : 1 (shared)
taken_up_1                                                                                   : 1 (constant)
taken_up_2                                                                                   : 1 (constant)
"""

# What reaches the cells of a point, or of a module, once for all of them.
SHEET_EQUATIONS = """
excitation                                                                                   : siemens
drecurrent/dt        = -recurrent/excitation_tau                                             : siemens
daddress/dt          = -address/address_tau                                                  : siemens
dactivity/dt         = -activity/activity_tau                                                : 1
landmark_now                                                                                 : siemens
closed                                                                                       : 1 (linked)
closeness                                                                                    : 1 (constant)
nearest_phase                                                                                : integer (constant)
excitation_tau                                                                               : second (shared)
address_tau                                                                                  : second (shared)
activity_tau                                                                                 : second (shared)
landmark                                                                                     : siemens (shared)
address_saturation                                                                           : siemens (shared)
"""

MODULE_EQUATIONS = """
dinhibition/dt       = -inhibition/inhibition_tau                                            : siemens
dexcitation/dt       = -excitation/excitation_tau                                            : siemens
dclosed/dt           = -closed/closing_tau                                                   : 1
inhibition_tau                                                                               : second (shared)
excitation_tau                                                                               : second (shared)
closing_tau                                                                                  : second (shared)
"""

INTERNEURON_EQUATIONS = """
dv/dt               = (leak*(resting_voltage - v) + noise_now - drive*v)/capacitance         : volt (unless refractory)
drive                                                                                        : siemens (linked)
noise_now                                                                                    : amp
"""

SPEED_EQUATIONS = """
dv/dt               = (leak*(resting_voltage - v) + level*drive)/capacitance                 : volt (unless refractory)
level                                                                                        : 1 (shared)
velocity_1                                                                                   : 1 (shared)
velocity_2                                                                                   : 1 (shared)
"""

READ_VELOCITY = """
velocity_1          = scheduled_velocity(t, 0)
velocity_2          = scheduled_velocity(t, 1)
"""

MOVE = """
along               = taken_up_1*velocity_1 + taken_up_2*velocity_2
moving_current      = along*(moving*int(along > 0) + holding*int(along < 0))
"""

# A command from within the circuit, along the first axis, beside the schedule's velocity.
HEADING = """
command                                                                                      : 1 (linked)
"""

MOVE_ON = MOVE.replace("taken_up_1*velocity_1", "taken_up_1*(velocity_1 + clip(command, 0, 1))")

READ_RESET = """
resetting           = scheduled_reset(t, 0)
"""

READ_LANDMARK = """
landmark_now        = landmark*closeness*scheduled_landmark(t, nearest_phase)
"""

# Once a point and step, what its cells would else each add up.
SUM_EXCITATION = """
heard               = address*address_saturation/(address + address_saturation)
excitation          = recurrent + landmark_now + clip(1 - closed, 0, 1)*heard
"""

READ_SPEED = """
velocity_1          = scheduled_velocity(t, 0)
velocity_2          = scheduled_velocity(t, 1)
level               = sqrt(velocity_1**2 + velocity_2**2 + velocity_1*velocity_2)
"""

#: Distance from a lattice phase to which a landmark excites, in steps.
LANDMARK_WIDTH_STEPS = 0.35  # chosen: a little less than the bump


def grid_modules(
    parameters: GridCircuitParameters,
    functions: Mapping[str, Any],
    trace_equations: str = "",
    on_spike: str = "",
    heading: NeuronGroup | None = None,
) -> tuple[dict[str, NeuronGroup], list[NeuronGroup], list[Synapses]]:
    """Create the modules.

    Parameters
    ----------
    parameters
        Those of the modules, or of a circuit that has them.
    functions
        Functions that read the schedule: its channels ``velocity`` (along the two axes, 1 is the
        velocity of an address step), ``reset`` and ``landmark`` (one entry a lattice phase).
    trace_equations, on_spike
        The trace that the plasticity of the grid cells' synapses needs, and what a spike adds to it.
    heading
        A group of one whose variable ``command``, up to 1, moves the modules along the first axis
        as the schedule's velocity does; none by default.

    Returns
    -------
    tuple
        The populations by name; ``sheet`` (what reaches each point) and ``module`` (what reaches
        each module); the projections between them.
    """
    from brian2 import NeuronGroup, Synapses, linked_var, ms

    sheets, cell = parameters.sheets, parameters.grid
    interneuron, speed = parameters.grid_interneurons, parameters.speed
    n_interneurons = parameters.interneurons_per_module
    namespace = {**functions, "grid_step": SCHEDULE_STEP_MS * ms}
    n_modules = len(sheets.periods)
    module = NeuronGroup(
        n_modules, MODULE_EQUATIONS, method="exact", namespace=namespace, name="module"
    )
    sheet = NeuronGroup(
        sheets.n_points, SHEET_EQUATIONS, method="exact", namespace=namespace, name="sheet"
    )
    sheet.closed = linked_var(module, "closed", index=sheets.module_of_point)
    near, phase = _nearest_phase(sheets)
    sheet.closeness, sheet.nearest_phase = near, phase
    commanded = "" if heading is None else HEADING
    grid = NeuronGroup(
        sheets.n_cells,
        GRID_EQUATIONS
        + commanded
        + shared_declarations(cell, GRID_CONSTANTS)
        + MANIPULABLE
        + trace_equations,
        method="exponential_euler",
        threshold="v > spike_threshold",
        reset="v = reset_voltage" + LABEL_SPIKE + on_spike,
        refractory="refractory_period",
        namespace={**namespace, **noise_functions("grid")},
        name="grid",
    )
    points = sheets.point_of_cell
    grid.excitation = linked_var(sheet, "excitation", index=points)
    grid.inhibition = linked_var(module, "inhibition", index=sheets.module_of_point[points])
    grid.taken_up_1, grid.taken_up_2 = sheets.velocity_taken_up.T
    grid.deviation = "randn()"
    module_of_interneuron = np.repeat(np.arange(n_modules), n_interneurons)
    interneurons = NeuronGroup(
        n_modules * n_interneurons,
        INTERNEURON_EQUATIONS + shared_declarations(interneuron) + MANIPULABLE,
        method="exponential_euler",
        threshold="v > spike_threshold",
        reset="v = reset_voltage" + LABEL_SPIKE,
        refractory="refractory_period",
        namespace={**namespace, **noise_functions("grid_interneurons")},
        name="grid_interneurons",
    )
    interneurons.drive = linked_var(module, "excitation", index=module_of_interneuron)
    speed_equations = SPEED_EQUATIONS
    if heading is not None:
        speed_equations = speed_equations.replace(
            "level*drive", "(level + clip(command, 0, 1))*drive"
        )
        speed_equations += HEADING
    speed_cells = NeuronGroup(
        parameters.n_speed,
        speed_equations + shared_declarations(speed) + MANIPULABLE,
        method="exponential_euler",
        threshold="v > spike_threshold",
        reset="v = reset_voltage" + LABEL_SPIKE,
        refractory="refractory_period",
        namespace={**namespace, **noise_functions("speed")},
        name="speed",
    )
    if heading is not None:
        grid.command = linked_var(heading, "command")
        speed_cells.command = linked_var(heading, "command")
    run_on_grid(grid, READ_RESET)
    run_on_grid(grid, READ_VELOCITY)
    run_on_grid(grid, MOVE if heading is None else MOVE_ON, order=1)
    run_on_grid(grid, UPDATE_NOISE, order=2)
    run_on_grid(interneurons, UPDATE_NOISE)
    run_on_grid(sheet, READ_LANDMARK)
    sheet.run_regularly(SUM_EXCITATION, when="start", order=20)
    run_on_grid(speed_cells, READ_SPEED)

    recurrent = Synapses(
        grid, sheet, "weight : siemens", on_pre="recurrent_post += weight", name="recurrent"
    )
    pre, post = within_reach(sheets, cell.reach_steps)
    recurrent.connect(i=pre, j=post)
    here = Synapses(grid, sheet, on_pre="activity_post += 1", name="activity_of_point")
    here.connect(i=np.arange(sheets.n_cells), j=points)
    excitation = Synapses(
        grid, module, "weight : siemens (shared)", on_pre="excitation_post += weight",
        name="grid_excitation",
    )  # fmt: skip
    excitation.connect(i=np.arange(sheets.n_cells), j=sheets.module_of_point[points])
    inhibition = Synapses(
        interneurons, module, "weight : siemens (shared)", on_pre="inhibition_post += weight",
        name="grid_inhibition",
    )  # fmt: skip
    inhibition.connect(i=np.arange(len(module_of_interneuron)), j=module_of_interneuron)
    closing = Synapses(speed_cells, module, on_pre="closed_post += closing_pre", name="closing")
    closing.connect()
    cells = {"grid": grid, "grid_interneurons": interneurons, "speed": speed_cells}
    return cells, [sheet, module], [recurrent, here, excitation, inhibition, closing]


#: Constants of a grid cell that the cells themselves hold; the others are those of points, modules
#: and weights.
GRID_CONSTANTS = (
    "capacitance",
    "leak",
    "resting_voltage",
    "spike_threshold",
    "reset_voltage",
    "refractory_period",
    "bias",
    "heterogeneity",
    "noise",
    "noise_tau",
    "gaba_reversal",
    "moving",
    "holding",
    "reset",
)


def grid_values(
    parameters: GridCircuitParameters,
) -> dict[str, float | NDArray[np.float64]]:
    """Return everything of the modules that is set at run time, by ``object.variable``, in SI units.

    Parameters
    ----------
    parameters
        Those of the modules, or of a circuit that has them.
    """
    sheets, cell = parameters.sheets, parameters.grid
    interneuron, speed = parameters.grid_interneurons, parameters.speed
    constants = si_values(cell)
    found: dict[str, float | NDArray[np.float64]] = {
        f"grid.{name}": constants[name] for name in GRID_CONSTANTS
    }
    found |= {f"grid_interneurons.{name}": value for name, value in si_values(interneuron).items()}
    found |= {f"speed.{name}": value for name, value in si_values(speed).items()}
    for name in ("excitation_tau", "address_tau", "activity_tau", "landmark", "address_saturation"):
        found[f"sheet.{name}"] = constants[name]
    kernel = recurrent_kernel(sheets, cell.reach_steps, cell.width_steps, cell.offset_steps)
    weight = constants["recurrent"] * kernel
    if cell.pinning_nS:
        pinning = pinning_kernel(sheets, cell.reach_steps, cell.pinning_width_steps)
        weight = weight + constants["pinning"] * pinning
    found |= {
        "module.inhibition_tau": constants["inhibition_tau"],
        "module.excitation_tau": interneuron.excitation_tau_ms * 1e-3,
        "module.closing_tau": speed.closing_tau_ms * 1e-3,
        "recurrent.weight": weight,
        "grid_excitation.weight": interneuron.excitation_nS * 1e-9,
        "grid_inhibition.weight": interneuron.inhibition_nS * 1e-9,
    }
    for name, kind in (("grid", cell), ("grid_interneurons", interneuron), ("speed", speed)):
        found[f"{name}.v"] = kind.resting_voltage_mV * 1e-3
    return found


def _nearest_phase(sheets: Sheets) -> tuple[NDArray[np.float64], NDArray[np.int64]]:
    """Return how close each point is to its nearest lattice phase, from 0 to 1, and its number."""
    profiles = sheets.profiles(LANDMARK_WIDTH_STEPS)
    phase = profiles.argmax(axis=0)
    return profiles.max(axis=0), phase.astype(np.int64)
