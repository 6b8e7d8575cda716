"""The value rule of a dense code: spikes correct what the dendrite predicts, and then stop."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from brian_on_numpy import shared_declarations
from numpy.typing import NDArray
from scripted_synapses import Side, weights_after

from hippokv.parameter import si_values
from hippokv.plasticity.error_driven_value_rule import ErrorDrivenValueRule
from hippokv.plasticity.stability import NEVER_S, STABLE, Stability

#: A cortical cell that fires and one that does not.
PATTERN = np.array([1.0, 0.0])
ONCE: Sequence[Sequence[int]] = [[100]]


def weights(
    rule: ErrorDrivenValueRule,
    spikes_ms: Sequence[Sequence[int]],
    acetylcholine: float = 1.0,
    before: float | NDArray[np.float64] = 0.5,
    duration_ms: int = 200,
) -> NDArray[np.float64]:
    """Return weights of hippocampal cells that fire as told onto the two cortical cells."""
    synaptic = (*rule.synaptic_constants, "initial_weight")
    declared = STABLE + shared_declarations(Stability()) + shared_declarations(rule, synaptic)
    constants = {**si_values(Stability()), **si_values(rule, synaptic), "stable_from": NEVER_S}
    post = Side(
        {"trace": list(PATTERN)},
        "dprediction/dt = -prediction/prediction_tau : 1\n"
        + shared_declarations(rule, ("prediction_tau",)),
        si_values(rule, ("prediction_tau",)),
    )
    level = [acetylcholine] * len(spikes_ms)
    pre = Side({"acetylcholine": level, "released": level}, events_ms=spikes_ms)
    statements = {"transmission": rule.on_transmission, "teaching": rule.on_event}
    return weights_after(statements, before, pre, post, (declared, constants), duration_ms)


def test_a_first_spike_moves_a_naive_weight_by_half_a_step() -> None:
    """Nothing is predicted yet, so the error is the pattern itself: +.5 and -.5."""
    rule = ErrorDrivenValueRule()
    expected = [0.5 + rule.learning_rate * (PATTERN - 0.5)]
    np.testing.assert_allclose(weights(rule, ONCE), expected, atol=1e-4)


def test_what_is_predicted_is_not_learned_again() -> None:
    """A weight whose spike alone predicts the pattern stays; the opposite one is corrected."""
    rule = ErrorDrivenValueRule(prediction_gain=2.0)
    right = 0.5 + (PATTERN - 0.5) / rule.prediction_gain
    np.testing.assert_allclose(weights(rule, ONCE, before=right), [right], atol=1e-4)
    wrong = 1 - right
    assert (np.abs(weights(rule, ONCE, before=wrong) - wrong) > rule.learning_rate / 2).all()


def test_cells_that_fire_together_share_the_correction() -> None:
    """The delta rule: alone a synapse learns all of the pattern, among many each a part."""
    rule = ErrorDrivenValueRule()
    train = range(10, 1000, 40)
    alone = weights(rule, [train], duration_ms=1000)[0]
    many = weights(rule, [train] * 40, duration_ms=1000)[0]
    assert 0 < many[0] - 0.5 < 0.3 * (alone[0] - 0.5)
    np.testing.assert_allclose(many[0] - 0.5, 0.5 - many[1], atol=1e-4)


def test_learning_ends_where_the_prediction_is_right() -> None:
    rule = ErrorDrivenValueRule(learning_rate=0.03)
    early, late = (
        weights(
            rule, [range(10 + 20 * (cell % 2), stop, 40) for cell in range(40)], duration_ms=stop
        )
        for stop in (1500, 3000)
    )
    assert np.abs(early - 0.5).min() > 0.05
    np.testing.assert_allclose(early, late, atol=0.02)


def test_a_cell_that_does_not_fire_is_left_alone() -> None:
    found = weights(ErrorDrivenValueRule(), [range(10, 200, 20), []])
    assert (np.abs(found[0] - 0.5) > 0.1).all()
    np.testing.assert_array_equal(found[1], [0.5, 0.5])


def test_without_neuromodulator_nothing_changes() -> None:
    found = weights(ErrorDrivenValueRule(), [range(10, 200, 10)], acetylcholine=0.0)
    np.testing.assert_array_equal(found, [[0.5, 0.5]])


def test_weights_stay_between_their_bounds() -> None:
    rule = ErrorDrivenValueRule(prediction_gain=0.0, learning_rate=1.0)
    found = weights(rule, [range(10, 200, 10)])
    np.testing.assert_array_equal(found, [[1.0, 0.0]])
