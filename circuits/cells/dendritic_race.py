"""The race of dendrites for an item, by which cells choose the least recently used slot.

Nothing is wired from slot to slot, and ages are shuffled at first. Spikes of entorhinal layer III
(:mod:`.instructive_cells`) depolarise all dendrites alike; those that were not used for long have
the lowest thresholds. A dendrite that passes its threshold fires a local spike. Local spikes of a
slot excite its own dendrites and SST cells at the same time, a moment later. Only a slot whose
dendrites fire a second volley before the SST cells' inhibition holds a plateau; volleys of several
slots at once stop each other, and what they left decides between them.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace

import numpy as np
from numpy.typing import NDArray

from hippokv.parameter import parameter, redeclared

from ..population import (
    CellEvent,
    Link,
    Population,
    Projection,
    Update,
    constant_named,
    constants_of,
)
from .instructive_cells import InstructiveParameters
from .integrate_and_fire import point_cells
from .interneurons import SST_EQUATIONS, SSTParameters

#: The noise comes after all that the schedule does.
LAST = 4


@dataclass(frozen=True)
class RaceSSTParameters(SSTParameters):
    """Hold the constants of SST cells that decide a race: many, recruited one after the other."""

    spike_threshold_mV: float = redeclared(
        SSTParameters,
        "spike_threshold_mV",
        -60.0,
        chosen="the most excitable cell answers a part of a slot's first volley",
    )
    highest_threshold_mV: float = parameter(
        -47.0,
        "threshold of the least excitable cell",
        chosen="the staggering makes their answer graded",
        low=-80.0,
        high=50.0,
    )
    reset_voltage_mV: float = redeclared(
        SSTParameters, "reset_voltage_mV", -65.0, chosen="at rest, below all thresholds"
    )
    excitation_tau_ms: float = redeclared(
        SSTParameters, "excitation_tau_ms", 5.0, chosen="AMPA: the answer must be fast"
    )
    onset_pA: float = redeclared(
        SSTParameters,
        "onset_pA",
        950.0,
        chosen="their answer comes after a second volley of the slot and before that of another",
    )
    plateau_pA: float = redeclared(
        SSTParameters, "plateau_pA", 2000.0, chosen="keeps most of them firing"
    )
    inhibition_nS: float = redeclared(
        SSTParameters, "inhibition_nS", 1.0, chosen="twenty cells together make 20 nS"
    )
    inhibition_tau_ms: float = redeclared(
        SSTParameters, "inhibition_tau_ms", 22.0, chosen="dendritic GABA-A is slow, 20-50 ms"
    )


@dataclass(frozen=True)
class RaceParameters:
    """Hold the constants of the race."""

    recruiting_pA: float = parameter(
        300.0,
        "current into each dendrite of a slot all of whose dendrites have fired",
        chosen="takes a slot that has begun to its second volley",
    )
    recruitment_tau_ms: float = parameter(
        40.0, "decay of that current", chosen="NMDA", low=1.0, high=500.0
    )
    recruitment_threshold: float = parameter(
        1.5,
        "volleys of a slot from which on it holds a plateau",
        chosen="more than the first, which two slots can fire at once",
        low=0.1,
        high=10.0,
    )
    volley_delay_ms: float = parameter(
        1.0,
        "time from a local spike until it reaches the slot's dendrites and SST cells",
        chosen="axon and synapse; with less, SST cells stop every slot",
        low=0.0,
        high=20.0,
    )
    local_refractory_ms: float = parameter(
        3.0,
        "time between two local spikes of a dendrite",
        chosen="sodium spikes of dendrites",
        low=0.5,
        high=50.0,
    )
    recovery_ms: float = parameter(
        250.0,
        "instruction, at its mean, in which the threshold of a dendrite recovers one of N steps",
        chosen="as long as one lasts: N items take a dendrite back, so N is known here",
        low=5.0,
        high=10_000.0,
    )
    starting_order: int = parameter(
        0, "seed of the ages that slots begin with", chosen="any", low=0, high=2**32 - 1
    )
    n_sst: int = parameter(
        20,
        "number of SST cells then",
        chosen="a graded answer",
        low=2,
        high=1000,
        structural=True,
    )
    sst: RaceSSTParameters = field(default_factory=RaceSSTParameters)
    n_layer_3: int = parameter(
        100,
        "number of entorhinal cells of layer III, whose spikes are the instruction",
        chosen="their summed current fluctuates by some 5 %, the same for all dendrites",
        low=1,
        high=1000,
        structural=True,
    )
    layer_3: InstructiveParameters = field(default_factory=InstructiveParameters)


EQUATIONS = """
drecruitment/dt    = -recruitment/recruitment_tau                                                   : 1
instructed_current                                                                                  : amp (linked)
local_at                                                                                            : second
"""  # noqa: E501

#: What instructive cells, and the slot's local spikes, add to the current into a dendrite.
RECRUITING = " + instructed_current + recruiting*clip(recruitment, 0, 1)"

LOCAL_SPIKE = (
    "v_dendrite + dendrite_noise_now > dendritic_threshold + adaptation"
    " and t > local_at + local_refractory - 0.5*dt and t > plateau_until + plateau_refractory"
)
VOLLEY = "t > local_at + volley_delay - 0.5*dt and t < local_at + volley_delay + 0.5*dt"
STAGGERED = "v > spike_threshold + (highest_threshold - spike_threshold)*i/(N - 1.0)"
DENDRITIC_SPIKE = "recruitment > recruitment_threshold and t > plateau_until + plateau_refractory"

# Noise that all dendrites change at the same moments of a grid would start volleys together.
NOISE = """
kept                 = exp(-dt/dendrite_noise_tau)
dendrite_noise_now   = kept*dendrite_noise_now + sqrt(1 - kept**2)*dendrite_noise*randn()
"""

# The spikes that instruct let thresholds recover.
UPDATE_DENDRITES = """
released            *= exp(-grid_step/acetylcholine_tau)
acetylcholine        = released/(1 + released)
adaptation           = clip(adaptation - recovery*(instructed_current/instruction)*(grid_step/recovery_time)*(1 - consolidated), 0*volt, 1*volt)
v_dendrite          += kick_jump*onset*int(uniform_at(t, i) < kick_probability)*first_of_slot
"""  # noqa: E501

SST_EXCITATION = {
    "volley": "excitation_current_post += onset_post/{cells_per_slot}",
    "plateau_update": "excitation_current_post += plateau_post/{cells_per_slot}",
}


def starting_ages(race: RaceParameters, n_slots: int) -> NDArray[np.float64]:
    """Return the ages with which slots begin, as parts of the rise of the threshold, (N,).

    The oldest has the smallest.
    """
    order = np.random.default_rng(race.starting_order).permutation(n_slots)
    ages: NDArray[np.float64] = (order + 1) / n_slots
    return ages


def in_a_race(cells: Population, race: RaceParameters, n_slots: int, on_plateau: str) -> Population:
    """Return hippocampal cells whose dendrites race, from those whose ring is wired.

    Parameters
    ----------
    cells
        The hippocampal cells.
    race
        Constants of the race.
    n_slots
        Number of slots.
    on_plateau
        What a plateau does to its cell.
    """
    adaptation_jump = next(one.value for one in cells.constants if one.name == "adaptation_jump")
    ages = np.repeat(starting_ages(race, n_slots), cells.cells // n_slots)
    raced = {
        "dendritic_spike": CellEvent("dendritic_spike", DENDRITIC_SPIKE, on_plateau, recorded=True)
    }
    return replace(
        cells,
        equations=cells.equations + EQUATIONS,
        events=(
            CellEvent("local_spike", LOCAL_SPIKE, "local_at = t"),
            CellEvent("volley", VOLLEY),
            *(raced.get(event.name, event) for event in cells.events),
        ),
        updates=(
            cells.updates[0],
            Update(UPDATE_DENDRITES, cells.updates[1].order),
            Update(NOISE, LAST, each_step=True),
        ),
        constants=(
            *cells.constants,
            *constants_of(
                race, "recruiting", "recruitment_tau", "recruitment_threshold", "volley_delay",
                "local_refractory",
            ),
            constant_named("recovery_time", race, "recovery"),
        ),
        initial={
            **cells.initial,
            "adaptation": adaptation_jump * ages,
            "local_at": -10.0,
            "ramp_gain": 0.0,
        },
        links={
            **cells.links,
            "instructed_current": Link("shared_instruction", "instructed_current"),
        },
        terms={**cells.terms, "agreement": RECRUITING},
    )  # fmt: skip


def race_sst_cells(race: RaceParameters) -> Population:
    """Describe the SST population, thresholds staggered from its first cell to its last."""
    return replace(point_cells(race.sst, "sst", race.n_sst, SST_EQUATIONS), threshold=STAGGERED)


def within_slots(n_slots: int, cells_per_slot: int) -> Projection:
    """Return the projection by which local spikes excite the dendrites of their slot."""
    cell = np.arange(n_slots * cells_per_slot)
    slot = cell[:, None] // cells_per_slot
    return Projection(
        "recruitment", "hippocampal", "hippocampal",
        {"volley": f"recruitment_post += 1.0/{cells_per_slot}"},
        pairs=(
            np.repeat(cell, cells_per_slot),
            (slot * cells_per_slot + np.arange(cells_per_slot)).ravel(),
        ),
    )  # fmt: skip
