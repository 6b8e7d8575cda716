"""The program: a circuit ready to run, one schedule and one seed after the other."""

from __future__ import annotations

import errno
import json
import math
import os
import signal
import subprocess
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager, nullcontext
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from hippokv.errors import BuildError
from hippokv.interrupts import heed_dropped

from ..cells.axonal_delays import LONGEST, SHORTEST, delay_steps, is_delayed
from ..circuit import Circuit
from ..drive.scheduled_drive import ScheduleReader
from ..manipulation.manipulable_cells import RECORDED
from ..probe import Probe, check_bytes, units_of, with_recorded
from ..recording import Recording, SpikeTrain, Trace
from ..schedule import SCHEDULE_STEP_MS, Schedule
from .brian import ONE_AT_A_TIME, import_brian2, own_preferences, statements_read_afresh
from .compiler import compiler_for_cython
from .network import MISTAKES, build_network, delayed_pathways, mistakes_named
from .program_cache import compiled_program
from .program_manifest import PROGRAM, CompiledProgram
from .temporary_folder import run_folder
from .trace_recorder import recorded_name, recorder_name

Values = Mapping[str, "float | NDArray[np.float64]"]
Target = Literal["cpp", "cython", "numpy"]
TARGETS: tuple[Target, ...] = ("cpp", "cython", "numpy")
Progress = Callable[[int], None]
#: How often a circuit that runs in Python says how far it is.
REPORT_PERIOD_S = 0.5
#: How often a run is begun at most where its program is removed or changed meanwhile.
MOST_STARTS = 10
#: How many spike times are read at once.
SPIKES_AT_ONCE = 1_000_000
#: Files with more bytes are mapped into memory rather than read.
MAPPED = 1_000_000
#: Where a program says that it wrote everything: the number of elements of each array.
WRITTEN = "results_arrays.json"
#: Statuses of a program, see ``whole_files.h``.
CANNOT_READ, CANNOT_WRITE = 3, 4
#: What a machine says of a program that it cannot run at all.
CANNOT_RUN = (errno.ENOEXEC, errno.EACCES, errno.EPERM)
#: Programs that were whole and yet could not be run, and were compiled again by this process.
_COMPILED_AGAIN: set[Path] = set()


@dataclass(frozen=True)
class Program:
    """Run a circuit on schedules.

    Parameters
    ----------
    circuit
        The circuit.
    target
        ``cpp`` compiles it once and keeps the program on disk; ``cython`` and ``numpy`` run it
        inside Python, slower; ``numpy`` needs no compiler.
    """

    circuit: Circuit
    target: Target = "cpp"

    def build(
        self,
        announce: Callable[[str], None] = lambda text: None,
        record: Sequence[Probe] = (),
    ) -> float:
        """Compile the circuit unless that was done before; return the seconds it took.

        Parameters
        ----------
        announce
            Called with a line of words if there is something to wait for.
        record
            What will be recorded beside spikes; only its variables matter.

        Raises
        ------
        InputError
            For a variable that the circuit does not have.
        BuildError
            Where there is no C++ compiler or it fails.
        """
        if self.target != "cpp":
            return 0.0
        return compiled_program(with_recorded(self.circuit, record), announce)[1]

    def run(
        self,
        schedule: Schedule,
        seed: int,
        dt_ms: float,
        weights: Mapping[str, NDArray[np.float64]] | None = None,
        progress: Progress = lambda epoch: None,
        record: Sequence[Probe] = (),
    ) -> Recording:
        """Run the circuit through a schedule.

        Parameters
        ----------
        schedule
            What happens, from when to when.
        seed
            Seed of every random number of the simulation, 0 to 2**32 - 1.
        dt_ms
            Time step in ms; must divide the schedule's grid of 5 ms.
        weights
            Weights to start from instead of the naive ones, by projection, with rows as in a
            recording.
        progress
            Called with the number of the epoch that begins.
        record
            What is recorded beside spikes, a probe for each part. Other variables are another
            program; other cells and times are not. The circuit runs twice where one of them
            chooses its cells by what the circuit does.

        Returns
        -------
        Recording
            Spikes, events, the weights at the end, and what the probes recorded.

        Raises
        ------
        InputError
            For a probe that does not fit the circuit or the schedule.
        ValueError
            For a schedule or weights that do not fit the circuit, or a time step that does not
            divide the grid.
        BuildError
            Where the program cannot be built or fails.
        """
        self._check(schedule, dt_ms)
        for probe in record:
            probe.check(self.circuit, schedule, dt_ms)
        check_bytes(record, self.circuit, schedule.duration_ms, dt_ms, self.target == "cpp")
        values = dict(self.circuit.values())
        for name, weight in (weights or {}).items():
            values[f"{name}.weight"] = self._as_synapses(name, weight)
        program = replace(self, circuit=with_recorded(self.circuit, record))

        def once(record: Sequence[Probe]) -> Recording:
            if self.target == "cpp":
                return program._run_compiled(schedule, seed, dt_ms, values, progress, record)
            with ONE_AT_A_TIME:
                return program._run_in_python(schedule, seed, dt_ms, values, progress, record)

        if not any(callable(probe.cells) for probe in record):
            return once(record)
        first = once([probe.blind() for probe in record])
        chosen = [probe.chosen(first, schedule) for probe in record]
        for probe in chosen:
            probe.check(self.circuit, schedule, dt_ms)
        found = once(chosen)
        _check_the_same(first, found)
        return found

    def _check(self, schedule: Schedule, dt_ms: float) -> None:
        for channel, width in self.circuit.widths.items():
            if schedule.widths.get(channel) != width:
                raise ValueError(
                    f"the schedule's channel {channel!r} has width {schedule.widths.get(channel)}: "
                    f"{self.circuit.name} reads {width}"
                )
        steps = SCHEDULE_STEP_MS / dt_ms if dt_ms > 0 else 0.0
        if not (steps >= 1 and abs(steps - round(steps)) < 1e-9):
            raise ValueError(
                f"a time step of {dt_ms:g} ms: must divide the schedule's grid of "
                f"{SCHEDULE_STEP_MS:g} ms"
            )

    def _run_compiled(
        self, schedule: Schedule, seed: int, dt_ms: float, values: Values, progress: Progress,
        record: Sequence[Probe],
    ) -> Recording:  # fmt: skip
        distrust = False
        for _ in range(MOST_STARTS):
            program, _ = compiled_program(self.circuit, distrust=distrust)
            try:
                return self._run_once(program, schedule, seed, dt_ms, values, progress, record)
            except _StartedInVain as error:
                reason = error
                distrust = error.of_no_use
            if distrust and program.folder in _COMPILED_AGAIN:
                raise BuildError(
                    f"the compiled circuit {program.folder} could not be run ({reason}); must be "
                    "on a disk from which programs may be run, and of a compiler for this "
                    "processor: name another folder by HIPPOKV_CACHE, or another compiler by CXX"
                )
            if distrust:
                _COMPILED_AGAIN.add(program.folder)
        raise BuildError(
            f"the compiled circuit {program.folder} could not be run ({reason}); must be left "
            "alone while it runs, else remove it or name another folder by HIPPOKV_CACHE"
        )

    def _run_once(
        self, program: CompiledProgram, schedule: Schedule, seed: int, dt_ms: float,
        values: Values, progress: Progress, record: Sequence[Probe],
    ) -> Recording:  # fmt: skip
        with run_folder() as folder:
            arguments = ["--results_dir", f"{folder}/results_"]
            with _room():
                tables = _write_tables(_tables_of(schedule), folder)
                for probe in record:
                    tables += _write_tables(self._samples(probe, schedule, dt_ms), folder)
                for variable, value in values.items():
                    if np.ndim(value):
                        path = folder / f"value-{variable}.f64"
                        path.write_bytes(np.asarray(value, dtype=float).tobytes())
                        arguments.append(f"{variable}={path}")
                    else:
                        arguments.append(f"{variable}={float(value)!r}")
            environment = {
                **os.environ,
                "HIPPOKV_RUN": str(folder),
                "HIPPOKV_TABLES": f" {tables}",
                "HIPPOKV_SEED": str(seed),
                "HIPPOKV_DT": repr(dt_ms * 1e-3),
            }
            _execute(program, arguments, environment, progress)
            with _room():
                return self._collect(schedule, folder, program, dt_ms, record)

    def _samples(self, probe: Probe, schedule: Schedule, dt_ms: float) -> dict[str, NDArray[Any]]:
        """Return the tables that tell a program what a probe samples, and when."""
        steps = probe.steps(schedule.duration_ms, dt_ms)
        return {
            f"sampled_steps_{probe.part}": np.array([steps.start, steps.stop, steps.step]),
            f"sampled_places_{probe.part}": probe.places(self.circuit),
        }

    def _collect(
        self, schedule: Schedule, folder: Path, program: CompiledProgram, dt_ms: float,
        record: Sequence[Probe],
    ) -> Recording:  # fmt: skip
        counts = _elements_written(folder / WRITTEN)

        def written(variable: str, dtype: str) -> NDArray[Any]:
            name = program.outputs[variable]
            path = folder / f"results_{name}"
            expected = counts.get(name, -1) * np.dtype(dtype).itemsize
            found = path.stat().st_size if path.exists() else "no"
            if expected != found:
                raise BuildError(
                    f"the compiled circuit left {found} bytes of {variable} instead of {expected}: "
                    "nothing is kept of this run"
                )
            # To open a map takes longer than to read what most runs write.
            return np.memmap(path, dtype, "r") if expected > MAPPED else np.fromfile(path, dtype)

        def train(monitor: str, size: int) -> SpikeTrain:
            time_s, cell = written(f"{monitor}.t", "f8"), written(f"{monitor}.i", "i4")
            return _train(time_s, cell, size, schedule, dt_ms)

        def final(variable: str) -> NDArray[np.float64]:
            return np.array(written(variable, "f8"))

        def sampled(probe: Probe, variable: str) -> NDArray[np.float64]:
            return final(f"{recorder_name(probe.part)}.{recorded_name(variable)}")

        return self._recording(schedule, dt_ms, train, final, record, sampled)

    def _run_in_python(
        self, schedule: Schedule, seed: int, dt_ms: float, values: Values, progress: Progress,
        record: Sequence[Probe],
    ) -> Recording:  # fmt: skip
        begun_s = time.monotonic()
        brian2 = import_brian2()
        brian2.BrianLogger.log_level_error()
        brian2.set_device("runtime")
        compiler = compiler_for_cython() if self.target == "cython" else nullcontext()
        with own_preferences(brian2) as preferences, statements_read_afresh(), compiler:
            preferences.codegen.target = self.target
            # Functions of the schedule and of noise know no units, which Brian2 would look at, and
            # write down what they returned, at each step of the grid.
            preferences.codegen.runtime.numpy.discard_units = True
            preferences.core.stop_on_keyboard_interrupt = False
            # Cython compiles some seventy modules in turn, mostly code that runs rarely.
            preferences.codegen.cpp.extra_compile_args_gcc = ["-w", "-O1"]
            brian2.seed(seed)
            brian2.defaultclock.dt = dt_ms * brian2.ms
            reader = ScheduleReader(self.circuit.widths)
            reader.load(schedule)
            with mistakes_named(self.circuit, *MISTAKES):
                network = build_network(
                    self.circuit, reader.functions(), schedule.manipulations, record
                )
            objects = {item.name: item for item in network.objects}
            for variable, value in values.items():
                owner, name = variable.split(".")
                getattr(objects[owner], name + "_")[:] = value
            for projection in filter(is_delayed, self.circuit.synapses):
                shortest, longest = (
                    float(values[f"{projection.name}.{name}"]) for name in (SHORTEST, LONGEST)
                )
                synapses = objects[projection.name]
                steps = delay_steps(len(synapses.source), shortest, longest, dt_ms * 1e-3)
                for pathway in delayed_pathways(projection, synapses):
                    pathway.delay_ = steps[synapses.i[:]] * dt_ms * 1e-3
            bounds = schedule.start_ms

            def report(elapsed: Any, completed: float, start: Any, duration: Any) -> None:
                heed_dropped(begun_s)
                now = completed * schedule.duration_ms
                progress(max(int(np.searchsorted(bounds, now, side="right")) - 1, 0))

            with mistakes_named(self.circuit):
                network.run(
                    schedule.duration_ms * brian2.ms, namespace={},
                    report=report, report_period=REPORT_PERIOD_S * brian2.second,
                )  # fmt: skip

        def train(monitor: str, size: int) -> SpikeTrain:
            found = objects[monitor]
            return _train(found.t_[:], found.i[:], size, schedule, dt_ms)

        def final(variable: str) -> NDArray[np.float64]:
            owner, name = variable.split(".")
            return np.array(getattr(objects[owner], name + "_")[:])

        def sampled(probe: Probe, variable: str) -> NDArray[np.float64]:
            # It has sampled all the time.
            steps = probe.steps(schedule.duration_ms, dt_ms)
            inside = slice(steps.start // steps.step, steps.stop // steps.step)
            found = getattr(objects[recorder_name(probe.part)], f"{variable}_").T[inside]
            return np.array(found, dtype=float)

        return self._recording(schedule, dt_ms, train, final, record, sampled)

    def _recording(
        self,
        schedule: Schedule,
        dt_ms: float,
        train: Callable[[str, int], SpikeTrain],
        final: Callable[[str], NDArray[np.float64]],
        record: Sequence[Probe],
        sampled: Callable[[Probe, str], NDArray[np.float64]],
    ) -> Recording:
        sizes = self.circuit.sizes
        return Recording(
            spikes={
                name: train(f"spikes_{name}", sizes[name]) for name in self.circuit.populations
            },
            events={
                name: train(f"events_{name}", sizes[population])
                for name, population in self.circuit.events.items()
            },
            weights={
                name: self._by_cell(name, _finite(name, final(f"{name}.weight")))
                for name in self.circuit.projections
            },
            duration_ms=schedule.duration_ms,
            cells={
                f"{variable}_{name}": final(f"{name}.{variable}")
                for name in self.circuit.manipulable
                for variable in (RECORDED if schedule.manipulations else ())
            },
            traces={
                probe.part: self._trace(
                    probe, schedule, dt_ms,
                    {name: sampled(probe, name) for name in probe.variables},
                )
                for probe in record
            },
        )  # fmt: skip

    def _trace(
        self, probe: Probe, schedule: Schedule, dt_ms: float, values: Mapping[str, NDArray[Any]]
    ) -> Trace:
        steps = probe.steps(schedule.duration_ms, dt_ms)
        shape = len(steps), *probe.shape(self.circuit)
        for name, found in values.items():
            if found.size != math.prod(shape):
                raise BuildError(
                    f"the circuit recorded {found.size} values of {probe.part}.{name} instead of "
                    f"{math.prod(shape)}: nothing is kept of this run"
                )
        return Trace(
            time_s=np.multiply(steps, dt_ms * 1e-3, dtype=float),
            cells=probe.rows(self.circuit),
            values={name: found.reshape(shape) for name, found in values.items()},
            units=units_of(self.circuit, probe),
        )

    def _by_cell(self, name: str, weight: NDArray[np.float64]) -> NDArray[np.float64]:
        table = weight.reshape(self.circuit.weight_shapes()[name])
        return table.T.copy() if self.circuit[name].rows == "target" else table.copy()

    def _as_synapses(self, name: str, weight: NDArray[np.float64]) -> NDArray[np.float64]:
        if name not in self.circuit.projections:
            raise ValueError(
                f"weights of {name!r}: {self.circuit.name} has "
                f"{', '.join(self.circuit.projections)}"
            )
        table = np.asarray(weight, dtype=float)
        table = table.T if self.circuit[name].rows == "target" else table
        if table.shape != self.circuit.weight_shapes()[name]:
            raise ValueError(f"weights of {name} have the wrong shape {np.shape(weight)}")
        return np.ascontiguousarray(table).ravel()


def _tables_of(schedule: Schedule) -> dict[str, NDArray[Any]]:
    tables = {"epochs": np.append(schedule.start_ms, schedule.duration_ms) / 1e3}
    return tables | {name: schedule.channel(name) for name in schedule.channels_in_use}


def _write_tables(tables: Mapping[str, NDArray[Any]], folder: Path) -> str:
    """Write tables that a program reads, and return how many elements each has."""
    for name, table in tables.items():
        (folder / f"{name}.f64").write_bytes(table.astype(float).tobytes())
    return "".join(f"{name}={table.size} " for name, table in tables.items())


def _finite(projection: str, weight: NDArray[np.float64]) -> NDArray[np.float64]:
    if not np.isfinite(weight).all():
        raise BuildError(
            f"the simulation diverged, weights of {projection} are not finite: run.dt_ms must be "
            "smaller, or the constants of the circuit others"
        )
    return weight


def _check_the_same(first: Recording, second: Recording) -> None:
    """Make sure that cells chosen by what a circuit did are those of what was recorded."""
    for name, train in first.spikes.items():
        other = second.spikes[name]
        if not (np.array_equal(train.step, other.step) and np.array_equal(train.cell, other.cell)):
            raise BuildError(
                f"the circuit did not do the same when it ran again to record the cells that are "
                f"asked for: spikes of {name} differ, and nothing is kept of this run"
            )


def _elements_written(path: Path) -> dict[str, int]:
    """Return how many elements a program wrote of each array.

    Raises
    ------
    BuildError
        Where it did not write to the end.
    """
    try:
        elements = json.loads(path.read_bytes())["elements"]
        return {str(name): int(count) for name, count in elements.items()}
    except (OSError, ValueError, LookupError, AttributeError, TypeError):
        raise BuildError(
            "the compiled circuit ended before it had written everything: nothing is kept of this "
            "run"
        ) from None


def _train(
    time_s: NDArray[np.float64],
    cell: NDArray[np.int32],
    size: int,
    schedule: Schedule,
    dt_ms: float,
) -> SpikeTrain:
    if len(time_s) != len(cell):
        raise BuildError(f"the circuit recorded {len(time_s)} times of {len(cell)} spikes")
    # Spikes come in the order of time; the step in which a schedule ends is still simulated.
    count = int(np.searchsorted(time_s, schedule.duration_ms / 1e3 - 1e-9))
    dt_s = dt_ms * 1e-3
    step = np.empty(count, np.int32)
    # A long run has more spikes than should be in memory as times.
    for start in range(0, count, SPIKES_AT_ONCE):
        part = slice(start, min(start + SPIKES_AT_ONCE, count))
        np.rint(time_s[part] / dt_s, out=step[part], casting="unsafe")
        if not np.array_equal(step[part] * dt_s, time_s[part]):
            raise BuildError(f"the circuit recorded spikes that are not on steps of {dt_ms:g} ms")
    return SpikeTrain(step, np.array(cell[:count], dtype=np.int32), size, dt_s)


class _StartedInVain(Exception):
    """Report a program that was gone or another when it was to be run, or does not run at all."""

    def __init__(self, reason: object, of_no_use: bool = False) -> None:
        super().__init__(getattr(reason, "strerror", None) or reason)
        self.of_no_use = of_no_use


def _execute(
    program: CompiledProgram, arguments: list[str], environment: dict[str, str], progress: Progress
) -> None:
    """Run a program to its end.

    Raises
    ------
    _StartedInVain
        Where it has to be started again.
    BuildError
        Where it fails.
    """
    begun_s = time.monotonic()
    try:
        process = subprocess.Popen(
            [str(program.folder / PROGRAM), *arguments], cwd=program.folder, env=environment,
            stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE,
            text=True, errors="replace",
        )  # fmt: skip
    except FileNotFoundError as error:
        raise _StartedInVain(error) from None
    except OSError as error:
        if not program.is_the_same(PROGRAM):
            raise _StartedInVain(error) from None
        if error.errno in CANNOT_RUN:
            raise _StartedInVain(error, of_no_use=True) from None
        raise BuildError(
            f"the compiled circuit could not be started ({error.strerror}): must be allowed more "
            "processes and files (ulimit -u, ulimit -n), or be fewer at once (--jobs)"
        ) from None
    with process, ThreadPoolExecutor(1) as reader:
        assert process.stdout
        assert process.stderr
        # What it says must not wait until its progress is read.
        errors = reader.submit(process.stderr.read)
        try:
            # What runs is what was checked if the file is the same before and after its start.
            if not program.is_the_same(PROGRAM):
                process.kill()
                raise _StartedInVain("it was replaced")
            for line in process.stdout:
                heed_dropped(begun_s)
                if line.strip().isdigit():
                    progress(int(line))
            words = " ".join(errors.result().split())[-500:]
            status = process.wait()
        except BaseException:
            process.kill()
            raise
    if status == CANNOT_READ:
        raise _StartedInVain(words)
    if status == CANNOT_WRITE:
        raise _no_room(words)
    if status == -signal.SIGILL:
        raise _StartedInVain("this processor does not know an instruction in it", of_no_use=True)
    if status:
        raise BuildError(f"the compiled circuit failed ({_named(status)}): {words or 'no word'}")


def _named(status: int) -> str:
    """Say what the exit status of a program means."""
    if status >= 0:
        return f"status {status}"
    name = signal.Signals(-status).name
    causes = {"SIGKILL": ", as when memory runs out", "SIGXFSZ": ": a file grew beyond ulimit -f"}
    return f"ended by {name}{causes.get(name, '')}"


@contextmanager
def _room() -> Iterator[None]:
    try:
        yield
    except OSError as error:
        raise _no_room(error) from error


def _no_room(reason: object) -> BuildError:
    words = getattr(reason, "strerror", None) or reason
    folder = tempfile.tempdir or os.environ.get("TMPDIR", "/tmp")
    return BuildError(
        f"TMPDIR = {folder!r}: must be a folder with room for what a run reads and writes ({words})"
    )
