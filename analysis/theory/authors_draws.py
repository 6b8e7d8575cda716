"""What the code of Gershman et al. 2025 begins with, number for number.

Their notebooks draw by PyTorch on a processor: a Mersenne twister, whose numbers of 32 bits give a
uniform one by their last 24 and an integer by their remainder. Whoever begins with the same numbers
can be compared with what their code prints.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, field
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from hippokv.arrays import Array

from .trained_items import Beginning

#: Seeds of their notebooks.
SEED_OF_ITEMS, SEED_OF_WEIGHTS = 42, 0
#: PyTorch draws normal numbers in blocks of so many, and the last ones twice.
NORMAL_BLOCK = 16


@dataclass
class TorchStream:
    """Draw as PyTorch does on a processor.

    Parameters
    ----------
    seed
        What ``torch.manual_seed`` is given.
    """

    seed: int
    _twister: np.random.RandomState = field(init=False)

    def __post_init__(self) -> None:
        self._twister = np.random.RandomState(self.seed)

    def bits(self, count: int) -> NDArray[np.uint64]:
        """Return numbers of 32 bits, shape (count,)."""
        return self._twister.randint(0, 2**32, size=count, dtype=np.uint64)

    def uniform(self, *shape: int) -> Array:
        """Return numbers from 0 to 1, as ``torch.rand``."""
        return ((self.bits(math.prod(shape)) & 0xFFFFFF) / 2**24).reshape(shape)

    def integers(self, below: int, count: int) -> NDArray[np.int64]:
        """Return numbers from 0 on, as ``torch.randint``."""
        return (self.bits(count) % below).astype(np.int64)

    def skip_normal(self, count: int) -> None:
        """Draw what ``torch.randn`` draws for so many numbers, at least a block."""
        self.bits(count + (NORMAL_BLOCK if count % NORMAL_BLOCK else 0))


def authors_items(n_classes: int, n_items: int) -> Beginning:
    """Return the keys, values and classes that their Fig 2 begins with.

    Normal keys are drawn first there, and overwritten.
    """
    stream = TorchStream(SEED_OF_ITEMS)
    stream.skip_normal(2 * n_items)
    keys, values = stream.uniform(n_items, 2), stream.uniform(n_items, 2)
    return Beginning(keys, values, stream.integers(n_classes, n_items))


def authors_weights(widths: Sequence[int]) -> tuple[Array, ...]:
    """Return the weights that their Fig 3 begins with, shape (inputs, outputs) for each layer.

    Each layer is drawn twice there, the second time for the second task, which begins at 0.
    """
    stream, layers = TorchStream(SEED_OF_WEIGHTS), []
    for n_inputs, n_outputs in pairwise(widths):
        drawn, _ = stream.uniform(n_outputs, n_inputs), stream.uniform(n_outputs, n_inputs)
        layers.append((2 * drawn.T - 1) / math.sqrt(n_inputs))
    return tuple(layers)
