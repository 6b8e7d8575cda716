"""Classical memories that stand beside the circuit in the tasks of the 2021 paper."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from hippokv.analysis.classical.bidirectional_memory import BidirectionalMemory
from hippokv.analysis.classical.hopfield_network import HopfieldNetwork
from hippokv.analysis.classical.memory import Memory, MemoryState
from hippokv.arrays import Array

#: What is left of the Hopfield network's weights at each item of a stream (Tyulmankov et al. 2021,
#: footnote 4).
DECAY = 0.95
#: Learning rate and steps of it in the flashbulb task (the authors' code).
FLASHBULB_NETWORK = HopfieldNetwork(0.5 / 40, DECAY, n_steps=3)
HOPFIELD: Mapping[str, Memory] = {"Hopfield network": HopfieldNetwork()}
#: The same with weights that decay.
FORGETTING: Mapping[str, Memory] = {"Hopfield network": HopfieldNetwork(decay=DECAY)}
#: The same, writing flashbulb items with a larger step.
SALIENT: Mapping[str, Memory] = {"Hopfield network": FLASHBULB_NETWORK}
BIDIRECTIONAL: Mapping[str, Memory] = {"bidirectional memory": BidirectionalMemory()}


@dataclass(frozen=True)
class Salient:
    """Describe a memory that writes flashbulb items with a strength of its own.

    Parameters
    ----------
    strength
        With which it stores what comes under a strong neuromodulator.
    """

    memory: Memory
    strength: float

    def start(self, n_inputs: int, n_outputs: int, rng: np.random.Generator) -> MemoryState:
        """Return a memory that has stored nothing."""
        return _SalientState(self.memory.start(n_inputs, n_outputs, rng), self.strength)


@dataclass(frozen=True)
class _SalientState:
    state: MemoryState
    strength: float

    def store(self, key: Array, value: Array, strength: float) -> None:
        """Store an item."""
        self.state.store(key, value, self.strength if strength > 1 else strength)

    def skip(self) -> None:
        """Let a step of time pass."""
        self.state.skip()

    def recall(self, cue: Array) -> Array:
        """Return the evidence for +1 against -1 of each value entry."""
        return self.state.recall(cue)
