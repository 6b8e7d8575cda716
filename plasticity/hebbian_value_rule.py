"""Value plasticity: a Hebbian rule gated by a neuromodulator and by the presynaptic plateau."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from hippokv.parameter import fraction, parameter

from .plasticity_rule import PlasticityRule
from .stability import become_stable


@dataclass(frozen=True)
class HebbianValueRule(PlasticityRule):
    r"""Write the cortical pattern into the synapses of the hippocampal cells that fire with it.

    The 2025 paper writes values by (Gershman, Fiete & Irie 2025, Eq 13)

    .. math:: \Delta V_{mi} \propto \mu\,\gamma_i\,\alpha_i\,(v_m - V_{mi}).

    The attention :math:`\alpha_i` is the firing of hippocampal cell *i*. A rule that acts on each
    of its spikes has it as a factor on average: spikes come at a rate proportional to
    :math:`\alpha_i`. The cortical pattern :math:`v_m` is what a teacher makes the cortical cells
    fire; the synapse sees it as a trace :math:`y_m` of postsynaptic spikes, read through a steep
    sigmoid so that it is 1 for a firing cell and 0 for a silent one. With :math:`\mu`
    acetylcholine and :math:`P_i` the plateau of the presynaptic cell (:math:`\gamma_i`),

    .. math:: V_{mi} \mathrel{+}= \eta\,\mu\,P_i\,(y_m - V_{mi})
              \quad\text{at each spike of cell } i .

    After :math:`n` spikes the old value has shrunk to :math:`(1-\eta)^n`: the rapid decay and the
    overwriting of Tyulmankov et al. 2021 (Eq 11). Synapses that a strong neuromodulator made stable
    do not change any more (:mod:`.stability`).
    """

    learning_rate: float = fraction(
        0.35,
        "step of the value weights at each presynaptic spike",
        chosen="ten spikes of a plateau leave 1 % of the old value",
    )
    trace_tau_ms: float = parameter(
        100.0,
        "decay of the trace of cortical spikes",
        chosen="a few interspike intervals of a driven cortical cell",
    )
    trace_threshold: float = parameter(
        0.5,
        "trace at which a synapse neither grows nor shrinks",
        chosen="half of what a driven cell reaches",
        low=0.01,
        high=2.0,
    )
    trace_slope: float = parameter(
        0.05,
        "softness of the trace threshold",
        chosen="the trace of regular firing varies by less",
        low=0.001,
        high=1.0,
    )
    initial_weight: float = fraction(
        0.0,
        "weight of a synapse that has not learned",
        source="Tyulmankov et al. 2021, Appendix A.1",
    )

    event = "teaching_spike"
    postsynaptic_constants: ClassVar[tuple[str, ...]] = ("trace_tau",)
    synaptic_constants: ClassVar[tuple[str, ...]] = (
        "learning_rate",
        "trace_threshold",
        "trace_slope",
    )

    postsynaptic_equations = """
dtrace/dt          = -trace/trace_tau                            : 1
"""

    #: What a postsynaptic spike adds, so that firing at ``reference_rate`` brings the trace to 1.
    on_postsynaptic_spike = "trace += 1/(reference_rate*trace_tau)"

    #: Presynaptic spikes that change a synapse: those of a plateau under acetylcholine.
    presynaptic_terms = {"teaching": "acetylcholine > 0 and t < plateau_until"}

    on_event = """
plastic  = (1 - blocked)*int(t < stable_from)
target   = 1/(1 + exp(clip(-(trace_post - trace_threshold)/trace_slope, -50, 50)))
weight  += learning_rate*plastic*acetylcholine_pre*(target - weight)
""" + become_stable("pre")

    def written(self, occupancy: float, updates: float) -> float:
        """Return the part of the old value that the spikes of a burst replace (2021, Eq 11)."""
        step = min(self.learning_rate * occupancy, 1.0)
        return 1 - float((1 - step) ** updates)
