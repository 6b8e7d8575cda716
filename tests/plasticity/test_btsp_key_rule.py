"""The key rule: what a plateau writes into the key synapses, and what it needs to do so."""

from __future__ import annotations

import math

import numpy as np
import pytest
from key_synapses import (
    CELLS,
    GAP_MS,
    PLATEAU_MS,
    PRESENT,
    PREVIOUS,
    STUDY_MS,
    Outcome,
    two_items_and_a_plateau,
)

from hippokv.plasticity.btsp_key_rule import BTSPKeyRule


@pytest.fixture(scope="module")
def outcome() -> Outcome:
    """Return what the default rule does."""
    return two_items_and_a_plateau(BTSPKeyRule())


@pytest.mark.parametrize("cell", ["silent", "full before", "empty before"])
def test_one_plateau_writes_the_present_item_whatever_was_there(
    outcome: Outcome, cell: str
) -> None:
    np.testing.assert_allclose(outcome.weight[cell], PRESENT, atol=0.02)


def test_the_item_before_is_left_out(outcome: Outcome) -> None:
    only_before = (PREVIOUS == 1) & (PRESENT == 0)
    assert outcome.eligibility[only_before].min() > 0.1, "its trace has not decayed"
    assert outcome.weight["silent"][only_before].max() < 0.02


def test_a_shallow_readout_would_let_the_item_before_in() -> None:
    shallow = two_items_and_a_plateau(BTSPKeyRule(eligibility_slope=0.3))
    only_before = (PREVIOUS == 1) & (PRESENT == 0)
    assert shallow.weight["silent"][only_before].min() > 0.1


def test_an_input_active_in_both_items_is_written(outcome: Outcome) -> None:
    assert outcome.weight["silent"][(PREVIOUS == 1) & (PRESENT == 1)].min() > 0.98


def test_somatic_spikes_do_not_enter(outcome: Outcome) -> None:
    assert outcome.somatic_spikes["silent"] == 0
    assert outcome.somatic_spikes["firing"] > 100
    np.testing.assert_array_equal(outcome.weight["firing"], outcome.weight["silent"])


@pytest.mark.parametrize("cell", ["without plateau", "without acetylcholine"])
def test_without_either_factor_nothing_changes(outcome: Outcome, cell: str) -> None:
    assert outcome.somatic_spikes[cell] > 100
    np.testing.assert_array_equal(outcome.weight[cell], np.full(len(PRESENT), CELLS[cell][3]))


def test_each_update_takes_the_same_part_of_the_way(outcome: Outcome) -> None:
    rule = BTSPKeyRule()
    updates = PLATEAU_MS / rule.interval_ms
    for cell in ("silent", "half the acetylcholine"):
        left = (1 - rule.learning_rate * CELLS[cell][1]) ** updates
        expected = PRESENT + (0.5 - PRESENT) * left
        np.testing.assert_allclose(outcome.weight[cell], expected, atol=0.003)


def test_firing_at_the_reference_rate_brings_the_eligibility_towards_one(outcome: Outcome) -> None:
    tau = BTSPKeyRule().eligibility_tau_ms
    shown = 1 - math.exp(-(STUDY_MS + PLATEAU_MS) / tau)
    left = (1 - math.exp(-STUDY_MS / tau)) * math.exp(-(STUDY_MS + GAP_MS + PLATEAU_MS) / tau)
    expected = PRESENT * shown + PREVIOUS * left
    np.testing.assert_allclose(outcome.eligibility, expected, atol=0.015)
    assert (outcome.eligibility[PRESENT == 0] < BTSPKeyRule().eligibility_threshold).all()
    assert (outcome.eligibility[PRESENT == 1] > BTSPKeyRule().eligibility_threshold).all()
