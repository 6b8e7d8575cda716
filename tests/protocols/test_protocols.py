"""Protocols: their schedules, by what the analysis reads back from them."""

from __future__ import annotations

from importlib import import_module
from typing import Any

import numpy as np
import pytest

import hippokv
from hippokv.analysis.recall.items import items_of
from hippokv.circuits.searching_memory_parameters import SearchingMemoryParameters
from hippokv.errors import InputError
from hippokv.parameter import leaves
from hippokv.protocols import PROTOCOLS
from hippokv.protocols.parts.recalling import occluded
from hippokv.protocols.parts.store_and_recall import drawn_items
from hippokv.protocols.running.configuration import default_settings
from hippokv.protocols.running.experiment import prepare
from hippokv.protocols.running.protocol import find_protocol

#: Protocols that store something other than the stimuli; they have tests of their own.
OF_THEIR_OWN = (
    "interference", "accessibility", "continual", "flashbulb", "correlated", "sequence",
    "copy-paste", "extinction", "spacing", "retrieval-practice", "consolidation",
    "reminder",
)  # fmt: skip

#: Protocols whose stimuli are stored and asked for.
KEY_VALUE = [name for name in PROTOCOLS if find_protocol(name).draw is drawn_items]


@pytest.mark.parametrize("name", PROTOCOLS)
def test_a_protocol_is_what_it_is_called(name: str) -> None:
    protocol = find_protocol(name)
    assert protocol.name == name
    assert protocol is import_module(PROTOCOLS[name]).PROTOCOL
    assert "\n" not in protocol.summary + protocol.description


@pytest.mark.parametrize("name", KEY_VALUE)
def test_by_default_a_protocol_has_a_schedule_that_asks_for_what_it_stored(name: str) -> None:
    items = items_of(prepare(name, {}).schedule)
    assert len(items.keys) > 0
    assert (items.query_item < len(items.keys)).all()
    assert name in ("storage", "hypermnesia", "retrograde-amnesia") or len(items.queries) > 0


def test_an_unknown_protocol_is_refused() -> None:
    with pytest.raises(InputError, match="must be one of storage, cued-recall"):
        find_protocol("os")


@pytest.mark.parametrize("name", [name for name in KEY_VALUE if name not in OF_THEIR_OWN])
def test_a_schedule_stores_the_stimuli(name: str) -> None:
    given: dict[str, Any] = {"protocol.n_items": 6, "circuit.n_outputs": 7}
    if hasattr(default_settings(find_protocol(name)).protocol, "lengths"):
        given["protocol.lengths"] = ""
    experiment = prepare(name, given)
    items = items_of(experiment.schedule)
    # What a protocol stores beyond the stimuli comes after them.
    np.testing.assert_array_equal(items.keys[:6], experiment.stimuli.keys)
    np.testing.assert_array_equal(items.values[:6], experiment.stimuli.values)
    assert items.values.shape[1] == 7


def test_instruction_and_acetylcholine_come_with_storage_alone() -> None:
    schedule = prepare("cued-recall", {"protocol.n_items": 3}).schedule
    instruction = schedule.channel("instruction")[:, 0]
    acetylcholine = schedule.channel("acetylcholine")[:, 0]
    phases = np.array([epoch.phase for epoch in schedule.epochs])
    assert instruction.sum() == 3
    np.testing.assert_array_equal(acetylcholine > 0, phases == "store")
    assert acetylcholine[instruction > 0].all()


def test_cues_ask_for_each_item_in_order() -> None:
    given = {"protocol.n_items": 6, "protocol.occlusion": 0.6, "circuit.n_inputs": 20}
    experiment = prepare("cued-recall", given)
    items = items_of(experiment.schedule)
    np.testing.assert_array_equal(items.query_item, np.arange(6))
    assert ((items.queries == 0).sum(axis=1) == 12).all()
    shown = items.queries != 0
    np.testing.assert_array_equal(items.queries[shown], items.keys[shown])


@pytest.mark.parametrize(("occlusion", "hidden"), [(0.0, 0), (0.3, 3), (0.55, 6), (1.0, 10)])
def test_occlusion_hides_that_many_entries_elsewhere_in_each_cue(
    occlusion: float, hidden: int
) -> None:
    keys = np.ones((50, 10), dtype=np.int8)
    cues = occluded(keys, occlusion, seed=2)
    assert ((cues == 0).sum(axis=1) == hidden).all()
    if 0 < hidden < 10:
        assert len({tuple(cue) for cue in cues}) > 10
    np.testing.assert_array_equal(cues[:5], occluded(keys[:5], occlusion, seed=2))


def test_durations_follow_the_settings() -> None:
    given = {
        "run.circuit": "slot_memory", "protocol.n_items": 2, "protocol.settling_ms": 10,
        "protocol.study_ms": 20, "protocol.instruction_ms": 30, "protocol.consolidation_ms": 40,
        "protocol.gap_ms": 50, "protocol.cue_ms": 60, "protocol.cue_gap_ms": 70,
    }  # fmt: skip
    schedule = prepare("cued-recall", given).schedule
    assert [epoch.duration_ms for epoch in schedule.epochs] == [
        10, 20, 30, 40, 50, 20, 30, 40, 50, 60, 70, 60, 70
    ]  # fmt: skip
    assert len(schedule.events("store")) == len(schedule.events("recall")) == 2


def test_images_with_values_of_their_own_are_not_drawn_as_images() -> None:
    result = hippokv.run(
        "cued-recall",
        1,
        {
            "run.circuit": "slot_memory", "protocol.stimuli": "digits",
            "protocol.own_values": True, "circuit.n_outputs": 5,
            "circuit.n_slots": 2, "circuit.cells_per_slot": 1, "protocol.n_items": 1,
            "run.target": "numpy", "run.dt_ms": 1.0,
        },
    )  # fmt: skip
    pictures = result.experiment.protocol.pictures(result)
    assert "strip" not in [picture.name for picture in pictures]


def test_memories_over_days_share_their_numbers_but_for_those_of_the_page() -> None:
    """The table of docs/consolidation.md, "One set of numbers"."""
    search = {"beta": 0.6, "rhythm.up_current_pA": 428.0}
    others: dict[str, dict[str, Any]] = {
        "extinction": {"n_slots": 44, "n_inputs": 38, "n_outputs": 10, "beta": 0.105},
        "spacing": {"n_slots": 80, "beta": 0.6},
        "retrieval-practice": {
            **search, "n_slots": 64, "search.most_excitable_mV": 2.75,
            "search.cued_strengthening": 0.1,
        },
        "hypermnesia": {"rhythm.up_current_pA": 428.0},
        "retrograde-amnesia": {
            "n_slots": 30, "concussible": True, "search.strengthening": 0.02,
            "search.fatigue_tau_ms": 20_000.0, "search.most_excitable_mV": 2.75,
        },
        "consolidation": {"n_slots": 20},
        "reminder": {"n_slots": 24},
    }  # fmt: skip
    numbers = {
        name: {
            key: value for key, value, _ in leaves(default_settings(find_protocol(name)).circuit)
        }
        for name in others
    }
    shared = {key: value for key, value, _ in leaves(SearchingMemoryParameters())}
    shared["rhythm.up_current_pA"] = numbers["consolidation"]["rhythm.up_current_pA"]
    shared = numbers["reminder"] | shared | {"n_slots": 40}
    for name, expected in others.items():
        found = {key: value for key, value in numbers[name].items() if value != shared[key]}
        assert found == expected, name
