"""Populations and projections: a circuit's cells and synapses as mathematics and numbers.

They say what there is and leave to others how it is simulated. Text in braces in equations and
statements is a term, which whoever puts a circuit together fills.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from hippokv.parameter import constant_fields, si_unit, si_values
from hippokv.plasticity.plasticity_rule import PlasticityRule

#: An equation of the voltage of a membrane.
VOLTAGE = re.compile(r"^\s*dv/dt\s*=", re.MULTILINE)

#: What projections do to the cells behind them: excite, inhibit, or change how these work.
EFFECTS = ("excitation", "inhibition", "modulation")

Number = float | NDArray[np.float64]
#: A value at the start of a run, or what works it out when it is needed.
Start = Number | Callable[[], NDArray[np.float64]]


@dataclass(frozen=True)
class Constant:
    """Hold a number that all cells of a population, or all synapses of a projection, share.

    Parameters
    ----------
    name
        Its name in the equations.
    value
        Its value in SI units.
    unit
        Its unit in words of Brian2: ``volt``, ``siemens``, ``1``.
    source
        Where it comes from.
    setting
        Its name in settings, where it has one.
    """

    name: str
    value: float
    unit: str = "1"
    source: str = ""
    setting: str = ""


def constants_of(parameters: Any, *only: str) -> tuple[Constant, ...]:
    """Return the numbers of a dataclass of parameters, all or some, named without their units."""
    values = si_values(parameters, only)
    return tuple(
        Constant(name, values[name], si_unit(about.name)[0], about.metadata["source"], about.name)
        for name, about in constant_fields(parameters, only)
    )


def constant_named(name: str, parameters: Any, quantity: str) -> Constant:
    """Return one number of a dataclass of parameters under another name."""
    return replace(constants_of(parameters, quantity)[0], name=name)


@dataclass(frozen=True)
class CellEvent:
    """Name something beside its spikes that can happen to a cell.

    Parameters
    ----------
    name
        Its name.
    condition
        When it happens.
    statements
        What it does to the cell.
    late
        True where it does so after what spikes do to their cells.
    recorded
        Whether it stands in the recording.
    """

    name: str
    condition: str
    statements: str = ""
    late: bool = False
    recorded: bool = False


@dataclass(frozen=True)
class Update:
    """Hold statements that run again and again before anything else happens in a step.

    Parameters
    ----------
    statements
        The statements.
    order
        Those of a lower order run first.
    name
        Its name; one that ends in ``_while_X`` is left out while the shared variable X is 0, where
        the target can: the statements must change nothing then.
    each_step
        True for each step of the simulation instead of each step of the schedule's grid.
    """

    statements: str
    order: int = 0
    name: str = ""
    each_step: bool = False


@dataclass(frozen=True)
class Link:
    """Name a variable of another population that cells read.

    Parameters
    ----------
    population, variable
        What is read.
    cells
        The cell that each cell reads, shape (cells,); of a population of one cell nothing.
    """

    population: str
    variable: str
    cells: NDArray[np.int64] | None = None


@dataclass(frozen=True, eq=False)
class Population:
    """Describe cells that are alike.

    Equations and statements may call ``scheduled_<channel>(t, i)``, entry *i* of what the schedule
    carries on a channel, and ``normal_at(t, i)`` and ``uniform_at(t, i)``, random numbers of a step
    of the schedule's grid, which is ``grid_step`` long. A silenced cell is held by its variables
    ``v`` and ``v_dendrite``, and what drives it by those that
    :mod:`hippokv.circuits.manipulation.manipulable_cells` names.

    Parameters
    ----------
    name
        Its name.
    cells
        Number of cells.
    equations
        Differential equations, subexpressions and variables, with units.
    threshold, reset, refractory
        When a cell spikes, what that does to it, and for how long it cannot spike again. Without a
        threshold it is something that cells share, and is not recorded.
    events
        What else can happen to a cell.
    updates
        What the schedule does to the cells, and noise.
    constants
        Numbers that all cells share.
    initial
        Values at the start of a run in SI units, by variable: one, one a cell, or a function that
        returns them. All others start at 0.
    drawn
        Expressions of numbers and ``rand()`` or ``randn()`` that are drawn for each cell when a run
        starts, by variable.
    wired
        Values a cell that are part of the circuit's anatomy, by variable.
    links
        Variables of other populations that the equations name.
    channels
        Channels of the schedule that the cells read, and their widths.
    terms
        What fills the terms in braces.
    alike
        Number of cells side by side that do the same.
    method
        How the equations are integrated, in words of Brian2.
    manipulable
        Whether a schedule can silence and tag the cells; it can light them up too where they have
        an equation of ``v``, a constant ``capacitance`` and a refractory period.
    """

    name: str
    cells: int
    equations: str
    threshold: str = ""
    reset: str = ""
    refractory: str = ""
    events: tuple[CellEvent, ...] = ()
    updates: tuple[Update, ...] = ()
    constants: tuple[Constant, ...] = ()
    initial: Mapping[str, Start] = field(default_factory=dict)
    drawn: Mapping[str, str] = field(default_factory=dict)
    wired: Mapping[str, NDArray[Any]] = field(default_factory=dict)
    links: Mapping[str, Link] = field(default_factory=dict)
    channels: Mapping[str, int] = field(default_factory=dict)
    terms: Mapping[str, str] = field(default_factory=dict)
    alike: int = 1
    method: str = "exponential_euler"
    manipulable: bool = True

    def __post_init__(self) -> None:
        for name in ("initial", "wired"):
            values = {key: frozen(value) for key, value in getattr(self, name).items()}
            object.__setattr__(self, name, values)

    @property
    def takes_light(self) -> bool:
        """Whether its cells can make an opsin: they have a voltage, a capacitance and a pause."""
        names = {one.name for one in self.constants}
        of_membrane = names & {"capacitance", "mean_capacitance"}
        return bool(of_membrane and self.refractory and VOLTAGE.search(self.equations))

    @property
    def spiking(self) -> bool:
        """Whether it has cells that spike, which are recorded."""
        return bool(self.threshold)


@dataclass(frozen=True, eq=False)
class Projection:
    """Describe the synapses from one population to another.

    Parameters
    ----------
    name
        Its name.
    source, target
        Names of the populations before and behind.
    on_events
        What an event of a cell before, ``spike`` or another, does through the synapse, by event.
    equations
        Variables of a synapse; one that learns has its ``weight`` among them.
    pairs
        The cells before and behind of each synapse, two of shape (synapses,); every cell with every
        other by default.
    constants, initial, drawn, terms
        As those of a population. Weights that learn start from the rule's ``initial_weight``,
        unless they are given here.
    single
        Variables that are kept in single precision.
    rule
        How the synapses learn; without one they have no weight that is recorded.
    rows
        Whether a row of a recorded table of weights is a cell before the synapse (``source``) or
        behind it (``target``).
    effect
        What it does to the cells behind it, for readers alone: one of ``EFFECTS``.
    """

    name: str
    source: str
    target: str
    on_events: Mapping[str, str]
    equations: str = ""
    pairs: tuple[NDArray[np.int64], NDArray[np.int64]] | None = None
    constants: tuple[Constant, ...] = ()
    initial: Mapping[str, Start] = field(default_factory=dict)
    drawn: Mapping[str, str] = field(default_factory=dict)
    terms: Mapping[str, str] = field(default_factory=dict)
    single: tuple[str, ...] = ()
    rule: PlasticityRule | None = None
    rows: str = "source"
    effect: str = "excitation"

    def __post_init__(self) -> None:
        object.__setattr__(self, "initial", {key: frozen(at) for key, at in self.initial.items()})
        if self.pairs is not None:
            object.__setattr__(self, "pairs", tuple(frozen(cells) for cells in self.pairs))

    @property
    def sides(self) -> tuple[str, str]:
        """The populations that rows and columns of its table of weights belong to."""
        pair = self.source, self.target
        return pair[::-1] if self.rows == "target" else pair

    @property
    def all_to_all(self) -> bool:
        """Whether every cell is connected with every other."""
        return self.pairs is None


Part = Population | Projection


def frozen(value: Any) -> Any:
    """Return an array that cannot be changed in place, and anything else as it is."""
    if not isinstance(value, np.ndarray):
        return value
    view = value.view()
    view.flags.writeable = False
    return view


def with_number(part: Any, variable: str, value: Number) -> Any:
    """Return a population or projection with another value of a constant or at its start.

    Parameters
    ----------
    part
        The population or projection.
    variable
        Name of the constant or variable.
    value
        Its value in SI units.

    Raises
    ------
    KeyError
        Where it has no such number.
    """
    if variable in part.initial:
        return replace(part, initial={**part.initial, variable: value})
    names = [constant.name for constant in part.constants]
    if variable not in names:
        raise KeyError(variable)
    constants = list(part.constants)
    place = names.index(variable)
    constants[place] = replace(constants[place], value=float(value), source="given", setting="")
    return replace(part, constants=tuple(constants))
