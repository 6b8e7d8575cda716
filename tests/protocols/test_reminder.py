"""Reminders: old fear is general, a reminder makes it specific, and a lesion takes it then."""

from __future__ import annotations

from dataclasses import replace
from functools import cache
from typing import Any

import numpy as np
import pytest

from hippokv.analysis.figures.reminder import INTACT as INTACT_TESTS
from hippokv.analysis.figures.reminder import LESIONED as LESIONED_TESTS
from hippokv.analysis.figures.reminder import MICE, reminder_figure
from hippokv.analysis.recall import reminders
from hippokv.analysis.recall.consolidation import Neocortex
from hippokv.analysis.recall.items import items_of
from hippokv.analysis.recall.rate_model import rate_model
from hippokv.analysis.recall.readout import Readout
from hippokv.analysis.recall.reminders import (
    Replay,
    _Reminding,
    regular_spikes,
    reminded,
    value_spikes,
)
from hippokv.circuits.cells.pattern_cells import PatternCellParameters
from hippokv.circuits.manipulation.manipulations import silenced
from hippokv.circuits.reminding_memory import reminding_memory
from hippokv.circuits.reminding_memory_parameters import RemindingMemoryParameters
from hippokv.circuits.schedule import on_off
from hippokv.circuits.slot_memory_parameters import calibration_of
from hippokv.errors import InputError
from hippokv.protocols import reminder
from hippokv.protocols.papers.reminded_fear import LIVES
from hippokv.protocols.reminder import (
    INTACT,
    KINDS,
    LESIONED,
    OTHER,
    RECENT,
    REMINDED,
    REMOTE,
    SHOCKED,
    SIMILAR,
    UNDER_LESION,
    fear,
    not_followed,
    of_kinds,
    similar,
)
from hippokv.protocols.running.experiment import Experiment, prepare

PARAMETERS = RemindingMemoryParameters()
KEYS = np.random.default_rng(3).choice([-1, 1], (4, 40)).astype(np.int8)


@cache
def experiment_of(seed: int = 0, **given: Any) -> Experiment:
    settings = {key.replace("__", "."): value for key, value in given.items()}
    return prepare("reminder", {**settings, "run.seed": seed})


def predicted(experiment: Experiment) -> Readout:
    """Return what the rate model recalls, with places in the slots of their numbers."""
    settings, asked = experiment.settings, experiment.schedule
    n_slots, n_items = settings.circuit.n_slots, len(items_of(asked).keys)
    slots = rate_model(
        asked, n_slots, calibration_of(settings.circuit).beta,
        plateaus=np.eye(n_items, n_slots, dtype=bool), plateau_writes=True,
    )  # fmt: skip
    return reminded(settings.circuit, asked, slots, settings.run.seed)


@cache
def means(**given: Any) -> dict[str, float]:
    """Return the mean scores of the rate model over two networks."""
    found = []
    for seed in (0, 1):
        one = experiment_of(seed, **given)
        found.append(fear(one.stimuli, one.settings.protocol, one.circuit, predicted(one)))
    return {name: float(np.mean([scores[name] for scores in found])) for name in found[0]}


# --- what the rate model has ----------------------------------------------------------------------


def test_old_fear_is_general_and_a_reminder_makes_it_specific() -> None:
    found = means()
    apart = {kind: found[f"discrimination_{kind}_{INTACT}"] for kind in KINDS}
    assert apart[RECENT] >= 0.4 and apart[REMINDED] >= 0.4
    assert apart[REMOTE] <= 0.2 and apart[OTHER] <= 0.2 and apart[UNDER_LESION] <= 0.2
    assert min(found[f"freezing_{kind}_{INTACT}_{SHOCKED}"] for kind in KINDS) >= 0.9


def test_a_lesion_takes_what_is_young_or_reminded_of() -> None:
    lesioned = {kind: means()[f"freezing_{kind}_{LESIONED}_{SHOCKED}"] for kind in KINDS}
    assert lesioned[RECENT] <= 0.2 and lesioned[REMINDED] <= 0.2
    assert min(lesioned[kind] for kind in (REMOTE, OTHER, UNDER_LESION)) >= 0.9


def test_without_lability_fear_stays_general_and_the_lesion_spares_it() -> None:
    found = means(circuit__reopening__lability=0.0)
    assert found[f"discrimination_{REMINDED}_{INTACT}"] <= 0.2
    assert found[f"freezing_{REMINDED}_{LESIONED}_{SHOCKED}"] >= 0.9


def test_slots_that_use_does_not_open_leave_a_reminder_without_effect() -> None:
    found = means(circuit__reopening__reopening=0.0)
    assert found[f"discrimination_{REMINDED}_{INTACT}"] <= 0.2
    assert found[f"freezing_{REMINDED}_{LESIONED}_{SHOCKED}"] >= 0.9


def test_attention_is_on_the_slot_of_a_young_place_and_on_nothing_held_of_a_closed_one() -> None:
    experiment = experiment_of()
    readout = predicted(experiment)
    for (group, item), shares in zip(reminder.tests_of(20), readout.attention, strict=True):
        kind, brain, place = group.rsplit("_", 2)
        if brain == LESIONED:
            assert not shares.any()
            continue
        assert shares.sum() == pytest.approx(1.0)
        open_slot = place == SHOCKED and kind in (RECENT, REMINDED)
        assert (shares[item] > 0.5) == open_slot
        if not open_slot:
            assert shares[20:].sum() > 0.8


def asleep(in_pairs: float) -> Neocortex:
    """Return a neocortex after a night, and one more in which so many replays were of two slots."""
    experiment = experiment_of()
    asked, items = experiment.schedule, items_of(experiment.schedule)
    model = Neocortex(experiment.settings.circuit, asked, items, seed=0)
    for item in range(4):
        model.store(item, np.arange(24) == item)
    model.sleep(120_000.0)
    model.sleep(60_000.0, in_pairs)
    return model


def test_groups_that_answer_a_pair_of_slots_know_both() -> None:
    places = np.array([on_off(key) for key in items_of(experiment_of().schedule).keys[:4]])
    apart = places @ places.T / places[0].sum() < 0.6
    second = {}
    for in_pairs in (0.0, 1.0):
        model = asleep(in_pairs)
        # 1 where a key is whole: what is naive is a half of it.
        known = np.array([model.matches(place) for place in places]) / (places[0].sum() / 2)
        own = known.argmax(axis=0)
        # What the group of a place has of others that are little like it.
        others = np.where(apart[own].T, known, 0.0)[:, known.max(axis=0) > 0.5]
        second[in_pairs] = others.max()
    assert second[1.0] > second[0.0] + 0.2


def test_told_of_a_pair_the_model_takes_up_both() -> None:
    experiment = experiment_of()
    asked, plateaus = experiment.schedule, np.eye(20, 24, dtype=bool)
    model = _Reminding(experiment.settings.circuit, asked, 0)
    for item in range(2):
        model.store(item, plateaus[item])
    night = next(event for event in asked.events("night"))
    model.night(night, [Replay((0, 1), {5: 100.0}), Replay((2,), {6: 100.0}), Replay((0,), {})])
    both = np.array([on_off(value) for value in items_of(asked).values[:2]]).max(axis=0)
    np.testing.assert_array_equal(model.neocortex.values[5] > 0, both > 0)
    assert not np.delete(model.neocortex.values, 5, axis=0).any(), "slot 2 holds nothing"


@pytest.mark.parametrize("rate_Hz", [40.0, 105.0, 240.0])
def test_regular_spikes_are_felt_with_the_mean_and_the_variance_of_one_period(
    rate_Hz: float,
) -> None:
    """Both follow from the integrals over one period of a saw that decays by its time constant."""
    half = 1e3 / rate_Hz / (2 * 10.0)
    times_ms = np.arange(0.0, 1e5 / rate_Hz, 0.01)
    felt = regular_spikes(np.full(2, rate_Hz), np.array([0.0, 0.4]), 10.0, times_ms)
    np.testing.assert_allclose(felt.mean(axis=1), 1.0, rtol=2e-3)
    np.testing.assert_allclose(felt.var(axis=1), half / np.tanh(half) - 1, rtol=2e-2)


def test_groups_that_share_moment_by_moment_leave_more_to_the_weaker(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    model = _Reminding(experiment_of().settings.circuit, experiment_of().schedule, 0)
    key = on_off(items_of(experiment_of().schedule).keys[0]).astype(float)
    weaker = key.copy()
    weaker[np.flatnonzero(key)[:8]] = 0.0
    for group, known in enumerate((key, weaker)):
        model.neocortex.take(group, known, np.ones(80), 200.0)
    phases = np.random.default_rng(0).random(80)
    moments = model._groups_Hz(key, phases)
    monkeypatch.setattr(reminders, "regular_spikes", lambda rates, *_: np.ones((len(rates), 1)))
    mean = model._groups_Hz(key, phases)
    assert moments.sum() == pytest.approx(mean.sum())
    assert 1.3 * mean[1] < moments[1] < moments[0]


def test_pairs_of_slots_are_replayed_in_the_nights_of_reminders(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """A group that knows two places answers in one, and tells what happened in the other."""
    fear_in_b = {}
    for part in (0.0, 0.5):
        monkeypatch.setattr(reminders, "IN_PAIRS", part)
        one = experiment_of()
        scores = fear(one.stimuli, one.settings.protocol, one.circuit, predicted(one))
        fear_in_b[part] = scores[f"freezing_{REMOTE}_{LESIONED}_{SIMILAR}"]
    assert fear_in_b[0.5] < fear_in_b[0.0] - 0.2


def test_value_cells_fire_as_their_noise_free_rate_under_many_small_spikes() -> None:
    cell = replace(PatternCellParameters(), noise_pA=0.0)
    # As many pA in as many more spikes: the mean current is that of a driven cell.
    rate_Hz, jump_pA = 1e5, cell.drive_pA / (1e5 * cell.value_tau_ms / 1e3)
    jumps = np.zeros((1, 1, 4))
    jumps[0, 0, 0] = jump_pA
    found = value_spikes(
        cell, np.array([[rate_Hz]]), jumps, 2000.0, np.random.default_rng(0)
    )  # fmt: skip
    assert found[0, 0] == pytest.approx(cell.rate_Hz * 2.0, rel=0.08)
    assert found[0, 1] == 0


@pytest.mark.parametrize(
    ("changes", "told"),
    [
        ({}, ""),
        ({"reopening": replace(PARAMETERS.reopening, novelty_mV=7.0)}, ""),
        ({"return_pA": 0.0}, "the rate model replays as with the default of circuit.return_pA"),
    ],
)
def test_what_the_rate_model_does_not_follow_is_said(changes: dict[str, Any], told: str) -> None:
    assert not_followed(reminding_memory(replace(PARAMETERS, **changes))) == told


# --- schedule -------------------------------------------------------------------------------------


def test_a_similar_place_shares_as_many_entries_as_asked() -> None:
    stream = np.random.default_rng(0)
    found = similar(KEYS, 0.75, stream)
    assert ((found == KEYS).sum(axis=1) == 30).all()
    assert not np.array_equal(found[0] != KEYS[0], found[1] != KEYS[1])
    np.testing.assert_array_equal(similar(KEYS, 1.0, stream), KEYS)


def test_what_reminds_is_the_place_or_another_similar_one_than_is_tested() -> None:
    experiment = experiment_of()
    keys, schedule = experiment.stimuli.keys, experiment.schedule
    tested = {
        event.item: schedule.first_epoch(event).drive["entorhinal"]
        for event in schedule.events("recall")
        if event.group.endswith(SIMILAR)
    }
    # Recalls are numbered by the epochs' items.
    assert set(tested) == set(range(20))
    for event in schedule.events("remind"):
        shown = np.asarray(schedule.first_epoch(event).drive["entorhinal"])[:40] > 0
        own = (shown == (keys[event.item] > 0)).mean()
        assert own == (0.75 if event.group == OTHER else 1.0)
        assert not np.array_equal(shown, np.asarray(tested[event.item])[:40] > 0)


def test_hippocampal_cells_are_silent_in_their_reminders_and_in_lesioned_tests_alone() -> None:
    schedule = experiment_of().schedule
    for event in schedule.events("remind", "recall", "night", "store"):
        silent = silenced(schedule, "hippocampal", (event.start_ms + event.stop_ms) / 2)
        expected = event.group == UNDER_LESION or f"_{LESIONED}_" in event.group
        assert bool(silent.size and silent.all()) == expected, event.phase


def test_no_test_of_a_place_comes_before_those_that_it_could_change() -> None:
    """A test in A with all cells may open a slot: similar places and lesioned tests come first."""
    order = [group.rsplit("_", 2)[1:] for group, _ in reminder.tests_of(20)]
    assert order == sorted(
        order, key=[[LESIONED, "B"], [LESIONED, "A"], [INTACT, "B"], [INTACT, "A"]].index
    )


def test_young_places_are_one_night_old_and_the_others_a_month() -> None:
    schedule = experiment_of().schedule
    nights = np.array([event.start_ms for event in schedule.events("night")])
    assert len(nights) == 28
    young = of_kinds(20)[RECENT]
    assert young == [16, 17, 18, 19]
    for event in schedule.events("store"):
        assert (nights > event.start_ms).sum() == (1 if event.item in young else 28)
    later = experiment_of(protocol__nights_after=2).schedule
    last = max(event.stop_ms for event in later.events("remind"))
    assert sum(event.start_ms > last for event in later.events("night")) == 2


def test_freezing_is_the_rate_of_what_happened_up_to_its_ceiling() -> None:
    experiment = experiment_of()
    parameters, values = experiment.settings.protocol, experiment.stimuli.values
    tests = reminder.tests_of(20)
    full = experiment.settings.circuit.cortical.rate_Hz * parameters.cue_ms / 1e3
    shown = np.array([values[item] for _, item in tests], dtype=float)
    nothing = np.zeros((0, 0))

    def score(part: float, frozen_at: float, rates: bool = False) -> dict[str, float]:
        evidence = part * shown * (1.0 if rates else full)
        readout = Readout(
            nothing.astype(bool), nothing, evidence, nothing, nothing,
            spikes=np.zeros(0 if rates else len(shown)),
        )  # fmt: skip
        settings = replace(parameters, frozen_at=frozen_at)
        return fear(experiment.stimuli, settings, experiment.circuit, readout)

    assert score(0.3, 0.5)["freezing_remote_intact_A"] == pytest.approx(0.6)
    assert score(0.3, 1.0)["freezing_remote_intact_A"] == pytest.approx(0.3)
    assert score(0.3, 0.5, rates=True)["freezing_remote_intact_A"] == pytest.approx(0.6)
    assert score(2.0, 0.5)["freezing_remote_intact_A"] == 1.0
    assert score(0.3, 0.5)["discrimination_remote_intact"] == 0.0
    assert score(-0.3, 0.5)["freezing_recent_lesioned_B"] == pytest.approx(-0.6)


@pytest.mark.parametrize(
    ("given", "words"),
    [
        ({"protocol.n_items": 24}, "must be less than circuit.n_slots, 24"),
        ({"protocol.n_items": 4}, "at least 5, one of each kind"),
        ({"protocol.recent_d": 29}, "at most protocol.remote_d, 28"),
        ({"protocol.frozen_at": 0.0}, "frozen_at"),
        ({"run.circuit": "consolidating_memory"}, "run.circuit"),
    ],
)
def test_what_cannot_be_used_is_one_line(given: dict[str, Any], words: str) -> None:
    with pytest.raises(InputError, match=words) as caught:
        prepare("reminder", given)
    assert "\n" not in str(caught.value)


# --- figure ---------------------------------------------------------------------------------------


def test_every_control_of_the_figure_is_run_and_every_kind_is_drawn() -> None:
    drawn = {(condition, kind) for condition, kind, *_ in (*INTACT_TESTS, *LESIONED_TESTS, *MICE)}
    assert {condition for condition, _ in drawn} == set(LIVES)
    assert {kind for _, kind in drawn} == set(KINDS)


def test_points_stand_at_their_scores() -> None:
    nothing = float("nan")
    scores = {
        group: (number / 100, nothing) for number, (group, _) in enumerate(reminder.tests_of(20))
    }
    figure = reminder_figure(scores, scores)
    # Of a single life its controls are left out.
    intact, lesioned, mice = figure.axes
    for panel, brain, kinds in (
        (intact, INTACT, INTACT_TESTS),
        (lesioned, LESIONED, LESIONED_TESTS),
    ):
        heights = [line.get_ydata() for line in panel.lines if line.get_marker() == "o"]
        for place, found in ((SHOCKED, heights[1]), (SIMILAR, heights[3])):
            assert found == pytest.approx([
                scores[f"{kind}_{brain}_{place}"][0]
                for condition, kind, *_ in kinds if condition == "life"
            ])  # fmt: skip
    crosses = [line for line in mice.lines if line.get_marker() == "x"]
    assert list(crosses[0].get_ydata()) == [0.25, 0.04]
