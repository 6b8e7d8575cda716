"""The consolidating memory: slots that replay offline, and neocortical keys that learn from them.

Slots, keys and values are those of the slot memory. Beside their values slots learn to return the
input: their synapses to deep entorhinal cells are written by the same rule at the same time.
Offline a slot fires by itself, and rebuilds input and content through these synapses, with errors.
Neocortical groups learn from what is rebuilt, a key and a value each, slowly; nothing else teaches
them, and awake they do not learn.

What is wired: what slot_memory wires, the cells of a slot and of a group that excite one another,
and one deep cell to each superficial one. What the schedule gives: when the animal is offline. What
is given in the circuit: up- and down-states, a clock of random intervals; that a group in use lacks
current offline, and one that is not does not, which is how an unused group takes what no key
matches. What emerges: which slot replays and when, that one at a time does, what is rebuilt, which
group learns it, and how much of it is recalled while hippocampal cells are silent.
"""

from __future__ import annotations

from dataclasses import replace
from functools import lru_cache
from typing import Any

import numpy as np

from hippokv.plasticity.slow_cortical_rules import CONSOLIDATING

from .cells.deep_cells import deep_cells
from .cells.interneurons import pv_cells
from .cells.neocortex import (
    FELT,
    IN_USE,
    NAME,
    USE,
    neocortical_cells,
    neocortical_state,
)
from .cells.offline_states import (
    RECURRENCE,
    assemblies,
    check_replay,
    slow_rhythm,
    with_offline_states,
)
from .circuit import Circuit
from .consolidating_memory_parameters import ConsolidatingMemoryParameters
from .known_circuits import KnownCircuit
from .population import Constant, Part, Population, Projection, constant_named, constants_of
from .slot_memory import CELLS, JITTERED, PLAIN, VALUE_TRANSMISSION, memory_parts
from .slot_memory_checks import check_delays, check_keys, check_resets, check_size
from .slot_memory_parameters import calibration_of

# A match of a young key counts as much as one of a key that is written: the gain is in the cell.
CORTICAL_KEY_TRANSMISSION = """
charge_factor        = key_tau_post*(1 - exp(-dt/key_tau_post))/dt
key_current_post    += charge_factor*epsc*(weight - initial_weight)*(1 + jitter*deviation)
"""

# What a group says offline is not learned again, as awake what slots recall is not stored again.
SUPPRESSED_OFFLINE = {"efficacy": "weight*transmitted_pre"}

WEIGHT = "weight : 1\n"


@lru_cache(maxsize=4)
def consolidating_memory(parameters: ConsolidatingMemoryParameters) -> Circuit:
    """Return a slot memory whose items neocortex learns offline.

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
    check_size(parameters)
    check_keys(parameters)
    check_resets(parameters, (*CELLS, "deep", NAME))
    check_delays(parameters)
    check_replay(parameters)
    parts: dict[str, Any] = {
        part.name: part for part in memory_parts(parameters, calibration_of(parameters).bias_pA)
    }
    shared, cells, recurrence = with_offline_states(parts["hippocampal"], parameters.replay)
    deep, relay = deep_cells(
        parameters.deep, parts["entorhinal"].cells, parameters.entorhinal.rate_Hz
    )
    parts |= {"hippocampal": cells}
    values: Projection = parts["values"]
    returns = replace(
        values,
        name="returns",
        target="deep",
        constants=(
            constant_named("epsc", parameters, "return"),
            *(one for one in values.constants if one.name != "epsc"),
        ),
        rule=parameters.return_rule,
    )
    added = (slow_rhythm(parameters.rhythm), shared, deep, *_neocortex(parameters))
    return Circuit(
        "consolidating_memory",
        (*parts.values(), *added, recurrence, relay, returns, *_cortical_synapses(parameters)),
        parameters,
    )


def _neocortex(parameters: ConsolidatingMemoryParameters) -> tuple[Population, ...]:
    shared = assemblies("groups", parameters.n_groups, parameters.replay)
    groups = replace(
        shared,
        equations=shared.equations + USE,
        constants=(*constants_of(parameters.neocortical, "use_step"), *shared.constants),
    )
    return (
        neocortical_state(parameters.neocortical_state),
        groups,
        neocortical_cells(
            parameters.neocortical, parameters.neocortical_state, parameters.n_groups,
            parameters.cells_per_group, parameters.vigilance_pA,
            parameters.cortical_key_rule.learning_rate,
            constants_of(parameters, "offline_value_suppression")
            if parameters.offline_value_suppression
            else (),
        ),
        replace(pv_cells(parameters.neocortical_pv, parameters.n_pv), name="neocortical_pv"),
    )  # fmt: skip


def _cortical_synapses(parameters: ConsolidatingMemoryParameters) -> tuple[Part, ...]:
    cell = np.arange(parameters.n_groups * parameters.cells_per_group)
    group = cell // parameters.cells_per_group
    deep = parameters.deep
    spikes = 2 * parameters.n_inputs * deep.rate_Hz
    felt_s = parameters.neocortical_state.activity_tau_ms * 1e-3
    return (
        Projection(
            "felt", "deep", "neocortical_state", {"spike": FELT},
            constants=(
                Constant(
                    "quantum", 1 / max(spikes * felt_s, 1e-9),
                    source="follows from the rate of a driven cell: 1 where all fire so",
                ),
            ),
        ),
        Projection(
            "cortical_keys", "deep", NAME, {"spike": CORTICAL_KEY_TRANSMISSION}, WEIGHT + JITTERED,
            constants=(
                Constant(
                    "epsc", calibration_of(parameters).key_epsc_pA * 1e-12, "amp",
                    "follows from beta and n_inputs: Calibration.key_epsc_pA",
                ),
                constant_named("jitter", parameters, "synaptic_jitter"),
            ),
            drawn={"deviation": "randn()"},
            single=("deviation",),
            rule=parameters.cortical_key_rule,
            rows="target",
        ),
        Projection(
            "cortical_values", NAME, "cortical", {"spike": VALUE_TRANSMISSION}, WEIGHT,
            constants=(constant_named("epsc", parameters, "cortical_value"),),
            terms=SUPPRESSED_OFFLINE if parameters.offline_value_suppression else PLAIN,
            rule=parameters.cortical_value_rule,
        ),
        Projection(
            "group_recurrence", NAME, "groups",
            {"spike": RECURRENCE, CONSOLIDATING: IN_USE}, pairs=(cell, group),
        ),
        Projection(
            "neocortical_pv_excitation", NAME, "neocortical_pv",
            {"spike": "excitation_current_post += excitation_post"},
        ),
        Projection(
            "neocortical_pv_inhibition", "neocortical_pv", NAME,
            {"spike": "pv_post += inhibition_pre"}, effect="inhibition",
        ),
        Projection(
            "neocortical_release", "cholinergic", NAME,
            {"spike": "released_post += acetylcholine_quantum_post"}, effect="modulation",
        ),
    )  # fmt: skip


CIRCUIT = KnownCircuit(consolidating_memory, ConsolidatingMemoryParameters)
