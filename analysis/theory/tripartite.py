r"""Tripartite synapses: astrocyte processes at the synapses from hidden to output units.

After Kozachkov, Kastanenka & Krotov 2023 (Gershman et al. 2025, section 3), as rates at rest. A
process :math:`p` multiplies the weights of the synapses that it wraps,

.. math::

    \hat v = h\,(H \circ p)

and its activity is what the hidden units drive. Two forms, which differ in what a hidden unit is:

- hidden units are features, :math:`h = \phi(q)`. Writing is Hebbian, calcium adds up what was
  written, and all processes carry the reciprocal of :math:`h \cdot c`: linear attention.
- hidden units are slots, all active alike. The process of slot *n* carries
  :math:`e^{\beta q\cdot k_n}`, shared out among the processes of the cell: softmax attention.
"""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np

from hippokv.arrays import Array

from .primal import Features


@dataclass
class FeatureSynapses:
    """Hold synapses of hidden units that are features of their input.

    Parameters
    ----------
    features
        Feature map of each row, such as :meth:`.similarity.RandomFeatures.features`.
    weights
        From hidden to output units, shape (D, m).
    calcium
        What the processes have taken up at each hidden unit, shape (D,).
    """

    features: Features
    weights: Array = field(default_factory=lambda: np.zeros((0, 0)))
    calcium: Array = field(default_factory=lambda: np.zeros(0))

    def write(self, key: Array, value: Array) -> None:
        """Store an item, shapes (d,) and (m,): Hebb at the synapse, calcium in its process."""
        hidden = self.features(key[None])[0]
        if not self.weights.size:
            self.weights = np.zeros((len(hidden), len(value)))
            self.calcium = np.zeros(len(hidden))
        self.weights += np.outer(hidden, value)
        self.calcium += hidden

    def read(self, query: Array) -> Array:
        """Return the value that a query, shape (d,), brings back, shape (m,)."""
        hidden = self.features(query[None])[0]
        processes = np.full_like(self.weights, 1 / (hidden @ self.calcium))
        recalled: Array = hidden @ (self.weights * processes)
        return recalled


@dataclass(frozen=True)
class SlotSynapses:
    r"""Hold synapses of hidden units that are slots, an item each.

    Parameters
    ----------
    keys
        What the process of each slot compares a query with, shape (N, d).
    values
        Weights from slots to output units, shape (N, m).
    inverse_temperature
        :math:`\beta`.
    """

    keys: Array
    values: Array
    inverse_temperature: float = 1.0

    def processes(self, query: Array) -> Array:
        """Return the activity of the process of each slot for a query, shape (N,)."""
        drive = self.inverse_temperature * self.keys @ query
        carried = np.exp(drive - drive.max())
        shares: Array = carried / carried.sum()
        return shares

    def read(self, query: Array) -> Array:
        """Return the value that a query, shape (d,), brings back, shape (m,)."""
        hidden = np.ones(len(self.keys))
        recalled: Array = hidden @ (self.values * self.processes(query)[:, None])
        return recalled
