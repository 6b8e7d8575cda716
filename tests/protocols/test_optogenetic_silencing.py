"""Optogenetic silencing: light meets the cues it is meant for, and costs the tagged item alone."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

import hippokv
from hippokv.analysis.recall.items import items_of
from hippokv.analysis.recall.rate_model import rate_model
from hippokv.circuits.manipulation.manipulations import Express, Light, Tag
from hippokv.circuits.slot_memory_parameters import Calibration
from hippokv.errors import InputError
from hippokv.protocols.optogenetic_silencing import measure
from hippokv.protocols.running.experiment import prepare
from hippokv.protocols.running.protocol import Experiment

NAME = "optogenetic-silencing"
SLOTS: dict[str, Any] = {"run.circuit": "slot_memory"}
SHORT: dict[str, Any] = {
    **SLOTS, "protocol.n_items": 4, "protocol.target": 3, "protocol.target_cues": 3,
}  # fmt: skip


def rows(experiment: Experiment, kind: type) -> list[Any]:
    return [row for row in experiment.schedule.manipulations if isinstance(row, kind)]


def predicted(settings: dict[str, Any]) -> dict[str, float]:
    """Return the scores of the rate model, with the items in slots 1, 2, ..."""
    experiment = prepare(NAME, {**SLOTS, **settings})
    n_slots = experiment.settings.circuit.n_slots
    calibration = Calibration(experiment.circuit.parameters)
    found = rate_model(experiment.schedule, n_slots, calibration.beta, lit=calibration.lit)
    return measure(found, found, items_of(experiment.schedule))


def test_light_falls_on_the_cues_under_light_and_on_no_others() -> None:
    experiment = prepare(NAME, SHORT)
    dark = experiment.schedule.channel("light_gtacr2_hippocampal")[:, 0] == 0
    phases = [epoch.phase for epoch in experiment.schedule.epochs]
    under_light = np.array([phase.endswith("under_light") for phase in phases])
    np.testing.assert_array_equal(~dark, under_light)
    assert {phase for phase, lit in zip(phases, under_light, strict=True) if lit} == {
        "recall:target_under_light",
        "recall:others_under_light",
    }


def test_light_is_on_all_the_time_of_a_cue() -> None:
    lights = rows(prepare(NAME, SHORT), Light)
    assert len(lights) == 3 + 3
    assert {light.duty for light in lights} == {1.0}


def test_the_cells_of_the_target_are_tagged_and_no_others() -> None:
    experiment = prepare(NAME, SHORT)
    (tag,) = rows(experiment, Tag)
    stored = experiment.schedule.events("store")[2]
    assert (tag.start_ms, tag.stop_ms, tag.by) == (stored.start_ms, stored.stop_ms, "plateaus")
    (express,) = rows(experiment, Express)
    assert experiment.schedule.events("store")[-1].stop_ms <= express.at_ms
    assert express.at_ms < experiment.schedule.events("recall")[0].stop_ms


def test_the_rounds_ask_alike_and_the_target_by_other_entries_each_time() -> None:
    items = items_of(prepare(NAME, SHORT).schedule)
    for who, asked in (("target", [2, 2, 2]), ("others", [0, 1, 3])):
        rounds = [items.asked(f"{who}_{when}") for when in ("before", "under_light", "after")]
        for found in rounds:
            np.testing.assert_array_equal(items.query_item[found], asked)
            np.testing.assert_array_equal(items.queries[found], items.queries[rounds[0]])
    cues = items.queries[items.asked("target_before")]
    assert len({tuple(cue != 0) for cue in cues}) == 3
    assert ((cues == 0) | (cues == items.keys[2])).all()


def test_an_item_that_is_not_stored_cannot_be_tagged() -> None:
    with pytest.raises(InputError, match=r"protocol.target = 5: must be at most"):
        prepare(NAME, {"protocol.n_items": 4, "protocol.target": 5})


def test_theory_loses_the_target_under_light_alone() -> None:
    scores = predicted({})
    assert scores["accuracy"] == scores["accuracy_target_under_light"] <= 0.6
    assert scores["engram_share"] < 1e-6
    for name in ("target_before", "target_after", "others_before", "others_under_light"):
        assert scores[f"accuracy_{name}"] > 0.99


def test_theory_needs_light_and_opsin() -> None:
    faint = predicted({"protocol.irradiance_mW_per_mm2": 1e-6})
    assert faint["accuracy"] == faint["accuracy_target_before"]
    none = predicted({"protocol.expression": 0.0})
    assert none["accuracy"] == none["accuracy_target_before"]
    half = predicted({"protocol.expression": 0.5})
    assert half["accuracy"] > 0.95


@pytest.mark.slow
def test_light_costs_the_tagged_item_and_it_comes_back_in_the_dark() -> None:
    """One network is enough: of three, each has 1.00 in the dark and .48 to .53 under light."""
    found = hippokv.run(NAME, 1000, SLOTS).metrics
    assert found["accuracy_target_before"] >= 0.99
    assert found["accuracy_target_under_light"] <= 0.6
    assert found["accuracy_target_after"] >= 0.99
    assert abs(found["others_change"]) <= 0.01
