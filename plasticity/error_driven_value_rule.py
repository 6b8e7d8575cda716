"""Value plasticity of a dense code: each spike corrects what the dendrite predicts."""

from __future__ import annotations

from dataclasses import dataclass

from hippokv.parameter import fraction, parameter

from .hebbian_value_rule import HebbianValueRule
from .stability import become_stable


@dataclass(frozen=True)
class ErrorDrivenValueRule(HebbianValueRule):
    r"""Move the value synapses by what the cortical cell fires beyond what they predict.

    Cells of a dense code are shared, so Hebbian values (Gershman, Fiete & Irie 2025, Eq 13) of
    different items add up, and recall is lost in their crosstalk long before the code is full. The
    delta rule removes it, :math:`\Delta V \propto (v - V h)\,h^\top`: over repeated presentations
    it converges to the pseudo-inverse. Its error is local: a cortical cell has in its dendrite what
    hippocampus predicts, and in its soma what it fires (Urbanczik & Senn 2014). At each spike of
    hippocampal cell *i*

    .. math:: V_{mi} \mathrel{+}= \eta\,\mu\,\big([y_m] - \tfrac12 - p_m\big),

    with :math:`[y_m]` the trace of the cortical spikes behind its steep sigmoid, :math:`\mu` the
    neuromodulator, and :math:`p_m` the prediction: the sum of :math:`V_{mi} - V_0` over the recent
    hippocampal spikes, in units of the recent spikes of a whole code, bounded. Weights are in
    [0, 1]; interneurons driven by all hippocampal cells alike take the naive weight :math:`V_0`
    away, so that both signs of a prediction obey Dale's law.
    """

    learning_rate: float = fraction(
        0.1,
        "step of a value weight at a presynaptic spike, for an error of 1",
        chosen="the spikes of one storage correct most of the error",
    )
    initial_weight: float = fraction(
        0.5,
        "weight of a synapse that has not learned, which inhibition takes away",
        chosen="the middle of the range",
    )
    prediction_tau_ms: float = parameter(
        50.0, "decay of the prediction in the dendrite", chosen="NMDA spikes last as long"
    )
    prediction_gain: float = parameter(
        0.1,
        "what a spike of a synapse of full strength adds to the prediction",
        chosen="a code of 40 cells at 20 Hz with a fifth of the range predicts a half",
        low=0.0,
        high=100.0,
    )
    prediction_bound: float = parameter(
        0.6,
        "largest prediction that is taken off, either way",
        chosen="a little above the half that a pattern asks for",
        low=0.0,
        high=10.0,
    )

    postsynaptic_constants = ("trace_tau", "prediction_tau")
    synaptic_constants = (
        "learning_rate",
        "trace_threshold",
        "trace_slope",
        "prediction_gain",
        "prediction_bound",
    )

    postsynaptic_equations = """
dtrace/dt          = -trace/trace_tau                            : 1
dprediction/dt     = -prediction/prediction_tau                  : 1
"""

    #: Presynaptic spikes that change a synapse: all under acetylcholine.
    presynaptic_terms = {"teaching": "acetylcholine > 0.2"}

    #: Feed-forward inhibition takes away what naive synapses would add.
    synaptic_terms = {"efficacy": "(weight - initial_weight)"}

    #: What a hippocampal spike does to the prediction.
    on_transmission = """
prediction_post += prediction_gain*(weight - initial_weight)
"""

    on_event = """
plastic  = (1 - blocked)*int(t < stable_from)
target   = 1/(1 + exp(clip(-(trace_post - trace_threshold)/trace_slope, -50, 50)))
error    = target - 0.5 - clip(prediction_post, -prediction_bound, prediction_bound)
weight   = clip(weight + learning_rate*plastic*acetylcholine_pre*error, 0, 1)
""" + become_stable("pre")
