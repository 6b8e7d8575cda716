"""Retrieval practice: study is better minutes later, a test days later, where tests strengthen."""

from __future__ import annotations

from functools import cache
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from hippokv.analysis.figures.testing import testing_figure as figure_of_testing
from hippokv.analysis.recall.items import Items, items_of
from hippokv.analysis.recall.practice import COUNTED, Practice, practice_of
from hippokv.analysis.recall.rate_model import rate_model
from hippokv.analysis.recall.readout import Readout
from hippokv.analysis.recall.slot_choice import instructed
from hippokv.circuits.searching_memory_parameters import SearchingMemoryParameters
from hippokv.circuits.slot_memory_parameters import SlotMemoryParameters, calibration_of
from hippokv.errors import InputError
from hippokv.parameter import with_values
from hippokv.protocols.papers.tested_or_studied import FIGURE
from hippokv.protocols.parts.slots_of_items import without_a_slot
from hippokv.protocols.parts.store_and_recall import learning_of
from hippokv.protocols.retrieval_practice import by_kind, measure
from hippokv.protocols.running.experiment import prepare
from hippokv.protocols.running.protocol import Experiment


def prepared(seed: int = 0, **given: Any) -> Experiment:
    settings = {name.replace("__", "."): value for name, value in given.items()}
    return prepare("retrieval-practice", {**settings, "run.seed": seed})


def in_turn(experiment: Experiment) -> NDArray[np.bool_]:
    """Return the slots that a ring gives to what is stored with an instruction."""
    called = instructed(experiment.schedule)
    taken = np.zeros((len(called), experiment.settings.circuit.n_slots), dtype=bool)
    taken[called, np.arange(called.sum())] = True
    return taken


def predicted(experiment: Experiment) -> tuple[Readout, Items]:
    circuit = experiment.settings.circuit
    readout = rate_model(
        experiment.schedule, circuit.n_slots, calibration_of(circuit).beta,
        plateaus=in_turn(experiment), plateau_writes=True,
        learning=learning_of(experiment.circuit), practice=practice_of(circuit),
    )  # fmt: skip
    return readout, items_of(experiment.schedule)


@cache
def means(**given: Any) -> dict[str, float]:
    """Return the mean scores of the rate model over networks."""
    found = []
    for seed in range(30):
        readout, items = predicted(prepared(seed, **given))
        found.append(measure(readout, readout, items))
    return {name: float(np.mean([scores[name] for scores in found])) for name in found[0]}


def test_study_is_better_at_once_and_a_test_days_later() -> None:
    found = means()
    assert found["benefit_0.0035d"] < -0.08
    assert (found["benefit_2d"] + found["benefit_7d"]) / 2 > 0.05


def test_where_retrieval_does_not_strengthen_study_is_better_always() -> None:
    found = means(circuit__search__cued_strengthening=0.0)
    assert all(found[f"benefit_{delay}"] < -0.05 for delay in ("0.0035d", "2d", "7d"))


def test_all_are_studied_half_again_and_half_tested() -> None:
    experiment = prepared(3)
    items = items_of(experiment.schedule)
    assert len(items.keys) == 42 + 21
    groups = np.array(items.query_group)
    assert (groups == "practice").sum() == 21
    last = groups != "practice"
    assert sorted(items.query_item[last]) == list(range(42))
    tested = {item for item, group in zip(items.query_item, groups, strict=True)
              if group.startswith("tested")}  # fmt: skip
    assert tested == set(items.query_item[groups == "practice"])
    # What is studied again is what it was, but for what drifted in two minutes.
    again = [item for item in range(42) if item not in tested]
    np.testing.assert_array_equal(items.values[42:], items.values[again])
    assert (items.keys[42:] == items.keys[again]).mean() > 0.98


def test_a_lapse_is_a_study_without_an_instruction_and_no_missing_slot() -> None:
    called = instructed(prepared(3).schedule)
    assert 0.5 < called.mean() < 0.95
    assert instructed(prepared(3, protocol__lapse=0.0).schedule).all()
    experiment = prepared(3)
    readout, _ = predicted(experiment)
    assert without_a_slot(readout, experiment.schedule) == ()


def test_acetylcholine_comes_before_what_is_studied() -> None:
    schedule = prepared(1).schedule
    level = schedule.channel("acetylcholine")[:, 0]
    shown = np.array([epoch.phase == "store" for epoch in schedule.epochs])
    first = np.flatnonzero(shown[1:] & ~shown[:-1])
    assert (level[first] > 0).all()
    assert level[[epoch.phase.startswith("recall") for epoch in schedule.epochs]].max() == 0


@pytest.mark.parametrize(
    ("given", "words"),
    [
        ({"protocol__n_items": 44}, "all items, and half of them again, have slots"),
        ({"protocol__n_items": 5}, "at least 6, one of each kind with each delay"),
        ({"protocol__delays_d": "2, soon"}, "numbers of days from 0 to 100000"),
    ],
)
def test_what_cannot_be_used_is_one_line(given: dict[str, Any], words: str) -> None:
    with pytest.raises(InputError, match=words):
        prepared(**given)


# --- practice in the rate model -------------------------------------------------------------------


def test_a_recall_strengthens_slots_by_their_share_and_no_empty_one() -> None:
    practice = Practice(
        with_values(SearchingMemoryParameters(), {"search.cued_strengthening": 0.1})
    )
    before = np.array([0.0, 0.0, 0.0, practice.at_first(1)[0]])
    after = practice.after(before, np.array([0.7, 0.3, 0.0, 0.0]), 14.0, 1000.0)
    assert after[0] > after[1] > after[2] == 0
    assert after[3] == before[3] < 0
    long = practice.after(before, np.array([1.0, 0.0, 0.0, 0.0]), 14.0, 1e6)
    most = COUNTED * SearchingMemoryParameters().search.most_excitable_mV / 0.5
    assert long[0] == pytest.approx(most)


def test_circuits_without_a_search_have_no_practice() -> None:
    assert practice_of(SlotMemoryParameters()) is None


# --- the figure -----------------------------------------------------------------------------------


def test_points_and_lines_stand_where_they_are() -> None:
    scores = {f"recalled_{kind}_{delay}d": (0.1 * number, 0.02)
              for number, (kind, delay) in enumerate(
                  (kind, delay) for delay in ("0.0035", "2", "7")
                  for kind in ("restudied", "tested"))}  # fmt: skip
    kinds = by_kind(scores)
    assert kinds["tested"] == {
        0.0035: (0.1, 0.02),
        2.0: (pytest.approx(0.3), 0.02),
        7.0: (0.5, 0.02),
    }
    recalled, better = figure_of_testing(kinds, kinds).axes
    points = [line for line in recalled.lines if line.get_marker() == "o"]
    assert [list(np.round(line.get_ydata(), 3)) for line in points] == [
        [0, 0.2, 0.4],
        [0.1, 0.3, 0.5],
    ]
    apart = [line for line in better.lines if line.get_marker() == "o"]
    assert apart[0].get_ydata() == pytest.approx([0.1, 0.1, 0.1])
    assert [label.get_text() for label in recalled.get_xticklabels()] == ["5 min", "2 d", "7 d"]
    assert {one.name for one in FIGURE.conditions()} == {"test-or-study", "unstrengthened"}
