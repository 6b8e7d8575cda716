"""The circuits that settings can name.

To add a circuit, write its file beside the others, with a ``CIRCUIT`` that says what it is made
from, and name it in ``CIRCUITS``.
"""

from __future__ import annotations

import re
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


#: A name that a docstring refers to.
_ROLE = re.compile(r":\w+:`~?([^`]*)`")


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

    @property
    def about(self) -> str:
        """What the circuit is, in the words of the module that makes it."""
        text = import_module(self.assemble.__module__).__doc__ or ""
        plain = _ROLE.sub(lambda found: found[1].rpartition(".")[2], text)
        return plain.replace("``", "").strip()


def find_circuit(name: str) -> KnownCircuit:
    """Return the circuit of a name in ``CIRCUITS``."""
    found: KnownCircuit = import_module(CIRCUITS[name]).CIRCUIT
    return found
