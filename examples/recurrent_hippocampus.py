"""A circuit in a file: slots whose cells excite each other, as the recurrent collaterals of CA3.

``hippokv run cued-recall --set run.circuit=./recurrent_hippocampus.py --set
circuit.recurrent_pA=2`` runs it, and from Python ``hippokv.run(..., circuit=...)``.
"""

from dataclasses import dataclass, replace

from hippokv import KnownCircuit, Projection, SlotMemoryParameters, slot_memory
from hippokv.circuits.population import constants_of
from hippokv.parameter import parameter


@dataclass(frozen=True)
class RecurrentParameters(SlotMemoryParameters):
    """Hold the numbers of a slot memory, and one more; the unit ends its name."""

    recurrent_pA: float = parameter(
        1.0, "jump of the key current of every cell at a hippocampal spike",
        chosen="some spikes add up to the current of one matched input", high=100.0,
    )  # fmt: skip


def recurrent_hippocampus(parameters):
    """Return the circuit; what protocols and settings need to know of it follows."""
    collaterals = Projection(
        "collaterals", "hippocampal", "hippocampal", {"spike": "key_current_post += recurrent"},
        constants=constants_of(parameters, "recurrent"),
    )  # fmt: skip
    found = slot_memory(parameters).with_projection(collaterals)
    return replace(found, name="recurrent_hippocampus")


CIRCUIT = KnownCircuit(recurrent_hippocampus, RecurrentParameters)
