"""An encoder trained to rebuild its inputs: its slope, and what its items attract."""

from __future__ import annotations

import numpy as np

from hippokv.analysis.theory.learned_encoder import LearnedEncoder, rebuilt, slope_of


def test_the_slope_is_that_of_the_error() -> None:
    stream = np.random.default_rng(0)
    patterns = stream.choice([-1.0, 1.0], (3, 5))
    weights = stream.normal(size=(5, 7)), stream.normal(size=(7, 5))
    slopes = slope_of(patterns, *weights)

    def error(step: float, which: int, place: tuple[int, int]) -> float:
        moved = [part.copy() for part in weights]
        moved[which][place] += step
        return float(np.mean((rebuilt(patterns, *moved) - patterns) ** 2))

    for which, places in enumerate(([(0, 0), (4, 6)], [(0, 0), (6, 4)])):
        for place in places:
            found = (error(1e-5, which, place) - error(-1e-5, which, place)) / 2e-5
            np.testing.assert_allclose(slopes[which][place], found, rtol=1e-5)


def test_items_are_kept_and_attract_cues_near_them() -> None:
    stream = np.random.default_rng(1)
    patterns = stream.choice([-1.0, 1.0], (5, 40))
    cues = patterns.copy()
    cues[:, :4] *= -1
    encoder = LearnedEncoder(n_hidden=100)
    assert np.array_equal(np.sign(encoder.recall(patterns, patterns, 0)), patterns)
    assert np.array_equal(np.sign(encoder.recall(patterns, cues, 0)), patterns)
    assert encoder.n_weights(40) == 8000


def test_the_seed_draws_the_first_weights() -> None:
    patterns = np.random.default_rng(2).choice([-1.0, 1.0], (3, 8))
    first, second = (LearnedEncoder(10, 2).recall(patterns, patterns, seed) for seed in (0, 1))
    assert not np.allclose(first, second)
