"""Run an experiment: settings to schedule, circuit to scores."""

from __future__ import annotations

import time
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from hippokv.circuits.circuit import Circuit
from hippokv.circuits.program import Program, Progress
from hippokv.circuits.recording import Recording
from hippokv.circuits.schedule import Schedule
from hippokv.parameter import plain_values

from .key_value_protocol import Recalled
from .protocol import Protocol, find_protocol
from .settings import Settings, resolve
from .simulator import Announce, Begin, Simulator, Stage
from .stimuli import Stimuli
from .user_files import out_folder

if TYPE_CHECKING:
    from hippokv.analysis.items import Items
    from hippokv.analysis.readout import Readout


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


def prepare(protocol: str, given: Mapping[str, Any]) -> Experiment:
    """Check the settings and make the schedule.

    Parameters
    ----------
    protocol
        Name of the protocol.
    given
        Settings that differ from the defaults, by dotted key.

    Raises
    ------
    InputError
        For the first setting that cannot be used.
    """
    found = find_protocol(protocol)
    settings, stimuli = resolve(found, given)
    circuit = settings.assembled()
    schedule = found.first_schedule(stimuli, settings, circuit)
    return Experiment(found, settings, stimuli, circuit, schedule)


def run_experiment(
    experiment: Experiment,
    announce: Announce = lambda text: None,
    progress: Progress = lambda epoch: None,
    begin: Begin = lambda schedule, stage: None,
    foresee: bool = False,
) -> Result:
    """Run an experiment as its protocol says, and score it.

    Parameters
    ----------
    experiment
        What :func:`prepare` returned.
    announce
        Called with a line of words if a circuit has to be compiled.
    progress
        Called with the number of the epoch that begins.
    begin
        Called when a run of the circuit begins, with its schedule and the name of its stage.
    foresee
        Whether to announce what a long run will take, from its first seconds.

    Raises
    ------
    BuildError
        Where the circuit cannot be compiled or run.
    """
    simulator = Simulator(experiment, announce, progress, begin, foresee)
    found = experiment.protocol.perform(experiment, simulator)
    last = list(simulator.stages.values())[-1]
    return Result(
        experiment=replace(experiment, schedule=last.schedule),
        recording=last.recording,
        metrics=found.metrics,
        predicted_metrics=found.prediction,
        timing=Timing(simulator.build_s, simulator.run_s, simulator.simulated_s),
        arrays=found.arrays,
        details=found.details,
        stages=simulator.stages,
    )


def run(
    protocol: str,
    seed: int | None = None,
    settings: Mapping[str, Any] | None = None,
    out: str | Path | None = None,
    announce: Announce = lambda text: None,
    progress: Progress = lambda epoch: None,
) -> Result:
    """Run a protocol, from its name to its scores.

    Parameters
    ----------
    protocol
        Name of the protocol, ``storage`` or ``cued-recall``.
    seed
        Seed of every random number; short for the setting ``run.seed``.
    settings
        Settings that differ from the defaults, by dotted key. NumPy's numbers are Python's of the
        same value.
    out
        Folder for the results, pictures and report, as ``hippokv run --out`` writes it, where
        ``~`` is a home; without it nothing is written.
    announce
        Called with a line of words if the circuit has to be compiled, which takes a minute.
    progress
        Called with the number of the epoch that begins.

    Raises
    ------
    InputError
        For the first setting that cannot be used.
    BuildError
        Where the circuit cannot be compiled or run.

    Examples
    --------
    >>> import hippokv
    >>> result = hippokv.run("cued-recall", seed=1, settings={"protocol.n_items": 20})
    >>> result.metrics["accuracy"]  # doctest: +SKIP
    1.0
    """
    from .results_folder import Destination, write_results

    given = plain_values({} if settings is None else settings)
    if seed is not None:
        given["run.seed"] = seed
    destination = Destination(out_folder(out)) if out is not None else None
    if destination:
        destination.check()
    result = run_experiment(prepare(protocol, given), announce, progress)
    return write_results(result, destination) if destination else result
