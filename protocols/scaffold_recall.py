"""Store items at addresses of the scaffold, and recall each from a corrupted cue.

Run it with ``hippokv run scaffold-recall`` or ``python -m hippokv.protocols.scaffold_recall``.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from hippokv.analysis.grid_cells.bumps import bumps
from hippokv.analysis.recall.addressed import counts_in, decoded_values, share_on
from hippokv.analysis.scaffold import scaffold_rate_model
from hippokv.analysis.scaffold.information import bits_right, information_recalled
from hippokv.circuits.circuit import Circuit
from hippokv.circuits.recording import Recording
from hippokv.circuits.schedule import Epoch, Schedule, on_off
from hippokv.parameter import fraction

from .parts.exploring import SCAFFOLD, after_exploring, on_a_path
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
from .parts.storing import Drive, duration
from .running.evaluation import Evaluation
from .running.protocol import Experiment, Protocol, Result, cells_of
from .running.settings import Settings
from .running.stimuli import random_stream

if TYPE_CHECKING:
    from hippokv.analysis.figures.report import Picture

#: Activity is counted from so long after it may have changed.
UNCOUNTED_MS = 50.0


@dataclass(frozen=True)
class ScaffoldRecallParameters(PathStorageParameters):
    """Hold the settings of recall through the scaffold."""

    flipped: float = fraction(
        0.1,
        "part of the bits of a cue that are turned round",
        source="design of the scaffold's rate model: a tenth",
    )
    finding_ms: float = duration(
        150.0,
        "the cue is shown while the modules are held in reset",
        chosen="the cells of an item win",
        shortest=100.0,
    )
    setting_ms: float = duration(
        250.0,
        "the cue is shown while the modules are free",
        chosen="the cells set the bumps",
        shortest=100.0,
    )
    recalling_free_ms: float = duration(
        350.0,
        "without a cue; the values are read",
        chosen="a few spikes of each cortical cell",
        shortest=100.0,
    )
    pause_ms: float = duration(50.0, "rest after each recall", chosen="cortical cells fall silent")


@dataclass(frozen=True, eq=False)
class CuedPathItems(PathItems):
    """Hold items along a path, and cues to them.

    Parameters
    ----------
    queries
        Cues in -1 and 1, shape (P, d).
    """

    queries: NDArray[np.int8]


@dataclass(frozen=True, eq=False)
class ScaffoldOutcome:
    """Hold what was stored and recalled, by the circuit and by the rate model.

    Parameters
    ----------
    items
        What was stored, and where, and the cues.
    codes
        Cells on which the modules agree at the address of each item, shape (P, cells).
    decoded
        Recalled values in -1, 0 and 1, shape (P, d).
    reached
        Phases at the recall of each item, shape (P, M).
    accuracy
        Part of the bits of each item that came back, shape (P,).
    predicted_accuracy
        The same by the rate model.
    """

    items: CuedPathItems
    codes: NDArray[np.bool_]
    decoded: NDArray[np.int8]
    reached: NDArray[np.intp]
    accuracy: NDArray[np.float64]
    predicted_accuracy: NDArray[np.float64]


def about(experiment: Experiment) -> str:
    """Name the items, their cues, and the sizes of the circuit."""
    own = experiment.settings.protocol
    return (
        f"{path_items_about(experiment)}, and asked for by cues with {100 * own.flipped:.3g} % of "
        f"their entries turned round. {cells_of(experiment)}"
    )


def corrupted(patterns: NDArray[np.int8], share: float, seed: int) -> NDArray[np.int8]:
    """Return the items with the same number of random bits of each turned round."""
    stream = random_stream(seed, "flipped bits")
    return scaffold_rate_model.flipped(patterns.astype(float), share, stream).astype(np.int8)


def draw(settings: Settings, given: Mapping[str, Any]) -> tuple[Settings, CuedPathItems]:
    """Draw items, their path and their cues.

    Raises
    ------
    InputError
        For the first setting that cannot be used.
    """
    parameters, seed = settings.protocol, settings.run.seed
    items = draw_items(settings.assembled(), parameters, seed)
    queries = corrupted(items.patterns, parameters.flipped, seed)
    return settings, CuedPathItems(**vars(items), queries=queries)


def memory_schedule(
    items: CuedPathItems, circuit: Circuit, parameters: ScaffoldRecallParameters, seed: int
) -> Schedule:
    """Return the schedule that stores, replays and recalls all items.

    Parameters
    ----------
    items
        What is stored, and where, and the cues.
    parameters
        How long the epochs are.
    seed
        Seed of the order of replay.
    """
    epochs = path_storage_epochs(items, circuit, parameters, seed)
    for item, query in enumerate(items.queries):
        cue: Drive = {"entorhinal": on_off(query.astype(float))}
        epochs += [
            Epoch("recall", parameters.finding_ms, item, {**cue, "reset": 1.0}),
            Epoch("recall", parameters.setting_ms, item, cue),
            Epoch("recall", parameters.recalling_free_ms, item),
            Epoch("rest", parameters.pause_ms),
        ]
    return Schedule(tuple(epochs), circuit.widths)


def evaluate(
    experiment: Experiment, asked: Schedule, recording: Recording
) -> Evaluation[ScaffoldOutcome]:
    """Score what came back, and what the rate model says of the same items, cues and weights.

    Parameters
    ----------
    asked
        Schedule of storage and recall.
    recording
        What the circuit did in it.
    """
    circuit, items = experiment.circuit, experiment.stimuli
    parameters, seed = experiment.settings.protocol, experiment.settings.run.seed
    size, sheets = circuit.parameters.cells_per_slot, circuit.parameters.sheets
    codes = codes_of(circuit, items, seed)
    count = len(items.queries)
    stored = first_of_each(asked, "store", count)
    recalled = np.array([event.start_ms for event in first_of_each(asked, "recall", count)])
    free = recalled + parameters.finding_ms + parameters.setting_ms + UNCOUNTED_MS
    read_ms = parameters.recalling_free_ms - UNCOUNTED_MS

    decoded = decoded_values(counts_in(recording.spikes["cortical"], free, read_ms))
    hippocampal = recording.spikes["hippocampal"]
    at_cue = counts_in(hippocampal, recalled + UNCOUNTED_MS, parameters.finding_ms - UNCOUNTED_MS)
    at_recall = counts_in(hippocampal, free, read_ms)
    held = bumps(
        recording.spikes["grid"], sheets,
        [event.start_ms + UNCOUNTED_MS for event in stored], parameters.study_ms - UNCOUNTED_MS,
    )  # fmt: skip
    reached = bumps(recording.spikes["grid"], sheets, free, read_ms)
    dendrites = recording.events["dendritic_spike"]
    plateaus = np.array([dendrites.counts(event.start_ms, event.stop_ms) > 0 for event in stored])
    model = predicted(circuit, items, parameters, seed)
    stored_code = codes[:, ::size]
    return Evaluation(
        metrics={
            "accuracy": bits_right(decoded, items.patterns),
            "information_bits": information_recalled(decoded, items.patterns),
            "addresses_held": share_reached(held.phases, items.addresses),
            "addresses_reached": share_reached(reached.phases, items.addresses),
            "code_share_cue": float(share_on(at_cue, codes).mean()),
            "code_share_recall": float(share_on(at_recall, codes).mean()),
            "plateau_cells": float(plateaus.sum(axis=1).mean()),
            "plateaus_on_code": float(share_on(plateaus, codes).mean()),
        },
        prediction={
            "accuracy": bits_right(model.decoded, items.patterns),
            "information_bits": information_recalled(model.decoded, items.patterns),
            "addresses_reached": share_reached(model.addresses, items.addresses),
            "code_share_cue": float(share_on(model.found, stored_code).mean()),
            "code_share_recall": float(share_on(model.hippocampal, stored_code).mean()),
            "plateau_cells": float(codes.sum(axis=1).mean()),
        },
        arrays={
            "keys": items.patterns,
            "values": items.patterns,
            "queries": items.queries,
            "query_item": np.arange(count),
            "decoded": decoded,
            "prediction_decoded": model.decoded,
            "addresses": items.addresses,
            "addresses_held": held.phases,
            "addresses_reached": reached.phases,
            "prediction_addresses_reached": model.addresses,
            "plateaus": plateaus,
        },
        found=ScaffoldOutcome(
            items, codes, decoded, reached.phases,
            right_of_each(decoded, items.patterns), right_of_each(model.decoded, items.patterns),
        ),
    )  # fmt: skip


def predicted(
    circuit: Circuit, items: CuedPathItems, parameters: PathStorageParameters, seed: int
) -> scaffold_rate_model.ScaffoldRecall:
    """Return what the rate model of the same network recalls from the cues."""
    memory = rate_model_of(circuit, items, parameters, seed)
    patterns, queries = items.patterns.astype(float), items.queries.astype(float)
    return scaffold_rate_model.recall(memory, items.addresses, patterns, queries, seed)


def pictures(result: Result[ScaffoldOutcome]) -> list[Picture]:
    """Draw one item stored and recalled, and the accuracy of each item."""
    from .pictures.scaffold import item_picture, items_picture, sheets_picture
    from .pictures.spikes import spikes_picture

    return [
        items_picture(result),
        item_picture(result),
        sheets_picture(result),
        spikes_picture(result, "memory"),
    ]


PROTOCOL = Protocol(
    name="scaffold-recall",
    summary="store items at addresses of grid modules, and recall them from corrupted cues",
    description=(
        "The modules explore, so that hippocampal cells learn to bring back addresses. Then each "
        "item is stored at the next step of a path: cells on which all modules agree start "
        "plateaus and take up the item by their keys, and their values are corrected towards it. "
        "Values are replayed. A cue with some bits turned round finds cells by their keys while "
        "the modules are held in reset; these set the bumps, the bumps bring back the code of one "
        "address, and without the cue the values are read. Measured: bits that came back, "
        "addresses reached, and how much of the activity is on the code of the item."
    ),
    parameters=ScaffoldRecallParameters,
    draw=draw,
    about=about,
    schedule=exploring_before_items,
    perform=after_exploring(memory_schedule, evaluate),
    several_runs=True,
    pictures=pictures,
    default_circuit="scaffold_memory",
    populations=("grid", "hippocampal", "cortical"),
    projections=("keys", "values", "grid_inputs", "returns"),
    circuit_parameters=SCAFFOLD,
    unfit=on_a_path,
    run={"dt_ms": 0.25},
    meanings={
        "information_bits": "information about all items that came back, in bits",
        "addresses_held": "fraction of items at whose storage all modules were at the address",
        "addresses_reached": "fraction of recalls in which all modules were at the item's address",
        "code_share_cue": "share of the hippocampal spikes on cells of the item's code while the "
        "cue is shown and the modules are held in reset",
        "code_share_recall": "the same while the values are read",
        "plateau_cells": "cells with a plateau at each item, mean",
        "plateaus_on_code": "share of these cells on which all modules agree",
    },
)

if __name__ == "__main__":
    from hippokv.command_line import run_protocol

    run_protocol(PROTOCOL.name)
