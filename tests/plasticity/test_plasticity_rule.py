"""The interface of plasticity rules: which of them a rate model can learn by."""

from __future__ import annotations

from dataclasses import dataclass

import pytest

from hippokv.plasticity.accumulating_key_rule import AccumulatingKeyRule
from hippokv.plasticity.btsp_key_rule import BTSPKeyRule
from hippokv.plasticity.error_driven_value_rule import ErrorDrivenValueRule
from hippokv.plasticity.hebbian_value_rule import HebbianValueRule
from hippokv.plasticity.passive_value_rule import PassiveValueRule
from hippokv.plasticity.plasticity_rule import PlasticityRule


@dataclass(frozen=True)
class Renamed(BTSPKeyRule):
    """Another default, the same equations."""

    learning_rate: float = 0.1


@dataclass(frozen=True)
class Silent(BTSPKeyRule):
    """Another equation, without a rate form of its own."""

    on_event = "weight += 0"


@dataclass(frozen=True)
class SilentInRatesToo(Silent):
    """The same with a rate form."""

    def written(self, occupancy: float, updates: float) -> float:
        return 0.0


@pytest.mark.parametrize(
    ("rule", "has"),
    [
        (BTSPKeyRule(), True), (HebbianValueRule(), True), (PassiveValueRule(), True),
        (Renamed(), True), (SilentInRatesToo(), True),
        (Silent(), False), (PlasticityRule(), False), (AccumulatingKeyRule(), False),
        (ErrorDrivenValueRule(), False),
    ],
)  # fmt: skip
def test_a_rate_form_is_lost_with_the_equation_that_it_is_of(
    rule: PlasticityRule, has: bool
) -> None:
    assert rule.has_rate_form == has


@pytest.mark.parametrize("rule", [BTSPKeyRule(0.5), HebbianValueRule(0.5), PassiveValueRule(0.5)])
def test_each_update_replaces_a_part_of_what_is_left(rule: BTSPKeyRule) -> None:
    assert rule.written(1.0, 3) == pytest.approx(1 - 0.5**3)
    assert rule.written(0.0, 3) == 0.0


def test_only_passive_values_fade() -> None:
    assert HebbianValueRule().kept(1.0, 1000.0) == 1.0
    assert PassiveValueRule(forgetting_tau_s=2.0).kept(0.5, 1000.0) == pytest.approx(
        0.7788, abs=1e-4
    )
