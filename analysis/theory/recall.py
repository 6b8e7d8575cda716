"""Recall: values weighted by how well their keys fit a query (dual form, Eq 3)."""

from __future__ import annotations

from collections.abc import Callable

from hippokv.arrays import Array

from .separation import identity
from .similarity import linear

#: Queries, shape (..., d), and keys, shape (N, d), to similarities, shape (..., N).
Similarity = Callable[[Array, Array], Array]
#: Similarities to weights, both of shape (..., N).
Separation = Callable[[Array], Array]


def recall(
    query: Array,
    keys: Array,
    values: Array,
    similarity: Similarity = linear,
    separation: Separation = identity,
) -> Array:
    r"""Return the values that queries bring back.

    .. math::

        \hat v = \sum_n \alpha_n v_n, \qquad \alpha = \sigma(S(K, q))                       (3)

    Parameters
    ----------
    query
        Queries, shape (..., d).
    keys, values
        Items, shapes (N, d) and (N, m).
    similarity
        How alike a query and a key are, :math:`S`.
    separation
        How similarities are set apart, :math:`\sigma`.

    Returns
    -------
    array
        Shape (..., m).

    Raises
    ------
    ValueError
        Where keys and values are not as many, or queries and keys not as wide.
    """
    if len(keys) != len(values):
        raise ValueError(f"{len(keys)} keys and {len(values)} values: must be as many")
    if query.shape[-1] != keys.shape[1]:
        raise ValueError(
            f"queries of {query.shape[-1]} entries and keys of {keys.shape[1]}: must be as wide"
        )
    return separation(similarity(query, keys)) @ values
