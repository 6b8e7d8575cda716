"""Path integration: the protocol, and that velocity moves the bump where it should."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

import hippokv
from hippokv.analysis.grid_cells.bump_phase import bump_phase
from hippokv.analysis.grid_cells.path_integration import path_of_bump
from hippokv.analysis.grid_cells.sheet import along_the_axes, first_sheet, on_the_plane
from hippokv.analysis.grid_cells.trajectory import Trajectory, spikes_on_path
from hippokv.circuits.schedule import Epoch, Schedule
from hippokv.errors import InputError
from hippokv.protocols.parts.trajectories import draw_trajectory
from hippokv.protocols.path_integration import PROTOCOL
from hippokv.protocols.running.experiment import prepare

#: The sheet of the quick forms of scripts.
TINY: dict[str, Any] = {
    "run.dt_ms": 0.5,
    "circuit.points_per_step": 3,
    "circuit.interneurons_per_module": 120,
    "circuit.grid_interneurons.excitation_nS": 0.026,
    "circuit.grid_interneurons.inhibition_nS": 1.2,
    "protocol.firing.mapped_cells": 5,
    "protocol.firing.shuffles": 20,
}


def test_schedule_carries_the_velocity_of_the_path() -> None:
    experiment = prepare("path-integration", {"protocol.trajectory.duration_s": 5.0})
    first, rest, *moves = experiment.schedule.epochs
    assert [first.phase, rest.phase, {epoch.phase for epoch in moves}] == [
        "landmark", "rest", {"move"},
    ]  # fmt: skip
    assert np.sum(first.drive["landmark"]) == 1
    parameters = experiment.settings.protocol
    commanded = on_the_plane(np.array([epoch.drive["velocity"] for epoch in moves]))
    period_steps = experiment.circuit.parameters.sheets.periods[0]
    path = draw_trajectory(parameters.trajectory, experiment.settings.run.seed)
    cm_per_step = parameters.period_cm / period_steps
    speed = np.linalg.norm(path.velocity_cm_per_s, axis=1, keepdims=True) / cm_per_step
    gain = parameters.bump_gain + parameters.bump_gain_growth * speed
    moved_cm = cm_per_step * (commanded * gain).cumsum(axis=0) * path.step_ms / 1e3
    np.testing.assert_allclose(moved_cm, path.position_cm[1:] - path.position_cm[0], atol=1e-9)


def test_a_bad_period_is_refused() -> None:
    with pytest.raises(InputError, match="circuit.periods"):
        prepare("path-integration", {"circuit.periods": "1,x"})


def displaced(way: tuple[float, float]) -> np.ndarray:
    """Return how far a constant velocity moves the bump of a tiny sheet, in steps."""
    experiment = prepare("path-integration", {**TINY, "protocol.trajectory.duration_s": 1.0})
    circuit = experiment.circuit
    period_steps = circuit.parameters.sheets.periods[0]
    command = along_the_axes(np.array(way)) / experiment.settings.protocol.bump_gain
    epochs = (*experiment.schedule.epochs[:2], Epoch("move", 800.0, drive={"velocity": command}))
    recording = experiment.program.run(Schedule(epochs, circuit.widths), 1, 0.5)
    clock = Trajectory(np.zeros((41, 2)), 20.0, 1.0, 0.7)
    sheet = first_sheet(circuit.parameters.sheets)
    phase = bump_phase(spikes_on_path(recording.spikes["grid"], clock), sheet, 40, 20.0)
    path = path_of_bump(phase.turns) * period_steps
    return np.asarray(path[-1] - path[0])


@pytest.mark.parametrize("angle_deg", [0.0, 90.0, 210.0])
def test_the_bump_moves_along_the_velocity(angle_deg: float) -> None:
    turn = np.deg2rad(angle_deg)
    way = np.array([np.cos(turn), np.sin(turn)])
    moved = displaced((1.5 * way[0], 1.5 * way[1]))
    # 1.2 steps are commanded; the tiny sheet at a coarse time step was not calibrated.
    assert 0.8 < moved @ way < 1.8
    assert abs(moved @ np.array([-way[1], way[0]])) < 0.1 * (moved @ way)


def test_the_bump_stays_where_nothing_moves_it() -> None:
    assert np.linalg.norm(displaced((0.0, 0.0))) < 0.3


@pytest.mark.slow
def test_the_bump_follows_the_path() -> None:
    """The bounds are ten times as far off as paths differ in results/path-integration.txt."""
    # Nothing is asked of the maps but that they are drawn.
    few_maps = {"protocol.firing.mapped_cells": 5, "protocol.firing.shuffles": 20}
    settings = {"protocol.trajectory.duration_s": 20.0, **few_maps}
    result = hippokv.run("path-integration", 1100, settings)
    assert result.metrics["path_r2"] > 0.99
    assert result.metrics["path_error_periods"] < 0.05
    assert {"path", "drift", "firing", "gridness", "spikes"} == {
        picture.name for picture in PROTOCOL.pictures(result)
    }
