"""Onset cells: interneurons of the grid modules that clear the old address when a cue begins.

When entorhinal pattern cells start to fire, the onset cells answer with a burst that ends the bumps
of all modules, so that new ones form where the return projection wants them. Under acetylcholine,
while an item is stored, they are held down and the modules keep their address.
"""

from __future__ import annotations

from dataclasses import dataclass

from hippokv.parameter import fraction, parameter, redeclared

from ..population import Population, Projection
from .burst_cells import BurstCellParameters, burst_cells, held_by_acetylcholine


@dataclass(frozen=True)
class OnsetCellParameters(BurstCellParameters):
    """Hold the constants of an onset cell, and of what it receives and gives."""

    resting_voltage_mV: float = redeclared(
        BurstCellParameters,
        "resting_voltage_mV",
        -72.0,
        chosen="so far below readiness that noise alone starts no burst",
    )
    noise_pA: float = redeclared(
        BurstCellParameters, "noise_pA", 10.0, chosen="takes the cells out of step"
    )
    potassium_tau_ms: float = parameter(
        40.0,
        "decay of the potassium conductance that acetylcholine opens",
        chosen="outlasts the input of an item",
        low=0.5,
        high=1000.0,
    )
    readiness_voltage_mV: float = redeclared(
        BurstCellParameters,
        "readiness_voltage_mV",
        -66.0,
        chosen="between rest and what a cue depolarises",
    )
    recovery_tau_ms: float = redeclared(
        BurstCellParameters, "recovery_tau_ms", 60.0, chosen="the rest between two cues makes ready"
    )
    burst_tau_ms: float = redeclared(
        BurstCellParameters, "burst_tau_ms", 60.0, chosen="a burst of 70 ms, which ends every bump"
    )
    input_pA: float = parameter(
        180.0,
        "current when all receptors for the input are open",
        chosen=(
            "alone it does not reach the threshold, and not the burst before acetylcholine comes"
        ),
    )
    opening: float = fraction(
        0.3,
        "part of the closed receptors that an entorhinal spike opens",
        chosen="a cue of four entries opens most",
    )
    input_tau_ms: float = parameter(
        20.0,
        "closing of these receptors",
        chosen="bridges the interspike intervals of a cue",
        low=0.5,
        high=500.0,
    )
    inhibition_nS: float = parameter(
        4.0,
        "jump of the inhibitory conductance of all grid cells at a spike",
        chosen="a burst ends every bump",
    )


INPUT_EQUATIONS = """
dopen/dt          = -open/input_tau                                                             : 1
"""


def onset_cells(parameters: OnsetCellParameters, cells: int) -> tuple[Population | Projection, ...]:
    """Describe the population ``onset``, and what leads to it and from it to the modules.

    Parameters
    ----------
    parameters
        Constants of a cell.
    cells
        Number of cells.
    """
    return (
        burst_cells(parameters, "onset", cells, " + input*open", INPUT_EQUATIONS),
        held_by_acetylcholine("onset"),
        Projection(
            "starting", "entorhinal", "onset",
            {"spike": "open_post += opening_post*(1 - open_post)"},
        ),
        Projection(
            "clearing", "onset", "module", {"spike": "inhibition_post += inhibition_pre"},
            effect="inhibition",
        ),
    )  # fmt: skip
