"""The whole circuit: grid modules say which slot of hippocampal cells takes an item.

The modules are at an address. While an item is shown under acetylcholine, the instruction excites
the dendrites of the slot on which all modules agree, and its plateau opens keys, values and return
projection for writing. When acetylcholine ends, path cells move the modules on. A cue drives the
slots through their keys as in the slot memory; the winner sends the modules back to the address at
which it was written, and these support it.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, ClassVar

import numpy as np
from numpy.typing import NDArray

from hippokv.errors import InputError

from .hippocampal_memory_parameters import HippocampalMemoryParameters
from .known_circuits import KnownCircuit
from .onset_cells import onset_cells, onset_projections, onset_values
from .path_addresses import lap, numbers_of_slots, path_address, slot_phases
from .path_cells import path_cells, path_projections, path_values
from .scaffold_memory import ScaffoldMemory
from .slot_memory_checks import check_resets

if TYPE_CHECKING:
    from brian2 import NeuronGroup, Synapses


@dataclass(frozen=True)
class HippocampalMemory(ScaffoldMemory):
    """Describe the whole circuit, to be compiled once and run on many schedules.

    Parameters
    ----------
    parameters
        Every number of the circuit.
    """

    parameters: HippocampalMemoryParameters

    name: ClassVar[str] = "hippocampal_memory"
    populations: ClassVar[tuple[str, ...]] = (*ScaffoldMemory.populations, "path", "onset")
    manipulable: ClassVar[tuple[str, ...]] = populations
    all_to_all: ClassVar[tuple[str, ...]] = (
        *ScaffoldMemory.all_to_all,
        "path_holding",
        "commanding",
        "onset_holding",
        "starting",
        "clearing",
    )
    centred_keys: ClassVar[bool] = False

    @property
    def sizes(self) -> dict[str, int]:
        """Number of cells of every population."""
        circuit = self.parameters
        return {**super().sizes, "path": circuit.n_path, "onset": circuit.n_onset}

    @property
    def bias_pA(self) -> float:
        """Tonic current of the slot memory: what the modules add is small against a cue."""
        return self.calibration.bias_pA

    def check(self) -> None:
        """Make sure that the parameters fit together and the circuit is not too large.

        Raises
        ------
        InputError
            For the first parameter that cannot be used.
        """
        super().check()
        check_resets(self.parameters, ("path", "onset"), self.slots_key)
        able = numbers_of_slots(self.sheets)
        if self.parameters.n_slots not in able:
            raise InputError(
                f"{self.slots_key}n_slots", self.parameters.n_slots,
                f"must be one of {', '.join(map(str, able))}: then each of the {lap(self.sheets)} "
                f"addresses of the path with the periods {self.parameters.periods} has one slot",
            )  # fmt: skip

    def phases(self, seed: int = 0) -> NDArray[np.float64]:
        """Return which lattice phases reach which slot, shape (slots, phases): no seed draws them."""
        return slot_phases(self.sheets, self.parameters.n_slots)

    def _memory_values(self) -> dict[str, float | NDArray[np.float64]]:
        circuit = self.parameters
        found = super()._memory_values()
        found |= path_values(circuit.path) | onset_values(circuit.onset)
        found["grid_inputs.weight"] = np.ascontiguousarray(self.grid_inputs(0).T).ravel()
        start = self.sheets.first_phase[:-1] + np.array(path_address(self.sheets, 0))
        bumps = self.sheets.profiles(circuit.address.patch_width_steps)[start].sum(axis=0)
        found["sheet.recurrent"] = circuit.start_nS * 1e-9 * bumps
        return found

    def assembled(
        self, functions: dict[str, Any], heading: NeuronGroup | None = None
    ) -> tuple[dict[str, Any], list[Any], list[Synapses]]:
        """Return the populations by name, other groups, and the projections between them.

        Parameters
        ----------
        functions
            Functions by which equations read the schedule, one a channel.
        heading
            Not used: path cells command.
        """
        circuit = self.parameters
        path, heading = path_cells(circuit.path, circuit.n_path, functions)
        cells, others, synapses = super().assembled(functions, heading)
        onset = onset_cells(circuit.onset, circuit.n_onset, functions)
        cholinergic = cells["cholinergic"]
        module = next(group for group in others if group.name == "module")
        moving = path_projections(cholinergic, path, heading)
        clearing = onset_projections(cholinergic, cells["entorhinal"], onset, module)
        cells = {**cells, "path": path, "onset": onset}
        return cells, [*others, heading], [*synapses, *moving, *clearing]


CIRCUIT = KnownCircuit(HippocampalMemory, HippocampalMemoryParameters)
