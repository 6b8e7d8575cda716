"""Accessibility: fewer locations come back as others follow, and those that do are as precise."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

import hippokv
from hippokv.analysis.recall.items import items_of
from hippokv.analysis.recall.mixture_of_errors import MixtureOfErrors, fit_mixture
from hippokv.analysis.recall.rate_model import rate_model
from hippokv.analysis.recall.ring_code import ring_code
from hippokv.circuits.manipulation.manipulations import Silence
from hippokv.circuits.slot_memory_parameters import Calibration
from hippokv.errors import InputError
from hippokv.protocols.accessibility import AccessibilityParameters, errors_rad, studied_and_later
from hippokv.protocols.running.experiment import prepare
from hippokv.protocols.running.stimuli import Stimuli
from shared_circuit import SETTINGS

NAMES = ("after_0", "after_10", "after_20", "after_30", "reinstated")


def rate_fits(given: dict[str, Any], seeds: range) -> dict[str, MixtureOfErrors]:
    """Return the mixtures fitted to the errors of the rate model, pooled over seeds."""
    errors: dict[str, list[float]] = {}
    for seed in seeds:
        experiment = prepare("accessibility", {**given, "run.seed": seed})
        n_slots = experiment.settings.circuit.n_slots
        items = items_of(experiment.schedule)
        readout = rate_model(
            experiment.schedule,
            n_slots,
            Calibration(experiment.circuit.parameters).beta,
            plateau_writes=True,
        )
        found = errors_rad(readout, items)
        for group in items.groups:
            errors.setdefault(group, []).extend(found[items.asked(group)])
    return {group: fit_mixture(np.array(found)) for group, found in errors.items()}


def test_theory_loses_access_and_not_precision_and_gets_it_back() -> None:
    fits = rate_fits({}, range(20))
    access = [fits[name].accessibility for name in NAMES]
    spread = [fits[name].spread_deg for name in NAMES]
    assert access[0] > 0.98
    assert access[0] > access[1] > access[2] > access[3]
    assert access[3] < 0.6
    assert access[4] > 0.95
    assert 7 < spread[0] < 12
    assert max(spread[:3]) - min(spread[:3]) < 3


def test_nothing_is_lost_where_no_later_word_resembles_one() -> None:
    fits = rate_fits({"protocol.resemblance": 0.0}, range(10))
    assert all(fit.accessibility > 0.93 for fit in fits.values())


def test_reliable_cells_store_locations_exactly() -> None:
    given = {"protocol.unreliable": 0.0, "protocol.sessions": 1}
    assert rate_fits(given, range(5))["after_0"].spread_deg < 1.5
    assert not prepare("accessibility", given).schedule.manipulations


def test_half_of_the_value_cells_fail_anew_while_each_pair_is_studied() -> None:
    schedule = prepare("accessibility", {}).schedule
    rows = [row for row in schedule.manipulations if isinstance(row, Silence)]
    stores = schedule.events("store")
    assert [(row.start_ms, row.stop_ms) for row in rows] == [
        (event.start_ms, event.stop_ms) for event in stores
    ]
    assert all(row.cells is not None and len(row.cells) == 40 for row in rows)
    assert len({row.cells for row in rows}) == len(rows)


def test_the_same_words_are_asked_for_in_the_context_of_each_session() -> None:
    items = items_of(prepare("accessibility", {}).schedule)
    assert tuple(items.groups) == NAMES
    for session, name in enumerate(NAMES[:4]):
        asked = items.asked(name)
        np.testing.assert_array_equal(items.query_item[asked], np.arange(10))
        stored = items.keys[10 * session : 10 * session + 10]
        np.testing.assert_array_equal(items.queries[asked][:, :10], stored[:, :10])
        np.testing.assert_array_equal(items.queries[asked][:, 10:], items.keys[:10, 10:])
    last = items.queries[items.asked("reinstated")]
    np.testing.assert_array_equal(last, items.keys[:10])


def test_some_later_words_are_taken_for_studied_ones() -> None:
    keys = (2 * np.random.default_rng(0).integers(0, 2, (100, 40)) - 1).astype(np.int8)
    parameters = AccessibilityParameters(resemblance=0.3, sessions=4)
    pairs, contexts = studied_and_later(Stimuli(keys, ring_code(np.zeros(100), 40)), parameters, 1)
    assert contexts.shape == (5, 10)
    own = {word.tobytes() for word in pairs.keys[:100, 10:]}
    alike = np.mean([word.tobytes() in own for word in pairs.keys[100:, 10:]])
    assert alike == pytest.approx(0.3, abs=0.06)
    assert len(pairs.keys) == len(pairs.values) == 500


def test_what_the_slots_cannot_hold_and_too_small_a_ring_are_refused() -> None:
    with pytest.raises(InputError, match=r"protocol.sessions = 4: must be such that"):
        prepare("accessibility", {"protocol.sessions": 4})
    with pytest.raises(InputError, match=r"circuit.n_outputs = 2: must be at least 3"):
        prepare("accessibility", {"circuit.n_outputs": 2})


def test_spikes_recall_the_locations_that_were_just_studied() -> None:
    result = hippokv.run(
        "accessibility",
        1,
        {
            "protocol.n_items": 2, "protocol.sessions": 1, "protocol.cue_ms": 200.0, **SETTINGS,
        },
    )  # fmt: skip
    errors = np.abs(np.degrees(errors_rad(result.found.readout, result.found.items)))
    assert errors[result.found.items.asked("after_0")].max() < 60
    assert set(result.metrics) == set(result.predicted_metrics)
