"""The scaffold memory: grid modules address a dense hippocampal layer that holds keys and values.

The modules and the hippocampal layer make a scaffold: the bumps drive the hippocampal cells on
which all modules agree, and the return projection pulls the bumps to the address of the active
cells. To store an item, the modules are at an address; under acetylcholine and instruction the
cells on which they agree start plateaus, so their keys take up what entorhinal cells fire, and
their values are corrected towards what cortical cells fire. To recall, a cue drives the layer
through the keys, the return projection sets the modules, and these bring back the code of the
address.
"""

from __future__ import annotations

from functools import lru_cache

from .circuit import Circuit
from .grid.addressing import address_constants, address_projections
from .grid.grid_modules import grid_modules
from .grid_circuit import check_modules
from .known_circuits import KnownCircuit
from .scaffold_memory_parameters import ScaffoldMemoryParameters
from .slot_memory import CELLS, memory_parts
from .slot_memory_checks import check_alike, check_keys, check_resets, check_size
from .slot_memory_parameters import Calibration


@lru_cache(maxsize=4)
def scaffold_memory(parameters: ScaffoldMemoryParameters) -> Circuit:
    """Return a scaffold memory.

    Parameters
    ----------
    parameters
        Every number of the circuit.

    Raises
    ------
    InputError
        For the first parameter that cannot be used.
    """
    check_modules(parameters)
    check_size(parameters, sum(parameters.module_sizes.values()))
    check_keys(parameters)
    check_resets(parameters, CELLS)
    check_alike(parameters)
    # Cells on which all modules agree are at the operating voltage.
    agreed_pA = len(parameters.sheets.periods) * parameters.address.module_pA
    bias_pA = Calibration(parameters).resting_bias_pA - agreed_pA
    return Circuit(
        "scaffold_memory",
        (
            *memory_parts(parameters, bias_pA, address_constants(parameters), centred_keys=True),
            *grid_modules(parameters),
            *address_projections(parameters),
        ),
        parameters,
    )


CIRCUIT = KnownCircuit(scaffold_memory, ScaffoldMemoryParameters)
