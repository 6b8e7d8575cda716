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
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from hippokv.parameter import shared_declarations, si_values

from .grid_circuit_parameters import GridCircuitParameters
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
