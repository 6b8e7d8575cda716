"""Grid modules of entorhinal cortex: attractor sheets whose bumps are moved by velocity.

Each module is a sheet of excitatory cells on a twisted torus (:mod:`.sheet_geometry`), one at a
point for each of four or six directions, and interneurons that all its cells reach and that
reach all of them. A cell excites the points around the one that lies a little ahead of it in its
direction, so that a bump in which one direction is favoured moves (Burak & Fiete 2009). Weights
between the points of a lattice pin the bump to lattice phases, where it is to hold an address.

The cells at a point differ in their direction alone, so what reaches them by synapses is the same,
and is kept once a point; likewise the inhibition once a module.
"""

from __future__ import annotations

from functools import partial

import numpy as np
from numpy.typing import NDArray

from hippokv.parameter import si_values

from ..cells.integrate_and_fire import point_cells
from ..drive.grid_noise import UPDATE_NOISE
from ..grid_circuit_parameters import GridCircuitParameters
from ..population import (
    Link,
    Part,
    Population,
    Projection,
    Update,
    constant_named,
    constants_of,
)
from .sheet_geometry import Sheets, pinning_kernel, recurrent_kernel, within_reach

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
"""  # noqa: E501

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
"""  # noqa: E501

MODULE_EQUATIONS = """
dinhibition/dt       = -inhibition/inhibition_tau                                            : siemens
dexcitation/dt       = -excitation/excitation_tau                                            : siemens
dclosed/dt           = -closed/closing_tau                                                   : 1
"""  # noqa: E501

INTERNEURON_EQUATIONS = """
dv/dt               = (leak*(resting_voltage - v) + noise_now - drive*v)/capacitance         : volt (unless refractory)
drive                                                                                        : siemens (linked)
noise_now                                                                                    : amp
"""  # noqa: E501

SPEED_EQUATIONS = """
dv/dt               = (leak*(resting_voltage - v) + {level}*drive)/capacitance               : volt (unless refractory)
level                                                                                        : 1 (shared)
velocity_1                                                                                   : 1 (shared)
velocity_2                                                                                   : 1 (shared)
"""  # noqa: E501

READ_VELOCITY = """
velocity_1          = scheduled_velocity(t, 0)
velocity_2          = scheduled_velocity(t, 1)
"""

MOVE = """
along               = taken_up_1*{velocity_1} + taken_up_2*velocity_2
moving_current      = along*(moving*int(along > 0) + holding*int(along < 0))
"""

# A command from within the circuit, along the first axis, beside the schedule's velocity.
HEADING = """
command                                                                                      : 1 (linked)
"""  # noqa: E501

#: What fills the terms of the equations without such a command and with it.
DRIVEN = {"velocity_1": "velocity_1", "level": "level"}
COMMANDED = {
    "velocity_1": "(velocity_1 + clip(command, 0, 1))",
    "level": "(level + clip(command, 0, 1))",
}

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
SHEET_CONSTANTS = (
    "excitation_tau",
    "address_tau",
    "activity_tau",
    "landmark",
    "address_saturation",
)


def grid_modules(parameters: GridCircuitParameters, commanded: bool = False) -> tuple[Part, ...]:
    """Describe the modules.

    Parameters
    ----------
    parameters
        Those of the modules, or of a circuit that has them.
    commanded
        Whether there is a population ``heading`` of one whose variable ``command``, up to 1, moves
        the modules along the first axis as the schedule's velocity does.

    Returns
    -------
    tuple
        ``module`` and ``sheet`` (what reaches each module and each point), the populations, and the
        projections between them.
    """
    sheets, cell = parameters.sheets, parameters.grid
    interneuron, speed = parameters.grid_interneurons, parameters.speed
    n_modules = len(sheets.periods)
    module_of_interneuron = np.repeat(np.arange(n_modules), parameters.interneurons_per_module)
    points, cells = sheets.point_of_cell, np.arange(sheets.n_cells)
    close, phase = _nearest_phase(sheets)
    up_1, up_2 = sheets.velocity_taken_up.T
    heading = {"command": Link("heading", "command")} if commanded else {}
    return (
        Population(
            "module", n_modules, MODULE_EQUATIONS, method="exact",
            constants=(
                *constants_of(cell, "inhibition_tau"),
                *constants_of(interneuron, "excitation_tau"),
                *constants_of(speed, "closing_tau"),
            ),
        ),
        Population(
            "sheet", sheets.n_points, SHEET_EQUATIONS, method="exact",
            updates=(Update(READ_LANDMARK), Update(SUM_EXCITATION, 20, each_step=True)),
            constants=constants_of(cell, *SHEET_CONSTANTS),
            wired={"closeness": close, "nearest_phase": phase},
            links={"closed": Link("module", "closed", sheets.module_of_point)},
            channels={"landmark": sheets.n_phases},
        ),
        point_cells(
            cell, "grid", sheets.n_cells, GRID_EQUATIONS + (HEADING if commanded else ""),
            GRID_CONSTANTS,
            updates=(
                Update(READ_RESET),
                Update(READ_VELOCITY),
                Update(MOVE, 1),
                Update(UPDATE_NOISE, 2),
            ),
            drawn={"deviation": "randn()"},
            wired={"taken_up_1": up_1, "taken_up_2": up_2},
            links={
                "excitation": Link("sheet", "excitation", points),
                "inhibition": Link("module", "inhibition", sheets.module_of_point[points]),
                **heading,
            },
            channels={"velocity": 2, "reset": 1},
            terms=COMMANDED if commanded else DRIVEN,
        ),
        point_cells(
            interneuron, "grid_interneurons", len(module_of_interneuron), INTERNEURON_EQUATIONS,
            updates=(Update(UPDATE_NOISE),),
            links={"drive": Link("module", "excitation", module_of_interneuron)},
        ),
        point_cells(
            speed, "speed", parameters.n_speed, SPEED_EQUATIONS + (HEADING if commanded else ""),
            updates=(Update(READ_SPEED),),
            links=heading,
            channels={"velocity": 2},
            terms=COMMANDED if commanded else DRIVEN,
        ),
        Projection(
            "recurrent", "grid", "sheet", {"spike": "recurrent_post += weight"},
            "weight : siemens",
            pairs=within_reach(sheets, cell.reach_steps),
            initial={"weight": partial(_recurrent_weights, parameters)},
        ),
        Projection(
            "activity_of_point", "grid", "sheet", {"spike": "activity_post += 1"},
            pairs=(cells, points),
        ),
        Projection(
            "grid_excitation", "grid", "module", {"spike": "excitation_post += weight"},
            pairs=(cells, sheets.module_of_point[points]),
            constants=(constant_named("weight", interneuron, "excitation"),),
        ),
        Projection(
            "grid_inhibition", "grid_interneurons", "module",
            {"spike": "inhibition_post += weight"},
            pairs=(np.arange(len(module_of_interneuron)), module_of_interneuron),
            constants=(constant_named("weight", interneuron, "inhibition"),),
            effect="inhibition",
        ),
        Projection(
            "closing", "speed", "module", {"spike": "closed_post += closing_pre"},
            effect="modulation",
        ),
    )  # fmt: skip


def _recurrent_weights(parameters: GridCircuitParameters) -> NDArray[np.float64]:
    """Return the weight of each recurrent synapse in siemens."""
    sheets, cell = parameters.sheets, parameters.grid
    constants = si_values(cell)
    kernel = recurrent_kernel(sheets, cell.reach_steps, cell.width_steps, cell.offset_steps)
    weight = constants["recurrent"] * kernel
    if cell.pinning_nS:
        pinning = pinning_kernel(sheets, cell.reach_steps, cell.pinning_width_steps)
        weight = weight + constants["pinning"] * pinning
    return np.asarray(weight, dtype=float)


def _nearest_phase(sheets: Sheets) -> tuple[NDArray[np.float64], NDArray[np.int64]]:
    """Return how close each point is to its nearest lattice phase, from 0 to 1, and its number."""
    profiles = sheets.profiles(LANDMARK_WIDTH_STEPS)
    phase = profiles.argmax(axis=0)
    return profiles.max(axis=0), phase.astype(np.int64)
