"""Hopfield networks of the size of a scaffold memory."""

from __future__ import annotations

import numpy as np
import pytest

from hippokv.analysis.scaffold.hopfield_baseline import (
    hopfield_recall,
    plastic_synapses,
    units_with,
)
from hippokv.analysis.scaffold.information import bits_right
from hippokv.analysis.scaffold.scaffold_rate_model import ScaffoldRateModel, flipped


@pytest.mark.parametrize("n_synapses", [2, 12, 19, 480_000])
def test_one_unit_more_would_need_more_synapses(n_synapses: int) -> None:
    both, one = units_with(n_synapses), units_with(n_synapses, both_ways=False)
    assert both * (both - 1) <= n_synapses < (both + 1) * both
    assert one * (one - 1) <= 2 * n_synapses < (one + 1) * one


def test_plastic_synapses_are_keys_and_values() -> None:
    assert plastic_synapses(ScaffoldRateModel(), 200) == 800 * 400 + 800 * 200


def test_recall_falls_off_a_cliff_and_the_pseudo_inverse_does_not() -> None:
    rng = np.random.default_rng(0)
    found = {}
    for load in (15, 60):
        patterns = rng.choice([-1.0, 1.0], (load, 200))
        cues = flipped(patterns, 0.1, rng)
        for kind in ("standard", "pseudo-inverse"):
            found[kind, load] = bits_right(hopfield_recall(patterns, cues, kind), patterns)
    assert found["standard", 15] > 0.99
    assert found["standard", 60] < 0.8
    assert found["pseudo-inverse", 60] > 0.99


def test_bounded_weights_keep_the_last_items() -> None:
    rng = np.random.default_rng(1)
    patterns = rng.choice([-1.0, 1.0], (200, 300))
    states = hopfield_recall(patterns, patterns, "bounded")
    assert bits_right(states[-3:], patterns[-3:]) > 0.95
    assert bits_right(states[:100], patterns[:100]) < 0.8
    plain = hopfield_recall(patterns, patterns)
    assert bits_right(plain[-3:], patterns[-3:]) < 0.9
