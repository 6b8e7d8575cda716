"""Key plasticity of a dense code: BTSP that adds an item to a cell's keys and erases no other."""

from __future__ import annotations

from dataclasses import dataclass

from hippokv.parameter import fraction, parameter

from .btsp_key_rule import BTSPKeyRule
from .stability import become_stable


@dataclass(frozen=True)
class AccumulatingKeyRule(BTSPKeyRule):
    r"""Add the recent input to the keys of a cell whose dendrite holds a plateau.

    A cell of a dense code takes part in several items. A plateau that wrote its keys anew
    (:class:`.BTSPKeyRule`, Gershman, Fiete & Irie 2025, Eq 12) would keep the last item alone.
    Here a whole plateau does

    .. math:: \Delta K_{ij} = \mu\,\gamma_i\,[a\,(g_j - \tfrac12) - e\,(K_{ij} - \tfrac12)],

    bounded by 0 and 1, with :math:`g_j` the eligibility trace behind its steep sigmoid. With
    :math:`a = e` it is Eq 12 again; with :math:`a \gg e` old items fade slowly. The two rates are
    those of one plateau, divided over its updates.
    """

    addition: float = fraction(
        0.25,
        "what a plateau adds to the keys, a",
        chosen="four items of a cell fit between the bounds",
    )
    fading: float = fraction(
        0.05,
        "part of the keys that a plateau lets fade, e",
        chosen="a cell keeps some twenty items",
    )
    updates_per_plateau: float = parameter(
        17.0,
        "updates over which a plateau does so",
        chosen="as many as a plateau of 180 ms has at 10 ms each",
        low=1.0,
        high=1000.0,
    )

    synaptic_constants = (
        "addition",
        "fading",
        "updates_per_plateau",
        "eligibility_threshold",
        "eligibility_slope",
    )

    on_event = """
plastic  = (1 - blocked)*int(t < stable_from)
target   = 1/(1 + exp(clip(-(eligibility_pre - eligibility_threshold)/eligibility_slope, -50, 50)))
change   = (addition*(target - 0.5) - fading*(weight - 0.5))/updates_per_plateau
weight   = clip(weight + plastic*acetylcholine_post*change, 0, 1)
""" + become_stable("post")
