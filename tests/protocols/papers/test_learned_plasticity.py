"""The learned rule in the circuit: which number becomes which setting."""

from __future__ import annotations

import math

import pytest

from hippokv.analysis.recall.rate_model import Learning
from hippokv.plasticity.linear_rule import LinearRule
from hippokv.protocols.papers.learned_plasticity import circuit_settings
from hippokv.protocols.parts.store_and_recall import learning_of
from hippokv.protocols.parts.storing import StorageParameters
from hippokv.protocols.running.experiment import prepare

SHOWN_MS = 1150.0


def learning(rule: LinearRule) -> Learning:
    """Return how the rate model learns where the circuit has the settings of a rule."""
    return learning_of(prepare("capacity", circuit_settings(rule)).circuit)


def test_an_item_is_shown_as_long_as_the_decay_is_stated_for() -> None:
    timing = StorageParameters()
    assert timing.study_ms + timing.instruction_ms + timing.consolidation_ms == SHOWN_MS


@pytest.mark.parametrize("decay", [0.9, 0.95, 0.99])
def test_one_storage_leaves_the_decay_of_the_rule(decay: float) -> None:
    found = learning(LinearRule(value_decay=decay))
    assert found.values_kept(1.0, SHOWN_MS) == pytest.approx(decay, abs=1e-4)
    assert found.passive_values


@pytest.mark.parametrize("rate", [0.2, 0.5, 0.9])
def test_one_plateau_replaces_the_key_rate_of_the_rule(rate: float) -> None:
    assert learning(LinearRule(key_rate=rate)).key_written(1.0) == pytest.approx(rate, abs=0.002)


def test_a_plateau_cannot_replace_more_than_it_does_by_default() -> None:
    most = circuit_settings(LinearRule(key_rate=1.0))
    assert circuit_settings(LinearRule(key_rate=1.3)) == most
    assert most["circuit.key_rule.learning_rate"] <= 1.0


def test_the_size_of_the_keys_is_the_temperature() -> None:
    rule = LinearRule(key_pre_slope=1.5, key_post_offset=0.6)
    assert circuit_settings(rule)["circuit.beta"] == pytest.approx(0.9)


def test_what_scales_the_values_changes_nothing() -> None:
    plain = circuit_settings(LinearRule())
    assert circuit_settings(LinearRule(value_rate=3.0, value_pre_slope=0.5)) == plain


def test_values_that_do_not_decay_are_given_a_long_time() -> None:
    tau_s = circuit_settings(LinearRule(value_decay=1.0))["circuit.passive_rule.forgetting_tau_s"]
    assert math.isfinite(tau_s)
    assert learning(LinearRule(value_decay=1.0)).values_kept(1.0, SHOWN_MS) > 0.998
