"""What a protocol is: a schedule for a circuit, how it is performed, and what is made of it."""

from __future__ import annotations

import re
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, is_dataclass, replace
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any, Generic, SupportsIndex, TypeVar

import numpy as np
from numpy.typing import NDArray

from hippokv.analysis.recall.asked_cells import Sought
from hippokv.analysis.recall.certainty import Certainty
from hippokv.circuits.circuit import Circuit
from hippokv.circuits.probe import Probe
from hippokv.circuits.program.program import Program
from hippokv.circuits.recording import Recording
from hippokv.circuits.schedule import Schedule
from hippokv.components import OBJECT, Found, Shelf, find
from hippokv.errors import InputError

from .. import PROTOCOLS
from .evaluation import Evaluation, F, Stage, Uninformed
from .score_table import score_table
from .settings import DEFAULT_CIRCUIT, Settings
from .simulator import Simulator

if TYPE_CHECKING:
    from hippokv.analysis.figures.report import Picture

P = TypeVar("P")


def no_stimuli(settings: Settings, given: Mapping[str, Any]) -> tuple[Settings, None]:
    """Check the circuit; a protocol that shows nothing drawn at random has no stimuli."""
    settings.assembled()
    return settings, None


def any_circuit(circuit: Circuit) -> str:
    """Say that any circuit will do."""
    return ""


def cells_of(experiment: Experiment) -> str:
    """Name the circuit and the sizes of its populations."""
    from hippokv.analysis.figures.style import population_name

    circuit = experiment.circuit
    sizes = ", ".join(f"{population_name(name)} {size}" for name, size in circuit.sizes.items())
    return f"Cells of the circuit {circuit.name.replace('_', ' ')}: {sizes}."


def items_named(schedule: Schedule) -> Sought | None:
    """Return nothing else than the items that recalls name."""
    return None


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
    several_runs
        Whether it runs the circuit again on other schedules, which may be longer than the first.
    pictures
        Draws a result.
    draw
        Draws the stimuli, whatever they are, from all settings and those that were given, by
        dotted key; completes the settings by what follows from them. It raises an ``InputError``
        for the first that cannot be used.
    about
        Says in a sentence for the report what was run.
    default_circuit
        Name of the circuit that it runs on unless ``run.circuit`` says another. It may be any that
        has what the protocol asks for: populations, projections, parameters, and the channels that
        its schedule drives.
    populations
        Populations that the circuit must have.
    projections
        Projections that the circuit must have and that learn.
    circuit_parameters
        What the parameters of the circuit must have, as fields or properties.
    unfit
        Says what a circuit must be that has all this and cannot be used nevertheless; nothing of
        one that can.
    circuit
        Settings of the circuit that are others by default in this protocol, by key (``beta``).
    run
        The same of settings of the run (``dt_ms``).
    meanings
        What its scores mean, by name, for the report; those of several protocols are known there.
    sought
        What the recalls of a schedule of its own ask for, where they ask for something else than
        the items that they name.
    found_as
        What settings call it where it was found in a file or a package; whoever finds it says so.
    """

    name: str
    summary: str
    description: str
    parameters: type[P]
    schedule: Callable[[Any, P, Circuit, int], Schedule]
    perform: Callable[[Experiment, Simulator], Evaluation[F]]
    pictures: Callable[[Result[F]], list[Picture]]
    several_runs: bool = False
    draw: Callable[[Settings, Mapping[str, Any]], tuple[Settings, Any]] = no_stimuli
    about: Callable[[Experiment], str] = cells_of
    default_circuit: str = DEFAULT_CIRCUIT
    populations: tuple[str, ...] = ()
    projections: tuple[str, ...] = ()
    circuit_parameters: tuple[str, ...] = ()
    unfit: Callable[[Circuit], str] = any_circuit
    circuit: Mapping[str, Any] = field(default_factory=dict)
    run: Mapping[str, Any] = field(default_factory=dict)
    meanings: Mapping[str, str] = field(default_factory=dict)
    sought: Callable[[Schedule], Sought | None] = items_named
    found_as: str = ""

    @property
    def reference(self) -> str:
        """What settings call it; of an object that was made in Python, what no command finds."""
        if any(one.item is self for _, one in _FROM_OUTSIDE.values()):
            return self.found_as
        if self.name in PROTOCOLS and find_protocol(self.name) is self:
            return self.name
        return f"{OBJECT}{self.name}"

    def __reduce_ex__(self, version: SupportsIndex) -> str | tuple[Any, ...]:
        """Let a pickle hold the name alone: what a protocol does is functions, which have none."""
        if not self.reference.startswith(OBJECT):
            return find_protocol, (self.reference,)
        return super().__reduce_ex__(version)


def find_protocol(name: str) -> Protocol[Any, Any]:
    """Return the protocol of a name, in a file, or of a package.

    Raises
    ------
    InputError
        Where there is none, or it is something else.
    """
    return found_protocol(name).item  # type: ignore[no-any-return]


def found_protocol(name: str | Path | Protocol[Any, Any]) -> Found:
    """Return a protocol by its name, or one that was made in Python, and where it is from.

    Raises
    ------
    InputError
        Where there is none, or it is something else.
    """
    if isinstance(name, Protocol):
        wrong = _wrong(name)
        if wrong:
            raise InputError(SHELF.key, name.name, wrong)
        known = (one for _, one in _FROM_OUTSIDE.values() if one.item is name)
        return next(known, None) or Found(name, name.reference)
    found = find(SHELF, name)
    if not found.source:
        return found
    # The same object for the same content, however often it is asked for.
    key = (found.reference, found.version)
    if key not in _FROM_OUTSIDE or _FROM_OUTSIDE[key][0] is not found.item:
        named = replace(found.item, found_as=found.reference)
        _FROM_OUTSIDE[key] = found.item, replace(found, item=named)
    return _FROM_OUTSIDE[key][1]


def _wrong(item: Any) -> str:
    if not isinstance(item, Protocol):
        return f"must be a Protocol, not an object of {type(item).__name__}"
    if not isinstance(item.name, str) or not re.fullmatch(r"[A-Za-z0-9][\w.-]*", item.name):
        return f"must have a name of letters, digits, - and _, not {item.name!r}"
    if not is_dataclass(item.parameters):
        return "must have a dataclass of parameters"
    return ""


SHELF = Shelf("PROTOCOL", "a protocol", "PROTOCOL", "hippokv.protocols", PROTOCOLS, _wrong)
#: What was found outside, and the protocol that knows it.
_FROM_OUTSIDE: dict[tuple[str, str], tuple[Protocol[Any, Any], Found]] = {}


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
    origins
        Version of every file and package that it is from, beside HippoKV: a digest of a file.
    record
        What is recorded beside spikes.
    started_s
        Reading of the performance counter when the experiment was prepared.
    """

    protocol: Protocol[Any, Any]
    settings: Settings
    stimuli: Any
    circuit: Circuit
    schedule: Schedule
    origins: Mapping[str, str] = field(default_factory=dict)
    record: tuple[Probe, ...] = ()
    started_s: float = field(default_factory=time.perf_counter)

    def __repr__(self) -> str:
        return f"<Experiment: {self.words}>"

    @property
    def words(self) -> str:
        """What is run on what, with which seed."""
        return f"{self.protocol.name} on {self.circuit.name}, seed {self.settings.run.seed}"

    @property
    def program(self) -> Program:
        """The circuit, ready to be compiled and run."""
        # The settings are checked: the target is one of the words that a program knows.
        return Program(self.circuit, self.settings.run.target)  # type: ignore[arg-type]

    def simulator(self, **told: Any) -> Simulator:
        """Return what runs its circuit; ``told`` are the functions that a simulator calls."""
        run = self.settings.run
        return Simulator(self.program, run.seed, run.dt_ms, record=self.record, **told)


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
    uninformed
        What a rate model predicts that is told nothing of what the circuit did.
    warnings
        What speaks against the scores, a line each.
    spike_scores
        Scores that spikes alone have, by name: rates, regularity, agreement with the prediction.
    paper
        Scores of the paper's own model, by the names of the prediction.
    certainty
        On how much scores rest, what chance gives, and their 95 % intervals, by name.
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
    uninformed: Uninformed = field(default_factory=Uninformed)
    warnings: tuple[str, ...] = ()
    spike_scores: Mapping[str, float] = field(default_factory=dict)
    paper: Mapping[str, float] = field(default_factory=dict)
    certainty: Mapping[str, Certainty] = field(default_factory=dict)
    stages: Mapping[str, Stage] = field(default_factory=dict)
    folder: Path | None = None

    def _repr_html_(self) -> str:
        from hippokv.analysis.figures.notebook import page_of_run

        pictures = self.experiment.protocol.pictures(self)
        return page_of_run(
            self.experiment.words, {**self.metrics, **self.spike_scores},
            self.predicted_metrics, self.paper, self.uninformed.mean, self.warnings, pictures,
        )  # fmt: skip

    def to_pandas(self) -> Any:
        """Return the scores as a table, see :func:`.score_table.score_table`."""
        return score_table(self)

    def plot_raster(self, window: tuple[float, float] | None = None, axes: Any = None) -> Any:
        """Draw every spike of a stretch of time into axes of matplotlib.

        Parameters
        ----------
        window
            From when to when, in s; by default the whole run.
        axes
            Where to draw; by default axes of a figure of their own.

        Returns
        -------
        matplotlib.axes.Axes
            The axes; ``axes.figure.savefig("raster.svg")`` writes it.

        Raises
        ------
        InputError
            For a window that is not within the run.
        """
        from hippokv.analysis.figures.raster import plot_raster

        last = list(self.stages.values())[-1]
        return plot_raster(
            last.recording,
            last.schedule,
            self.experiment.circuit.ensembles.get("hippocampal", 1),
            window,
            axes,
            self.experiment.protocol.sought(last.schedule),
        )

    def __repr__(self) -> str:
        scores = ", ".join(f"{name} {score:.4g}" for name, score in self.metrics.items())
        return f"<Result of {self.experiment.words}: {scores}>"
