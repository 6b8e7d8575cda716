"""A slot memory whose parameters stand a level deeper, as those of a larger circuit would."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import ClassVar

from hippokv.circuits.known_circuits import KnownCircuit
from hippokv.circuits.slot_memory import SlotMemory
from hippokv.circuits.slot_memory_parameters import SlotMemoryParameters


@dataclass(frozen=True)
class NestedParameters:
    """Hold the parameters of the slots."""

    slots: SlotMemoryParameters = field(default_factory=SlotMemoryParameters)


class NestedMemory(SlotMemory):
    """Describe the circuit."""

    name: ClassVar[str] = "nested_memory"
    slots_key: ClassVar[str] = "circuit.slots."


CIRCUIT = KnownCircuit(
    lambda parameters: NestedMemory(parameters.slots), NestedParameters, NestedMemory.slots_key
)
