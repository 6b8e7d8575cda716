"""Optogenetic reactivation: who is tagged and lit, and that light brings back the tagged item."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

import hippokv
from hippokv.analysis.recall.items import items_of
from hippokv.circuits.manipulation.manipulations import Express, Light, Tag
from hippokv.circuits.schedule import Epoch
from hippokv.errors import InputError
from hippokv.protocols.parts.tagging import span
from hippokv.protocols.running.experiment import prepare
from hippokv.protocols.running.protocol import Experiment, Result

SIZES: dict[str, Any] = {
    "run.circuit": "slot_memory",
    "circuit.n_inputs": 20, "circuit.n_outputs": 16, "circuit.n_slots": 6,
    "circuit.cells_per_slot": 3, "protocol.n_items": 5,
}  # fmt: skip
GROUPS = ["no_light", "light", "others_in_the_dark", "others_under_light"]


def prepared(**changes: Any) -> Experiment:
    """Return a reactivation that is ready to run."""
    return prepare("optogenetic-reactivation", settings(**changes))


def reactivated(seed: int = 1, **changes: Any) -> Result:
    """Run a reactivation in the small circuit."""
    return hippokv.run("optogenetic-reactivation", seed, settings(**changes))


def settings(**changes: Any) -> dict[str, Any]:
    return {**SIZES, **{f"protocol.{name}": value for name, value in changes.items()}}


def windows(experiment: Experiment, group: str) -> list[tuple[float, float]]:
    """Return from when to when the recalls of a group last."""
    events = experiment.schedule.events("recall")
    return [(event.start_ms, event.stop_ms) for event in events if event.group == group]


# --- the schedule ---------------------------------------------------------------------------------


@pytest.mark.parametrize("target", [1, 3, 5])
def test_the_label_opens_while_the_target_is_stored_alone(target: int) -> None:
    experiment = prepared(target=target, tagged_by="spikes")
    tag, express, *lights = experiment.schedule.manipulations
    assert isinstance(tag, Tag) and isinstance(express, Express)
    stored = experiment.schedule.events("store")[target - 1]
    assert (tag.population, tag.by) == ("hippocampal", "spikes")
    assert (tag.start_ms, tag.stop_ms) == (stored.start_ms, stored.stop_ms)
    assert express.at_ms >= experiment.schedule.events("store")[-1].stop_ms
    assert all(isinstance(light, Light) and light.start_ms > express.at_ms for light in lights)


def test_light_falls_on_the_dark_and_on_the_cues_of_the_others() -> None:
    experiment = prepared(target=2)
    alone, on_cues = (row for row in experiment.schedule.manipulations if isinstance(row, Light))
    assert [(alone.start_ms, alone.stop_ms)] == windows(experiment, "light")
    cues = windows(experiment, "others_under_light")
    assert on_cues.start_ms == cues[0][0] and on_cues.stop_ms >= cues[-1][1]
    for group in ("no_light", "others_in_the_dark"):
        for start, stop in windows(experiment, group):
            assert stop <= alone.start_ms or (start >= alone.stop_ms and stop <= on_cues.start_ms)


def test_the_target_has_no_cue_and_the_others_have_theirs_twice() -> None:
    items = items_of(prepared(target=2).schedule)
    assert list(dict.fromkeys(items.query_group)) == GROUPS
    np.testing.assert_array_equal(items.query_item[items.asked("no_light", "light")], [1, 1])
    assert not items.queries[items.asked("no_light", "light")].any()
    dark, lit = (items.asked(group) for group in GROUPS[2:])
    np.testing.assert_array_equal(items.query_item[dark], [0, 2, 3, 4])
    np.testing.assert_array_equal(items.queries[dark], items.queries[lit])


def test_the_light_is_the_one_of_the_settings() -> None:
    experiment = prepared(
        irradiance_mW_per_mm2=2.0, frequency_Hz=10.0, pulse_ms=3.0, light_ms=300.0
    )
    for light in experiment.schedule.manipulations[2:]:
        assert isinstance(light, Light)
        assert (light.irradiance_mW_per_mm2, light.frequency_Hz, light.width_ms) == (2.0, 10.0, 3.0)
    ((start, stop),) = windows(experiment, "light")
    assert stop - start == 300.0


def test_a_span_is_the_first_stretch_of_a_phase_and_item() -> None:
    epochs = [
        Epoch("rest", 10.0), Epoch("store", 20.0, 0), Epoch("store", 30.0, 1),
        Epoch("store", 5.0, 1), Epoch("rest", 10.0), Epoch("store", 40.0, 1),
    ]  # fmt: skip
    assert span(epochs, "store", 0) == (10.0, 30.0)
    assert span(epochs, "store", 1) == (30.0, 65.0)


# --- what light brings back -----------------------------------------------------------------------


def by_slot(result: Result, group: str) -> NDArray[np.int64]:
    """Count the spikes of each slot in the first recall of a group, but for its start."""
    start, stop = windows(result.experiment, group)[0]
    counts = result.recording.spikes["hippocampal"].counts(start + 50, stop)
    return np.asarray(counts.reshape(6, 3).sum(axis=1))


@pytest.mark.usefixtures("small")
@pytest.mark.parametrize(
    "changes",
    [{}, {"target": 3}, {"target": 5}, {"tagged_by": "spikes", "label_threshold": 60.0}],
)
def test_light_on_the_engram_brings_its_item_back_and_drowns_the_cues(
    changes: dict[str, Any],
) -> None:
    result = reactivated(**changes)
    engram = result.found.readout.plateaus[changes.get("target", 1) - 1]
    assert engram.sum() == 1
    assert by_slot(result, "light")[engram] > 10 * by_slot(result, "no_light")[engram]
    assert result.metrics["engram_share"] > 0.99
    assert result.metrics["accuracy"] == 1.0
    assert result.metrics["accuracy_others_in_the_dark"] > 0.9
    # Cues of other items bring back the one that is lit.
    asked = result.found.items.asked("others_under_light")
    lit = result.found.readout.decoded[asked]
    target = result.found.items.values[changes.get("target", 1) - 1]
    assert (lit == target).mean() > 0.95
    assert result.metrics["accuracy_no_light"] < 1.0


@pytest.mark.usefixtures("small")
@pytest.mark.parametrize(
    "changes",
    [{"expression": 0.0}, {"label_threshold": 2.0}, {"irradiance_mW_per_mm2": 0.0}],
    ids=["no cell makes the opsin", "no cell is tagged", "no light"],
)
def test_light_tag_and_opsin_are_all_needed(changes: dict[str, float]) -> None:
    result, lit = reactivated(**changes), reactivated()
    engram = result.found.readout.plateaus[0]
    assert by_slot(result, "light")[engram] < 0.1 * by_slot(lit, "light")[engram]
    assert result.metrics["engram_share"] < 0.7
    assert result.metrics["accuracy_others_under_light"] > 0.9


@pytest.mark.usefixtures("small")
def test_a_label_outlives_what_its_slot_held() -> None:
    """The seventh item overwrites the first of six: light on its cells brings back the seventh."""
    result = reactivated(n_items=7)
    plateaus = result.found.readout.plateaus
    np.testing.assert_array_equal(plateaus[0], plateaus[6])
    lit = result.found.readout.decoded[result.found.items.asked("light")][0]
    np.testing.assert_array_equal(lit, result.found.items.values[6])
    assert result.metrics["accuracy"] == result.predicted_metrics["accuracy"] < 1.0


@pytest.mark.usefixtures("small")
def test_the_rate_model_predicts_what_light_does() -> None:
    result = reactivated()
    assert result.predicted_metrics["engram_share"] > 0.99
    for group in ("light", "others_in_the_dark", "others_under_light"):
        found, predicted = (
            scores[f"accuracy_{group}"] for scores in (result.metrics, result.predicted_metrics)
        )
        assert found == pytest.approx(predicted, abs=0.1)


@pytest.mark.usefixtures("small")
def test_a_single_item_has_no_others() -> None:
    result = reactivated(n_items=1)
    assert set(result.found.items.query_group) == {"no_light", "light"}
    assert result.metrics["accuracy"] == 1.0
    assert len(result.experiment.schedule.manipulations) == 3


# --- bad input ------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"target": 6}, "protocol.target = 6: must be at most protocol.n_items, 5"),
        ({"target": 0}, "protocol.target = 0: must be"),
        ({"tagged_by": "calcium"}, "protocol.tagged_by = 'calcium': must be one of plateaus, spi"),
        ({"label_threshold": -1.0}, "protocol.label_threshold = -1.0: must be"),
        ({"expression": 1.1}, "protocol.expression = 1.1: must be"),
        ({"irradiance_mW_per_mm2": -5.0}, "protocol.irradiance_mW_per_mm2 = -5.0: must be"),
        ({"frequency_Hz": 0.0}, "protocol.frequency_Hz = 0.0: must be"),
        ({"pulse_ms": 0.0}, "protocol.pulse_ms = 0.0: must be"),
        ({"light_ms": 50.0}, "protocol.light_ms = 50.0: must be"),
        ({"light_ms": 702.0}, "protocol.light_ms = 702.0: must be"),
    ],
)
def test_what_cannot_be_tagged_or_lit_is_refused(changes: dict[str, Any], words: str) -> None:
    with pytest.raises(InputError) as refused:
        prepared(**changes)
    assert words in str(refused.value)
    assert "\n" not in str(refused.value)
