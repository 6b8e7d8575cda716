"""The outcome of mapping: maps, autocorrelograms, gridness and lattices of some cells of a run."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from hippokv.arrays import Array
from hippokv.circuits.recording import SpikeTrain
from hippokv.parameter import parameter

from .autocorrelograms import autocorrelograms
from .gridness import Gridness, gridness
from .lattice import Lattice, lattices, mean_orientation_deg
from .rate_maps import MapParameters, mapped_path, rate_maps_of
from .shuffle_null import shuffled_gridness, thresholds
from .trajectory import PathSpikes, Trajectory, spikes_on_path


@dataclass(frozen=True)
class FiringParameters:
    """Hold which cells are mapped, and how."""

    mapped_cells: int = parameter(
        100,
        "number of cells whose firing is mapped, drawn at random",
        chosen="the share of grid cells within 5 %",
        low=1,
        high=100_000,
    )
    shuffles: int = parameter(
        100,
        "shifts of each cell's spikes for the null distribution of gridness",
        source="Langston et al. 2010: 100 a cell",
        low=20,
        high=10_000,
    )
    maps: MapParameters = field(default_factory=MapParameters)


@dataclass(frozen=True)
class FiringOutcome:
    """Hold where cells fire, and how much like a grid.

    Parameters
    ----------
    cells
        Cells that were mapped, shape (cells,).
    spikes
        Spikes of all cells on the path.
    maps
        Rate maps in Hz, shape (cells, bins, bins), rows along y.
    autocorrelograms
        Their autocorrelograms, shape (cells, 2 bins - 1, 2 bins - 1).
    gridness
        Gridness, with the annulus it comes from.
    null
        Gridness of the shuffles of each cell, shape (cells, shuffles).
    lattice
        Spacing and orientation.
    """

    cells: NDArray[np.int64]
    spikes: PathSpikes
    maps: Array
    autocorrelograms: Array
    bin_cm: float
    gridness: Gridness
    null: Array
    lattice: Lattice

    @property
    def grid_cells(self) -> NDArray[np.bool_]:
        """Cells whose gridness is above the 95th percentile of their own shuffles."""
        above: NDArray[np.bool_] = self.gridness.score > thresholds(self.null)
        return above


def firing_outcome(
    spikes: SpikeTrain,
    trajectory: Trajectory,
    stream: np.random.Generator,
    parameters: FiringParameters | None = None,
) -> FiringOutcome:
    """Return where some cells of a population fire, and how much like a grid.

    Parameters
    ----------
    stream
        Random numbers that choose the cells and the shuffles.
    parameters
        How many, and how finely they are mapped.
    """
    parameters = parameters or FiringParameters()
    on_path = spikes_on_path(spikes, trajectory)
    cells = np.sort(stream.permutation(spikes.size)[: parameters.mapped_cells])
    path = mapped_path(trajectory, parameters.maps)
    maps = rate_maps_of(on_path, cells, path)
    images = autocorrelograms(maps)
    found = gridness(images, path.bin_cm)
    null = shuffled_gridness(on_path, cells, path, trajectory.step_ms, parameters.shuffles, stream)
    lattice = lattices(images, found.inner_cm, path.bin_cm)
    return FiringOutcome(cells, on_path, maps, images, path.bin_cm, found, null, lattice)


def firing_scores(outcome: FiringOutcome) -> dict[str, float]:
    """Return the scores of mapped cells, by name; see ``METRIC_MEANINGS`` for what they mean."""
    return {
        "gridness": _median(outcome.gridness.score),
        "gridness_shuffled": _median(outcome.null),
        "grid_cells": float(outcome.grid_cells.mean()),
        "spacing_cm": _median(outcome.lattice.spacing_cm),
        "orientation_deg": mean_orientation_deg(outcome.lattice.orientation_deg),
    }


def _median(values: Array) -> float:
    known = values[np.isfinite(values)]
    return float(np.median(known)) if known.size else float("nan")
