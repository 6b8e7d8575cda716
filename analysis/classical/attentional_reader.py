"""The attentional reader of TVT: a matrix written row by row, read by a key that is learned."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache

import numpy as np

from hippokv.arrays import Array

from ..theory.separation import Softmax


@dataclass(frozen=True)
class Reader:
    """Hold the linear layer that makes a read key and a read strength of a cue.

    Parameters
    ----------
    key_weights, key_offset
        Shapes (d, d) and (d,).
    strength_weights, strength_offset
        Shapes (d,) and ().
    positive_keys
        Whether keys pass a softplus as read strengths do.
    """

    key_weights: Array
    key_offset: Array
    strength_weights: Array
    strength_offset: Array
    positive_keys: bool = False


@dataclass(frozen=True)
class AttentionalReader:
    r"""Describe the memory of temporal value transport, TVT (Hung et al. 2019).

    The matrix has a row for each item, keys *M* and values *Y*; rows are written in turn, and a
    full matrix is overwritten from its first row on. A cue is read by

    .. math::

        [k, b] = A\tilde x + c, \quad s = \mathrm{softplus}(b), \quad
        \alpha = \mathrm{softmax}(s\,\cos(k, M_i)), \quad \tilde y = \alpha Y

    with A and c learned by gradient descent on recall (:func:`learn_reader`). One read head, as in
    Tyulmankov et al. 2021, Appendix B, where an item is its own value. An item of any strength
    above 0 is written in full.

    Parameters
    ----------
    n_rows
        Number of rows (2021 paper, Appendix B: 40).
    hidden
        Fraction of the entries that cues hide while the reader is learned (2021 paper: 0.6).
    positive_keys
        Whether read keys pass a softplus, as Appendix B of the 2021 paper says. Neither its
        authors' code nor Hung et al. does so, and with patterns of -1 and 1 it costs recall: a key
        that cannot be negative cannot speak against a row.
    reader
        A reader to use in place of a learned one.
    """

    n_rows: int = 40
    hidden: float = 0.6
    positive_keys: bool = False
    reader: Reader | None = None

    def start(self, n_inputs: int, n_outputs: int, rng: np.random.Generator) -> ReaderState:
        """Return a memory with empty rows, and a reader that was learned before."""
        reader = self.reader or learn_reader(
            n_inputs, self.n_rows, self.hidden, positive_keys=self.positive_keys
        )
        return ReaderState(
            reader, np.zeros((self.n_rows, n_inputs)), np.zeros((self.n_rows, n_outputs))
        )


@dataclass
class ReaderState:
    """Hold keys, shape (N, d), values, (N, m), and how many items were written."""

    reader: Reader
    keys: Array
    values: Array
    written: int = 0

    def store(self, key: Array, value: Array, strength: float) -> None:
        """Clear the next row and write an item to it."""
        if strength > 0:
            row = self.written % len(self.keys)
            self.keys[row], self.values[row] = key, value
            self.written += 1

    def skip(self) -> None:
        """Do nothing: the writer goes on only when it writes."""

    def recall(self, cue: Array) -> Array:
        """Return the rows' values, weighted by attention."""
        attention = _read(self.reader, cue[None], self.keys).attention
        evidence: Array = (attention @ self.values)[0]
        return evidence


@lru_cache(maxsize=32)
def learn_reader(
    n_inputs: int,
    n_rows: int,
    hidden: float = 0.6,
    positive_keys: bool = False,
    n_steps: int = 2000,
    learning_rate: float = 0.01,
    seed: int = 0,
) -> Reader:
    """Learn the reader's linear layer by gradient descent on auto-associative recall.

    In each step a new matrix of random patterns, of 1 to ``n_rows`` rows, is read with a cue for
    every row, and Adam (Kingma & Ba 2015) follows the gradient of the mean squared error of what
    is read. The result is kept for the process.

    Parameters
    ----------
    hidden
        Fraction of the entries that cues hide.
    positive_keys
        Whether read keys pass a softplus.
    n_steps
        Number of steps (the 2021 paper's authors took 20,000 of plain gradient descent; chosen:
        more recall no better).
    learning_rate
        Adam's learning rate (chosen: recall is as good as a slot network's at 20, 40 and 160 rows;
        with .003 it is not yet at 160).
    seed
        Seed of the first weights and of the patterns.
    """
    rng = np.random.default_rng(np.random.SeedSequence([seed, *b"attentional reader"]))
    edge = 1 / np.sqrt(n_inputs)
    reader = Reader(
        rng.uniform(-edge, edge, (n_inputs, n_inputs)),
        rng.uniform(-edge, edge, n_inputs),
        rng.uniform(-edge, edge, n_inputs),
        np.array(rng.uniform(-edge, edge)),
        positive_keys,
    )
    weights = _weights(reader)
    means, squares = ([np.zeros_like(table) for table in weights] for _ in range(2))
    n_hidden = round(hidden * n_inputs)
    for step in range(1, n_steps + 1):
        rows = rng.choice([-1.0, 1.0], (int(rng.integers(1, n_rows + 1)), n_inputs))
        cues = rows.copy()
        np.put_along_axis(cues, rng.random(rows.shape).argsort(axis=1)[:, :n_hidden], 0.0, axis=1)
        for table, slope, mean, square in zip(
            weights, gradients(reader, rows, cues), means, squares, strict=True
        ):
            mean += 0.1 * (slope - mean)
            square += 0.001 * (slope**2 - square)
            corrected = np.sqrt(square / (1 - 0.999**step))
            table -= learning_rate * mean / (1 - 0.9**step) / (corrected + 1e-8)
    return reader


def reading_error(reader: Reader, rows: Array, cues: Array) -> float:
    """Return the mean squared error of reading every row by its cue, shapes (T, d)."""
    return float(np.mean((_read(reader, cues, rows).attention @ rows - rows) ** 2))


def gradients(reader: Reader, rows: Array, cues: Array) -> list[Array]:
    """Return the gradient of :func:`reading_error`, in the order of the reader's fields."""
    found = _read(reader, cues, rows)
    to_read = 2 * (found.attention @ rows - rows) / rows.size
    to_attention = to_read @ rows.T
    to_logits = found.attention * (
        to_attention - (found.attention * to_attention).sum(axis=1, keepdims=True)
    )
    to_strength = (to_logits * found.cosines).sum(axis=1) * _logistic(found.raw_strengths)
    to_direction = (found.strengths[:, None] * to_logits) @ _directions(rows)[0]
    along = (to_direction * found.directions).sum(axis=1, keepdims=True)
    to_key = (to_direction - along * found.directions) / found.lengths
    if reader.positive_keys:
        to_key = to_key * _logistic(found.raw_keys)
    return [to_key.T @ cues, to_key.sum(axis=0), to_strength @ cues, to_strength.sum()]


@dataclass(frozen=True)
class _Reading:
    raw_keys: Array
    raw_strengths: Array
    strengths: Array
    directions: Array
    lengths: Array
    cosines: Array
    attention: Array


def _read(reader: Reader, cues: Array, rows: Array) -> _Reading:
    raw_keys = cues @ reader.key_weights.T + reader.key_offset
    raw_strengths = cues @ reader.strength_weights + reader.strength_offset
    strengths = np.logaddexp(0.0, raw_strengths)
    directions, lengths = _directions(
        np.logaddexp(0.0, raw_keys) if reader.positive_keys else raw_keys
    )
    cosines = directions @ _directions(rows)[0].T
    logits = strengths[:, None] * cosines
    attention = Softmax()(logits)
    return _Reading(raw_keys, raw_strengths, strengths, directions, lengths, cosines, attention)


def _directions(rows: Array) -> tuple[Array, Array]:
    # Rows that were never written have no direction, and no match with anything.
    lengths = np.maximum(np.linalg.norm(rows, axis=1, keepdims=True), 1e-12)
    return rows / lengths, lengths


def _logistic(drive: Array) -> Array:
    logistic: Array = 0.5 * (1 + np.tanh(drive / 2))
    return logistic


def _weights(reader: Reader) -> list[Array]:
    return [
        reader.key_weights,
        reader.key_offset,
        reader.strength_weights,
        reader.strength_offset,
    ]
