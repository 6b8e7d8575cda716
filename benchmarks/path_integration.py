"""Path integration by one grid module: tables over paths, and its response to constant velocity.

Run ``python benchmarks/path_integration.py``, which writes ``results/path-integration.txt`` and the
figure of the first path. The period is the protocol's; nothing is fitted to the runs that are
reported but in the rows that say so. *Driven perfectly* are Poisson cells of the circuit's mean
rate and a Gaussian bump, at the true place. ``--calibrate`` prints how fast the bump goes at
constant velocities, and its gain, on seeds below 100, at the time step ``--dt``.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
from constant_velocity import along_and_off, moved, unit_vectors
from numpy.typing import NDArray

import hippokv
from hippokv.analysis.figures.grid_path import path_figure
from hippokv.analysis.grid_cells.firing_outcome import firing_outcome, firing_scores
from hippokv.analysis.grid_cells.path_outcome import path_outcome, path_scores
from hippokv.analysis.grid_cells.sheet import (
    Sheet,
    along_the_axes,
    first_sheet,
    nearest_image,
    on_the_plane,
)
from hippokv.analysis.grid_cells.trajectory import Trajectory
from hippokv.circuits.recording import SpikeTrain
from hippokv.protocols.path_integration import commanded_velocity
from hippokv.protocols.running.experiment import prepare
from hippokv.protocols.running.protocol import Experiment, Result
from tables import FIGURES, SMALL, heading, interval, kept, options, over, row, sized, small

FIRST_SEED = 4000
CALIBRATION_SEEDS = (5, 6)
SPEEDS_CM_PER_S = sized((2.5, 5.0, 10.0, 20.0, 30.0), (20.0,))
DIRECTIONS_DEG = tuple(range(0, 180, sized(30, 90)))
#: The scores are also those of so long a begin of the path.
BEGIN_S = sized(100.0, 10.0)
SPEED, PERFECT = "s for a biological s", "... driven perfectly"
#: Settings of the quick form.
SHORT: dict[str, Any] = sized(
    {},
    {
        **SMALL["grid_circuit"],
        "protocol.trajectory.duration_s": 20.0,
        "protocol.firing.mapped_cells": 5,
        "protocol.firing.shuffles": 20,
    },
)
#: Standard deviation of the bump of perfectly driven cells, in periods.
BUMP_PERIODS = 0.075
#: Velocities of the calibration, in units of the schedule.
CALIBRATION = sized((0.5, 1.0, 2.0, 3.5, 5.0, 7.5), (2.0, 5.0))
FIGURE = FIGURES / "path-integration.png"
SCORES = {
    "path_r2": 4,
    "path_error_periods": 4,
    "path_r2_fitted": 4,
    "path_error_periods_fitted": 4,
    "path_period_cm": 2,
    "path_diffusion_cm2_per_s": 3,
    "bump_concentration": 3,
    "gridness": 3,
    "gridness_shuffled": 3,
    "grid_cells": 3,
    "spacing_cm": 1,
    "grid_rate_Hz": 2,
}


def calibrate(seed: int, dt_ms: float) -> None:
    """Print the speed at constant velocities, and the line through its gain."""
    experiment = prepare(
        "path-integration", small({"run.seed": seed, "run.dt_ms": dt_ms}, "grid_circuit")
    )
    commands, velocity = constant_velocities(experiment, CALIBRATION, along_the_axes)
    columns = [("velocity", 10), ("steps/s", 10), ("gain", 10), ("over directions", 16)]
    heading(f"Constant velocities in {2 * len(DIRECTIONS_DEG)} directions, seed {seed}", columns)
    speeds = []
    for command, rows in _by_speed(CALIBRATION):
        along, _ = along_and_off(velocity[rows], commands[rows])
        speeds.append(along.mean())
        shown = [f"{along.mean():.3f}", f"{along.mean() / command:.4f}", f"± {along.std():.3f}"]
        row(columns, [command, *shown])
    growth, gain = np.polyfit(speeds, np.array(speeds) / CALIBRATION, 1)
    print(f"bump_gain {gain:.4f}, bump_gain_growth {growth:.4f}")


def foraging(title: str, count: int, settings: dict[str, Any]) -> None:
    """Print the scores of some paths, each with its own noise: of their begin, and of all."""
    seeds = range(FIRST_SEED, FIRST_SEED + count)
    columns = [("", 26), *((str(seed), 8) for seed in seeds), ("mean, 95 %", 18)]

    def scored(seed: int) -> tuple[dict[str, float], dict[str, float]]:
        result = hippokv.run("path-integration", seed, {**settings, **SHORT})
        begin = result.found.trajectory.first(BEGIN_S)
        scores = scores_of_begin(result, begin)
        whole = {**result.metrics, SPEED: result.timing.run_s / result.timing.simulated_s}
        if not settings:
            scores[PERFECT] = perfect_grid_cells(result, begin)
            whole[PERFECT] = perfect_grid_cells(result, result.found.trajectory)
            if seed == FIRST_SEED:
                path_figure(result.found.path.strictest, result.found.trajectory.box_cm).savefig(
                    FIGURE
                )
        print(seed, *(f"{name} {whole[name]:.4f}" for name in SCORES), file=sys.stderr)
        return scores, whole

    begins, wholes = zip(*over(scored, seeds), strict=True)
    for part, scores in ((f"the first {BEGIN_S:g} s", begins), ("the whole path", wholes)):
        heading(f"{title}: {part}", columns)
        for name, digits in {**SCORES, PERFECT: 3, SPEED: 3}.items():
            if name in scores[0]:
                values = [one[name] for one in scores]
                shown = [f"{value:.{digits}f}" for value in values]
                row(columns, [name, *shown, interval(values, digits)])


def scores_of_begin(result: Result[Any], begin: Trajectory) -> dict[str, float]:
    """Return the scores of a begin of the path."""
    parameters, circuit = result.experiment.settings.protocol, result.experiment.circuit
    sheet = first_sheet(circuit.parameters.sheets)
    train = result.recording.spikes["grid"]
    path = path_outcome(train, sheet, begin, parameters.period_cm, parameters.decoding_ms)
    stream = np.random.default_rng(result.experiment.settings.run.seed)
    firing = firing_outcome(train, begin, stream, parameters.firing)
    return {**path_scores(path), **firing_scores(firing)}


def perfect_grid_cells(result: Result[Any], trajectory: Trajectory) -> float:
    """Return the share of grid cells among Poisson cells that are driven at the true place."""
    parameters, circuit = result.experiment.settings.protocol, result.experiment.circuit
    stream = np.random.default_rng(result.experiment.settings.run.seed)
    sheet = Sheet(circuit.parameters.sheets.sides[0], 1)
    count = parameters.firing.mapped_cells
    places = sheet.phase_turns[stream.permutation(sheet.size)[:count]]
    turns = along_the_axes(trajectory.mid_position_cm / parameters.period_cm)
    steps, cells = [], []
    for cell, place in enumerate(places):
        away = np.linalg.norm(on_the_plane(nearest_image(turns - place)), axis=1)
        rate_Hz = np.exp(-((away / BUMP_PERIODS) ** 2) / 2) * result.metrics["grid_rate_Hz"]
        # The mean of a Gaussian over the rhombic sheet, whose area is sqrt(3)/2.
        rate_Hz /= 2 * np.pi * BUMP_PERIODS**2 / (np.sqrt(3) / 2)
        spikes = stream.poisson(rate_Hz * trajectory.step_ms / 1e3)
        steps.append(np.repeat(np.arange(trajectory.steps), spikes))
        cells.append(np.full(spikes.sum(), cell))
    step, cell_of_spike = np.concatenate(steps), np.concatenate(cells)
    order = np.argsort(step, kind="stable")
    time_s = trajectory.start_s + (step[order] + 0.5) * trajectory.step_ms / 1e3
    train = SpikeTrain.at(time_s, cell_of_spike[order], count)
    return float(firing_outcome(train, trajectory, stream, parameters.firing).grid_cells.mean())


def constant_velocities(
    experiment: Experiment,
    speeds: Sequence[float],
    commanded: Callable[[NDArray[np.float64]], NDArray[np.float64]],
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Return velocities that are asked for and those of the bump, shape (directions * speeds, 2).

    Both in steps a second along x and y; ``commanded`` turns the first into what drives the cells.
    """
    ways = unit_vectors(DIRECTIONS_DEG)
    asked = np.concatenate([sign * speed * ways for speed in speeds for sign in (1, -1)])
    commands = np.concatenate([commanded(one[None]) for one in asked])
    return asked, moved(experiment, commands).velocity


def print_constant_velocities(seed: int) -> None:
    """Print how fast the bump moves at constant velocities, and how much directions differ."""
    experiment = prepare("path-integration", small({"run.seed": seed}, "grid_circuit"))
    parameters, circuit = experiment.settings.protocol, experiment.circuit
    cm = parameters.period_cm / circuit.parameters.sheets.periods[0]

    def commanded(steps_per_s: NDArray[np.float64]) -> NDArray[np.float64]:
        return commanded_velocity(cm * steps_per_s, parameters, circuit)

    speeds = [speed / cm for speed in SPEEDS_CM_PER_S]
    asked, velocity = constant_velocities(experiment, speeds, commanded)
    columns = [
        ("speed (cm/s)", 14),
        ("bump (cm/s)", 14),
        ("over directions", 16),
        ("off (deg, rms)", 16),
    ]
    heading(f"Constant velocities in {2 * len(DIRECTIONS_DEG)} directions, seed {seed}", columns)
    for speed, rows in _by_speed(SPEEDS_CM_PER_S):
        along, off_deg = along_and_off(cm * velocity[rows], cm * asked[rows])
        shown = [f"{along.mean():.2f}", f"± {along.std():.2f}", f"{off_deg:.1f}"]
        row(columns, [speed, *shown])


def _by_speed(speeds: Sequence[float]) -> list[tuple[float, slice]]:
    size = 2 * len(DIRECTIONS_DEG)
    return [(speed, slice(part * size, (part + 1) * size)) for part, speed in enumerate(speeds)]


def main() -> None:
    """Print all tables."""
    parser = options(__doc__)
    parser.add_argument("--paths", type=int, default=sized(5, 2), help="paths of each table")
    parser.add_argument("--calibrate", action="store_true", help="measure the gain instead")
    parser.add_argument("--dt", type=float, default=0.25, help="its time step, in ms")
    arguments = parser.parse_args()
    if arguments.calibrate:
        for seed in CALIBRATION_SEEDS:
            calibrate(seed, arguments.dt)
        return
    with kept("path-integration"):
        foraging("Foraging in a box of 1 m", arguments.paths, {})
        foraging(
            "The same with 10 pA of frozen heterogeneity",
            arguments.paths,
            {"circuit.grid.heterogeneity_pA": 10.0},
        )
        print_constant_velocities(FIRST_SEED)


if __name__ == "__main__":
    main()
