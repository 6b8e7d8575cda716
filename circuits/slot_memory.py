"""The slot memory: entorhinal patterns, hippocampal slots, cortical values.

A cue drives the entorhinal ON/OFF cells. Their key synapses excite the hippocampal slots, which
compete through PV inhibition; the cells that fire drive the cortical values. To store an item,
acetylcholine is released, an instructive input ramps up in all dendrites, the most excitable slot
starts a plateau and SST cells silence the other dendrites; while the plateau lasts, its keys take
up what entorhinal cells fired and its values what cortical cells fire.

What is wired, first of all: the order of the slots. A plateau primes the slot that follows it in a
ring, and adaptation begins sorted by slot number and falls in all cells at each instruction
(``selection="ring"``). With ``"least_recent"`` a race makes the order
(:mod:`.cells.dendritic_race`).
Wired too: the cells of a slot recruit one another. What is worked out: the strength of a key
synapse and the tonic current that make the competition a softmax of temperature ``beta``
(:class:`.slot_memory_parameters.Calibration`). What emerges: that one slot wins, and that it
excludes the others.
"""

from __future__ import annotations

from functools import lru_cache

import numpy as np

from hippokv.plasticity.stability import NEVER_S, STABLE

from .cells.axonal_delays import with_delays
from .cells.cholinergic_cells import cholinergic_cells
from .cells.dendritic_race import SST_EXCITATION as RACE_SST_EXCITATION
from .cells.dendritic_race import in_a_race, race_sst_cells, within_slots
from .cells.differing_cells import with_differing_cells
from .cells.hippocampal_cells import ON_DENDRITIC_SPIKE, hippocampal_cells
from .cells.instructive_cells import instructive_cells
from .cells.interneurons import FAST_EXCITATION, pv_cells, sst_cells
from .cells.pattern_cells import pattern_cells
from .cells.recurrent_loop import with_loop
from .circuit import Circuit
from .known_circuits import KnownCircuit
from .population import Constant, Part, Projection, constant_named, constants_of
from .presets import check_preset
from .slot_memory_checks import check_delays, check_keys, check_resets, check_size, more_cells
from .slot_memory_parameters import SlotMemoryParameters, calibration_of, key_rule_of

# A current that decays during a step counts in full for it; the factor tau*(1 - exp(-dt/tau))/dt
# makes the charge of a spike the same at every time step.
KEY_TRANSMISSION = """
charge_factor        = {key_tau}_post*(1 - exp(-dt/{key_tau}_post))/dt
{key_current}_post  += charge_factor*epsc*{efficacy}*(1 + jitter*deviation)*(1 - key_suppression_post*acetylcholine_post)
"""  # noqa: E501

VALUE_TRANSMISSION = """
charge_factor        = value_tau_post*(1 - exp(-dt/value_tau_post))/dt
value_current_post  += charge_factor*epsc*{efficacy}*clip(1 - value_suppression_pre*acetylcholine_pre, 0, 1)
"""  # noqa: E501

#: What a synapse transmits by: its weight; or its weight beyond that of a naive synapse, where
#: feed-forward inhibition takes away what naive synapses would add.
PLAIN, CENTRED = {"efficacy": "weight"}, {"efficacy": "(weight - initial_weight)"}

#: What a key's spike adds to: the current itself, or what that rises by.
AT_ONCE = {"key_current": "key_current", "key_tau": "key_tau"}
RISING = {"key_current": "key_inflow", "key_tau": "key_rise"}

PLASTIC = "weight : 1\n" + STABLE

JITTERED = """
deviation  : 1 (constant)
"""

PV_EXCITATION = "excitation_current_post += {jump}"

PV_INHIBITION = """
pv_post             += inhibition_pre*(1 + jitter*deviation)
"""

SST_EXCITATION = {
    "dendritic_spike": "excitation_current_post += onset_post/{cells_per_slot}",
    "plateau_update": "excitation_current_post += plateau_post/{cells_per_slot}",
}


@lru_cache(maxsize=4)
def slot_memory(parameters: SlotMemoryParameters) -> Circuit:
    """Return a slot memory.

    Parameters
    ----------
    parameters
        Every number of the circuit.

    Raises
    ------
    InputError
        For the first parameter that cannot be used.
    ValueError
        Where the calibration of its competition has no solution.
    """
    check_preset(parameters)
    check_size(parameters, more_cells(parameters))
    check_keys(parameters)
    check_resets(parameters, CELLS)
    check_delays(parameters)
    parts = memory_parts(parameters, calibration_of(parameters).bias_pA)
    return Circuit("slot_memory", parts, parameters)


#: Populations of a slot memory, as its parameters name them.
CELLS = ("entorhinal", "hippocampal", "pv", "sst", "cortical", "cholinergic")


def memory_parts(
    parameters: SlotMemoryParameters,
    bias_pA: float,
    address: tuple[Constant, ...] = (),
    centred_keys: bool = False,
    feedforward: tuple[Part, ...] = (),
    shared_jitter: tuple[Constant, ...] = (),
) -> tuple[Part, ...]:
    """Return the populations and projections of slots, keys and values.

    Parameters
    ----------
    parameters
        The numbers of them.
    bias_pA
        Tonic current into hippocampal cells.
    address
        Constants of hippocampal cells that grid modules address, where there are such.
    centred_keys
        Whether inhibition takes away what naive key synapses would add.
    feedforward
        Populations and projections of feed-forward inhibition, where there is such, first the one
        that holds what reaches all hippocampal cells.
    shared_jitter
        How unequally that reaches them, as a constant of theirs.
    """
    calibration = calibration_of(parameters)
    random = parameters.selection == "random"
    values = (
        parameters.value_rule
        if parameters.value_plasticity == "plateau_gated"
        else parameters.passive_rule
    )
    cells_per_unit = parameters.cells_per_unit
    entorhinal, cortical = (
        pattern_cells(cell, name, 2 * units * cells_per_unit, cells_per_unit)
        for cell, name, units in (
            (parameters.entorhinal, "entorhinal", parameters.n_inputs),
            (parameters.cortical, "cortical", parameters.n_outputs),
        )
    )
    if has_loop(parameters):
        entorhinal, cortical = with_loop(entorhinal, cortical, parameters.loop)
    race = parameters.race if parameters.selection == "least_recent" else None
    sst = race.sst if race else parameters.sst
    hippocampal = hippocampal_cells(
        parameters.hippocampal, parameters.n_slots, parameters.cells_per_slot,
        initial={
            "bias": bias_pA * 1e-12,
            "consolidation_threshold": parameters.stability.stability_threshold,
            "kick_probability": parameters.plateau_probability if random else 0.0,
            "ramp_gain": 0.0 if random else 1.0,
        },
        constants=(
            constant_named("sst_tau", sst, "inhibition_tau"),
            *shared_jitter,
            *address,
        ),
        addressed=bool(address),
        shared_inhibition=feedforward[0].name if feedforward else "",
    )  # fmt: skip
    instructive: tuple[Part, ...] = ()
    if race:
        instructive = instructive_cells(race.layer_3, race.n_layer_3, parameters.hippocampal)
        hippocampal = in_a_race(hippocampal, race, parameters.n_slots, ON_DENDRITIC_SPIKE)
    stability = constants_of(parameters.stability)
    keys = Projection(
        "keys", "entorhinal", "hippocampal", {"spike": KEY_TRANSMISSION}, PLASTIC + JITTERED,
        constants=(
            Constant(
                "epsc", calibration.key_epsc_pA * 1e-12, "amp",
                "follows from beta and n_inputs: Calibration.key_epsc_pA",
            ),
            constant_named("jitter", parameters, "synaptic_jitter"),
            *stability,
        ),
        initial={"stable_from": NEVER_S},
        drawn={"deviation": "randn()"},
        terms={
            **(CENTRED if centred_keys else PLAIN),
            **(RISING if parameters.hippocampal.keys_rise else AT_ONCE),
        },
        # Recall reads the deviation with every spike: half the width, half the memory traffic.
        single=("deviation",),
        rule=key_rule_of(parameters),
        rows="target",
    )  # fmt: skip
    n_slots, cells_per_slot = parameters.n_slots, parameters.cells_per_slot
    wiring = (
        (within_slots(n_slots, cells_per_slot),) if race else slot_wiring(n_slots, cells_per_slot)
    )
    parts: tuple[Part, ...] = (
        entorhinal,
        cortical,
        *feedforward,
        *instructive,
        hippocampal,
        pv_cells(parameters.pv, parameters.n_pv, calibration.pv_jump_nS, fast=bool(feedforward)),
        race_sst_cells(race) if race else sst_cells(parameters.sst, parameters.n_sst),
        cholinergic_cells(parameters.cholinergic, parameters.n_cholinergic),
        keys,
        Projection(
            "values", "hippocampal", "cortical", {"spike": VALUE_TRANSMISSION}, PLASTIC,
            constants=(constant_named("epsc", parameters, "value"), *stability),
            initial={"stable_from": NEVER_S},
            terms=PLAIN,
            rule=values,
        ),
        Projection(
            "pv_excitation", "hippocampal", "pv",
            {"spike": FAST_EXCITATION if feedforward else PV_EXCITATION},
            terms={"jump": "excitation_post"},
        ),
        Projection(
            "pv_inhibition", "pv", "hippocampal", {"spike": PV_INHIBITION}, JITTERED,
            constants=(constant_named("jitter", parameters, "inhibitory_jitter"),),
            drawn={"deviation": "randn()"},
            single=("deviation",),
            effect="inhibition",
        ),
        Projection(
            "sst_excitation", "hippocampal", "sst",
            RACE_SST_EXCITATION if race else SST_EXCITATION,
            terms={"cells_per_slot": str(parameters.cells_per_slot)},
        ),
        Projection(
            "sst_inhibition", "sst", "hippocampal", {"spike": "sst_post += inhibition_pre"},
            effect="inhibition",
        ),
        *wiring,
        Projection(
            "release", "cholinergic", "hippocampal",
            {"spike": "released_post += acetylcholine_quantum_post"},
            effect="modulation",
        ),
    )  # fmt: skip
    differing = with_differing_cells(
        parts, parameters.heterogeneity, parameters.homeostasis, calibration.idle_nS
    )
    return with_delays(differing, parameters.delays)


def slot_wiring(n_slots: int, cells_per_slot: int) -> tuple[Projection, ...]:
    """Return the projections by which a plateau primes the next slot and recruits its own."""
    cell = np.arange(n_slots * cells_per_slot)
    slot = cell[:, None] // cells_per_slot
    pre = np.repeat(cell, cells_per_slot)
    post = (slot * cells_per_slot + np.arange(cells_per_slot)).ravel()
    primed = Projection(
        "priming", "hippocampal", "hippocampal", {"dendritic_spike": "primed_at_post = t"},
        pairs=(cell, (cell + cells_per_slot) % len(cell)), effect="modulation",
    )  # fmt: skip
    recruited = Projection(
        "recruitment", "hippocampal", "hippocampal", {"dendritic_spike": "recruited_at_post = t"},
        pairs=(pre[pre != post], post[pre != post]), effect="modulation",
    )  # fmt: skip
    return (primed, recruited) if cells_per_slot > 1 else (primed,)


def has_loop(parameters: SlotMemoryParameters) -> bool:
    """Return whether what cortex recalls can be the next cue: values are as wide as keys."""
    return parameters.n_inputs == parameters.n_outputs


CIRCUIT = KnownCircuit(slot_memory, SlotMemoryParameters)
