"""The lesion: who is silenced and when, and that what is lost is what the silent cells held."""

from __future__ import annotations

import math
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

import hippokv
from hippokv.analysis.recall.scores import credit
from hippokv.circuits.circuit import Circuit
from hippokv.circuits.manipulation.manipulations import Silence
from hippokv.circuits.slot_memory import slot_memory
from hippokv.errors import InputError
from hippokv.protocols.lesion import LesionParameters, silenced_cells
from hippokv.protocols.running.experiment import prepare
from hippokv.protocols.running.protocol import Experiment, Result

SIZES: dict[str, Any] = {
    "run.circuit": "slot_memory",
    "circuit.n_inputs": 20, "circuit.n_outputs": 16, "circuit.n_slots": 6,
    "circuit.cells_per_slot": 3, "protocol.n_items": 5,
}  # fmt: skip


def prepared(**changes: Any) -> Experiment:
    """Return a lesion that is ready to run."""
    return prepare("lesion", settings(**changes))


def lesioned(seed: int = 1, **changes: Any) -> Result:
    """Run a lesion in the small circuit."""
    return hippokv.run("lesion", seed, settings(**changes))


def settings(**changes: Any) -> dict[str, Any]:
    return {**SIZES, **{f"protocol.{name}": value for name, value in changes.items()}}


def silence(experiment: Experiment) -> Silence:
    """Return the one row of the schedule's manipulations."""
    (row,) = experiment.schedule.manipulations
    assert isinstance(row, Silence)
    return row


def slots(cells: tuple[int, ...] | None) -> NDArray[np.bool_]:
    """Return which of six slots of three cells are silenced whole."""
    silent = np.isin(np.arange(18), cells or ()).reshape(6, 3)
    assert (silent.all(axis=1) == silent.any(axis=1)).all()
    return np.asarray(silent.all(axis=1))


# --- who and when ---------------------------------------------------------------------------------


def cells(seed: int = 0, **changes: Any) -> tuple[int, ...]:
    circuit = slot_memory(prepared().settings.circuit)
    return silenced_cells(LesionParameters(**changes), circuit, seed)


@pytest.mark.parametrize(("fraction", "count"), [(0.0, 0), (0.2, 1), (0.5, 3), (0.8, 5), (1.0, 6)])
def test_ensembles_are_silenced_whole(fraction: float, count: int) -> None:
    found = cells(fraction=fraction)
    assert len(found) == 3 * count
    assert slots(found).sum() == count


@pytest.mark.parametrize(
    ("population", "size"), [("hippocampal", 18), ("cortical", 32), ("entorhinal", 40), ("pv", 40)]
)
def test_cells_are_drawn_at_random_from_the_whole_population(population: str, size: int) -> None:
    found = np.array([
        np.isin(np.arange(size), cells(seed, population=population, fraction=0.5, unit="cells"))
        for seed in range(40)
    ])  # fmt: skip
    assert (found.sum(axis=1) == size // 2).all()
    assert found.mean(axis=0).min() > 0.1 and found.mean(axis=0).max() < 0.9


def test_a_larger_fraction_takes_the_same_cells_and_more() -> None:
    for unit in ("ensembles", "cells"):
        smaller, larger = cells(fraction=0.3, unit=unit), cells(fraction=0.7, unit=unit)
        assert set(smaller) < set(larger)
        assert list(larger) == sorted(set(larger))
    assert cells(1, fraction=0.5) != cells(2, fraction=0.5)


def test_the_lesion_lasts_from_when_it_is_asked_for_to_when_it_is_over() -> None:
    def when(words: str) -> tuple[Silence, list[tuple[str, float, float]]]:
        experiment = prepared(when=words)
        recalls = experiment.schedule.events("recall")
        groups = dict.fromkeys(event.group for event in recalls)
        bounds = [(group, [event for event in recalls if event.group == group]) for group in groups]
        return silence(experiment), [
            (group, events[0].start_ms, events[-1].stop_ms) for group, events in bounds
        ]

    row, rounds = when("before_storage")
    assert (row.start_ms, row.stop_ms) == (0.0, math.inf)
    assert [group for group, *_ in rounds] == ["lesioned"]
    row, rounds = when("before_recall")
    assert (row.start_ms, row.stop_ms) == (rounds[0][1], math.inf)
    assert [group for group, *_ in rounds] == ["lesioned"]
    row, rounds = when("during_recall")
    assert [group for group, *_ in rounds] == ["before", "lesioned", "after"]
    assert row.start_ms == rounds[1][1]
    assert rounds[1][2] < row.stop_ms == rounds[2][1]


def test_each_round_shows_the_same_cues() -> None:
    schedule = prepared(when="during_recall").schedule
    rows = np.searchsorted(
        schedule.start_ms, [event.start_ms for event in schedule.events("recall")]
    )
    cues = schedule.channel("entorhinal")[rows].reshape(3, 5, 40)
    np.testing.assert_array_equal(cues[0], cues[1])
    np.testing.assert_array_equal(cues[0], cues[2])


# --- what is lost ---------------------------------------------------------------------------------


def right(result: Result, group: str) -> NDArray[np.float64]:
    """Return the part of the bits of each item that came back in a round."""
    items = result.found.items
    found = credit(result.found.readout.decoded, items.values[items.query_item], 0.5).mean(axis=1)
    return np.asarray(found[items.asked(group)])


def test_without_lesion_the_circuit_does_what_it_does_in_cued_recall(small: Circuit) -> None:
    whole, recalled = lesioned(fraction=0.0), hippokv.run("cued-recall", 1, SIZES)
    for name in small.populations:
        found, expected = whole.recording.spikes[name], recalled.recording.spikes[name]
        np.testing.assert_array_equal(found.time_s, expected.time_s)
    assert whole.metrics["accuracy"] == recalled.metrics["accuracy"] == 1.0


@pytest.mark.usefixtures("small")
@pytest.mark.parametrize("seed", [1, 2, 3])
def test_what_silent_slots_held_is_lost_and_comes_back_with_them(seed: int) -> None:
    result = lesioned(seed, when="during_recall", occlusion=0.3)
    row = silence(result.experiment)
    counts = result.recording.spikes["hippocampal"].counts(row.start_ms, row.stop_ms)
    assert counts[list(row.cells or ())].sum() == 0
    lost = result.found.readout.plateaus[:, slots(row.cells)].any(axis=1)
    assert 0 < lost.sum() < 5
    assert right(result, "before").min() == 1.0
    assert right(result, "lesioned")[~lost].min() == 1.0
    assert right(result, "lesioned")[lost].mean() < 0.85
    assert right(result, "after").min() == 1.0
    assert result.metrics["accuracy"] == result.metrics["accuracy_lesioned"]


@pytest.mark.usefixtures("small")
@pytest.mark.parametrize("when", ["before_storage", "before_recall"])
def test_the_intact_control_is_the_same_run_without_the_silence(when: str) -> None:
    result = lesioned(when=when)
    assert list(result.stages) == ["intact", ""]
    intact, own = result.stages["intact"].recording, result.recording
    row = silence(result.experiment)
    silent = list(row.cells or ())
    until_s = row.start_ms / 1e3
    for name, train in own.spikes.items():
        other, time_s = intact.spikes[name], train.time_s
        np.testing.assert_array_equal(
            time_s[time_s < until_s], other.time_s[other.time_s < until_s]
        )
    stop_ms = own.duration_ms
    assert own.spikes["hippocampal"].counts(row.start_ms, stop_ms)[silent].sum() == 0
    assert intact.spikes["hippocampal"].counts(row.start_ms, stop_ms)[silent].sum() > 0
    assert result.stages["intact"].schedule.channels_in_use == tuple(
        prepare("cued-recall", SIZES).schedule.channels_in_use
    )
    whole = hippokv.run("cued-recall", 1, SIZES)
    for name, train in whole.recording.spikes.items():
        np.testing.assert_array_equal(train.time_s, intact.spikes[name].time_s)
    assert result.metrics["intact_accuracy"] == whole.metrics["accuracy"]
    assert result.predicted_metrics["intact_accuracy"] == whole.predicted_metrics["accuracy"]
    assert result.metrics["intact_accuracy"] > result.metrics["accuracy"]
    certain = result.certainty["intact_accuracy"]
    assert (certain.n, certain.chance) == (5, 0.5)
    assert 0.9 < certain.low < result.metrics["intact_accuracy"] == pytest.approx(certain.high)


@pytest.mark.usefixtures("small")
def test_the_control_changes_nothing_of_the_lesion_and_can_be_left_out() -> None:
    beside, alone = lesioned(), lesioned(control=False)
    assert list(alone.stages) == [""]
    for name, train in alone.recording.spikes.items():
        np.testing.assert_array_equal(train.time_s, beside.recording.spikes[name].time_s)
        np.testing.assert_array_equal(train.cell, beside.recording.spikes[name].cell)
    for kind in ("metrics", "predicted_metrics"):
        scores = {
            name: score
            for name, score in getattr(beside, kind).items()
            if not name.startswith("intact_")
        }
        assert scores == getattr(alone, kind)
    around = lesioned(when="during_recall")
    assert list(around.stages) == [""], "recall before and after is its control"


@pytest.mark.usefixtures("small")
def test_a_lesion_before_storage_leaves_fewer_slots_that_are_used_in_turn() -> None:
    result = lesioned(when="before_storage")
    silent = slots(silence(result.experiment).cells)
    plateaus = result.found.readout.plateaus
    assert plateaus[:, silent].sum() == 0
    np.testing.assert_array_equal(plateaus.sum(axis=1), np.ones(5))
    order = plateaus.argmax(axis=1)
    assert len(set(order[:3])) == 3
    np.testing.assert_array_equal(order[3:], order[:2], "the least recently used of those left")
    assert right(result, "lesioned")[2:].min() > 0.9, "the last three are held"


@pytest.mark.usefixtures("small")
@pytest.mark.parametrize("population", ["hippocampal", "cortical"])
def test_without_the_population_nothing_is_better_than_guessing(population: str) -> None:
    result = lesioned(population=population, fraction=1.0)
    assert (result.found.readout.decoded == 0).all()
    assert result.metrics["accuracy"] == result.predicted_metrics["accuracy"] == 0.5
    assert math.isnan(result.metrics["inverse_temperature"]) == (population == "hippocampal")


@pytest.mark.usefixtures("small")
def test_without_pv_cells_the_competition_is_flat_and_theory_does_not_know() -> None:
    intact, free = (lesioned(population="pv", fraction=part) for part in (0.0, 1.0))
    assert free.metrics["inverse_temperature"] < 0.3 * intact.metrics["inverse_temperature"]
    np.testing.assert_array_equal(
        free.found.prediction.attention, intact.found.prediction.attention
    )


@pytest.mark.usefixtures("small")
def test_the_rate_model_loses_what_the_circuit_loses() -> None:
    found = [lesioned(seed, fraction=0.5) for seed in range(5)]
    circuit = np.mean([result.metrics["accuracy"] for result in found])
    predicted = np.mean([result.predicted_metrics["accuracy"] for result in found])
    assert abs(circuit - predicted) < 0.1
    assert 0.6 < predicted < 0.95
    assert all(result.predicted_metrics["inverse_temperature"] == pytest.approx(1, abs=1e-3)
               for result in found)  # fmt: skip


# --- bad input ------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"population": "ca3"}, "protocol.population = 'ca3': must be one of hippocampal"),
        ({"fraction": 1.5}, "protocol.fraction = 1.5: must be"),
        ({"fraction": -0.1}, "protocol.fraction = -0.1: must be"),
        ({"unit": "slots"}, "protocol.unit = 'slots': must be one of ensembles, cells"),
        ({"when": "after_recall"}, "protocol.when = 'after_recall': must be one of before_storage"),
    ],
)
def test_what_cannot_be_silenced_is_refused(changes: dict[str, Any], words: str) -> None:
    with pytest.raises(InputError) as refused:
        prepared(**changes)
    assert words in str(refused.value)
    assert "\n" not in str(refused.value)


def test_a_population_that_the_circuit_does_not_have_is_refused() -> None:
    circuit: Any = SimpleNamespace(sizes={"hippocampal": 6, "grid": 2}, ensembles={})
    words = "protocol.population = 'pv': must be in the circuit, which has hippocampal, grid"
    with pytest.raises(InputError, match=words):
        silenced_cells(LesionParameters(population="pv"), circuit, 0)


def test_a_population_that_cannot_be_manipulated_is_refused() -> None:
    circuit: Any = SimpleNamespace(sizes={"hippocampal": 6, "pv": 2}, manipulable=("hippocampal",))
    words = "protocol.population = 'pv': must be one that can be silenced: hippocampal"
    with pytest.raises(InputError, match=words):
        silenced_cells(LesionParameters(population="pv"), circuit, 0)
