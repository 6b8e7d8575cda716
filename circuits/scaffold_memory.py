"""The scaffold memory: grid modules address a dense hippocampal layer that holds keys and values.

The modules and the hippocampal layer make a scaffold: the bumps drive the hippocampal cells on which
all modules agree, and the return projection pulls the bumps to the address of the active cells. To
store an item, the modules are at an address; under acetylcholine and instruction the cells on which
they agree start plateaus, so their keys take up what entorhinal cells fire, and their values are
corrected towards what cortical cells fire. To recall, a cue drives the layer through the keys, the
return projection sets the modules, and these bring back the code of the address.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any, ClassVar

import numpy as np
from numpy.typing import NDArray

from hippokv.plasticity.address_rules import RecruitmentRule

from .addressing import address_projections, address_values, drawn_phases, grid_input_weights
from .grid_circuit import check_modules
from .grid_modules import grid_modules, grid_values
from .known_circuits import KnownCircuit
from .scaffold_memory_parameters import ScaffoldMemoryParameters
from .sheet_geometry import Sheets
from .slot_memory import SlotMemory
from .slot_memory_checks import check_resets, check_size

if TYPE_CHECKING:
    from brian2 import NeuronGroup, Synapses


@dataclass(frozen=True)
class ScaffoldMemory(SlotMemory):
    """Describe a scaffold memory, to be compiled once and run on many schedules.

    Parameters
    ----------
    parameters
        Every number of the circuit.
    """

    parameters: ScaffoldMemoryParameters

    name: ClassVar[str] = "scaffold_memory"
    populations: ClassVar[tuple[str, ...]] = (
        *SlotMemory.populations,
        "grid",
        "grid_interneurons",
        "speed",
    )
    projections: ClassVar[tuple[str, ...]] = (*SlotMemory.projections, "grid_inputs", "returns")
    rows_are_post: ClassVar[tuple[str, ...]] = (*SlotMemory.rows_are_post, "grid_inputs")
    manipulable: ClassVar[tuple[str, ...]] = populations
    all_to_all: ClassVar[tuple[str, ...]] = (
        *SlotMemory.all_to_all,
        "grid_inputs",
        "returns",
        "return_inhibition",
        "closing",
    )
    addressed: ClassVar[bool] = True
    centred_keys: ClassVar[bool] = True

    @cached_property
    def sheets(self) -> Sheets:
        """Geometry of the modules."""
        return self.parameters.sheets

    @property
    def widths(self) -> dict[str, int]:
        """Channels of the schedule and their widths."""
        return {
            **self.parameters.module_widths,
            "hippocampal": self.sizes["hippocampal"],
            **super().widths,
        }

    @property
    def sizes(self) -> dict[str, int]:
        """Number of cells of every population."""
        return {**super().sizes, **self.parameters.module_sizes}

    @property
    def structure(self) -> dict[str, int]:
        """What shapes the generated code."""
        return {**self.parameters.module_structure, **super().structure}

    def check(self) -> None:
        """Make sure that the parameters fit together and the circuit is not too large.

        Raises
        ------
        InputError
            For the first parameter that cannot be used.
        """
        check_modules(self.parameters)
        check_size(self.parameters, self.sizes, self.slots_key)
        check_resets(self.parameters, SlotMemory.populations, self.slots_key)

    def weight_shapes(self) -> dict[str, tuple[int, int]]:
        """Return the shape of each plastic projection as (pre cells, post cells)."""
        size = self.sizes
        return {
            **super().weight_shapes(),
            "grid_inputs": (size["grid"], size["hippocampal"]),
            "returns": (size["hippocampal"], self.sheets.n_points),
        }

    @property
    def bias_pA(self) -> float:
        """Tonic current that puts cells on which all modules agree at the operating voltage."""
        circuit, calibration = self.parameters, self.calibration
        agreed = len(self.sheets.periods) * circuit.address.module_pA
        return calibration.resting_bias_pA - agreed

    def phases(self, seed: int) -> NDArray[np.float64]:
        """Return which lattice phases reach which ensemble of cells, shape (ensembles, phases).

        Parameters
        ----------
        seed
            Seed of the network.
        """
        circuit = self.parameters
        return drawn_phases(self.sheets, circuit.n_slots, circuit.address.agreeing_share, seed)

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
        """Return the fixed random weights of grid cells, shape (hippocampal cells, grid cells).

        Parameters
        ----------
        seed
            Seed of the network.
        """
        return grid_input_weights(self.parameters, self.phases(seed))

    def _memory_values(self) -> dict[str, float | NDArray[np.float64]]:
        circuit = self.parameters
        found = super()._memory_values()
        found["hippocampal.bias"] = self.bias_pA * 1e-12
        found |= grid_values(circuit)
        return found | address_values(circuit)

    def assembled(
        self, functions: dict[str, Any], heading: NeuronGroup | None = None
    ) -> tuple[dict[str, Any], list[Any], list[Synapses]]:
        """Return the populations by name, other groups, and the projections between them.

        Parameters
        ----------
        functions
            Functions by which equations read the schedule, one a channel.
        heading
            Commands a velocity beside the schedule's, see :func:`.grid_modules.grid_modules`.
        """
        circuit = self.parameters
        cells, others, synapses = super().assembled(functions)
        modules, shared, within = grid_modules(
            circuit,
            functions,
            RecruitmentRule.presynaptic_equations + "trace_tau : second (shared)\n",
            RecruitmentRule.on_presynaptic_spike,
            heading=heading,
        )
        between = address_projections(
            circuit, modules["grid"], shared[0], shared[1], cells["hippocampal"], functions
        )
        return cells | modules, [*others, *shared], [*synapses, *within, *between]


CIRCUIT = KnownCircuit(ScaffoldMemory, ScaffoldMemoryParameters)
