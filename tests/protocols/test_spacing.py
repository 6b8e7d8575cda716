"""Spacing: what is studied again later is recalled better, and later tests want longer gaps."""

from __future__ import annotations

from functools import cache
from typing import Any

import numpy as np
import pytest

from hippokv.analysis.recall.items import Items, items_of
from hippokv.analysis.recall.rate_model import rate_model
from hippokv.analysis.recall.readout import Readout
from hippokv.circuits.slot_memory_parameters import Calibration
from hippokv.errors import InputError
from hippokv.protocols.parts.store_and_recall import learning_of
from hippokv.protocols.running.experiment import prepare
from hippokv.protocols.spacing import by_delay, measure

N_CONTEXT, N_OWN = 24, 16


def predicted(seed: int, **given: Any) -> tuple[Readout, Items]:
    """Return what the rate model recalls."""
    settings = {f"protocol.{name}": value for name, value in given.items()}
    experiment = prepare("spacing", {**settings, "run.seed": seed})
    calibration = Calibration(experiment.circuit.parameters)
    readout = rate_model(
        experiment.schedule, experiment.settings.circuit.n_slots, calibration.beta,
        plateau_writes=True, learning=learning_of(experiment.circuit),
    )  # fmt: skip
    return readout, items_of(experiment.schedule)


@cache
def means(seeds: int, **given: Any) -> dict[str, float]:
    """Return the mean scores of the rate model over networks."""
    found = []
    for seed in range(seeds):
        readout, items = predicted(seed, **given)
        found.append(measure(readout, readout, items))
    return {name: float(np.mean([scores[name] for scores in found])) for name in found[0]}


def test_spaced_study_is_better_and_the_more_so_the_later_the_test() -> None:
    # Forty items with one gap each: the average over gaps needs fewer networks than each of them.
    found = means(40, gaps_d="0, 7, 21", delays_d="7, 70")
    assert found["spacing_benefit"] > 0.02
    surface = by_delay(found)
    gain = {
        delay: max(scores[7.0], scores[21.0]) - scores[0.0] for delay, scores in surface.items()
    }
    assert gain[70.0] > gain[7.0]
    assert all(surface[7.0][gap] > surface[70.0][gap] + 0.1 for gap in surface[7.0])


def test_where_nothing_drifts_a_gap_changes_nothing() -> None:
    still = means(10, gaps_d="0, 21", delays_d="35", shortest_d=1e5, longest_d=1e5)
    assert still["massed"] == pytest.approx(1.0, abs=0.02)
    assert abs(still["spacing_benefit"]) < 0.02


def test_massed_studies_have_the_same_key_and_spaced_ones_do_not() -> None:
    _, items = predicted(3)
    first, second = items.keys[:40], items.keys[40:]
    np.testing.assert_array_equal(first[:, N_CONTEXT:], second[:, N_CONTEXT:])
    np.testing.assert_array_equal(items.values[:40], items.values[40:])
    kept = (first[:, :N_CONTEXT] == second[:, :N_CONTEXT]).mean(axis=1)
    gaps = np.array([0, 1, 7, 21, 105] * 8)
    assert (kept[gaps == 0] == 1).all()
    by_gap = [kept[gaps == gap].mean() for gap in (1, 21, 105)]
    assert by_gap == sorted(by_gap, reverse=True)


def test_a_cue_has_what_drifts_as_it_is_now_and_a_part_of_the_item() -> None:
    _, items = predicted(4)
    assert (items.queries[:, :N_CONTEXT] != 0).all()
    assert (np.count_nonzero(items.queries[:, N_CONTEXT:], axis=1) == 6).all()
    own = items.queries[:, N_CONTEXT:]
    assert (own == items.keys[items.query_item, N_CONTEXT:])[own != 0].all()
    # Fewest entries are as they were where most time has passed.
    kept = (items.queries == items.keys[items.query_item])[:, :N_CONTEXT].mean(axis=1)
    week, year = (
        kept[[group.endswith(f"delay{delay}") for group in items.query_group]].mean()
        for delay in (7, 350)
    )
    assert week > year + 0.1


def test_every_gap_has_every_delay() -> None:
    readout, items = predicted(5)
    surface = by_delay(measure(readout, readout, items))
    assert set(surface) == {7.0, 35.0, 70.0, 350.0}
    assert all(set(scores) == {0.0, 1.0, 7.0, 21.0, 105.0} for scores in surface.values())


@pytest.mark.parametrize(
    ("given", "words"),
    [
        ({"protocol.n_items": 41}, "at most half of circuit.n_slots, 80"),
        ({"protocol.n_items": 19}, "at least 20, one of each gap"),
        ({"protocol.gaps_d": "0, soon"}, "numbers of days from 0 to 100000"),
        ({"protocol.gaps_d": "0, -1"}, "numbers of days from 0 to 100000"),
        ({"protocol.delays_d": ""}, "numbers of days from 0 to 100000"),
        ({"protocol.delays_d": "7, nan"}, "numbers of days from 0 to 100000"),
        ({"protocol.delays_d": "7, 7"}, "each number of days once"),
        ({"protocol.gaps_d": "0, 7, 7.0000001"}, "each number of days once"),
    ],
)
def test_days_that_cannot_be_used_are_one_line(given: dict[str, Any], words: str) -> None:
    with pytest.raises(InputError, match=words):
        prepare("spacing", given)
