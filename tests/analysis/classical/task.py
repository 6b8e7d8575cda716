"""What the tests of the classical memories share: patterns, cues, and store-then-ask."""

from __future__ import annotations

import numpy as np

from hippokv.analysis.classical.memory import Memory
from hippokv.arrays import Array


def patterns(seed: int, count: int, width: int) -> Array:
    """Return random patterns of -1 and 1."""
    return np.random.default_rng(seed).choice([-1.0, 1.0], (count, width))


def occluded(seed: int, keys: Array, hidden: float = 0.6) -> Array:
    """Return the keys with a fraction of the entries of each at 0."""
    cues = keys.copy()
    order = np.random.default_rng([seed, 1]).random(keys.shape).argsort(axis=1)
    np.put_along_axis(cues, order[:, : round(hidden * keys.shape[1])], 0.0, axis=1)
    return cues


def accuracy(memory: Memory, keys: Array, values: Array, cues: Array, seed: int = 0) -> float:
    """Store every item, ask for each, and return the fraction of bits right, ties wrong."""
    state = memory.start(keys.shape[1], values.shape[1], np.random.default_rng([seed, 2]))
    for key, value in zip(keys, values, strict=True):
        state.store(key, value, 1.0)
    return float(np.mean([np.sign(state.recall(cue)) for cue in cues] == values))


def mean_accuracy(memory: Memory, count: int, width: int = 40, n_seeds: int = 10) -> float:
    """Return the accuracy of auto-associative recall with 60 % hidden, over seeds."""
    scores = []
    for seed in range(n_seeds):
        keys = patterns(seed, count, width)
        scores.append(accuracy(memory, keys, keys, occluded(seed, keys), seed))
    return float(np.mean(scores))
