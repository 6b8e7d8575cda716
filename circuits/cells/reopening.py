"""Slots that close with time and open again by use, and neocortical values that use makes labile.

Awake, without acetylcholine, three things hold. The threshold of the cells of a slot is higher by
its closure, which grows in offline time and falls with each spike. Cells that hold nothing have a
lower threshold, so that they win where no open slot matches well: what they say is that a place is
new, as they drive no value. And while a slot returns its own input, so that deep entorhinal cells
fire more than superficial ones make them, each spike of a neocortical cell takes a part of its
values. Offline none of this counts: slots of all ages replay alike.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

from hippokv.parameter import fraction, parameter

from ..population import CellEvent, Population, Projection, constants_of


@dataclass(frozen=True)
class ReopeningParameters:
    """Hold how slots close and open, and what that does to neocortical values."""

    novelty_mV: float = parameter(
        8.0,
        "by how much the threshold of a cell that holds nothing is lower awake",
        chosen="cells without a memory win a place that shares three quarters with what slots hold",
        low=0.0,
        high=40.0,
    )
    closed_mV: float = parameter(
        4.5,
        "rise of the threshold, awake, of a slot that closed long ago",
        chosen="cells without a memory win the very place that a closed slot holds",
        low=0.0,
        high=40.0,
    )
    closing_tau_ms: float = parameter(
        240_000.0,
        "time offline in which a slot closes",
        source="McClelland et al. 1995: hippocampal decay .05 a day, a night being 12 s",
        high=1e9,
    )
    reopening: float = fraction(
        0.1,
        "part of its closure that a spike awake takes from a cell",
        chosen="a place that is seen for some seconds opens its slot, a cue of a test does not",
    )
    lability: float = fraction(
        0.05,
        "part of its value weights that a neocortical spike takes while a slot returns its input",
        chosen="within seconds little is left; 0 is no reconsolidation",
    )
    returned: float = parameter(
        0.7,
        "activity of deep cells awake from which on a slot counts as returning its input; 0.5 is a "
        "whole pattern at the rate of a driven cell",
        chosen="between what a cue alone makes and what an open slot adds",
        low=0.0,
        high=10.0,
    )


#: Event of neocortical cells: a spike awake, while a slot returns its input.
RETURNED = "returned_spike"

EQUATIONS = """
dclosure/dt        = offline*(closed - closure)/closing_tau                        : volt
retrieving         = (1 - offline)*(1 - acetylcholine)                             : 1
holding            = int(excitability >= 0*volt)                                   : 1
"""

#: What it adds to the threshold.
CLOSED = " + retrieving*(holding*closure - (1 - holding)*novelty)"

ON_SPIKE = "closure         -= retrieving*reopening*closure\n"

ON_PLATEAU = "closure          = 0*volt\n"

# By its first words the compiled program knows to ask only the cells that spike.
RETURNED_SPIKE = (
    "lastspike > t - 0.5*dt and offline <= 0 and acetylcholine < 0.5 and activity > returned"
)

LABILE = "weight *= 1 - lability*(1 - blocked)"


def closing(cells: Population, parameters: ReopeningParameters) -> Population:
    """Let hippocampal cells that replay offline close with time, and open by use."""
    events = tuple(
        replace(event, statements=event.statements + ON_PLATEAU)
        if event.name == "dendritic_spike"
        else event
        for event in cells.events
    )
    return replace(
        cells,
        equations=cells.equations + EQUATIONS,
        reset=cells.reset + ON_SPIKE,
        events=events,
        constants=(
            *cells.constants,
            *constants_of(parameters, "novelty", "closed", "closing_tau", "reopening"),
        ),
        terms={**cells.terms, "closed": CLOSED},
    )


def aware_of_returns(cells: Population, parameters: ReopeningParameters) -> Population:
    """Let neocortical cells tell the spikes that come while a slot returns its input."""
    return replace(
        cells,
        events=(*cells.events, CellEvent(RETURNED, RETURNED_SPIKE)),
        constants=(*cells.constants, *constants_of(parameters, "returned")),
    )


def labile(values: Projection, parameters: ReopeningParameters) -> Projection:
    """Let neocortical values fade at such spikes."""
    return replace(
        values,
        on_events={**values.on_events, RETURNED: LABILE},
        constants=(*values.constants, *constants_of(parameters, "lability")),
    )
