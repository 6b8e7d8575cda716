"""Ask of a scaffold whether its addresses hold, can be set, and can be moved along.

Run it with ``hippokv run scaffold-stability`` or ``python -m
hippokv.protocols.scaffold_stability``.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from hippokv.analysis.grid_cells.bumps import WINDOW_MS, Bumps, bumps
from hippokv.analysis.scaffold.grid_addresses import Phases
from hippokv.analysis.scaffold.hippocampal_activity import Winners
from hippokv.analysis.scaffold.scaffold_network import damaged, with_return
from hippokv.circuits.circuit import Circuit
from hippokv.circuits.grid.sheet_geometry import Sheets
from hippokv.circuits.recording import Recording
from hippokv.circuits.schedule import Epoch, Schedule
from hippokv.parameter import fraction, parameter, with_values

from .parts.exploring import (
    SCAFFOLD,
    STEPS,
    Exploration,
    ScaffoldParameters,
    draw_exploration,
    explored_weights,
    exploring,
    modules_of,
    on_a_path,
    set_epochs,
    step_epochs,
)
from .parts.storing import duration
from .running.evaluation import Evaluation
from .running.protocol import Experiment, Protocol, Result
from .running.settings import Settings
from .running.simulator import Simulator
from .running.stimuli import random_stream

if TYPE_CHECKING:
    from hippokv.analysis.figures.report import Picture

#: A set address is read from the end of the 200 ms that it has to appear in.
RELEASE_MS = 200.0


@dataclass(frozen=True)
class ScaffoldStabilityParameters(ScaffoldParameters):
    """Hold the settings of a test of a scaffold."""

    n_addresses: int = parameter(
        50,
        "addresses that are tested, drawn from those that were explored",
        chosen="a share within a few percent",
        low=1,
        high=5000,
    )
    n_steps: int = parameter(
        50, "single steps that are tested, in all directions", chosen="as many", low=1, high=5000
    )
    hold_ms: float = duration(
        2000.0,
        "how long an address must hold",
        chosen="the delay of a working-memory task",
        shortest=WINDOW_MS,
    )
    dropped: float = fraction(
        0.25,
        "part of the active hippocampal cells that is silent when an address is set from damaged "
        "activity",
        source="Chandra et al. 2025: recovery from 25 % noise",
    )
    shuffled: float = fraction(
        0.25,
        "part of the active cells that is replaced by others",
        source="Chandra et al. 2025: recovery from 25 % noise",
    )
    heterogeneity_pA: float = parameter(
        10.0,
        "frozen spread of the bias of grid cells in the second test of steps",
        chosen="5 % of rheobase",
        high=1000.0,
    )


def draw(settings: Settings, given: Mapping[str, Any]) -> tuple[Settings, Exploration]:
    """Draw the walk through the addresses."""
    sheets = settings.assembled().parameters.sheets
    return settings, draw_exploration(sheets, settings.protocol, settings.run.seed)


def explored_phases(exploration: Exploration, circuit: Circuit) -> Phases:
    """Return the addresses that an exploration leads to, shape (steps, M)."""
    return modules_of(circuit.parameters.sheets).phases(exploration.places)


def holding(circuit: Circuit, addresses: Phases, hold_ms: float) -> Schedule:
    """Return the schedule that sets addresses one after the other and lets them be."""
    epochs: list[Epoch] = []
    for number, phases in enumerate(addresses):
        epochs += [
            *set_epochs(circuit.parameters.sheets, phases, number),
            Epoch("hold", hold_ms, number),
        ]
    return Schedule(tuple(epochs), circuit.widths)


def imposing(circuit: Circuit, activity: NDArray[np.float64]) -> Schedule:
    """Return the schedule that imposes hippocampal activity while the modules are reset, and after.

    Parameters
    ----------
    activity
        Which cells are driven for each address, shape (addresses, cells).
    """
    epochs: list[Epoch] = []
    for number, row in enumerate(activity):
        epochs += [
            Epoch("reset", 100.0, number, {"reset": 1.0, "hippocampal": row}),
            Epoch("set", RELEASE_MS, number, {"hippocampal": row}),
            Epoch("hold", 200.0, number),
        ]
    return Schedule(tuple(epochs), circuit.widths)


def stepping(
    circuit: Circuit,
    start: Phases,
    steps: NDArray[np.integer],
    parameters: ScaffoldParameters,
) -> Schedule:
    """Return the schedule that sets an address and walks on from it."""
    epochs = [*set_epochs(circuit.parameters.sheets, start), Epoch("settle", parameters.resting_ms)]
    for number, step in enumerate(steps):
        epochs += step_epochs(step, parameters, number)
    return Schedule(tuple(epochs), circuit.widths)


def bumps_at_rest(recording: Recording, asked: Schedule, sheets: Sheets) -> Bumps:
    """Return the bumps before the first step and after each, at the end of the rest."""
    rests = asked.events("settle")
    window = min(WINDOW_MS, rests[0].stop_ms - rests[0].start_ms)
    ends = [event.stop_ms - window for event in rests]
    return bumps(recording.spikes["grid"], sheets, ends, window)


def steps_made(found: Bumps, sheets: Sheets, steps: NDArray[np.integer]) -> NDArray[np.bool_]:
    """Return whether each module made each step, and has one bump after it, shape (steps, M).

    A step is counted from where the modules were, so a slip counts once.
    """
    wanted = modules_of(sheets).moved(found.phases[:-1], steps)
    made: NDArray[np.bool_] = found.single[1:] & (found.phases[1:] == wanted)
    return made


def perform(experiment: Experiment, simulate: Simulator) -> Evaluation[Bumps]:
    """Explore, then hold addresses, set them from hippocampal activity, and step."""
    circuit, settings = experiment.circuit, experiment.settings
    chosen, seed = settings.protocol, settings.run.seed
    sheets, modules = circuit.parameters.sheets, modules_of(circuit.parameters.sheets)
    # Before anything is run: a circuit that is given as it is has no other spread.
    uneven = {"circuit.grid.heterogeneity_pA": chosen.heterogeneity_pA}
    spread = with_values(settings, uneven).assembled()
    weights = explored_weights(experiment, simulate)
    visited = explored_phases(experiment.stimuli, circuit)

    stream = random_stream(seed, "addresses")
    addresses = visited[stream.integers(len(visited), size=chosen.n_addresses)]
    asked = holding(circuit, addresses, chosen.hold_ms)
    held = simulate(asked, "holding", weights=weights)
    ends = [event.stop_ms - WINDOW_MS for event in asked.events("hold")]
    at_end = bumps(held.spikes["grid"], sheets, ends, WINDOW_MS)
    kept = at_end.at(addresses)

    agreed = circuit.parameters.agreeing(seed, addresses)
    metrics = {
        "held": float(kept.all(axis=1).mean()),
        "one_bump": float(at_end.single.all(axis=1).mean()),
        "drift_steps": float(_drift(at_end)[kept].mean()) if kept.any() else float("nan"),
    }
    prediction = {"held": 1.0, "one_bump": 1.0}
    model = with_return(
        modules, Winners(round(agreed.sum(axis=1).mean())), circuit.parameters.phases(seed),
        modules.code(np.unique(visited, axis=0)), False,
    )  # fmt: skip
    for name, dropped, shuffled in (
        ("set", 0.0, 0.0),
        ("set_dropped", chosen.dropped, 0.0),
        ("set_shuffled", 0.0, chosen.shuffled),
    ):
        activity = damaged(agreed.astype(float), dropped, shuffled, random_stream(seed, name))
        activity_of_cells = np.repeat(activity, circuit.parameters.cells_per_slot, axis=1)
        asked = imposing(circuit, activity_of_cells)
        recording = simulate(asked, name, weights=weights)
        ends = [event.stop_ms - WINDOW_MS for event in asked.events("set")]
        found = bumps(recording.spikes["grid"], sheets, ends, WINDOW_MS)
        metrics[name] = float(found.at(addresses).all(axis=1).mean())
        reached = modules.winners(model.settle(activity))
        prediction[name] = float((reached == addresses).all(axis=1).mean())
    steps = STEPS[random_stream(seed, "steps").integers(len(STEPS), size=chosen.n_steps)]
    asked = stepping(circuit, addresses[0], steps, chosen)
    no_return = {**weights, "returns": np.zeros_like(weights["returns"])}
    for name, stepped, given in (
        ("stepped", circuit, weights),
        ("stepped_heterogeneous", spread, weights),
        ("stepped_heterogeneous_no_return", spread, no_return),
    ):
        recording = simulate(asked, name, weights=given, circuit=stepped)
        made = steps_made(bumps_at_rest(recording, asked, sheets), sheets, steps)
        metrics[name] = float(made.all(axis=1).mean())
        prediction[name] = 1.0
    arrays = {
        "addresses": addresses,
        "held_places": at_end.places,
        "held_kept": kept,
        "explored": visited,
    }
    return Evaluation(metrics, at_end, prediction, arrays)


def _drift(found: Bumps) -> NDArray[np.float64]:
    """Return the length of what bumps are off along the two axes, in steps."""
    away = found.places - np.round(found.places)
    distance: NDArray[np.float64] = np.linalg.norm(away, axis=-1)
    return distance


def pictures(result: Result[Bumps]) -> list[Picture]:
    """Draw the shares beside the rate model's, and the sheets while addresses hold."""
    from hippokv.analysis.figures.report import drawn
    from hippokv.analysis.figures.scaffold_shares import shares_figure
    from hippokv.analysis.figures.scaffold_sheets import sheets_figure

    from .pictures.scaffold import SHEETS_CAPTION
    from .pictures.spikes import spikes_picture

    holding_stage, circuit = result.stages["holding"], result.experiment.circuit
    shares = {
        words: (result.metrics[name], result.predicted_metrics[name])
        for name, words in SHARES.items()
    }
    windows = [event.stop_ms - WINDOW_MS for event in holding_stage.schedule.events("hold")[:5]]
    return [
        drawn("shares", "What the scaffold did, as shares of all tries.", shares_figure, shares),
        drawn(
            "sheets",
            SHEETS_CAPTION.format(moments="at the end of the first addresses held"),
            sheets_figure,
            holding_stage.recording.spikes["grid"],
            circuit.parameters.sheets,
            windows,
            WINDOW_MS,
        ),
        spikes_picture(result, "holding"),
    ]


#: Scores that are shares, and what they are called in a picture.
SHARES = {
    "held": "addresses held",
    "set": "set from hippocampus",
    "set_dropped": "set, cells silent",
    "set_shuffled": "set, cells replaced",
    "stepped": "steps made",
    "stepped_heterogeneous": "steps, uneven cells",
    "stepped_heterogeneous_no_return": "steps, uneven, no return",
}
MEANINGS = {
    "held": (
        "share of addresses at which every module still has its one bump at its phase in the end"
    ),
    "one_bump": "share of addresses at which every module has one bump in the end",
    "drift_steps": (
        "how far a held bump is off its lattice phase: root of the sum of the squares of its parts "
        "along the two (oblique) axes, in steps, mean"
    ),
    "set": (
        "share of addresses that all modules reach within 200 ms of a reset, from the activity of "
        "the address's hippocampal cells"
    ),
    "set_dropped": "the same with a part of these cells silent",
    "set_shuffled": "the same with a part of these cells replaced by others",
    "stepped": "share of steps that all modules made together",
    "stepped_heterogeneous": "the same with frozen differences between grid cells",
    "stepped_heterogeneous_no_return": "the same without the return projection",
}

PROTOCOL = Protocol(
    name="scaffold-stability",
    summary="hold, set and step the addresses of a scaffold of grid modules",
    description=(
        "The modules walk through addresses, and the return projection from the hippocampal layer "
        "learns them. Then addresses that were visited are set by a landmark and left alone; the "
        "modules are reset and set again from the activity of the address's hippocampal cells, "
        "whole, thinned out and shuffled; and velocity moves all modules by single steps. "
        "Measured: the share of addresses and steps at which every module has one bump where it "
        "should."
    ),
    parameters=ScaffoldStabilityParameters,
    default_circuit="scaffold_memory",
    run={"dt_ms": 0.25},
    populations=("grid", "hippocampal"),
    projections=("keys", "values", "grid_inputs", "returns"),
    circuit_parameters=SCAFFOLD,
    unfit=on_a_path,
    draw=draw,
    schedule=exploring,
    perform=perform,
    several_runs=True,
    pictures=pictures,
    meanings=MEANINGS,
)

if __name__ == "__main__":
    from hippokv.command_line import run_protocol

    run_protocol(PROTOCOL.name)
