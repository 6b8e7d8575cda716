"""Keys and values come apart: what is known and what is recalled are lost to different damage."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

import hippokv
from hippokv.analysis.figures.sweep import mean_interval
from hippokv.analysis.recall.items import items_of
from hippokv.circuits.manipulation.manipulations import ScaleWeights, Silence
from hippokv.protocols.running.experiment import prepare
from hippokv.protocols.running.protocol import Result

FEW: dict[str, Any] = {"protocol.n_items": 10, "protocol.n_novel": 10}


@pytest.fixture(scope="module")
def damaged() -> Result:
    """Return a run with few items."""
    return hippokv.run("dissociation", 3, FEW)


def test_value_damage_takes_the_content_and_leaves_the_match(damaged: Result) -> None:
    for metrics in (damaged.metrics, damaged.predicted_metrics):
        assert metrics["content_intact"] > 0.97
        assert metrics["content_value_damage"] <= 0.65
        assert metrics["match_auc_value_damage"] >= 0.95
    intact, value = (
        damaged.found.readout.match[damaged.found.items.asked(f"stored_{state}")]
        for state in ("intact", "value_damage")
    )
    assert np.abs(intact - value).max() < 0.1 * intact.mean()


def test_key_damage_takes_content_and_match_of_the_memories_it_hits_and_of_no_others(
    damaged: Result,
) -> None:
    for metrics in (damaged.metrics, damaged.predicted_metrics):
        assert metrics["content_hit"] < 0.65
        assert metrics["match_auc_hit"] < 0.8
        assert metrics["content_spared"] == metrics["match_auc_spared"] == 1.0
        assert metrics["interaction"] > 0.5


def test_each_score_says_on_how_many_cues_it_rests(damaged: Result) -> None:
    counts = {name: one.n for name, one in damaged.certainty.items()}
    assert counts["content_intact"] == 10 and counts["match_auc_intact"] == 20
    assert counts["content_hit"] + counts["content_spared"] == counts["content_key_damage"] == 10
    assert counts["match_auc_hit"] == counts["content_hit"] + 10
    for name, one in damaged.certainty.items():
        if name.startswith("content"):
            assert one.low <= damaged.metrics[name] <= one.high


def test_no_damage_takes_nothing() -> None:
    metrics = hippokv.run("dissociation", 3, {**FEW, "protocol.damage": 0.0}).metrics
    assert metrics["content_key_damage"] == metrics["content_value_damage"] == 1.0
    assert abs(metrics["interaction"]) < 0.1


def test_slots_are_silent_for_a_while_and_value_cells_from_then_on() -> None:
    schedule = prepare("dissociation", FEW).schedule
    keys, values = (row for row in schedule.manipulations if isinstance(row, Silence))
    assert (keys.population, values.population) == ("hippocampal", "cortical")
    assert keys.stop_ms == values.start_ms
    assert keys.cells is not None and values.cells is not None
    assert len(keys.cells) == 0.8 * 800
    assert len({cell // 20 for cell in keys.cells}) == 0.8 * 40
    assert len(values.cells) == 0.8 * 80
    lost = prepare("dissociation", {**FEW, "protocol.value_damage": "synapses"}).schedule
    (scaled,) = (row for row in lost.manipulations if isinstance(row, ScaleWeights))
    assert (scaled.factor, scaled.fraction) == (0.0, 0.8)


def test_each_state_asks_for_the_same_cues_and_novel_ones_were_never_stored() -> None:
    items = items_of(prepare("dissociation", FEW).schedule)
    for kind in ("stored", "novel"):
        first, *others = (
            items.queries[items.asked(f"{kind}_{state}")]
            for state in ("intact", "key_damage", "value_damage")
        )
        for cues in others:
            np.testing.assert_array_equal(cues, first)
        assert ((first == 0).sum(axis=1) == 24).all()
    novel = items.queries[items.asked("novel_intact")]
    assert (novel @ items.keys.T).max() < 16


@pytest.mark.slow
def test_the_damages_interact_over_many_seeds() -> None:
    half_as_many = {"protocol.n_items": 20, "protocol.n_novel": 20}
    runs = [hippokv.run("dissociation", seed, half_as_many) for seed in range(1000, 1003)]
    mean, half = mean_interval(np.array([run.metrics["interaction"] for run in runs]))
    assert mean - half > 0
    assert np.mean([run.metrics["match_auc_value_damage"] for run in runs]) >= 0.95
    assert np.mean([run.metrics["content_value_damage"] for run in runs]) <= 0.65
