"""Extinction: fear is outweighed and not unlearned, and comes back with time, place and shock."""

from __future__ import annotations

from dataclasses import replace
from functools import cache
from typing import Any

import numpy as np
import pytest

from hippokv.analysis.recall.items import Items, items_of
from hippokv.analysis.recall.rate_model import rate_model
from hippokv.analysis.recall.readout import Readout
from hippokv.circuits.slot_memory_parameters import Calibration
from hippokv.errors import InputError
from hippokv.protocols.extinction import (
    CEILING,
    LIVES,
    PUBLISHED,
    freezing,
    measure,
    with_a_shock,
)
from hippokv.protocols.parts.store_and_recall import learning_of
from hippokv.protocols.running.experiment import prepare

TESTS = [test.name for life in LIVES for test in life.tests]


def predicted(seed: int, **given: Any) -> tuple[Readout, Items]:
    """Return what the rate model recalls."""
    settings = {f"protocol.{name}": value for name, value in given.items()}
    experiment = prepare("extinction", {**settings, "run.seed": seed})
    calibration = Calibration(experiment.circuit.parameters)
    readout = rate_model(
        experiment.schedule, experiment.settings.circuit.n_slots, calibration.beta,
        plateau_writes=True, learning=learning_of(experiment.circuit),
    )  # fmt: skip
    return readout, items_of(experiment.schedule)


@cache
def means(**given: Any) -> dict[str, float]:
    """Return the mean scores of the rate model over animals."""
    found = []
    for seed in range(12):
        readout, items = predicted(seed, **given)
        found.append(measure(readout, readout, items))
    return {name: float(np.mean([scores[name] for scores in found])) for name in found[0]}


def test_fear_comes_back_as_it_does_in_rats() -> None:
    found = means()
    apart = [found[f"freezing_{name}"] - rats for name, rats in PUBLISHED.items()]
    assert 100 * np.sqrt(np.mean(np.square(apart))) < 6
    end, day, month = (found[f"freezing_{name}"] for name in ("end", "day", "month"))
    assert end + 0.03 < day < month - 0.03
    # ABA > ABC ~ AAB.
    assert found["freezing_ABA"] > found["freezing_ABC"] + 0.08
    assert found["freezing_ABC"] == pytest.approx(found["freezing_AAB"], abs=0.05)
    assert found["freezing_after_shocks"] > found["freezing_before_shocks"] + 0.15


def test_nothing_is_unlearned() -> None:
    assert means()["acquisition_kept"] > 0.99


def test_without_a_place_there_is_no_renewal() -> None:
    assert abs(means(place=0.0, tone=0.05)["renewal"]) < 0.02 < means()["renewal"]


def test_an_occasion_that_does_not_drift_brings_no_spontaneous_recovery() -> None:
    still = means(shortest_h=1e6, longest_h=1e6)
    assert still["freezing_month"] == pytest.approx(still["freezing_end"], abs=0.01)


def test_one_place_and_one_time_are_as_many_slots_as_there_are() -> None:
    # Keys of one kind alone: what decides is how many slots hold a shock.
    found = means(place=0.0, tone=1.0, copies=2)
    assert found["freezing_end"] == pytest.approx(CEILING * 6 / 25, abs=0.01)


def test_slots_of_other_lives_and_of_later_trials_do_not_count() -> None:
    readout, items = predicted(5)
    expected = freezing(readout, items)
    first = items.query_group.index("before_shocks")
    last = int(items.query_item[first])
    unused = ~readout.plateaus[[item for item in range(last + 1) if item > last - 28]].any(axis=0)
    attention = readout.attention.copy()
    attention[first : first + 4, unused] += 0.3
    changed = freezing(replace(readout, attention=attention), items)
    assert changed == pytest.approx(expected)


def test_a_test_asks_for_the_shocks_of_its_own_life_so_far() -> None:
    readout, items = predicted(5)
    sought = with_a_shock(items)
    assert len(sought.items) == len(items.query_item)
    found = freezing(readout, items)
    shares: dict[str, list[float]] = {}
    for group, attention, asked, last in zip(
        items.query_group, readout.attention, sought.items, items.query_item, strict=True
    ):
        assert asked and all(items.values[asked, 0] == 1) and max(asked) <= last
        # Freezing is the share of just these slots among those of this life.
        first = next(one for one, test in zip(items.query_item, items.query_group, strict=True)
                     if test == group)  # fmt: skip
        assert first == last
        shares.setdefault(group, []).append(
            float(attention[readout.plateaus[asked].any(axis=0)].sum())
        )
    # Of a life that is the first, all slots that were taken are its own.
    taken = readout.plateaus[: items.query_item[0] + 1].any(axis=0)
    all_taken = readout.attention[0][taken].sum()
    assert found["end"] == pytest.approx(CEILING * np.mean(shares["end"]) / all_taken, rel=0.05)


def test_silence_is_no_number() -> None:
    readout, items = predicted(6)
    silent = freezing(replace(readout, attention=np.zeros_like(readout.attention)), items)
    assert set(silent) == set(TESTS)
    assert np.isnan(list(silent.values())).all()


def test_every_trial_encodes_as_many_entries() -> None:
    _, items = predicted(7)
    given = np.count_nonzero(items.keys, axis=1)
    tone = np.count_nonzero(items.keys[:, :2], axis=1)
    assert set(tone) == {0, 2}
    assert len(set(given - tone)) == 1
    assert (np.abs(items.queries) == 1).all()


@pytest.mark.parametrize(
    ("given", "words"),
    [
        ({"protocol.copies": 9}, "which takes 91 slots"),
        ({"protocol.place": 0.6}, "at least as many entries as the place"),
        ({"circuit.n_slots": 40}, "circuit.n_slots is 40"),
    ],
)
def test_lives_that_cannot_be_lived_are_refused(given: dict[str, Any], words: str) -> None:
    with pytest.raises(InputError, match=words):
        prepare("extinction", given)
