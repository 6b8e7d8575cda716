"""The slot network: the key-value network of the 2021 paper, as it is printed there."""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from typing import Literal

import numpy as np

from hippokv.arrays import Array
from hippokv.plasticity.linear_rule import LinearRule

from ..theory.recall import recall
from ..theory.separation import Softmax
from ..theory.similarity import linear


@dataclass(frozen=True)
class SlotNetwork:
    r"""Describe the key-value network of Tyulmankov et al. 2021.

    .. math::

        \eta^K_i &= (1 - S^K_i)\, q_t \gamma_i, \quad
        \eta^V_i = (1 - S^V_i)\, q_t \gamma_i                               &(8, 17)\\
        K_{t+1} &= (1-\eta^K)\odot K_t + \eta^K\odot \mathbf 1 x_t^\top      &(9)\\
        h'_t    &= \mathrm{softmax}(\beta K_{t+1} x_t)                      &(10)\\
        V_{t+1} &= (1-\eta^V)\odot V_t + \eta^V\odot y_t h_t'^\top           &(11)\\
        h       &= \mathrm{softmax}(\beta K \tilde x), \quad \tilde y = V h  &(4, 5)

    with :math:`\gamma` one at the next slot in turn (6), or at each slot with probability p (7).
    Synapses of a slot at which :math:`\eta` reaches a threshold become stable, S = 1 (17). In the
    updates :math:`\eta` counts as at most 1, as in the authors' code: a stronger item is written
    as any other, and only stability tells it apart.

    Parameters
    ----------
    n_slots
        Number of hidden units N (2021 paper, Fig 2: 40).
    selection
        ``sequential`` (Eq 6) or ``random`` (Eq 7). Slots are selected at every step of time,
        whether anything is stored or not, so that a sequential network forgets in steps of N
        (Fig 4a).
    probability
        Probability p of a random slot (2021 paper, Fig 2: 0.1).
    inverse_temperature
        Inverse temperature of the softmax (2021 paper, Eq 4: 1).
    key_stability, value_stability
        Learning rate from which on the synapses of a slot are stable; infinite for never. The paper
        says above 1 (Eq 17), with items of strength 10; the authors' code has 10 for both, and 5
        for keys and 10 for values of random slots, with items of strength 15.
    rule
        The linear rule (Eq 12 to 16) in place of Eq 9 and 11, or None.
    value_bound
        Largest value weight of the linear rule, either sign (authors' code: 1,
        :data:`~hippokv.plasticity.linear_rule.VALUE_BOUND`; the paper: none).
    initial_weight
        Weights start uniform between plus and minus this, which breaks ties of sign (authors' code:
        1e-10); 0 leaves ties, and draws nothing.

    Raises
    ------
    ValueError
        For stable values together with the linear rule, whose values know no slots.
    """

    n_slots: int = 40
    selection: Literal["sequential", "random"] = "sequential"
    probability: float = 0.1
    inverse_temperature: float = 1.0
    key_stability: float = math.inf
    value_stability: float = math.inf
    rule: LinearRule | None = None
    value_bound: float = math.inf
    initial_weight: float = 1e-10

    def __post_init__(self) -> None:
        if self.rule and math.isfinite(self.value_stability):
            raise ValueError(
                "the linear rule has no local third factor that could make values stable"
            )

    def start(self, n_inputs: int, n_outputs: int, rng: np.random.Generator) -> SlotState:
        """Return a network with next to no weights."""
        keys, values = np.zeros((self.n_slots, n_inputs)), np.zeros((n_outputs, self.n_slots))
        if self.initial_weight:
            scale = self.initial_weight
            keys = rng.uniform(-scale, scale, keys.shape)
            values = rng.uniform(-scale, scale, values.shape)
        return SlotState(
            self,
            rng,
            keys,
            values,
            stable_keys=np.zeros(self.n_slots),
            stable_values=np.zeros(self.n_slots),
        )


@dataclass
class SlotState:
    """Hold keys K, shape (N, d), values V, (m, N), and the stability S of each slot's, (N,)."""

    network: SlotNetwork
    rng: np.random.Generator
    keys: Array
    values: Array
    stable_keys: Array
    stable_values: Array
    step: int = field(default=0)

    def store(self, key: Array, value: Array, strength: float) -> None:
        """Write an item into the slots that are selected now."""
        selected = self.select()
        if strength <= 0:
            return
        rule = self.network.rule
        key_rate = (1 - self.stable_keys) * strength * selected
        hidden = self.attend(key)
        if rule:
            key_rate = rule.key_rate * key_rate
            pre = rule.key_pre_slope * key + rule.key_pre_offset
            post = rule.key_post_slope * hidden + rule.key_post_offset
        else:
            pre, post = key, np.ones(self.network.n_slots)
        bounded = np.minimum(key_rate, 1.0)[:, None]
        self.keys = (1 - bounded) * self.keys + bounded * np.outer(post, pre)
        self.stable_keys[key_rate >= self.network.key_stability] = 1.0

        hidden = self.attend(key)
        if rule:
            kept = 1 - min(strength, 1.0) * (1 - rule.value_decay)
            pre = rule.value_pre_slope * hidden + rule.value_pre_offset
            post = rule.value_post_slope * value + rule.value_post_offset
            rate = min(strength * rule.value_rate, 1.0)
            written = kept * self.values + rate * np.outer(post, pre)
            self.values = np.clip(written, -self.network.value_bound, self.network.value_bound)
        else:
            value_rate = (1 - self.stable_values) * strength * selected
            bounded = np.minimum(value_rate, 1.0)
            self.values = (1 - bounded) * self.values + bounded * np.outer(value, hidden)
            self.stable_values[value_rate >= self.network.value_stability] = 1.0

    def skip(self) -> None:
        """Select slots, and store nothing."""
        self.select()

    def recall(self, cue: Array) -> Array:
        """Return the output V h."""
        return recall(cue, self.keys, self.values.T, separation=self.separation)

    def select(self) -> Array:
        """Return the local third factor of each slot, 0 or 1, and go on by a step of time."""
        network = self.network
        self.step += 1
        if network.selection == "random":
            return (self.rng.random(network.n_slots) < network.probability).astype(float)
        selected = np.zeros(network.n_slots)
        selected[(self.step - 1) % network.n_slots] = 1.0
        return selected

    def attend(self, cue: Array) -> Array:
        """Return the share h of each slot."""
        return self.separation(linear(cue, self.keys))

    @property
    def separation(self) -> Softmax:
        """What sets the slots apart."""
        return Softmax(self.network.inverse_temperature)
