"""The plan of a sweep: which runs, in which order, and what is refused before the first."""

from __future__ import annotations

import itertools
import json
from collections import UserList
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import hippokv
from hippokv.errors import InputError
from hippokv.protocols.sweeps.plan import MOST_RUNS, Plan, plan_sweep

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


#: Grid, seeds and shared settings as NumPy gives them, and the same of Python's own.
SAME: list[tuple[tuple[Any, Any, Any], tuple[Any, Any, Any]]] = [
    (
        ({"circuit.beta": np.linspace(0.1, 0.3, 3)}, SEEDS, {}),
        ({"circuit.beta": [0.1, 0.2, 0.3]}, SEEDS, {}),
    ),
    (
        ({"protocol.n_items": np.arange(2, 4)}, np.arange(3, 5), {}),
        ({"protocol.n_items": [2, 3]}, SEEDS, {}),
    ),
    (
        ({"protocol.n_items": (np.int8(2), 3)}, [np.int64(3), 4], {"circuit.n_slots": np.array(4)}),
        ({"protocol.n_items": [2, 3]}, SEEDS, {"circuit.n_slots": 4}),
    ),
    (
        (
            {np.str_("circuit.selection"): np.array(["random", "least_recent"])}, (3, 4),
            {np.str_("run.target"): np.str_("numpy")},
        ),
        ({"circuit.selection": ["random", "least_recent"]}, SEEDS, {"run.target": "numpy"}),
    ),
    (
        ({"protocol.own_values": np.array([True, False])}, iter([3, 4]), None),
        ({"protocol.own_values": [True, False]}, SEEDS, {}),
    ),
    (
        ({"circuit.beta": np.float32([0.1]), "run.circuit": np.array(["slot_memory"])}, SEEDS, {}),
        ({"circuit.beta": [0.10000000149011612], "run.circuit": ["slot_memory"]}, SEEDS, {}),
    ),
    (
        ({"circuit.n_slots": UserList([4, 5]), "protocol.n_items": range(1, 3)}, SEEDS, {}),
        ({"circuit.n_slots": [4, 5], "protocol.n_items": [1, 2]}, SEEDS, {}),
    ),
]  # fmt: skip


@pytest.mark.parametrize(("given", "own"), SAME)
def test_numbers_of_numpy_make_the_same_plan(
    given: tuple[Any, Any, Any], own: tuple[Any, Any, Any]
) -> None:
    found, expected = (plan_sweep("storage", *one) for one in (given, own))
    assert repr(list(found.runs())) == repr(list(expected.runs()))
    # As the journal writes them.
    assert json.dumps(list(found.runs())) == json.dumps(list(expected.runs()))
    assert repr(found) == repr(expected)


@pytest.mark.parametrize(
    ("grid", "words"),
    [
        ({"circuit.selection": "random"}, "'random' list, a tuple or an array"),
        ({"circuit.n_slots": 4}, "circuit.n_slots 4 list, a tuple or an array"),
        ({"circuit.n_slots": np.array(4)}, "circuit.n_slots 4 list, a tuple or an array"),
        ({"circuit.n_slots": None}, "circuit.n_slots None list, a tuple or an array"),
        ({"circuit.n_slots": {4, 5}}, "circuit.n_slots list, a tuple or an array"),
        ({"circuit.n_slots": {4: 5}}, "circuit.n_slots list, a tuple or an array"),
        ({"circuit.n_slots": b"45"}, "circuit.n_slots list, a tuple or an array"),
        ({"circuit.n_slots": [[4]]}, "circuit.n_slots [4] whole number"),
        ({"circuit.n_slots": np.array([[4, 5]])}, "circuit.n_slots array([4, 5]) whole number"),
        ({"circuit.n_slots": np.linspace(4, 6, 3)}, "circuit.n_slots 4.0 whole number"),
        ({"circuit.n_slots": np.array([4, 4])}, "circuit.n_slots each value once"),
        ({"circuit.n_slots": np.array([])}, "circuit.n_slots at least one value"),
        ({"circuit.beta": np.array([0.5, np.nan])}, "circuit.beta nan from 0.01"),
        ({"circuit.beta": np.array([-1.0])}, "circuit.beta -1.0 from 0.01"),
        ({"circuit.n_slots": itertools.count(1)}, f"more than {MOST_RUNS} runs"),
        ({"circuit.n_slots": range(1, 10**15)}, f"more than {MOST_RUNS} runs"),
        ({4: [4]}, "grid 4 dotted keys"),
        ([("circuit.n_slots", [4])], "grid dictionary"),
        ({"circuit.selection": ["Randon"]}, "ring, least_recent, random, did you mean random?"),
        ({"run.circuit": ["slots_memory"]}, "run.circuit did you mean slot_memory"),
    ],
    ids=range(20),
)
def test_axes_that_are_no_lists_of_values_are_refused(grid: Any, words: str) -> None:
    with pytest.raises(InputError) as refused:
        plan_sweep("storage", grid, SEEDS)
    told = str(refused.value)
    assert "must" in told and "\n" not in told and len(told) < 300
    for word in words.split():
        assert word in told


@pytest.mark.parametrize(
    "seeds",
    [
        3, None, "12", "1:3", [0.0, 1.0], [True, 2], [np.bool_(True)], np.arange(3.0), np.array(3),
        np.array([[3, 4]]), np.array([3, 5]), np.array([4, 3]), [np.int64(3), "4"], [None],
    ],
    ids=range(14),
)  # fmt: skip
def test_seeds_of_any_other_kind_are_refused(seeds: Any) -> None:
    with pytest.raises(InputError, match="seeds = .*: must be whole numbers that follow one"):
        plan_sweep("storage", {}, seeds)


def test_seeds_of_numpy_are_held_to_the_same_bounds() -> None:
    with pytest.raises(InputError, match="--seeds = -1: must be a whole number from 0"):
        plan_sweep("storage", {}, np.array([-1, 0]))
    with pytest.raises(InputError, match=f"more than {MOST_RUNS} runs"):
        plan_sweep("storage", {}, itertools.count())


@pytest.mark.parametrize("protocol", ["storag", "STORAGE", np.str_("stroage")])
def test_a_mistyped_protocol_is_told_what_is_near(protocol: str) -> None:
    with pytest.raises(InputError, match=r"PROTOCOL = .* did you mean storage\?"):
        plan_sweep(protocol, {}, SEEDS)


@pytest.mark.parametrize("protocol", [None, 3, ["storage"], b"storage", {}])
def test_a_protocol_that_is_no_text_is_refused(protocol: Any) -> None:
    with pytest.raises(InputError, match="PROTOCOL = .*must be one of storage, cued-recall"):
        plan_sweep(protocol, {}, SEEDS)
