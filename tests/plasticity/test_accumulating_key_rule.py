"""The key rule of a dense code: a plateau adds its item to those that the cell already holds."""

from __future__ import annotations

import numpy as np
import pytest
from key_synapses import (
    CELLS,
    PLATEAU_MS,
    PRESENT,
    PREVIOUS,
    Outcome,
    two_items_and_a_plateau,
)

from hippokv.plasticity.accumulating_key_rule import AccumulatingKeyRule

#: A plateau makes so many updates, the first of them at its begin.
UPDATES = PLATEAU_MS / AccumulatingKeyRule().interval_ms
ITEM = PRESENT - 0.5


def after_a_plateau(rule: AccumulatingKeyRule, before: float, level: float = 1.0) -> np.ndarray:
    """Return what the rule's equation makes of weights that were all the same before."""
    part = level * rule.fading / rule.updates_per_plateau
    left = (1 - part) ** UPDATES
    asked = rule.addition / rule.fading * ITEM
    found = 0.5 + asked + (before - 0.5 - asked) * left
    return np.clip(found, 0, 1)


@pytest.fixture(scope="module")
def outcome() -> Outcome:
    """Return what the default rule does."""
    return two_items_and_a_plateau(AccumulatingKeyRule())


@pytest.mark.parametrize("cell", ["silent", "firing", "half the acetylcholine"])
def test_a_plateau_adds_the_present_item(outcome: Outcome, cell: str) -> None:
    expected = after_a_plateau(AccumulatingKeyRule(), 0.5, CELLS[cell][1])
    np.testing.assert_allclose(outcome.weight[cell], expected, atol=0.01)


@pytest.mark.parametrize("cell", ["full before", "empty before"])
def test_what_was_there_is_kept_but_for_a_little(outcome: Outcome, cell: str) -> None:
    """Full and empty keys are as far from the middle as four items that agreed."""
    weight, before = outcome.weight[cell], CELLS[cell][3]
    disagree = before != PRESENT
    np.testing.assert_array_equal(weight[~disagree], np.full((~disagree).sum(), before))
    assert (np.abs(weight[disagree] - before) < 0.2).all()
    assert (np.abs(weight[disagree] - before) > 0.1).all()


def test_the_item_before_is_left_out(outcome: Outcome) -> None:
    only_before = (PREVIOUS == 1) & (PRESENT == 0)
    assert (outcome.weight["silent"][only_before] < 0.5).all()


@pytest.mark.parametrize("cell", ["without plateau", "without acetylcholine"])
def test_without_either_factor_nothing_changes(outcome: Outcome, cell: str) -> None:
    np.testing.assert_array_equal(outcome.weight[cell], np.full(len(PRESENT), CELLS[cell][3]))


def test_without_fading_items_would_only_add_up() -> None:
    kept = two_items_and_a_plateau(AccumulatingKeyRule(fading=0.0))
    rule = AccumulatingKeyRule()
    added = rule.addition / rule.updates_per_plateau * UPDATES
    np.testing.assert_allclose(kept.weight["silent"], 0.5 + added * ITEM, atol=0.01)


def test_with_equal_rates_it_writes_anew() -> None:
    """With a = e it is the rule of single slots: what was there before does not matter."""
    rule = AccumulatingKeyRule(addition=1.0, fading=1.0, updates_per_plateau=2.0)
    anew = two_items_and_a_plateau(rule)
    for cell in ("silent", "full before", "empty before"):
        np.testing.assert_allclose(anew.weight[cell], PRESENT, atol=0.01)
