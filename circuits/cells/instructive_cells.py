"""Entorhinal cells of layer III: their spikes instruct the dendrites of all hippocampal cells.

While the schedule's channel ``instruction`` is above 0 the cells fire. Their spikes add to a
current that all dendrites get alike, with the time constant of the ramp; what falls short or comes
in bursts of it is the same for all.
"""

from __future__ import annotations

from dataclasses import dataclass

from hippokv.parameter import parameter, redeclared

from ..drive.grid_noise import UPDATE_NOISE
from ..population import Constant, Part, Population, Projection, Update, constant_named
from .hippocampal_cells import HippocampalParameters
from .integrate_and_fire import PointNeuron, noisy_rate_Hz, point_cells


@dataclass(frozen=True)
class InstructiveParameters(PointNeuron):
    """Hold the constants of instructive cells."""

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
        100.0, "current during an instruction", chosen="firing at about 38 Hz"
    )
    noise_pA: float = parameter(
        30.0,
        "standard deviation of the current noise",
        chosen="takes the cells out of step, so that the ramp is smooth; at rest hardly one fires",
        high=1000.0,
    )
    noise_tau_ms: float = parameter(
        10.0, "correlation time of that noise", chosen="as in entorhinal cells", high=1000.0
    )

    @property
    def rate_Hz(self) -> float:
        """Mean rate of a cell during an instruction."""
        return noisy_rate_Hz(self, self.drive_pA, self.noise_pA, self.noise_tau_ms)


EQUATIONS = """
dv/dt       = (leak*(resting_voltage - v) + instructing*drive + noise_now)/capacitance  : volt (unless refractory)
noise_now                                                                               : amp
instructing                                                                             : 1 (shared)
"""  # noqa: E501

# Kept once for all dendrites, which get it alike.
SHARED_EQUATIONS = """
dinstructed_current/dt    = -instructed_current/instruction_tau                     : amp
"""

# The charge factor makes what a spike adds the same at every time step, as in the keys.
INSTRUCTION = """
charge_factor             = instruction_tau_post*(1 - exp(-dt/instruction_tau_post))/dt
instructed_current_post  += charge_factor*epsc
"""


def instructive_cells(
    parameters: InstructiveParameters, cells: int, dendrites: HippocampalParameters
) -> tuple[Part, ...]:
    """Describe the cells and what their spikes add to the current into all dendrites.

    Parameters
    ----------
    parameters
        Constants of a cell.
    cells
        Their number.
    dendrites
        Constants of the hippocampal cells, among them the mean current that the ramp approaches.

    Returns
    -------
    tuple
        First ``shared_instruction``, which the hippocampal cells read.
    """
    spikes = cells * parameters.rate_Hz * dendrites.instruction_tau_ms / 1e3
    epsc_pA = dendrites.instruction_pA / spikes if spikes else 0.0
    return (
        Population(
            "shared_instruction", 1, SHARED_EQUATIONS,
            constants=(constant_named("instruction_tau", dendrites, "instruction_tau"),),
            manipulable=False,
        ),
        point_cells(
            parameters, "layer_3", cells, EQUATIONS,
            updates=(
                Update("instructing = int(scheduled_instruction(t, 0) > 0)", 1),
                Update(UPDATE_NOISE, 2),
            ),
            channels={"instruction": 1},
        ),
        Projection(
            "instruction", "layer_3", "shared_instruction", {"spike": INSTRUCTION},
            constants=(
                Constant(
                    "epsc", epsc_pA * 1e-12, "amp",
                    "follows from instruction, its tau, and the number and rate of the cells",
                ),
            ),
        ),
    )  # fmt: skip
