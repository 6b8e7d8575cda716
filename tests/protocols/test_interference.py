"""Interference: recall depends on the length of the own list, not on what came between."""

from __future__ import annotations

from collections import Counter
from typing import Any

import numpy as np
import pytest

import hippokv
from hippokv.analysis.recall.items import Items, items_of
from hippokv.analysis.recall.rate_model import rate_model
from hippokv.analysis.recall.readout import Readout
from hippokv.circuits.slot_memory_parameters import Calibration
from hippokv.errors import InputError
from hippokv.protocols.interference import measure
from hippokv.protocols.running.experiment import prepare
from shared_circuit import SETTINGS

SLOTS: dict[str, Any] = {"run.circuit": "slot_memory"}


def rate_readout(seed: int, given: dict[str, Any] | None = None) -> tuple[Readout, Items]:
    """Return what the rate model recalls."""
    experiment = prepare("interference", {**SLOTS, **(given or {}), "run.seed": seed})
    calibration = Calibration(experiment.circuit.parameters)
    n_slots = experiment.settings.circuit.n_slots
    return rate_model(experiment.schedule, n_slots, calibration.beta), items_of(experiment.schedule)


def scores(given: dict[str, Any], seeds: range) -> dict[str, float]:
    """Return the mean scores of the rate model."""
    found = []
    for seed in seeds:
        readout, items = rate_readout(seed, given)
        found.append(measure(readout, readout, items))
    return {name: float(np.mean([score[name] for score in found])) for name in found[0]}


def test_theory_forgets_by_the_length_of_the_own_list_alone() -> None:
    found = scores({}, range(20))
    assert found["effect_of_own_length"] > 0.08
    assert abs(found["effect_of_next_length"]) < 0.005
    assert abs(found["effect_of_number"]) < 0.005


def test_lists_of_the_same_length_are_recalled_alike() -> None:
    found = scores({"protocol.long_length": 4, "protocol.short_length": 4}, range(30))
    assert abs(found["effect_of_own_length"]) < 0.04


def test_without_contexts_what_comes_between_does_matter() -> None:
    # No entry of the key is context: all items compete, however many lists there are.
    found = scores({"protocol.context": 0.0, "protocol.occlusion": 0.9}, range(20))
    assert found["effect_of_next_length"] > 0.01
    assert found["effect_of_number"] > 0.02


def test_items_compete_within_their_list() -> None:
    readout, items = rate_readout(3)
    context = items.keys[:, :20]
    for recall, item in enumerate(items.query_item):
        same = (context == context[item]).all(axis=1)
        assert readout.attention[recall][: len(items.keys)][same].sum() > 0.9


@pytest.mark.parametrize("seed", range(4))
def test_each_length_follows_each_and_each_list_is_asked_for_three_times(seed: int) -> None:
    items = items_of(prepare("interference", {"run.seed": seed}).schedule)
    counts = Counter(items.query_group)
    for own, length in (("short", 4), ("long", 12)):
        assert counts[f"{own}_after_short"] == counts[f"{own}_after_long"] == length
        assert counts[f"{own}_at_once"] == counts[f"{own}_after_several"] == 2 * length
    times = Counter(items.query_item.tolist())
    assert set(times.values()) == {3}
    for item in times:
        cues = items.queries[items.query_item == item]
        assert (cues == cues[0]).all()


def test_a_list_is_asked_for_after_exactly_one_other() -> None:
    schedule = prepare("interference", SLOTS).schedule
    items = items_of(schedule)
    stored = schedule.events("store")
    lists = [context.tobytes() for context in items.keys[:, :20]]
    for event in schedule.events("recall"):
        since = {
            lists[store.item]
            for store in stored
            if store.item > event.item and store.start_ms < event.start_ms
        } - {lists[event.item]}
        if event.group.endswith("at_once"):
            assert not since
        elif event.group.endswith("several"):
            assert len(since) >= 2
        else:
            assert len(since) == 1


def test_lists_that_need_too_many_slots_or_items_are_refused() -> None:
    with pytest.raises(InputError, match=r"protocol.long_length = 13: must be such that all lists"):
        prepare("interference", {"protocol.long_length": 13, "protocol.n_items": 50})
    with pytest.raises(InputError, match=r"protocol.n_items = 30: must be at least 40"):
        prepare("interference", {"protocol.n_items": 30})


def test_spikes_store_every_list_and_prefer_it() -> None:
    result = hippokv.run(
        "interference",
        1,
        {
            "protocol.short_length": 1, "protocol.long_length": 1, "protocol.further_lists": 0,
            "protocol.n_items": 5, "protocol.cue_ms": 150.0, **SETTINGS,
        },
    )  # fmt: skip
    assert (result.found.readout.plateaus.sum(axis=1) == 1).all()
    assert set(result.metrics) == set(result.predicted_metrics)
    assert result.metrics["accuracy_short_at_once"] > 0.7
