"""The circuits that settings can name.

To add a circuit, write its file beside the others, with a ``CIRCUIT`` that says what it is made
from, and name it in ``CIRCUITS``.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from importlib import import_module
from typing import Any

from .circuit import Circuit

#: Name in settings -> module that holds it as ``CIRCUIT``.
CIRCUITS = {
    "slot_memory": "hippokv.circuits.slot_memory",
    "scaffold_memory": "hippokv.circuits.scaffold_memory",
    "hippocampal_memory": "hippokv.circuits.hippocampal_memory",
    "grid_circuit": "hippokv.circuits.grid_circuit",
}


@dataclass(frozen=True)
class KnownCircuit:
    """Say what a circuit is made from.

    Parameters
    ----------
    assemble
        Makes the circuit from its parameters.
    parameters
        Dataclass of its parameters, each declared with :func:`hippokv.parameter.parameter`.
    """

    assemble: Callable[[Any], Circuit]
    parameters: type[Any]


def find_circuit(name: str) -> KnownCircuit:
    """Return the circuit of a name in ``CIRCUITS``."""
    found: KnownCircuit = import_module(CIRCUITS[name]).CIRCUIT
    return found
