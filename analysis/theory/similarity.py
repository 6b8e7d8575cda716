"""Similarities: how alike a query and each key are (Gershman, Fiete & Irie 2025, Eq 3 to 5)."""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import cached_property

import numpy as np

from hippokv.arrays import Array


def linear(query: Array, keys: Array) -> Array:
    r"""Return the dot products :math:`q K^\top` (Eq 3), shape (..., N).

    Parameters
    ----------
    query
        Queries, shape (..., d).
    keys
        Keys, shape (N, d).
    """
    found: Array = query @ keys.T
    return found


def scaled(query: Array, keys: Array) -> Array:
    r"""Return :math:`q K^\top / \sqrt D` (Eq 5), shape (..., N)."""
    found: Array = linear(query, keys) / np.sqrt(keys.shape[1])
    return found


def cosine(query: Array, keys: Array) -> Array:
    """Return the cosine of the angle between query and key, 0 where one is 0, shape (..., N)."""
    lengths = np.linalg.norm(query, axis=-1)[..., None] * np.linalg.norm(keys, axis=1)
    found: Array = np.zeros_like(lengths)
    np.divide(linear(query, keys), lengths, out=found, where=lengths > 0)
    return found


@dataclass(frozen=True)
class RadialBasis:
    r"""Take :math:`e^{-|q-k|^2/2w^2}` for the similarity (Tsai et al. 2019).

    Parameters
    ----------
    width
        Distance *w* at which it has fallen to 0.61.
    """

    width: float

    def __call__(self, query: Array, keys: Array) -> Array:
        """Return the similarities, shape (..., N)."""
        squares = (query**2).sum(axis=-1)[..., None] + (keys**2).sum(axis=1)
        distance = np.maximum(squares - 2 * linear(query, keys), 0.0)
        found: Array = np.exp(-distance / (2 * self.width**2))
        return found


@dataclass(frozen=True)
class RandomFeatures:
    r"""Approximate :math:`e^{q\cdot k}` by a dot product of features, so that Eq 4 holds.

    .. math::

        \phi_+(x)    &= \frac{1}{\sqrt D}\, e^{\Omega x - |x|^2/2}                        \\
        \phi_\sim(x) &= \frac{1}{\sqrt D}\, e^{|x|^2/2}\,(\cos \Omega x, \sin \Omega x)

    with the rows of :math:`\Omega` standard normal (Choromanski et al. 2021, lemma 1; Peng et al.
    2021). Both are right on average. Their relative error falls as :math:`D^{-1/2}` and grows
    exponentially with the norms, of positive features with :math:`|q+k|`, of trigonometric ones
    where a similarity is small.

    Parameters
    ----------
    n_inputs
        Width *d* of keys and queries.
    n_features
        Number *D* of draws.
    kind
        ``positive`` or ``trigonometric``.
    seed
        Seed of the draws.
    """

    n_inputs: int
    n_features: int
    kind: str = "positive"
    seed: int = 0
    directions: Array = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        if self.kind not in ("positive", "trigonometric"):
            raise ValueError(f"kind = {self.kind!r}: must be positive or trigonometric")
        stream = np.random.default_rng(self.seed)
        drawn = stream.standard_normal((self.n_features, self.n_inputs))
        object.__setattr__(self, "directions", drawn)

    def features(self, inputs: Array) -> Array:
        """Return the features of inputs, shape (..., D) or (..., 2 D)."""
        projected = inputs @ self.directions.T
        half = (inputs**2).sum(axis=-1)[..., None] / 2
        mapped: Array = np.exp(projected - half)
        if self.kind == "trigonometric":
            waves = np.concatenate([np.cos(projected), np.sin(projected)], axis=-1)
            mapped = np.exp(half) * waves
        return mapped * self._scale

    def __call__(self, query: Array, keys: Array) -> Array:
        """Return the similarities, shape (..., N)."""
        return linear(self.features(query), self.features(keys))

    @cached_property
    def _scale(self) -> float:
        return float(1 / np.sqrt(self.n_features))
