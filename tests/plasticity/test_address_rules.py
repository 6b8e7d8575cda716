"""Rules between grid modules and hippocampus: what a cell gives back, and what a place recruits."""

from __future__ import annotations

import numpy as np
import pytest
from brian_on_numpy import shared_declarations
from numpy.typing import NDArray
from scripted_synapses import Side, weights_after

from hippokv.parameter import si_values
from hippokv.plasticity.address_rules import RecruitmentRule, ReturnRule

THRESHOLD = ReturnRule().activity_threshold
#: A point in the bump, one at its edge that does not count yet, and one outside.
ACTIVITY = [2 * THRESHOLD, 0.9 * THRESHOLD, 0.0]


def returned(rule: ReturnRule, spikes: int, level: float, before: float) -> NDArray[np.float64]:
    """Return the weights of a cell onto the three points after some spikes."""
    pre = Side({"acetylcholine": [level]}, events_ms=[list(range(10, 10 + 5 * spikes, 5))])
    constants = (
        shared_declarations(rule, rule.synaptic_constants),
        si_values(rule, rule.synaptic_constants),
    )
    statements = {"teaching": rule.on_event}
    post = Side({"activity": ACTIVITY})
    return weights_after(statements, before, pre, post, constants, 20 + 5 * spikes)[0]


@pytest.mark.parametrize(("spikes", "level"), [(1, 1.0), (4, 1.0), (4, 0.5)])
def test_a_spike_takes_up_the_bump_and_lets_go_of_the_rest(spikes: int, level: float) -> None:
    rule = ReturnRule()
    found = returned(rule, spikes, level, before=0.4)
    step = rule.learning_rate * level
    fallen = 0.4 * (1 - step * rule.depression) ** spikes
    np.testing.assert_allclose(found, [1 - 0.6 * (1 - step) ** spikes, fallen, fallen])


def test_nothing_is_learned_without_neuromodulator() -> None:
    np.testing.assert_array_equal(returned(ReturnRule(), 4, 0.0, before=0.4), [0.4, 0.4, 0.4])


def test_a_phase_at_which_a_cell_seldom_fires_is_kept() -> None:
    """Of ten spikes one falls into the bump; with depression as strong nothing of it would last."""

    def after_thirty_spikes(rule: ReturnRule) -> float:
        weight = 0.8
        for _ in range(3):
            weight = returned(rule, 1, 1.0, weight)[0]
            weight = returned(rule, 9, 1.0, weight)[2]
        return float(weight)

    assert after_thirty_spikes(ReturnRule()) > 0.8
    assert after_thirty_spikes(ReturnRule(depression=1.0)) < 0.1


def test_a_plateau_recruits_the_grid_cells_of_the_bump_alone() -> None:
    """Several updates, of cells with and without neuromodulator; no weight falls."""
    rule = RecruitmentRule()
    names = ("learning_rate", "trace_threshold")
    constants = (shared_declarations(rule, names), si_values(rule, names))
    pre = Side({"trace": [6.0, 0.9 * rule.trace_threshold]})
    updates = [10, 20, 30]
    post = Side({"acetylcholine": [1.0, 0.5, 1.0, 0.0]}, events_ms=[updates, updates, [], updates])
    found = weights_after({"plateau": rule.on_event}, 0.2, pre, post, constants, 50)
    left = [(1 - rule.learning_rate * level) ** 3 for level in (1.0, 0.5)]
    np.testing.assert_allclose(found[0], [1 - 0.8 * left[0], 1 - 0.8 * left[1], 0.2, 0.2])
    np.testing.assert_array_equal(found[1], [0.2] * 4)
