"""Items on a scaffold: where a path leads, what is shown when, and what is read from spikes."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

import hippokv
from hippokv.circuits.recording import Recording, SpikeTrain
from hippokv.circuits.schedule import Schedule, on_off
from hippokv.errors import InputError
from hippokv.protocols import scaffold_recall, sequence_by_path
from hippokv.protocols.parts import path_items as scaffold_items
from hippokv.protocols.parts.exploring import modules_of
from hippokv.protocols.running.experiment import prepare
from hippokv.protocols.running.protocol import Experiment

#: Two modules of 9 and 16 phases, so that a path has 144 addresses.
SMALL: dict[str, Any] = {
    "circuit.periods": "3,4", "circuit.n_slots": 120, "circuit.n_inputs": 24,
    "circuit.n_outputs": 24, "protocol.n_items": 6, "protocol.exploration_steps": 8,
    "run.seed": 3,
}  # fmt: skip


def small(protocol: str = "scaffold-recall", **more: Any) -> Experiment:
    return prepare(protocol, {**SMALL, **{f"protocol.{key}": value for key, value in more.items()}})


def parts(experiment: Experiment) -> tuple[Any, Any, int]:
    return experiment.circuit, experiment.settings.protocol, experiment.settings.run.seed


def asked_of(experiment: Experiment) -> Schedule:
    """Return the schedule of storage and recall."""
    circuit, own, seed = parts(experiment)
    if experiment.protocol.name == "sequence-by-path":
        return sequence_by_path.path_schedule(experiment.stimuli, circuit, own, seed)
    return scaffold_recall.memory_schedule(experiment.stimuli, circuit, own, seed)


def spikes_in(
    windows: list[tuple[float, float, NDArray[np.integer]]], size: int, each: int = 5
) -> SpikeTrain:
    """Return some spikes of each of the cells named in windows of time, in ms."""
    times, cells = [np.zeros(0)], [np.zeros(0, dtype=np.int32)]
    for start, stop, which in windows:
        for moment in np.linspace(start, stop, each + 2)[1:-1]:
            times.append(np.full(len(which), moment / 1e3))
            cells.append(np.asarray(which, dtype=np.int32))
    order = np.argsort(np.concatenate(times), kind="stable")
    return SpikeTrain.at(np.concatenate(times)[order], np.concatenate(cells)[order], size)


def perfect(experiment: Experiment, asked: Schedule, phase: str) -> Recording:
    """Return a recording in which all goes as it should while items are stored and recalled."""
    circuit, _, seed = parts(experiment)
    items = experiment.stimuli
    codes = scaffold_items.codes_of(circuit, items, seed)
    sheets = circuit.parameters.sheets
    grid, cells, cortex, plateaus = [], [], [], []
    for event in asked.events("store", phase):
        address = modules_of(sheets).code(items.addresses[[event.item]])[0]
        points = np.flatnonzero(address @ sheets.profiles(0.2) > 0.5)
        window = (event.start_ms, event.stop_ms)
        grid.append((*window, np.flatnonzero(np.isin(sheets.point_of_cell, points))))
        cells.append((*window, np.flatnonzero(codes[event.item])))
        if event.phase == "store":
            plateaus.append((*window, np.flatnonzero(codes[event.item])))
        else:
            cortex.append((*window, np.flatnonzero(on_off(items.patterns[event.item]))))
    size = circuit.sizes
    return Recording(
        {
            "grid": spikes_in(grid, size["grid"], 60),
            "hippocampal": spikes_in(cells, size["hippocampal"], 60),
            "cortical": spikes_in(cortex, size["cortical"], 60),
        },
        {"dendritic_spike": spikes_in(plateaus, size["hippocampal"], 1)},
        {},
        asked.duration_ms,
    )


# --- the path -------------------------------------------------------------------------------------


def test_every_item_is_a_step_from_the_one_before_at_an_address_of_its_own() -> None:
    experiment = small(n_items=100)
    circuit, items = experiment.circuit, experiment.stimuli
    before = np.concatenate([items.start_address[None], items.addresses[:-1]])
    moved = modules_of(circuit.parameters.sheets).moved(before, items.steps)
    np.testing.assert_array_equal(moved, items.addresses)
    assert len(np.unique(items.addresses, axis=0)) == 100


def test_more_items_than_addresses_are_refused() -> None:
    with pytest.raises(InputError, match=r"protocol.n_items = 145: must be fewer"):
        small(n_items=145)


def test_items_need_cortical_cells_for_all_their_bits() -> None:
    with pytest.raises(InputError, match=r"circuit.n_outputs = 25: must be circuit.n_inputs, 24"):
        prepare("scaffold-recall", {**SMALL, "circuit.n_outputs": 25})


# --- the schedules --------------------------------------------------------------------------------


def test_a_cue_comes_back_without_cortex_and_first_meets_the_reset() -> None:
    experiment = small(flipped=0.25)
    asked = asked_of(experiment)
    items = experiment.stimuli
    assert [event.item for event in asked.events("recall")] == list(range(6))
    for event in asked.events("recall"):
        cue = asked.first_epoch(event).drive
        assert set(cue) == {"entorhinal", "reset"}
        differs = cue["entorhinal"] != on_off(items.patterns[event.item])
        assert np.sum(differs) == 2 * 6


def test_a_teacher_replays_all_items_in_rounds_at_the_end() -> None:
    asked = asked_of(small(replays=2))
    replayed = asked.events("replay")
    assert sorted(event.item for event in replayed) == sorted([*range(6)] * 2)
    assert replayed[0].start_ms >= asked.events("store")[-1].stop_ms
    shown = [
        epoch for epoch in asked.epochs if epoch.phase == "replay" and "cortical" in epoch.drive
    ]
    assert len(shown) == 2 * len(replayed)


def test_own_replay_follows_each_storage_and_is_shown_nothing() -> None:
    asked = asked_of(small(replay="self", replays=4))
    phases = [epoch for epoch in asked.epochs if epoch.phase in ("store", "replay")]
    newest = -1
    for epoch in phases:
        if epoch.phase == "store":
            newest = epoch.item
        else:
            assert epoch.item <= newest
            assert not {"cortical", "entorhinal"} & set(epoch.drive)
    rehearsed = [epoch for epoch in phases if "acetylcholine" in epoch.drive]
    assert sum(epoch.phase == "replay" for epoch in rehearsed) == 4 * 6


def test_nothing_but_velocity_leads_along_the_path() -> None:
    asked = asked_of(small("sequence-by-path"))
    first = asked.events("visit")[0].start_ms
    walk = [
        epoch
        for epoch, start in zip(asked.epochs, asked.start_ms, strict=True)
        if start >= first - 300.0
    ]
    assert {name for epoch in walk for name in epoch.drive} == {"velocity"}


# --- what is read from spikes ---------------------------------------------------------------------


@pytest.mark.parametrize(
    ("protocol", "phase"), [("scaffold-recall", "recall"), ("sequence-by-path", "visit")]
)
def test_a_perfect_memory_has_perfect_scores(protocol: str, phase: str) -> None:
    experiment = small(protocol)
    asked = asked_of(experiment)
    module = scaffold_recall if phase == "recall" else sequence_by_path
    found = module.evaluate(experiment, asked, perfect(experiment, asked, phase))
    for name, score in found.metrics.items():
        wanted = {
            "information_bits": 6 * 24,
            "plateau_cells": found.prediction.get("plateau_cells"),
        }
        assert score == pytest.approx(wanted.get(name, 1.0)), name
    assert found.prediction["accuracy"] > 0.9
    assert set(found.prediction) <= set(found.metrics)


def test_what_cortex_fires_is_what_counts() -> None:
    experiment = small()
    asked = asked_of(experiment)
    right = perfect(experiment, asked, "recall")
    cortex = right.spikes["cortical"]
    turned = replace(cortex, cell=(cortex.cell + 24) % 48)
    wrong = replace(right, spikes={**right.spikes, "cortical": turned})
    found = scaffold_recall.evaluate(experiment, asked, wrong)
    assert found.metrics["accuracy"] == 0
    assert found.metrics["information_bits"] == 0
    assert found.metrics["addresses_reached"] == 1
    silent = replace(right, spikes={**right.spikes, "cortical": spikes_in([], 48)})
    assert scaffold_recall.evaluate(experiment, asked, silent).metrics["accuracy"] == 0.5


def test_bumps_elsewhere_are_not_the_address() -> None:
    experiment = small()
    asked = asked_of(experiment)
    right = perfect(experiment, asked, "recall")
    one_step_on = 3 * 3 * 4 * 4
    grid = right.spikes["grid"]
    first = int(experiment.circuit.parameters.sheets.first_point[1]) * 4  # type: ignore[attr-defined]
    moved = np.where(grid.cell < first, (grid.cell + one_step_on) % first, grid.cell)
    wrong = replace(right, spikes={**right.spikes, "grid": replace(grid, cell=moved)})
    found = scaffold_recall.evaluate(experiment, asked, wrong).metrics
    assert found["addresses_reached"] < 0.5
    assert found["addresses_held"] < 0.5
    assert found["accuracy"] == 1


# --- the circuit ----------------------------------------------------------------------------------


@pytest.mark.slow
def test_twenty_items_come_back_through_the_scaffold() -> None:
    """One network is enough: over networks, bits right spread by .002 about .998."""
    settings = {"protocol.n_items": 20, "protocol.replays": 1, "run.dt_ms": 0.25}
    found = hippokv.run("scaffold-recall", 1000, settings).metrics
    assert found["accuracy"] >= 0.97
    assert found["addresses_reached"] >= 0.9
