r"""Primal forms: matrices that hold all items, where the separation lets them (Eq 1, 2 and 4).

Each has its dual beside it: the weights by which the items come back from :func:`.recall.recall`.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from hippokv.arrays import Array

Features = Callable[[Array], Array]


def associator(keys: Array, values: Array) -> Array:
    r"""Return :math:`M = \sum_n k_n^\top v_n`, (d, m) (Eq 1); ``query @ M`` recalls (Eq 2)."""
    return keys.T @ values


def decaying(keys: Array, values: Array, kept: float, rate: float = 1.0) -> Array:
    r"""Return fast weights that fade (Ba et al. 2016).

    .. math::

        M \leftarrow \lambda M + \eta\, k^\top v

    Parameters
    ----------
    keys, values
        Items in order, shapes (N, d) and (N, m).
    kept
        What is left of the weights when an item comes, :math:`\lambda`.
    rate
        Learning rate :math:`\eta`.
    """
    weights: Array = np.zeros((keys.shape[1], values.shape[1]))
    for key, value in zip(keys, values, strict=True):
        weights *= kept
        weights += rate * key[:, None] * value
    return weights


def decaying_strengths(n_items: int, kept: float, rate: float = 1.0) -> Array:
    r"""Return the dual of :func:`decaying`: the strength :math:`\eta\lambda^{N-n}` of each item."""
    ages = np.arange(n_items - 1, -1, -1, dtype=np.float64)
    return rate * np.power(kept, ages)


def delta_rule(keys: Array, values: Array, rate: float) -> Array:
    r"""Return fast weights by the delta rule (Schlag et al. 2021).

    .. math::

        M \leftarrow M + \eta\, k^\top (v - k M)
    """
    weights: Array = np.zeros((keys.shape[1], values.shape[1]))
    for key, value in zip(keys, values, strict=True):
        weights += rate * key[:, None] * (value - key @ weights)
    return weights


def delta_rule_values(keys: Array, values: Array, rate: float) -> Array:
    r"""Return the dual of :func:`delta_rule`: what is stored of each value, shape (N, m).

    That is its error when it came, :math:`\eta (v_n - k_n M_{n-1})`, so that all errors follow from
    the similarities of the keys by one triangular system.
    """
    earlier: Array = np.tril(keys @ keys.T, -1)
    stored = np.linalg.solve(np.eye(len(keys)) + rate * earlier, rate * values)
    return np.asarray(stored, dtype=np.float64)


def linear_attention(query: Array, keys: Array, values: Array, features: Features) -> Array:
    r"""Recall by linear attention as a recurrence (Katharopoulos et al. 2020).

    .. math::

        S \leftarrow S + \phi(k)^\top v, \qquad z \leftarrow z + \phi(k), \qquad
        \hat v = \frac{\phi(q) S}{\phi(q)\cdot z}

    Its cost grows with the number of items, not with its square. The dual is :func:`.recall.recall`
    with the same features (Eq 4) and :func:`.separation.normalised`.

    Parameters
    ----------
    query
        Queries, shape (..., d).
    keys, values
        Items in order, shapes (N, d) and (N, m).
    features
        Feature map :math:`\phi` of each row, such as :meth:`.similarity.RandomFeatures.features`.
    """
    mapped = features(keys)
    state, norm = np.zeros((mapped.shape[1], values.shape[1])), np.zeros(mapped.shape[1])
    for key, value in zip(mapped, values, strict=True):
        state += np.outer(key, value)
        norm += key
    asked = features(query)
    recalled: Array = (asked @ state) / (asked @ norm)[..., None]
    return recalled
