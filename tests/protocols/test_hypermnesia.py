"""Hypermnesia: searches without a cue gain more than they lose, where retrieval strengthens."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from hippokv.analysis.figures.hypermnesia import CONDITIONS, MAIN, draw_hypermnesia
from hippokv.analysis.figures.style import new_figure
from hippokv.analysis.recall.free_recall import free_recall_scores
from hippokv.analysis.recall.memory_search import burst, not_followed, searched
from hippokv.circuits.cells.memory_search import SearchParameters
from hippokv.circuits.program.program_cache import circuit_key
from hippokv.circuits.searching_memory import searching_memory
from hippokv.circuits.searching_memory_parameters import SearchingMemoryParameters
from hippokv.errors import InputError
from hippokv.parameter import with_values
from hippokv.protocols.hypermnesia import PROTOCOL
from hippokv.protocols.papers.return_of_the_lost import FIGURE
from hippokv.protocols.running.experiment import prepare, run_experiment
from hippokv.protocols.running.protocol import Result

DEFAULTS = SearchingMemoryParameters()
#: As the quick form of the benchmark; an up-state as strong as in sleep, so that few slots do come.
SMALL = {"circuit.n_inputs": 20, "circuit.n_slots": 6, "circuit.n_outputs": 20,
         "circuit.rhythm.up_current_pA": 440.0}  # fmt: skip


@cache
def predicted(**given: float) -> dict[str, float]:
    """Return the scores of the rate model with some settings of the search."""
    circuit = with_values(DEFAULTS, {f"search.{name}": value for name, value in given.items()})
    length_ms, pause_ms = 20_000.0, 30_000.0
    starts = [number * (length_ms + pause_ms) for number in range(3)]
    searches = [(start, start + length_ms) for start in starts]
    stream = np.random.default_rng(0)
    return free_recall_scores(searched(circuit, np.arange(40), searches, 40, stream, 400))


# --- the rate model -------------------------------------------------------------------------------


def test_with_strengthening_more_is_gained_than_lost() -> None:
    found = predicted()
    recalled = [found[f"recalled_{number}"] for number in (1, 2, 3)]
    assert recalled == sorted(recalled)
    assert found["net_gain"] > 0.1
    for number in (2, 3):
        assert found[f"gained_{number}"] > found[f"lost_{number}"] + 0.03 > 0.03


def test_without_strengthening_as_much_is_lost_as_gained() -> None:
    found = predicted(strengthening=0.0)
    assert abs(found["net_gain"]) < 0.02
    assert found["gained_2"] > 0.1
    assert found["gained_2"] == pytest.approx(found["lost_2"], abs=0.02)


def test_slots_that_do_not_tire_come_again_and_shut_out_the_others() -> None:
    tiring, tireless = predicted(), predicted(fatigue_jump_mV=0.0)
    assert tireless["repeated"] > 1.5 * tiring["repeated"]
    assert tireless["cumulative"] < tiring["cumulative"] - 0.1


def test_nothing_comes_to_mind_of_slots_that_hold_nothing() -> None:
    searches, stream = [(0.0, 20_000.0)], np.random.default_rng(0)
    empty = searched(DEFAULTS, np.full(40, -1), searches, 3, stream, 50)
    assert empty.sum() == 0
    held = np.full(40, -1)
    held[7] = 2
    one = searched(DEFAULTS, held, searches, 3, stream, 50)
    assert (one[:, :, :2] == 0).all() and one[:, :, 2].sum() > 20


def test_a_burst_strengthens_what_holds_something_and_tires_all() -> None:
    still, full = np.zeros(2), np.array([True, False])
    spikes, excitability, fatigue = burst(SearchParameters(), still, still, full, np.full(2, 150.0))
    assert 0 < excitability[0] < SearchParameters().most_excitable_mV
    assert excitability[1] == 0
    np.testing.assert_allclose(fatigue, SearchParameters().fatigue_jump_mV * spikes)
    # What tires and gains nothing fires less.
    assert spikes[1] < spikes[0]


def test_settings_that_the_rate_model_does_not_follow_are_named() -> None:
    followed = with_values(DEFAULTS, {"search.strengthening": 0.0, "rhythm.up_current_pA": 430.0})
    assert not_followed(followed) == []
    other = with_values(DEFAULTS, {"search.recurrent_jump_pA": 100.0, "beta": 0.3})
    assert not_followed(other) == ["search.recurrent_jump_pA"]


# --- the circuit ----------------------------------------------------------------------------------


def test_strengthening_and_fatigue_are_numbers_of_one_program() -> None:
    keys = {
        circuit_key(searching_memory(with_values(DEFAULTS, {f"search.{name}": 0.0})))
        for name in ("strengthening", "fatigue_jump_mV", "most_excitable_mV")
    }
    assert keys == {circuit_key(searching_memory(DEFAULTS))}


@pytest.fixture(scope="module")
def runs(cache: Any) -> Mapping[float, Result[Any]]:
    """Return runs of a small circuit, by how much retrieval strengthens."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("HIPPOKV_CACHE", str(cache))
        return {
            strengthening: run_experiment(
                prepare(
                    "hypermnesia",
                    {
                        **SMALL,
                        "circuit.search.strengthening": strengthening,
                        "protocol.n_items": 5,
                        "protocol.test_ms": 12_000.0,
                        "run.seed": 4,
                        "protocol.pause_ms": 10_000.0,
                    },
                )  # fmt: skip
            )
            for strengthening in (0.0, 0.3)
        }


def test_answers_are_items_and_come_from_their_slots(runs: Mapping[float, Result[Any]]) -> None:
    for result in runs.values():
        assert result.spike_scores["answers"] >= 8
        assert result.spike_scores["intrusions"] < 0.1
        # The slot that holds nothing is silent in all searches.
        train = result.recording.spikes["hippocampal"]
        empty = ~result.arrays["plateaus"].any(axis=0)
        counts = sum(
            train.counts(one.start_ms + 100.0, one.stop_ms)
            for one in result.experiment.schedule.events("search")
        )
        by_slot = np.reshape(counts, (len(empty), -1)).sum(axis=1)
        assert empty.sum() == 1
        assert by_slot[empty].sum() < 0.02 * by_slot.sum()


def test_what_retrieval_strengthens_comes_more_often(runs: Mapping[float, Result[Any]]) -> None:
    still, strong = (runs[one].spike_scores["answers"] for one in (0.0, 0.3))
    assert strong > 1.3 * still


def test_keys_and_values_are_what_they_were_whatever_retrieval_strengthens(
    runs: Mapping[float, Result[Any]],
) -> None:
    for name in ("keys", "values"):
        still, strong = (runs[one].recording.weights[name] for one in (0.0, 0.3))
        np.testing.assert_array_equal(still, strong)


# --- the schedule and the figure ------------------------------------------------------------------


def test_in_a_search_nothing_is_shown() -> None:
    schedule = prepare("hypermnesia", {"protocol.n_items": 3}).schedule
    searches = [epoch for epoch in schedule.epochs if epoch.phase.startswith("search")]
    assert [epoch.phase for epoch in searches] == ["search:1", "search:2", "search:3"]
    assert all(set(epoch.drive) == {"offline"} for epoch in searches)
    rests = [epoch for epoch in schedule.epochs if epoch.phase == "rest"]
    assert sum(epoch.duration_ms == 30_000.0 for epoch in rests) == 2


def test_more_items_than_slots_are_refused() -> None:
    with pytest.raises(InputError, match="must be at most circuit.n_slots, 40"):
        prepare("hypermnesia", {"protocol.n_items": 41})
    with pytest.raises(InputError, match="must be 0 in a circuit that replays offline"):
        prepare("hypermnesia", {"circuit.heterogeneity.threshold_spread_mV": 1.0})


def test_every_condition_has_its_place_in_the_figure() -> None:
    assert {one.name for one in FIGURE.conditions()} >= set(CONDITIONS)
    scores = {name: (score, 0.02) for name, score in predicted().items()}
    for shown in (CONDITIONS, {MAIN: ()}):
        figure = new_figure(3.5)
        draw_hypermnesia(figure, dict.fromkeys(shown, scores), dict.fromkeys(shown, scores))
        recalled, changed, beside = figure.axes
        assert len(recalled.containers) == len(shown)
        assert len(changed.containers) == 2 * len(shown)
        assert len(beside.containers) == len(shown)


def test_every_score_of_up_to_twenty_searches_is_explained() -> None:
    counts: NDArray[np.int64] = np.ones((20, 3), dtype=np.int64)
    assert set(free_recall_scores(counts)) <= set(PROTOCOL.meanings)
