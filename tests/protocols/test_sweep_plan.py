"""The plan of a sweep: which runs, in which order, and what is refused before the first."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import pytest

import hippokv
from hippokv.errors import InputError
from hippokv.protocols.sweep_plan import MOST_RUNS, Plan, plan_sweep

SEEDS = range(3, 5)


def test_seeds_are_fastest_and_the_first_axis_is_slowest() -> None:
    grid = {"protocol.n_items": [2, 1], "circuit.n_slots": [4, 5, 6]}
    plan = plan_sweep("storage", grid, SEEDS, {"run.target": "numpy"})
    runs = list(plan.runs())
    assert len(runs) == len(plan) == 12
    keys = ("protocol.n_items", "circuit.n_slots", "run.seed")
    order = [tuple(settings[key] for key in keys) for settings in runs]
    assert order == [
        (items, slots, seed) for items in (2, 1) for slots in (4, 5, 6) for seed in SEEDS
    ]
    assert all(settings["run.target"] == "numpy" for settings in runs)
    assert len({tuple(sorted(settings.items())) for settings in runs}) == 12


def test_without_a_grid_only_the_seed_varies() -> None:
    plan = plan_sweep("storage", {}, SEEDS)
    assert list(plan.runs()) == [{"run.seed": 3}, {"run.seed": 4}]


def test_values_take_the_type_of_their_field() -> None:
    plan = plan_sweep("storage", {"circuit.beta": [1, 0.5]}, SEEDS, {"protocol.study_ms": 300})
    first = next(plan.runs())
    assert repr(first["circuit.beta"]) == "1.0"
    assert repr(first["protocol.study_ms"]) == "300.0"


def test_a_plan_does_not_change_what_it_was_given() -> None:
    grid, shared = {"circuit.beta": [1]}, {"protocol.study_ms": 300}
    plan_sweep("storage", grid, SEEDS, shared)
    assert (grid, shared) == ({"circuit.beta": [1]}, {"protocol.study_ms": 300})


#: Grid, seeds and shared settings -> words that the refusal must hold.
REFUSED: list[tuple[Mapping[str, Sequence[Any]], range, Mapping[str, Any], str]] = [
    ({"circuit.slots": [4]}, SEEDS, {}, "circuit.slots 4 did you mean circuit.n_slots"),
    ({}, SEEDS, {"n_slots": 4}, "n_slots did you mean circuit.n_slots"),
    ({"circuit.n_slots": [4, 0]}, SEEDS, {}, "circuit.n_slots 0 from 1"),
    ({"circuit.n_slots": [4.0]}, SEEDS, {}, "circuit.n_slots 4.0 whole number"),
    ({"circuit.n_slots": ["4"]}, SEEDS, {}, "circuit.n_slots '4' whole number"),
    ({"circuit.n_slots": [True]}, SEEDS, {}, "circuit.n_slots True whole number"),
    ({"circuit.beta": [float("nan")]}, SEEDS, {}, "circuit.beta nan from"),
    ({"circuit.n_slots": []}, SEEDS, {}, "--grid 'circuit.n_slots' at least one value"),
    ({"circuit.n_slots": [4, 4]}, SEEDS, {}, "--grid 'circuit.n_slots' each value once"),
    ({"circuit.beta": [1, 1.0]}, SEEDS, {}, "--grid 'circuit.beta' each value once"),
    ({"circuit.n_slots": [4]}, SEEDS, {"circuit.n_slots": 5}, "circuit.n_slots 5 not by both"),
    ({"run.seed": [1, 2]}, SEEDS, {}, "run.seed 1 --seeds A:B --grid"),
    ({}, SEEDS, {"run.seed": 1}, "run.seed 1 --seeds A:B --set"),
    ({}, range(0), {}, "--seeds '0:0' A below B"),
    ({}, range(5, 3), {}, "--seeds '5:3' A below B"),
    ({}, range(0, 9, 2), {}, "--seeds A below B"),
    ({}, range(-1, 3), {}, "--seeds -1 from 0 to 4294967295"),
    ({}, range(2**32 + 1), {}, "--seeds 4294967296 from 0 to 4294967295"),
    ({}, range(10**30), {}, "--seeds from 0 to 4294967295"),
    ({}, range(MOST_RUNS + 1), {}, f"--grid {MOST_RUNS + 1} at most {MOST_RUNS} runs"),
    # settings that are good one by one and cannot be run together
    ({}, SEEDS, {"protocol.stimuli": "faces"}, "protocol.stimuli 'faces' random, digits"),
    ({}, SEEDS, {"protocol.stimuli": "file:no.npy"}, "protocol.stimuli no.npy exists"),
    ({"protocol.stimuli": ["random", "digits"]}, SEEDS, {"circuit.n_inputs": 9}, "n_inputs 9 64"),
    (
        {"circuit.entorhinal.reset_voltage_mV": [-70.0, -40.0]}, SEEDS, {},
        "circuit.entorhinal.reset_voltage_mV -40 below",
    ),
    (
        {"circuit.n_slots": [4, 2000], "circuit.cells_per_slot": [1, 100]}, SEEDS,
        {"circuit.n_inputs": 1000}, "circuit.n_slots 2000 at most",
    ),
]  # fmt: skip


@pytest.mark.parametrize(("grid", "seeds", "shared", "words"), REFUSED)
def test_what_cannot_be_run_is_refused(
    grid: Mapping[str, Sequence[Any]], seeds: range, shared: Mapping[str, Any], words: str
) -> None:
    with pytest.raises(InputError) as refused:
        plan_sweep("storage", grid, seeds, shared)
    told = str(refused.value)
    assert "must" in told and "\n" not in told
    for word in words.split():
        assert word in told


def test_an_unknown_protocol_is_refused() -> None:
    with pytest.raises(InputError, match="must be one of storage, cued-recall"):
        plan_sweep("sleep", {}, SEEDS)


def test_more_runs_than_can_be_counted_are_refused() -> None:
    keys = ("beta", "plateau_probability")
    grid = {f"circuit.{key}": [0.01 + number / 25_000 for number in range(20_000)] for key in keys}
    grid["protocol.n_items"] = list(range(1, 2001))
    with pytest.raises(InputError, match=f"must be at most {MOST_RUNS} runs"):
        plan_sweep("storage", grid, range(2**32))


def test_the_most_runs_are_accepted() -> None:
    assert len(plan_sweep("storage", {}, range(MOST_RUNS))) == MOST_RUNS


def test_a_plan_can_be_counted_without_its_runs() -> None:
    assert len(Plan("storage", {"a": (1, 2), "b": (1, 2, 3)}, range(7), {})) == 42


@pytest.mark.parametrize("seeds", [[1, 3], [3, 2], [1, 1], ["1"], [1.5]])
def test_seeds_that_do_not_follow_one_another_are_refused(seeds: list[Any], tmp_path: Path) -> None:
    with pytest.raises(InputError, match="must be whole numbers that follow one another"):
        hippokv.sweep("storage", {}, seeds, out=tmp_path / "new")
    assert list(tmp_path.iterdir()) == []


def test_no_seeds_are_refused(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="--seeds"):
        hippokv.sweep("storage", {}, [], out=tmp_path / "new")
    assert list(tmp_path.iterdir()) == []
