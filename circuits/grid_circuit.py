"""The grid circuit: attractor modules alone, for path integration."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING, Any, ClassVar

import numpy as np
from numpy.typing import NDArray

from hippokv.errors import InputError
from hippokv.parameter import parameter

from .grid_modules import (
    GridCellParameters,
    GridInterneuronParameters,
    SpeedCellParameters,
    grid_modules,
    grid_values,
)
from .known_circuits import KnownCircuit
from .manipulable_cells import let_be_manipulated
from .manipulations import Manipulation, manipulation_widths, opsins_in
from .opsins import OPSINS
from .sheet_geometry import Sheets, parsed_periods
from .slot_memory_checks import check_resets

if TYPE_CHECKING:
    from brian2 import Network


@dataclass(frozen=True)
class GridCircuitParameters:
    """Hold every number of the grid circuit."""

    # fmt: off
    periods: str = parameter("3,4,5", "period of each module in steps, with commas between", "Chandra et al. 2025 (Vector-HaSH): {3, 4, 5}", structural=True)
    points_per_step: int = parameter(3, "points of a sheet on a step along each axis", "chosen: the bump moves smoothly", low=1, high=20, structural=True)
    n_directions: int = parameter(4, "cells at a point, one for each direction of movement: 4 along the axes of the sheet, or 6, which move the bump alike in all directions; grid.recurrent_nS, moving_pA, holding_pA and grid_interneurons.excitation_nS go with it", "chosen: addresses move along the axes", choices=(4, 6), structural=True)
    interneurons_per_module: int = parameter(40, "number of interneurons of a module", "chosen: inhibition without large fluctuations", low=1, high=1000, structural=True)
    n_speed: int = parameter(10, "number of speed cells", "chosen: a smooth signal", low=1, high=1000, structural=True)
    grid: GridCellParameters = field(default_factory=GridCellParameters)
    grid_interneurons: GridInterneuronParameters = field(default_factory=GridInterneuronParameters)
    speed: SpeedCellParameters = field(default_factory=SpeedCellParameters)
    # fmt: on

    @property
    def sheets(self) -> Sheets:
        """Geometry of the modules."""
        return Sheets(parsed_periods(self.periods), self.points_per_step, self.n_directions)


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
        circuit = self.parameters
        return {
            "grid": self.sheets.n_cells,
            "grid_interneurons": circuit.interneurons_per_module * len(self.sheets.periods),
            "speed": circuit.n_speed,
        }

    @property
    def widths(self) -> dict[str, int]:
        """Channels of the schedule and their widths."""
        return {
            "velocity": 2,
            "reset": 1,
            "landmark": self.sheets.n_phases,
            **manipulation_widths(self.sizes, self.projections),
        }

    @property
    def ensembles(self) -> dict[str, int]:
        """Number of groups of cells side by side that do the same: the cells themselves."""
        return self.sizes

    @property
    def structure(self) -> dict[str, int]:
        """What shapes the generated code."""
        return structure_of(self.sheets, self.parameters.grid) | self.sizes

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
        circuit = self.parameters
        return grid_values(self.sheets, circuit.grid, circuit.grid_interneurons, circuit.speed)

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
        from brian2 import Network, SpikeMonitor

        circuit = self.parameters
        cells, shared, synapses = grid_modules(
            self.sheets, circuit.grid, circuit.grid_interneurons, circuit.speed,
            circuit.interneurons_per_module, circuit.n_speed, functions,
        )  # fmt: skip
        rows = manipulations
        for group in cells.values():
            if rows is None or any(row.target == group.name for row in rows):
                let_be_manipulated(group, OPSINS if rows is None else opsins_in(rows))
        monitors = [SpikeMonitor(group, name=f"spikes_{name}") for name, group in cells.items()]
        return Network(*cells.values(), *shared, *synapses, *monitors)


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


def structure_of(sheets: Sheets, cell: GridCellParameters) -> dict[str, int]:
    """Return what of grid modules shapes the generated code."""
    periods = {f"period_{number}": period for number, period in enumerate(sheets.periods)}
    return {
        **periods,
        "points_per_step": sheets.points_per_step,
        "n_directions": sheets.n_directions,
        "reach_mils": round(1000 * cell.reach_steps),
    }


CIRCUIT = KnownCircuit(GridCircuit, GridCircuitParameters)
