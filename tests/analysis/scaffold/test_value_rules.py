"""Value rules: what one look stores, what replay adds, and the bound of least squares."""

from __future__ import annotations

import numpy as np
import pytest

from hippokv.analysis.scaffold.grid_addresses import GridModules
from hippokv.analysis.scaffold.grid_inputs import FixedInDegree
from hippokv.analysis.scaffold.hippocampal_activity import Winners
from hippokv.analysis.scaffold.information import bits_right
from hippokv.analysis.scaffold.scaffold_rate_model import random_addresses
from hippokv.analysis.scaffold.value_rules import DeltaRule, Hebb, PseudoInverse, ValueRule
from hippokv.arrays import Array
from hippokv.errors import InputError


def items(seed: int, count: int, n_bits: int = 100) -> tuple[Array, Array]:
    """Return sparse activity of 800 cells at random addresses, and patterns."""
    rng = np.random.default_rng(seed)
    modules = GridModules((3, 4, 5))
    code = modules.code(random_addresses(modules, count, rng))
    hippocampal = Winners(40)(code @ FixedInDegree().draw(800, code, rng).T)
    return hippocampal, rng.choice([-1.0, 1.0], (count, n_bits))


def right(rule: ValueRule, count: int, seeds: range = range(3)) -> float:
    """Return the part of the bits that come back from the true activity."""
    found = []
    for seed in seeds:
        hippocampal, patterns = items(seed, count)
        values = rule.learn(hippocampal, patterns, np.random.default_rng(seed))
        found.append(bits_right(values.evidence(hippocampal), patterns))
    return float(np.mean(found))


def test_hebbian_weights_are_sums_of_products() -> None:
    hippocampal, patterns = items(0, 10)
    rng = np.random.default_rng(0)
    plain = Hebb().learn(hippocampal, patterns, rng)
    np.testing.assert_allclose(plain.weights, patterns.T @ hippocampal)
    centred = Hebb(centred=True).learn(hippocampal, patterns, rng)
    expected = (hippocampal - hippocampal.mean(axis=0)) @ centred.weights.T
    np.testing.assert_allclose(centred.evidence(hippocampal), expected, atol=1e-9)


def test_one_look_at_the_full_rate_recalls_the_last_item_exactly() -> None:
    hippocampal, patterns = items(1, 50)
    values = DeltaRule(rate=1.0).learn(hippocampal, patterns, np.random.default_rng(0))
    np.testing.assert_allclose(values.evidence(hippocampal[-1:]), patterns[-1:])


def test_where_codes_do_not_overlap_all_rules_are_right() -> None:
    hippocampal, patterns = np.repeat(np.eye(5), 4, axis=1), items(2, 5)[1]
    for rule in (Hebb(), DeltaRule(), DeltaRule(replays=2, teacher=False), PseudoInverse()):
        values = rule.learn(hippocampal, patterns, np.random.default_rng(0))
        np.testing.assert_array_equal(np.sign(values.evidence(hippocampal)), patterns)


def test_silent_cells_learn_nothing() -> None:
    patterns = np.ones((2, 3))
    values = DeltaRule().learn(np.zeros((2, 4)), patterns, np.random.default_rng(0))
    np.testing.assert_array_equal(values.weights, 0)


def test_errors_teach_more_than_coincidence_and_replay_comes_close_to_the_bound() -> None:
    hebb, delta, replayed, best = (
        right(rule, 160) for rule in (Hebb(), DeltaRule(), DeltaRule(replays=3), PseudoInverse())
    )
    assert hebb < delta - 0.05 < replayed - 0.05
    assert replayed > 0.99
    assert best == 1.0


def test_what_is_replayed_is_of_no_use_as_one_batch_but_between_new_items_it_is() -> None:
    once = right(DeltaRule(), 160)
    batch = right(DeltaRule(replays=3, teacher=False), 160)
    between = right(DeltaRule(replays=3, teacher=False, interleaved=True), 160)
    assert batch < once < between


@pytest.mark.slow
def test_much_replay_of_what_was_learned_at_the_full_rate_comes_close_to_a_teacher() -> None:
    own = DeltaRule(rate=1.0, replays=10, teacher=False, interleaved=True)
    assert right(own, 160, range(5)) > right(DeltaRule(rate=1.0), 160, range(5)) + 0.03
    assert right(own, 160, range(5)) > 0.98


def test_a_teacher_may_also_come_between() -> None:
    assert right(DeltaRule(replays=3, interleaved=True), 80) > right(DeltaRule(), 80)


def test_least_squares_is_exact_up_to_the_number_of_cells_and_not_beyond() -> None:
    rng = np.random.default_rng(0)
    for count, exact in ((60, True), (120, False)):
        activity, patterns = rng.random((count, 60)), rng.choice([-1.0, 1.0], (count, 50))
        values = PseudoInverse().learn(activity, patterns, rng)
        assert np.array_equal(np.sign(values.evidence(activity)), patterns) is exact


def test_less_than_no_replay_is_refused() -> None:
    with pytest.raises(InputError, match="replays"):
        DeltaRule(replays=-1)
