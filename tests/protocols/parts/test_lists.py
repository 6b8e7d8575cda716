"""Lists in one run: each is what it would be alone, and the capacity follows from them."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from predicted import predicted

from hippokv.analysis.recall.rate_model import rate_model
from hippokv.circuits.manipulation.manipulations import Erase
from hippokv.circuits.schedule import Schedule
from hippokv.circuits.slot_memory_parameters import Calibration
from hippokv.errors import InputError
from hippokv.protocols.parts.lists import measure_lists
from hippokv.protocols.parts.store_and_recall import learning_of
from hippokv.protocols.running.experiment import prepare

SMALL: dict[str, Any] = {
    "run.circuit": "slot_memory",
    "circuit.n_inputs": 24, "circuit.n_outputs": 24, "circuit.n_slots": 8, "run.seed": 5,
}  # fmt: skip


def test_between_lists_both_projections_are_erased_while_nothing_happens() -> None:
    schedule = prepare("capacity", {**SMALL, "protocol.lengths": "2, 3, 1"}).schedule
    rows = [row for row in schedule.manipulations if isinstance(row, Erase)]
    assert [row.projection for row in rows] == ["keys", "values"] * 2
    erasing = schedule.events("erase")
    assert [row.at_ms for row in rows[::2]] == [event.start_ms for event in erasing]
    stores, recalls = schedule.events("store"), schedule.events("recall")
    assert [event.group for event in recalls] == ["T2"] * 2 + ["T3"] * 3 + ["T1"]
    assert [event.item for event in recalls] == list(range(6))
    for event, first in zip(erasing, (2, 5), strict=True):
        assert recalls[first - 1].stop_ms <= event.start_ms
        assert event.stop_ms <= stores[first].start_ms


def test_the_addresses_that_the_whole_circuit_is_given_are_not_erased() -> None:
    schedule = prepare(
        "capacity", {"run.circuit": "hippocampal_memory", "protocol.lengths": "2, 3"}
    ).schedule
    rows = [row for row in schedule.manipulations if isinstance(row, Erase)]
    assert [row.projection for row in rows] == ["keys", "values", "returns"]


def test_the_rate_model_goes_on_where_the_whole_circuit_forgets() -> None:
    readout, items = predicted(
        "capacity", {"run.circuit": "hippocampal_memory", "protocol.lengths": "2, 3"}
    )
    assert measure_lists(readout, readout, items)["accuracy"] > 0.95


def test_one_list_is_not_erased() -> None:
    schedule = prepare(
        "capacity", {**SMALL, "protocol.lengths": "", "protocol.n_items": 3}
    ).schedule
    assert schedule.manipulations == ()
    assert [event.group for event in schedule.events("recall")] == ["T3"] * 3


@pytest.mark.parametrize("selection", ["ring", "random"])
def test_each_list_is_recalled_as_if_it_were_alone(selection: str) -> None:
    """The items of the second list are shown to a naive memory, in another run."""
    lengths = (6, 12)
    stream = np.random.default_rng(2)
    chosen = stream.random((18, 8)) < 0.2
    more = {"plateaus": chosen} if selection == "random" else {}
    both, items = predicted("capacity", {**SMALL, "protocol.lengths": "6, 12"}, **more)
    assert items.groups == ["T6", "T12"]
    experiment = prepare("capacity", {**SMALL, "protocol.lengths": "6, 12"})
    schedule, first = experiment.schedule, 0
    (erasing,) = schedule.events("erase")
    starts = schedule.start_ms
    for length, keep in zip(
        lengths, (starts < erasing.start_ms, starts >= erasing.stop_ms), strict=True
    ):
        epochs = [epoch for epoch, kept in zip(schedule.epochs, keep, strict=True) if kept]
        slots = {"plateaus": chosen[first : first + length]} if more else {"first_slot": first % 8}
        theory = Calibration(experiment.circuit.parameters)
        alone = rate_model(
            Schedule(tuple(epochs), schedule.widths), 8, theory.beta,
            learning=learning_of(experiment.circuit), **slots,
        )  # fmt: skip
        asked = items.asked(f"T{length}")
        np.testing.assert_allclose(both.evidence[asked], alone.evidence, atol=1e-12)
        np.testing.assert_allclose(both.attention[asked], alone.attention, atol=1e-12)
        first += length


def test_the_capacity_is_where_accuracy_falls_below_the_criterion() -> None:
    readout, items = predicted(
        "capacity",
        {**SMALL, "circuit.n_inputs": 60, "circuit.n_outputs": 60,
         "protocol.lengths": "0.5N, N, N+1, 1.5N, 3N"},
    )  # fmt: skip
    scores = measure_lists(readout, readout, items)
    assert scores["accuracy_T4"] > 0.99 and scores["accuracy_T8"] > 0.98
    assert scores["accuracy_T9"] < 0.98
    assert 8 <= scores["capacity"] < 9
    assert scores["accuracy_T12"] > scores["accuracy_T24"] > 0.5


def test_a_list_alone_has_no_capacity() -> None:
    readout, items = predicted("capacity", {**SMALL, "protocol.lengths": "N"})
    assert "capacity" not in measure_lists(readout, readout, items)


@pytest.mark.parametrize("name", ["capacity", "correlated", "heteroassociative", "sequence"])
def test_lengths_that_mean_nothing_are_refused_in_one_line(name: str) -> None:
    for text, words in (("5, many", "whole numbers"), ("0", "from 1 to 2000"), ("60N", "to 2000")):
        with pytest.raises(InputError, match=f"protocol.lengths = .*must be.*{words}") as refused:
            prepare(name, {"protocol.lengths": text})
        assert "\n" not in str(refused.value)


@pytest.mark.parametrize(
    ("settings", "words"),
    [
        ({"protocol.n_items": 1800, "protocol.stimuli": "digits"}, "1800: must be at most 1797"),
        ({"protocol.n_items": 2000, "circuit.n_inputs": 2000}, "2000: must be at most 1225"),
    ],
)
def test_too_many_items_are_refused_by_the_setting_that_asks_for_them(
    settings: dict[str, Any], words: str
) -> None:
    settings = dict(settings)
    with pytest.raises(InputError, match=f"protocol.n_items = {words}"):
        prepare("capacity", {**settings, "protocol.lengths": ""})
    asked = str(settings.pop("protocol.n_items"))
    with pytest.raises(InputError, match=f"protocol.lengths = {words}"):
        prepare("capacity", {**settings, "protocol.lengths": asked})


def test_values_unlike_keys_are_stored_beside_them() -> None:
    experiment = prepare("heteroassociative", {"protocol.lengths": "5"})
    assert experiment.stimuli.keys.shape == (5, 40)
    assert experiment.stimuli.values.shape == (5, 20)
    readout, items = predicted("heteroassociative", {"protocol.lengths": "0.5N, N"})
    np.testing.assert_array_equal(items.values[:5], experiment.stimuli.values)
    assert measure_lists(readout, readout, items)["accuracy"] > 0.98
    same = prepare("heteroassociative", {"circuit.n_outputs": 40, "protocol.lengths": "50"}).stimuli
    assert abs((same.keys == same.values).mean() - 0.5) < 0.05
