"""What the parts of a circuit must fulfil together: mistakes are named before compiling."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import fields

import numpy as np

from hippokv.parameter import quantity_of

from .population import EFFECTS, VOLTAGE, Part, Population, Projection

#: A call by which each cell reads an entry of its own of a channel.
_OWN_ENTRY = re.compile(r"scheduled_(\w+)\(t, i\)")
_WORD = re.compile(r"[A-Za-z_]\w*")


def check_parts(parts: Sequence[Part]) -> None:
    """Make sure that populations and projections fit together.

    Raises
    ------
    ValueError
        For the first thing that does not, by the name of its part.
    """
    seen: dict[str, Part] = {}
    for part in parts:
        if not part.name.isidentifier() or part.name in seen:
            raise ValueError(f"a part {part.name!r}: must have a name of its own, in letters")
        if isinstance(part, Projection):
            for end in (part.source, part.target):
                if not isinstance(seen.get(end), Population):
                    raise ValueError(
                        f"{part.name} leads from or to {end!r}: no population before it"
                    )
        seen[part.name] = part
    groups = {name: part for name, part in seen.items() if isinstance(part, Population)}
    _check_channels(groups)
    _check_events(groups)
    for group in groups.values():
        _check_population(group, groups)
    for part in parts:
        if isinstance(part, Projection):
            _check_projection(part, groups)
            for words in _wrong_in_rule(part, groups):
                raise ValueError(f"the rule {type(part.rule).__name__} on {part.name}: {words}")


def undriven(parts: Sequence[Part]) -> tuple[str, ...]:
    """Return the spiking populations that nothing reaches: they are silent or drive themselves."""
    reached = {part.target for part in parts if isinstance(part, Projection)}
    return tuple(
        part.name
        for part in parts
        if isinstance(part, Population)
        and part.spiking
        and not (part.channels or part.updates or part.links or part.name in reached)
    )


def _check_channels(groups: dict[str, Population]) -> None:
    widths: dict[str, int] = {}
    for group in groups.values():
        for channel, width in group.channels.items():
            if widths.setdefault(channel, width) != width:
                raise ValueError(
                    f"{group.name} reads {width} entries of the channel {channel!r}: "
                    f"another population reads {widths[channel]}"
                )
    for group in groups.values():
        for update in group.updates:
            for channel in _OWN_ENTRY.findall(update.statements.format_map(_Open(group.terms))):
                if widths.get(channel, 0) < group.cells:
                    raise ValueError(
                        f"{group.name} has {group.cells} cells that each read an entry of the "
                        f"channel {channel!r}: it has {widths.get(channel, 0)}"
                    )


def _check_events(groups: dict[str, Population]) -> None:
    owners: dict[str, str] = {}
    for group in groups.values():
        for event in group.events:
            if event.recorded and not group.spiking:
                raise ValueError(f"{group.name}.{event.name}: only spiking cells are recorded")
            if event.recorded and event.name in owners:
                raise ValueError(
                    f"{group.name}.{event.name}: {owners[event.name]} has a recorded event of that "
                    "name"
                )
            if event.recorded:
                owners[event.name] = group.name


def _check_population(group: Population, groups: dict[str, Population]) -> None:
    constants = [one.name for one in group.constants]
    _check_start(group, constants)
    for variable, link in group.links.items():
        source = groups.get(link.population)
        if source is None:
            raise ValueError(f"{group.name}.{variable} is of {link.population!r}: no population")
        if link.cells is None and source.cells != 1:
            raise ValueError(
                f"{group.name}.{variable} is of {link.population!r}, which has {source.cells} "
                "cells: must say of which cell each cell reads it"
            )
    if group.spiking and group.manipulable and not VOLTAGE.search(group.equations):
        raise ValueError(
            f"{group.name}: must have an equation of v, by which a schedule silences its cells, or "
            "manipulable=False"
        )
    if group.cells % group.alike:
        raise ValueError(f"{group.name}: {group.cells} cells cannot be {group.alike} alike")


def _check_projection(part: Projection, groups: dict[str, Population]) -> None:
    constants = [one.name for one in part.constants]
    _check_start(part, constants)
    if part.rows not in ("source", "target"):
        raise ValueError(f"{part.name}: rows must be 'source' or 'target', not {part.rows!r}")
    if part.effect not in EFFECTS:
        raise ValueError(f"{part.name}: effect must be one of {', '.join(EFFECTS)}")
    if "weight" in part.single:
        raise ValueError(f"{part.name}: weights are kept in double precision")
    for event in part.on_events:
        words = _no_such_event(groups[part.source], event)
        if words:
            raise ValueError(f"{part.name}: {words}")


def _check_start(part: Part, constants: list[str]) -> None:
    twice = [name for name in constants if constants.count(name) > 1]
    twice += sorted(set(constants) & (set(part.initial) | set(part.drawn)))
    twice += sorted(set(part.initial) & set(part.drawn))
    if twice:
        raise ValueError(f"{part.name}.{twice[0]}: must have one value, of one kind")
    for variable, expression in part.drawn.items():
        early = set(_WORD.findall(expression)) & (set(constants) | set(part.initial))
        if early:
            raise ValueError(
                f"{part.name}.{variable} is drawn from {min(early)}, which has no value by then: "
                "must be an expression of numbers"
            )
    length = part.cells if isinstance(part, Population) else 0
    for variable, value in part.initial.items():
        shape = () if callable(value) else np.shape(value)
        if len(shape) > 1 or (shape and length and shape != (length,)):
            raise ValueError(
                f"{part.name}.{variable} has the shape {shape}: must be one number, or one for "
                "each cell or synapse; weights of a recording go into Program.run(weights=...)"
            )


def _wrong_in_rule(part: Projection, groups: dict[str, Population]) -> Iterator[str]:
    rule = part.rule
    if rule is None:
        return
    if part.pairs is not None:
        yield "must be on a projection from every cell to every other"
    if rule.side not in ("pre", "post"):
        yield f"side must be 'pre' or 'post', not {rule.side!r}"
    if bool(rule.event) != bool(rule.on_event):
        yield "must have an event and what it does to a synapse (on_event), or neither"
    group = groups[part.source if rule.side == "pre" else part.target]
    brought = rule.postsynaptic_event[0] if rule.postsynaptic_event else ""
    if brought and not _no_such_event(groups[part.target], brought):
        yield f"{part.target} has an event {brought!r} already"
    own = brought and rule.side == "post" and rule.event == brought
    if rule.event and not own and _no_such_event(group, rule.event):
        yield _no_such_event(group, rule.event)
    if rule.on_postsynaptic_spike and not groups[part.target].spiking:
        yield f"{part.target} has no spikes that could change its variables"
    for where, text, terms in (
        (part.source, _texts(groups[part.source]), rule.presynaptic_terms),
        (part.target, _texts(groups[part.target]), rule.postsynaptic_terms),
        (part.name, part.equations + "".join(part.on_events.values()), rule.synaptic_terms),
    ):
        for term in terms:
            if f"{{{term}}}" not in text:
                yield f"{where} has no term {{{term}}} that it could fill"
    text = rule.on_event + rule.on_transmission + "".join(words for _, words in rule.on_grid)
    used = set(_WORD.findall(text)) - set(rule.synaptic_constants)
    numbers = {quantity_of(field.name) for field in fields(rule)} - {"initial_weight"}
    for name in sorted(used & numbers):
        yield f"its statements use {name}: must be among its synaptic_constants"


def _no_such_event(group: Population, event: str) -> str:
    """Say that the cells of a population have no event of a name, or nothing where they have."""
    known = {"spike", *(one.name for one in group.events)}
    if event in known:
        return ""
    return f"{group.name} has no event {event!r}: must be one of {', '.join(sorted(known))}"


def _texts(group: Population) -> str:
    found = [group.equations, group.threshold, group.reset]
    found += [event.condition + event.statements for event in group.events]
    return "".join([*found, *(update.statements for update in group.updates)])


class _Open(dict[str, str]):
    """Leave terms that are not filled yet as they are."""

    def __missing__(self, key: str) -> str:
        return f"{{{key}}}"
