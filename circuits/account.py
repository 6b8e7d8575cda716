"""The account of a circuit: what it is made of, in rows and lines that text and pages are set from.

It is made from the very parts that a program is compiled from, so that the equations shown are
those that run.
"""

from __future__ import annotations

import re
import textwrap
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from hippokv.parameter import leaves, unit_of

from .population import CellEvent, Constant, Part, Population, Projection, Start, Update
from .presets import source_of

#: Width of the text in columns.
WIDTH = 100
#: SI units in words of Brian2 -> their signs; those that take a prefix have one sign.
SIGNS = {
    "volt": "V",
    "siemens": "S",
    "amp": "A",
    "second": "s",
    "farad": "F",
    "hertz": "Hz",
    "meter": "m",
    "meter/second": "m/s",
    "radian/second": "rad/s",
    "watt/meter**2": "W/m2",
}
PREFIXES = ((1.0, ""), (1e-3, "m"), (1e-6, "u"), (1e-9, "n"), (1e-12, "p"))
EQUATIONS_TITLE = "Equations"
EQUATIONS_NOTE = (
    "As they are compiled, and the numbers that they run with. Where a schedule silences, lights "
    "up or tags cells, or scales or blocks synapses, the equations of that are added."
)
SETTINGS_TITLE = "Settings"
#: What the units of settings are called, where that is not how they end a name.
UNIT_SIGNS = {"cm_per_s": "cm/s", "deg_per_s": "deg/s", "mW_per_mm2": "mW/mm2"}
#: The first column of the line of a variable: its name, what it is, and in which unit.
DECLARED = re.compile(r"^\s*(?:d(\w+)/dt|(\w+))\s*(?:=.*)?$", re.DOTALL)


@dataclass(frozen=True)
class Setting:
    """Hold a number that a circuit was made from."""

    key: str
    value: str
    unit: str
    meaning: str
    source: str


@dataclass(frozen=True)
class HeldNumber:
    """Hold a number that equations name: its value, and where it is from in words."""

    name: str
    value: str
    origin: str


@dataclass(frozen=True)
class Mathematics:
    """Hold lines of mathematics as they are compiled.

    Parameters
    ----------
    label
        What they are.
    text
        The lines.
    kind
        ``equations``, ``statements`` or ``condition``.
    """

    label: str
    text: str
    kind: str = "statements"


@dataclass(frozen=True)
class PartAccount:
    """Hold what there is to say of a population or a projection.

    Parameters
    ----------
    name
        Its name.
    title
        What it is, in a few words.
    cells
        Number of cells, or of synapses.
    facts
        What else it has: what that is, which may be left out, and how it is.
    reads
        Variables of other populations that it reads.
    mathematics
        Its equations and statements.
    numbers
        The numbers that these name.
    alike
        How many cells side by side do the same, as in a slot.
    """

    name: str
    title: str
    cells: int
    facts: tuple[tuple[str, str], ...]
    reads: tuple[str, ...]
    mathematics: tuple[Mathematics, ...]
    numbers: tuple[HeldNumber, ...]
    alike: int = 1


@dataclass(frozen=True)
class Account:
    """Hold what there is to say of a circuit."""

    name: str
    populations: tuple[PartAccount, ...]
    projections: tuple[PartAccount, ...]
    settings: tuple[Setting, ...]
    changes: tuple[str, ...] = ()

    @property
    def ensembles(self) -> dict[str, int]:
        """Number of groups of cells side by side that do the same, by population."""
        return {part.name: part.cells // part.alike for part in self.populations}

    def __repr__(self) -> str:
        parts = f"{len(self.populations)} populations, {len(self.projections)} projections"
        return f"<Account of {self.name}: {parts}>"

    def __str__(self) -> str:
        """Return it as text for a terminal."""
        return text_of(self)


def account_of(
    name: str, parts: Sequence[Part], parameters: Any, changes: tuple[str, ...] = ()
) -> Account:
    """Return the account of a circuit.

    Parameters
    ----------
    name
        What the circuit is called.
    parts
        Its parts, with what rules bring filled in.
    parameters
        What it was made from; None where that is not known.
    changes
        What was changed since.
    """
    groups = {part.name: part for part in parts if isinstance(part, Population)}
    synapses = [part for part in parts if isinstance(part, Projection)]
    return Account(
        name,
        tuple(_population(part) for part in groups.values()),
        tuple(_projection(part, groups) for part in synapses),
        tuple(settings_of(parameters, "circuit.")) if parameters is not None else (),
        changes,
    )


def settings_of(parameters: Any, prefix: str = "") -> Iterator[Setting]:
    """Yield every number of nested dataclasses of parameters with its meaning and its source."""
    for key, value, field in leaves(parameters, prefix):
        unit = unit_of(field.name)
        shown = str(value).lower() if isinstance(value, bool) else str(value)
        source = source_of(parameters, key, value, field)
        meaning = field.metadata["meaning"]
        yield Setting(key, shown, UNIT_SIGNS.get(unit, unit), meaning, source)


def text_of(account: Account) -> str:
    """Return an account as text for a terminal, equations as they stand."""
    return "\n".join(_lines(account))


# --- what a part has ------------------------------------------------------------------------------


def _population(part: Population) -> PartAccount:
    facts = [("", f"{part.cells // part.alike} groups of {part.alike} alike")]
    facts = facts if part.alike > 1 else []
    if part.channels:
        facts.append(("channels of the schedule:", ", ".join(part.channels)))
    reads = (f"{name} is {link.variable} of {link.population}" for name, link in part.links.items())
    mathematics = [Mathematics("equations", part.equations, "equations")]
    if part.spiking:
        mathematics.append(Mathematics("spikes when", part.threshold, "condition"))
        mathematics.append(Mathematics("at a spike", part.reset))
    if part.refractory:
        mathematics.append(Mathematics("no spike again for", part.refractory, "condition"))
    for event in part.events:
        mathematics += _event(event)
    mathematics += [_update(update) for update in sorted(part.updates, key=lambda one: one.order)]
    title = "cells" if part.spiking else "shared by cells"
    return PartAccount(
        part.name, title, part.cells, tuple(facts), tuple(reads), _filled(mathematics),
        tuple(_numbers(part)), part.alike,
    )  # fmt: skip


def _projection(part: Projection, groups: dict[str, Population]) -> PartAccount:
    before, behind = groups[part.source], groups[part.target]
    count = before.cells * behind.cells if part.pairs is None else len(part.pairs[0])
    wiring = "all to all" if part.pairs is None else "chosen pairs"
    facts = [("", f"{part.effect}, {wiring}")]
    mathematics = [Mathematics("equations", part.equations, "equations")]
    for event, statements in part.on_events.items():
        mathematics.append(Mathematics(f"at a {_words(event)} before the synapse", statements))
    rule = part.rule
    if rule is not None:
        facts.append(("learns by", type(rule).__name__))
        side = "before" if rule.side == "pre" else "behind"
        label = f"learning, at a {_words(rule.event)} {side} the synapse"
        mathematics.append(Mathematics(label, rule.on_event))
        for gate, statements in rule.on_grid:
            gated = f", while {gate} is not 0" if gate else ""
            label = f"learning, each step of the schedule's grid{gated}"
            mathematics.append(Mathematics(label, statements))
    return PartAccount(
        part.name, f"{part.source} -> {part.target}", count, tuple(facts), (), _filled(mathematics),
        tuple(_numbers(part)),
    )  # fmt: skip


def _event(event: CellEvent) -> Iterator[Mathematics]:
    name = _words(event.name)
    yield Mathematics(f"{name} when", event.condition, "condition")
    yield Mathematics(f"at a {name}", event.statements)


def _update(update: Update) -> Mathematics:
    step = "step" if update.each_step else "step of the schedule's grid"
    gate = update.name.partition("_while_")[2]
    gated = f", while {gate} is not 0" if gate else ""
    return Mathematics(f"each {step}{gated}", update.statements)


def _filled(mathematics: Iterable[Mathematics]) -> tuple[Mathematics, ...]:
    return tuple(one for one in mathematics if one.text.strip())


def _words(name: str) -> str:
    return name.replace("_", " ")


# --- numbers --------------------------------------------------------------------------------------


def _numbers(part: Part) -> Iterator[HeldNumber]:
    for one in part.constants:
        yield HeldNumber(one.name, quantity_text(one.value, one.unit), _origin(one))
    units = units_in(part.equations)
    for name, value in part.initial.items():
        yield HeldNumber(name, _start_text(value, units.get(name, "1")), "at the start")
    for name, expression in part.drawn.items():
        yield HeldNumber(name, expression, "drawn at the start")
    for name, values in getattr(part, "wired", {}).items():
        yield HeldNumber(name, _start_text(values, units.get(name, "1")), "wired")


def _origin(constant: Constant) -> str:
    if constant.setting:
        return f"setting {constant.setting}"
    return constant.source or "follows from settings"


def units_in(equations: str) -> dict[str, str]:
    """Return the unit of every variable that equations declare, in words of Brian2."""
    found = {}
    for left, right in joined(equations):
        declared = DECLARED.match(left)
        if declared:
            unit = right.partition("(")[0].strip()
            found[declared[1] or declared[2]] = unit
    return found


def joined(equations: str) -> Iterator[tuple[str, str]]:
    """Yield each equation as what stands before its colon, on one line, and what stands behind."""
    begun: list[str] = []
    for line in equations.splitlines():
        words, colon, unit = line.partition("#")[0].partition(":")
        if words.strip():
            begun.append(words.strip())
        if colon:
            yield " ".join(begun), unit.strip()
            begun = []


def quantity_text(value: float, unit: str) -> str:
    """Return a number in SI units with the prefix that suits it."""
    sign = SIGNS.get(unit, "" if unit == "1" else unit)
    if not sign or "/" in sign or value == 0 or not np.isfinite(value):
        return f"{value:.6g} {sign}".strip()
    factor, prefix = next((one for one in PREFIXES if abs(value) >= one[0]), PREFIXES[-1])
    return f"{value / factor:.6g} {prefix}{sign}"


def _start_text(value: Start, unit: str) -> str:
    if callable(value):
        return "one for each, worked out when a run starts"
    held = np.asarray(value, dtype=float)
    if held.size and held.min() == held.max():
        return quantity_text(float(held.flat[0]), unit)
    low, high = (quantity_text(float(at), unit) for at in (held.min(), held.max()))
    return f"one for each, from {low} to {high}"


# --- text -----------------------------------------------------------------------------------------


def _lines(account: Account) -> Iterator[str]:
    yield account.name
    for change in account.changes:
        yield f"  changed: {change}"
    for title, parts in (
        ("populations", account.populations),
        ("projections", account.projections),
    ):
        yield f"\n{title.upper()}\n"
        yield from _overview(parts)
    yield f"\n{EQUATIONS_TITLE.upper()}\n"
    yield from _wrapped(EQUATIONS_NOTE, "")
    for part in (*account.populations, *account.projections):
        yield from _part_lines(part)
    if account.settings:
        yield f"\n{SETTINGS_TITLE.upper()}\n"
        for one in account.settings:
            yield from setting_lines(one)


def _overview(parts: Sequence[PartAccount]) -> Iterator[str]:
    names = max((len(part.name) for part in parts), default=0)
    titles = max((len(part.title) for part in parts), default=0)
    for part in parts:
        start = f"  {part.name:<{names}}  {part.cells:>9,} {part.title:<{titles}}  "
        about = "; ".join(f"{name} {words}".strip() for name, words in part.facts)
        yield from _wrapped(about, start)


def _part_lines(part: PartAccount) -> Iterator[str]:
    yield f"\n--- {part.name} ({part.title}) ".ljust(WIDTH, "-")
    yield from _wrapped("; ".join(part.reads), "  ") if part.reads else ()
    for one in part.mathematics:
        yield f"  {one.label}:"
        yield textwrap.indent(plain_lines(one.text), " " * 6)
    if part.numbers:
        yield "  numbers:"
    name_width = max((len(one.name) for one in part.numbers), default=0)
    value_width = max((len(one.value) for one in part.numbers if len(one.value) < 30), default=0)
    for number in part.numbers:
        yield f"      {number.name:<{name_width}} = {number.value:<{value_width}}  {number.origin}"


def plain_lines(text: str) -> str:
    """Return lines of mathematics as they stand, without empty ones and without a common indent."""
    return textwrap.dedent("\n".join(line for line in text.splitlines() if line.strip()))


def setting_lines(setting: Setting, more: str = "") -> Iterator[str]:
    """Yield a setting as lines: key and value, what it is and more, and where it is from."""
    yield f"  {setting.key} = {setting.value} {setting.unit}".rstrip()
    yield from _wrapped(setting.meaning + more, " " * 6)
    yield from _wrapped(setting.source, " " * 6)


def _wrapped(text: str, start: str) -> Iterator[str]:
    if not text:
        yield start.rstrip()
    yield from textwrap.wrap(text, WIDTH, initial_indent=start, subsequent_indent=" " * len(start))
