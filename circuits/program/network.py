"""The network: the populations and projections of any circuit as objects of Brian2."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

import numpy as np

from hippokv.errors import BuildError, one_line

from ..cells.axonal_delays import is_delayed
from ..drive.grid_noise import noise_functions
from ..drive.scheduled_drive import run_on_grid
from ..manipulation.manipulable_cells import (
    LABEL_SPIKE,
    MANIPULABLE,
    MANIPULABLE_DENDRITE,
    add_manipulations,
)
from ..manipulation.manipulable_synapses import SCALABLE, add_weight_manipulations
from ..manipulation.manipulations import opsins_in
from ..manipulation.opsins import OPSINS
from ..population import Constant, Population, Projection, Update
from ..schedule import SCHEDULE_STEP_MS, Action
from .trace_recorder import compiled_recorder, monitor

if TYPE_CHECKING:
    from brian2 import Network, NeuronGroup, Synapses

    from ..circuit import Circuit
    from ..probe import Probe

#: Kinds of errors that say that mathematics does not fit together.
MISTAKES = (SyntaxError, LookupError, TypeError, ValueError)
#: What a rule's statements of each step of the schedule's grid come behind.
FIRST_ORDER_OF_RULES = 5


@contextmanager
def mistakes_named(circuit: Circuit, *also: type[Exception]) -> Iterator[None]:
    """Say in one line which part of a circuit is wrong, where its mathematics does not fit.

    Parameters
    ----------
    circuit
        The circuit.
    also
        Errors that come from nothing else in the block, beside those that the simulator names.

    Raises
    ------
    BuildError
        For the first part of which the simulator says so.
    """
    from brian2.core.base import BrianObjectException
    from brian2.units.fundamentalunits import DimensionMismatchError

    try:
        yield
    except (BrianObjectException, DimensionMismatchError, *also) as error:
        first: BaseException = error
        while first.__cause__ is not None:
            first = first.__cause__
        if not isinstance(first, (*MISTAKES, DimensionMismatchError)):
            raise
        named = re.search(r"object named '(\w+)'", str(error))
        part = f", {named[1]}" if named else ""
        words = one_line(str(first.args[0] if first.args else first), 300)
        raise BuildError(f"the circuit {circuit.name}{part}: {words}") from error


def build_network(
    circuit: Circuit,
    functions: Mapping[str, Any],
    manipulations: Sequence[Action] | None = None,
    probes: Sequence[Probe] | None = None,
) -> Network:
    """Return the Brian2 network of a circuit, with what manipulates and records it.

    Parameters
    ----------
    circuit
        The circuit.
    functions
        Functions by which equations read the schedule, one a channel.
    manipulations
        Those that the schedule may have; any at all, where it is not known yet.
    probes
        What of the circuit's ``recorded`` variables is recorded where and when, where it is known.
    """
    from brian2 import EventMonitor, Network, SpikeMonitor, linked_var

    groups: dict[str, Any] = {}
    for part in circuit.complete:
        if isinstance(part, Population):
            groups[part.name] = _cells(part, functions)
        else:
            groups[part.name] = _synapses(part, groups, functions)
    for part in circuit.complete:
        if isinstance(part, Population):
            for variable, link in part.links.items():
                read = linked_var(groups[link.population], link.variable, index=link.cells)
                setattr(groups[part.name], variable, read)
    rows = manipulations
    for name in circuit.manipulable:
        if rows is None or any(row.target == name for row in rows):
            opsins = OPSINS if rows is None else opsins_in(rows)
            add_manipulations(groups[name], opsins if circuit[name].takes_light else ())
    for name in circuit.projections:
        if rows is None or any(row.target == name for row in rows):
            add_weight_manipulations(groups[name])
    monitors: list[Any] = [
        SpikeMonitor(groups[name], name=f"spikes_{name}") for name in circuit.populations
    ]
    for event, population in circuit.events.items():
        monitors.append(EventMonitor(groups[population], event, name=f"events_{event}"))
    if probes is None:
        for name, variables in circuit.recorded.items():
            monitors.append(compiled_recorder(groups[name], variables))
    else:
        for probe in probes:
            monitors.append(
                monitor(groups[probe.part], probe.variables, probe.places(circuit), probe.every_ms)
            )
    return Network(*groups.values(), *monitors)


def _cells(group: Population, functions: Mapping[str, Any]) -> NeuronGroup:
    from brian2 import NeuronGroup

    equations, reset = group.equations + _declared(group.constants), group.reset
    if group.spiking and group.manipulable:
        equations += MANIPULABLE + (MANIPULABLE_DENDRITE if "v_dendrite" in equations else "")
        reset += LABEL_SPIKE
    spiking = {"threshold": group.threshold, "reset": reset} if group.spiking else {}
    if group.refractory:
        spiking["refractory"] = group.refractory
    found = NeuronGroup(
        group.cells, equations, method=group.method, name=group.name,
        events={event.name: event.condition for event in group.events},
        namespace=_names(group.name, functions), **spiking,
    )  # fmt: skip
    for event in group.events:
        if event.statements:
            when = {"when": "after_resets"} if event.late else {}
            found.run_on_event(event.name, event.statements, **when)
    _start(found, group)
    _repeat(found, group.updates)
    return found


def _synapses(
    projection: Projection, groups: Mapping[str, Any], functions: Mapping[str, Any]
) -> Synapses:
    from brian2 import Synapses

    rule = projection.rule
    equations = projection.equations + _declared(projection.constants)
    before, behind = dict(projection.on_events), dict[str, str]()
    events = {event: event for event in before}
    if rule:
        equations += SCALABLE
        if rule.event:
            side = before if rule.side == "pre" else behind
            side["learning"], events["learning"] = rule.on_event, rule.event
    found = Synapses(
        groups[projection.source], groups[projection.target], equations,
        on_pre=before or None, on_post=behind or None, on_event=events,
        dtype=dict.fromkeys(projection.single, np.float32),
        namespace=_names(projection.name, functions), name=projection.name,
    )  # fmt: skip
    if projection.pairs:
        pre, post = projection.pairs
        found.connect(i=pre, j=post)
    else:
        found.connect()
    _start(found, projection)
    if rule:
        _repeat(found, (
            Update(
                statements, FIRST_ORDER_OF_RULES + number,
                f"{projection.name}_while_{gate}" if gate else "",
            )
            for number, (gate, statements) in enumerate(rule.on_grid)
        ))  # fmt: skip
    return found


def delayed_pathways(projection: Projection, synapses: Synapses) -> list[Any]:
    """Return the pathways of a projection's synapses on which spikes travel."""
    names = projection.on_events if is_delayed(projection) else ()
    return [getattr(synapses, name) for name in names]


def _names(name: str, functions: Mapping[str, Any]) -> dict[str, Any]:
    from brian2 import ms

    return {**functions, **noise_functions(name), "grid_step": SCHEDULE_STEP_MS * ms}


def _declared(constants: Sequence[Constant]) -> str:
    return "\n" + "".join(f"{one.name} : {one.unit} (shared)\n" for one in constants)


def _start(found: Any, part: Population | Projection) -> None:
    for variable, values in getattr(part, "wired", {}).items():
        setattr(found, f"{variable}_", values)
    for variable, expression in part.drawn.items():
        setattr(found, variable, expression)


def _repeat(found: Any, updates: Any) -> None:
    for update in updates:
        name = update.name or None
        if update.each_step:
            found.run_regularly(update.statements, when="start", order=update.order, name=name)
        else:
            run_on_grid(found, update.statements, update.order, name)
