"""Parameters of grid modules, alone or in a memory, and of their cells."""

from __future__ import annotations

from dataclasses import dataclass, field

from hippokv.parameter import parameter, redeclared

from .cells.integrate_and_fire import PointNeuron
from .grid.sheet_geometry import Sheets, parsed_periods


@dataclass(frozen=True)
class GridCellParameters(PointNeuron):
    """Hold the constants of a grid cell and of what reaches it."""

    capacitance_pF: float = redeclared(
        PointNeuron, "capacitance_pF", 200.0, chosen="with the leak, 20 ms"
    )
    leak_nS: float = redeclared(PointNeuron, "leak_nS", 10.0, chosen="a time constant of 20 ms")
    refractory_period_ms: float = redeclared(
        PointNeuron, "refractory_period_ms", 3.0, chosen="at most 333 Hz"
    )
    bias_pA: float = parameter(
        203.0, "tonic current", chosen="just above rheobase, so that a bump forms by itself"
    )
    heterogeneity_pA: float = parameter(
        0.0,
        "standard deviation of the tonic current over cells, frozen in a run",
        chosen="none; 10 pA is a realistic spread",
        high=1000.0,
    )
    noise_pA: float = parameter(
        26.0,
        "standard deviation of the current noise",
        chosen="1.5 mV at the membrane",
        high=1000.0,
    )
    noise_tau_ms: float = parameter(
        10.0, "correlation time of that noise", chosen="synaptic background", high=1000.0
    )
    excitation_tau_ms: float = parameter(
        30.0,
        "decay of the recurrent excitatory conductance",
        chosen="NMDA receptors; slow, so that the bump does not ring",
        low=0.5,
        high=500.0,
    )
    inhibition_tau_ms: float = parameter(
        5.0, "decay of the inhibitory conductance", chosen="GABA-A", low=0.5, high=500.0
    )
    gaba_reversal_mV: float = parameter(
        -75.0,
        "reversal of inhibition",
        chosen="chloride reversal, -70 to -80 mV",
        low=-110.0,
        high=-50.0,
    )
    recurrent_nS: float = parameter(
        4.0,
        "jump of the recurrent conductance at a spike, summed over the points that a cell reaches",
        chosen="one bump",
    )
    pinning_nS: float = parameter(
        0.33,
        "the same of the synapses that pin the bump to lattice phases; 0 for path integration",
        chosen="phases hold without hippocampus",
    )
    width_steps: float = parameter(
        0.42,
        "standard deviation of the recurrent weights, in steps",
        chosen="a bump of about a step",
        low=0.05,
        high=10.0,
    )
    offset_steps: float = parameter(
        0.5,
        "how far they are shifted along the direction of a cell, in steps",
        chosen="as far as their width",
        low=0.0,
        high=10.0,
    )
    pinning_width_steps: float = parameter(
        0.25,
        "standard deviation of a pinned bump, in steps",
        chosen="well below a step",
        low=0.05,
        high=10.0,
    )
    reach_steps: float = parameter(
        1.8,
        "distance to which a cell excites others, in steps",
        chosen="offset and three standard deviations",
        low=0.1,
        high=20.0,
        structural=True,
    )
    moving_pA: float = parameter(
        10.0,
        "current into cells whose direction is commanded, for 1 of what a cell takes up: of a "
        "velocity of 1 along its direction all with four directions, 2/3 with six",
        chosen="the bump moves a step in a command of 150 ms and the rest after it",
    )
    holding_pA: float = parameter(
        110.0,
        "current taken from cells of the opposite direction then",
        chosen="excitation alone ignites cells outside the bump",
    )
    reset_nS: float = parameter(
        30.0,
        "inhibitory conductance while the schedule resets the modules",
        chosen="ends every bump",
    )
    landmark_nS: float = parameter(
        5.0,
        "excitatory conductance at the lattice phase that a landmark commands",
        chosen="starts a bump there",
    )
    address_tau_ms: float = parameter(
        10.0,
        "decay of the conductance from hippocampal cells",
        chosen="AMPA and NMDA",
        low=0.5,
        high=500.0,
    )
    address_saturation_nS: float = parameter(
        20.0,
        "largest conductance that hippocampal cells can open at a point",
        chosen="all receptors open; well above what a code opens, so that votes are told apart",
        low=0.01,
    )
    activity_tau_ms: float = parameter(
        50.0,
        "decay of the trace of the spikes at a point, which plasticity reads",
        chosen="a few interspike intervals",
    )


@dataclass(frozen=True)
class GridInterneuronParameters(PointNeuron):
    """Hold the constants of the interneurons of a grid module."""

    leak_nS: float = redeclared(
        PointNeuron, "leak_nS", 10.0, chosen="fast-spiking cells have time constants of 5-10 ms"
    )
    refractory_period_ms: float = redeclared(
        PointNeuron, "refractory_period_ms", 1.0, chosen="fast-spiking cells"
    )
    noise_pA: float = parameter(
        60.0,
        "standard deviation of the current noise",
        chosen="takes the cells out of step",
        high=1000.0,
    )
    noise_tau_ms: float = parameter(
        10.0, "correlation time of that noise", chosen="synaptic background", high=1000.0
    )
    excitation_tau_ms: float = parameter(
        5.0,
        "decay of the excitatory conductance",
        chosen="AMPA on interneurons",
        low=0.5,
        high=500.0,
    )
    excitation_nS: float = parameter(
        1.0,
        "jump of that conductance at a spike of a grid cell",
        chosen="by hand, with the next: one bump, and interneurons well below their highest rate",
    )
    inhibition_nS: float = parameter(
        0.37,
        "jump of the conductance of all grid cells of the module at a spike; as much less as "
        "there are more interneurons",
        chosen="see excitation_nS",
    )


@dataclass(frozen=True)
class SpeedCellParameters(PointNeuron):
    """Hold the constants of the interneurons that fire with speed and shut out the hippocampus."""

    leak_nS: float = redeclared(
        PointNeuron, "leak_nS", 10.0, chosen="fast-spiking cells have time constants of 5-10 ms"
    )
    drive_pA: float = parameter(
        400.0,
        "current at a speed of 1",
        chosen="firing at about 130 Hz; speed cells are fast-spiking (Ye et al. 2018)",
    )
    closing: float = parameter(
        0.05,
        "what a spike adds to the presynaptic inhibition of the return projection; at 1 it is shut",
        chosen="ten cells shut it within 20 ms",
        low=0.0,
        high=100.0,
    )
    closing_tau_ms: float = parameter(
        60.0,
        "decay of that inhibition",
        chosen="GABA-B-like; the hippocampus has its say again some 100 ms into rest",
        high=5000.0,
    )


@dataclass(frozen=True)
class GridCircuitParameters:
    """Hold every number of grid modules."""

    periods: str = parameter(
        "3,4,5",
        "period of each module in steps, with commas between",
        source="Chandra et al. 2025 (Vector-HaSH): {3, 4, 5}",
        structural=True,
    )
    points_per_step: int = parameter(
        3,
        "points of a sheet on a step along each axis",
        chosen="the bump moves smoothly",
        low=1,
        high=20,
        structural=True,
    )
    n_directions: int = parameter(
        4,
        "cells at a point, one for each direction of movement: 4 along the axes of the sheet, or "
        "6, which move the bump alike in all directions; grid.recurrent_nS, moving_pA, holding_pA "
        "and grid_interneurons.excitation_nS go with it",
        chosen="addresses move along the axes",
        choices=(4, 6),
        structural=True,
    )
    interneurons_per_module: int = parameter(
        40,
        "number of interneurons of a module",
        chosen="inhibition without large fluctuations",
        low=1,
        high=1000,
        structural=True,
    )
    n_speed: int = parameter(
        10, "number of speed cells", chosen="a smooth signal", low=1, high=1000, structural=True
    )
    grid: GridCellParameters = field(default_factory=GridCellParameters)
    grid_interneurons: GridInterneuronParameters = field(default_factory=GridInterneuronParameters)
    speed: SpeedCellParameters = field(default_factory=SpeedCellParameters)

    @property
    def sheets(self) -> Sheets:
        """Geometry of the modules."""
        return Sheets(parsed_periods(self.periods), self.points_per_step, self.n_directions)

    @property
    def module_sizes(self) -> dict[str, int]:
        """Number of cells of every population of the modules."""
        sheets = self.sheets
        return {
            "grid": sheets.n_cells,
            "grid_interneurons": self.interneurons_per_module * len(sheets.periods),
            "speed": self.n_speed,
        }
