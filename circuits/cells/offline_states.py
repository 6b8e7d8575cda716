"""Offline epochs: a slow rhythm of up- and down-states, and slots that then fire by themselves.

While the schedule's channel ``offline`` is above 0, tonic acetylcholine is gone. Two things that it
holds back are then there: the cells of a slot excite one another, and their thresholds rise with
each spike. In an up-state all slots are just below firing. The first escape spike ignites its slot,
PV inhibition shuts out the others, and a down-state ends it. So slots race, and the more excitable
one wins more often.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from hippokv.errors import InputError
from hippokv.parameter import parameter

from ..population import Link, Population, Projection, Update, constants_of

#: Channel of the schedule: 1 offline, 0 awake.
OFFLINE = "offline"


@dataclass(frozen=True)
class RhythmParameters:
    """Hold the constants of the rhythm."""

    up_current_pA: float = parameter(
        440.0,
        "tonic current into hippocampal cells in an up-state",
        chosen=(
            "57 pA above what leaves them at the operating voltage: from 430 to 460 pA one slot "
            "ignites, at 600 pA several"
        ),
        low=-2000.0,
        high=2000.0,
    )
    down_current_pA: float = parameter(
        -350.0,
        "the same in a down-state",
        chosen="a slot that excites itself falls silent",
        low=-2000.0,
        high=2000.0,
    )
    switch_tau_ms: float = parameter(
        50.0, "time in which these currents follow", chosen="up-states begin within 100 ms"
    )
    shortest_up_ms: float = parameter(
        300.0, "shortest up-state", chosen="a few hundred ms, as in slow-wave sleep", low=20.0
    )
    longest_up_ms: float = parameter(
        500.0, "longest up-state", chosen="as the shortest: drawn evenly between", low=20.0
    )
    shortest_down_ms: float = parameter(
        150.0, "shortest down-state", chosen="outlasts the traces of a replay", low=20.0
    )
    longest_down_ms: float = parameter(
        250.0, "longest down-state", chosen="as the shortest: drawn evenly between", low=20.0
    )


@dataclass(frozen=True)
class ReplayParameters:
    """Hold what hippocampal cells have offline."""

    recurrent_jump_pA: float = parameter(
        200.0,
        "current that a spike adds in all cells of its slot",
        chosen="one spike ignites the slot; without it PV inhibition alone picks no winner",
        high=10000.0,
    )
    recurrent_most_pA: float = parameter(
        800.0,
        "most that this current can be",
        chosen="NMDA receptors saturate; PV cells can still hold a slot that has so much",
        high=100000.0,
    )
    recurrent_tau_ms: float = parameter(50.0, "its decay", chosen="NMDA, 50-150 ms", high=1000.0)
    fatigue_jump_mV: float = parameter(
        0.05,
        "rise of a cell's threshold with each spike offline",
        chosen="some eight spikes in a replay: other slots come first for a few replays",
        low=0.0,
        high=10.0,
    )
    fatigue_tau_ms: float = parameter(
        3000.0, "decay of that rise", chosen="some five replays", high=100_000.0
    )
    naive_mV: float = parameter(
        3.0,
        "how much higher the threshold of a cell is before its first plateau",
        chosen="six times the softness of the threshold: empty slots do not replay",
        low=0.0,
        high=20.0,
    )


# Everything stands in variables of a cell, not in shared ones: its statements then run in order.
RHYTHM_EQUATIONS = """
dcurrent/dt        = (up*up_current + (1 - up)*down_current - current)/switch_tau     : amp
offline                                                                            : 1
up                                                                                 : 1
switching                                                                          : 1
length                                                                             : second
until                                                                              : second
"""

# Awake the rhythm rests in a down-state, which the night begins with.
READ_OFFLINE = """
offline    = int(scheduled_offline(t, i) > 0)
switching  = int(t >= until)
up         = offline*(switching*(1 - up) + (1 - switching)*up)
length     = up*shortest_up + (1 - up)*shortest_down
length    += (up*(longest_up - shortest_up) + (1 - up)*(longest_down - shortest_down))*uniform_at(t, i)
until      = offline*(switching*(t + length) + (1 - switching)*until) + (1 - offline)*(t + length)
"""  # noqa: E501

# What the cells of a slot share: the current by which they excite one another.
ASSEMBLY_EQUATIONS = """
drecurrent/dt      = -recurrent/recurrent_tau                                      : amp
"""

RECURRENCE = """
recurrent_post     = clip(recurrent_post + recurrent_jump_post, 0*amp, recurrent_most_post)
"""

#: What hippocampal cells have beside the equations of the slot memory.
#: What closes slots has a term.
OFFLINE_EQUATIONS = """
spike_threshold    = mean_spike_threshold + offline*fatigue - excitability{closed}          : volt
dfatigue/dt        = -fatigue/fatigue_tau                                          : volt
excitability                                                                       : volt
recurrent                                                                          : amp (linked)
offline                                                                            : 1 (linked)
rhythm                                                                             : amp (linked)
"""

#: Beside the key current: offline, the rhythm is in the place of the tonic current.
OFFLINE_CURRENT = " + offline*(recurrent + rhythm - bias)"

ON_SPIKE = "fatigue         += offline*fatigue_jump\n"

#: A first plateau makes a cell excitable.
ON_PLATEAU = "excitability     = 0*volt\n"


def slow_rhythm(parameters: RhythmParameters) -> Population:
    """Describe what makes up- and down-states: one clock of random intervals for all cells."""
    return Population(
        "slow_rhythm",
        1,
        RHYTHM_EQUATIONS,
        updates=(Update(READ_OFFLINE),),
        constants=constants_of(parameters),
        initial={"current": parameters.down_current_pA * 1e-12},
        channels={OFFLINE: 1},
        manipulable=False,
    )


def with_offline_states(
    cells: Population, parameters: ReplayParameters
) -> tuple[Population, Population, Projection]:
    """Let hippocampal cells replay offline.

    Parameters
    ----------
    cells
        The hippocampal cells, a slot side by side.
    parameters
        What they have offline.

    Returns
    -------
    tuple
        What the cells of each slot share, the cells, and by what their spikes excite their slot.
    """
    n_slots = cells.cells // cells.alike
    slot = np.arange(cells.cells) // cells.alike
    constants = tuple(
        replace(one, name="mean_spike_threshold") if one.name == "spike_threshold" else one
        for one in cells.constants
    )
    events = tuple(
        replace(event, statements=event.statements + ON_PLATEAU)
        if event.name == "dendritic_spike"
        else event
        for event in cells.events
    )
    able = replace(
        cells,
        equations=cells.equations + OFFLINE_EQUATIONS,
        reset=cells.reset + ON_SPIKE,
        events=events,
        constants=(*constants, *constants_of(parameters, "fatigue_jump", "fatigue_tau")),
        initial={**cells.initial, "excitability": -parameters.naive_mV * 1e-3},
        links={
            **cells.links,
            "recurrent": Link("assemblies", "recurrent", slot),
            "offline": Link("slow_rhythm", "offline"),
            "rhythm": Link("slow_rhythm", "current"),
        },
        terms={**cells.terms, "address_current": OFFLINE_CURRENT, "closed": ""},
    )
    return (
        assemblies("assemblies", n_slots, parameters),
        able,
        Projection(
            "recurrence", cells.name, "assemblies", {"spike": RECURRENCE},
            pairs=(np.arange(cells.cells), slot),
        ),
    )  # fmt: skip


def assemblies(name: str, number: int, parameters: Any) -> Population:
    """Describe what the cells of each slot share: the current by which they excite one another."""
    return Population(
        name, number, ASSEMBLY_EQUATIONS,
        constants=constants_of(parameters, "recurrent_jump", "recurrent_most", "recurrent_tau"),
        manipulable=False,
    )  # fmt: skip


def check_replay(parameters: Any) -> None:
    """Make sure that a circuit can rebuild offline what it replays.

    Raises
    ------
    InputError
        As :func:`check_rhythm`; and where a unit has several cells, or deep cells fire by
        themselves.
    """
    check_rhythm(parameters)
    if parameters.cells_per_unit != 1:
        raise InputError(
            "circuit.cells_per_unit", parameters.cells_per_unit,
            "must be 1 in a circuit that replays offline: a deep cell has one partner",
        )  # fmt: skip
    for name in ("background_pA", "theta_depth"):
        value = getattr(parameters.deep, name)
        if value:
            raise InputError(
                f"circuit.deep.{name}",
                value,
                "must be 0: deep cells fire for their partners and for what returns",
            )


def check_rhythm(parameters: Any) -> None:
    """Make sure that slots can fire by themselves offline as it is described.

    Raises
    ------
    InputError
        Where cells have thresholds of their own, as fatigue and excitability move these; and for
        states whose shortest is longer than their longest.
    """
    if parameters.heterogeneity.present:
        raise InputError(
            "circuit.heterogeneity", "given", "must be 0 in a circuit that replays offline"
        )
    for state in ("up", "down"):
        shortest, longest = (
            getattr(parameters.rhythm, f"{end}_{state}_ms") for end in ("shortest", "longest")
        )
        if shortest > longest:
            raise InputError(
                f"circuit.rhythm.longest_{state}_ms",
                longest,
                f"must be at least shortest_{state}_ms, {shortest:g}",
            )
