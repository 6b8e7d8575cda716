"""Run an experiment: settings to schedule, circuit to readout, rate twin beside it."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from hippokv.analysis.items import Items, items_of
from hippokv.analysis.rate_twin import Learning, rate_twin
from hippokv.analysis.readout import Readout, read_out
from hippokv.circuits.manipulations import Erase
from hippokv.circuits.program import Program, Progress
from hippokv.circuits.recording import Recording
from hippokv.circuits.schedule import Schedule
from hippokv.circuits.slot_memory import SlotMemory
from hippokv.circuits.slot_memory_parameters import Calibration, SlotMemoryParameters
from hippokv.errors import InputError

from .protocol import Protocol, find_protocol
from .settings import Settings, resolve
from .stimuli import Stimuli

Announce = Callable[[str], None]
#: How often a circuit is run at most until its answers and its schedule agree.
MOST_LOOPS = 20


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
        The items.
    circuit
        The circuit that does it.
    schedule
        What is asked of the circuit.
    started_s
        Reading of the performance counter when the experiment was prepared.
    """

    protocol: Protocol[Any]
    settings: Settings
    stimuli: Stimuli
    circuit: SlotMemory
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
        What the circuit did.
    items
        Items and cues as the circuit saw them.
    readout
        What was stored and recalled by the circuit.
    prediction
        The same by the rate model.
    metrics
        Scores of the circuit.
    predicted_metrics
        Scores of the rate model, by the same names.
    timing
        How long it took.
    folder
        Where the results were written, if they were.
    """

    experiment: Experiment
    recording: Recording
    items: Items
    readout: Readout
    prediction: Readout
    metrics: dict[str, float]
    predicted_metrics: dict[str, float]
    timing: Timing
    folder: Path | None = None


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
    circuit = SlotMemory(settings.circuit)
    _check_resets(settings.circuit)
    try:
        circuit.values()
    except ArithmeticError as error:
        raise InputError(
            "circuit", str(error), "must be constants for which the calibration has a solution"
        ) from None
    schedule = found.schedule(stimuli, settings.protocol, circuit, settings.run.seed)
    return Experiment(found, settings, stimuli, circuit, schedule)


def _check_resets(circuit: SlotMemoryParameters) -> None:
    thresholds = {"pv": "lowest_threshold_mV"}
    for name in SlotMemory.populations:
        cell = getattr(circuit, name)
        threshold = getattr(cell, thresholds.get(name, "spike_threshold_mV"))
        if cell.reset_voltage_mV >= threshold:
            raise InputError(
                f"circuit.{name}.reset_voltage_mV", cell.reset_voltage_mV,
                f"must be below the spike threshold, {threshold:g} mV",
            )  # fmt: skip


def run_experiment(
    experiment: Experiment,
    announce: Announce = lambda text: None,
    progress: Progress = lambda epoch: None,
) -> Result:
    """Run an experiment and its rate twin, and score both.

    The rate model takes its temperature from the circuit's calibration, and its slots from the
    circuit where those are chosen at random, or manipulations or stable slots act on the choice.

    Parameters
    ----------
    experiment
        What :func:`prepare` returned.
    announce
        Called with a line of words if the circuit has to be compiled.
    progress
        Called with the number of the epoch that begins.

    Raises
    ------
    BuildError
        Where the circuit cannot be compiled or run.
    """
    settings, schedule = experiment.settings, experiment.schedule
    n_slots = settings.circuit.n_slots
    build_s = experiment.program.build(announce)
    start = time.perf_counter()
    recording, readout = _simulated(experiment, schedule, progress)
    for _ in range(MOST_LOOPS):
        following = _following(experiment, readout)
        if following is None or following.asks_the_same(schedule):
            break
        schedule = following
        recording, readout = _simulated(experiment, schedule, progress)
    run_s = time.perf_counter() - start
    experiment = replace(experiment, schedule=schedule)
    calibration = experiment.circuit.calibration
    where: dict[str, Any] = {"plateaus": readout.plateaus}
    free = all(isinstance(row, Erase) for row in schedule.manipulations)
    stores = schedule.events("store")
    free &= not any(calibration.stabilises(schedule.level("acetylcholine", one)) for one in stores)
    if settings.circuit.selection == "least_recent" and free:
        # Any unused slot may be the first; the order from there on is the prediction.
        where = {"first_slot": int(readout.plateaus[0].argmax())}
    prediction = rate_twin(
        schedule, n_slots, calibration.beta, lit=calibration.lit,
        plateau_writes=experiment.protocol.plateau_writes, learning=learning_of(calibration),
        **where,
    )  # fmt: skip
    items = items_of(schedule)
    measure = experiment.protocol.measure
    metrics, predicted = (
        {**measure(found, prediction, items), **_outcome(experiment, found)}
        for found in (readout, prediction)
    )
    return Result(
        experiment=experiment,
        recording=recording,
        items=items,
        readout=readout,
        prediction=prediction,
        metrics=metrics,
        predicted_metrics=predicted,
        timing=Timing(build_s, run_s, recording.duration_ms / 1e3),
    )


def _simulated(
    experiment: Experiment, schedule: Schedule, progress: Progress
) -> tuple[Recording, Readout]:
    run = experiment.settings.run
    recording = experiment.program.run(schedule, run.seed, run.dt_ms, progress=progress)
    return recording, read_out(recording, schedule, experiment.settings.circuit.n_slots)


def _following(experiment: Experiment, readout: Readout) -> Schedule | None:
    """Return the schedule that a circuit's answers ask for, where they ask for anything."""
    settings, protocol = experiment.settings, experiment.protocol
    if protocol.closed_loop is None:
        return None
    return protocol.closed_loop(
        experiment.stimuli, settings.protocol, experiment.circuit, settings.run.seed, readout
    )


def _outcome(experiment: Experiment, readout: Readout) -> dict[str, float]:
    settings, protocol = experiment.settings, experiment.protocol
    if protocol.outcome is None:
        return {}
    return protocol.outcome(experiment.stimuli, settings.protocol, experiment.circuit, readout)


def learning_of(calibration: Calibration) -> Learning:
    """Return how the rate model learns where a circuit has these parameters."""
    return Learning(
        key_written=calibration.key_written,
        passive_values=calibration.parameters.value_plasticity == "passive_decay",
        values_kept=calibration.values_kept,
        values_written=calibration.values_written,
        stabilises=calibration.stabilises,
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
        Settings that differ from the defaults, by dotted key.
    out
        Folder for the results, pictures and report, as ``hippokv run --out`` writes it; without
        it nothing is written.
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

    given = dict(settings or {})
    if seed is not None:
        given["run.seed"] = seed
    destination = Destination(Path(out)) if out is not None else None
    if destination:
        destination.check()
    result = run_experiment(prepare(protocol, given), announce, progress)
    return write_results(result, destination) if destination else result
