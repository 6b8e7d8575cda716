"""What protocols on a scaffold share: how modules are set, moved and reset, and explore."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, TypeVar

import numpy as np
from numpy.typing import NDArray

from hippokv.analysis.scaffold.grid_addresses import GridModules
from hippokv.circuits.circuit import Circuit
from hippokv.circuits.grid.sheet_geometry import Sheets
from hippokv.circuits.schedule import Epoch, Schedule
from hippokv.parameter import parameter

from ..running.stimuli import random_stream
from .storing import duration

if TYPE_CHECKING:
    from ..running.evaluation import Evaluation
    from ..running.protocol import Experiment
    from ..running.simulator import Simulator

F = TypeVar("F")

#: Steps along the axes, and back.
STEPS = np.array([[1, 0], [0, 1], [-1, 0], [0, -1]])
#: Steps of an exploration: they lead on, so that it sees new addresses as long as it lasts.
STEPS_ON = STEPS[:2]

Places = NDArray[np.integer]


@dataclass(frozen=True)
class ScaffoldParameters:
    """Hold the settings of every protocol on a scaffold."""

    exploration_steps: int = parameter(
        600,
        "addresses visited before anything else, at which the return projection learns",
        chosen="each cell fires several times at each of its phases",
        low=1,
        high=20000,
    )
    moving_ms: float = duration(150.0, "velocity of one step", chosen="the bumps move by a phase")
    resting_ms: float = duration(
        150.0, "rest after a step", chosen="the bumps settle at their phase"
    )


def modules_of(sheets: Sheets) -> GridModules:
    """Return the modules of a circuit as the rate model knows them."""
    return GridModules(sheets.periods)


def landmark(sheets: Sheets, phases: NDArray[np.integer]) -> NDArray[np.float64]:
    """Return the drive of the channel ``landmark`` that sets each module to a phase.

    Parameters
    ----------
    sheets
        Geometry of the modules.
    phases
        Phase of each module, shape (M,).
    """
    found: NDArray[np.float64] = modules_of(sheets).code(np.asarray(phases)[None])[0]
    return found


def step_epochs(
    step: NDArray[np.integer], parameters: ScaffoldParameters, item: int = -1, **at_rest: Any
) -> list[Epoch]:
    """Return the epochs that move all modules by a step and let them rest there.

    Parameters
    ----------
    step
        The step along the axes, shape (2,).
    parameters
        How long it takes.
    item
        Number of the step, for the events.
    at_rest
        What else channels carry during the rest.
    """
    return [
        Epoch("move", parameters.moving_ms, item, {"velocity": np.asarray(step, dtype=float)}),
        Epoch("settle", parameters.resting_ms, item, at_rest),
    ]


def set_epochs(
    sheets: Sheets, phases: NDArray[np.integer], item: int = -1, length_ms: float = 150.0
) -> list[Epoch]:
    """Return the epochs that end all bumps and start new ones at an address.

    Parameters
    ----------
    sheets
        Geometry of the modules.
    phases
        The address, shape (M,).
    item
        Number of the address, for the events.
    length_ms
        How long the landmark is seen.
    """
    return [
        Epoch("reset", 50.0, item, {"reset": 1.0}),
        Epoch("set", length_ms, item, {"landmark": landmark(sheets, phases)}),
    ]


def walk(start: Places, steps: Places) -> Places:
    """Return the places after each of some steps, shape (steps, 2)."""
    return np.asarray(start) + np.cumsum(steps, axis=0)


@dataclass(frozen=True, eq=False)
class Exploration:
    """Hold a walk through addresses.

    Parameters
    ----------
    start
        Where it begins, shape (2,).
    steps
        Its steps, shape (steps, 2).
    """

    start: Places
    steps: Places

    @property
    def places(self) -> Places:
        """Where each step leads, shape (steps, 2)."""
        return walk(self.start, self.steps)


#: What a protocol that explores needs to know of a circuit's scaffold.
SCAFFOLD = (
    "sheets", "phases", "agreeing", "grid_inputs", "n_slots", "cells_per_slot", "n_inputs",
    "n_outputs", "key_rule", "takes_items",
)  # fmt: skip


def on_a_path(circuit: Circuit) -> str:
    """Say what a circuit must be whose grid modules walk by themselves."""
    if circuit.parameters.takes_items:
        return "must be a circuit whose grid modules the schedule alone moves: path cells move its"
    return ""


def draw_exploration(sheets: Sheets, parameters: ScaffoldParameters, seed: int) -> Exploration:
    """Draw a walk through the addresses of some modules."""
    stream = random_stream(seed, "exploration")
    start = stream.integers(modules_of(sheets).lap, size=2)
    steps = STEPS_ON[stream.integers(len(STEPS_ON), size=parameters.exploration_steps)]
    return Exploration(start, steps)


def exploring(
    exploration: Exploration, parameters: ScaffoldParameters, circuit: Circuit, seed: int
) -> Schedule:
    """Return the schedule of a walk under acetylcholine, in which the return projection learns."""
    sheets = circuit.parameters.sheets
    epochs = set_epochs(sheets, modules_of(sheets).phases(exploration.start[None])[0])
    for number, step in enumerate(exploration.steps):
        epochs += step_epochs(step, parameters, number, acetylcholine=1.0)
    return Schedule(tuple(epochs), circuit.widths)


def explored_weights(experiment: Experiment, simulate: Simulator) -> dict[str, NDArray[np.float64]]:
    """Let the modules explore, and return what is then fixed: grid inputs and the return."""
    circuit, seed = experiment.circuit, experiment.settings.run.seed
    fixed = {"grid_inputs": circuit.parameters.grid_inputs(seed)}
    learned = simulate(experiment.schedule, "exploration", fixed)
    return {**fixed, "returns": learned.weights["returns"]}


def after_exploring(
    schedule: Callable[..., Schedule], evaluate: Callable[..., Evaluation[F]]
) -> Callable[[Experiment, Simulator], Evaluation[F]]:
    """Let a network explore, run a schedule with what it learned, and evaluate the recording.

    Parameters
    ----------
    schedule
        Takes stimuli, circuit, parameters and seed.
    evaluate
        Takes the experiment, the schedule and the recording.
    """

    def perform(experiment: Experiment, simulate: Simulator) -> Evaluation[F]:
        settings = experiment.settings
        weights = explored_weights(experiment, simulate)
        asked = schedule(
            experiment.stimuli, experiment.circuit, settings.protocol, settings.run.seed
        )
        return evaluate(experiment, asked, simulate(asked, "memory", weights))

    return perform
