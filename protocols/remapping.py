"""Learn one or several rooms, and let the hippocampal loop correct a module that is off.

Run it with ``hippokv run remapping`` or ``python -m hippokv.protocols.remapping``.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from hippokv.analysis.grid_cells.bumps import WINDOW_MS, bumps
from hippokv.analysis.scaffold.error_correction import code_distance, displaced
from hippokv.analysis.scaffold.grid_addresses import GridModules, Phases, room
from hippokv.analysis.scaffold.grid_inputs import RecruitedByPlaces
from hippokv.analysis.scaffold.hippocampal_activity import Winners
from hippokv.analysis.scaffold.scaffold_network import with_return
from hippokv.circuits.circuit import Circuit
from hippokv.circuits.grid.sheet_geometry import Sheets
from hippokv.circuits.recording import Recording
from hippokv.circuits.schedule import Epoch, Schedule
from hippokv.parameter import parameter

from .parts.exploring import SCAFFOLD, landmark, modules_of, on_a_path, set_epochs
from .parts.storing import Drive, duration
from .running.evaluation import Evaluation
from .running.protocol import Experiment, Protocol, Result
from .running.settings import Settings
from .running.simulator import Simulator
from .running.stimuli import random_stream

if TYPE_CHECKING:
    from hippokv.analysis.figures.report import Picture


@dataclass(frozen=True)
class RemappingParameters:
    """Hold the settings of remapping."""

    n_rooms: int = parameter(
        2,
        "rooms that are learned one after the other",
        chosen="the fewest that can be mixed up",
        low=1,
        high=100,
    )
    width: int = parameter(
        8,
        "places of a room along each axis",
        chosen="so small that four modules of periods 3, 4, 5 and 7 are redundant in it",
        low=2,
        high=60,
    )
    n_displacements: int = parameter(
        50,
        "displacements of one module by one phase that are tested in each room",
        chosen="a share within a few percent",
        low=1,
        high=10000,
    )
    recruiting_ms: float = duration(
        250.0,
        "an instruction at each place of the first lap, at which a random part of the cells "
        "starts plateaus",
        chosen="as long as in storage",
    )
    lap_ms: float = duration(
        300.0,
        "time at each place of the second lap, in which the return projection learns",
        chosen="each cell fires several times",
    )
    correcting_ms: float = duration(
        500.0,
        "time that the loop has to correct a module",
        chosen="a few cycles of theta",
        shortest=WINDOW_MS,
    )


def origins(parameters: RemappingParameters, modules: GridModules, seed: int) -> NDArray[np.intp]:
    """Return by which steps each module is shifted in each room, shape (rooms, M, 2).

    In a new environment grid modules shift independently of one another.
    """
    stream = random_stream(seed, "rooms")
    shape = (parameters.n_rooms, len(modules.periods), 2)
    found = stream.integers(max(modules.periods), size=shape)
    found[0] = 0
    return np.asarray(found, dtype=np.intp)


def places_of(parameters: RemappingParameters, modules: GridModules, seed: int) -> Phases:
    """Return the addresses of the places of every room, shape (rooms, places, M)."""
    at = modules.phases(room(parameters.width, parameters.width))
    shifts = origins(parameters, modules, seed)
    return np.stack([modules.moved_apart(at, shift[None]) for shift in shifts])


def draw(settings: Settings, given: Mapping[str, Any]) -> tuple[Settings, Phases]:
    """Draw how the modules are shifted in each room, and so the addresses of its places."""
    modules = modules_of(settings.assembled().parameters.sheets)
    return settings, places_of(settings.protocol, modules, settings.run.seed)


def schedule(
    rooms: Phases, parameters: RemappingParameters, circuit: Circuit, seed: int
) -> Schedule:
    """Return the laps through all rooms: a first that recruits cells, a second for the return.

    Parameters
    ----------
    rooms
        Addresses of the places of every room, shape (rooms, places, M).
    parameters
        How long the epochs are.
    seed
        Not used: nothing else is drawn.
    """
    sheets = circuit.parameters.sheets
    epochs: list[Epoch] = []
    for addresses in rooms:
        for number, phases in enumerate(addresses):
            shown: Drive = {"landmark": landmark(sheets, phases), "acetylcholine": 1.0}
            epochs += [
                *set_epochs(sheets, phases, number),
                Epoch("recruit", parameters.recruiting_ms, number, {**shown, "instruction": 1.0}),
                Epoch("recruit", 150.0, number, shown),
            ]
        for number, phases in enumerate(addresses):
            epochs += [
                *set_epochs(sheets, phases, number),
                Epoch("visit", parameters.lap_ms, number, {"acetylcholine": 1.0}),
            ]
    return Schedule(tuple(epochs), circuit.widths)


def displacing(circuit: Circuit, wrong: Phases, parameters: RemappingParameters) -> Schedule:
    """Return the schedule that sets wrong addresses and leaves the modules alone."""
    epochs: list[Epoch] = []
    for number, phases in enumerate(wrong):
        epochs += [
            *set_epochs(circuit.parameters.sheets, phases, number),
            Epoch("correct", parameters.correcting_ms, number),
        ]
    return Schedule(tuple(epochs), circuit.widths)


def codes(recording: Recording, asked: Schedule) -> NDArray[np.float64]:
    """Return the spikes of each hippocampal cell at each visit, shape (visits, cells)."""
    hippocampal = recording.spikes["hippocampal"]
    return np.array(
        [hippocampal.counts(event.start_ms, event.stop_ms) for event in asked.events("visit")],
        dtype=float,
    )


def corrected(
    recording: Recording, asked: Schedule, sheets: Sheets, wanted: Phases
) -> NDArray[np.bool_]:
    """Return which displacements are set right in the end, shape (displacements,)."""
    ends = [event.stop_ms - WINDOW_MS for event in asked.events("correct")]
    found = bumps(recording.spikes["grid"], sheets, ends, WINDOW_MS)
    return np.asarray(found.at(wanted).all(axis=1))


def similarity(active: NDArray[np.float64], rooms: int) -> tuple[float, float]:
    """Return the mean correlation of codes of different places, within rooms and between them."""
    table = np.corrcoef(active)
    which = np.repeat(np.arange(rooms), len(active) // rooms)
    same = which[:, None] == which
    other = ~np.eye(len(active), dtype=bool)
    within, between = table[same & other], table[~same]
    return float(np.nanmean(within)), float(np.nanmean(between)) if between.size else float("nan")


def perform(experiment: Experiment, simulate: Simulator) -> Evaluation[NDArray[np.float64]]:
    """Learn the rooms, displace single modules, and cut the loop as a control."""
    circuit, settings = experiment.circuit, experiment.settings
    chosen, seed = settings.protocol, settings.run.seed
    modules, sheets = modules_of(circuit.parameters.sheets), circuit.parameters.sheets
    learned = simulate(experiment.schedule, "learning")
    weights = {name: learned.weights[name] for name in ("grid_inputs", "returns")}
    cut = {**weights, "returns": np.zeros_like(weights["returns"])}

    rooms = experiment.stimuli
    stream = random_stream(seed, "displacements")
    right, wrong, predicted = [], [], []
    every = rooms.reshape(-1, rooms.shape[-1])
    model_inputs = RecruitedByPlaces(circuit.parameters.plateau_probability)
    n_cells = circuit.parameters.n_slots
    visited = modules.code(every)
    drawn = model_inputs.draw(n_cells, visited, random_stream(seed, "recruited"))
    n_active = max(round(circuit.parameters.plateau_probability * n_cells), 1)
    model = with_return(modules, Winners(n_active), drawn, visited)
    for addresses in rooms:
        options = displaced(modules, addresses)
        place = stream.integers(len(addresses), size=chosen.n_displacements)
        which = stream.integers(options.shape[1], size=chosen.n_displacements)
        right.append(addresses[place])
        wrong.append(options[place, which])
        settled = modules.winners(model.settle(model.hippocampal(modules.code(wrong[-1]))))
        predicted.append((settled == right[-1]).all(axis=1))
    wanted, given = np.concatenate(right), np.concatenate(wrong)
    asked = displacing(circuit, given, chosen)
    done = corrected(simulate(asked, "loop", weights=weights), asked, sheets, wanted)
    control = corrected(simulate(asked, "loop_cut", weights=cut), asked, sheets, wanted)

    active = codes(learned, experiment.schedule)
    within, between = similarity(active, chosen.n_rooms)
    allowed = code_distance(modules, every)
    metrics = {
        "corrected": float(done.mean()),
        "corrected_loop_cut": float(control.mean()),
        "active_share": float((active > 0).mean()),
        "similarity_within": within,
        "similarity_between": between,
    }
    expected = similarity(model.hippocampal(visited), chosen.n_rooms)
    prediction = {
        "corrected": float(np.concatenate(predicted).mean()),
        "corrected_loop_cut": 0.0,
        "active_share": n_active / n_cells,
        "similarity_within": expected[0],
        "similarity_between": expected[1],
        "allowed_by_code": allowed.correctable,
    }
    metrics["allowed_by_code"] = allowed.correctable
    arrays = {
        "addresses": wanted,
        "displaced": given,
        "corrected": done,
        "corrected_loop_cut": control,
        "codes": active,
    }
    return Evaluation(metrics, active, prediction, arrays)


def pictures(result: Result[NDArray[np.float64]]) -> list[Picture]:
    """Draw the corrected share beside the rate model's, a correction on the sheets, and codes."""
    from hippokv.analysis.figures.report import drawn
    from hippokv.analysis.figures.scaffold_codes import codes_figure
    from hippokv.analysis.figures.scaffold_shares import shares_figure
    from hippokv.analysis.figures.scaffold_sheets import sheets_figure

    from .pictures.scaffold import SHEETS_CAPTION
    from .pictures.spikes import spikes_picture

    circuit = result.experiment.circuit
    loop = result.stages["loop"]
    first = loop.schedule.events("correct")[0]
    starts = [first.start_ms - 50.0, *(first.start_ms + time for time in (0.0, 50.0, 100.0))]
    starts.append(first.stop_ms - 50.0)
    titles = ["landmark", "0-50 ms", "50-100 ms", "100-150 ms", "in the end"]
    shares = {
        words: (result.metrics[name], result.predicted_metrics[name])
        for name, words in SHARES.items()
    }
    return [
        drawn("shares", "Displacements of one module that were set right.", shares_figure, shares),
        drawn(
            "sheets",
            SHEETS_CAPTION.format(
                moments="while a landmark sets one module a phase off, and then, when the modules "
                "and the hippocampal cells are left alone"
            ),
            sheets_figure,
            loop.recording.spikes["grid"],
            circuit.parameters.sheets,
            starts,
            50.0,
            titles,
        ),
        drawn(
            "codes",
            "Correlation of the hippocampal codes of all places, room by room.",
            codes_figure,
            result.found,
            result.experiment.settings.protocol.n_rooms,
        ),
        spikes_picture(result, "loop"),
    ]


SHARES = {
    "corrected": "corrected",
    "corrected_loop_cut": "loop cut",
    "allowed_by_code": "allowed by the code",
}
MEANINGS = {
    "corrected": (
        "share of displacements of one module by one phase after which all modules are at the true "
        "address"
    ),
    "corrected_loop_cut": "the same without the return projection",
    "allowed_by_code": (
        "share for which the phases of the other modules belong to one visited address alone"
    ),
    "active_share": "share of the hippocampal cells that fire at a place",
    "similarity_within": "mean correlation of the codes of different places of a room",
    "similarity_between": "mean correlation of the codes of places of different rooms",
}

PROTOCOL = Protocol(
    name="remapping",
    summary="learn rooms, and let the hippocampal loop correct a grid module that is off",
    description=(
        "In each room the modules visit all places. In a first lap a random part of the "
        "hippocampal cells starts plateaus at each place and takes up the grid cells that are "
        "active; in a second lap the return projection learns where these cells fire. Then one "
        "module is set one phase off, and the loop through hippocampus has time to correct it. In "
        "a further room the modules are shifted independently of one another. Measured: the share "
        "corrected, with the loop and without, and how alike the codes of the rooms are."
    ),
    parameters=RemappingParameters,
    default_circuit="scaffold_memory",
    run={"dt_ms": 0.25},
    populations=("grid", "hippocampal"),
    projections=("keys", "values", "grid_inputs", "returns"),
    circuit_parameters=SCAFFOLD,
    unfit=on_a_path,
    circuit={
        "periods": "3,4,5,7",
        "selection": "random",
        "plateau_probability": 0.03,
        "address.return_nS": 2.0,
        "address.return_inhibition_nS": 5.0,
        "n_inputs": 20,
        "n_outputs": 20,
    },
    draw=draw,
    schedule=schedule,
    perform=perform,
    several_runs=True,
    pictures=pictures,
    meanings=MEANINGS,
)

if __name__ == "__main__":
    from hippokv.command_line import run_protocol

    run_protocol(PROTOCOL.name)
