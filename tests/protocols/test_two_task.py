"""Two blocks: the second hides the first, nothing is lost, and what is amplified is found again."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

import hippokv
from hippokv.analysis.recall.items import items_of
from hippokv.circuits.manipulation.manipulations import Light, ScaleWeights
from hippokv.errors import InputError
from hippokv.protocols.running.experiment import prepare
from hippokv.protocols.running.protocol import Result
from hippokv.protocols.two_task import rivals, rivals_of

FEW: dict[str, Any] = {"run.circuit": "slot_memory", "protocol.n_items": 3, "protocol.laps": 3}


@pytest.fixture(scope="module")
def two_blocks() -> Result:
    """Return a run with three items, and three laps of their rivals."""
    return hippokv.run("two-task", 2, FEW)


def test_the_second_block_hides_the_first_and_amplified_keys_bring_it_back(
    two_blocks: Result,
) -> None:
    for metrics in (two_blocks.metrics, two_blocks.predicted_metrics):
        assert metrics["won_first_before"] == 1.0
        assert metrics["won_first_after_second"] == 0.0
        assert metrics["won_second_after_second"] == 1.0
        for state in ("amplified", "lit"):
            assert metrics[f"accuracy_first_{state}"] > 0.95
            assert metrics[f"won_second_{state}"] == 0.0


def test_nothing_of_the_first_block_was_overwritten(two_blocks: Result) -> None:
    for readout in (two_blocks.found.readout, two_blocks.found.prediction):
        first, others = readout.plateaus[:3], readout.plateaus[3:]
        assert not (first.any(axis=0) & others.any(axis=0)).any()
        slots = first.argmax(axis=1)
        np.testing.assert_array_equal(
            np.sign(readout.values[slots]), two_blocks.found.items.values[:3]
        )
        # The keys were scaled up and down again: they are what was stored.
        assert np.abs(readout.keys[slots] - two_blocks.found.items.keys[:3]).max() < 0.05


def test_weak_amplification_brings_nothing_back_and_costs_nothing() -> None:
    # Three slots of a rival outweigh one until the logit gained by 16 matches is ln 3.
    result = hippokv.run("two-task", 2, {**FEW, "protocol.amplification": 1.03})
    for metrics in (result.metrics, result.predicted_metrics):
        assert metrics["won_first_amplified"] == 0.0
        assert metrics["won_second_amplified"] == 1.0


def test_scaling_acts_once_and_is_undone_before_the_light() -> None:
    schedule = prepare("two-task", FEW).schedule
    up, down = (row for row in schedule.manipulations if isinstance(row, ScaleWeights))
    (light,) = (row for row in schedule.manipulations if isinstance(row, Light))
    assert up.factor * down.factor == pytest.approx(1.0)
    assert up.at_ms < down.at_ms < light.start_ms
    groups = {event.group: event.start_ms for event in schedule.events("recall")}
    assert groups["second_after_second"] < up.at_ms < groups["first_amplified"]
    assert groups["second_amplified"] < down.at_ms < groups["first_lit"]


def test_rivals_share_keys_but_for_what_is_distinct_and_have_values_of_their_own() -> None:
    experiment = prepare("two-task", {**FEW, "protocol.distinct": 0.1})
    stimuli = experiment.stimuli
    second = rivals_of(stimuli, 0.1, experiment.settings.run.seed)
    np.testing.assert_array_equal((second.keys != stimuli.keys).sum(axis=1), 4)
    items = items_of(experiment.schedule)
    for lap in range(3):
        np.testing.assert_array_equal(items.keys[3 + 3 * lap : 6 + 3 * lap], second.keys)
    first = items.asked("first_lit")
    np.testing.assert_array_equal(rivals(items)[first], second.values)
    np.testing.assert_array_equal(rivals(items)[items.asked("second_lit")], stimuli.values)


def test_blocks_that_would_overwrite_each_other_are_refused() -> None:
    with pytest.raises(InputError, match=r"protocol.laps = 4: must be such that"):
        prepare("two-task", {"protocol.n_items": 9})
