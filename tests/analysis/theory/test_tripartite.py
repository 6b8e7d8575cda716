"""Astrocyte processes at the synapses: linear and softmax attention, exactly."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest
from numpy.typing import NDArray

from hippokv.analysis.theory.recall import recall
from hippokv.analysis.theory.separation import Softmax, normalised
from hippokv.analysis.theory.similarity import RandomFeatures, linear
from hippokv.analysis.theory.tripartite import FeatureSynapses, SlotSynapses

Table = NDArray[np.float64]


def elu(inputs: Table) -> Table:
    """Return the features of linear attention, x + 1 above 0 and exp(x) below."""
    mapped: Table = np.where(inputs > 0, inputs + 1, np.exp(np.minimum(inputs, 0)))
    return mapped


def items() -> tuple[Table, Table, Table]:
    """Return queries, keys and values."""
    stream = np.random.default_rng(1)
    keys, values = 0.35 * stream.normal(size=(40, 20)), stream.normal(size=(40, 9))
    return keys + 0.1 * stream.normal(size=keys.shape), keys, values


@pytest.mark.parametrize("features", [elu, RandomFeatures(20, 300).features])
def test_features_give_the_attention_of_their_kernel(features: Callable[[Table], Table]) -> None:
    queries, keys, values = items()
    synapses = FeatureSynapses(features)
    for key, value in zip(keys, values, strict=True):
        synapses.write(key, value)

    def kernel(query: Table, keys: Table) -> Table:
        return linear(features(query), features(keys))

    np.testing.assert_allclose(
        [synapses.read(query) for query in queries],
        recall(queries, keys, values, kernel, normalised),
        atol=1e-10,
    )


@pytest.mark.parametrize("beta", [0.2, 1.0, 40.0])
def test_a_process_for_each_slot_gives_the_softmax(beta: float) -> None:
    queries, keys, values = items()
    synapses = SlotSynapses(keys, values, beta)
    np.testing.assert_allclose(
        [synapses.read(query) for query in queries],
        recall(queries, keys, values, linear, Softmax(beta)),
        atol=1e-10,
    )
    assert synapses.processes(queries[0]).sum() == pytest.approx(1.0)
