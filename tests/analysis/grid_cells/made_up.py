"""Walks and cells that are made up, so that what should be found in them is known."""

from __future__ import annotations

from collections.abc import Callable
from functools import cache

import numpy as np
from numpy.typing import NDArray

from hippokv.analysis.grid_cells.sheet import Sheet, along_the_axes, nearest_image, on_the_plane
from hippokv.analysis.grid_cells.trajectory import PathSpikes, Trajectory
from hippokv.circuits.recording import SpikeTrain
from hippokv.protocols.parts.trajectories import TrajectoryParameters, draw_trajectory

Rates = Callable[[NDArray[np.float64]], NDArray[np.float64]]

#: Standard deviation of a bump in periods.
BUMP = 0.15


@cache
def walk(duration_s: float, seed: int = 0, start_s: float = 0.0) -> Trajectory:
    """Return a walk through a box of 1 m."""
    return draw_trajectory(TrajectoryParameters(duration_s=duration_s), seed, start_s)


def grid_cell(
    spacing_cm: float, orientation_deg: float, phase_cm: NDArray[np.float64], peak_hz: float = 15.0
) -> Rates:
    """Return the rate of an ideal grid cell: three plane waves, 60 degrees apart, added up."""
    turns = np.deg2rad(orientation_deg + np.array([30.0, 90.0, 150.0]))
    waves = 4 * np.pi / (np.sqrt(3) * spacing_cm) * np.stack([np.cos(turns), np.sin(turns)])

    def rates(place_cm: NDArray[np.float64]) -> NDArray[np.float64]:
        height = np.cos((place_cm - phase_cm) @ waves).sum(axis=1)
        return peak_hz * ((height + 1.5) / 4.5) ** 2

    return rates


def place_cell(centre_cm: NDArray[np.float64], peak_hz: float = 12.0) -> Rates:
    """Return the rate of a cell with one field."""

    def rates(place_cm: NDArray[np.float64]) -> NDArray[np.float64]:
        return peak_hz * np.exp(-((place_cm - centre_cm) ** 2).sum(axis=1) / (2 * 12.0**2)) + 0.2

    return rates


def fired(trajectory: Trajectory, cells: list[Rates], stream: np.random.Generator) -> PathSpikes:
    """Return Poisson spikes of cells along a walk."""
    expected = np.array([rates(trajectory.mid_position_cm) for rates in cells])
    count = stream.poisson(expected * trajectory.step_ms / 1e3)
    cell, step = np.nonzero(count)
    times = count[cell, step]
    step, cell = np.repeat(step, times), np.repeat(cell, times)
    order = np.argsort(step, kind="stable")
    return PathSpikes(step[order], cell[order], len(cells))


def train(spikes: PathSpikes, trajectory: Trajectory, stream: np.random.Generator) -> SpikeTrain:
    """Return spikes as they are recorded, anywhere within their steps."""
    within = spikes.step + stream.random(len(spikes.step))
    time_s = trajectory.start_s + within * trajectory.step_ms / 1e3
    order = np.argsort(time_s)
    return SpikeTrain.at(time_s[order], spikes.cell[order].astype(np.int32), spikes.size)


def module_spikes(
    trajectory: Trajectory, sheet: Sheet, bump_cm: NDArray[np.float64], period_cm: float, seed: int
) -> PathSpikes:
    """Return the spikes of a module whose bump is where the animal would be at ``bump_cm``."""
    stream = np.random.default_rng(seed)
    places = sheet.phase_turns[: sheet.side**2]
    away = places[None] - along_the_axes(bump_cm / period_cm)[:, None]
    distance = np.linalg.norm(on_the_plane(nearest_image(away.reshape(-1, 2))), axis=1)
    rates = 15.0 * np.exp(-(distance.reshape(-1, len(places)) ** 2) / (2 * BUMP**2))
    count = stream.poisson(np.tile(rates, sheet.directions) * trajectory.step_ms / 1e3)
    step, cell = np.nonzero(count)
    times = count[step, cell]
    return PathSpikes(np.repeat(step, times), np.repeat(cell, times), sheet.size)
