"""Separations: how similarities are set apart before values are added up (Eq 3 and 6)."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy import special

from hippokv.arrays import Array


def identity(similarity: Array) -> Array:
    """Return the similarities as they are: the correlation matrix memory."""
    return similarity


def normalised(similarity: Array) -> Array:
    """Return similarities divided by their sum: linear attention (Katharopoulos et al. 2020)."""
    shares: Array = similarity / similarity.sum(axis=-1, keepdims=True)
    return shares


def maximum(similarity: Array) -> Array:
    """Return 1 for the most similar key, shared where several are (Millidge et al. 2022)."""
    most = similarity == similarity.max(axis=-1, keepdims=True)
    shares: Array = most / most.sum(axis=-1, keepdims=True)
    return shares


@dataclass(frozen=True)
class Softmax:
    r"""Take shares :math:`\propto e^{\beta s}` (Eq 6).

    Parameters
    ----------
    inverse_temperature
        :math:`\beta`; the similarity of Eq 5 and 1 give the attention of transformers.
    """

    inverse_temperature: float = 1.0

    def __call__(self, similarity: Array) -> Array:
        """Return the weights, which sum to 1."""
        shares: Array = special.softmax(self.inverse_temperature * similarity, axis=-1)
        return shares


@dataclass(frozen=True)
class Threshold:
    """Take 1 from a similarity on and 0 below: sparse distributed memory (Kanerva 1988).

    Parameters
    ----------
    least
        That similarity.
    """

    least: float

    def __call__(self, similarity: Array) -> Array:
        """Return the weights."""
        return (similarity >= self.least).astype(float)


@dataclass(frozen=True)
class RectifiedPolynomial:
    """Take a power of the similarity, 0 where it is negative (Krotov & Hopfield 2016, Eq 6).

    Parameters
    ----------
    power
        The power.
    """

    power: int

    def __call__(self, similarity: Array) -> Array:
        """Return the weights."""
        return np.maximum(similarity, 0.0) ** self.power
