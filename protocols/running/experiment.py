"""Run an experiment: settings to schedule, circuit to scores."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

from hippokv.circuits.program import Progress
from hippokv.errors import InputError
from hippokv.parameter import plain_values

from .configuration import resolve
from .pattern_files import FILE_PREFIX
from .protocol import Experiment, Result, Timing, find_protocol
from .simulator import Announce, Begin
from .stimuli import OWN_VALUES, STIMULI, offered, patterns_of_arrays
from .user_files import out_folder

#: File of items that were given as arrays.
ITEMS = "items.npz"


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
    schedule = found.schedule(stimuli, settings.protocol, circuit, settings.run.seed)
    return Experiment(found, settings, stimuli, circuit, schedule)


def run_experiment(
    experiment: Experiment,
    announce: Announce = lambda text: None,
    progress: Progress = lambda epoch: None,
    begin: Begin = lambda schedule, stage: None,
    foresee: bool = False,
) -> Result[Any]:
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
    simulator = experiment.simulator(
        announce=announce, progress=progress, begin=begin, foresee=foresee
    )
    evaluation = experiment.protocol.perform(experiment, simulator)
    last = list(simulator.stages.values())[-1]
    return Result(
        experiment=replace(experiment, schedule=last.schedule),
        recording=last.recording,
        metrics=evaluation.metrics,
        predicted_metrics=evaluation.prediction,
        timing=Timing(simulator.build_s, simulator.run_s, simulator.simulated_s),
        found=evaluation.found,
        arrays=evaluation.arrays,
        prediction_note=evaluation.prediction_note,
        stages=simulator.stages,
    )


def run(
    protocol: str,
    seed: int | None = None,
    settings: Mapping[str, Any] | None = None,
    out: str | Path | None = None,
    announce: Announce = lambda text: None,
    progress: Progress = lambda epoch: None,
    stimuli: Any = None,
) -> Result[Any]:
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
    stimuli
        The items as arrays, in place of the setting ``protocol.stimuli``: keys of shape (T, d) or
        (T, height, width), or (keys, values), or (keys, values, labels); entries of -1 and 1, or
        grey values, which are split half-way. With ``out`` they are written there as ``items.npz``,
        which the settings name, so that the run can be repeated from its ``config.toml``.

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
    if stimuli is None:
        result = run_experiment(prepare(protocol, given), announce, progress)
        return write_results(result, destination) if destination else result
    patterns = patterns_of_arrays(stimuli)
    source = f"{FILE_PREFIX}{destination.place / ITEMS}" if destination else patterns.source
    for key in (STIMULI, OWN_VALUES):
        if key in given:
            raise InputError(key, given[key], "must be left out: stimuli are given as arrays")
    with offered(source, patterns):
        experiment = prepare(protocol, {**given, STIMULI: source})
    result = run_experiment(experiment, announce, progress)
    if destination is None:
        return result
    return write_results(result, destination, {ITEMS: patterns.arrays()})
