"""Neocortical keys: slow slots that learn what is rebuilt offline, and recall it without slots.

Groups of cells listen to deep entorhinal cells and drive the value cells. Awake they compete as
hippocampal slots do. Offline, a group that is in use fires only if its key matches what is rebuilt,
and else an unused one does, and takes it.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from hippokv.parameter import fraction, parameter, redeclared
from hippokv.plasticity.slow_cortical_rules import CONSOLIDATING

from ..population import CellEvent, Constant, Link, Population, Update, constants_of
from .hippocampal_cells import HippocampalParameters

NAME = "neocortical"


@dataclass(frozen=True)
class NeocorticalParameters:
    """Hold the constants of a neocortical cell; its membrane is that of a hippocampal soma."""

    capacitance_pF: float = redeclared(
        HippocampalParameters, "capacitance_pF", 100.0, chosen="as hippocampal cells"
    )
    leak_nS: float = redeclared(
        HippocampalParameters, "leak_nS", 20.1, chosen="as soma and dendrite of hippocampal cells"
    )
    resting_voltage_mV: float = redeclared(
        HippocampalParameters, "resting_voltage_mV", -70.0, chosen="as hippocampal cells"
    )
    gaba_reversal_mV: float = redeclared(
        HippocampalParameters, "gaba_reversal_mV", -75.0, chosen="as hippocampal cells"
    )
    reset_voltage_mV: float = redeclared(
        HippocampalParameters, "reset_voltage_mV", -60.0, chosen="as hippocampal cells"
    )
    refractory_period_ms: float = redeclared(
        HippocampalParameters, "refractory_period_ms", 2.0, chosen="as hippocampal cells"
    )
    spike_threshold_mV: float = redeclared(
        HippocampalParameters, "spike_threshold_mV", -50.0, chosen="as hippocampal cells"
    )
    escape_width_mV: float = redeclared(
        HippocampalParameters, "escape_width_mV", 0.5, chosen="as hippocampal cells"
    )
    escape_tau_ms: float = redeclared(
        HippocampalParameters, "escape_tau_ms", 10.0, chosen="as hippocampal cells"
    )
    key_tau_ms: float = redeclared(
        HippocampalParameters, "key_tau_ms", 10.0, chosen="as hippocampal cells"
    )
    pv_tau_ms: float = redeclared(
        HippocampalParameters, "pv_tau_ms", 22.0, chosen="as hippocampal cells"
    )
    value_suppression: float = redeclared(
        HippocampalParameters,
        "value_suppression",
        1.2,
        chosen="as hippocampal cells: what is recalled is not stored again",
    )
    acetylcholine_tau_ms: float = redeclared(
        HippocampalParameters, "acetylcholine_tau_ms", 50.0, chosen="as hippocampal cells"
    )
    acetylcholine_quantum: float = redeclared(
        HippocampalParameters, "acetylcholine_quantum", 0.6, chosen="as hippocampal cells"
    )
    least_maturity: float = parameter(
        0.1,
        "maturity below which the gain of its inputs grows no further; the gain is its inverse",
        chosen="after two spikes a key already matches its item",
        low=0.01,
        high=1.0,
    )
    use_step: float = fraction(
        0.05,
        "part by which a learning spike brings a group into use",
        chosen="in use in one replay",
    )


@dataclass(frozen=True)
class NeocorticalStateParameters:
    """Hold what all neocortical cells share: their tonic current, awake and offline."""

    awake_current_pA: float = parameter(
        650.0,
        "tonic current awake",
        chosen="with the reference cue groups fire nearly as hippocampal slots do",
        low=-5000.0,
        high=5000.0,
    )
    unused_current_pA: float = parameter(
        500.0,
        "tonic current offline into a group that is not in use, in an up-state, while a pattern is "
        "whole",
        chosen=(
            "117 pA above what leaves it at the operating voltage: it fires, if no group in use "
            "matches"
        ),
        low=-5000.0,
        high=5000.0,
    )
    withheld_pA: float = parameter(
        200.0,
        "by how much less it is while no pattern is whole",
        chosen="no group fires before something is rebuilt",
        high=5000.0,
    )
    down_drop_pA: float = parameter(
        600.0,
        "by how much less it is in a down-state",
        chosen="a group that excites itself falls silent",
        high=5000.0,
    )
    switch_tau_ms: float = parameter(
        20.0, "time in which this current follows", chosen="within a replay of 100 ms"
    )
    whole: float = parameter(
        0.35,
        "activity of deep cells from which on a pattern counts as whole; 0.5 is a whole pattern "
        "at the rate of a driven cell",
        chosen=(
            "offline deep cells fire some 2.3 times as fast as driven ones, so that a third of a "
            "pattern counts"
        ),
        low=0.0,
        high=10.0,
    )
    activity_tau_ms: float = parameter(
        30.0, "decay of what is felt of that activity", chosen="within a replay, as the current"
    )


STATE_EQUATIONS = """
dcurrent/dt        = ((1 - offline)*awake_current
                      + offline*(unused_current - withheld*int(activity < whole)
                                 - (1 - up)*down_drop) - current)/switch_tau          : amp
dactivity/dt       = -activity/activity_tau                                        : 1
offline                                                                            : 1 (linked)
up                                                                                 : 1 (linked)
"""

FELT = "activity_post += quantum"

# What the cells of a group share beside the current by which they excite one another.
USE = """\
use                                                                                : 1
"""

IN_USE = "use_post = clip(use_post + use_step, 0, 1)"

# Matches count more while a cell's key is young and its weights are small.
EQUATIONS = """
slope              = (leak*(resting_voltage - v) + pv*(gaba_reversal - v) + key_current/clip(maturity, least_maturity, 1)
                      + tonic_current + offline*(recurrent - vigilance_current*use))/capacitance        : volt/second
dv/dt              = slope                                                                          : volt (unless refractory)
dkey_current/dt    = -key_current/key_tau                                                           : amp
dpv/dt             = -pv/pv_tau                                                                     : siemens
dhazard/dt         = exp(clip((v + dt*slope - spike_threshold)/escape_width, -40, 8))/escape_tau    : 1
hazard_at_spike                                                                                     : 1
released                                                                                            : 1
acetylcholine                                                                                       : 1
maturity                                                                                            : 1
use                                                                                                 : 1 (linked)
recurrent                                                                                           : amp (linked)
tonic_current                                                                                       : amp (linked)
activity                                                                                            : 1 (linked)
offline                                                                                             : 1 (linked)
"""  # noqa: E501

ON_SPIKE = """
v                = reset_voltage
hazard           = 0
hazard_at_spike  = -log(1 - rand())
"""

CLEAR_ACETYLCHOLINE = """
released        *= exp(-grid_step/acetylcholine_tau)
acetylcholine    = released/(1 + released)
"""

# Only where it is suppressed offline: how strongly spikes reach value cells.
TRANSMITTED = """\
transmitted                                                                                         : 1
"""  # noqa: E501
FOLLOW_OFFLINE = "transmitted = 1 - offline_value_suppression*offline"

# By its first words the compiled program knows to ask only the cells that spike.
LEARNING_SPIKE = "lastspike > t - 0.5*dt and offline > 0 and activity > whole"

#: A learning spike takes maturity along as it takes the weights of the key.
MATURE = "maturity += maturity_step*(1 - maturity)"


def neocortical_cells(
    parameters: NeocorticalParameters,
    state: NeocorticalStateParameters,
    groups: int,
    cells_per_group: int,
    vigilance_pA: float,
    key_step: float,
    suppressed: tuple[Constant, ...] = (),
) -> Population:
    """Describe the neocortical cells, the cells of a group side by side.

    Parameters
    ----------
    parameters, state
        Constants of a cell and of what all share.
    groups, cells_per_group
        Number of groups, each a key, and of cells in each.
    vigilance_pA
        What a group that is in use lacks offline, and a match of its key must make up for.
    key_step
        Step of its key at each learning spike.
    suppressed
        The constant ``offline_value_suppression``, where spikes reach value cells less offline.
    """
    cells = groups * cells_per_group
    group = np.arange(cells) // cells_per_group
    own = tuple(one for one in constants_of(parameters) if one.name != "use_step")
    return Population(
        NAME, cells, EQUATIONS + TRANSMITTED if suppressed else EQUATIONS,
        threshold="hazard > hazard_at_spike",
        reset=ON_SPIKE,
        refractory="refractory_period",
        events=(CellEvent(CONSOLIDATING, LEARNING_SPIKE, MATURE),),
        updates=(
            Update(CLEAR_ACETYLCHOLINE), *((Update(FOLLOW_OFFLINE),) if suppressed else ()),
        ),
        constants=(
            *own,
            *suppressed,
            *constants_of(state, "whole"),
            Constant(
                "vigilance_current", vigilance_pA * 1e-12, "amp",
                "follows from vigilance and beta: vigilance x n_inputs matches",
            ),
            Constant("maturity_step", key_step, source="that of the key rule"),
        ),
        initial={"v": parameters.resting_voltage_mV * 1e-3},
        drawn={"hazard_at_spike": "-log(1 - rand())"},
        links={
            **{name: Link("groups", name, group) for name in ("use", "recurrent")},
            "tonic_current": Link("neocortical_state", "current"),
            "activity": Link("neocortical_state", "activity"),
            "offline": Link("slow_rhythm", "offline"),
        },
        alike=cells_per_group,
    )  # fmt: skip


def neocortical_state(state: NeocorticalStateParameters) -> Population:
    """Describe what all neocortical cells share: tonic current, and what is felt of the input."""
    return Population(
        "neocortical_state", 1, STATE_EQUATIONS,
        constants=constants_of(state),
        initial={"current": state.awake_current_pA * 1e-12},
        links={name: Link("slow_rhythm", name) for name in ("offline", "up")},
        manipulable=False,
    )  # fmt: skip
