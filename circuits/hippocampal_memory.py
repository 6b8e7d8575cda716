"""The whole circuit: grid modules say which slot of hippocampal cells takes an item.

The modules are at an address. While an item is shown under acetylcholine, the instruction excites
the dendrites of the slot on which all modules agree, and its plateau opens keys, values and return
projection for writing. When acetylcholine ends, path cells move the modules on. A cue drives the
slots through their keys as in the slot memory; the winner sends the modules back to the address at
which it was written, and these support it.
"""

from __future__ import annotations

from dataclasses import replace
from functools import lru_cache, partial

import numpy as np
from numpy.typing import NDArray

from hippokv.errors import InputError

from .cells.onset_cells import onset_cells
from .cells.path_cells import path_cells
from .circuit import Circuit
from .grid.addressing import address_constants, address_projections
from .grid.grid_modules import grid_modules
from .grid.path_addresses import lap, numbers_of_slots, path_address
from .grid_circuit import check_modules
from .hippocampal_memory_parameters import HippocampalMemoryParameters
from .known_circuits import KnownCircuit
from .population import Part
from .slot_memory import CELLS, memory_parts
from .slot_memory_checks import check_alike, check_keys, check_resets, check_size
from .slot_memory_parameters import Calibration


@lru_cache(maxsize=4)
def hippocampal_memory(parameters: HippocampalMemoryParameters) -> Circuit:
    """Return the whole circuit.

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
    others = sum(parameters.module_sizes.values()) + parameters.n_path + parameters.n_onset
    check_size(parameters, others)
    check_keys(parameters)
    check_resets(parameters, (*CELLS, "path", "onset"))
    _check_slots(parameters)
    check_alike(parameters)
    # What the modules add is small against a cue: the tonic current is that of the slot memory.
    bias_pA = Calibration(parameters).bias_pA
    return Circuit(
        "hippocampal_memory",
        (
            *memory_parts(parameters, bias_pA, address_constants(parameters)),
            *path_cells(parameters.path, parameters.n_path),
            *at_the_first_address(grid_modules(parameters, commanded=True), parameters),
            *wired_to_the_path(address_projections(parameters), parameters),
            *onset_cells(parameters.onset, parameters.n_onset),
        ),
        parameters,
    )


def at_the_first_address(
    modules: tuple[Part, ...], parameters: HippocampalMemoryParameters
) -> tuple[Part, ...]:
    """Return modules with a bump at the first address of the path when a run begins."""
    sheets = parameters.sheets
    start = sheets.first_phase[:-1] + np.array(path_address(sheets, 0))
    bumps = sheets.profiles(parameters.address.patch_width_steps)[start].sum(axis=0)
    initial = {"recurrent": parameters.start_nS * 1e-9 * bumps}
    return tuple(
        replace(part, initial={**part.initial, **initial}) if part.name == "sheet" else part
        for part in modules
    )


def wired_to_the_path(
    projections: tuple[Part, ...], parameters: HippocampalMemoryParameters
) -> tuple[Part, ...]:
    """Return projections in which each slot hears the phases of its addresses."""
    weight = partial(_fixed_inputs, parameters)
    return tuple(
        replace(part, initial={**part.initial, "weight": weight})
        if part.name == "grid_inputs"
        else part
        for part in projections
    )


def _fixed_inputs(parameters: HippocampalMemoryParameters) -> NDArray[np.float64]:
    """Return the weight of each synapse from a grid cell."""
    return np.ascontiguousarray(parameters.grid_inputs(0).T).ravel()


def _check_slots(parameters: HippocampalMemoryParameters) -> None:
    able = numbers_of_slots(parameters.sheets)
    if parameters.n_slots not in able:
        raise InputError(
            "circuit.n_slots", parameters.n_slots,
            f"must be one of {', '.join(map(str, able))}: then each of the "
            f"{lap(parameters.sheets)} addresses of the path with the periods "
            f"{parameters.periods} has one slot",
        )  # fmt: skip


CIRCUIT = KnownCircuit(hippocampal_memory, HippocampalMemoryParameters)
