r"""Learned maps of keys and queries, and repulsion (Gershman et al. 2025, Eq 7 to 9, section 2.2).

Inputs come in pairs that share most entries. One map gives keys and queries, and the values are
fixed; the map learns, by the gradient of the squared error, to bring back the value of each input
from a part of it.

.. math::

    k_n &= \tanh(x_n W), \quad q = \tanh(\tilde x_n W), \quad \alpha \propto e^{g\,q\cdot k/\sqrt H}
        &\qquad(7, 9)\\
    \Delta W &= -\eta\,\partial_W \sum_n |\hat v_n - v_n|^2 - \lambda\,(W - W_0)

What is not in the paper: the nonlinearity, which keeps codes bounded; competition within the pair
alone, as if a context told pairs apart; and the restoring term :math:`\lambda`. With these it
depends whether pairs become less alike than unrelated inputs, and whether that is undone when both
of a pair get the same value.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from hippokv.arrays import Array

from .separation import Softmax


@dataclass(frozen=True)
class Repulsion:
    """Describe inputs that overlap, and how their map is learned (all numbers chosen).

    Parameters
    ----------
    overlap
        Part of the entries that the two inputs of a pair share.
    within_pair
        Whether a query competes for the two keys of its pair alone, and not for all.
    restored
        What of its distance to the first map is taken away in each step.
    n_pairs, n_inputs, n_hidden
        Pairs, entries of an input, and entries of a key.
    learning_rate, gain
        Step along the gradient, and the gain of the similarity.
    hidden
        Part of the entries of an input that a query lacks, drawn anew in every step.
    """

    overlap: float = 0.8
    within_pair: bool = False
    restored: float = 0.0
    n_pairs: int = 6
    n_inputs: int = 60
    n_hidden: int = 60
    learning_rate: float = 0.3
    gain: float = 1.5
    hidden: float = 0.5


class Codes(NamedTuple):
    """Hold how alike keys are.

    Parameters
    ----------
    pair, unrelated
        Mean correlation of the keys of a pair, and of two pairs.
    discrimination
        Attention to the own key, as part of that to both of the pair, mean over queries.
    """

    pair: float
    unrelated: float
    discrimination: float


def learn_maps(
    problem: Repulsion,
    different: int,
    common: int,
    kept: Collection[int],
    stream: np.random.Generator,
) -> dict[int, Codes]:
    """Let a map learn, first with a value for each input, then with one for each pair.

    Parameters
    ----------
    problem
        Inputs and learning.
    different, common
        Steps with different values within a pair, then with a common one.
    kept
        After how many steps of both together the keys are looked at.
    stream
        Draws inputs, the first map, and what queries lack.
    """
    inputs = paired_inputs(problem, stream)
    first = 0.7 * stream.normal(size=(problem.n_inputs, problem.n_hidden))
    weights = first = first / np.sqrt(problem.n_inputs)
    count = len(inputs)
    own, of_pair = np.eye(count), np.repeat(np.eye(problem.n_pairs), 2, axis=0)
    rivals = of_pair @ of_pair.T > 0 if problem.within_pair else np.ones((count, count), dtype=bool)
    looked = np.random.default_rng(stream.integers(2**32))
    found = {}
    for step in range(different + common + 1):
        if step in kept:
            found[step] = _looked_at(problem, inputs, weights, rivals, looked)
        values = own if step < different else of_pair
        query = inputs * (stream.random(inputs.shape) > problem.hidden)
        slope = _slope(problem, inputs, query, weights, values, rivals)
        weights = weights - problem.learning_rate * slope - problem.restored * (weights - first)
    return found


def paired_inputs(problem: Repulsion, stream: np.random.Generator) -> Array:
    """Return inputs of +-1, those of a pair one after the other, shape (2 pairs, d)."""
    inputs = np.repeat(stream.choice([-1.0, 1.0], (problem.n_pairs, problem.n_inputs)), 2, axis=0)
    apart = round((1 - problem.overlap) * problem.n_inputs)
    for second in inputs[1::2]:
        second[stream.permutation(problem.n_inputs)[:apart]] *= -1
    return inputs


def _attention(problem: Repulsion, keys: Array, queries: Array, rivals: NDArray[np.bool_]) -> Array:
    similarity = problem.gain / np.sqrt(problem.n_hidden) * queries @ keys.T
    return Softmax()(np.where(rivals, similarity, -np.inf))


def _slope(
    problem: Repulsion,
    inputs: Array,
    query: Array,
    weights: Array,
    values: Array,
    rivals: NDArray[np.bool_],
) -> Array:
    """Return the slope of half the squared error along the map."""
    keys, queries = np.tanh(inputs @ weights), np.tanh(query @ weights)
    attention = _attention(problem, keys, queries, rivals)
    pull = (attention @ values - values) @ values.T
    pull = attention * (pull - (attention * pull).sum(axis=1, keepdims=True))
    pull *= problem.gain / np.sqrt(problem.n_hidden)
    slope: Array = query.T @ (pull @ keys * (1 - queries**2))
    slope += inputs.T @ (pull.T @ queries * (1 - keys**2))
    return slope


def _looked_at(
    problem: Repulsion,
    inputs: Array,
    weights: Array,
    rivals: NDArray[np.bool_],
    stream: np.random.Generator,
) -> Codes:
    keys = np.tanh(inputs @ weights)
    alike = np.corrcoef(keys)
    pairs = np.arange(len(inputs)) // 2
    partner = np.arange(len(inputs)) ^ 1
    own = []
    for _ in range(10):
        query = inputs * (stream.random(inputs.shape) > problem.hidden)
        attention = _attention(problem, keys, np.tanh(query @ weights), rivals)
        mine = attention.diagonal()
        own.append((mine / (mine + attention[np.arange(len(inputs)), partner])).mean())
    return Codes(
        pair=float(alike[np.arange(len(inputs)), partner].mean()),
        unrelated=float(alike[pairs[:, None] != pairs].mean()),
        discrimination=float(np.mean(own)),
    )
