"""Key plasticity: the published rule of behavioural-time-scale plasticity (BTSP)."""

from __future__ import annotations

from dataclasses import dataclass

from hippokv.parameter import fraction, parameter

from .plasticity_rule import PlasticityRule
from .stability import become_stable

NETWORK = "Milstein et al. 2021: the authors' network, weight-dependent rule"


@dataclass(frozen=True)
class MilsteinKeyRule(PlasticityRule):
    r"""Change a key where the trace of its own input overlaps with that of a plateau.

    Milstein et al. (2021) fit place fields that plateaus moved by two traces. That of the input,
    :math:`E_j`, is eligibility; that of the plateau, :math:`I_i`, is instruction, and outlasts it.
    Both are at most 1. Where they overlap, :math:`o = E_j I_i`, a synapse is potentiated in
    proportion to the room left and depressed in proportion to its weight,

    .. math:: \dot K_{ij} = k^+ f^+(o)\,(1 - K_{ij}) - k^- f^-(o)\,K_{ij},

    with :math:`f` a part of a sigmoid from 0 at :math:`o = 0` to 1 at :math:`o = 1`,

    .. math:: f(o) = \frac{s(o) - s(0)}{s(1) - s(0)}, \quad s(o) = 1/(1 + e^{-2(o - \theta)/w}) .

    Depression needs little overlap, potentiation much: an input of some seconds ago loses weight,
    the present one gains, and one that was silent all along keeps what it has. Nothing else
    overwrites a key, and no weight gets beyond :math:`k^+/(k^+ + k^-) = 0.72`. There is no
    neuromodulator in it. The authors apply it once a lap; here it acts every ``interval_ms`` as
    long as the trace of the plateau lasts. Their weights, 1 at first and 4.68 at most, are given in
    parts of the largest.

    The one thing added, and off, is ``homeostasis_rate_Hz``: all synapses of a cell go back to the
    naive weight :math:`K_0`, :math:`\dot K_{ij} = h\,I_i\,(K_0 - K_{ij})`, while the trace of its
    plateau lasts. It is a depression of silent inputs, and as much an assumption as that of
    :class:`.BTSPKeyRule`.
    """

    potentiation_rate_Hz: float = parameter(
        1.110, "rate of potentiation, k+", source=NETWORK, low=0.0, high=100.0
    )
    depression_rate_Hz: float = parameter(
        0.425, "rate of depression, k-", source=NETWORK, low=0.0, high=100.0
    )
    potentiation_threshold: float = fraction(
        0.415, "overlap in the middle of the sigmoid of potentiation", source=NETWORK
    )
    potentiation_width: float = parameter(
        0.454, "width of that sigmoid", source=NETWORK, low=0.01, high=10.0
    )
    depression_threshold: float = fraction(
        0.026, "overlap in the middle of the sigmoid of depression", source=NETWORK
    )
    depression_width: float = parameter(
        0.100, "width of that sigmoid", source=NETWORK, low=0.01, high=10.0
    )
    eligibility_tau_ms: float = parameter(
        1664.0,
        "decay of the eligibility trace of presynaptic spikes",
        source=NETWORK,
        low=10.0,
        high=20000.0,
    )
    eligibility_peak: float = parameter(
        0.5,
        "trace that counts as 1, where sustained firing at the reference rate would make it 1",
        chosen="what an item that is shown for 1.15 s leaves; the authors' unit is the peak too",
        low=0.01,
        high=1.0,
    )
    instructive_tau_ms: float = parameter(
        437.0, "decay of the trace of a plateau", source=NETWORK, low=10.0, high=20000.0
    )
    instructive_end: float = parameter(
        0.002,
        "trace of a plateau below which nothing is learned any more",
        chosen="two seconds later; what is left out would change a weight by less than 0.01",
        low=0.0,
        high=1.0,
    )
    interval_ms: float = parameter(
        10.0,
        "time between two updates",
        chosen="far below both traces",
        high=100.0,
    )
    homeostasis_rate_Hz: float = parameter(
        0.0,
        "rate at which all synapses of a cell with a plateau go back to the naive weight, h",
        chosen="none: the published rule has none",
        low=0.0,
        high=100.0,
    )
    initial_weight: float = fraction(
        0.2137,
        "weight of a synapse that never saw a plateau",
        source="Milstein et al. 2021: 1 where the largest is 1 + 3.68",
    )
    stored_weight: float = fraction(
        0.375,
        "weight that one plateau makes of a naive synapse of the item: what the strength of the "
        "keys and the tonic current are worked out for",
        chosen="measured, items 3 s apart, see benchmarks/published_key_rule.py",
    )

    event = "instructed"
    side = "post"
    presynaptic_constants = ("eligibility_tau",)
    postsynaptic_constants = ("instructive_tau", "instructive_end", "interval")
    synaptic_constants = (
        "potentiation_rate",
        "depression_rate",
        "potentiation_threshold",
        "potentiation_width",
        "depression_threshold",
        "depression_width",
        "eligibility_peak",
        "homeostasis_rate",
    )

    presynaptic_equations = """
deligibility/dt    = -eligibility/eligibility_tau                                    : 1
"""

    #: What a presynaptic spike adds, so that firing at ``reference_rate`` brings the trace to 1.
    on_presynaptic_spike = "eligibility += 1/(reference_rate*eligibility_tau)"

    postsynaptic_equations = """
dplateau_trace/dt  = (in_plateau - plateau_trace)/instructive_tau                    : 1
instruction_felt   = plateau_trace/(1 - exp(-plateau_length/instructive_tau))        : 1
instructed_at                                                                        : second
"""

    postsynaptic_event = (
        "instructed",
        "instruction_felt > instructive_end and t > instructed_at + interval - 0.5*dt",
        "instructed_at = t",
    )

    on_event = """
lowest_up     = 1/(1 + exp(2*potentiation_threshold/potentiation_width))
highest_up    = 1/(1 + exp(2*(potentiation_threshold - 1)/potentiation_width))
lowest_down   = 1/(1 + exp(2*depression_threshold/depression_width))
highest_down  = 1/(1 + exp(2*(depression_threshold - 1)/depression_width))
plastic       = (1 - blocked)*int(t < stable_from)
instructed    = clip(instruction_felt_post, 0, 1)
overlap       = clip(eligibility_pre/eligibility_peak, 0, 1)*instructed
up            = (1/(1 + exp(2*(potentiation_threshold - overlap)/potentiation_width)) - lowest_up)/(highest_up - lowest_up)
down          = (1/(1 + exp(2*(depression_threshold - overlap)/depression_width)) - lowest_down)/(highest_down - lowest_down)
change        = potentiation_rate*up*(1 - weight) - depression_rate*down*weight + homeostasis_rate*instructed*(initial_weight - weight)
weight        = clip(weight + plastic*change*interval_post, 0, 1)
""" + become_stable("post")  # noqa: E501

    @property
    def left_weight(self) -> float:
        """Weight of a stored key where the item has no entry: what it was before."""
        return self.initial_weight
