"""Keys in cells that items share."""

from __future__ import annotations

import numpy as np

from hippokv.analysis.scaffold.cue_keys import SharedKeyRule, on_and_off
from hippokv.analysis.scaffold.hippocampal_activity import winners

PATTERNS = np.array([[1.0, -1.0, 1.0], [-1.0, -1.0, 1.0]])


def test_a_bit_is_a_pair_of_cells_and_a_hidden_one_is_neither() -> None:
    assert on_and_off(np.array([[1.0, -1.0, 0.0]])).tolist() == [[1, 0, 0, 0, 1, 0]]


def test_with_both_rates_at_one_the_last_item_overwrites() -> None:
    plateaus = np.array([[True, True, False], [True, False, False]])
    keys = SharedKeyRule(1.0, 1.0).learn(PATTERNS, plateaus)
    inputs = on_and_off(PATTERNS)
    np.testing.assert_array_equal(keys, [inputs[1], inputs[0], np.full(6, 0.5)])


def test_a_plateau_moves_keys_by_the_rule() -> None:
    plateaus = np.ones((2, 1), dtype=bool)
    keys = SharedKeyRule(0.25, 0.05).learn(PATTERNS, plateaus)
    first = 0.25 * (on_and_off(PATTERNS)[0] - 0.5)
    second = first + 0.25 * (on_and_off(PATTERNS)[1] - 0.5) - 0.05 * first
    np.testing.assert_allclose(keys[0], 0.5 + second)


def test_keys_stay_between_0_and_1() -> None:
    same = np.repeat(PATTERNS[:1], 40, axis=0)
    keys = SharedKeyRule(0.5, 0.0).learn(same, np.ones((40, 1), dtype=bool))
    assert set(np.unique(keys)) == {0.0, 1.0}


def test_shared_cells_keep_items_that_overwriting_loses() -> None:
    rng = np.random.default_rng(0)
    patterns = rng.choice([-1.0, 1.0], (60, 200))
    plateaus = winners(rng.random((60, 800)), 40) > 0
    hits = {}
    for name, rule in (("shared", SharedKeyRule()), ("overwritten", SharedKeyRule(1.0, 1.0))):
        found = winners(on_and_off(patterns) @ rule.learn(patterns, plateaus).T, 40) > 0
        hits[name] = (found & plateaus)[:20].sum() / plateaus[:20].sum()
    assert hits["shared"] > 0.95
    assert hits["overwritten"] < 0.6
