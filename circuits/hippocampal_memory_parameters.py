"""Parameters of the whole circuit."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import ClassVar

import numpy as np
from numpy.typing import NDArray

from hippokv.parameter import parameter, redeclared
from hippokv.plasticity.address_rules import RecruitmentRule, ReturnRule
from hippokv.plasticity.btsp_key_rule import BTSPKeyRule
from hippokv.plasticity.hebbian_value_rule import HebbianValueRule

from .cells.cholinergic_cells import CholinergicParameters
from .cells.hippocampal_cells import HippocampalParameters
from .cells.interneurons import PVParameters, SSTParameters
from .cells.onset_cells import OnsetCellParameters
from .cells.path_cells import PathCellParameters
from .cells.pattern_cells import PatternCellParameters
from .grid.path_addresses import slot_phases
from .scaffold_memory_parameters import AddressParameters, ScaffoldMemoryParameters
from .slot_memory_parameters import SlotMemoryParameters


@dataclass(frozen=True)
class HippocampalMemoryParameters(ScaffoldMemoryParameters):
    """Hold every number of the whole circuit: the slot memory, its slots addressed by modules."""

    # The path holds its modules at an address at any time.
    takes_items: ClassVar[bool] = True

    n_inputs: int = redeclared(SlotMemoryParameters, "n_inputs")
    n_outputs: int = redeclared(SlotMemoryParameters, "n_outputs")
    n_slots: int = parameter(
        40,
        "number of hippocampal slots N, each wired to addresses of the path",
        source="Tyulmankov et al. 2021, Fig 2: N = 40",
        low=1,
        high=2000,
        structural=True,
    )
    cells_per_slot: int = redeclared(SlotMemoryParameters, "cells_per_slot")
    n_sst: int = redeclared(SlotMemoryParameters, "n_sst")
    n_path: int = parameter(
        10, "number of path cells", chosen="a smooth command", low=1, high=1000, structural=True
    )
    n_onset: int = parameter(
        10, "number of onset cells", chosen="a smooth inhibition", low=1, high=1000, structural=True
    )
    selection: str = parameter(
        "address",
        "which slot takes a new item: the one on which the modules agree",
        source="Gershman, Fiete & Irie 2025, Box 1",
        choices=("address",),
    )
    beta: float = redeclared(SlotMemoryParameters, "beta")
    population_rate_Hz: float = redeclared(SlotMemoryParameters, "population_rate_Hz")
    value_pA: float = redeclared(SlotMemoryParameters, "value_pA")
    start_nS: float = parameter(
        15.0,
        "recurrent conductance in the middle of each bump when a run begins",
        chosen="about that of a bump; the modules start at the first address of the path",
    )
    hippocampal: HippocampalParameters = field(
        default_factory=lambda: HippocampalParameters(
            instruction_pA=115.0, adaptation_jump_mV=0.0, priming_depth_mV=0.0
        )
    )
    pv: PVParameters = field(default_factory=PVParameters)
    sst: SSTParameters = field(default_factory=SSTParameters)
    cortical: PatternCellParameters = field(default_factory=PatternCellParameters)
    cholinergic: CholinergicParameters = field(default_factory=CholinergicParameters)
    path: PathCellParameters = field(default_factory=PathCellParameters)
    onset: OnsetCellParameters = field(default_factory=OnsetCellParameters)
    address: AddressParameters = field(
        default_factory=lambda: AddressParameters(
            module_pA=30.0, return_nS=2.0, return_inhibition_nS=3.5
        )
    )
    key_rule: BTSPKeyRule = field(default_factory=BTSPKeyRule)
    value_rule: HebbianValueRule = field(default_factory=HebbianValueRule)
    return_rule: ReturnRule = field(default_factory=lambda: ReturnRule(depression=1.0))
    recruitment_rule: RecruitmentRule = field(
        default_factory=lambda: RecruitmentRule(learning_rate=0.0)
    )

    def phases(self, seed: int = 0) -> NDArray[np.float64]:
        """Return which lattice phases reach which slot, (slots, phases), whatever the seed."""
        return slot_phases(self.sheets, self.n_slots)
