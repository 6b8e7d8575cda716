"""The circuit: a value made of populations and projections, to be run, read and changed.

What a program, a schedule and a settings file need to know of a circuit follows from its parts.
"""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import Any

import numpy as np

from hippokv.parameter import with_quantity
from hippokv.plasticity.plasticity_rule import PlasticityRule
from hippokv.shown_in_notebooks import ShownInNotebooks

from .account import Account, account_of, text_of
from .circuit_checks import check_parts
from .manipulation.manipulations import manipulation_widths
from .population import (
    CellEvent,
    Constant,
    Number,
    Part,
    Population,
    Projection,
    Start,
    constants_of,
    frozen,
    with_number,
)

#: The variable of a synapse that it transmits by and that a rule changes.
WEIGHT = "weight"


@dataclass(frozen=True, eq=False)
class Circuit(ShownInNotebooks):
    """Describe a circuit, to be compiled once and run on many schedules.

    A population ``pv`` is recorded as ``spikes["pv"]``, an event ``dendritic_spike`` as
    ``events["dendritic_spike"]``, and the weights of a projection ``keys`` with a rule as
    ``weights["keys"]``.

    Parameters
    ----------
    name
        What it is called.
    parts
        Populations and projections. What is drawn at random is drawn in this order.
    parameters
        What it was made from, where that is a dataclass of parameters. They stay what they were in
        a circuit that was changed by the methods below.
    changes
        What the methods below changed in it, a line each.
    recorded
        Variables that its program can record, by part.

    Raises
    ------
    ValueError
        Where the parts do not fit together.
    """

    name: str
    parts: tuple[Part, ...]
    parameters: Any = None
    changes: tuple[str, ...] = ()
    recorded: Mapping[str, tuple[str, ...]] = field(default_factory=dict)

    def __post_init__(self) -> None:
        check_parts(self.parts)

    def __getitem__(self, name: str) -> Any:
        """Return a population or projection by its name."""
        for part in self.parts:
            if part.name == name:
                return part
        raise KeyError(f"{name}: {self.name} has {', '.join(part.name for part in self.parts)}")

    def __repr__(self) -> str:
        cells = len(self.parts) - len(self.synapses)
        return f"<Circuit {self.name}: {cells} populations, {len(self.synapses)} projections>"

    def __str__(self) -> str:
        """Return the circuit as a table."""
        lines = [self.name]
        for part in self.parts:
            if isinstance(part, Population):
                reads = f", reads {', '.join(part.channels)}" if part.channels else ""
                lines.append(f"  {part.name:<20}{part.cells:>8} cells{reads}")
        for part in self.synapses:
            learns = f", learns by {type(part.rule).__name__}" if part.rule else ""
            pairs = "all to all" if part.pairs is None else f"{len(part.pairs[0])} synapses"
            lines.append(f"  {part.name:<20}{part.source} -> {part.target}, {pairs}{learns}")
        return "\n".join(lines)

    def describe(self) -> str:
        """Return what it is made of: cells, synapses, equations, and every number with its source.

        The equations are those that are compiled. Settings are those that the circuit was made
        from; the numbers beside the equations are those that it runs with.
        """
        return text_of(self.account)

    @cached_property
    def account(self) -> Account:
        """What :meth:`describe` says, as rows and lines."""
        return account_of(self.name, self.complete, self.parameters, self.changes)

    # --- what follows from the parts --------------------------------------------------------------

    @cached_property
    def complete(self) -> tuple[Part, ...]:
        """The parts with what rules bring filled in, in the same order."""
        return tuple(
            _population_with_rules(part, self.synapses)
            if isinstance(part, Population)
            else _projection_with_rule(part)
            for part in self.parts
        )

    @property
    def synapses(self) -> tuple[Projection, ...]:
        """All projections."""
        return tuple(part for part in self.parts if isinstance(part, Projection))

    @cached_property
    def sizes(self) -> dict[str, int]:
        """Number of cells of every population with spikes."""
        return {part.name: part.cells for part in self._spiking}

    @property
    def populations(self) -> tuple[str, ...]:
        """Populations whose spikes are recorded."""
        return tuple(self.sizes)

    @cached_property
    def ensembles(self) -> dict[str, int]:
        """Number of groups of cells side by side that do the same, by population."""
        return {part.name: part.cells // part.alike for part in self._spiking}

    @cached_property
    def manipulable(self) -> tuple[str, ...]:
        """Populations that a schedule can silence, tag and light up."""
        return tuple(part.name for part in self._spiking if part.manipulable)

    @cached_property
    def events(self) -> dict[str, str]:
        """Events beside spikes that are recorded, and the population whose cells have them."""
        return {
            event.name: part.name
            for part in self._spiking
            for event in part.events
            if event.recorded
        }

    @cached_property
    def projections(self) -> tuple[str, ...]:
        """Projections that learn: their weights are recorded and can be given."""
        return tuple(self.rules)

    @cached_property
    def rules(self) -> dict[str, PlasticityRule]:
        """The rule of every projection that learns."""
        return {part.name: part.rule for part in self.synapses if part.rule is not None}

    @cached_property
    def widths(self) -> dict[str, int]:
        """Channels of the schedule that the circuit reads, and their widths."""
        found: dict[str, int] = {}
        for part in self.parts:
            if isinstance(part, Population):
                found |= part.channels
        sizes = {name: self.sizes[name] for name in self.manipulable}
        lit = [name for name in sizes if self[name].takes_light]
        return found | manipulation_widths(sizes, self.projections, lit)

    def weight_shapes(self) -> dict[str, tuple[int, int]]:
        """Return the number of cells before and behind, by projection that learns."""
        return {
            name: (self[self[name].source].cells, self[self[name].target].cells)
            for name in self.projections
        }

    def values(self) -> dict[str, Number]:
        """Return every number that a run can change, by ``part.variable``, in SI units."""
        return dict(self._values)

    @cached_property
    def _values(self) -> dict[str, Number]:
        found: dict[str, Number] = {}
        for part in self.complete:
            found |= {f"{part.name}.{one.name}": one.value for one in part.constants}
            for name, value in part.initial.items():
                found[f"{part.name}.{name}"] = frozen(value() if callable(value) else value)
        return found

    @cached_property
    def _spiking(self) -> tuple[Population, ...]:
        return tuple(part for part in self.parts if isinstance(part, Population) and part.spiking)

    # --- circuits that differ in something --------------------------------------------------------

    def with_rule(self, projection: str, rule: PlasticityRule) -> Circuit:
        """Return the circuit with another rule on a projection.

        Weights start from the ``initial_weight`` of the new rule.

        Raises
        ------
        KeyError
            For a projection that it does not have.
        ValueError
            For one that does not learn.
        """
        before = self[projection]
        if not isinstance(before, Projection) or before.rule is None:
            raise ValueError(
                f"a rule on {projection}: must be on one of {', '.join(self.projections)}"
            )
        words = f"{projection} learns by {type(rule).__name__}"
        return self._with(replace(before, rule=rule), words)

    def with_population(self, population: Population) -> Circuit:
        """Return the circuit with one more population, or with another in its namesake's place."""
        return self._with(population, f"the population {population.name}")

    def with_projection(self, projection: Projection) -> Circuit:
        """Return the circuit with one more projection, or with another in its namesake's place."""
        return self._with(projection, f"the projection {projection.name}")

    def without(self, *names: str) -> Circuit:
        """Return the circuit without populations, with what leads from and to them, or projections.

        Raises
        ------
        KeyError
            For a part that it does not have.
        ValueError
            Where what is left needs what is taken away.
        """
        gone = {self[name].name for name in names}
        left = tuple(
            part
            for part in self.parts
            if part.name not in gone
            and not (isinstance(part, Projection) and {part.source, part.target} & gone)
        )
        words = f"without {', '.join(sorted(gone))}"
        return replace(self, parts=left, changes=(*self.changes, words))

    def with_values(self, values: Mapping[str, Number]) -> Circuit:
        """Return the circuit with other numbers, by ``part.variable``, in SI units.

        They are those that :meth:`values` lists, the numbers of rules included.

        Raises
        ------
        KeyError
            For a number that it does not have.
        """
        found = self
        for key, value in values.items():
            found = found._with_value(key, value)
        return found

    def _with_value(self, key: str, value: Number) -> Circuit:
        name, _, variable = key.partition(".")
        part = self[name]
        words = f"{key} = {value:g}" if np.ndim(value) == 0 else key
        for projection in self.synapses:
            if projection.rule is None:
                continue
            for brought in _brought(projection, name):
                if variable in brought.numbers:
                    number = brought.numbers[variable]
                    rule = with_quantity(projection.rule, number, float(value))
                    return self._with(replace(projection, rule=rule), words)
            if name == projection.name and variable in (WEIGHT, f"initial_{WEIGHT}"):
                initial = {**projection.initial, variable: value}
                return self._with(replace(projection, initial=initial), words)
        with suppress(KeyError):
            return self._with(with_number(part, variable, value), words)
        raise KeyError(f"{key}: {self.name} has no such number")

    def _with(self, part: Part, change: str) -> Circuit:
        if any(other.name == part.name for other in self.parts):
            parts = tuple(part if other.name == part.name else other for other in self.parts)
        else:
            parts = (*self.parts, part)
        return replace(self, parts=parts, changes=(*self.changes, change))


@dataclass(frozen=True)
class _Brought:
    """Hold what a rule brings to the cells of one side of its synapses, or to the synapses."""

    rule: PlasticityRule
    #: ``presynaptic``, ``postsynaptic`` or ``synaptic``.
    where: str

    @property
    def equations(self) -> str:
        return str(getattr(self.rule, f"{self.where}_equations"))

    @property
    def on_spike(self) -> str:
        return str(getattr(self.rule, f"on_{self.where}_spike"))

    @property
    def terms(self) -> Mapping[str, str]:
        found: Mapping[str, str] = getattr(self.rule, f"{self.where}_terms")
        return found

    @property
    def constants(self) -> list[Constant]:
        return _own_constants(self.rule, getattr(self.rule, f"{self.where}_constants"))

    @property
    def values(self) -> Mapping[str, str]:
        """Which number of the rule a variable has that the cells have anyway, by variable."""
        found: Mapping[str, str] = getattr(self.rule, f"{self.where}_values", {})
        return found

    @property
    def events(self) -> tuple[CellEvent, ...]:
        found = self.rule.postsynaptic_event if self.where == "postsynaptic" else None
        return (CellEvent(*found),) if found else ()

    @property
    def numbers(self) -> dict[str, str]:
        """Which number of the rule any variable has, by variable."""
        return {one.name: one.name for one in self.constants} | dict(self.values)


def _brought(projection: Projection, name: str) -> list[_Brought]:
    """Return what the rule of a projection brings to the part of a name."""
    if projection.rule is None:
        return []
    places = {
        "presynaptic": projection.source,
        "postsynaptic": projection.target,
        "synaptic": projection.name,
    }
    return [_Brought(projection.rule, where) for where, place in places.items() if place == name]


def _population_with_rules(group: Population, synapses: tuple[Projection, ...]) -> Population:
    """Return a population with its terms filled and the traces that its synapses' rules read."""
    equations, reset, constants = [group.equations], [group.reset], list(group.constants)
    values: dict[str, Start] = {}
    filled: dict[str, str] = {}
    events = list(group.events)
    for projection in synapses:
        for brought in _brought(projection, group.name):
            equations.append(brought.equations)
            reset.append(brought.on_spike)
            constants += brought.constants
            events += brought.events
            _fill(filled, brought.terms, group.name)
            for variable, number in brought.values.items():
                values[variable] = _own_constants(brought.rule, (number,))[0].value
    terms = {**group.terms, **filled}
    names = [one.name for one in constants]
    for name in names:
        if names.count(name) > 1:
            raise ValueError(f"{group.name}.{name}: two rules, or a rule and the cells, bring it")
    return replace(
        group,
        equations=_filled("\n".join(filter(None, equations)), terms, group.name),
        reset=_filled("\n".join(filter(None, reset)), terms, group.name),
        constants=tuple(constants),
        initial={**group.initial, **values},
        events=tuple(
            replace(
                event,
                condition=_filled(event.condition, terms, group.name),
                statements=_filled(event.statements, terms, group.name),
            )
            for event in events
        ),
        updates=tuple(
            replace(update, statements=_filled(update.statements, terms, group.name))
            for update in group.updates
        ),
        terms={},
    )


def _projection_with_rule(projection: Projection) -> Projection:
    rule = projection.rule
    terms = {**projection.terms, **(rule.synaptic_terms if rule else {})}
    constants = list(projection.constants)
    on_events = {
        event: _filled(statements, terms, projection.name)
        for event, statements in projection.on_events.items()
    }
    equations, initial = projection.equations, projection.initial
    if rule:
        start = getattr(rule, "initial_weight", 0.0)
        initial = {WEIGHT: start, f"initial_{WEIGHT}": start, **initial}
        constants += _own_constants(rule, rule.synaptic_constants)
        equations = "\n".join(filter(None, (equations, rule.synaptic_equations)))
        if rule.on_transmission:
            on_events["spike"] = f"{on_events.get('spike', '')}\n{rule.on_transmission}"
    return replace(
        projection, on_events=on_events, constants=tuple(constants), terms={}, initial=initial,
        equations=_filled(equations, terms, projection.name),
    )  # fmt: skip


def _fill(terms: dict[str, str], more: Mapping[str, str], name: str) -> None:
    for term, words in more.items():
        if terms.setdefault(term, words) != words:
            raise ValueError(
                f"equations of {name}: two rules fill {{{term}}}, with {terms[term]!r} and "
                f"{words!r}"
            )


def _own_constants(rule: PlasticityRule, names: tuple[str, ...]) -> list[Constant]:
    found = constants_of(rule, *names) if names else ()
    missing = set(names) - {constant.name for constant in found}
    if missing:
        raise ValueError(
            f"{type(rule).__name__} has no number {min(missing)!r}: must be declared by parameter()"
        )
    return list(found)


def _filled(text: str, terms: Mapping[str, str], name: str) -> str:
    try:
        return text.format_map(terms)
    except (KeyError, ValueError, IndexError) as error:
        raise ValueError(f"equations of {name}: no term {error} is given") from None
