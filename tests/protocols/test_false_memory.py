"""A false memory: what is written at lit cells, by what, and which cue finds it."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

import hippokv
from hippokv.analysis.recall.items import items_of
from hippokv.circuits.manipulation.manipulations import BlockPlasticity, Express, Light
from hippokv.errors import InputError
from hippokv.protocols.running.experiment import prepare
from hippokv.protocols.running.protocol import Result

SMALL: dict[str, Any] = {
    "run.circuit": "slot_memory",
    "circuit.n_inputs": 20, "circuit.n_outputs": 16, "circuit.n_slots": 6,
    "circuit.cells_per_slot": 3, "protocol.n_items": 4, "protocol.occlusion": 0.2,
}  # fmt: skip


def false_memory(seed: int = 1, **changes: Any) -> Result:
    """Run the protocol in a small circuit with some of its settings changed."""
    given = {f"protocol.{name}": value for name, value in changes.items()}
    return hippokv.run("false-memory", seed, {**SMALL, **given})


@pytest.mark.parametrize("target", [1, 3])
@pytest.mark.parametrize("conditioning", ["shown", "dark"])
def test_the_cue_of_the_lit_context_brings_the_new_value_and_no_other_does(
    target: int, conditioning: str
) -> None:
    for metrics in both(false_memory(target=target, conditioning=conditioning)):
        assert metrics["false_A_before"] == 0.0
        assert metrics["new_A_after"] == 1.0
        assert metrics["false_A_after"] == 1.0
        assert metrics["false_B_after"] == metrics["false_C_after"] == 0.0
        assert metrics["accuracy_B_after"] > 0.95


def test_light_starts_plateaus_in_the_tagged_cells_alone() -> None:
    result = false_memory(target=2)
    assert result.metrics["engram_plateaus"] == 1.0
    assert result.metrics["other_plateaus"] == 0.0
    np.testing.assert_array_equal(
        result.found.readout.plateaus[-1], result.found.readout.plateaus[1]
    )


@pytest.mark.parametrize("without", [{"irradiance_mW_per_mm2": 0.0}, {"in_dendrite": 0.0}])
def test_nothing_is_written_without_a_plateau(without: dict[str, float]) -> None:
    result = false_memory(**without)
    assert result.metrics["engram_plateaus"] == 0.0
    for metrics in both(result):
        assert metrics["accuracy_A_after"] == 1.0
        assert metrics["false_A_after"] == 0.0


def test_light_on_the_soma_alone_makes_the_tagged_cells_fire_all_the_same() -> None:
    result = false_memory(in_dendrite=0.0, conditioning="dark")
    event = result.experiment.schedule.events("store")[-1]
    start = event.start_ms + result.experiment.settings.protocol.lead_ms
    spikes = result.recording.spikes["hippocampal"].counts(start, start + 700.0).reshape(6, 3)
    tagged = result.found.readout.plateaus[0]
    assert spikes[tagged].sum() > 10 * max(spikes[~tagged].sum(), 1)


def test_without_protection_the_keys_take_up_the_context_in_which_the_light_falls() -> None:
    result = false_memory(keys_protected=False)
    slot = result.found.readout.plateaus[0]
    other = result.found.items.keys[1]
    for readout in (result.found.readout, result.found.prediction):
        np.testing.assert_array_equal(np.sign(readout.keys[slot][0]), other)
    kept = false_memory().found.readout
    np.testing.assert_array_equal(np.sign(kept.keys[slot][0]), result.found.items.keys[0])


def test_the_schedule_lights_the_new_value_and_protects_the_keys_meanwhile() -> None:
    schedule = prepare("false-memory", SMALL).schedule
    event = schedule.events("store")[-1]
    (light,) = (row for row in schedule.manipulations if isinstance(row, Light))
    (block,) = (row for row in schedule.manipulations if isinstance(row, BlockPlasticity))
    (express,) = (row for row in schedule.manipulations if isinstance(row, Express))
    assert event.start_ms < light.start_ms < light.stop_ms < event.stop_ms
    assert (block.start_ms, block.stop_ms) == (event.start_ms, event.stop_ms)
    assert schedule.events("store")[-2].stop_ms <= express.at_ms < event.start_ms
    items = items_of(schedule)
    np.testing.assert_array_equal(items.keys[-1], items.keys[1])
    during = (schedule.start_ms >= event.start_ms) & (schedule.start_ms < event.stop_ms)
    assert not schedule.channel("instruction")[during].any()


def test_a_single_context_is_refused() -> None:
    with pytest.raises(InputError, match=r"protocol.n_items = 1: must be"):
        prepare("false-memory", {"protocol.n_items": 1})


@pytest.mark.slow
@pytest.mark.parametrize("seed", range(1000, 1003))
def test_the_false_memory_is_that_of_one_context(seed: int) -> None:
    """Of eight seeds every one has 1, 0 and 0."""
    scores = hippokv.run("false-memory", seed, {"run.circuit": "slot_memory"}).metrics
    for group, low, high in (("A", 0.95, 1.0), ("B", 0.0, 0.05), ("C", 0.0, 0.05)):
        assert low <= scores[f"false_{group}_after"] <= high, group
    assert scores["new_A_after"] > 0.99


def both(result: Result) -> tuple[dict[str, float], dict[str, float]]:
    """Return the scores of the circuit and of the rate model."""
    return result.metrics, result.predicted_metrics
