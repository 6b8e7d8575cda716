"""Deep entorhinal cells: what the hippocampus rebuilds of an input, and what neocortex hears.

Each has one synapse from its superficial partner, which makes it fire as fast, and return synapses
from all hippocampal cells. Deep cells do not project back to superficial ones.
"""

from __future__ import annotations

import numpy as np

from ..drive.grid_noise import UPDATE_NOISE
from ..population import Constant, Population, Projection, Update, constants_of
from .pattern_cells import PatternCellParameters

EQUATIONS = """
dv/dt              = (leak*(resting_voltage - v) + noise_now + value_current)/capacitance   : volt (unless refractory)
dvalue_current/dt  = -value_current/value_tau                    : amp
noise_now                                                        : amp
reference_rate                                                   : hertz (shared)
"""  # noqa: E501

# The charge factor makes what a spike adds the same at every time step.
RELAY = """
charge_factor        = value_tau_post*(1 - exp(-dt/value_tau_post))/dt
value_current_post  += charge_factor*epsc
"""


def deep_cells(
    parameters: PatternCellParameters, cells: int, partner_Hz: float
) -> tuple[Population, Projection]:
    """Describe the deep cells, and the synapses that relay the input to them.

    Parameters
    ----------
    parameters
        Constants of an entorhinal cell.
    cells
        Number of cells, as many as superficial ones.
    partner_Hz
        Rate of a driven superficial cell.
    """
    rate_Hz = max(parameters.rate_Hz, 1e-9)
    constants = tuple(one for one in constants_of(parameters) if one.name != "drive")
    each = np.arange(cells)
    epsc_pA = parameters.drive_pA / (max(partner_Hz, 1e-9) * parameters.value_tau_ms * 1e-3)
    found = Population(
        "deep", cells, EQUATIONS, threshold="v > spike_threshold", reset="v = reset_voltage",
        refractory="refractory_period", updates=(Update(UPDATE_NOISE),), constants=constants,
        initial={"v": parameters.resting_voltage_mV * 1e-3, "reference_rate": rate_Hz},
    )  # fmt: skip
    relay = Projection(
        "relay", "entorhinal", "deep", {"spike": RELAY}, pairs=(each, each),
        constants=(
            Constant(
                "epsc", epsc_pA * 1e-12, "amp",
                "follows from drive_pA and the rate of a driven cell: the partner fires as fast",
            ),
        ),
    )  # fmt: skip
    return found, relay
