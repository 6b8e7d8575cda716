"""The claim that the maximum is not robust depends on the score."""

from __future__ import annotations

import numpy as np

from hippokv.analysis.theory.robustness import Robustness, robustness
from hippokv.analysis.theory.separation import Softmax, maximum

SEPARATIONS = {"maximum": maximum, "sharp": Softmax(0.5), "soft": Softmax(0.2)}


def means(flipped: float) -> dict[str, Robustness]:
    """Return the scores over many sets of 40 items of 40 entries."""
    found = [
        robustness(SEPARATIONS, flipped, 40, 40, 40, np.random.default_rng(seed))
        for seed in range(40)
    ]
    return {
        name: Robustness(*np.mean([one[name] for one in found], axis=0)) for name in SEPARATIONS
    }


def test_without_noise_the_maximum_is_exact() -> None:
    assert means(0.0)["maximum"] == Robustness(1.0, 0.0)


def test_in_bits_right_the_maximum_is_as_robust_as_a_softmax() -> None:
    for flipped in (0.2, 0.3, 0.35):
        found = means(flipped)
        assert abs(found["maximum"].bits_right - found["sharp"].bits_right) < 0.015
        assert found["soft"].bits_right - found["maximum"].bits_right < 0.025


def test_in_squared_error_a_soft_separation_overtakes_it_as_noise_grows() -> None:
    little, much = means(0.2), means(0.4)
    assert little["maximum"].squared_error < 0.5 * little["soft"].squared_error
    assert much["soft"].squared_error < 0.7 * much["maximum"].squared_error


def test_nothing_recalled_counts_one_half() -> None:
    silent = {"silent": lambda similarity: np.zeros_like(similarity)}
    found = robustness(silent, 0.1, 5, 8, 6, np.random.default_rng(0))
    assert found["silent"] == Robustness(0.5, 1.0)
