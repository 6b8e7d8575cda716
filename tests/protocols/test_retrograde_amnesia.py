"""Retrograde amnesia: a concussion takes recent items, and old ones come back first."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from typing import Any

import numpy as np
import pytest
from matplotlib.text import Text
from numpy.typing import NDArray

from hippokv.analysis.figures.raster import raster_figure
from hippokv.analysis.figures.report import meaning_of
from hippokv.analysis.figures.retrograde_amnesia import (
    CONDITIONS,
    MAIN,
    amnesia_figure,
    draw_amnesia,
)
from hippokv.analysis.figures.style import new_figure
from hippokv.analysis.recall.amnesia import amnesia_scores, of_name
from hippokv.analysis.recall.memory_search import lost_mV, searched
from hippokv.circuits.program.program_cache import circuit_key
from hippokv.circuits.searching_memory import searching_memory
from hippokv.circuits.searching_memory_parameters import SearchingMemoryParameters
from hippokv.errors import InputError
from hippokv.parameter import with_values
from hippokv.protocols.papers.shrinking_amnesia import FIGURE
from hippokv.protocols.retrograde_amnesia import PROTOCOL, ages_of
from hippokv.protocols.running.experiment import prepare, run_experiment
from hippokv.protocols.running.protocol import Result

NAME = "retrograde-amnesia"
#: Few slots, which come often; and a recovery that is over within seconds.
SMALL: dict[str, Any] = {
    "circuit.n_inputs": 20, "circuit.n_slots": 6, "circuit.n_outputs": 20, "protocol.n_items": 6,
    "circuit.rhythm.up_current_pA": 445.0, "circuit.recovery_tau_ms": 4000.0,
    "protocol.life_ms": 6000.0, "protocol.test_ms": 6000.0, "protocol.pause_ms": 2000.0,
    "protocol.ages": 2, "protocol.delays_s": "0, 20", "run.seed": 4,
}  # fmt: skip


@cache
def predicted(concussion_mV: float = 3.0, **given: float) -> dict[str, float]:
    """Return the scores of the rate model with the schedule of the protocol."""
    settings = {f"circuit.search.{name}": value for name, value in given.items()}
    experiment = prepare(NAME, {"protocol.concussion_mV": concussion_mV, **settings})
    asked = experiment.schedule
    searches = [(one.start_ms, one.stop_ms) for one in asked.events("search")]
    stored_ms = np.array([one.start_ms for one in asked.events("store")])
    (blow,) = asked.events("concussion")
    drawn = searched(
        experiment.settings.circuit, np.arange(30), searches, 30, np.random.default_rng(0), 100,
        taken_ms=stored_ms, concussion=(blow.stop_ms, concussion_mV),
    )  # fmt: skip
    # What is not stored yet does not come.
    assert drawn[:, 0, 10:].sum() == drawn[:, 1, 20:].sum() == 0
    tests = experiment.settings.protocol.tests
    return amnesia_scores(drawn[:, -len(tests) :], ages_of(30, 3), tests)


# --- the rate model -------------------------------------------------------------------------------


def test_a_concussion_takes_recent_items_and_old_ones_come_back_first() -> None:
    found, unhurt = predicted(), predicted(0.0)
    after = [found[f"recalled_0s_{age}"] for age in (1, 2, 3)]
    assert after[0] > after[1] + 0.4
    assert after[1] > after[2] + 0.05
    lost = [unhurt[f"recalled_0s_{age}"] - after[age - 1] for age in (1, 2, 3)]
    assert lost[0] < 0.35 and min(lost[1:]) > 0.5
    # Half a time constant later the oldest are there again, and more than half of the recent away.
    assert found["recalled_75s_1"] > 0.95
    assert found["recalled_75s_3"] < 0.4 * unhurt["recalled_75s_3"]
    for age in (2, 3):
        back = [found[f"recalled_{test}_{age}"] for test in ("0s", "75s", "150s", "300s")]
        assert back == sorted(back) and back[-1] > back[0] + 0.3


def test_without_strengthening_all_ages_are_lost_and_come_back_alike() -> None:
    found = predicted(strengthening=0.0)
    for test in ("before", "0s", "75s", "150s", "300s"):
        assert abs(found[f"gradient_{test}"]) < 0.08
    assert found["recalled_0s_1"] < 0.1 < 0.5 < found["recalled_300s_1"]
    # Few slots are ready then, and one ignites where idle PV cells happen to be silent.
    assert found["recalled_150s_1"] > 0.28


def test_what_is_lost_is_six_times_the_softness_at_first_and_comes_back() -> None:
    circuit = with_values(SearchingMemoryParameters(), {"recovery_tau_ms": 1000.0})
    lost = lost_mV(circuit, (500.0, 3.0), np.array([0.0, 499.0, 500.0, 1500.0]))
    np.testing.assert_allclose(lost, [0.0, 0.0, 3.0, 3.0 / np.e])
    assert not lost_mV(circuit, None, np.arange(3.0)).any()


def test_scores_are_parts_of_an_age_and_gains_and_losses_add_up() -> None:
    counts = np.array([[2, 1, 0, 0], [1, 0, 1, 0]])
    found = amnesia_scores(counts, np.array([1, 1, 2, 2]), ["before", "0s"])
    assert found["recalled_before_1"] == 1.0 and found["recalled_0s_1"] == 0.5
    assert found["lost_0s_1"] == 0.5 and found["gained_0s_1"] == 0.0
    assert found["lost_0s_2"] == 0.0 and found["gained_0s_2"] == 0.5
    assert found["gradient_before"] == 1.0 and found["gradient_0s"] == 0.0
    assert of_name("answers") is None and of_name("gradient_0s") == ("gradient", "0s", 0)


# --- the circuit ----------------------------------------------------------------------------------


def test_a_searching_memory_that_cannot_be_concussed_has_none_of_its_mathematics() -> None:
    still = searching_memory(SearchingMemoryParameters())
    able = searching_memory(with_values(SearchingMemoryParameters(), {"concussible": True}))
    assert "concussion" in able.widths and "concussion" not in still.widths
    assert "lost" not in still["hippocampal"].equations
    assert circuit_key(still) != circuit_key(able)


def test_all_conditions_are_one_program() -> None:
    circuits = [prepare(NAME, dict(one.settings)).circuit for one in FIGURE.conditions()]
    assert len({circuit_key(circuit) for circuit in circuits}) == 1


@pytest.fixture(scope="module")
def runs(cache: Any) -> Mapping[float, Result[Any]]:
    """Return runs of a small circuit, by how much a concussion takes."""
    record = {"run.record": "hippocampal.lost", "run.record_every_ms": 100.0}
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("HIPPOKV_CACHE", str(cache))
        return {
            taken_mV: run_experiment(
                prepare(NAME, {**SMALL, **record, "protocol.concussion_mV": taken_mV})
            )
            for taken_mV in (0.0, 12.0)
        }


def test_until_the_concussion_runs_are_the_same_and_after_it_slots_are_silent(
    runs: Mapping[float, Result[Any]],
) -> None:
    still, hurt = runs[0.0], runs[12.0]
    (blow,) = hurt.experiment.schedule.events("concussion")
    (at_once,) = (one for one in hurt.experiment.schedule.events("search") if one.group == "0s")
    trains = [one.recording.spikes["hippocampal"] for one in (still, hurt)]
    before = [train.counts(0.0, blow.start_ms) for train in trains]
    np.testing.assert_array_equal(*before)
    assert before[0].sum() > 1000
    early = [train.counts(at_once.start_ms, at_once.start_ms + 3000.0).sum() for train in trains]
    assert early[1] < 0.02 * early[0]


def test_what_the_concussion_took_comes_back_with_its_time_constant_and_items_with_it(
    runs: Mapping[float, Result[Any]],
) -> None:
    hurt = runs[12.0]
    (blow,) = hurt.experiment.schedule.events("concussion")
    trace = hurt.recording.traces["hippocampal"]
    lost, since_ms = trace.values["lost"], trace.time_s * 1e3 - blow.stop_ms
    assert np.ptp(lost, axis=1).max() == 0.0 and not lost[since_ms < -10.0].any()
    after = since_ms > 0
    expected = 12e-3 * np.exp(-since_ms[after] / 4000.0)
    np.testing.assert_allclose(lost[after, 0], expected, rtol=5e-3)
    assert all(hurt.metrics[f"recalled_0s_{age}"] < 0.5 for age in (1, 2))
    assert all(hurt.metrics[f"recalled_20s_{age}"] > 0.6 for age in (1, 2))
    assert hurt.metrics["gained_20s_1"] > 0.5


def test_the_raster_names_the_concussion_and_does_not_say_that_nothing_is_done(
    runs: Mapping[float, Result[Any]],
) -> None:
    hurt = runs[12.0]
    figure = raster_figure(hurt.recording, hurt.experiment.schedule, 6)
    said = [text.get_text() for text in figure.findobj(Text)]
    assert not any("nothing is done" in words for words in said)
    assert any(words.startswith("concussion") for words in said)


def test_keys_and_values_are_what_they_were_after_a_concussion(
    runs: Mapping[float, Result[Any]],
) -> None:
    for name in ("keys", "values"):
        np.testing.assert_array_equal(*(one.recording.weights[name] for one in runs.values()))


# --- the schedule and the figure ------------------------------------------------------------------


def test_what_is_older_has_been_searched_for_more_often_and_nothing_is_shown_meanwhile() -> None:
    asked = prepare(NAME, {}).schedule
    order = [one.group or one.kind for one in asked.events("store", "search", "concussion")]
    assert order[:10] == ["store"] * 10 and order[10] == "life 1"
    assert order[21] == "life 2"
    assert order[32:] == ["before", "concussion", "0s", "75s", "150s", "300s"]
    searches = [one for one in asked.epochs if one.phase.startswith("search")]
    assert all(set(one.drive) == {"offline"} for one in searches)
    (blow,) = asked.events("concussion")
    starts = [one.start_ms - blow.stop_ms for one in asked.events("search")[-4:]]
    assert starts == [0.0, 75_000.0, 150_000.0, 300_000.0]


@pytest.mark.parametrize(
    ("given", "words"),
    [
        ({"protocol.n_items": 31}, "must be from protocol.ages, 3, to circuit.n_slots, 30"),
        ({"protocol.n_items": 2}, "must be from protocol.ages, 3, to circuit.n_slots, 30"),
        ({"protocol.delays_s": "0, soon"}, "must be numbers of seconds from 0 to 3600"),
        ({"protocol.delays_s": "nan"}, "must be numbers of seconds from 0 to 3600"),
        ({"protocol.delays_s": "0.001"}, "multiples of 0.005"),
        ({"protocol.delays_s": "0, 10"}, "at least protocol.test_ms apart, 30 s"),
        ({"protocol.ages": 1}, "must be a whole number from 2 to 9"),
        ({"circuit.concussible": False}, "give circuit.concussible = true"),
    ],
)
def test_what_cannot_be_is_refused(given: dict[str, Any], words: str) -> None:
    with pytest.raises(InputError, match=words):
        prepare(NAME, given)


def test_a_time_on_the_grid_is_one_in_binary_numbers_too() -> None:
    asked = prepare(NAME, {"protocol.delays_s": "0.07, 30.07"}).schedule
    (blow,) = asked.events("concussion")
    starts = [one.start_ms - blow.stop_ms for one in asked.events("search")[-2:]]
    assert starts == [70.0, 30_070.0]


def test_items_have_ages_in_order_and_as_many_each() -> None:
    assert ages_of(30, 3).tolist() == [1] * 10 + [2] * 10 + [3] * 10
    assert sorted(set(ages_of(7, 3))) == [1, 2, 3]


def test_every_condition_has_its_panel_and_every_age_its_dots() -> None:
    assert {one.name for one in FIGURE.conditions()} == set(CONDITIONS)
    scores = {name: (score, 0.02) for name, score in predicted().items()}
    figure = new_figure(3.3)
    draw_amnesia(figure, dict.fromkeys(CONDITIONS, scores), dict.fromkeys(CONDITIONS, scores))
    assert [len(panel.containers) for panel in figure.axes] == [3, 3, 3]
    assert CONDITIONS[MAIN] == figure.axes[0].get_title()
    (alone,) = amnesia_figure(scores, {}).axes
    assert len(alone.containers) == 3


def test_every_score_is_explained() -> None:
    counts: NDArray[np.int64] = np.ones((3, 9), dtype=np.int64)
    for name in amnesia_scores(counts, ages_of(9, 9), ["before", "0s", "7.5s"]):
        assert meaning_of(name, PROTOCOL.meanings)
