"""Plasticity in neocortex while it is offline: keys and values of what is rebuilt there."""

from __future__ import annotations

from dataclasses import dataclass

from hippokv.parameter import fraction, parameter, redeclared

from .hebbian_value_rule import HebbianValueRule
from .plasticity_rule import PlasticityRule

#: Event of neocortical cells that both rules wait for: a spike offline, while a pattern is whole.
CONSOLIDATING = "consolidating_spike"


@dataclass(frozen=True)
class CorticalKeyRule(PlasticityRule):
    r"""Pull the key of a cortical cell towards the pattern in which it fires offline.

    At each spike of cell *i* that comes offline, while enough deep entorhinal cells fire,

    .. math:: K_{ij} \mathrel{+}= \eta\,(g_j - K_{ij}),

    with :math:`g_j` the trace of spikes of input cell *j* through a steep sigmoid. It is Eq 12 of
    Gershman, Fiete & Irie 2025 with the spikes of the cell in the place of the plateau and a gain
    below 1. What :math:`g_j` holds is what hippocampal cells have rebuilt: nothing else drives the
    input offline.
    """

    learning_rate: float = fraction(
        0.1,
        "step of the key at each spike of the cortical cell",
        chosen=(
            "more than half of a key is written in one replay: written slower, it does not yet "
            "match when its item comes back, and another key is taken"
        ),
    )
    recent_tau_ms: float = parameter(
        50.0,
        "decay of the trace of input spikes",
        chosen="shorter than a down-state: a longer trace mixes replays that follow each other",
    )
    trace_threshold: float = redeclared(
        HebbianValueRule, "trace_threshold", 0.5, chosen="half of what a driven cell reaches"
    )
    trace_slope: float = redeclared(
        HebbianValueRule, "trace_slope", 0.05, chosen="as in the hippocampal value rule"
    )
    initial_weight: float = fraction(
        0.5,
        "weight of a synapse that has not learned",
        chosen="half, as hippocampal keys: a naive key matches nothing",
    )

    event = CONSOLIDATING
    side = "post"
    presynaptic_constants = ("recent_tau",)
    synaptic_constants = ("learning_rate", "trace_threshold", "trace_slope")

    presynaptic_equations = """
drecent/dt         = -recent/recent_tau                          : 1
"""

    #: What an input spike adds, so that firing at ``reference_rate`` brings the trace to 1.
    on_presynaptic_spike = "recent += 1/(reference_rate*recent_tau)"

    on_event = """
target   = 1/(1 + exp(clip(-(recent_pre - trace_threshold)/trace_slope, -50, 50)))
weight  += learning_rate*(1 - blocked)*(target - weight)
"""


@dataclass(frozen=True)
class CorticalValueRule(PlasticityRule):
    r"""Pull the value of a cortical key towards the content in which its cells fire offline.

    At each spike of cell *i* that comes offline, while enough deep entorhinal cells fire,

    .. math:: V_{mi} \mathrel{+}= \eta\,(y_m - V_{mi}),

    the Hebbian value rule (:mod:`.hebbian_value_rule`) without a plateau and with a step that is
    seventy times smaller. The content :math:`y_m` is what hippocampal cells make cortex fire.
    """

    learning_rate: float = fraction(
        0.005,
        "step of the value at each spike of the cortical key",
        chosen="some seven replays are needed before a value cell fires of it alone",
    )
    content_tau_ms: float = parameter(
        50.0, "decay of the trace of spikes of value cells", chosen="as that of the key rule"
    )
    trace_threshold: float = redeclared(
        HebbianValueRule, "trace_threshold", 0.5, chosen="half of what a driven cell reaches"
    )
    trace_slope: float = redeclared(
        HebbianValueRule, "trace_slope", 0.05, chosen="as in the hippocampal value rule"
    )
    initial_weight: float = fraction(
        0.0, "weight of a synapse that has not learned", chosen="none, as hippocampal values"
    )

    event = CONSOLIDATING
    postsynaptic_constants = ("content_tau",)
    synaptic_constants = ("learning_rate", "trace_threshold", "trace_slope")

    postsynaptic_equations = """
dcontent/dt        = -content/content_tau                        : 1
"""

    #: What a spike of a value cell adds, so that firing at ``reference_rate`` brings it to 1.
    on_postsynaptic_spike = "content += 1/(reference_rate*content_tau)"

    on_event = """
target   = 1/(1 + exp(clip(-(content_post - trace_threshold)/trace_slope, -50, 50)))
weight  += learning_rate*(1 - blocked)*(target - weight)
"""
