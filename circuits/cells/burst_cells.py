"""Cells that fire a burst when something begins or ends, and acetylcholine that forbids it.

A current that inactivates drives the burst: a cell becomes ready below a voltage, and above it the
current flows and fades, as calcium currents of low threshold do. So a cell that rests below this
voltage answers the onset of its input, and one that rests above it the end of its inhibition.
"""

from __future__ import annotations

from dataclasses import dataclass

from hippokv.parameter import parameter

from ..drive.grid_noise import UPDATE_NOISE
from ..population import Population, Projection, Update
from .integrate_and_fire import PointNeuron, point_cells


@dataclass(frozen=True)
class BurstCellParameters(PointNeuron):
    """Hold the constants of a cell that bursts."""

    noise_pA: float = parameter(
        20.0,
        "standard deviation of the current noise",
        chosen="takes the cells out of step",
        high=1000.0,
    )
    noise_tau_ms: float = parameter(
        10.0, "correlation time of that noise", chosen="the membrane time constant", high=1000.0
    )
    potassium_nS: float = parameter(
        2.3,
        "jump of the potassium conductance at a cholinergic spike",
        chosen="M2 receptors; ten cells at 65 Hz hold the voltage near -85 mV",
    )
    potassium_tau_ms: float = parameter(
        20.0,
        "decay of that conductance",
        chosen="so short that a burst after an item ends before the next",
        low=0.5,
        high=1000.0,
    )
    potassium_reversal_mV: float = parameter(
        -90.0,
        "reversal of that conductance",
        chosen="reversal of potassium in mammalian neurons",
        low=-120.0,
        high=-60.0,
    )
    readiness_voltage_mV: float = parameter(
        -75.0,
        "voltage below which the cell becomes ready, and above which the current of the burst "
        "flows",
        chosen="below rest",
        low=-100.0,
        high=-50.0,
    )
    recovery_tau_ms: float = parameter(
        150.0, "time constant of becoming ready", chosen="an item makes ready, a moment does not"
    )
    burst_pA: float = parameter(
        500.0,
        "current of the burst in a cell that is fully ready",
        chosen="two and a half times rheobase, for a burst that begins and ends sharply",
    )
    burst_tau_ms: float = parameter(165.0, "decay of that current", chosen="a burst of 150 ms")


EQUATIONS = """
dv/dt             = (leak*(resting_voltage - v) + potassium_now*(potassium_reversal - v)
                     + burst*readiness*int(v > readiness_voltage) + noise_now{input_current})/capacitance : volt (unless refractory)
dpotassium_now/dt = -potassium_now/potassium_tau                                                : siemens
dreadiness/dt     = int(v < readiness_voltage)*(1 - readiness)/recovery_tau
                    - int(v >= readiness_voltage)*readiness/burst_tau                           : 1
noise_now                                                                                       : amp
"""  # noqa: E501


def burst_cells(
    parameters: BurstCellParameters,
    name: str,
    cells: int,
    input_current: str = "",
    input_equations: str = "",
) -> Population:
    """Describe a population of such cells.

    Parameters
    ----------
    parameters
        Constants of a cell.
    name
        Name of the population.
    cells
        Number of cells.
    input_current, input_equations
        A term of the current into a cell, and the equations that it needs.
    """
    return point_cells(
        parameters,
        name,
        cells,
        EQUATIONS + input_equations,
        updates=(Update(UPDATE_NOISE),),
        terms={"input_current": input_current},
    )


def held_by_acetylcholine(name: str) -> Projection:
    """Describe the projection by which cholinergic cells hold such a population down."""
    return Projection(
        f"{name}_holding",
        "cholinergic",
        name,
        {"spike": "potassium_now_post += potassium_post"},
        effect="inhibition",
    )
