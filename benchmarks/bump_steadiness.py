"""What makes a bump move alike in all directions and steadily, one change at a time.

Run ``python benchmarks/bump_steadiness.py``, which writes ``results/bump-steadiness.txt``. The bump
of path-integration is moved at constant velocities. *Over directions*: how much the mean speed
differs between 12 directions, and how far these are off. *Over time*: how much the speed in windows
of half a second differs at one velocity, and how it goes with the rate of the interneurons;
the direction is 30 degrees.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
from constant_velocity import CONSTANT_MS, STEP_MS, along_and_off, moved, unit_vectors

from hippokv.analysis.grid_cells.sheet import along_the_axes
from hippokv.circuits.schedule import Epoch
from hippokv.protocols.running.experiment import prepare
from tables import heading, interval, kept, options, row, sized, small

FIRST_SEED = 4100
#: With four cells at a point instead of six, each excites half as much again and is driven as much.
FOUR_DIRECTIONS: Mapping[str, Any] = {
    "circuit.n_directions": 4,
    "circuit.grid.recurrent_nS": 7.5,
    "circuit.grid.moving_pA": 70.0,
    "circuit.grid.holding_pA": 50.0,
    "circuit.grid_interneurons.excitation_nS": 0.0055,
}
VARIANTS: Mapping[str, Mapping[str, Any]] = {
    "as it is": {},
    "four directions": FOUR_DIRECTIONS,
    "120 interneurons": {
        "circuit.interneurons_per_module": 120,
        "circuit.grid_interneurons.inhibition_nS": 1.2,
    },
    "their excitation 5 ms": {
        "circuit.grid_interneurons.excitation_tau_ms": 5.0,
        "circuit.grid_interneurons.excitation_nS": 0.0147,
    },
    "their noise 150 pA": {"circuit.grid_interneurons.noise_pA": 150.0},
    "the last three": {
        "circuit.interneurons_per_module": 120,
        "circuit.grid_interneurons.inhibition_nS": 1.2,
        "circuit.grid_interneurons.excitation_tau_ms": 5.0,
        "circuit.grid_interneurons.excitation_nS": 0.0147,
        "circuit.grid_interneurons.noise_pA": 150.0,
    },
}
DIRECTIONS_DEG = tuple(range(0, 360, sized(30, 180)))
#: Commanded velocity, in units of the schedule: about two steps of the sheet a second.
VELOCITY = 3.0
LONG_MS = sized(20_000.0, 2000.0)
WINDOW_S = 0.5
COLUMNS = [
    ("", 24), ("steps/s", 14), ("over directions", 17), ("off (deg)", 12), ("over time", 17),
    ("with interneurons", 18), ("grid cells (Hz)", 15),
]  # fmt: skip


def measure(settings: Mapping[str, Any], seed: int) -> list[float]:
    """Return the numbers of a row of the table, of one network."""
    experiment = prepare("path-integration", small({**settings, "run.seed": seed}, "grid_circuit"))
    ways = unit_vectors(DIRECTIONS_DEG)
    commands = VELOCITY * along_the_axes(ways)
    long = Epoch("move", LONG_MS, drive={"velocity": commands[1]})
    run = moved(experiment, commands, long)
    along, off_deg = along_and_off(run.velocity, ways)

    window = round(WINDOW_S * 1e3 / STEP_MS)
    turned = len(commands) * round(CONSTANT_MS / STEP_MS)
    places = run.path[turned + window :: window]
    speed = np.diff(places, axis=0) @ ways[1] / WINDOW_S
    edges_s = run.start_s + (turned + window) * STEP_MS / 1e3 + WINDOW_S * np.arange(len(places))
    recording = run.recording
    rate = np.histogram(recording.spikes["grid_interneurons"].time_s, edges_s)[0]
    grid = recording.spikes["grid"]
    return [
        speed.mean(),
        along.std() / along.mean(),
        off_deg,
        speed.std() / speed.mean(),
        np.corrcoef(speed, rate)[0, 1],
        grid.time_s.size / grid.size / recording.duration_ms * 1e3,
    ]


def main() -> None:
    """Print the table."""
    parser = options(__doc__)
    parser.add_argument("--networks", type=int, default=sized(3, 2), help="networks of each row")
    count = parser.parse_args().networks
    with kept("bump-steadiness"):
        heading(f"A bump at constant velocity, {count} networks from seed {FIRST_SEED}", COLUMNS)
        for words, settings in list(VARIANTS.items())[: sized(None, 1)]:
            found = np.array([measure(settings, FIRST_SEED + number) for number in range(count)])
            digits = (2, 3, 1, 3, 2, 1)
            shown = [interval(found[:, k], digits[k]) for k in range(len(digits))]
            row(COLUMNS, [words, *shown])


if __name__ == "__main__":
    main()
