"""The trajectory: steps, velocities, and the spikes that fall into them."""

from __future__ import annotations

import numpy as np

from hippokv.analysis.grid_cells.trajectory import Trajectory, spikes_on_path
from hippokv.circuits.recording import SpikeTrain

PATH = Trajectory(np.array([[0.0, 0.0], [1.0, 0.0], [1.0, 2.0]]), 20.0, 50.0, start_s=1.0)


def test_the_velocities_lead_along_the_path() -> None:
    assert (PATH.steps, PATH.duration_s) == (2, 0.04)
    np.testing.assert_allclose(PATH.velocity_cm_per_s, [[50, 0], [0, 100]])
    moved = np.cumsum(PATH.velocity_cm_per_s * 0.02, axis=0)
    np.testing.assert_allclose(PATH.position_cm[0] + moved, PATH.position_cm[1:])
    np.testing.assert_allclose(PATH.mid_position_cm, [[0.5, 0], [1, 1]])
    np.testing.assert_allclose(PATH.first(0.02).position_cm, PATH.position_cm[:2])


def test_spikes_fall_into_their_steps_and_others_are_left_out() -> None:
    times = np.array([0.5, 1.0, 1.019, 1.02, 1.0399, 1.04, 2.0])
    found = spikes_on_path(SpikeTrain.at(times, np.arange(7, dtype=np.int32), 7), PATH)
    assert found.step.tolist() == [0, 0, 1, 1]
    assert found.cell.tolist() == [1, 2, 3, 4]
    assert found.of_cell(3).tolist() == [1]
