"""The dual form of gradient learning: pairs give what the weights give, and can be deleted."""

from __future__ import annotations

import numpy as np
import pytest
from numpy.typing import NDArray
from scipy.special import log_softmax

from hippokv.analysis.theory.classifier import Classifier, drawn_weights, part_right
from hippokv.analysis.theory.recorded_layer import RecordedLayer

Table = NDArray[np.float64]


def examples(
    count: int = 60, d: int = 8, classes: int = 4, seed: int = 1
) -> tuple[Table, NDArray[np.int64]]:
    """Return clusters of examples, one for each class."""
    stream = np.random.default_rng(seed)
    labels = stream.integers(0, classes, count)
    centres = np.random.default_rng(0).normal(size=(classes, d))
    return centres[labels] + 0.3 * stream.normal(size=(count, d)), labels


def trained(widths: tuple[int, ...], batch: int, epochs: int = 3) -> Classifier:
    stream = np.random.default_rng(2)
    found = Classifier.beginning(drawn_weights(widths, stream))
    found.train(*examples(), 0.2, epochs, batch, stream)
    return found


@pytest.mark.parametrize("widths", [(8, 4), (8, 12, 4), (8, 12, 10, 4)])
@pytest.mark.parametrize("batch", [1, 7, 60])
def test_pairs_give_what_the_weights_give(widths: tuple[int, ...], batch: int) -> None:
    found, (inputs, _) = trained(widths, batch), examples(seed=5)
    assert found.n_pairs == 3 * 60
    np.testing.assert_allclose(found.dual_outputs(inputs), found.outputs(inputs), atol=1e-8)


def test_twenty_thousand_pairs_give_what_the_weights_give() -> None:
    stream = np.random.default_rng(3)
    layer = RecordedLayer(stream.normal(size=(20, 5)))
    for _ in range(200):
        layer.learn(stream.normal(size=(100, 20)), 0.01 * stream.normal(size=(100, 5)))
    inputs = stream.normal(size=(10, 20))
    assert len(layer.keys) == len(layer.values) == 20_000
    np.testing.assert_allclose(layer.dual(inputs), layer.primal(inputs), atol=1e-8)


def test_what_is_learned_is_the_gradient_of_the_loss() -> None:
    found = Classifier.beginning(drawn_weights((8, 12, 4), np.random.default_rng(2)))
    inputs, labels = examples(9)

    def loss() -> float:
        return -float(log_softmax(found.outputs(inputs), axis=1)[np.arange(9), labels].mean())

    slopes = []
    for layer in found.layers:
        layer.weights[1, 2] += 1e-5
        above = loss()
        layer.weights[1, 2] -= 2e-5
        slopes.append((above - loss()) / 2e-5)
        layer.weights[1, 2] += 1e-5
    before = [layer.weights[1, 2] for layer in found.layers]
    found._step(inputs, labels, 0.1)
    changes = [layer.weights[1, 2] - old for layer, old in zip(found.layers, before, strict=True)]
    assert changes == pytest.approx([-0.1 * slope for slope in slopes], rel=1e-4)


def test_training_classifies_and_deleting_all_pairs_undoes_it() -> None:
    found, (inputs, labels) = trained((8, 16, 4), 8, epochs=20), examples(seed=5)
    untrained = Classifier.beginning(drawn_weights((8, 16, 4), np.random.default_rng(2)))
    assert part_right(found.outputs(inputs), labels) > 0.95
    np.testing.assert_allclose(
        found.outputs(inputs, [0.0, 0.0]), untrained.outputs(inputs), atol=1e-12
    )


def test_pairs_are_deleted_and_amplified_one_by_one() -> None:
    stream = np.random.default_rng(4)
    layer = RecordedLayer(np.zeros((3, 2)))
    keys, values = np.eye(3), stream.normal(size=(3, 2))
    layer.learn(keys[:2], values[:2])
    layer.learn(keys[2:], values[2:])
    strengths = np.array([0.0, 1.0, 2.5])
    np.testing.assert_allclose(layer.dual(keys, strengths), strengths[:, None] * values)
    np.testing.assert_allclose(layer.with_strengths(strengths), strengths[:, None] * values)
    np.testing.assert_allclose(layer.attention(keys[1]), [0.0, 1.0, 0.0])


def test_a_layer_that_learned_nothing_has_no_pairs() -> None:
    layer = RecordedLayer(np.ones((3, 2)))
    assert layer.keys.shape == (0, 3)
    assert layer.values.shape == (0, 2)
    np.testing.assert_array_equal(layer.dual(np.ones(3), initial=2.0), [6.0, 6.0])


def test_classes_can_be_compared_alone() -> None:
    outputs = np.array([[1.0, 2.0, 9.0], [3.0, 2.0, 9.0]])
    labels = np.array([1, 1])
    assert part_right(outputs, labels) == 0.0
    assert part_right(outputs, labels, (0, 1)) == 0.5
