"""Hopfield networks to compare with: as many synapses as a scaffold memory, the same noise."""

from __future__ import annotations

import math
from typing import Literal

import numpy as np

from hippokv.arrays import Array

from ..classical.hopfield_network import HopfieldNetwork
from .scaffold_network import best_linear
from .scaffold_rate_model import ScaffoldRateModel

Kind = Literal["standard", "bounded", "pseudo-inverse"]
#: Bound of the weights over the square root of the number of units (chosen: of .2 to .8, the one
#: that recalls most of 80 items in 693 units and still the last of 160).
BOUND = 0.5


def plastic_synapses(memory: ScaffoldRateModel, n_bits: int) -> int:
    """Return the number of synapses that items change, for patterns of so many bits.

    Keys from an ON and an OFF cell for each bit to every hippocampal cell, and one value weight of
    either sign from each of these for each bit. The scaffold's own weights are there beforehand.
    """
    return memory.n_cells * 3 * n_bits


def units_with(n_synapses: int, both_ways: bool = True) -> int:
    """Return the size of the Hopfield network with at most so many synapses.

    Parameters
    ----------
    both_ways
        Whether the connections from one unit to another and back are two, N (N - 1), or one,
        N (N - 1) / 2, since they are always equal.
    """
    return (1 + math.isqrt(1 + 4 * n_synapses * (1 if both_ways else 2))) // 2


def hopfield_recall(
    patterns: Array, cues: Array, kind: Kind = "standard", n_steps: int | None = None
) -> Array:
    """Return the states at which a Hopfield network ends, in -1 and 1, shape (Q, N).

    Units have no connection to themselves, so that a state may alternate for ever.

    Parameters
    ----------
    patterns
        Patterns stored, in order, in -1 and 1, shape (P, N).
    cues
        States to begin with, shape (Q, N).
    kind
        Hebbian weights, the same within bounds so that new items replace old ones (Parisi 1986), or
        those of the pseudo-inverse (Personnaz et al. 1985).
    n_steps
        Number of updates of all units at once; None for as many as it takes, up to 100.
    """
    n_units = patterns.shape[1]
    bound = BOUND * math.sqrt(n_units) if kind == "bounded" else math.inf
    network = HopfieldNetwork(self_connections=False, bound=bound, n_steps=n_steps)
    state = network.start(n_units, n_units, np.random.default_rng(0))
    if kind == "pseudo-inverse":
        state.weights = best_linear(patterns, patterns)
        np.fill_diagonal(state.weights, 0.0)
    else:
        for pattern in patterns:
            state.store(pattern, pattern, 1.0)
    return state.recall(cues.T).T
