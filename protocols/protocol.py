"""What a protocol is, whichever kind: a schedule for a circuit, and scores and pictures of the run.

There are two kinds: one that stores items and asks for them (:mod:`.key_value_protocol`), whose
readout, rate twin and scores follow from its schedule, and one that evaluates its runs by itself
(:mod:`.evaluated_protocol`).
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from importlib import import_module
from typing import TYPE_CHECKING, Any, Generic, SupportsIndex, TypeVar

from hippokv.circuits.circuit import Circuit
from hippokv.circuits.schedule import Schedule
from hippokv.errors import InputError
from hippokv.parameter import nearest

from . import PROTOCOLS
from .evaluation import Evaluation
from .stimuli import Stimuli

if TYPE_CHECKING:
    from hippokv.analysis.report import Picture

    from .experiment import Experiment, Result
    from .settings import Settings
    from .simulator import Simulator

P = TypeVar("P")


@dataclass(frozen=True, kw_only=True)
class Protocol(ABC, Generic[P]):
    """Describe an experiment.

    Parameters
    ----------
    name
        Name on the command line.
    summary
        One line: what is done.
    description
        What is done and what can be read from it, in a few sentences.
    parameters
        Dataclass of the protocol's own settings, each declared with
        :func:`hippokv.parameter.parameter`.
    pictures
        Draws a result.
    circuits
        Names of the circuits that it can run on; the first unless ``run.circuit`` says another.
    populations
        Populations that the circuit must have.
    circuit
        Settings of the circuit that are others by default in this protocol, by key (``beta``).
    run
        The same of settings of the run (``dt_ms``).
    meanings
        What its scores mean, by name, for the report; those of several protocols are known there.
    """

    name: str
    summary: str
    description: str
    parameters: type[P]
    pictures: Callable[[Result], list[Picture]]
    circuits: tuple[str, ...] = ("slot_memory",)
    populations: tuple[str, ...] = ()
    circuit: Mapping[str, Any] = field(default_factory=dict)
    run: Mapping[str, Any] = field(default_factory=dict)
    meanings: Mapping[str, str] = field(default_factory=dict)

    def __reduce_ex__(self, version: SupportsIndex) -> str | tuple[Any, ...]:
        """Let a pickle hold the name alone: what a protocol does is functions, which have none."""
        if self.name in PROTOCOLS and find_protocol(self.name) is self:
            return find_protocol, (self.name,)
        return super().__reduce_ex__(version)

    @abstractmethod
    def complete(self, settings: Settings, given: Mapping[str, Any]) -> tuple[Settings, Stimuli]:
        """Complete settings by what follows from them, check them, and draw the stimuli.

        Parameters
        ----------
        settings
            All settings, each within its own range.
        given
            Those that were given, by dotted key.

        Raises
        ------
        InputError
            For the first that cannot be used.
        """

    @abstractmethod
    def first_schedule(self, stimuli: Stimuli, settings: Settings, circuit: Circuit) -> Schedule:
        """Return what is asked of the circuit, in its first run where there are several."""

    @abstractmethod
    def perform(self, experiment: Experiment, simulate: Simulator) -> Evaluation:
        """Run the circuit, and score what it did."""

    @abstractmethod
    def about(self, settings: Settings, circuit: Circuit) -> str:
        """Say in a sentence for the report what was run."""


def find_protocol(name: str) -> Protocol[Any]:
    """Return the protocol of a name.

    Raises
    ------
    InputError
        Where there is none.
    """
    if not isinstance(name, str) or name not in PROTOCOLS:
        allowed = "must be one of " + ", ".join(PROTOCOLS)
        raise InputError("PROTOCOL", name, allowed + nearest(name, PROTOCOLS))
    found: Protocol[Any] = import_module(PROTOCOLS[name]).PROTOCOL
    return found
