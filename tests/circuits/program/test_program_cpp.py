"""The compiled program: built once, whole or not at all, and the same science as in Python."""

from __future__ import annotations

import contextlib
import dataclasses
import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import hippokv
from hippokv.circuits.cells.pattern_cells import PatternCellParameters, pattern_cells
from hippokv.circuits.circuit import Circuit
from hippokv.circuits.program.compiler import COMPILER_VARIABLE
from hippokv.circuits.program.program import Program
from hippokv.circuits.program.program_cache import (
    CACHE_VARIABLE,
    MAKERS,
    circuit_key,
    compiled_program,
)
from hippokv.circuits.recording import Recording
from hippokv.circuits.schedule import Epoch, Schedule, on_off
from hippokv.circuits.slot_memory import slot_memory
from hippokv.circuits.slot_memory_parameters import SlotMemoryParameters
from hippokv.errors import BuildError
from hippokv.parameter import with_values
from hippokv.protocols.running.protocol import Result

DEFAULT = slot_memory(SlotMemoryParameters())

#: Sizes of the compiled circuit, and an experiment that also runs inside Python in some seconds.
SETTINGS: dict[str, Any] = {
    "run.circuit": "slot_memory",
    "circuit.n_inputs": 20, "circuit.n_outputs": 16, "circuit.n_slots": 6,
    "circuit.cells_per_slot": 3, "protocol.n_items": 3, "protocol.gap_ms": 200,
    "protocol.settling_ms": 50, "protocol.cue_ms": 300, "protocol.occlusion": 0.4, "run.dt_ms": 1,
}  # fmt: skip


def small_parameters() -> SlotMemoryParameters:
    """Return the sizes of the compiled circuit."""
    return SlotMemoryParameters(n_inputs=20, n_outputs=16, n_slots=6, cells_per_slot=3)


def storing(circuit: Circuit, duration_ms: float = 900.0) -> Schedule:
    """Return a schedule in which one item is stored."""
    stream = np.random.default_rng(0)
    shown = {
        "entorhinal": on_off(stream.choice([-1, 1], circuit.parameters.n_inputs)),
        "cortical": on_off(stream.choice([-1, 1], circuit.parameters.n_outputs)),
        "acetylcholine": 1.0,
    }
    epochs = (
        Epoch("store", duration_ms, 0, shown),
        Epoch("store", 250.0, 0, {**shown, "instruction": 1.0}),
        Epoch("rest", 150.0),
    )
    return Schedule(epochs, circuit.widths)


def same(one: Recording, other: Recording) -> bool:
    """Return whether two recordings are equal to the last bit."""
    trains = [(one.spikes[name], other.spikes[name]) for name in one.spikes]
    trains += [(one.events[name], other.events[name]) for name in one.events]
    return all(
        np.array_equal(a.time_s, b.time_s) and np.array_equal(a.cell, b.cell) for a, b in trains
    ) and all(np.array_equal(one.weights[name], other.weights[name]) for name in one.weights)


def files(folder: Path) -> dict[str, tuple[int, int]]:
    """Return size and time of every file in a folder and below."""
    return {str(path): (path.stat().st_size, path.stat().st_mtime_ns) for path in folder.rglob("*")}


# --- building -------------------------------------------------------------------------------------


#: A circuit that is soon compiled, for what is the same with any.
FEW_CELLS = Circuit("few_cells", (pattern_cells(PatternCellParameters(), "entorhinal", 8),))
#: Compiles it in a process of its own if need be, runs it, and tells what it took.
WORKER = """
import hashlib, json, sys
from hippokv.circuits.program import program_cache
from hippokv.circuits.circuit import Circuit
from hippokv.circuits.cells.pattern_cells import PatternCellParameters, pattern_cells
from hippokv.circuits.program.program import Program
from hippokv.circuits.schedule import Epoch, Schedule

builds = []
compile_it = program_cache._compile_in_process
program_cache._compile_in_process = lambda *given: (builds.append(1), compile_it(*given))
circuit = Circuit("few_cells", (pattern_cells(PatternCellParameters(), "entorhinal", 8),))
announced = []
seconds = Program(circuit).build(announced.append)
schedule = Schedule((Epoch("recall", 300.0, 0, {"entorhinal": 1.0}),), circuit.widths)
recording = Program(circuit).run(schedule, seed=5, dt_ms=0.5)
times = recording.spikes["entorhinal"].time_s
print(json.dumps({
    "builds": len(builds), "seconds": seconds, "announced": announced, "spikes": len(times),
    "digest": hashlib.sha256(times.tobytes()).hexdigest(), "brian2": "brian2" in sys.modules,
}))
"""


def _worker() -> subprocess.Popen[str]:
    return subprocess.Popen(
        [sys.executable, "-c", WORKER], text=True, start_new_session=True,
        stdout=subprocess.PIPE, stderr=subprocess.PIPE,
    )  # fmt: skip


def _kill_a_build(temporary: Path) -> tuple[bool, list[int]]:
    """Kill a build with its whole process group as soon as it compiles.

    Returns if it did, and the compilers: they have a group of their own and outlive it.
    """
    worker = _worker()
    deadline = time.monotonic() + 300
    at_work = False
    while not at_work and time.monotonic() < deadline and worker.poll() is None:
        time.sleep(0.05)
        at_work = any(temporary.glob("*/main.cpp"))
    pairs = (line.split() for line in _processes("pid=,ppid=").splitlines())
    orphans = [int(pid) for pid, parent in pairs if int(parent) == worker.pid]
    os.killpg(worker.pid, signal.SIGKILL)
    worker.communicate()
    return at_work, orphans


def _end(compilers: list[int]) -> None:
    """End compilers whose parent was killed."""
    for pid in compilers:
        if "hippokv.circuits.program.compile" in _processes("command=", "-p", str(pid)):
            with contextlib.suppress(ProcessLookupError):
                os.killpg(pid, signal.SIGKILL)


def _processes(columns: str, *which: str) -> str:
    command = ["ps", *(which or ("-A",)), "-o", columns]
    return subprocess.run(command, capture_output=True, text=True, check=False).stdout


def test_a_build_killed_half_way_a_half_finished_folder_and_two_builds_at_once(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(CACHE_VARIABLE, str(tmp_path))
    temporary = tmp_path / ".temporary"
    temporary.mkdir()
    monkeypatch.setenv("TMPDIR", str(temporary))
    killed_at_work, orphans = _kill_a_build(temporary)
    folder = tmp_path / circuit_key(FEW_CELLS)
    folder.mkdir()
    (folder / "main").write_text("not a program")
    workers = [_worker() for _ in range(2)]
    told = [worker.communicate(timeout=900) for worker in workers]
    _end(orphans)
    assert not any(worker.returncode for worker in workers), told
    assert killed_at_work
    first, second = (json.loads(output) for output, _ in told)
    assert first["builds"] + second["builds"] == 1
    assert min(first["seconds"], second["seconds"]) > 0
    announced = ["compiling few_cells (once for these sizes)"]
    assert first["announced"] == second["announced"] == announced
    assert first["digest"] == second["digest"]
    assert first["spikes"] > 0
    assert not first["brian2"], "the process that runs the circuit never imports the simulator"
    shown = {path.name for path in tmp_path.iterdir() if not path.name.startswith(".")}
    assert shown == {folder.name, f"{folder.name}.lock"}
    assert (folder / "outputs.json").exists()
    assert (folder / "main").stat().st_size > 10_000


def test_a_build_that_fails_leaves_no_folder_and_says_why(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    cache, broken = tmp_path / "cache", tmp_path / "broken"
    broken.mkdir()
    (broken / "brian2.py").write_text("raise ImportError('no such simulator')\n")
    monkeypatch.setenv("HIPPOKV_CACHE", str(cache))
    monkeypatch.setenv("PYTHONPATH", str(broken))
    with pytest.raises(BuildError, match=r"compiling slot_memory failed: .*no such simulator"):
        Program(slot_memory(small_parameters())).build()
    assert not [path for path in cache.iterdir() if path.is_dir()]


# --- what is compiled anew ------------------------------------------------------------------------


@pytest.mark.parametrize(
    "change",
    [
        {"n_inputs": 21}, {"n_outputs": 17}, {"n_slots": 7}, {"cells_per_slot": 4}, {"n_pv": 19},
        {"n_sst": 3}, {"n_cholinergic": 9}, {"n_slots": 9, "cells_per_slot": 2},
        {"selection": "least_recent"}, {"key_plasticity": "milstein"},
    ],
)  # fmt: skip
def test_another_structure_is_another_program(change: dict[str, Any]) -> None:
    other = with_values(small_parameters(), change)
    assert circuit_key(slot_memory(other)) != circuit_key(slot_memory(small_parameters()))


@pytest.mark.parametrize(
    "change",
    [
        {"beta": 0.2}, {"selection": "random"}, {"plateau_probability": 1.0}, {"value_pA": 1.0},
        {"hippocampal.leak_nS": 12.0}, {"sst.inhibition_nS": 0.0}, {"key_rule.learning_rate": 0.1},
        {"key_rule.interval_ms": 20.0}, {"value_rule.trace_tau_ms": 50.0},
    ],
)  # fmt: skip
def test_other_numbers_are_the_same_program(change: dict[str, Any]) -> None:
    other = with_values(small_parameters(), change)
    assert circuit_key(slot_memory(other)) == circuit_key(slot_memory(small_parameters()))


def test_other_sources_are_another_program(tmp_path: Path) -> None:
    """Two copies of the package that differ in one line of a rule."""
    import shutil

    import hippokv.circuits
    import hippokv.plasticity

    script = (
        "from hippokv.circuits.program.program_cache import circuit_key, compiled_program\n"
        "from hippokv.circuits.slot_memory import slot_memory\n"
        "from hippokv.circuits.slot_memory_parameters import SlotMemoryParameters\n"
        "print(circuit_key(slot_memory(SlotMemoryParameters())))"
    )
    package = tmp_path / "hippokv"
    shutil.copytree(Path(hippokv.__file__).parent, package)
    for part in (hippokv.circuits, hippokv.plasticity):
        copy = package / part.__name__.split(".")[1]
        shutil.copytree(Path(str(part.__file__)).parent, copy, dirs_exist_ok=True)

    def key() -> str:
        return subprocess.run(
            [sys.executable, "-c", script], cwd=tmp_path, capture_output=True, text=True, check=True
        ).stdout

    before = key()
    assert before == key()
    rule = package / "plasticity" / "btsp_key_rule.py"
    text = rule.read_text()
    rule.write_text(text.replace("(target - weight)", "2*(target - weight)"))
    after = key()
    assert after != before
    rule.write_text(text)
    assert key() == before
    keys = [before, after]
    for name in ("drive/schedule_reader.h", "program/templates/makefile", "program/exponential.h"):
        source = package / "circuits" / name
        source.write_text(source.read_text() + "\n")
        assert key() not in keys
        keys.append(key())


def test_whatever_writes_the_program_is_part_of_its_key() -> None:
    """What a compiling process imports either makes the program, or has no word in it."""
    script = (
        "import sys, hippokv.circuits.program.compile, hippokv.circuits.program.standalone_device\n"
        "print(*(module.__file__ for name, module in sys.modules.items()"
        " if name.startswith('hippokv.circuits.')), sep='\\n')"
    )
    imported = subprocess.run(
        [sys.executable, "-c", script], capture_output=True, text=True, check=True
    ).stdout.split()
    ours = {Path(file).name for file in imported} - {"__init__.py"}
    without_a_word = {"account.py", "compiler.py", "optional_library.py", "presets.py"}
    assert ours == {*MAKERS} | without_a_word


#: A circuit of a script: a rule and a population that stand in no file of a package.
OWN_CIRCUIT = """
import json, sys
from dataclasses import dataclass
import numpy as np
from hippokv import (
    Constant, Epoch, PlasticityRule, Population, Program, Projection, Schedule,
    SlotMemoryParameters, on_off, slot_memory,
)
from hippokv.parameter import parameter

@dataclass(frozen=True)
class FixedStep(PlasticityRule):
    step: float = parameter(0.01, "what an update adds to a weight", chosen="any")
    event = "plateau_update"
    side = "post"
    synaptic_constants = ("step",)
    on_event = "weight = clip(weight + step*(1 - blocked), 0, 1)"

chandelier = Population(
    "chandelier", 5, "dv/dt = -v/tau : volt", threshold="v > 5*mV", reset="v = 0*mV",
    constants=(Constant("tau", 10e-3, "second", "chosen: any"),),
)
stock = slot_memory(SlotMemoryParameters(
    n_inputs=20, n_outputs=16, n_slots=6, cells_per_slot=3,
    selection="random", plateau_probability=1.0,
))
circuit = stock.with_rule("keys", FixedStep()).with_population(chandelier).with_projection(
    Projection("to_chandelier", "hippocampal", "chandelier", {"spike": "v_post += 2*mV"})
)
drive = {"entorhinal": on_off(np.tile([1, -1], 10)), "acetylcholine": 1.0, "instruction": 1.0}
schedule = Schedule((Epoch("rest", 20.0), Epoch("store", 400.0, 0, drive)), circuit.widths)
found = Program(circuit, sys.argv[1]).run(schedule, 1, 0.5)
print(json.dumps({
    "step": float(np.unique(np.round(found.weights["keys"], 6)).max()),
    "spread": float(np.ptp(found.weights["keys"])),
    "chandelier": len(found.spikes["chandelier"].step),
}))
"""


#: Runs the same as two cells of a notebook: the first defines it, the second runs it.
NOTEBOOK = """
import sys
import nbformat
from nbclient import NotebookClient

defined, run = sys.argv[1].split("drive =")
cells = [defined, "drive =" + run.replace("sys.argv[1]", repr("cpp"))]
notebook = nbformat.v4.new_notebook(cells=list(map(nbformat.v4.new_code_cell, cells)))
NotebookClient(notebook, timeout=600).execute()
print(notebook.cells[1].outputs[0].text)
"""


@pytest.mark.slow
def test_a_rule_and_a_population_of_a_script_or_notebook_leave_the_stock_alone(
    small: Circuit, hurried_compiler: str
) -> None:
    changed = {**os.environ, COMPILER_VARIABLE: hurried_compiler}
    before = Program(small).run(storing(small), 3, 0.5)
    told = {}
    for target in ("cpp", "numpy"):
        done = subprocess.run(
            [sys.executable, "-c", OWN_CIRCUIT, target],
            env=changed, capture_output=True, text=True, check=False,
        )  # fmt: skip
        assert done.returncode == 0, done.stderr
        told[target] = json.loads(done.stdout)
    assert told["cpp"]["spread"] == pytest.approx(0.0, abs=1e-9)
    assert 0.1 < told["cpp"]["step"] < 0.2
    assert told["cpp"]["step"] == pytest.approx(told["numpy"]["step"], abs=0.011)
    assert told["cpp"]["chandelier"] > 10
    done = subprocess.run(
        [sys.executable, "-c", NOTEBOOK, OWN_CIRCUIT], capture_output=True, text=True, check=False,
        env=changed,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout) == told["cpp"]
    assert same(before, Program(small).run(storing(small), 3, 0.5))


def test_other_lengths_steps_seeds_and_numbers_compile_nothing(
    small: Circuit, small_folder: Path
) -> None:
    before = files(small_folder)
    said: list[str] = []
    warmer = slot_memory(
        with_values(small.parameters, {"beta": 0.3, "hippocampal.key_tau_ms": 5.0})
    )
    random = slot_memory(with_values(small.parameters, {"selection": "random"}))
    for circuit, schedule, seed, dt_ms in (
        (small, storing(small), 1, 0.5),
        (small, storing(small, 1500.0), 2, 1.0),
        (small, storing(small, 100.0), 3, 0.1),
        (warmer, storing(small), 4, 0.25),
        (random, storing(small), 5, 0.5),
    ):
        assert Program(circuit).build(said.append) == 0.0
        recording = Program(circuit).run(schedule, seed, dt_ms)
        assert recording.duration_ms == schedule.duration_ms
        assert recording.spikes["entorhinal"].time_s.max() > schedule.duration_ms / 1e3 - 0.2
    assert said == []
    assert files(small_folder) == before


# --- running --------------------------------------------------------------------------------------


def test_the_same_seed_gives_the_same_recording_and_another_does_not(small: Circuit) -> None:
    program, schedule = Program(small), storing(small)
    first = program.run(schedule, 7, 0.5)
    assert same(first, program.run(schedule, 7, 0.5))
    other = program.run(schedule, 8, 0.5)
    for name in ("entorhinal", "hippocampal", "cortical"):
        assert not np.array_equal(first.spikes[name].time_s, other.spikes[name].time_s)


def test_the_largest_seed_is_a_seed_of_its_own(small: Circuit) -> None:
    program, schedule = Program(small), storing(small, 50.0)
    largest = program.run(schedule, 2**32 - 1, 1.0)
    assert same(largest, program.run(schedule, 2**32 - 1, 1.0))
    assert not same(largest, program.run(schedule, 0, 1.0))


def test_the_time_step_is_the_one_asked_for(small: Circuit) -> None:
    for dt_ms in (0.1, 0.5, 1.0):
        times = Program(small).run(storing(small), 1, dt_ms).spikes["entorhinal"].time_s
        steps = times / (dt_ms * 1e-3)
        np.testing.assert_allclose(steps, np.round(steps), atol=1e-6)
        assert np.gcd.reduce(np.round(steps).astype(int)) == 1


def test_a_part_of_the_schedule_follows_the_same_trajectory(small: Circuit) -> None:
    program, schedule = Program(small), storing(small)
    whole, part = program.run(schedule, 3, 0.5), program.run(schedule.until(1005.0), 3, 0.5)
    for name in small.populations:
        inside = whole.spikes[name].time_s < 1.005 - 1e-9
        np.testing.assert_array_equal(part.spikes[name].time_s, whole.spikes[name].time_s[inside])
        np.testing.assert_array_equal(part.spikes[name].cell, whole.spikes[name].cell[inside])


def test_given_weights_come_back_unchanged_where_nothing_is_stored(small: Circuit) -> None:
    stream = np.random.default_rng(1)
    weights = {"keys": stream.uniform(size=(18, 40)), "values": stream.uniform(size=(18, 32))}
    cue = Schedule((Epoch("recall", 200.0, 0, {"entorhinal": 1.0}),), small.widths)
    recording = Program(small).run(cue, 1, 0.5, weights)
    for name, weight in weights.items():
        np.testing.assert_array_equal(recording.weights[name], weight)


def test_every_epoch_is_announced_in_order(small: Circuit) -> None:
    epochs: list[int] = []
    Program(small).run(storing(small), 1, 1.0, progress=epochs.append)
    assert epochs == [0, 1, 2]


def test_a_schedule_for_another_circuit_is_refused(small: Circuit) -> None:
    narrow = {**small.widths, "entorhinal": 4}
    with pytest.raises(ValueError, match="entorhinal"):
        Program(small).run(Schedule((Epoch("rest", 50.0),), narrow), 1, 1.0)


def test_a_time_step_that_does_not_divide_the_grid_is_refused(small: Circuit) -> None:
    with pytest.raises(ValueError, match="5 ms"):
        Program(small).run(storing(small, 5.0), 1, 0.3)


def test_a_run_that_is_interrupted_leaves_no_process_and_no_folder(
    small: Circuit, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))

    def interrupt(epoch: int) -> None:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        Program(small).run(storing(small), 1, 0.1, progress=interrupt)
    assert list(tmp_path.iterdir()) == []


def test_the_environment_of_the_caller_does_not_leak_into_a_run(
    small: Circuit, monkeypatch: pytest.MonkeyPatch
) -> None:
    expected = Program(small).run(storing(small, 50.0), 1, 1.0)
    for name, value in {"HIPPOKV_SEED": "9", "HIPPOKV_DT": "1", "HIPPOKV_RUN": "/"}.items():
        monkeypatch.setenv(name, value)
    assert same(expected, Program(small).run(storing(small, 50.0), 1, 1.0))
    assert os.environ["HIPPOKV_SEED"] == "9"


# --- beside the target in Python ------------------------------------------------------------------


@pytest.fixture(scope="module")
def by_target(small: Circuit) -> tuple[list[Result], Result]:
    """Return cued recalls of ten compiled runs and of one inside Python, on the same items."""
    results = []
    program_seeds = range(10)
    reference = hippokv.run("cued-recall", 0, SETTINGS)
    experiment = reference.experiment
    for seed in program_seeds:
        recording = experiment.program.run(experiment.schedule, seed, 1.0)
        results.append(scored(reference, recording))
    in_python = Program(experiment.circuit, "numpy").run(experiment.schedule, 0, 1.0)
    return results, scored(reference, in_python)


def scored(like: Result, recording: Recording) -> Result:
    """Return another recording of the same experiment, read out and scored."""
    from hippokv.analysis.recall.readout import read_out
    from hippokv.protocols.cued_recall import measure

    experiment = like.experiment
    readout = read_out(recording, experiment.schedule, experiment.settings.circuit.n_slots)
    metrics = measure(readout, like.found.prediction, like.found.items)
    found = dataclasses.replace(like.found, readout=readout)
    return dataclasses.replace(like, recording=recording, metrics=metrics, found=found)


def test_both_targets_store_and_recall_the_same(by_target: tuple[list[Result], Result]) -> None:
    compiled, in_python = by_target
    for result in (*compiled, in_python):
        assert result.metrics["one_plateau"] == 1.0
        assert result.metrics["least_recent"] == 1.0
        assert result.metrics["accuracy"] > 0.95
        assert result.metrics["key_error"] < 0.02


@pytest.mark.parametrize("population", DEFAULT.populations)
def test_both_targets_fire_alike(by_target: tuple[list[Result], Result], population: str) -> None:
    compiled, in_python = by_target
    counts = [len(result.recording.spikes[population].time_s) for result in compiled]
    found = len(in_python.recording.spikes[population].time_s)
    assert found > 20
    assert abs(found - np.mean(counts)) < 0.02 * np.mean(counts) + 4 * np.std(counts, ddof=1)
    assert np.std(counts) < 0.1 * np.mean(counts)


def test_projections_from_all_to_all_need_no_table_of_targets(small: Circuit) -> None:
    """Otherwise the loops over their synapses could not use vector instructions."""
    sources = compiled_program(small)[0].folder / "code_objects"
    for name in [part.name for part in small.synapses if part.all_to_all]:
        for path in sources.glob(f"{name}_*_codeobject.cpp"):
            loop = path.read_text()
            if "synapses_create" not in path.name and "_targets" in loop:
                assert f"{name}__synaptic_post[_idx]" not in loop
                assert f"{name}__synaptic_pre[_idx]" not in loop
    assert "const int _targets" in (sources / "keys_spike_codeobject.cpp").read_text()
    assert "peek()" in (sources / "keys_learning_codeobject.cpp").read_text()


def test_only_cells_that_spike_are_asked_whether_the_spike_teaches(small: Circuit) -> None:
    sources = compiled_program(small)[0].folder / "code_objects"
    teaching = (sources / "hippocampal_teaching_spike_thresholder_codeobject.cpp").read_text()
    assert "_spike < _array_hippocampal__spikespace[_cells]" in teaching
    assert "_block" not in teaching
    for other in ("spike", "dendritic_spike", "plateau_update"):
        asked = (sources / f"hippocampal_{other}_thresholder_codeobject.cpp").read_text()
        assert "_first < _cells" in asked


def test_flags_are_as_wide_as_a_double(small: Circuit) -> None:
    sources = compiled_program(small)[0].folder / "code_objects"
    update = (sources / "hippocampal_stateupdater_codeobject.cpp").read_text()
    assert "int64_t not_refractory" in update
    assert "char not_refractory" not in update
