"""The grid circuit: attractor modules alone, for path integration."""

from __future__ import annotations

from functools import lru_cache
from typing import Any

from hippokv.errors import InputError

from .circuit import Circuit
from .grid.grid_modules import grid_modules
from .grid_circuit_parameters import GridCircuitParameters
from .known_circuits import KnownCircuit
from .slot_memory_checks import check_resets


@lru_cache(maxsize=4)
def grid_circuit(parameters: GridCircuitParameters) -> Circuit:
    """Return grid modules alone.

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
    return Circuit("grid_circuit", grid_modules(parameters), parameters)


#: Above this, the sheets would need more memory than a usual machine has.
MOST_GRID_CELLS = 100_000


def check_modules(parameters: Any) -> None:
    """Make sure that periods can be read, the sheets are not too large, and no cell fires for ever.

    Parameters
    ----------
    parameters
        Parameters of a circuit with grid modules.

    Raises
    ------
    InputError
        For the first parameter that cannot be used.
    """
    try:
        cells = parameters.sheets.n_cells
    except ValueError:
        raise InputError(
            "circuit.periods", parameters.periods,
            "must be whole numbers from 2 to 20 with commas between, like 3,4,5",
        ) from None  # fmt: skip
    if cells > MOST_GRID_CELLS:
        raise InputError(
            "circuit.points_per_step", parameters.points_per_step,
            f"must give at most {MOST_GRID_CELLS} grid cells for these periods",
        )  # fmt: skip
    check_resets(parameters, ("grid", "grid_interneurons", "speed"))


CIRCUIT = KnownCircuit(grid_circuit, GridCircuitParameters)
