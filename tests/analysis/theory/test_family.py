"""The family of key-value memories: primal equals dual, and each named memory is a corner of it."""

from __future__ import annotations

import numpy as np
import pytest
from numpy.typing import NDArray
from scipy.special import softmax

from hippokv.analysis.classical.attentional_reader import AttentionalReader, Reader
from hippokv.analysis.classical.dense_associative_memory import DenseAssociativeMemory
from hippokv.analysis.classical.hopfield_network import HopfieldNetwork
from hippokv.analysis.classical.memory import Memory
from hippokv.analysis.classical.slot_network import SlotNetwork
from hippokv.analysis.classical.softmax_attention import SoftmaxAttention
from hippokv.analysis.classical.sparse_distributed_memory import SparseDistributedMemory
from hippokv.analysis.theory import primal
from hippokv.analysis.theory.recall import recall
from hippokv.analysis.theory.separation import (
    RectifiedPolynomial,
    Softmax,
    Threshold,
    maximum,
    normalised,
)
from hippokv.analysis.theory.similarity import (
    RadialBasis,
    RandomFeatures,
    cosine,
    linear,
    scaled,
)

Table = NDArray[np.float64]


def items(n_items: int = 12, d: int = 10, m: int = 7, seed: int = 1) -> tuple[Table, Table, Table]:
    """Return queries, keys and values of any real numbers."""
    stream = np.random.default_rng(seed)
    return tuple(stream.normal(size=size) for size in ((5, d), (n_items, d), (n_items, m)))  # type: ignore[return-value]


def signs(n_items: int, d: int, seed: int = 1) -> Table:
    """Return patterns of -1 and 1."""
    return np.random.default_rng(seed).choice([-1.0, 1.0], (n_items, d))


# --- primal and dual ------------------------------------------------------------------------------


def test_the_associator_recalls_what_the_list_of_items_does() -> None:
    query, keys, values = items()
    np.testing.assert_allclose(
        query @ primal.associator(keys, values), recall(query, keys, values), atol=1e-10
    )


def test_fading_weights_are_items_of_fading_strength() -> None:
    query, keys, values = items()
    strengths = primal.decaying_strengths(len(keys), 0.8, 0.3)
    assert strengths[-1] == 0.3
    np.testing.assert_allclose(
        query @ primal.decaying(keys, values, 0.8, 0.3),
        recall(query, keys, strengths[:, None] * values),
        atol=1e-10,
    )


def test_the_delta_rule_stores_the_error_of_each_value() -> None:
    query, keys, values = items()
    stored = primal.delta_rule_values(keys, values, 0.2)
    np.testing.assert_allclose(
        query @ primal.delta_rule(keys, values, 0.2), recall(query, keys, stored), atol=1e-10
    )
    # Of unit keys that are orthogonal, each error is the value itself.
    apart = np.eye(7)[:, :7]
    np.testing.assert_allclose(primal.delta_rule_values(apart, values[:7], 1.0), values[:7])


@pytest.mark.parametrize("kind", ["positive", "trigonometric"])
def test_linear_attention_is_a_recurrence(kind: str) -> None:
    query, keys, values = (table / 4 for table in items())
    features = RandomFeatures(10, 50, kind)
    np.testing.assert_allclose(
        primal.linear_attention(query, keys, values, features.features),
        recall(query, keys, values, features, normalised),
        atol=1e-10,
    )


# --- similarities and separations -----------------------------------------------------------------


def test_similarities_are_what_their_names_say() -> None:
    query, keys, _ = items()
    np.testing.assert_allclose(linear(query, keys)[2, 3], query[2] @ keys[3])
    np.testing.assert_allclose(scaled(query, keys), linear(query, keys) / np.sqrt(10))
    assert cosine(keys, keys).diagonal() == pytest.approx(1.0)
    assert not cosine(np.zeros((1, 10)), keys).any()
    near = RadialBasis(2.0)(query, keys)
    np.testing.assert_allclose(near[1, 4], np.exp(-((query[1] - keys[4]) ** 2).sum() / 8))


def test_softmax_attention_is_that_of_scipy() -> None:
    query, keys, values = items()
    expected = softmax(0.7 * query @ keys.T / np.sqrt(10), axis=1) @ values
    np.testing.assert_allclose(recall(query, keys, values, scaled, Softmax(0.7)), expected)


def test_a_sharp_softmax_is_the_maximum_and_ties_share_it() -> None:
    query, keys, values = items()
    np.testing.assert_allclose(
        recall(query, keys, values, linear, Softmax(1e4)),
        recall(query, keys, values, linear, maximum),
        atol=1e-10,
    )
    np.testing.assert_allclose(maximum(np.array([3.0, 1.0, 3.0])), [0.5, 0.0, 0.5])


@pytest.mark.parametrize("kind", ["positive", "trigonometric"])
def test_random_features_converge_at_their_rate_for_small_norms(kind: str) -> None:
    query, keys, _ = (table / 10 for table in items(d=10))
    true = np.exp(query @ keys.T)

    def error(n_features: int) -> float:
        found = [
            RandomFeatures(10, n_features, kind, seed)(query, keys) / true - 1 for seed in range(40)
        ]
        return float(np.sqrt(np.mean(np.square(found))))

    few, many = error(64), error(1024)
    assert few < 0.1
    # Sixteen times the features, a quarter of the error.
    assert many == pytest.approx(few / 4, rel=0.2)


def test_random_features_of_patterns_of_one_do_not_converge() -> None:
    """With 40 entries of +-1 and beta 0.5 the norms are out of reach: |q + k| is up to 9."""
    keys = np.sqrt(0.5) * signs(40, 40)
    true = np.exp(keys @ keys.T)

    def error(n_features: int) -> float:
        found = [RandomFeatures(40, n_features, seed=seed)(keys, keys) / true for seed in range(5)]
        # Of a key and itself: nearly all of it is missing, whatever is drawn.
        return float(np.mean([np.abs(table.diagonal() - 1) for table in found]))

    # At their rate the second would be an eighth of the first.
    assert error(64) > 0.99
    assert error(4096) > 0.99


# --- named memories -------------------------------------------------------------------------------


def remembered(memory: Memory, keys: Table, values: Table, query: Table) -> Table:
    """Return what a classical memory recalls of items."""
    state = memory.start(keys.shape[1], values.shape[1], np.random.default_rng(3))
    for key, value in zip(keys, values, strict=True):
        state.store(key, value, 1.0)
    return np.array([state.recall(cue) for cue in query])


def test_softmax_attention_is_a_corner() -> None:
    keys, values = signs(12, 20), signs(12, 9, 2)
    query = keys * (np.arange(20) < 8)
    np.testing.assert_allclose(
        remembered(SoftmaxAttention(0.6), keys, values, query),
        recall(query, keys, values, linear, Softmax(0.6)),
        atol=1e-12,
    )


@pytest.mark.parametrize("power", [2, 3])
def test_dense_associative_memory_is_a_corner(power: int) -> None:
    """One step of it separates by the difference of the power at both signs of a value unit."""
    keys, values = signs(12, 20), signs(12, 9, 2)
    query = keys * (np.arange(20) < 8)
    steep = RectifiedPolynomial(power)
    np.testing.assert_allclose(
        remembered(DenseAssociativeMemory(power), keys, values, query),
        recall(query, keys, values, linear, lambda match: steep(match + 1) - steep(match - 1)),
        atol=1e-9,
    )


def test_strengths_multiply_the_attention() -> None:
    keys, values = signs(4, 20), signs(4, 9, 2)
    state = SoftmaxAttention(0.3).start(20, 9, np.random.default_rng(0))
    for key, value, strength in zip(keys, values, (1.0, 2.0, 0.0, 5.0), strict=True):
        state.store(key, value, strength)
    twice = np.repeat(np.arange(4), (1, 2, 0, 5))
    np.testing.assert_allclose(
        state.recall(keys[1]),
        recall(keys[1], keys[twice], values[twice], linear, Softmax(0.3)),
        atol=1e-12,
    )


def test_the_slots_of_the_2021_paper_are_a_corner() -> None:
    keys, values = signs(12, 20), signs(12, 9, 2)
    query = keys * (np.arange(20) < 8)
    # A slot is written as much as it fires for its own key (Eq 10, 11), when later slots are empty.
    written = [Softmax(0.6)(np.append(row[: at + 1], np.zeros(11 - at)))[at] * values[at]
               for at, row in enumerate(linear(keys, keys))]  # fmt: skip
    np.testing.assert_allclose(
        remembered(
            SlotNetwork(12, inverse_temperature=0.6, initial_weight=0.0), keys, values, query
        ),
        recall(query, keys, np.array(written), linear, Softmax(0.6)),
        atol=1e-12,
    )


def test_the_attentional_reader_is_a_corner() -> None:
    """Read by the cue itself at a strength of its own, it is a softmax of the cosine."""
    keys, values = signs(12, 20), signs(12, 9, 2)
    query = keys * (np.arange(20) < 8)
    strength = np.log1p(np.exp(3.0))
    reader = Reader(np.eye(20), np.zeros(20), np.zeros(20), np.array(3.0))
    np.testing.assert_allclose(
        remembered(AttentionalReader(n_rows=12, reader=reader), keys, values, query),
        recall(query, keys, values, cosine, Softmax(strength)),
        atol=1e-12,
    )


def test_the_hopfield_network_is_the_associator_of_patterns_with_themselves() -> None:
    keys = signs(3, 40)
    state = HopfieldNetwork(self_connections=True).start(40, 40, np.random.default_rng(0))
    for key in keys:
        state.store(key, key, 1.0)
    np.testing.assert_allclose(state.weights, primal.associator(keys, keys), atol=1e-10)


def test_sparse_distributed_memory_is_a_threshold_twice() -> None:
    """Keys reach locations by a threshold, and cues the same locations: the dual of both."""
    memory = SparseDistributedMemory(n_locations=300, activated=0.1)
    keys, values = signs(6, 20), signs(6, 9, 2)
    state = memory.start(20, 9, np.random.default_rng(3))
    near = Threshold(20 - 2 * memory.radius(20))
    counters = near(linear(state.addresses, keys)) @ values
    np.testing.assert_allclose(
        remembered(memory, keys, values, keys),
        recall(keys, state.addresses, counters, linear, near),
        atol=1e-10,
    )


# --- bad input ------------------------------------------------------------------------------------


def test_what_does_not_fit_is_named() -> None:
    query, keys, values = items()
    with pytest.raises(ValueError, match="12 keys and 11 values: must be as many"):
        recall(query, keys, values[:-1])
    with pytest.raises(ValueError, match="queries of 9 entries and keys of 10: must be as wide"):
        recall(query[:, :9], keys, values)
    with pytest.raises(ValueError, match="kind = 'cosine': must be positive or trigonometric"):
        RandomFeatures(4, 8, "cosine")
