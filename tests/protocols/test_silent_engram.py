"""A silent engram: weak keys cost the cue, not the light, and the others nothing."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

import hippokv
from hippokv.analysis.recall.items import items_of
from hippokv.analysis.recall.rate_model import rate_model
from hippokv.circuits.manipulation.manipulations import Light, ScaleWeights, Tag
from hippokv.circuits.slot_memory_parameters import Calibration
from hippokv.errors import InputError
from hippokv.protocols.running.experiment import prepare
from hippokv.protocols.running.protocol import Experiment
from hippokv.protocols.silent_engram import measure

NAME = "silent-engram"
SLOTS: dict[str, Any] = {"run.circuit": "slot_memory"}
SHORT: dict[str, Any] = {
    **SLOTS, "protocol.n_items": 4, "protocol.target": 3, "protocol.target_cues": 3,
}  # fmt: skip


def rows(experiment: Experiment, kind: type) -> list[Any]:
    return [row for row in experiment.schedule.manipulations if isinstance(row, kind)]


def span(experiment: Experiment, group: str) -> tuple[float, float]:
    """Return when the first recall of a group begins and when the last ends."""
    events = [event for event in experiment.schedule.events("recall") if event.group == group]
    return events[0].start_ms, events[-1].stop_ms


def predicted(settings: dict[str, Any], seed: int = 0) -> dict[str, float]:
    """Return the scores of the rate model, with the items in slots 1, 2, ..."""
    experiment = prepare(NAME, {**SLOTS, **settings, "run.seed": seed})
    n_slots = experiment.settings.circuit.n_slots
    calibration = Calibration(experiment.circuit.parameters)
    found = rate_model(experiment.schedule, n_slots, calibration.beta, lit=calibration.lit)
    return measure(found, found, items_of(experiment.schedule))


def test_keys_weaken_before_the_silent_round_and_recover_after_the_light() -> None:
    experiment = prepare(NAME, {**SHORT, "protocol.key_factor": 0.4})
    weaken, strengthen = rows(experiment, ScaleWeights)
    assert span(experiment, "others_before")[1] <= weaken.at_ms
    assert weaken.stop_ms <= span(experiment, "cue_silent")[0]
    assert span(experiment, "light")[1] <= strengthen.at_ms
    assert strengthen.stop_ms <= span(experiment, "cue_restored")[0]
    assert weaken.factor == 0.4
    assert weaken.factor * strengthen.factor == pytest.approx(1.0)


def test_keys_of_tagged_cells_alone_are_scaled() -> None:
    experiment = prepare(NAME, SHORT)
    for row in rows(experiment, ScaleWeights):
        assert (row.projection, row.tagged, row.fraction) == ("keys", True, 1.0)
    (tag,) = rows(experiment, Tag)
    stored = experiment.schedule.events("store")[2]
    assert (tag.start_ms, tag.stop_ms, tag.by) == (stored.start_ms, stored.stop_ms, "plateaus")


def test_light_falls_where_there_is_no_cue_and_nowhere_else() -> None:
    experiment = prepare(NAME, SHORT)
    (light,) = rows(experiment, Light)
    assert (light.start_ms, light.stop_ms) == span(experiment, "light")
    items = items_of(experiment.schedule)
    for group in ("light", "no_light"):
        assert not items.queries[items.asked(group)].any()
        np.testing.assert_array_equal(items.query_item[items.asked(group)], [2])


def test_the_target_is_asked_for_by_the_same_cues_in_each_round() -> None:
    items = items_of(prepare(NAME, SHORT).schedule)
    rounds = [
        items.queries[items.asked(f"cue_{when}")] for when in ("before", "silent", "restored")
    ]
    assert len({tuple(cue != 0) for cue in rounds[0]}) == 3
    for cues in rounds:
        np.testing.assert_array_equal(cues, rounds[0])
        assert ((cues == 0) | (cues == items.keys[2])).all()


def test_an_item_that_is_not_stored_cannot_be_tagged() -> None:
    with pytest.raises(InputError, match=r"protocol.target = 5: must be at most"):
        prepare(NAME, {"protocol.n_items": 4, "protocol.target": 5})


def test_keys_cannot_shrink_to_nothing() -> None:
    with pytest.raises(InputError, match=r"protocol.key_factor = 0"):
        prepare(NAME, {"protocol.key_factor": 0.0})


def test_theory_recalls_the_silent_item_by_light_and_not_by_its_cue() -> None:
    scores = predicted({})
    assert scores["accuracy_cue_before"] > 0.99
    assert scores["accuracy_cue_silent"] <= 0.65
    assert scores["accuracy"] == scores["accuracy_light"] == 1.0
    assert scores["accuracy_no_light"] < 0.8
    assert scores["accuracy_cue_restored"] == scores["accuracy_cue_before"]
    for when in ("before", "silent", "restored"):
        assert scores[f"accuracy_others_{when}"] > 0.99


def test_in_theory_the_cue_fails_by_degrees() -> None:
    mean = [
        np.mean([predicted({"protocol.key_factor": at}, seed)["accuracy_cue_silent"]
                 for seed in range(5)])
        for at in (0.5, 0.7, 0.8, 0.9, 1.0)
    ]  # fmt: skip
    assert (np.diff(mean) > 0).all()
    assert mean[-1] > 0.99


def test_half_a_key_matches_its_own_cue_as_an_empty_slot_does() -> None:
    settings = {"protocol.n_items": 1, "protocol.target_cues": 1, "circuit.n_slots": 4}
    scores = predicted({**settings, "protocol.key_factor": 0.5})
    assert scores["engram_share_cue"] == pytest.approx(0.25)
    weaker = predicted({**settings, "protocol.key_factor": 0.25})
    assert weaker["engram_share_cue"] < 0.01


@pytest.mark.slow
def test_spikes_recall_the_silent_item_by_light_and_not_by_its_cue() -> None:
    """One network is enough: of two, each has 1.00 where it recalls, .48 and .54 where not."""
    found = hippokv.run(NAME, 1000, SLOTS).metrics
    assert found["accuracy_cue_before"] >= 0.95
    assert found["accuracy_cue_silent"] <= 0.6
    assert found["accuracy_light"] >= 0.95
    assert found["accuracy_cue_restored"] >= 0.95
    for when in ("before", "silent", "restored"):
        assert found[f"accuracy_others_{when}"] >= 0.99
