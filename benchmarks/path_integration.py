"""Path integration by one grid module: table over networks, and its response to constant velocity.

Run ``python benchmarks/path_integration.py``, which writes ``results/path-integration.txt``. The
period is the protocol's; nothing is fitted to the runs that are reported but in the rows that say
so. ``--calibrate`` prints the speed of the bump at a velocity of 1 on seeds below 100.
"""

from __future__ import annotations

import argparse
import sys
from typing import Any

import numpy as np
from numpy.typing import NDArray

import hippokv
from hippokv.analysis.grid_cells.bump_phase import bump_phase
from hippokv.analysis.grid_cells.firing_outcome import firing_outcome, firing_scores
from hippokv.analysis.grid_cells.path_integration import path_of_bump
from hippokv.analysis.grid_cells.path_outcome import path_outcome, path_scores
from hippokv.analysis.grid_cells.sheet import Sheet
from hippokv.analysis.grid_cells.trajectory import Trajectory, spikes_on_path
from hippokv.circuits.grid_circuit import GridCircuit
from hippokv.circuits.schedule import Epoch, Schedule
from hippokv.protocols.experiment import Result, prepare
from hippokv.protocols.path_integration import commanded_velocity
from tables import heading, interval, kept, row

FIRST_SEED = 4000
SPEEDS_CM_PER_S = (2.5, 5.0, 10.0, 20.0, 30.0)
DIRECTIONS_DEG = tuple(range(0, 180, 30))
#: A constant velocity lasts so long, and the bump has so long to come to its speed.
CONSTANT_MS, SETTLING_MS, STEP_MS = 1000.0, 200.0, 20.0
#: The scores are also those of so long a begin of the path.
BEGIN_S = 100.0
SPEED = "s for a biological s"
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


def calibrate(count: int) -> None:
    """Print the speed of the bump at a velocity of 1, from seeds below 100."""
    found = []
    for seed in range(count):
        result = hippokv.run("path-integration", seed)
        parameters = result.experiment.settings.protocol
        ratio = parameters.period_cm / result.metrics["path_period_cm"]
        found.append(parameters.bump_gain * ratio)
        print(seed, f"{found[-1]:.4f}", {key: round(result.metrics[key], 4) for key in SCORES})
    print(f"bump_gain {interval(found, 4)}")


def networks(title: str, count: int, settings: dict[str, Any]) -> None:
    """Print the scores of some networks, each on its own path: of its begin, and of it all."""
    seeds = range(FIRST_SEED, FIRST_SEED + count)
    columns = [("", 26), *((str(seed), 8) for seed in seeds), ("mean, 95 %", 18)]
    begins: list[dict[str, float]] = []
    wholes: list[dict[str, float]] = []
    for seed in seeds:
        result = hippokv.run("path-integration", seed, settings)
        begins.append(scores_of_begin(result, BEGIN_S))
        wholes.append({**result.metrics, SPEED: result.timing.run_s / result.timing.simulated_s})
        print(seed, *(f"{name} {wholes[-1][name]:.4f}" for name in SCORES), file=sys.stderr)
    for part, scores in ((f"the first {BEGIN_S:g} s", begins), ("the whole path", wholes)):
        heading(f"{title}: {part}", columns)
        for name, digits in {**SCORES, SPEED: 3}.items():
            if name in scores[0]:
                values = [one[name] for one in scores]
                shown = [f"{value:.{digits}f}" for value in values]
                row(columns, [name, *shown, interval(values, digits)])


def scores_of_begin(result: Result, seconds: float) -> dict[str, float]:
    """Return the scores that a path would have had that ended so early."""
    parameters, circuit = result.experiment.settings.protocol, result.experiment.circuit
    assert isinstance(circuit, GridCircuit)
    sheet = Sheet(circuit.sheets.sides[0], circuit.sheets.n_directions)
    begin = result.details.trajectory.first(seconds)
    train = result.recording.spikes["grid"]
    path = path_outcome(train, sheet, begin, parameters.period_cm, parameters.decoding_ms)
    stream = np.random.default_rng(result.experiment.settings.run.seed)
    firing = firing_outcome(train, begin, stream, parameters.firing)
    return {**path_scores(path), **firing_scores(firing)}


def constant_velocities(seed: int) -> None:
    """Print how fast the bump moves at constant velocities, and how much directions differ."""
    experiment = prepare("path-integration", {"run.seed": seed})
    parameters, circuit = experiment.settings.protocol, experiment.circuit
    assert isinstance(circuit, GridCircuit)
    turns = np.deg2rad(DIRECTIONS_DEG)
    ways = np.stack([np.cos(turns), np.sin(turns)], axis=1)
    there = np.concatenate([sign * speed * ways for speed in SPEEDS_CM_PER_S for sign in (1, -1)])
    commands = commanded_velocity(there, parameters, circuit)
    first = experiment.schedule.epochs[:2]
    moves = [Epoch("move", CONSTANT_MS, drive={"velocity": command}) for command in commands]
    schedule = Schedule((*first, *moves), circuit.widths)
    recording = experiment.program.run(schedule, seed, experiment.settings.run.dt_ms)
    start_s = sum(epoch.duration_ms for epoch in first) / 1e3
    per_move = round(CONSTANT_MS / STEP_MS)
    steps = per_move * len(moves)
    clock = Trajectory(np.zeros((steps + 1, 2)), STEP_MS, 1.0, start_s)
    sheet = Sheet(circuit.sheets.sides[0], circuit.sheets.n_directions)
    spikes = spikes_on_path(recording.spikes["grid"], clock)
    path = path_of_bump(bump_phase(spikes, sheet, steps, STEP_MS).turns) * parameters.period_cm
    skipped = round(SETTLING_MS / STEP_MS)
    moved = path.reshape(len(moves), per_move, 2)[:, skipped:]
    velocity = (moved[:, -1] - moved[:, 0]) / ((moved.shape[1] - 1) * STEP_MS / 1e3)
    columns = [
        ("speed (cm/s)", 14),
        ("bump (cm/s)", 14),
        ("over directions", 16),
        ("off (deg)", 12),
    ]
    heading(f"Constant velocities in {2 * len(turns)} directions, seed {seed}", columns)
    for part in range(len(SPEEDS_CM_PER_S)):
        rows = slice(part * 2 * len(turns), (part + 1) * 2 * len(turns))
        along, off_deg = _along(velocity[rows], there[rows])
        row(
            columns,
            [
                SPEEDS_CM_PER_S[part],
                f"{along.mean():.2f}",
                f"± {along.std():.2f}",
                f"{off_deg:.1f}",
            ],
        )


def _along(
    velocity: NDArray[np.float64], commanded: NDArray[np.float64]
) -> tuple[NDArray[np.float64], float]:
    """Return speeds along what was commanded, and how far directions are off, in degrees."""
    unit = commanded / np.linalg.norm(commanded, axis=1, keepdims=True)
    along = (velocity * unit).sum(axis=1)
    across = velocity[:, 1] * unit[:, 0] - velocity[:, 0] * unit[:, 1]
    return along, float(np.sqrt(np.mean(np.rad2deg(np.arctan2(across, along)) ** 2)))


def main() -> None:
    """Print all tables."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--networks", type=int, default=5, help="networks of each row")
    parser.add_argument("--heterogeneity", action="store_true", help="also unequal cells")
    parser.add_argument("--calibrate", action="store_true", help="measure the gain instead")
    arguments = parser.parse_args()
    if arguments.calibrate:
        calibrate(arguments.networks)
        return
    with kept("path-integration"):
        networks("Foraging in a box of 1 m", arguments.networks, {})
        if arguments.heterogeneity:
            networks(
                "The same with 10 pA of frozen heterogeneity",
                arguments.networks,
                {"circuit.grid.heterogeneity_pA": 10.0},
            )
        constant_velocities(FIRST_SEED)


if __name__ == "__main__":
    main()
