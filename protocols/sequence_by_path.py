"""Store a list along a path through the scaffold, and replay it by walking the path again.

Run it with ``hippokv run sequence-by-path`` or ``python -m hippokv.protocols.sequence_by_path``.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from hippokv.analysis.grid_cells.bumps import bumps
from hippokv.analysis.recall.addressed import counts_in, decoded_values, nearest_own, share_on
from hippokv.analysis.scaffold.information import bits_right, information_recalled
from hippokv.analysis.scaffold.scaffold_rate_model import recall_in_place
from hippokv.circuits.circuit import Circuit
from hippokv.circuits.recording import Recording
from hippokv.circuits.schedule import Epoch, Schedule
from hippokv.parameter import parameter

from .parts.exploring import SCAFFOLD, after_exploring, on_a_path, set_epochs, step_epochs
from .parts.path_items import (
    PathItems,
    PathStorageParameters,
    codes_of,
    draw_items,
    exploring_before_items,
    first_of_each,
    path_items_about,
    path_storage_epochs,
    rate_model_of,
    right_of_each,
    share_reached,
)
from .parts.storing import duration
from .running.evaluation import Evaluation
from .running.protocol import Experiment, Protocol, Result, cells_of
from .running.settings import Settings

if TYPE_CHECKING:
    from hippokv.analysis.figures.report import Picture


@dataclass(frozen=True)
class SequenceByPathParameters(PathStorageParameters):
    """Hold the settings of a list that is stored along a path."""

    n_items: int = parameter(
        200,
        "number of items stored and of steps walked again",
        chosen="far more than slots hold in order",
        low=1,
        high=2000,
    )
    reading_ms: float = duration(
        300.0,
        "stay at each address, while the values are read",
        chosen="a few spikes of each cortical cell",
        shortest=50.0,
    )


@dataclass(frozen=True, eq=False)
class ReplayOutcome:
    """Hold what was recalled along the path, by the circuit and by the rate model.

    Parameters
    ----------
    items
        What was stored, and where.
    accuracy
        Part of the bits of each item that came back, shape (P,).
    predicted_accuracy
        The same by the rate model.
    """

    items: PathItems
    accuracy: NDArray[np.float64]
    predicted_accuracy: NDArray[np.float64]


def draw(settings: Settings, given: Mapping[str, Any]) -> tuple[Settings, PathItems]:
    """Draw the items and their path.

    Raises
    ------
    InputError
        For the first setting that cannot be used.
    """
    return settings, draw_items(settings.assembled(), settings.protocol, settings.run.seed)


def path_schedule(
    items: PathItems, circuit: Circuit, parameters: SequenceByPathParameters, seed: int
) -> Schedule:
    """Return the schedule that stores the items along the path and walks it again.

    A landmark sets the modules at the start alone; from there on velocity moves them.

    Parameters
    ----------
    items
        What is stored, and where.
    parameters
        How long the epochs are.
    seed
        Seed of the order of replay.
    """
    epochs = path_storage_epochs(items, circuit, parameters, seed)
    epochs += set_epochs(circuit.parameters.sheets, items.start_address)
    epochs += [Epoch("rest", parameters.resting_ms)]
    for item, step in enumerate(items.steps):
        epochs += step_epochs(step, parameters)
        epochs += [Epoch("visit", parameters.reading_ms, item)]
    return Schedule(tuple(epochs), circuit.widths)


def evaluate(
    experiment: Experiment, asked: Schedule, recording: Recording
) -> Evaluation[ReplayOutcome]:
    """Score the items that came back, and those of the rate model.

    Parameters
    ----------
    asked
        Schedule of storage and walk.
    recording
        What the circuit did in it.
    """
    circuit, items = experiment.circuit, experiment.stimuli
    parameters, seed = experiment.settings.protocol, experiment.settings.run.seed
    count = len(items.patterns)
    visited = [event.start_ms for event in first_of_each(asked, "visit", count)]
    stored = [event.start_ms for event in first_of_each(asked, "store", count)]
    read_ms = parameters.reading_ms
    decoded = decoded_values(counts_in(recording.spikes["cortical"], visited, read_ms))
    at_recall = counts_in(recording.spikes["hippocampal"], visited, read_ms)
    grid = recording.spikes["grid"]
    reached = bumps(grid, circuit.parameters.sheets, visited, read_ms).phases
    held = bumps(grid, circuit.parameters.sheets, stored, parameters.study_ms).phases
    model = rate_model_of(circuit, items, parameters, seed)
    evidence = recall_in_place(model, items.addresses, items.patterns.astype(float), seed)
    expected = np.sign(evidence).astype(np.int8)
    on_code = share_on(at_recall, codes_of(circuit, items, seed))
    return Evaluation(
        metrics={
            **_scores(decoded, items.patterns),
            "addresses_held": share_reached(held, items.addresses),
            "addresses_reached": share_reached(reached, items.addresses),
            "code_share_recall": float(on_code.mean()),
        },
        prediction={
            **_scores(expected, items.patterns),
            "addresses_reached": 1.0,
            "code_share_recall": 1.0,
        },
        arrays={
            "values": items.patterns,
            "decoded": decoded,
            "prediction_decoded": expected,
            "steps": items.steps,
            "addresses": items.addresses,
            "addresses_held": held,
            "addresses_reached": reached,
        },
        found=ReplayOutcome(
            items,
            right_of_each(decoded, items.patterns),
            right_of_each(expected, items.patterns),
        ),
    )


def pictures(result: Result[ReplayOutcome]) -> list[Picture]:
    """Draw the accuracy of each item along the path, and the bumps on the way."""
    from .pictures.scaffold import items_picture, path_picture
    from .pictures.spikes import spikes_picture

    return [
        items_picture(result, "step along the path"),
        path_picture(result),
        spikes_picture(result, "memory"),
    ]


def _scores(decoded: NDArray[np.int8], patterns: NDArray[np.int8]) -> dict[str, float]:
    return {
        "items_right": float(nearest_own(decoded, patterns).mean()),
        "accuracy": bits_right(decoded, patterns),
        "information_bits": information_recalled(decoded, patterns),
    }


def about(experiment: Experiment) -> str:
    """Name the items and the sizes of the circuit."""
    return f"{path_items_about(experiment)}. {cells_of(experiment)}"


PROTOCOL = Protocol(
    name="sequence-by-path",
    summary="store a list along a path through the scaffold, and replay it by walking the path",
    description=(
        "The modules explore, so that hippocampal cells learn to bring back addresses. Then a list "
        "is stored, each item at the next step of a path, and its values are replayed. To recall "
        "it a landmark sets the modules to the start of the path; from there on the same steps "
        "move them, no cue is given, and at each address the values are read. The rate model "
        "takes every step. Measured: items that come back closer to themselves than to any other "
        "item of the list, bits that came back, and addresses reached."
    ),
    parameters=SequenceByPathParameters,
    draw=draw,
    about=about,
    schedule=exploring_before_items,
    perform=after_exploring(path_schedule, evaluate),
    several_runs=True,
    pictures=pictures,
    default_circuit="scaffold_memory",
    populations=("grid", "hippocampal", "cortical"),
    projections=("keys", "values", "grid_inputs", "returns"),
    circuit_parameters=SCAFFOLD,
    unfit=on_a_path,
    run={"dt_ms": 0.25},
    meanings={
        "items_right": "fraction of items recalled closer to themselves than to any other item",
        "information_bits": "information about all items that came back, in bits",
        "addresses_held": "fraction of items at whose storage all modules were at the address",
        "addresses_reached": "fraction of steps after which all modules were at the item's address",
        "code_share_recall": "share of the hippocampal spikes on cells of the item's code",
    },
)

if __name__ == "__main__":
    from hippokv.command_line import run_protocol

    run_protocol(PROTOCOL.name)
