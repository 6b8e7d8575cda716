"""The trajectory: where the animal was, and which spikes fell in which step of its path."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from hippokv.arrays import Array
from hippokv.circuits.recording import SpikeTrain


@dataclass(frozen=True)
class Trajectory:
    """Hold a path through a square box, in steps of equal length.

    Parameters
    ----------
    position_cm
        Place (x, y) at the begin of each step and at the end of the last, shape (steps + 1, 2).
    box_cm
        Side of the box, which lies between 0 and ``box_cm`` in x and y.
    start_s
        When the path begins, in the time of the recording.
    """

    position_cm: Array
    step_ms: float
    box_cm: float
    start_s: float = 0.0

    @property
    def steps(self) -> int:
        """Number of steps."""
        return len(self.position_cm) - 1

    @property
    def duration_s(self) -> float:
        """Length of the path in s."""
        return self.steps * self.step_ms / 1e3

    @cached_property
    def velocity_cm_per_s(self) -> Array:
        """Velocity in each step, shape (steps, 2): followed for a step, it leads to the next."""
        return np.asarray(np.diff(self.position_cm, axis=0) / (self.step_ms / 1e3), dtype=float)

    @cached_property
    def mid_time_s(self) -> Array:
        """Middle of each step, from the begin of the path, shape (steps,)."""
        return np.asarray((np.arange(self.steps) + 0.5) * self.step_ms / 1e3, dtype=float)

    @cached_property
    def mid_position_cm(self) -> Array:
        """Place in the middle of each step, shape (steps, 2)."""
        middle: Array = (self.position_cm[:-1] + self.position_cm[1:]) / 2
        return middle

    def first(self, duration_s: float) -> Trajectory:
        """Return the first part of the path, rounded down to whole steps."""
        steps = int(duration_s * 1e3 / self.step_ms + 1e-9)
        return Trajectory(self.position_cm[: steps + 1], self.step_ms, self.box_cm, self.start_s)


@dataclass(frozen=True)
class PathSpikes:
    """Hold the spikes that fell on a path.

    Parameters
    ----------
    step
        Step of the path in which each fell, in order, shape (spikes,).
    cell
        Cell that fired it, shape (spikes,).
    """

    step: NDArray[np.int64]
    cell: NDArray[np.int64]
    size: int

    def of_cell(self, cell: int) -> NDArray[np.int64]:
        """Return the steps in which a cell fired, one entry a spike."""
        steps: NDArray[np.int64] = self.step[self.cell == cell]
        return steps


def spikes_on_path(spikes: SpikeTrain, trajectory: Trajectory) -> PathSpikes:
    """Return the spikes during a path; those before and behind it are left out."""
    place = (spikes.time_s - trajectory.start_s) * 1e3 / trajectory.step_ms
    # A spike at the very begin of a step must not fall into the one before by rounding.
    step = np.floor(place + 1e-6).astype(np.int64)
    inside = (step >= 0) & (step < trajectory.steps)
    return PathSpikes(step[inside], spikes.cell[inside].astype(np.int64), spikes.size)
