"""The bump of path-integration at constant velocities: what two of the scripts measure with."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from hippokv.analysis.grid_cells.bump_phase import bump_phase
from hippokv.analysis.grid_cells.path_integration import path_of_bump
from hippokv.analysis.grid_cells.sheet import first_sheet
from hippokv.analysis.grid_cells.trajectory import Trajectory, spikes_on_path
from hippokv.circuits.circuit import Circuit
from hippokv.circuits.recording import Recording
from hippokv.circuits.schedule import Epoch, Schedule
from hippokv.protocols.running.protocol import Experiment

#: A constant velocity lasts so long, and the bump has so long to come to its speed.
CONSTANT_MS, SETTLING_MS = 1000.0, 200.0
#: The bump is read so often.
STEP_MS = 20.0


@dataclass(frozen=True)
class Moved:
    """Hold a run in which a bump was moved.

    Parameters
    ----------
    recording
        Of the whole run.
    start_s
        When the first velocity began.
    path
        Where the bump was from then on, in steps of the sheet, a row every 20 ms, shape (steps, 2).
    velocity
        How fast it went at each constant velocity, in steps a second along x and y.
    """

    recording: Recording
    start_s: float
    path: NDArray[np.float64]
    velocity: NDArray[np.float64]


def moved(experiment: Experiment, commands: NDArray[np.float64], *more: Epoch) -> Moved:
    """Move the bump for a second at each commanded velocity, and then through other epochs."""
    circuit, run = experiment.circuit, experiment.settings.run
    first = experiment.schedule.epochs[:2]
    moves = [Epoch("move", CONSTANT_MS, drive={"velocity": command}) for command in commands]
    schedule = Schedule((*first, *moves, *more), circuit.widths)
    recording = experiment.program.run(schedule, run.seed, run.dt_ms)
    start_s = sum(epoch.duration_ms for epoch in first) / 1e3
    path = _path(recording, circuit, start_s)
    each = path[: len(moves) * round(CONSTANT_MS / STEP_MS)].reshape(len(moves), -1, 2)
    each = each[:, round(SETTLING_MS / STEP_MS) :]
    velocity = (each[:, -1] - each[:, 0]) / ((each.shape[1] - 1) * STEP_MS / 1e3)
    return Moved(recording, start_s, path, velocity)


def _path(recording: Recording, circuit: Circuit, start_s: float) -> NDArray[np.float64]:
    steps = round((recording.duration_ms - 1e3 * start_s) / STEP_MS)
    clock = Trajectory(np.zeros((steps + 1, 2)), STEP_MS, 1.0, start_s)
    sheet = first_sheet(circuit.parameters.sheets)
    spikes = spikes_on_path(recording.spikes["grid"], clock)
    turns = bump_phase(spikes, sheet, steps, STEP_MS).turns
    return np.asarray(path_of_bump(turns) * circuit.parameters.sheets.periods[0], dtype=float)


def unit_vectors(directions_deg: Sequence[float]) -> NDArray[np.float64]:
    """Return vectors of length 1 in some directions, shape (directions, 2)."""
    turns = np.deg2rad(directions_deg)
    return np.stack([np.cos(turns), np.sin(turns)], axis=1)


def along_and_off(
    velocity: NDArray[np.float64], asked: NDArray[np.float64]
) -> tuple[NDArray[np.float64], float]:
    """Return speeds along the velocities asked for, and how far directions are off: rms degrees."""
    unit = asked / np.linalg.norm(asked, axis=1, keepdims=True)
    along = (velocity * unit).sum(axis=1)
    across = velocity[:, 1] * unit[:, 0] - velocity[:, 0] * unit[:, 1]
    return along, float(np.sqrt(np.mean(np.rad2deg(np.arctan2(across, along)) ** 2)))
