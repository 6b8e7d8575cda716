"""Move a grid module by the velocity of a foraging animal, and see how far it knows the place.

Run it with ``hippokv run path-integration`` or ``python -m hippokv.protocols.path_integration``.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from hippokv.analysis.grid_cells.firing_outcome import (
    FiringOutcome,
    FiringParameters,
    firing_outcome,
    firing_scores,
)
from hippokv.analysis.grid_cells.path_outcome import PathOutcome, path_outcome, path_scores
from hippokv.analysis.grid_cells.sheet import Sheet, along_the_axes, first_sheet
from hippokv.analysis.grid_cells.trajectory import Trajectory
from hippokv.circuits.circuit import Circuit
from hippokv.circuits.recording import Recording, SpikeTrain
from hippokv.circuits.schedule import Epoch, Schedule
from hippokv.parameter import parameter

from .parts.exploring import landmark
from .parts.storing import duration
from .parts.trajectories import TrajectoryParameters, draw_trajectory
from .running.evaluation import Evaluation
from .running.protocol import Experiment, Protocol, Result, once
from .running.settings import Settings
from .running.stimuli import random_stream

if TYPE_CHECKING:
    from hippokv.analysis.figures.report import Picture

RASTER_CAPTION = (
    "Spikes of every population, cell by cell. Cells of the module are in the order of their "
    "direction, as many of each, and of their place on the sheet along its first axis: the "
    "bump is the dark bands. A landmark sets it, it rests, and then velocity moves it. The "
    "panels below enlarge the begin."
)


@dataclass(frozen=True)
class PathIntegrationParameters:
    """Hold the settings of path integration."""

    period_cm: float = parameter(
        40.0,
        "how far the animal moves while the bump makes a full turn of its sheet: the spacing of "
        "the grid",
        source="Hafting et al. 2005: 39-73 cm",
        low=1.0,
        high=1000.0,
    )
    bump_gain: float = parameter(
        0.578,
        "speed of a slow bump at a velocity of 1, in steps of the sheet a second",
        source="from tuning seeds 5 and 6, see docs/path_integration.md",
        low=0.001,
        high=1000.0,
    )
    bump_gain_growth: float = parameter(
        0.0162,
        "by how much that is more in a bump that moves a step a second",
        source="from tuning seeds 5 and 6, see docs/path_integration.md",
        low=0.0,
        high=100.0,
    )
    landmark_ms: float = duration(
        300.0, "how long a landmark sets the bump", chosen="one bump forms"
    )
    settling_ms: float = duration(
        400.0, "rest before the path begins", chosen="the bump takes its shape"
    )
    decoding_ms: float = parameter(
        20.0,
        "standard deviation of the window in which the bump is read",
        chosen="a step of the path",
        low=0.0,
        high=1000.0,
    )
    # In 100 s too few cells cross their fields often enough: even those of a perfect integrator.
    trajectory: TrajectoryParameters = field(
        default_factory=lambda: TrajectoryParameters(duration_s=300.0)
    )
    firing: FiringParameters = field(default_factory=FiringParameters)


@dataclass(frozen=True)
class PathDetails:
    """Hold what the pictures show.

    Parameters
    ----------
    trajectory
        Path of the animal.
    path
        Path of the bump.
    firing
        Where cells fired.
    """

    trajectory: Trajectory
    path: PathOutcome
    firing: FiringOutcome


def draw(settings: Settings, given: Mapping[str, Any]) -> tuple[Settings, Trajectory]:
    """Draw the path of the animal."""
    settings.assembled()
    parameters = settings.protocol
    start_s = (parameters.landmark_ms + parameters.settling_ms) / 1e3
    return settings, draw_trajectory(parameters.trajectory, settings.run.seed, start_s)


def schedule(
    trajectory: Trajectory, parameters: PathIntegrationParameters, circuit: Circuit, seed: int
) -> Schedule:
    """Return the schedule: a landmark sets the bump, it rests, then the animal moves.

    Each module is set to a phase of its own. Velocity is cut into what it has along the oblique
    axes of the sheet, v = v1 e1 + v2 e2, so that a bump that answers alike in all directions moves
    along v.
    """
    first = _first_epochs(parameters, circuit, seed)
    velocity = commanded_velocity(trajectory.velocity_cm_per_s, parameters, circuit)
    moves = [Epoch("move", trajectory.step_ms, drive={"velocity": row}) for row in velocity]
    return Schedule((*first, *moves), circuit.widths)


def commanded_velocity(
    velocity_cm_per_s: NDArray[np.float64],
    parameters: PathIntegrationParameters,
    circuit: Circuit,
) -> NDArray[np.float64]:
    """Return the velocity, along the sheet's axes, that is to move the bump as the animal moves.

    A bump answers to velocity somewhat more than in proportion, alike in all directions. What
    commands it grows with speed the less, as if the velocity input were a little concave.

    Parameters
    ----------
    velocity_cm_per_s
        Velocity of the animal in the plane, shape (steps, 2).
    parameters
        Period of the grid, and how the bump answers.
    circuit
        The circuit with the sheet, the first one if it has several.

    Returns
    -------
    ndarray
        Shape (steps, 2), for the channel ``velocity`` of the schedule.
    """
    steps_per_cm = circuit.parameters.sheets.periods[0] / parameters.period_cm
    velocity = steps_per_cm * along_the_axes(velocity_cm_per_s)
    speed = steps_per_cm * np.linalg.norm(velocity_cm_per_s, axis=1, keepdims=True)
    gain = parameters.bump_gain + parameters.bump_gain_growth * speed
    return np.asarray(velocity / gain, dtype=float)


def evaluate(experiment: Experiment, recording: Recording) -> Evaluation[PathDetails]:
    """Read the path from the bump of the first module, and map where its cells fired."""
    parameters: PathIntegrationParameters = experiment.settings.protocol
    circuit = experiment.circuit
    seed = experiment.settings.run.seed
    trajectory = experiment.stimuli
    sheet = first_sheet(circuit.parameters.sheets)
    train = first_module(recording.spikes["grid"], sheet)
    period_cm = parameters.period_cm
    path = path_outcome(train, sheet, trajectory, period_cm, parameters.decoding_ms)
    firing = firing_outcome(train, trajectory, random_stream(seed, "mapped"), parameters.firing)
    exact = {"path_r2": 1.0, "path_r2_x": 1.0, "path_r2_y": 1.0, "path_error_periods": 0.0}
    prediction = {
        **exact,
        **{f"{name}_fitted": value for name, value in exact.items()},
        "path_period_cm": period_cm,
        "path_diffusion_cm2_per_s": 0.0,
        "spacing_cm": period_cm,
    }
    seconds = recording.duration_ms / 1e3
    return Evaluation(
        metrics={
            **path_scores(path),
            **firing_scores(firing),
            "grid_rate_Hz": train.time_s.size / train.size / seconds,
        },
        prediction=prediction,
        arrays=_arrays(path, firing),
        found=PathDetails(trajectory, path, firing),
    )


def first_module(spikes: SpikeTrain, sheet: Sheet) -> SpikeTrain:
    """Return the spikes of the first module alone, whose cells come first."""
    own = spikes.cell < sheet.size
    return SpikeTrain(spikes.step[own], spikes.cell[own], sheet.size, spikes.dt_s)


def pictures(result: Result[PathDetails]) -> list[Picture]:
    """Draw the paths, the error over time, the firing of cells, their gridness, and all spikes."""
    from hippokv.analysis.figures import grid_drift as drift_figure
    from hippokv.analysis.figures import grid_firing as firing_figure
    from hippokv.analysis.figures import grid_gridness as gridness_figure
    from hippokv.analysis.figures import grid_path as path_figure
    from hippokv.analysis.figures.report import drawn

    from .pictures.spikes import spikes_picture

    found = result.found
    compared = found.path.strictest
    return [
        drawn(
            "path", path_figure.CAPTION, path_figure.path_figure,
            compared, found.trajectory.box_cm,
        ),
        drawn("drift", drift_figure.CAPTION, drift_figure.drift_figure, [compared]),
        drawn(
            "firing", firing_figure.CAPTION, firing_figure.firing_figure,
            found.firing, found.trajectory,
        ),
        drawn(
            "gridness", gridness_figure.CAPTION, gridness_figure.gridness_figure, found.firing
        ),
        spikes_picture(result, caption=RASTER_CAPTION),
    ]  # fmt: skip


def _first_epochs(
    parameters: PathIntegrationParameters, circuit: Circuit, seed: int
) -> tuple[Epoch, Epoch]:
    stream = random_stream(seed, "landmark")
    phases = stream.integers(np.array(circuit.parameters.sheets.periods) ** 2)
    drive = {"landmark": landmark(circuit.parameters.sheets, phases)}
    return (
        Epoch("landmark", parameters.landmark_ms, drive=drive),
        Epoch("rest", parameters.settling_ms),
    )


def _arrays(path: PathOutcome, firing: FiringOutcome) -> dict[str, NDArray[np.generic]]:
    compared = path.strictest
    return {
        "path_time_s": compared.time_s,
        "path_true_cm": compared.true_cm,
        "path_integrated_cm": compared.integrated_cm,
        "bump_turns": path.phase.turns,
        "mapped_cells": firing.cells,
        "rate_maps_Hz": firing.maps,
        "autocorrelograms": firing.autocorrelograms,
        "gridness": firing.gridness.score,
        "gridness_shuffled": firing.null,
    }


#: Those of the circuit that make a bump which velocity moves in proportion: no lattice holds it.
INTEGRATING = {
    "periods": "4",
    "points_per_step": 8,
    "n_directions": 6,
    "interneurons_per_module": 960,
    "grid.reach_steps": 2.0,
    "grid.pinning_nS": 0.0,
    "grid.bias_pA": 219.0,
    "grid.noise_pA": 10.0,
    "grid.excitation_tau_ms": 50.0,
    "grid.recurrent_nS": 5.0,
    "grid.width_steps": 0.845,
    "grid.offset_steps": 0.35,
    "grid.moving_pA": 105.0,
    "grid.holding_pA": 75.0,
    "grid_interneurons.noise_pA": 80.0,
    "grid_interneurons.excitation_tau_ms": 20.0,
    "grid_interneurons.excitation_nS": 0.003675,
    "grid_interneurons.inhibition_nS": 0.15,
}

PROTOCOL = Protocol(
    name="path-integration",
    summary=(
        "move a grid module by the velocity of a foraging animal, and read the path from its bump"
    ),
    description=(
        "A landmark sets the bump of an attractor sheet; from then on only the velocity of an "
        "animal that forages in a box reaches the module, through cells of six directions. "
        "Measured: how closely the path that is read from the bump follows the true one, with the "
        "period given beforehand, how its error grows, and where the cells fire in the box: "
        "gridness beside that of shuffled spikes, spacing and orientation. The rate model is a "
        "module that integrates perfectly."
    ),
    parameters=PathIntegrationParameters,
    draw=draw,
    schedule=schedule,
    perform=once(evaluate),
    pictures=pictures,
    default_circuit="grid_circuit",
    populations=("grid",),
    circuit_parameters=("sheets",),
    circuit=INTEGRATING,
    run={"dt_ms": 0.25},
    meanings={"grid_rate_Hz": "mean firing rate of the cells of the module"},
)

if __name__ == "__main__":
    from hippokv.command_line import run_protocol

    run_protocol(PROTOCOL.name)
