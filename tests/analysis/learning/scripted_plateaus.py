"""Slots with plateaus that were drawn elsewhere, for memories whose slots are random."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from hippokv.analysis.classical.slot_network import SlotNetwork, SlotState
from hippokv.plasticity.linear_rule import VALUE_BOUND, LinearRule


class _Scripted:
    """Draw below every probability where a slot has a plateau, and above it elsewhere."""

    def __init__(self, plateaus: NDArray[Any]) -> None:
        self.plateaus = iter(plateaus)

    def random(self, n_slots: int) -> NDArray[np.float64]:
        """Return the draws of a step."""
        return np.where(next(self.plateaus), 0.0, 1.0)


def scripted(
    plateaus: NDArray[Any], n_inputs: int, rule: LinearRule | None, beta: float = 1.0
) -> SlotState:
    """Return an empty network whose slots have these plateaus, shape (steps, N), in turn."""
    network = SlotNetwork(
        plateaus.shape[1], "random", inverse_temperature=beta, rule=rule, value_bound=VALUE_BOUND,
        initial_weight=0.0,
    )  # fmt: skip
    draws: Any = _Scripted(plateaus)
    return network.start(n_inputs, n_inputs, draws)
