"""Plasticity between grid modules and hippocampus: what a place recruits, a cell gives back."""

from __future__ import annotations

from dataclasses import dataclass

from hippokv.parameter import fraction, parameter

from .plasticity_rule import PlasticityRule


@dataclass(frozen=True)
class ReturnRule(PlasticityRule):
    r"""Let the synapses of a hippocampal cell learn where the bumps are when it fires.

    The return projection of the scaffold is Hebbian (Gershman, Fiete & Irie 2025, Box 1). At each
    spike of hippocampal cell *i* under the neuromodulator :math:`\mu`

    .. math:: R_{qi} \mathrel{+}= \eta\,\mu\,\big([u_q>\theta]\,(1 - R_{qi})
              - d\,[u_q\le\theta]\,R_{qi}\big),

    with :math:`u_q` the trace of the grid cells' spikes at point *q* of the sheet. Potentiation is
    stronger than depression, :math:`d \ll 1`, so that a cell that fires at several phases of a
    module keeps them all: a phase at which it fires a part *p* of the time has the weight
    :math:`p/(p + d(1-p))`, and one at which it never fires none.
    """

    learning_rate: float = fraction(
        0.3,
        "step of the weights at a hippocampal spike",
        chosen="the few spikes of one visit write most of it",
    )
    depression: float = fraction(
        0.02,
        "depression relative to potentiation",
        chosen="below the share of the rarest phase of a cell, 1 in 10",
    )
    activity_threshold: float = parameter(
        4.0,
        "trace above which a point counts as active, in spikes of its cells",
        chosen="a third of what the centre of a bump reaches",
        low=0.01,
        high=100.0,
    )
    initial_weight: float = fraction(0.0, "weight of a synapse that has not learned", chosen="none")

    event = "teaching_spike"
    synaptic_constants = ("learning_rate", "depression", "activity_threshold")

    on_event = """
active  = int(activity_post > activity_threshold)
weight += learning_rate*(1 - blocked)*acetylcholine_pre*(active*(1 - weight) - depression*(1 - active)*weight)
"""  # noqa: E501


@dataclass(frozen=True)
class RecruitmentRule(PlasticityRule):
    r"""Let a cell with a plateau take up the active grid cells, so that it stands for the place.

    .. math:: \Delta W_{ij} = \eta\,\mu\,P_i\,[e_j > \theta]\,(1 - W_{ij})

    every 10 ms while the plateau :math:`P_i` of cell *i* lasts, with :math:`e_j` the trace of the
    spikes of grid cell *j*: potentiation alone, so that a cell may be recruited at several places.
    """

    learning_rate: float = fraction(
        0.2, "step of the weights at each update in a plateau", chosen="one plateau recruits"
    )
    trace_tau_ms: float = parameter(
        100.0, "decay of the trace of a grid cell's spikes", chosen="a few interspike intervals"
    )
    trace_threshold: float = parameter(
        3.0,
        "trace above which a synapse grows, in spikes",
        chosen="a cell of the bump has six or more, a stray one less than one",
        low=0.0,
        high=100.0,
    )

    event = "plateau_update"
    side = "post"
    presynaptic_constants = ("trace_tau",)
    synaptic_constants = ("learning_rate", "trace_threshold")

    presynaptic_equations = """
dtrace/dt           = -trace/trace_tau                                                       : 1
"""
    on_presynaptic_spike = "trace += 1"

    on_event = """
weight += learning_rate*(1 - blocked)*acetylcholine_post*int(trace_pre > trace_threshold)*(1 - weight)
"""  # noqa: E501
