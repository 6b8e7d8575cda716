"""Run an experiment: settings to schedule, circuit to scores."""

from __future__ import annotations

import functools
import logging
import os
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import replace
from io import BytesIO
from pathlib import Path
from typing import Any

from hippokv.circuits.circuit import Circuit
from hippokv.circuits.circuit_checks import undriven
from hippokv.circuits.known_circuits import found_circuit
from hippokv.circuits.presets import without_preset
from hippokv.circuits.probe import RECORD
from hippokv.circuits.program.program import Progress
from hippokv.circuits.schedule import NoSuchChannel, Schedule
from hippokv.components import FILE_PREFIX, Found, digest, told, version_now
from hippokv.errors import BuildError, InputError
from hippokv.parameter import leaves, plain_values
from hippokv.shown_in_notebooks import in_notebook
from hippokv.terminal import announce_in_notebook

from .adapted_cells import unadapted, unmeasured
from .configuration import read_config, resolve
from .evaluation import Evaluation
from .protocol import Experiment, Protocol, Result, Timing, found_protocol
from .recorded import probes_of, recorded_text
from .run_bar import RunBar
from .settings import CIRCUIT_KEY, Settings
from .simulator import Announce, Begin
from .stimuli import OWN_VALUES, STIMULI, absolute, offered, patterns_of_arrays
from .user_files import out_folder

_LOG = logging.getLogger("hippokv")
#: File of items that were given as arrays.
ITEMS = "items.npz"


def prepare(
    protocol: str | Path | Protocol[Any, Any],
    given: Mapping[str, Any],
    circuit: Circuit | None = None,
) -> Experiment:
    """Check the settings and make the schedule.

    Parameters
    ----------
    protocol
        The protocol: its name, its file, or itself.
    given
        Settings that differ from the defaults, by dotted key.
    circuit
        A circuit to use in the place of one that settings name.

    Raises
    ------
    InputError
        For the first setting that cannot be used.
    """
    one = found_protocol(protocol)
    found: Protocol[Any, Any] = one.item
    before = _files_of_items(given)
    with _in_one_line(found):
        settings, stimuli = resolve(found, given, circuit)
        circuit = settings.assembled()
        try:
            schedule = found.schedule(stimuli, settings.protocol, circuit, settings.run.seed)
        except NoSuchChannel as error:
            raise _no_channel(found, circuit, error.channel) from None
        _check_schedule(found, circuit, schedule)
        record = probes_of(settings.run, circuit, schedule, found.sought, found.several_runs)
    for name in undriven(circuit.complete):
        _say_undriven(name, circuit.name)
    origins = origins_of(one, settings)
    # Looked at before it is read and after its version is known, so that the version is of what
    # was read.
    after = _files_of_items(given)
    for source, written in before.items():
        if after.get(source) != written:
            raise InputError(STIMULI, source, "changed while it was read: run again")
    return Experiment(found, settings, stimuli, circuit, schedule, origins, record)


@functools.cache
def _say_undriven(population: str, circuit: str) -> None:
    """Say once that cells may be silent."""
    _LOG.warning("hippokv: nothing drives the population %s of %s", population, circuit)


def origins_of(protocol: Found, settings: Settings) -> dict[str, str]:
    """Return the version of all files and packages that an experiment is from, beside HippoKV."""
    parts = [protocol, *settings.rules().values()]
    if settings.assemble is None:
        parts.append(found_circuit(settings.run.circuit))
    found = {part.source: part.version for part in parts if part.source}
    given = [str(value) for key, value, _ in leaves(settings) if key in (STIMULI, OWN_VALUES)]
    items = {file: version_now(file) for file in given if file.startswith(FILE_PREFIX)}
    # Items that are given as arrays are written when the run has ended.
    return found | {file: version for file, version in items.items() if version}


def _files_of_items(given: Mapping[str, Any]) -> dict[str, tuple[int, ...]]:
    """Return what tells of each file of items that settings name whether it was written since."""
    found: dict[str, tuple[int, ...]] = {}
    for key in (STIMULI, OWN_VALUES):
        source = str(given.get(key, ""))
        if source.startswith(FILE_PREFIX):
            # What is no file, or no name of one, is refused where it is read.
            with suppress(InputError, OSError, ValueError):
                source = absolute(source, key)
                about = os.stat(source.removeprefix(FILE_PREFIX))
                found[source] = (about.st_ino, about.st_size, about.st_mtime_ns)
    return found


def _check_schedule(protocol: Protocol[Any, Any], circuit: Circuit, schedule: Schedule) -> None:
    """Make sure that a circuit has the channels that are driven."""
    if not isinstance(schedule, Schedule):
        words = f"must make a Schedule, not an object of {type(schedule).__name__}"
        raise InputError("PROTOCOL", protocol.name, words)
    for channel in schedule.channels_in_use:
        if channel not in circuit.widths:
            raise _no_channel(protocol, circuit, channel)


def _no_channel(protocol: Protocol[Any, Any], circuit: Circuit, channel: str) -> InputError:
    words = f"must be a circuit with the channel {channel}, which {protocol.name} drives: it has "
    return InputError(CIRCUIT_KEY, circuit.name, words + ", ".join(circuit.widths))


@contextmanager
def _in_one_line(protocol: Protocol[Any, Any]) -> Iterator[None]:
    """Say in one line what went wrong in a protocol, and where; a chained error shows it all."""
    try:
        yield
    except (InputError, BuildError, OSError, MemoryError, ArithmeticError):
        raise
    except Exception as error:
        words = f"must be able to do what it does with this circuit and settings: {told(error)}"
        raise InputError("PROTOCOL", protocol.name, words) from error


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
    with _in_one_line(experiment.protocol):
        evaluation = experiment.protocol.perform(experiment, simulator)
    stages = list(simulator.stages.values())
    parameters = experiment.circuit.parameters
    told_of_cells = (line for one in stages for line in unadapted(parameters, one.schedule))
    warnings = (
        *dict.fromkeys(told_of_cells), *unmeasured(parameters), *evaluation.warnings,
    )  # fmt: skip
    for words in warnings:
        _LOG.warning("hippokv: %s", words)
    last = stages[-1]
    for probe in experiment.record:
        if not any(len(stage.recording.traces[probe.part].time_s) for stage in stages):
            begin_ms = (probe.window_ms or (0.0,))[0]
            longest_ms = max(stage.recording.duration_ms for stage in stages)
            _LOG.warning(
                "hippokv: nothing of %s was recorded: %s", probe.part,
                "no slot holds what is asked for"
                if begin_ms < longest_ms
                else f"the window begins at {begin_ms:g} ms, the longest run ends at "
                f"{longest_ms:g} ms",
            )  # fmt: skip
    return Result(
        experiment=replace(experiment, schedule=last.schedule),
        recording=last.recording,
        metrics=evaluation.metrics,
        predicted_metrics=evaluation.prediction,
        timing=Timing(simulator.build_s, simulator.run_s, simulator.simulated_s),
        found=evaluation.found,
        arrays=evaluation.arrays,
        prediction_note=_prediction_note(evaluation, experiment.circuit),
        uninformed=evaluation.uninformed,
        warnings=warnings,
        spike_scores=evaluation.spike_scores,
        paper=evaluation.paper,
        certainty=evaluation.certainty,
        stages=simulator.stages,
    )


def _prediction_note(evaluation: Evaluation[Any], circuit: Circuit) -> str:
    """Say of what a prediction is, where its rate model does not know how a circuit was changed."""
    known = evaluation.rules_predicted
    told = [words for words in circuit.changes if words.partition(" learns by ")[0] not in known]
    rules = f"the rules of {' and '.join(known)} alone" if known else "nothing"
    changed = f"the circuit was changed ({', '.join(told)}): of that the rate model knows {rules}"
    notes = [evaluation.prediction_note, changed if told and evaluation.prediction else ""]
    return "; ".join(note for note in notes if note)


def run(
    protocol: str | Path | Protocol[Any, Any],
    seed: int | None = None,
    settings: Mapping[str, Any] | None = None,
    out: str | Path | None = None,
    announce: Announce | None = None,
    progress: Progress | None = None,
    circuit: Circuit | None = None,
    config: str | Path | None = None,
    stimuli: Any = None,
    record: Mapping[str, Sequence[str]] | None = None,
) -> Result[Any]:
    """Run a protocol, from its name to its scores.

    Parameters
    ----------
    protocol
        Name of the protocol, as ``storage`` or ``cued-recall``; its file, as ``my_protocol.py``;
        or the protocol itself.
    seed
        Seed of every random number; short for the setting ``run.seed``.
    settings
        Settings that differ from the defaults, by dotted key. NumPy's numbers are Python's of the
        same value.
    out
        Folder for the results, pictures and report, as ``hippokv run --out`` writes it, where
        ``~`` is a home; without it nothing is written.
    announce
        Called with a line of words if the circuit has to be compiled, which takes a minute. By
        default a notebook shows it, and all else nothing.
    progress
        Called with the number of the epoch that begins. By default a notebook shows a bar.
    circuit
        A circuit to use as it is, such as ``slot_memory(parameters).with_rule("keys", rule)``.
    config
        File of settings, such as ``config.toml`` of an earlier run, before those given here. What
        was an object in that run must be passed again.
    stimuli
        The items as arrays, in place of the setting ``protocol.stimuli``: keys of shape (T, d) or
        (T, height, width), or (keys, values), or (keys, values, labels); entries of -1 and 1, or
        grey values, which are split half-way. With ``out`` they are written there as ``items.npz``,
        which the settings name, so that the run can be repeated from its ``config.toml``.
    record
        Variables to record, by population and projection, as ``{"hippocampal": ["v"], "keys":
        ["weight"]}``; short for the setting ``run.record``. They are ``result.recording.traces``.

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
    from .results_folder import Destination, write_archive, write_results

    given = plain_values({} if settings is None else settings)
    if config is not None:
        kept = read_config(config, found_protocol(protocol).item, circuit)
        if stimuli is not None:
            kept = {key: value for key, value in kept.items() if key not in (STIMULI, OWN_VALUES)}
        given = without_preset(kept, given) | given
    if seed is not None:
        given["run.seed"] = seed
    if record is not None:
        given[RECORD] = recorded_text(record)
    destination = Destination(out_folder(out)) if out is not None else None
    if destination:
        destination.check()
    if stimuli is None:
        result = _shown(prepare(protocol, given, circuit), announce, progress)
        return write_results(result, destination) if destination else result
    patterns = patterns_of_arrays(stimuli)
    source = f"{FILE_PREFIX}{destination.place / ITEMS}" if destination else patterns.source
    for key in (STIMULI, OWN_VALUES):
        if key in given:
            raise InputError(key, given[key], "must be left out: stimuli are given as arrays")
    with offered(source, patterns):
        experiment = prepare(protocol, {**given, STIMULI: source}, circuit)
    if destination:
        written = BytesIO()
        write_archive(written, patterns.arrays())
        origins = {**experiment.origins, source: digest(written.getvalue())}
        experiment = replace(experiment, origins=origins)
    result = _shown(experiment, announce, progress)
    if destination is None:
        return result
    return write_results(result, destination, {ITEMS: patterns.arrays()})


def _shown(
    experiment: Experiment, announce: Announce | None, progress: Progress | None
) -> Result[Any]:
    """Run an experiment, and show how far it is where a notebook can and nothing else does."""
    announce = announce or announce_in_notebook
    if progress is not None or not in_notebook():
        return run_experiment(experiment, announce, progress or (lambda epoch: None))
    bar = RunBar()
    try:
        return run_experiment(experiment, announce, bar, bar.begin)
    finally:
        bar.close()
