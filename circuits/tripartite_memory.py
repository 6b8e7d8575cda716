"""The tripartite memory: slots that all fire alike, and astrocyte processes that select among them.

Slots, keys and values are those of the slot memory, and are stored as there. But what the keys
release does not drive the cells: astrocyte processes sense it, one a slot, and open the synapses
from the cells of the slot to cortex. PV cells hold the rate of the layer and select nothing.

What is wired: what slot_memory wires, and that a process wraps the keys and the output of the same
slot. What is given: that a process takes from the common store in proportion to the exponential of
what it senses, which is the softmax. What is worked out: the tonic current at which all cells fire
alike. What emerges: what slot_memory's storage does, and that values come back through synapses
that are opened, by spikes that know nothing of the cue.
"""

from __future__ import annotations

from dataclasses import replace
from functools import lru_cache
from typing import Any

from hippokv.errors import InputError

from .cells.astrocyte_processes import MOST_SENSED, WRAPPED_EQUATIONS, astrocyte_processes
from .circuit import Circuit
from .known_circuits import KnownCircuit
from .population import Constant
from .slot_memory import CELLS, memory_parts
from .slot_memory_checks import check_delays, check_resets, check_size, more_cells
from .tripartite_memory_parameters import TripartiteCalibration, TripartiteMemoryParameters

# The charge factor makes what a spike adds the same at every time step, as in the slot memory.
KEY_RELEASE = """
charge_factor        = key_tau_post*(1 - exp(-dt/key_tau_post))/dt
glutamate_post      += charge_factor*quantum*{efficacy}*(1 + jitter*deviation)*(1 - key_suppression_post*acetylcholine_post)
"""  # noqa: E501


@lru_cache(maxsize=4)
def tripartite_memory(parameters: TripartiteMemoryParameters) -> Circuit:
    """Return a slot memory in which astrocyte processes select.

    Parameters
    ----------
    parameters
        Every number of the circuit.

    Raises
    ------
    InputError
        For the first parameter that cannot be used.
    """
    check_size(parameters, more_cells(parameters))
    check_resets(parameters, CELLS)
    check_delays(parameters)
    if 2 * parameters.beta * parameters.n_inputs > MOST_SENSED:
        raise InputError(
            "circuit.beta", parameters.beta,
            f"must be at most {MOST_SENSED / 2 / parameters.n_inputs:g} for "
            f"{parameters.n_inputs} inputs: processes cannot sense more",
        )  # fmt: skip
    if parameters.hippocampal.keys_rise:
        raise InputError(
            "circuit.hippocampal.key_rise_ms", parameters.hippocampal.key_rise_ms,
            "must be 0 in this circuit: keys release glutamate, which has no rise",
        )  # fmt: skip
    calibration = TripartiteCalibration(parameters)
    parts: dict[str, Any] = {
        part.name: part for part in memory_parts(parameters, calibration.bias_pA)
    }
    cells, pv, keys, values = (parts[name] for name in ("hippocampal", "pv", "keys", "values"))
    quantum = Constant(
        "quantum", calibration.quantum,
        source="follows from drive and key_tau: TripartiteCalibration.quantum",
    )  # fmt: skip
    excitation = Constant(
        "excitation", calibration.pv_excitation_pA * 1e-12, "amp",
        "follows from excitation_pA and n_slots: TripartiteCalibration.pv_excitation_pA",
    )  # fmt: skip
    parts |= {
        "pv": replace(
            pv, constants=(excitation, *(one for one in pv.constants if one.name != "excitation"))
        ),
        "hippocampal": replace(cells, equations=cells.equations + WRAPPED_EQUATIONS),
        "keys": replace(
            keys,
            on_events={"spike": KEY_RELEASE},
            constants=(quantum, *(one for one in keys.constants if one.name != "epsc")),
        ),
        "values": replace(values, terms={"efficacy": "weight*gate_pre"}),
    }
    return Circuit(
        "tripartite_memory", (*parts.values(), *astrocyte_processes(parameters)), parameters
    )


CIRCUIT = KnownCircuit(tripartite_memory, TripartiteMemoryParameters)
