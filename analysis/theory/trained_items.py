r"""Keys and values that are themselves trained for retrieval (Gershman et al. 2025, Fig 2).

Each item has a key :math:`k_n` and a value :math:`u_n` of two numbers, and belongs to a class with
features :math:`f`. Every key is asked for in turn, and the features of its class are to come back:

.. math::

    \alpha_{in} \propto e^{q_i\cdot k_n/\sqrt 2}, \qquad
    \hat v_i = \sum_n \alpha_{in}\,\mathrm{sigmoid}(u_n), \qquad
    L = \overline{(\hat v_i - f_i)^2}

with :math:`q_i = k_i`. The gradient is followed by Adam.
"""

from __future__ import annotations

from collections.abc import Callable, Collection
from dataclasses import dataclass, field
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray
from scipy.special import expit

from hippokv.arrays import Array

from .recall import recall
from .separation import Softmax
from .similarity import cosine, scaled

#: Numbers in single or double precision.
Numbers = NDArray[np.floating[Any]]
#: Features of the classes, in order.
FEATURES = np.array([[1.0, 0.0], [0.0, 1.0], [1.0, 1.0]])


class Training(NamedTuple):
    """Describe how the gradient reaches the items.

    Parameters
    ----------
    detached
        Whether a key learns as a query alone, and not from the queries that meet it.
    accumulated
        Whether each step follows the sum of all gradients so far, and not the last one.
    """

    detached: bool
    accumulated: bool


#: What the paper's text says, what its authors' code does, and what is between them.
TRAININGS = {
    "plain": Training(detached=False, accumulated=False),
    "detached": Training(detached=True, accumulated=False),
    "accumulated": Training(detached=False, accumulated=True),
    "authors": Training(detached=True, accumulated=True),
}


class ItemScores(NamedTuple):
    """Hold how items come back.

    Parameters
    ----------
    decoded
        Part of the items for which the features of their own class are the nearest.
    within, between
        Mean cosine of the keys of two items of a class, and of two classes.
    own_attention
        Attention to the items of the own class, mean over queries.
    squared_error
        The loss.
    """

    decoded: float
    within: float
    between: float
    own_attention: float
    squared_error: float


@dataclass(frozen=True)
class Items:
    """Hold items at one moment of their training.

    Parameters
    ----------
    keys, values
        Shape (N, 2); the values are within 0 and 1.
    labels
        Class of each, shape (N,).
    """

    keys: Array
    values: Array
    labels: NDArray[np.int64]

    def scores(self) -> ItemScores:
        """Return how the items come back when each key is the query."""
        recalled = recall(self.keys, self.keys, self.values, scaled, Softmax())
        attention = Softmax()(scaled(self.keys, self.keys))
        features = FEATURES[: self.labels.max() + 1]
        nearest = ((recalled[:, None] - features) ** 2).sum(axis=2).argmin(axis=1)
        same = self.labels[:, None] == self.labels
        other = ~np.eye(len(same), dtype=bool)
        alike = cosine(self.keys, self.keys)
        return ItemScores(
            decoded=float((nearest == self.labels).mean()),
            within=float(alike[same & other].mean()),
            between=float(alike[~same].mean()),
            own_attention=float((attention * same).sum(axis=1).mean()),
            squared_error=float(((recalled - FEATURES[self.labels]) ** 2).mean()),
        )


class Beginning(NamedTuple):
    """Hold items before their training.

    Parameters
    ----------
    keys, before
        Keys, and values before the sigmoid, shape (N, 2).
    labels
        Class of each, shape (N,).
    """

    keys: Array
    before: Array
    labels: NDArray[np.int64]


def drawn_items(n_classes: int, n_items: int, stream: np.random.Generator) -> Beginning:
    """Return items of random classes; their keys and values begin between 0 and 1."""
    keys, before = stream.random((n_items, 2)), stream.random((n_items, 2))
    return Beginning(keys, before, stream.integers(n_classes, size=n_items))


def train_items(
    beginning: Beginning,
    kept: Collection[int],
    training: Training,
    learning_rate: float = 3e-4,
    each_step: Callable[[], None] = lambda: None,
) -> dict[int, Items]:
    """Train items and return them after some numbers of steps.

    Parameters
    ----------
    beginning
        The items, of 2 or 3 classes.
    kept
        After how many steps they are returned, 0 for how they begin; the largest ends the training.
    training
        How the gradient reaches them.
    learning_rate
        Step of Adam (the authors' code: 3e-4).
    each_step
        Called before each step; what it raises ends the training.
    """
    # In single precision, as the authors' code: it takes a third of the time.
    keys: Numbers = beginning.keys.astype(np.float32)
    before: Numbers = beginning.before.astype(np.float32)
    labels = beginning.labels
    wanted = FEATURES[labels].astype(np.float32)
    movers = Adam(learning_rate), Adam(learning_rate)
    sums: list[Numbers] = [np.zeros_like(keys), np.zeros_like(before)]
    found = {}
    for step in range(max(kept) + 1):
        each_step()
        if step in kept:
            found[step] = Items(keys.astype(float), expit(before.astype(float)), labels)
        slopes = _slopes(keys, before, wanted, training.detached)
        for number, slope in enumerate(slopes):
            sums[number] = sums[number] + slope if training.accumulated else slope
        keys, before = keys - movers[0].step(sums[0]), before - movers[1].step(sums[1])
    return found


def _slopes(
    keys: Numbers, before: Numbers, wanted: Numbers, detached: bool
) -> tuple[Numbers, Numbers]:
    """Return the slopes of the loss along keys and values before the sigmoid.

    Tables of items by items are met once, in a product with what each item has.
    """
    n_items, width = keys.shape
    values = expit(before)
    # Attention before it is divided by its sums, in place: the tables are all that takes time.
    table = (keys / np.sqrt(keys.dtype.type(width))) @ keys.T
    table -= table.max(axis=1, keepdims=True)
    np.exp(table, out=table)
    # What attention passes on: 1, values, keys, and each entry of the values times the keys.
    crossed = values[:, :, None] * keys[:, None, :]
    ones = np.ones_like(keys[:, :1])
    met = _in_strips(table, np.hstack([ones, values, keys, crossed.reshape(n_items, -1)]))
    sums = met[:, :1]
    recalled, mean_key = met[:, 1 : 1 + width] / sums, met[:, 1 + width : 1 + 2 * width] / sums
    pull = 2 * (recalled - wanted) / wanted.size
    mean_crossed = (met[:, 1 + 2 * width :] / sums).reshape(crossed.shape)
    spread = mean_crossed - recalled[:, :, None] * mean_key[:, None]
    key_slope = np.einsum("im,imd->id", pull, spread)
    common = (pull * recalled).sum(axis=1, keepdims=True)
    asked = (pull[:, :, None] * keys[:, None, :]).reshape(n_items, -1)
    back = _in_strips(table.T, np.hstack([pull, common * keys, asked]) / sums)
    if not detached:
        both = back[:, 2 * width :].reshape(crossed.shape)
        key_slope += np.einsum("nm,nmd->nd", values, both) - back[:, width : 2 * width]
    return key_slope / np.sqrt(keys.dtype.type(width)), back[:, :width] * values * (1 - values)


def _in_strips(left: Numbers, right: Numbers) -> Numbers:
    """Multiply tables by strips so small that each is multiplied by one thread.

    Several trainings run at once; threads of the library below NumPy would wait for each other.
    """
    strips = range(0, len(left), 50)
    return np.concatenate([left[start : start + 50] @ right for start in strips])


@dataclass
class Adam:
    """Follow a slope by Adam (Kingma & Ba 2015), with its usual constants.

    Parameters
    ----------
    learning_rate
        Size of a step.
    """

    learning_rate: float
    _mean: Numbers | float = field(init=False, default=0.0)
    _square: Numbers | float = field(init=False, default=0.0)
    _steps: int = field(init=False, default=0)

    def step(self, slope: Numbers) -> Numbers:
        """Return what to take away from what is trained."""
        self._steps += 1
        self._mean = 0.9 * self._mean + 0.1 * slope
        self._square = 0.999 * self._square + 0.001 * slope**2
        mean = self._mean / (1 - 0.9**self._steps)
        size = np.sqrt(self._square / (1 - 0.999**self._steps))
        taken: Numbers = self.learning_rate * mean / (size + 1e-8)
        return taken
