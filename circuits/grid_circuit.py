"""The grid circuit: attractor modules alone, for path integration."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any, ClassVar

import numpy as np
from numpy.typing import NDArray

from hippokv.errors import InputError

from .grid_circuit_parameters import GridCircuitParameters
from .grid_modules import grid_modules, grid_values
from .known_circuits import KnownCircuit
from .manipulations import Manipulation, manipulation_widths
from .recorded_network import recorded_network
from .sheet_geometry import Sheets
from .slot_memory_checks import check_resets

if TYPE_CHECKING:
    from brian2 import Network


@dataclass(frozen=True)
class GridCircuit:
    """Describe grid modules, to be compiled once and run on many schedules.

    Parameters
    ----------
    parameters
        Every number of the circuit.
    """

    parameters: GridCircuitParameters

    name: ClassVar[str] = "grid_circuit"
    populations: ClassVar[tuple[str, ...]] = ("grid", "grid_interneurons", "speed")
    events: ClassVar[Mapping[str, str]] = {}
    projections: ClassVar[tuple[str, ...]] = ()
    rows_are_post: ClassVar[tuple[str, ...]] = ()
    manipulable: ClassVar[tuple[str, ...]] = populations
    all_to_all: ClassVar[tuple[str, ...]] = ("closing",)
    driven: ClassVar[tuple[str, ...]] = ("landmark",)

    @cached_property
    def sheets(self) -> Sheets:
        """Geometry of the modules."""
        return self.parameters.sheets

    @property
    def sizes(self) -> dict[str, int]:
        """Number of cells of every population."""
        return self.parameters.module_sizes

    @property
    def widths(self) -> dict[str, int]:
        """Channels of the schedule and their widths."""
        return {
            **self.parameters.module_widths,
            **manipulation_widths(self.sizes, self.projections),
        }

    @property
    def ensembles(self) -> dict[str, int]:
        """Number of groups of cells side by side that do the same: the cells themselves."""
        return self.sizes

    @property
    def structure(self) -> dict[str, int]:
        """What shapes the generated code."""
        return self.parameters.module_structure | self.sizes

    def check(self) -> None:
        """Make sure that the parameters fit together and the circuit is not too large.

        Raises
        ------
        InputError
            For the first parameter that cannot be used.
        """
        check_modules(self.parameters)

    def weight_shapes(self) -> dict[str, tuple[int, int]]:
        """Return the shape of each plastic projection: there is none."""
        return {}

    def values(self) -> dict[str, float | NDArray[np.float64]]:
        """Return everything that is set at run time, by ``object.variable``, in SI units."""
        return dict(self._values)

    @cached_property
    def _values(self) -> dict[str, float | NDArray[np.float64]]:
        return grid_values(self.parameters)

    def build(
        self, functions: dict[str, Any], manipulations: Sequence[Manipulation] | None = None
    ) -> Network:
        """Assemble the Brian2 network.

        Parameters
        ----------
        functions
            Functions by which equations read the schedule, one a channel.
        manipulations
            Those that the schedule may have; any at all, where it is not known yet.
        """
        cells, shared, synapses = grid_modules(self.parameters, functions)
        return recorded_network(cells, shared, synapses, manipulations)


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
    check_resets(parameters, ("grid", "grid_interneurons", "speed"), "circuit.")


CIRCUIT = KnownCircuit(GridCircuit, GridCircuitParameters)
