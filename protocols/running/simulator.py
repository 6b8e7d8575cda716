"""What runs circuits for an experiment, once or several times, and keeps what they did."""

from __future__ import annotations

import shutil
import tempfile
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace

import numpy as np
from numpy.typing import NDArray

from hippokv.circuits.circuit import Circuit
from hippokv.circuits.probe import Probe, check_bytes
from hippokv.circuits.program.program import Program, Progress
from hippokv.circuits.recording import Recording
from hippokv.circuits.schedule import Schedule

from .evaluation import Stage

Announce = Callable[[str], None]
#: What a run takes is foreseen from its begin where it simulates more than this, in s.
LONG_S = 600.0
#: How much of a long run is simulated to foresee what all of it takes, in s.
BEGIN_S = 20.0
#: Bytes of memory for each byte of spikes, chosen: the program keeps them in arrays that double
#: when they are full. benchmarks/long_runs.py measures it.
MEMORY_OF_SPIKES = 2.0
#: Called with the schedule and the name of a stage that begins.
Begin = Callable[[Schedule, str], None]


@dataclass
class Simulator:
    """Run circuits with the seed, time step and target of an experiment.

    Parameters
    ----------
    program
        The circuit of the experiment, on its target.
    seed, dt_ms
        Seed and time step in ms, where a run has no others.
    announce
        Called with a line of words if a circuit has to be compiled.
    progress
        Called with the number of the epoch that begins.
    begin
        Called when a run begins, with its schedule and the name of its stage.
    foresee
        Whether to announce what a long run will take, from its first seconds.
    record
        What is recorded beside spikes, in each run as far as it reaches into the window.
    """

    program: Program
    seed: int
    dt_ms: float
    announce: Announce = lambda text: None
    progress: Progress = lambda epoch: None
    begin: Begin = lambda schedule, stage: None
    foresee: bool = False
    record: tuple[Probe, ...] = ()
    #: The runs that are kept, by name; the last one is the last that was run.
    stages: dict[str, Stage] = field(default_factory=dict)
    #: Seconds spent on compiling and on running, and seconds simulated.
    build_s: float = 0.0
    run_s: float = 0.0
    simulated_s: float = 0.0

    def __call__(
        self,
        schedule: Schedule,
        stage: str = "",
        weights: Mapping[str, NDArray[np.float64]] | None = None,
        circuit: Circuit | None = None,
        seed: int | None = None,
    ) -> Recording:
        """Run a circuit through a schedule.

        Parameters
        ----------
        schedule
            What is asked of it.
        stage
            Name of the run, where an experiment has several: small letters and ``_``, a prefix of
            its arrays in ``recording.npz``. A run with the name of an earlier one takes its place.
        weights
            Weights to start from, as in a recording; those of an earlier run, or some of them.
        circuit
            The circuit, where it is another than the experiment's.
        seed
            Seed of the simulation, where it is another than the experiment's.

        Raises
        ------
        InputError
            Where there is no room for what is recorded.
        """
        program = self.program if circuit is None else replace(self.program, circuit=circuit)
        seed = self.seed if seed is None else seed
        length_ms = schedule.duration_ms
        record = [probe.before(length_ms) for probe in self.record]
        kept = sum(map(_bytes_of_traces, self.stages.values()))
        compiled = program.target == "cpp"
        check_bytes(record, program.circuit, length_ms, self.dt_ms, compiled, kept)
        self.build_s += program.build(self.announce, record)
        twice = any(callable(probe.cells) for probe in record)
        if self.foresee and length_ms > LONG_S * 1e3:
            start = time.perf_counter()
            begin = [probe.blind() for probe in record]
            first = program.run(
                schedule.until(BEGIN_S * 1e3), seed, self.dt_ms, weights, record=begin
            )
            traces = sum(one.bytes_of(program.circuit, length_ms, self.dt_ms) for one in record)
            times = 2 if twice else 1
            seconds = times * (time.perf_counter() - start)
            self.announce(_foreseen(first, seconds, schedule, traces))
        if twice:
            self.announce("run twice: once to see which cells are asked for, once to record them")
        self.begin(schedule, stage)
        start = time.perf_counter()
        recording = program.run(schedule, seed, self.dt_ms, weights, self.progress, record)
        self.run_s += time.perf_counter() - start
        self.simulated_s += recording.duration_ms / 1e3
        # Behind all others, also where the name is that of an earlier one.
        self.stages.pop(stage, None)
        self.stages[stage] = Stage(schedule, recording)
        return recording


def _bytes_of_traces(stage: Stage) -> int:
    traces = stage.recording.traces.values()
    return sum(held.nbytes for trace in traces for held in trace.values.values())


def _foreseen(first: Recording, seconds: float, schedule: Schedule, traces: int) -> str:
    """Say what a run takes whose begin took some seconds, and whose traces are so many bytes."""
    times = schedule.duration_ms / first.duration_ms
    spikes = times * sum(train.time_s.nbytes + train.cell.nbytes for train in first.spikes.values())
    written = spikes + traces
    free = shutil.disk_usage(tempfile.gettempdir()).free
    minutes = times * seconds / 60
    length = f"{minutes:.0f} min" if minutes < 90 else f"{minutes / 60:.1f} h"
    return (
        f"{schedule.duration_ms / 3.6e6:.1f} h to simulate, if it goes on as it begins: about "
        f"{length}, {(MEMORY_OF_SPIKES * spikes + traces) / 1e9:.1f} GB of memory, "
        f"{written / 1e9:.1f} GB for a while in {tempfile.gettempdir()} ({free / 1e9:.0f} GB free),"
        " and at most as much in the results"
    )
