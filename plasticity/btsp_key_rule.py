"""Key plasticity: behavioural-time-scale plasticity (BTSP), gated by a dendritic plateau."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from hippokv.parameter import fraction, parameter

from .plasticity_rule import PlasticityRule
from .stability import become_stable


@dataclass(frozen=True)
class BTSPKeyRule(PlasticityRule):
    r"""Write the recent input into the synapses of a cell whose dendrite holds a plateau.

    The 2025 paper writes keys by (Gershman, Fiete & Irie 2025, Eq 12)

    .. math:: \Delta K_{ij} \propto \mu\,\gamma_i\,(x_j - K_{ij}),

    with a local third factor :math:`\gamma_i`, here the dendritic plateau of cell *i*, and a
    global one :math:`\mu`, here acetylcholine. Two things turn it into a synaptic rule.

    *Presynaptic side.* :math:`x_j` is not available at the time of the plateau; what the synapse
    holds is an eligibility trace :math:`E_j` of presynaptic spikes that lasts about a second
    (Bittner et al. 2017; Milstein et al. 2021). It is normalised so that sustained firing at the
    entorhinal reference rate brings it to 1. A steep sigmoid reads it out,

    .. math:: g_j = 1 / (1 + e^{-(E_j - \theta_E)/s_E}),

    so that :math:`g_j` is close to 1 for the item that is present and close to 0 for the one
    before it, whose trace has not yet decayed.

    *Depression.* That is all that is taken from the data on BTSP. In their model (Milstein et al.
    2021; :mod:`.milstein_key_rule`) a weight changes only where the traces of its own input and of
    the plateau overlap, and an input that was silent keeps its weight. Eq 12 asks for more: what
    was silent has to lose its weight, :math:`g_j = 0`, or nothing can be overwritten. That a
    plateau depresses silent inputs, as fast and as fully as it potentiates active ones, is an
    *assumption* of this rule, not a finding. For it: potentiation of one input depressed others of
    the same cells in CA1 (Lynch et al. 1977) and in the dentate gyrus (Abraham & Goddard 1983), and
    kept the total weight of a cell in the amygdala (Royer & Paré 2003). Against it: other
    potentiated synapses of CA1 left their neighbours as they were (Andersen et al. 1977), the fits
    of Milstein et al. need no such depression, and nobody has seen one that is whole after a single
    plateau.

    With both,

    .. math:: \Delta K_{ij} = \eta\,\mu\,P_i\,(g_j - K_{ij})

    every ``interval_ms`` while the plateau :math:`P_i` lasts. The rule depends on the presynaptic
    side only: the somatic spikes of cell *i* do not enter (Tyulmankov et al. 2021, Eq 9, whose
    :math:`(1-\eta)K + \eta x` it becomes after one plateau, since
    :math:`(1-0.3\,\mu)^{17} < 0.004` with :math:`\mu` about 0.95). Synapses that a strong
    neuromodulator made stable do not change any more (:mod:`.stability`).
    """

    learning_rate: float = fraction(
        0.3,
        "step of the key weights at each update",
        chosen="17 updates in one plateau leave 0.3 % of the old key",
    )
    interval_ms: float = parameter(
        10.0,
        "time between two updates during a plateau",
        chosen="17 updates in a plateau, far below the second-long traces",
        high=100.0,
    )
    eligibility_tau_ms: float = parameter(
        1000.0,
        "decay of the eligibility trace of presynaptic spikes",
        source="Milstein et al. 2021: 1,664 ms in the network fit, 100-1,011 ms in single cells",
        low=10.0,
        high=20000.0,
    )
    eligibility_threshold: float = parameter(
        0.45,
        "eligibility at which a synapse neither grows nor shrinks",
        chosen="midway between the traces of the present item and of the one before it",
        low=0.01,
        high=2.0,
    )
    eligibility_slope: float = parameter(
        0.03,
        "softness of the eligibility threshold",
        chosen="steep enough to leave out the previous item",
        low=0.001,
        high=1.0,
    )
    initial_weight: float = fraction(
        0.5,
        "weight of a synapse that never saw a plateau",
        chosen="half, so that an unused slot has match 0 as in Tyulmankov et al. 2021, "
        "Appendix A.1",
    )

    #: Weights of a stored key where the item has an entry and where it has none.
    stored_weight: ClassVar[float] = 1.0
    left_weight: ClassVar[float] = 0.0

    event = "plateau_update"
    side = "post"
    presynaptic_constants = ("eligibility_tau",)
    postsynaptic_values = {"update_interval": "interval"}
    synaptic_constants: ClassVar[tuple[str, ...]] = (
        "learning_rate",
        "eligibility_threshold",
        "eligibility_slope",
    )

    presynaptic_equations = """
deligibility/dt    = -eligibility/eligibility_tau                : 1
"""

    #: What a presynaptic spike adds, so that firing at ``reference_rate`` brings the trace to 1.
    on_presynaptic_spike = "eligibility += 1/(reference_rate*eligibility_tau)"

    on_event = """
plastic  = (1 - blocked)*int(t < stable_from)
target   = 1/(1 + exp(clip(-(eligibility_pre - eligibility_threshold)/eligibility_slope, -50, 50)))
weight  += learning_rate*plastic*acetylcholine_post*(target - weight)
""" + become_stable("post")

    def written(self, occupancy: float, updates: float) -> float:
        """Return the part of the old key that the updates of a plateau replace (2021, Eq 9)."""
        step = min(self.learning_rate * occupancy, 1.0)
        return 1 - float((1 - step) ** updates)
