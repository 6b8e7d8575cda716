"""Parameters of the memories whose addresses come from grid modules."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import ClassVar

import numpy as np
from numpy.typing import NDArray

from hippokv.parameter import fraction, parameter
from hippokv.plasticity.accumulating_key_rule import AccumulatingKeyRule
from hippokv.plasticity.address_rules import RecruitmentRule, ReturnRule
from hippokv.plasticity.btsp_key_rule import BTSPKeyRule
from hippokv.plasticity.error_driven_value_rule import ErrorDrivenValueRule
from hippokv.plasticity.hebbian_value_rule import HebbianValueRule

from .cells.cholinergic_cells import CholinergicParameters
from .cells.hippocampal_cells import HippocampalParameters
from .cells.interneurons import PVParameters, SSTParameters
from .cells.pattern_cells import PatternCellParameters
from .grid.phase_codes import drawn_phases
from .grid_circuit_parameters import GridCircuitParameters
from .presets import preset_among
from .slot_memory_parameters import SlotMemoryParameters


@dataclass(frozen=True)
class AddressParameters:
    """Hold the constants of the projections between grid modules and hippocampus."""

    agreeing_share: float = fraction(
        0.05,
        "part of the ensembles of hippocampal cells on whose phases all modules can agree at an "
        "address",
        chosen="a sparse code of 5 %",
    )
    module_pA: float = parameter(
        100.0,
        "mean current into a cell from a module whose bump is at one of the cell's phases",
        chosen="five times what a logit of the competition takes",
    )
    bump_rate_Hz: float = parameter(
        1300.0,
        "summed rate of the cells of a bump",
        source="measured with the default numbers; it enters only through module_pA",
        high=100000.0,
    )
    patch_width_steps: float = parameter(
        0.35,
        "standard deviation of the patch of the sheet around a phase that reaches a cell, in steps",
        chosen="the bump",
        low=0.05,
        high=10.0,
    )
    address_tau_ms: float = parameter(
        20.0, "decay of that current", chosen="a mix of AMPA and NMDA", low=0.5, high=500.0
    )
    agreement_tau_ms: float = parameter(
        100.0,
        "decay of the same in the distal dendrite",
        chosen="NMDA receptors; averages over the spikes of a bump",
        low=0.5,
        high=2000.0,
    )
    imposed_pA: float = parameter(
        300.0,
        "current into a hippocampal cell on which the schedule imposes activity",
        chosen="as much as three modules that agree",
    )
    return_nS: float = parameter(
        0.45,
        "jump of the conductance of grid cells at a hippocampal spike, for a weight of 1",
        chosen="a whole code starts a bump within 100 ms",
    )
    return_inhibition_nS: float = parameter(
        0.75,
        "jump of the conductance of the modules' interneurons at a hippocampal spike",
        chosen="takes away what the votes of a code have in common",
    )


@dataclass(frozen=True)
class ScaffoldMemoryParameters(GridCircuitParameters, SlotMemoryParameters):
    """Hold every number of the scaffold memory: a dense layer that grid modules address."""

    # Its cells wait for modules at an address.
    takes_items: ClassVar[bool] = False

    preset: str = preset_among()
    n_inputs: int = parameter(
        200,
        "number of input units d, each an ON and an OFF cell",
        chosen="items of 200 bits",
        low=1,
        high=2000,
        structural=True,
    )
    n_outputs: int = parameter(
        200,
        "number of value units m, each an ON and an OFF cell",
        chosen="items are their own values",
        low=1,
        high=2000,
        structural=True,
    )
    n_slots: int = parameter(
        800,
        "number of ensembles of hippocampal cells",
        chosen="a dense layer",
        low=1,
        high=4000,
        structural=True,
    )
    cells_per_slot: int = parameter(
        1,
        "number of cells of an ensemble",
        chosen="each cell has phases of its own",
        low=1,
        high=100,
        structural=True,
    )
    n_sst: int = parameter(
        1,
        "number of SST cells",
        chosen="the agreement of the modules alone selects dendrites",
        low=1,
        high=1000,
        structural=True,
    )
    population_rate_Hz: float = parameter(
        30.0, "rate of an ensemble of the code", chosen="it enters the calibration by its logarithm"
    )
    synaptic_jitter: float = fraction(
        0.1,
        "standard deviation of the efficacy of a key synapse, relative",
        chosen="a realistic spread",
    )
    beta: float = parameter(
        2.0,
        "inverse temperature of the softmax at 40 inputs",
        chosen="the winners of a cue are the cells of one item",
        low=0.01,
        high=5.0,
    )
    value_pA: float = parameter(
        4000.0,
        "jump of the value current at a hippocampal spike",
        chosen="so large that a value cell tells the sign of what its code predicts",
        high=100000.0,
    )
    hippocampal: HippocampalParameters = field(
        default_factory=lambda: HippocampalParameters(
            instruction_pA=85.0,
            adaptation_jump_mV=0.0,
            priming_depth_mV=0.0,
            plateau_conductance_nS=0.0,
        )
    )
    pv: PVParameters = field(
        default_factory=lambda: PVParameters(excitation_pA=20.0, inhibition_nS=0.3)
    )
    sst: SSTParameters = field(default_factory=lambda: SSTParameters(onset_pA=0.0, plateau_pA=0.0))
    cortical: PatternCellParameters = field(
        default_factory=lambda: PatternCellParameters(resting_voltage_mV=-51.0, drive_pA=110.0)
    )
    # Cells with different thresholds, so that a low level, as in replay, releases little.
    cholinergic: CholinergicParameters = field(
        default_factory=lambda: CholinergicParameters(recruitment_spread=0.4)
    )
    address: AddressParameters = field(default_factory=AddressParameters)
    key_rule: BTSPKeyRule = field(
        default_factory=lambda: AccumulatingKeyRule(
            eligibility_tau_ms=400.0, eligibility_threshold=0.4
        )
    )
    # Small steps, and a prediction that needs small weights: many items fit between the bounds.
    value_rule: HebbianValueRule = field(
        default_factory=lambda: ErrorDrivenValueRule(learning_rate=0.03, prediction_gain=0.2)
    )
    return_rule: ReturnRule = field(default_factory=ReturnRule)
    recruitment_rule: RecruitmentRule = field(default_factory=RecruitmentRule)

    def phases(self, seed: int) -> NDArray[np.float64]:
        """Return which lattice phases reach which ensemble of cells, shape (ensembles, phases).

        Parameters
        ----------
        seed
            Seed of the network.
        """
        return drawn_phases(self.sheets, self.n_slots, self.address.agreeing_share, seed)

    def agreeing(self, seed: int, addresses: NDArray[np.integer]) -> NDArray[np.bool_]:
        """Return the ensembles on which all modules agree, shape (addresses, ensembles).

        Parameters
        ----------
        seed
            Seed of the network.
        addresses
            Phase of each module, shape (addresses, M).
        """
        at = self.phases(seed)[:, addresses + self.sheets.first_phase[:-1]]
        return np.asarray(at.all(axis=-1).T)

    def grid_inputs(self, seed: int) -> NDArray[np.float64]:
        """Return the fixed weights of grid cells, shape (hippocampal cells, grid cells).

        Parameters
        ----------
        seed
            Seed of the network.
        """
        sheets = self.sheets
        patches = self.phases(seed) @ sheets.profiles(self.address.patch_width_steps)
        weights: NDArray[np.float64] = np.minimum(patches, 1.0)[:, sheets.point_of_cell]
        return np.repeat(weights, self.cells_per_slot, axis=0)
