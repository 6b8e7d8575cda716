"""Keys and values trained for retrieval: the slopes, the scores, and what detaching does."""

from __future__ import annotations

import numpy as np
import pytest
from numpy.typing import NDArray
from scipy.special import expit

from hippokv.analysis.theory import trained_items
from hippokv.analysis.theory.recall import recall
from hippokv.analysis.theory.separation import Softmax
from hippokv.analysis.theory.similarity import scaled
from hippokv.analysis.theory.trained_items import (
    FEATURES,
    TRAININGS,
    Adam,
    Items,
    drawn_items,
    train_items,
)

Table = NDArray[np.float64]


@pytest.mark.parametrize("detached", [False, True])
def test_items_move_along_the_slope_of_the_loss(detached: bool) -> None:
    stream = np.random.default_rng(3)
    keys, before = stream.random((9, 2)), stream.random((9, 2))
    wanted = FEATURES[stream.integers(3, size=9)]

    def loss(query: Table, keys: Table, before: Table) -> float:
        found = recall(query, keys, expit(before), scaled, Softmax())
        return float(((found - wanted) ** 2).mean())

    key_slope, value_slope = trained_items._slopes(keys, before, wanted, detached)
    for place in np.ndindex(keys.shape):
        step = np.zeros_like(keys)
        step[place] = 1e-6
        # A detached key stays where it is when its query moves.
        met = np.zeros_like(step) if detached else step
        along = loss(keys + step, keys + met, before) - loss(keys - step, keys - met, before)
        assert key_slope[place] == pytest.approx(along / 2e-6, abs=1e-8)
        along = loss(keys, keys, before + step) - loss(keys, keys, before - step)
        assert value_slope[place] == pytest.approx(along / 2e-6, abs=1e-8)


def test_items_are_scored() -> None:
    keys = np.array([[9.0, 0.0], [9.0, 0.0], [0.0, 9.0], [0.0, 9.0]])
    values = FEATURES[[0, 0, 1, 0]]
    found = Items(keys, values, np.array([0, 0, 1, 1])).scores()
    assert found.within == pytest.approx(1.0) and found.between == pytest.approx(0.0)
    assert found.own_attention == pytest.approx(1.0)
    # Half of what the second class recalls is the first, so that neither is nearer.
    assert found.decoded == 0.5
    assert found.squared_error == pytest.approx(0.125)


def test_adam_takes_a_whole_step_at_first_and_follows_the_mean() -> None:
    mover = Adam(0.1)
    assert mover.step(np.array([5.0, -0.01])) == pytest.approx([0.1, -0.1], rel=1e-5)
    assert mover.step(np.array([-5.0, -0.01]))[0] == pytest.approx(
        0.1 * (0.9 * 0.1 * 5 - 0.1 * 5) / (1 - 0.9**2) / 5, rel=1e-5
    )


def test_detached_keys_part_the_classes_and_others_do_not() -> None:
    """With a tenth of the steps at ten times the rate."""
    beginning = drawn_items(2, 200, np.random.default_rng(1))
    found = {
        name: train_items(beginning, (0, 500), training, 3e-3)
        for name, training in TRAININGS.items()
    }
    begun = [items[0] for items in found.values()]
    assert all(np.array_equal(begun[0].keys, one.keys) for one in begun)
    scores = {name: items[500].scores() for name, items in found.items()}
    for name, training in TRAININGS.items():
        if training.detached:
            assert scores[name].decoded == 1.0
            assert scores[name].within > 0.95 and scores[name].between < -0.95
        else:
            assert scores[name].decoded < 1.0
            assert scores[name].within < 0.95 and scores[name].between > -0.95


def test_training_can_be_ended() -> None:
    def ended() -> None:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        items = drawn_items(2, 5, np.random.default_rng(1))
        train_items(items, (3,), TRAININGS["plain"], each_step=ended)
