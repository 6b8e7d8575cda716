"""The description: all of a circuit that its program depends on, as text, and back again.

Numbers that a run can change are not in it. Two circuits with the same description are the same
program, whatever they are called and wherever they come from.
"""

from __future__ import annotations

import base64
import hashlib
import json
from collections.abc import Callable, Mapping
from dataclasses import asdict, fields, is_dataclass
from typing import Any
from weakref import WeakKeyDictionary

import numpy as np
from numpy.typing import NDArray

from hippokv.plasticity.plasticity_rule import PlasticityRule

from .circuit import Circuit
from .population import CellEvent, Constant, Link, Part, Population, Projection, Update

#: What of a population and of a projection has no part in the program: values, terms that are
#: filled in by then, and how its cells are grouped, tables of weights turned and arrows drawn.
NOT_IN_PROGRAM = {"initial", "terms", "alike", "rows", "effect"}
#: What of a rule is not yet in the equations of its cells and synapses.
OF_RULES = ("event", "side", "on_event", "on_grid")
#: What says which variables a program records, beside the parts.
RECORDED = "recorded"
#: Circuits whose digest was asked for: none of them changes.
_DIGESTS: WeakKeyDictionary[Circuit, str] = WeakKeyDictionary()
Write = Callable[[NDArray[Any]], Any]


def described(circuit: Circuit) -> str:
    """Return a circuit as text that :func:`circuit_of` reads."""
    return _text(circuit, _whole)


def digest_of(circuit: Circuit) -> str:
    """Return a digest of a circuit's description."""
    if circuit not in _DIGESTS:
        _DIGESTS[circuit] = hashlib.sha256(_text(circuit, _sum).encode()).hexdigest()
    return _DIGESTS[circuit]


def digest_of_run(circuit: Circuit) -> str:
    """Return a digest of what a run of a circuit does: its description, and its numbers.

    Numbers are rounded to single precision, as machines differ in their last digits.
    """
    found = hashlib.sha256(_text(circuit, _rounded).encode())
    for name, value in sorted(circuit.values().items()):
        found.update(f"{name} {_rounded(np.asarray(value, dtype=float))}".encode())
    return found.hexdigest()[:20]


def digest_with_numbers(circuit: Circuit) -> str:
    """Return a digest of all that a circuit is: its description, its numbers and its rules."""
    found = hashlib.sha256(digest_of(circuit).encode())
    for name, value in circuit.values().items():
        found.update(name.encode())
        found.update(np.ascontiguousarray(value, dtype=float).tobytes())
    for part in circuit.parts:
        side_by_side = part.alike if isinstance(part, Population) else part.rows
        found.update(f"{part.name} {side_by_side}".encode())
    for name, rule in circuit.rules.items():
        found.update(f"{name} {type(rule).__module__}.{type(rule).__qualname__}".encode())
    if is_dataclass(circuit.parameters):
        found.update(repr(circuit.parameters).encode())
    return found.hexdigest()


def circuit_of(text: str, name: str = "circuit") -> Circuit:
    """Return the circuit of a description: what is needed to make its program.

    Parameters
    ----------
    text
        The description.
    name
        What to call it.
    """
    entries = json.loads(text)
    recorded = {
        part: tuple(names) for entry in entries for part, names in entry.get(RECORDED, {}).items()
    }
    parts = tuple(_part(entry) for entry in entries if RECORDED not in entry)
    return Circuit(name, parts, recorded=recorded)


def _text(circuit: Circuit, write: Write) -> str:
    entries = [_entry(part, write) for part in circuit.complete]
    # Without anything recorded the description is that of before.
    entries += [{RECORDED: circuit.recorded}] if circuit.recorded else []
    return json.dumps(entries, default=int)


def _entry(part: Part, write: Write) -> dict[str, Any]:
    entry = {
        field.name: getattr(part, field.name)
        for field in fields(part)
        if field.name not in NOT_IN_PROGRAM
    }
    entry["constants"] = [[one.name, one.unit] for one in part.constants]
    if isinstance(part, Population):
        entry["events"] = [asdict(one) for one in part.events]
        entry["updates"] = [asdict(one) for one in part.updates]
        entry["wired"] = {name: write(values) for name, values in part.wired.items()}
        entry["links"] = {
            name: [one.population, one.variable, None if one.cells is None else write(one.cells)]
            for name, one in part.links.items()
        }
    else:
        rule = part.rule
        entry["rule"] = None if rule is None else {name: getattr(rule, name) for name in OF_RULES}
        entry["pairs"] = None if part.pairs is None else [write(cells) for cells in part.pairs]
    return entry


def _part(entry: dict[str, Any]) -> Part:
    entry["constants"] = tuple(Constant(name, 0.0, unit) for name, unit in entry["constants"])
    if "cells" not in entry:
        rule, pairs = entry["rule"], entry["pairs"]
        entry["rule"] = None if rule is None else _rule(rule)
        entry["pairs"] = None if pairs is None else tuple(_array(cells) for cells in pairs)
        entry["single"] = tuple(entry["single"])
        return Projection(**entry)
    entry["events"] = tuple(CellEvent(**one) for one in entry["events"])
    entry["updates"] = tuple(Update(**one) for one in entry["updates"])
    entry["wired"] = {name: _array(values) for name, values in entry["wired"].items()}
    entry["links"] = {
        name: Link(population, variable, None if cells is None else _array(cells))
        for name, (population, variable, cells) in entry["links"].items()
    }
    return Population(**entry)


def _rule(entry: Mapping[str, Any]) -> PlasticityRule:
    found: PlasticityRule = type("Rule", (PlasticityRule,), dict(entry))()
    return found


def _whole(values: NDArray[Any]) -> dict[str, Any]:
    plain = np.ascontiguousarray(values)
    content = base64.b64encode(plain.tobytes()).decode("ascii")
    return {"type": plain.dtype.str, "shape": plain.shape, "content": content}


def _sum(values: NDArray[Any]) -> dict[str, Any]:
    plain = np.ascontiguousarray(values)
    digest = hashlib.sha256(plain.tobytes()).hexdigest()
    return {"type": plain.dtype.str, "shape": plain.shape, "digest": digest}


def _rounded(values: NDArray[Any]) -> dict[str, Any]:
    # Zero has one sign.
    return _sum(values.astype(np.float32) + 0 if values.dtype.kind == "f" else values)


def _array(entry: Mapping[str, Any]) -> NDArray[Any]:
    content = base64.b64decode(entry["content"])
    found: NDArray[Any] = np.frombuffer(content, entry["type"]).reshape(entry["shape"]).copy()
    return found
