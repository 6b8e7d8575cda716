"""The idle epoch: first of all in every protocol that stores, and only where cells adapt."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from hippokv.errors import InputError
from hippokv.protocols import PROTOCOLS
from hippokv.protocols.parts.storing import StorageParameters
from hippokv.protocols.running.experiment import prepare
from hippokv.protocols.running.protocol import find_protocol

DIFFERING = {
    "run.circuit": "feedforward_memory",
    "circuit.heterogeneity.threshold_spread_mV": 2.0,
}
#: The cells of their circuits cannot differ.
WITHOUT = (
    "consolidation", "hypermnesia", "reminder", "retrieval-practice", "retrograde-amnesia",
)  # fmt: skip
STORING = sorted(
    name
    for name in PROTOCOLS
    if issubclass(find_protocol(name).parameters, StorageParameters) and name not in WITHOUT
)


def prepared(name: str, idle_ms: float, **more: Any) -> Any:
    return prepare(name, {**DIFFERING, "protocol.idle_ms": idle_ms, **more})


@pytest.mark.parametrize("name", STORING)
def test_the_idle_epoch_comes_first_and_moves_everything_else(name: str) -> None:
    plain, idle = prepared(name, 0.0).schedule, prepared(name, 1000.0).schedule
    assert idle.duration_ms == plain.duration_ms + 1500.0
    level = idle.channel("idle")[:, 0]
    assert level[:5].all()
    assert not level[5:].any()
    for channel in ("entorhinal", "acetylcholine", "instruction"):
        np.testing.assert_array_equal(idle.channel(channel)[6:], plain.channel(channel))
    # What is tagged from the start of the run on, is so still.
    moved = [max(row.start_ms - 1500.0, 0.0) for row in idle.manipulations]
    assert moved == pytest.approx([row.start_ms for row in plain.manipulations])


def test_all_protocols_that_store_items_in_slots_are_here() -> None:
    assert len(STORING) == 20


def test_half_of_the_pairs_are_on_and_other_items_have_other_patterns() -> None:
    one = prepared("storage", 1000.0, **{"run.seed": 1}).schedule
    other = prepared("storage", 1000.0, **{"run.seed": 2}).schedule
    patterns = one.channel("entorhinal")[:5]
    np.testing.assert_array_equal(patterns.sum(axis=1), 40)
    assert len(np.unique(patterns, axis=0)) == 5
    assert not np.array_equal(patterns, other.channel("entorhinal")[:5])


def test_cells_that_are_alike_have_no_idle_epoch() -> None:
    for alike in ({"circuit.preset": "none"}, {"run.circuit": "slot_memory"}):
        with pytest.raises(InputError, match=r"channel idle, which storage drives"):
            prepare("storage", {**alike, "protocol.idle_ms": 1000.0})


def test_an_idle_epoch_is_whole_patterns() -> None:
    with pytest.raises(InputError, match=r"protocol.idle_ms = 300.0: must be .* multiple of 200"):
        prepared("storage", 300.0)
