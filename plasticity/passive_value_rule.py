"""Value plasticity without plateaus: Hebbian writing under a neuromodulator, passive forgetting."""

from __future__ import annotations

import math
from dataclasses import dataclass

from hippokv.parameter import parameter, redeclared

from .hebbian_value_rule import HebbianValueRule


@dataclass(frozen=True)
class PassiveValueRule(HebbianValueRule):
    r"""Write what fires together while acetylcholine is there, and let everything else fade.

    The axon of a hippocampal cell need not know of the plateau in its dendrite. In Tyulmankov et
    al. 2021 (Eq 13 and 16) its synapses are Hebbian, gated by the global third factor alone, and
    all value synapses decay by a factor :math:`\lambda` at each item stored:

    .. math:: V_{t+1} = \lambda_t V_t + q_t\,\eta\, y_t h_t'^\top,
              \quad \lambda_t = (1-q_t) + q_t\lambda .

    In time: while acetylcholine :math:`\mu` is present, weights decay with a time constant,
    :math:`\dot V = -\mu V/\tau_\lambda`, so that an item stored under it for *D* leaves
    :math:`\lambda = e^{-\mu D/\tau_\lambda}`. The ON synapse of a value unit carries the positive
    part of :math:`V`, its OFF synapse the negative part, and weights are bounded (by 1 in the
    authors' code as well): what adds :math:`y=\pm1` to :math:`V` strengthens the one and weakens
    the other, each in proportion to the room left. At each presynaptic spike

    .. math:: V_{mi} \mathrel{+}= \eta\,\mu\,(y_m - V_{mi}),

    with :math:`y_m` the trace of cortical spikes through a steep sigmoid, as in
    :mod:`.hebbian_value_rule`, but without the plateau as a factor. Spikes are many in the burst of
    a plateau and few elsewhere, which is what makes the slot with the plateau learn: :math:`\eta`
    is small, so that a burst fills a synapse and single spikes do not. Without the plateau as a
    factor a strong neuromodulator would close all synapses that happen to be active, so that these
    never become stable.
    """

    learning_rate: float = redeclared(
        HebbianValueRule,
        "learning_rate",
        0.06,
        chosen=(
            "the 25 spikes of a plateau fill four fifths of a synapse, one spike in between little"
        ),
    )
    forgetting_tau_s: float = parameter(
        22.0,
        "time constant of forgetting while acetylcholine is there",
        source=(
            "Tyulmankov et al. 2021: the authors' code starts from 5 % at each item, here shown "
            "for 1.15 s"
        ),
        low=0.1,
        high=1e6,
    )
    forgetting_interval_ms: float = parameter(
        50.0,
        "time between two steps of forgetting",
        chosen="slow as it is, it need not act at each step",
        low=5.0,
        step=5.0,
    )

    #: Presynaptic spikes that change a synapse: all under acetylcholine.
    presynaptic_terms = {"teaching": "acetylcholine > 0.01"}

    synaptic_constants = (
        "learning_rate",
        "forgetting_tau",
        "forgetting_interval",
        "trace_threshold",
        "trace_slope",
    )

    synaptic_equations = """
forgetting : 1 (shared)
"""

    on_event = """
target   = 1/(1 + exp(clip(-(trace_post - trace_threshold)/trace_slope, -50, 50)))
weight  += learning_rate*(1 - blocked)*acetylcholine_pre*(target - weight)
"""

    #: Whether a time comes in which weights fade, and what fades in it.
    on_grid = (
        (
            "",
            """
phase               = (t + grid_step/2)/forgetting_interval
forgetting          = int(scheduled_acetylcholine(t, 0) > 0)*int((phase - floor(phase))*forgetting_interval < grid_step)
""",  # noqa: E501
        ),
        (
            "forgetting",
            """
weight  *= exp(-forgetting_interval*forgetting*(1 - blocked)*acetylcholine_pre/forgetting_tau)
""",
        ),
    )

    def written(self, occupancy: float, updates: float) -> float:
        """Return the part of the old value that the spikes of a burst replace (2021, Eq 16)."""
        return super().written(occupancy, updates)

    def kept(self, occupancy: float, duration_ms: float) -> float:
        r"""Return what is left of the values: :math:`\lambda` of an item that is shown so long."""
        return math.exp(-occupancy * duration_ms / 1e3 / self.forgetting_tau_s)
