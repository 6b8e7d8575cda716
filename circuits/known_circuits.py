"""The circuits that settings can name.

To add a circuit of ours, write its file beside the others, with a ``CIRCUIT`` that says what it is
made from, and name it in ``CIRCUITS``. One of somebody else's is a file or a package, which
:mod:`hippokv.components` finds.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass, fields, is_dataclass
from importlib import import_module
from typing import Any

from hippokv.components import OBJECT, Found, Shelf, find
from hippokv.errors import InputError
from hippokv.parameter import leaves

from .circuit import Circuit
from .description import digest_with_numbers

#: Name in settings -> module that holds it as ``CIRCUIT``.
CIRCUITS = {
    "slot_memory": "hippokv.circuits.slot_memory",
    "feedforward_memory": "hippokv.circuits.feedforward_memory",
    "tripartite_memory": "hippokv.circuits.tripartite_memory",
    "consolidating_memory": "hippokv.circuits.consolidating_memory",
    "reminding_memory": "hippokv.circuits.reminding_memory",
    "searching_memory": "hippokv.circuits.searching_memory",
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
    parameters: Callable[[], Any]

    @property
    def about(self) -> str:
        """What the circuit is, in the words of the module that makes it."""
        if isinstance(self.assemble, AsItIs):
            return f"The circuit {self.assemble.circuit.name}, as it was given."
        text = import_module(self.assemble.__module__).__doc__ or ""
        plain = _ROLE.sub(lambda found: found[1].rpartition(".")[2], text)
        return plain.replace("``", "").strip()


@dataclass(frozen=True)
class NoParameters:
    """Hold nothing: what a circuit was made from is not known."""


class AsItIs:
    """Return a circuit that was given, as long as its parameters are what they were.

    Parameters
    ----------
    circuit
        The circuit.

    Raises
    ------
    InputError
        For the first parameter that is another.
    """

    def __init__(self, circuit: Circuit) -> None:
        self.circuit = circuit

    def __call__(self, parameters: Any) -> Circuit:
        own = {key: value for key, value, _ in leaves(parameters_of(self.circuit))}
        for key, value, _ in leaves(parameters):
            if own.get(key) != value:
                words = f"must be {own.get(key)!r}, as in the circuit that was given"
                raise InputError(f"circuit.{key}", value, words)
        return self.circuit


def parameters_of(circuit: Circuit) -> Any:
    """Return what a circuit was made from, as far as settings can hold it."""
    found = circuit.parameters
    return found if is_dataclass(found) and not isinstance(found, type) else NoParameters()


def as_it_is(circuit: Circuit) -> KnownCircuit:
    """Return what a circuit that exists already is made from: itself."""
    return KnownCircuit(AsItIs(circuit), lambda: parameters_of(circuit))


def reference_of(circuit: Circuit) -> str:
    """Return what settings call a circuit: its name where it is one of ours, else a digest.

    One of ours that was changed by a method has another digest than the one that its parameters
    give, so that it is never taken for it.
    """
    if circuit.name in CIRCUITS and circuit.parameters is not None:
        known = find_circuit(circuit.name)
        if type(circuit.parameters) is known.parameters:
            stock = known.assemble(circuit.parameters)
            if stock is circuit or digest_with_numbers(stock) == digest_with_numbers(circuit):
                return circuit.name
    return f"{OBJECT}{digest_with_numbers(circuit)[:20]}"


def find_circuit(name: Any) -> KnownCircuit:
    """Return the circuit of a name in ``CIRCUITS``, in a file, or of a package.

    Raises
    ------
    InputError
        Where there is none, or it is something else.
    """
    return found_circuit(name).item  # type: ignore[no-any-return]


def found_circuit(name: Any) -> Found:
    """Return the circuit of a name, and where it is from.

    Raises
    ------
    InputError
        Where there is none, or it is something else.
    """
    found = find(SHELF, name)
    if isinstance(found.item, Circuit):
        return Found(as_it_is(found.item), found.reference, found.source, found.version)
    return found


def _wrong(item: Any) -> str:
    if isinstance(item, Circuit):
        return ""
    if not isinstance(item, KnownCircuit):
        return (
            "must be a Circuit, or a KnownCircuit(function, parameters), not an object of "
            f"{type(item).__name__}"
        )
    if not is_dataclass(item.parameters):
        return "" if isinstance(item.assemble, AsItIs) else "must have a dataclass of parameters"
    for field in fields(item.parameters):
        if not field.metadata and type(field.default) in (int, float, str, bool):
            return f"must declare its parameter {field.name} with hippokv.parameter.parameter"
    return ""


SHELF = Shelf("run.circuit", "a circuit", "CIRCUIT", "hippokv.circuits", CIRCUITS, _wrong)
