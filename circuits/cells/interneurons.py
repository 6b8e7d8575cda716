"""Interneurons: PV cells normalise the soma's competition, SST cells guard the dendrites."""

from __future__ import annotations

from dataclasses import dataclass

from hippokv.parameter import parameter, redeclared

from ..population import Constant, Population, constants_of
from .integrate_and_fire import PointNeuron, point_cells


@dataclass(frozen=True)
class PVParameters:
    """Hold the constants of the PV population: fast, and recruited one after the other."""

    capacitance_pF: float = redeclared(
        PointNeuron, "capacitance_pF", 100.0, chosen="with the leak, 5 ms"
    )
    leak_nS: float = redeclared(
        PointNeuron, "leak_nS", 20.0, chosen="basket cells have time constants near 5-10 ms"
    )
    resting_voltage_mV: float = redeclared(
        PointNeuron, "resting_voltage_mV", -65.0, chosen="1 mV below the lowest threshold"
    )
    reset_voltage_mV: float = redeclared(PointNeuron, "reset_voltage_mV", -65.0, chosen="at rest")
    refractory_period_ms: float = redeclared(
        PointNeuron,
        "refractory_period_ms",
        4.0,
        chosen=(
            "up to 250 Hz, in the range of fast-spiking cells; long enough to be the same at every "
            "time step"
        ),
    )
    lowest_threshold_mV: float = parameter(
        -64.0,
        "threshold of the most excitable cell",
        chosen="fires with a few hippocampal spikes",
        low=-80.0,
        high=0.0,
    )
    highest_threshold_mV: float = parameter(
        -57.0,
        "threshold of the least excitable cell",
        chosen="the staggering makes the conductance graded",
        low=-80.0,
        high=50.0,
    )
    escape_width_mV: float = parameter(
        2.0,
        "softness of the threshold",
        chosen="noisy, so that the population is graded",
        low=0.05,
        high=20.0,
    )
    escape_tau_ms: float = parameter(
        5.0, "mean time to a spike at threshold", chosen="fast", low=0.1, high=1000.0
    )
    excitation_tau_ms: float = parameter(
        5.0,
        "decay of the current from hippocampal cells",
        chosen="AMPA onto fast-spiking cells, a few ms",
        low=0.5,
        high=200.0,
    )
    excitation_pA: float = parameter(
        400.0,
        "jump of that current at a hippocampal spike",
        chosen="summed rates of 50 to 250 Hz span the thresholds",
    )
    inhibition_nS: float = parameter(
        0.2,
        "jump of the PV conductance of a hippocampal cell at a PV spike",
        chosen="40 cells at 130 Hz give 23 nS; small, so that the loop is graded and does not ring",
        high=100.0,
    )


# The hazard looks one step ahead, as that of the hippocampal cells does.
PV_EQUATIONS = """
slope                   = (leak*(resting_voltage - v) + {excitation})/capacitance                 : volt/second
dv/dt                   = slope                                                                         : volt (unless refractory)
dexcitation_current/dt  = -excitation_current/excitation_tau                                            : amp
dhazard/dt              = exp(clip((v + {look_ahead}*slope - threshold_here)/escape_width, -40, 8))/escape_tau    : 1

threshold_here          = lowest_threshold
                          + (highest_threshold - lowest_threshold)*i/(N - 1.0)                          : volt (constant over dt)
hazard_at_spike                                                                                         : 1
"""  # noqa: E501

# Where a step is long for the membrane, the voltage comes less far than its slope says.
LOOK_AHEAD = "(1 - exp(-dt*leak/capacitance))*capacitance/leak"

# A current that is over in a few steps: the charge factor makes what a spike adds the same at every
# time step.
FAST_EXCITATION = """
charge_factor            = excitation_tau_post*(1 - exp(-dt/excitation_tau_post))/dt
excitation_current_post += charge_factor*{jump}
"""

ON_PV_SPIKE = """
v                = reset_voltage
hazard           = 0
hazard_at_spike  = -log(1 - rand())
"""


@dataclass(frozen=True)
class SSTParameters(PointNeuron):
    """Hold the constants of the SST population: plateaus excite it, and it silences dendrites."""

    leak_nS: float = redeclared(
        PointNeuron, "leak_nS", 10.0, chosen="OLM cells have time constants of 10-20 ms"
    )
    resting_voltage_mV: float = redeclared(
        PointNeuron,
        "resting_voltage_mV",
        -65.0,
        chosen="15 mV below threshold: with the leak, a rheobase of 150 pA",
    )
    refractory_period_ms: float = redeclared(
        PointNeuron, "refractory_period_ms", 3.0, chosen="up to 150 Hz"
    )
    excitation_tau_ms: float = parameter(
        10.0,
        "decay of the current from hippocampal plateaus",
        chosen="bridges the time between two updates of a plateau",
        low=0.5,
        high=500.0,
    )
    onset_pA: float = parameter(
        2000.0,
        "jump of that current when a whole slot starts a plateau",
        chosen="a spike within 2 ms",
        high=100000.0,
    )
    plateau_pA: float = parameter(
        600.0,
        "jump every 10 ms while a whole slot holds a plateau",
        chosen="keeps both cells firing as long as the plateau lasts",
        high=100000.0,
    )
    inhibition_nS: float = parameter(
        10.0,
        "jump of the dendrite's SST conductance at an SST spike",
        chosen="two spikes hold a dendrite 15 mV under threshold",
    )
    inhibition_tau_ms: float = parameter(
        30.0,
        "decay of that conductance",
        chosen="dendritic GABA-A is slow, 20-50 ms",
        low=0.5,
        high=1000.0,
    )


SST_EQUATIONS = """
dv/dt                   = (leak*(resting_voltage - v) + excitation_current)/capacitance     : volt (unless refractory)
dexcitation_current/dt  = -excitation_current/excitation_tau                                : amp
"""  # noqa: E501


def pv_cells(
    parameters: PVParameters, cells: int, jump_nS: float | None = None, fast: bool = False
) -> Population:
    """Describe the PV population, thresholds staggered from its first cell to its last.

    Parameters
    ----------
    parameters
        Constants of the cells.
    cells
        Number of them.
    jump_nS
        What a spike adds to the conductance of a hippocampal cell, where a calibration says it;
        else ``parameters.inhibition_nS``.
    fast
        Whether a step is long for their membrane: they look ahead along its exponential then.
    """
    constants = constants_of(parameters)
    if jump_nS is not None and jump_nS != parameters.inhibition_nS:
        calibrated = Constant(
            "inhibition", jump_nS * 1e-9, "siemens",
            "follows from inhibition_nS and the delays: Calibration.pv_jump_nS",
        )  # fmt: skip
        constants = tuple(calibrated if one.name == "inhibition" else one for one in constants)
    return Population(
        "pv",
        cells,
        PV_EQUATIONS,
        threshold="hazard > hazard_at_spike",
        reset=ON_PV_SPIKE,
        refractory="refractory_period",
        constants=constants,
        initial={"v": parameters.resting_voltage_mV * 1e-3},
        drawn={"hazard_at_spike": "-log(1 - rand())"},
        terms={"excitation": "excitation_current", "look_ahead": LOOK_AHEAD if fast else "dt"},
    )


def sst_cells(parameters: SSTParameters, cells: int) -> Population:
    """Describe the SST population."""
    return point_cells(parameters, "sst", cells, SST_EQUATIONS)
