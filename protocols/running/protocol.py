"""What a protocol is: a schedule for a circuit, how it is performed, and what is made of it."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import partial
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
from .evaluation import Evaluation, F, Stage
from .settings import Settings
from .simulator import Simulator

if TYPE_CHECKING:
    from hippokv.analysis.figures.report import Picture

P = TypeVar("P")


def no_stimuli(settings: Settings, given: Mapping[str, Any]) -> tuple[Settings, None]:
    """Check the circuit; a protocol that shows nothing drawn at random has no stimuli."""
    settings.assembled()
    return settings, None


def cells_of(experiment: Experiment) -> str:
    """Name the circuit and the sizes of its populations."""
    from hippokv.analysis.figures.style import population_name

    circuit = experiment.circuit
    sizes = ", ".join(f"{population_name(name)} {size}" for name, size in circuit.sizes.items())
    return f"Cells of the circuit {circuit.name.replace('_', ' ')}: {sizes}."


def once(
    evaluate: Callable[[Experiment, Recording], Evaluation[F]],
) -> Callable[[Experiment, Simulator], Evaluation[F]]:
    """Return how a protocol is performed that runs its schedule once.

    Parameters
    ----------
    evaluate
        Scores the recording of the experiment's schedule.
    """

    return partial(_once, evaluate)


def _once(
    evaluate: Callable[[Experiment, Recording], Evaluation[F]],
    experiment: Experiment,
    simulate: Simulator,
) -> Evaluation[F]:
    return evaluate(experiment, simulate(experiment.schedule))


@dataclass(frozen=True, kw_only=True)
class Protocol(Generic[P, F]):
    """Describe an experiment.

    One that stores items and asks for them is made by
    :func:`hippokv.protocols.parts.store_and_recall.store_and_recall`.

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
    schedule
        Says what is asked of the circuit, from the stimuli, the parameters, the circuit and the
        seed; in its first run where there are several.
    perform
        Runs the circuit, as often as need be, and scores what it did. What runs once is
        ``once(evaluate)``.
    pictures
        Draws a result.
    draw
        Draws the stimuli, whatever they are, from all settings and those that were given, by
        dotted key; completes the settings by what follows from them. It raises an ``InputError``
        for the first that cannot be used.
    about
        Says in a sentence for the report what was run.
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
    schedule: Callable[[Any, P, Circuit, int], Schedule]
    perform: Callable[[Experiment, Simulator], Evaluation[F]]
    pictures: Callable[[Result[F]], list[Picture]]
    draw: Callable[[Settings, Mapping[str, Any]], tuple[Settings, Any]] = no_stimuli
    about: Callable[[Experiment], str] = cells_of
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


def find_protocol(name: str) -> Protocol[Any, Any]:
    """Return the protocol of a name.

    Raises
    ------
    InputError
        Where there is none.
    """
    if not isinstance(name, str) or name not in PROTOCOLS:
        allowed = "must be one of " + ", ".join(PROTOCOLS)
        raise InputError("PROTOCOL", name, allowed + nearest(name, PROTOCOLS))
    found: Protocol[Any, Any] = import_module(PROTOCOLS[name]).PROTOCOL
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
        What the protocol drew, in a type of its own.
    circuit
        The circuit that does it.
    schedule
        What is asked of the circuit; of a protocol with several runs first here, last in a result.
    started_s
        Reading of the performance counter when the experiment was prepared.
    """

    protocol: Protocol[Any, Any]
    settings: Settings
    stimuli: Any
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
class Result(Generic[F]):
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
    found
        What the protocol found, in a type of its own: ``Recalled`` where items were asked for.
    arrays
        What the protocol adds to ``recording.npz``, by name.
    prediction_note
        Where the prediction is not of this very circuit, of what it is.
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
    found: F
    arrays: Mapping[str, NDArray[np.generic]] = field(default_factory=dict)
    prediction_note: str = ""
    stages: Mapping[str, Stage] = field(default_factory=dict)
    folder: Path | None = None
