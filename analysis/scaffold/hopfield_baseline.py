"""Hopfield networks to compare with: as many synapses as a scaffold memory, the same noise."""

from __future__ import annotations

import math
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from ..classical.hopfield_network import HopfieldNetwork, HopfieldState
from .scaffold_memory import ScaffoldMemory
from .scaffold_network import best_linear

Array = NDArray[np.float64]
Kind = Literal["standard", "bounded", "pseudo-inverse"]


def plastic_synapses(memory: ScaffoldMemory, n_bits: int) -> int:
    """Return the number of synapses that items change, for patterns of so many bits.

    Keys from an ON and an OFF cell for each bit to every hippocampal cell, and one value weight of
    either sign from each of these for each bit. The scaffold's own weights are there beforehand.
    """
    return memory.n_cells * 3 * n_bits


def units_with(n_synapses: int, both_ways: bool = True) -> int:
    """Return the size of the Hopfield network with at most so many synapses.

    Parameters
    ----------
    n_synapses
        Number of synapses.
    both_ways
        Whether the connections from one unit to another and back are two, N (N - 1), or one,
        N (N - 1) / 2, since they are always equal.
    """
    return (1 + math.isqrt(1 + 4 * n_synapses * (1 if both_ways else 2))) // 2


def hopfield_recall(
    patterns: Array, cues: Array, kind: Kind = "standard", bound: float = math.inf
) -> Array:
    """Return the states at which a Hopfield network ends, in -1 and 1, shape (Q, N).

    Parameters
    ----------
    patterns
        Patterns stored, in order, in -1 and 1, shape (P, N).
    cues
        States to begin with, shape (Q, N).
    kind
        Hebbian weights without self-connections, the same with bounds (Parisi 1986), or those of
        the pseudo-inverse (Personnaz et al. 1985).
    bound
        Largest weight of bounded ones.
    """
    network = HopfieldNetwork(
        self_connections=False, bound=bound if kind == "bounded" else math.inf
    )
    state = network.start(patterns.shape[1], patterns.shape[1], np.random.default_rng(0))
    if kind == "bounded":
        for pattern in patterns:
            state.store(pattern, pattern, 1.0)
    else:
        weights = best_linear(patterns, patterns) if kind != "standard" else patterns.T @ patterns
        np.fill_diagonal(weights, 0.0)
        state = HopfieldState(network, weights)
    return state.recall(cues.T).T
