"""Repulsion needs competition within the pair, and its reversal a restoring term."""

from __future__ import annotations

import numpy as np
import pytest

from hippokv.analysis.theory import learned_maps
from hippokv.analysis.theory.learned_maps import Codes, Repulsion, learn_maps, paired_inputs
from hippokv.analysis.theory.separation import Softmax


def test_pairs_share_what_they_should() -> None:
    inputs = paired_inputs(Repulsion(overlap=0.8), np.random.default_rng(0))
    assert inputs.shape == (12, 60)
    for one, other in zip(inputs[::2], inputs[1::2], strict=True):
        assert (one == other).mean() == pytest.approx(0.8)


@pytest.mark.parametrize("within_pair", [False, True])
def test_the_map_follows_the_slope_of_the_error(within_pair: bool) -> None:
    problem = Repulsion(within_pair=within_pair, n_pairs=2, n_inputs=10, n_hidden=5)
    stream = np.random.default_rng(3)
    inputs, weights = paired_inputs(problem, stream), 0.3 * stream.normal(size=(10, 5))
    query, values = inputs * (stream.random(inputs.shape) > 0.5), np.eye(4)
    rivals = np.ones((4, 4), dtype=bool)
    if within_pair:
        rivals = np.kron(np.eye(2), np.ones((2, 2))) > 0

    def error(weights: np.ndarray) -> float:  # type: ignore[type-arg]
        keys, queries = np.tanh(inputs @ weights), np.tanh(query @ weights)
        similarity = 1.5 / np.sqrt(5) * queries @ keys.T
        found = Softmax()(np.where(rivals, similarity, -np.inf)) @ values
        return float(((found - values) ** 2).sum() / 2)

    slope = learned_maps._slope(problem, inputs, query, weights, values, rivals)
    for place in np.ndindex(weights.shape):
        step = np.zeros_like(weights)
        step[place] = 1e-6
        along = (error(weights + step) - error(weights - step)) / 2e-6
        assert slope[place] == pytest.approx(along, abs=1e-7)


def codes(**given: object) -> tuple[Codes, Codes, Codes]:
    """Return the mean codes of four networks at the start, after learning, and afterwards."""
    problem = Repulsion(**given)  # type: ignore[arg-type]
    found = [
        learn_maps(problem, 150, 150, (0, 150, 300), np.random.default_rng(seed))
        for seed in range(4)
    ]
    first, learned, after = (
        Codes(*np.mean([one[step] for one in found], axis=0)) for step in (0, 150, 300)
    )
    return first, learned, after


def test_competition_with_all_parts_a_pair_but_not_below_unrelated() -> None:
    first, learned, _ = codes()
    assert learned.pair < 0.6 * first.pair
    assert learned.pair > learned.unrelated + 0.2
    assert learned.discrimination > 0.95


def test_competition_within_the_pair_drives_it_below_unrelated_for_ever() -> None:
    first, learned, after = codes(within_pair=True)
    assert first.pair > 0.5 and learned.pair < learned.unrelated - 0.2
    assert after.pair == pytest.approx(learned.pair, abs=1e-9)


def test_a_restoring_term_undoes_it() -> None:
    first, learned, after = codes(within_pair=True, restored=0.02)
    assert learned.pair < learned.unrelated
    assert after.pair == pytest.approx(first.pair, abs=0.05)
    assert after.discrimination < learned.discrimination - 0.2
