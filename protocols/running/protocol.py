"""What a protocol is, whichever kind: a schedule for a circuit, and scores and pictures of the run.

There are two kinds: one that stores items and asks for them (:mod:`.key_value_protocol`), whose
readout, rate model and scores follow from its schedule, and one that evaluates its runs by itself
(:mod:`.evaluated_protocol`).
"""

from __future__ import annotations

import time
from abc import ABC, abstractmethod
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING, Any, Generic, SupportsIndex, TypeVar

import numpy as np
from numpy.typing import NDArray

from hippokv.circuits.circuit import Circuit
from hippokv.circuits.program import Program
from hippokv.circuits.recording import Recording
from hippokv.circuits.schedule import Schedule
from hippokv.errors import InputError
from hippokv.parameter import nearest

from .. import PROTOCOLS
from .evaluation import Evaluation, Recalled, Stage
from .settings import Settings
from .simulator import Simulator
from .stimuli import Stimuli

if TYPE_CHECKING:
    from hippokv.analysis.recall.items import Items
    from hippokv.analysis.recall.readout import Readout

if TYPE_CHECKING:
    from hippokv.analysis.figures.report import Picture

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


@dataclass(frozen=True)
class Timing:
    """Hold how long things took, in s: compiling, running, and what was simulated."""

    build_s: float
    run_s: float
    simulated_s: float


@dataclass(frozen=True)
class Experiment:
    """Hold an experiment that is ready to run: all settings checked, nothing simulated.

    Parameters
    ----------
    protocol
        What is done.
    settings
        Every number.
    stimuli
        The items, none where the protocol stores none.
    circuit
        The circuit that does it.
    schedule
        What is asked of the circuit; of a protocol with several runs first here, last in a result.
    started_s
        Reading of the performance counter when the experiment was prepared.
    """

    protocol: Protocol[Any]
    settings: Settings
    stimuli: Stimuli
    circuit: Circuit
    schedule: Schedule
    started_s: float = field(default_factory=time.perf_counter)

    @property
    def program(self) -> Program:
        """The circuit, ready to be compiled and run."""
        # The settings are checked: the target is one of the words that a program knows.
        return Program(self.circuit, self.settings.run.target)  # type: ignore[arg-type]

    def simulator(self, **told: Any) -> Simulator:
        """Return what runs its circuit; ``told`` are the functions that a simulator calls."""
        run = self.settings.run
        return Simulator(self.program, run.seed, run.dt_ms, **told)


@dataclass(frozen=True)
class Result:
    """Hold what an experiment gave.

    Parameters
    ----------
    experiment
        What was run.
    recording
        What the circuit did, in the last run where there were several.
    metrics
        Scores of the circuit.
    predicted_metrics
        Scores of the rate model, by the same names, for those that it predicts.
    timing
        How long it took.
    arrays
        What the protocol adds to ``recording.npz``, by name.
    details
        What else the protocol knows, for its pictures.
    stages
        All runs that were kept, by name; a single one has the name of an empty string.
    folder
        Where the results were written, if they were.
    """

    experiment: Experiment
    recording: Recording
    metrics: dict[str, float]
    predicted_metrics: dict[str, float]
    timing: Timing
    arrays: Mapping[str, NDArray[np.generic]] = field(default_factory=dict)
    details: Any = None
    stages: Mapping[str, Stage] = field(default_factory=dict)
    folder: Path | None = None

    @property
    def items(self) -> Items:
        """Items and cues as the circuit saw them, of a protocol that stores items."""
        return self._recalled("items")  # type: ignore[no-any-return]

    @property
    def readout(self) -> Readout:
        """What was stored and recalled by the circuit, of a protocol that stores items."""
        return self._recalled("readout")  # type: ignore[no-any-return]

    @property
    def prediction(self) -> Readout:
        """The same by the rate model."""
        return self._recalled("prediction")  # type: ignore[no-any-return]

    def _recalled(self, name: str) -> Any:
        if not isinstance(self.details, Recalled):
            protocol = self.experiment.protocol.name
            raise AttributeError(f"a result of {protocol} has no {name}: see its details")
        return getattr(self.details, name)
