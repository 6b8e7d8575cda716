"""Parameters of grid modules, alone or in a memory."""

from __future__ import annotations

from dataclasses import dataclass, field

from hippokv.parameter import parameter

from .grid_modules import GridCellParameters, GridInterneuronParameters, SpeedCellParameters
from .sheet_geometry import Sheets, parsed_periods


@dataclass(frozen=True)
class GridCircuitParameters:
    """Hold every number of grid modules."""

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

    @property
    def module_sizes(self) -> dict[str, int]:
        """Number of cells of every population of the modules."""
        sheets = self.sheets
        return {
            "grid": sheets.n_cells,
            "grid_interneurons": self.interneurons_per_module * len(sheets.periods),
            "speed": self.n_speed,
        }

    @property
    def module_widths(self) -> dict[str, int]:
        """Channels of the schedule that the modules read, and their widths."""
        return {"velocity": 2, "reset": 1, "landmark": self.sheets.n_phases}

    @property
    def module_structure(self) -> dict[str, int]:
        """What of the modules shapes the generated code."""
        sheets = self.sheets
        periods = {f"period_{number}": period for number, period in enumerate(sheets.periods)}
        return {
            **periods,
            "points_per_step": sheets.points_per_step,
            "n_directions": sheets.n_directions,
            "reach_mils": round(1000 * self.grid.reach_steps),
        }
