"""A sweep: one table, whatever the order, the crew, the failures and the interruptions."""

from __future__ import annotations

import itertools
import math
import os
import pickle
import random
import signal
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import hippokv
from hippokv.circuits.circuit import Circuit
from hippokv.circuits.program.program import Program
from hippokv.errors import BuildError, InputError
from hippokv.protocols.running.code_version import code_version
from hippokv.protocols.running.evaluation import Uninformed
from hippokv.protocols.running.experiment import run
from hippokv.protocols.sweeps import crew as sweep_crew
from hippokv.protocols.sweeps import folder as sweep_folder
from hippokv.protocols.sweeps import journal as sweep_journal
from hippokv.protocols.sweeps import sweep as sweep_module
from hippokv.protocols.sweeps.crew import Crew, cores
from hippokv.protocols.sweeps.folder import RESULTS, TIMING, read_sweep
from hippokv.protocols.sweeps.journal import JOURNAL, LOCK, Row
from hippokv.protocols.sweeps.plan import plan_sweep
from hippokv.protocols.sweeps.sweep import SweepResult, run_sweep, sweep
from shared_circuit import SETTINGS

TINY: dict[str, Any] = {
    "run.circuit": "slot_memory",
    "run.target": "numpy", "run.dt_ms": 1, "circuit.n_inputs": 8, "circuit.n_outputs": 8,
    "circuit.n_slots": 4, "circuit.cells_per_slot": 2, "protocol.study_ms": 300,
    "protocol.gap_ms": 200,
}  # fmt: skip
GRID = {"protocol.n_items": [2, 1], "circuit.selection": ["random", "least_recent"]}
SEEDS = range(5, 8)
COUNT = 12


def made_up(protocol: str, settings: Mapping[str, Any], version: str, stop: Any) -> Row:
    """Return what a run might give, known by its settings alone."""
    stream = np.random.default_rng([settings["run.seed"], settings["protocol.n_items"]])
    metrics = {"accuracy": float(stream.uniform()), "hidden": math.nan}
    timing = {"build_s": 0.0, "run_s": time.perf_counter(), "total_s": time.perf_counter()}
    return Row(dict(settings), metrics, {"accuracy": 1.0, "hidden": 0.5}, 1.5, timing, None)


@pytest.fixture
def calls(monkeypatch: pytest.MonkeyPatch) -> list[tuple[Any, ...]]:
    """Have runs made up and nothing drawn, and return the list of the runs that were begun."""
    begun: list[tuple[Any, ...]] = []

    def noted(protocol: str, settings: Mapping[str, Any], version: str, stop: Any) -> Row:
        begun.append(tuple(settings[key] for key in (*GRID, "run.seed")))
        return made_up(protocol, settings, version, stop)

    monkeypatch.setattr(sweep_crew, "one_run", noted)
    monkeypatch.setattr(sweep_folder, "_draw", lambda grid, table, folder: None)
    return begun


def _sweep(out: Path, jobs: int = 1, **changed: Any) -> SweepResult:
    given: dict[str, Any] = {"grid": GRID, "seeds": SEEDS, "settings": TINY, **changed}
    return sweep("storage", out=out, jobs=jobs, **given)


def _bytes(out: Path) -> bytes:
    return (out / RESULTS).read_bytes()


# --- the order in which runs end ------------------------------------------------------------------


@pytest.mark.usefixtures("calls")
@pytest.mark.parametrize("seed", range(6))
def test_any_order_of_completion_gives_the_same_bytes(
    seed: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    _sweep(tmp_path / "in order")

    def shuffled(crew: Crew, protocol: str, todo: Sequence[Mapping[str, Any]]) -> Iterator[Row]:
        order = list(todo)
        random.Random(seed).shuffle(order)
        for settings in order:
            yield made_up(protocol, settings, "", None)

    monkeypatch.setattr(Crew, "rows", shuffled)
    _sweep(tmp_path / "shuffled")
    assert _bytes(tmp_path / "shuffled") == _bytes(tmp_path / "in order")
    order = [(tmp_path / name / JOURNAL).read_bytes() for name in ("shuffled", "in order")]
    assert order[0] != order[1]


@pytest.mark.parametrize("jobs", [1, 2, 5, 40])
def test_any_number_of_jobs_gives_the_same_bytes(
    jobs: int, calls: list[Any], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    _sweep(tmp_path / "alone")
    calls.clear()
    at_once, most, lock = 0, 0, threading.Lock()
    noted = sweep_crew.one_run

    def slow(*given: Any) -> Row:
        nonlocal at_once, most
        with lock:
            at_once += 1
            most = max(most, at_once)
        time.sleep(random.uniform(0.001, 0.02))
        with lock:
            at_once -= 1
        return noted(*given)

    monkeypatch.setattr(sweep_crew, "one_run", slow)
    _sweep(tmp_path / "crew", jobs)
    assert _bytes(tmp_path / "crew") == _bytes(tmp_path / "alone")
    assert len(calls) == len(set(calls)) == COUNT
    assert most <= jobs


def test_rows_are_in_the_order_of_their_values_and_seeds(calls: list[Any], tmp_path: Path) -> None:
    table = _sweep(tmp_path / "out", 3).table
    assert list(table.columns)[:4] == ["run", *sorted(GRID), "run.seed"]
    found = list(zip(*(table[key] for key in (*sorted(GRID), "run.seed")), strict=True))
    # Whatever the order in which they were named: GRID has the larger number and word first.
    assert found == list(itertools.product(["least_recent", "random"], [1, 2], SEEDS))
    assert sorted((items, how, seed) for how, items, seed in found) == sorted(calls)
    assert table["run"] == tuple(range(COUNT))


@pytest.mark.usefixtures("calls")
def test_numbers_of_numpy_leave_the_same_bytes_and_go_on_from_each_other(tmp_path: Path) -> None:
    grid = {
        "protocol.n_items": np.array([2, 1]),
        "circuit.selection": np.array(GRID["circuit.selection"]),
    }
    settings = {np.str_(key): np.array(value) for key, value in TINY.items()}
    given: dict[str, Any] = {"grid": grid, "seeds": np.arange(5, 8), "settings": settings}
    _sweep(tmp_path / "own")
    _sweep(tmp_path / "numpy", np.int64(1), **given)
    assert _bytes(tmp_path / "numpy") == _bytes(tmp_path / "own")
    lines = [
        [
            line.partition(b'"timing"')[0][9:]
            for line in (tmp_path / name / JOURNAL).read_bytes().splitlines()
        ]
        for name in ("own", "numpy")
    ]
    assert lines[0] == lines[1]
    before = (tmp_path / "own" / JOURNAL).read_bytes()
    _sweep(tmp_path / "own", **given)
    assert (tmp_path / "own" / JOURNAL).read_bytes() == before


@pytest.mark.usefixtures("calls")
def test_a_table_that_an_editor_has_saved_is_read(tmp_path: Path) -> None:
    _sweep(tmp_path)
    before = sweep_folder.read_sweep(tmp_path)
    (tmp_path / RESULTS).write_bytes(b"\xef\xbb\xbf" + _bytes(tmp_path))
    assert repr(sweep_folder.read_sweep(tmp_path)) == repr(before)


@pytest.mark.usefixtures("calls")
def test_a_folder_may_be_in_a_home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.chdir(tmp_path)
    assert _sweep(Path("~/first")).folder == tmp_path / "first"
    given: Any = "~/second"
    assert _sweep(given).folder == tmp_path / "second"
    assert sorted(path.name for path in tmp_path.iterdir()) == ["first", "second"]


@pytest.mark.parametrize(
    ("changed", "words"),
    [
        ({"out": ""}, "--out = '': must be the name of a folder"),
        ({"out": 3}, "--out = 3: must be the name of a folder"),
        ({"out": "~nosuchuser/a"}, "(no home is known for ~nosuchuser)"),
        ({"jobs": 0}, "jobs = 0: must be a whole number from 1 to 1024"),
        ({"jobs": np.int64(1025)}, "jobs = 1025: must be a whole number from 1 to 1024"),
        ({"jobs": 1.0}, "jobs = 1.0: must be a whole number"),
        ({"jobs": True}, "jobs = True: must be a whole number"),
        ({"jobs": "2"}, "jobs = '2': must be a whole number"),
        ({"settings": [1]}, "settings = [1]: must be a dictionary"),
    ],
)
def test_arguments_that_cannot_be_used_are_refused(
    changed: dict[str, Any], words: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    given: dict[str, Any] = {"grid": GRID, "seeds": SEEDS, "settings": TINY, "out": "new"}
    with pytest.raises(InputError) as refused:
        sweep("storage", **{**given, **changed})
    assert words in str(refused.value) and "\n" not in str(refused.value)
    assert list(tmp_path.iterdir()) == []


def test_simulated_runs_with_one_job_and_with_two_are_the_runs_themselves(
    tmp_path: Path, small: Circuit
) -> None:
    grid = {"protocol.n_items": [1, 2]}
    results = [
        sweep("cued-recall", grid, range(1), SETTINGS, tmp_path / str(jobs), jobs)
        for jobs in (1, 2)
    ]
    assert _bytes(tmp_path / "1") == _bytes(tmp_path / "2")
    assert [result.failed for result in results] == [0, 0]
    table = results[0].table
    alone = run("cued-recall", settings=list(results[0].plan.runs())[-1])
    for name, score in alone.metrics.items():
        np.testing.assert_equal(table[f"metrics.{name}"][-1], score)
    for name, score in alone.predicted_metrics.items():
        np.testing.assert_equal(table[f"prediction.{name}"][-1], score)
    assert table["simulated_s"][-1] == alone.timing.simulated_s


# --- interruptions --------------------------------------------------------------------------------


@pytest.mark.parametrize("jobs", [1, 3])
def test_a_sweep_interrupted_after_any_number_of_runs_continues(
    jobs: int, calls: list[Any], tmp_path: Path
) -> None:
    _sweep(tmp_path / "whole")
    for last in range(COUNT + 1):
        out = tmp_path / str(last)

        def interrupt(finished: int, total: int, last: int = last) -> None:
            if finished == last:
                raise KeyboardInterrupt

        with pytest.raises(KeyboardInterrupt):
            _sweep(out, jobs, progress=interrupt)
        assert not (out / RESULTS).exists()
        calls.clear()
        seen: list[int] = []
        _sweep(out, jobs, progress=lambda finished, total, seen=seen: seen.append(finished))
        assert _bytes(out) == _bytes(tmp_path / "whole")
        assert len(calls) == COUNT - last
        assert seen == list(range(last, COUNT + 1))


@pytest.mark.parametrize("where", ["write_sweep", "table_of"])
def test_a_sweep_interrupted_at_its_end_repeats_no_run(
    where: str, calls: list[Any], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    _sweep(tmp_path / "whole")

    def interrupt(*_: Any) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as patch, pytest.raises(KeyboardInterrupt):
        patch.setattr(sweep_module, where, interrupt)
        _sweep(tmp_path / "out")
    calls.clear()
    _sweep(tmp_path / "out")
    assert calls == []
    assert _bytes(tmp_path / "out") == _bytes(tmp_path / "whole")


def test_a_finished_sweep_is_left_as_it_is(calls: list[Any], tmp_path: Path) -> None:
    _sweep(tmp_path)
    before = {path: path.read_bytes() for path in tmp_path.rglob("*") if path.is_file()}
    calls.clear()
    again = _sweep(tmp_path)
    assert calls == [] and len(again.table) == COUNT
    assert before == {path: path.read_bytes() for path in tmp_path.rglob("*") if path.is_file()}


@pytest.mark.parametrize("cut", [1, 7, 200])
def test_a_sweep_whose_journal_was_cut_off_continues(
    cut: int, calls: list[Any], tmp_path: Path
) -> None:
    _sweep(tmp_path / "whole")
    _sweep(tmp_path / "out")
    journal = tmp_path / "out" / JOURNAL
    content = journal.read_bytes()
    journal.write_bytes(content[:-cut])
    calls.clear()
    _sweep(tmp_path / "out")
    assert len(calls) == 1
    assert len(journal.read_bytes()) > len(content) - 50
    assert _bytes(tmp_path / "out") == _bytes(tmp_path / "whole")


@pytest.mark.alone
def test_runs_at_work_end_soon_after_an_interruption(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    ended = []

    def endless(protocol: str, settings: Any, version: str, stop: Callable[[], None]) -> Row:
        deadline = time.monotonic() + 60
        try:
            while time.monotonic() < deadline:
                time.sleep(0.01)
                stop()
        except BaseException as error:
            ended.append(error)
            raise
        pytest.fail("nobody stopped this run")

    def first_is_short(*given: Any) -> Row:
        return made_up(*given) if given[1]["run.seed"] == SEEDS[0] else endless(*given)

    def interrupt(finished: int, total: int) -> None:
        if finished:
            raise KeyboardInterrupt

    monkeypatch.setattr(sweep_crew, "one_run", first_is_short)
    began = time.monotonic()
    with pytest.raises(KeyboardInterrupt):
        _sweep(tmp_path, 3, progress=interrupt)
    assert time.monotonic() - began < 10
    assert 1 <= len(ended) <= 3
    assert not [thread for thread in threading.enumerate() if thread.name.startswith("run")]


@pytest.mark.alone
def test_a_simulation_at_work_ends_soon_after_ctrl_c(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    begun, main = sweep_crew.run_experiment, threading.main_thread()
    sent: list[float] = []

    def send() -> None:
        sent.append(time.monotonic())
        assert main.ident is not None
        signal.pthread_kill(main.ident, signal.SIGINT)

    def interrupted(*given: Any, **named: Any) -> Any:
        if not sent:
            threading.Timer(2, send).start()
        return begun(*given, **named)

    monkeypatch.setattr(sweep_crew, "run_experiment", interrupted)
    with pytest.raises(KeyboardInterrupt):
        _sweep(tmp_path, 2, grid={}, settings={**TINY, "protocol.n_items": 500})
    assert time.monotonic() - sent[0] < 20
    assert not (tmp_path / RESULTS).exists()


# --- growth ---------------------------------------------------------------------------------------


def test_more_seeds_and_values_are_added_to_what_is_there(calls: list[Any], tmp_path: Path) -> None:
    more = {"grid": {**GRID, "protocol.n_items": [3, 2, 1]}, "seeds": range(4, 10)}
    _sweep(tmp_path / "at once", **more)
    _sweep(tmp_path / "grown")
    small = _bytes(tmp_path / "grown")
    calls.clear()
    _sweep(tmp_path / "grown", **more)
    assert len(calls) == len(set(calls)) == 3 * 2 * 6 - COUNT
    assert _bytes(tmp_path / "grown") == _bytes(tmp_path / "at once") != small
    # To ask for a part again takes nothing away.
    calls.clear()
    result = _sweep(tmp_path / "grown")
    assert calls == []
    assert (len(result.table), len(result.plan)) == (36, COUNT)
    assert _bytes(tmp_path / "grown") == _bytes(tmp_path / "at once")


#: Parts of a sweep that together are more than a grid: seeds apart, and values with seeds of their
#: own, and the axes named in another order.
PARTS: list[dict[str, Any]] = [
    {},
    {"seeds": range(20, 22)},
    {"grid": {**GRID, "protocol.n_items": [10, 3]}, "seeds": range(6, 7)},
    {"grid": dict(reversed(GRID.items())), "settings": dict(reversed(TINY.items()))},
    {"grid": {**GRID, "circuit.selection": ["random"]}, "seeds": range(2, 4)},
]


@pytest.mark.parametrize("seed", range(5))
def test_the_order_in_which_parts_were_asked_for_is_not_seen(
    seed: int, calls: list[Any], tmp_path: Path
) -> None:
    order = list(range(len(PARTS)))
    for folder in ("in order", "shuffled"):
        for number in order:
            result = _sweep(tmp_path / folder, **PARTS[number])
        assert len(calls) == len(set(calls)) == len(result.table) == 12 + 8 + 4 + 0 + 4
        calls.clear()
        random.Random(seed).shuffle(order)
        # Seconds differ, rows do not.
        times = (tmp_path / folder / TIMING).read_text().splitlines()
        assert [line.partition(",")[0] for line in times] == ["run", *map(str, range(28))]
    assert _bytes(tmp_path / "in order") == _bytes(tmp_path / "shuffled")
    assert _bytes(tmp_path / "shuffled") == result.table.csv().encode()
    found = read_sweep(tmp_path / "shuffled")
    assert found.runs == 28
    assert [(point.values, point.spiking.size) for point in found.points] == [
        (("least_recent", "1"), 5), (("least_recent", "2"), 5), (("least_recent", "3"), 1),
        (("least_recent", "10"), 1), (("random", "1"), 7), (("random", "2"), 7),
        (("random", "3"), 1), (("random", "10"), 1),
    ]  # fmt: skip


def test_figures_show_all_seeds_that_the_folder_holds(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sweep_crew, "one_run", made_up)
    _sweep(tmp_path / "grown", seeds=range(5, 6))
    picture = tmp_path / "grown" / "figures" / "against-protocol-n_items.png"
    alone = picture.read_bytes()
    _sweep(tmp_path / "grown", seeds=range(6, 9))
    _sweep(tmp_path / "at once", seeds=range(5, 9))
    again = (tmp_path / "at once" / "figures" / picture.name).read_bytes()
    assert picture.read_bytes() == again != alone


def test_a_run_that_failed_and_is_not_asked_for_again_keeps_its_error(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, calls: list[Any]
) -> None:
    noted = sweep_crew.one_run

    def failing(protocol: str, settings: Mapping[str, Any], version: str, stop: Any) -> Row:
        if settings["run.seed"] == 6:
            return Row.failed(settings, "no room")
        return noted(protocol, settings, version, stop)

    with monkeypatch.context() as patch:
        patch.setattr(sweep_crew, "one_run", failing)
        assert _sweep(tmp_path / "out").failed == 4
    calls.clear()
    result = _sweep(tmp_path / "out", seeds=range(7, 9))
    assert (result.failed, len(result.table)) == (4, 16)
    assert {call[-1] for call in calls} == {8}
    for seed, error, score in zip(
        *(result.table[key] for key in ("run.seed", "error", "metrics.accuracy")), strict=True
    ):
        assert (error == "no room") == (seed == 6) == math.isnan(score)
    # Who asks for it again has it tried again.
    assert _sweep(tmp_path / "out").failed == 0
    _sweep(tmp_path / "at once", seeds=range(5, 9))
    assert _bytes(tmp_path / "out") == _bytes(tmp_path / "at once")


def test_a_sweep_that_grows_does_not_look_complete(calls: list[Any], tmp_path: Path) -> None:
    _sweep(tmp_path)

    def interrupt(finished: int, total: int) -> None:
        if finished > COUNT:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        _sweep(tmp_path, seeds=range(5, 9), progress=interrupt)
    assert not (tmp_path / RESULTS).exists()


# --- failures -------------------------------------------------------------------------------------


FAILURES = [
    BuildError("the compiled circuit failed (status -9):\n  killed"),
    InputError("circuit", "x", "must be constants"),
    MemoryError(),
    OSError(28, "No space left on device"),
    ZeroDivisionError("division by zero"),
    ValueError("a, b"),
    KeyError("hippocampal"),
    RuntimeError("two\nlines"),
    AssertionError(),
]


@pytest.mark.parametrize("failure", FAILURES, ids=lambda failure: type(failure).__name__)
def test_a_run_that_fails_is_recorded_and_stops_no_other(
    failure: Exception, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    class Told:
        """A result without a simulation."""

        metrics = predicted_metrics = paper = {"accuracy": 0.5}
        uninformed, warnings = Uninformed(), ()

        class timing:
            """Its times."""

            build_s = run_s = simulated_s = 1.0

    begun = []

    def run_experiment(experiment: Any, progress: Any) -> Any:
        begun.append(experiment.settings.run.seed)
        if failing and experiment.settings.run.seed == 6:
            raise failure
        return Told

    monkeypatch.setattr(sweep_crew, "run_experiment", run_experiment)
    failing = False
    whole = sweep("storage", {}, SEEDS, TINY, tmp_path / "whole", 2)
    assert whole.failed == 0
    failing = True
    result = sweep("storage", {}, SEEDS, TINY, tmp_path / "out", 2)
    assert result.failed == 1
    errors = result.table["error"]
    assert [bool(words) for words in errors] == [False, True, False]
    assert "\n" not in errors[1]
    first = " ".join(str(failure).split())
    assert first in errors[1] if first else type(failure).__name__ in errors[1]
    assert math.isnan(result.table["metrics.accuracy"][1])
    # The same call tries the run again that failed, and no other.
    begun.clear()
    again = sweep("storage", {}, SEEDS, TINY, tmp_path / "out", 2)
    assert (again.failed, begun) == (1, [6])
    assert again.table["error"] == errors
    begun.clear()
    failing = False
    assert sweep("storage", {}, SEEDS, TINY, tmp_path / "out", 2).failed == 0
    assert begun == [6]
    assert _bytes(tmp_path / "out") == _bytes(tmp_path / "whole")


def test_a_sweep_in_which_all_runs_fail_has_a_row_for_each(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*_: Any, **__: Any) -> None:
        raise BuildError("no compiler")

    monkeypatch.setattr(sweep_crew, "run_experiment", fail)
    result = _sweep(tmp_path)
    assert result.failed == COUNT
    assert result.table["error"] == ("no compiler",) * COUNT
    assert _bytes(tmp_path).count(b"\n") == 1 + COUNT


def test_a_journal_that_cannot_be_written_ends_the_sweep(
    calls: list[Any], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    _sweep(tmp_path / "whole")
    calls.clear()

    def full(journal: Any, what: Mapping[str, Any]) -> None:
        if what.get("settings", {}).get("run.seed") == 7:
            with sweep_journal.writing(journal.folder):
                raise OSError(28, "No space left on device")
        write(journal, what)

    with monkeypatch.context() as patch:
        write = sweep_journal.Journal._write
        patch.setattr(sweep_journal.Journal, "_write", full)
        with pytest.raises(InputError, match=r"--out = .*\(No space left on device\)"):
            _sweep(tmp_path / "out")
    assert not (tmp_path / "out" / RESULTS).exists()
    finished = (tmp_path / "out" / JOURNAL).read_bytes().count(b"\n") - 1
    calls.clear()
    _sweep(tmp_path / "out")
    assert len(calls) == COUNT - finished
    assert _bytes(tmp_path / "out") == _bytes(tmp_path / "whole")


# --- what every run would fail with ---------------------------------------------------------------


def _compiled(out: Path, failures: Mapping[int, BuildError], monkeypatch: Any) -> SweepResult:
    """Sweep two circuits that differ in structure, of which some cannot be built."""

    def build(program: Program, announce: Any, record: Any) -> float:
        if program.circuit.parameters.n_slots in failures:
            raise failures[program.circuit.parameters.n_slots]
        return 0.0

    monkeypatch.setattr(Program, "build", build)
    shared = {key: value for key, value in TINY.items() if key != "circuit.n_slots"}
    grid = {"circuit.n_slots": [4, 5]}
    return _sweep(out, grid=grid, settings={**shared, "run.target": "cpp"})


COMPILING = BuildError("compiling slot_memory failed: out of memory")


def _unwritable() -> BuildError:
    error = BuildError("HIPPOKV_CACHE = '/x': must be a folder that can be written (No space left)")
    error.__cause__ = OSError(28, "No space left on device")
    return error


@pytest.mark.parametrize("number", [4, 5])
def test_a_circuit_that_cannot_be_compiled_stops_no_run_of_another(
    number: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def failing(protocol: str, settings: Mapping[str, Any], version: str, stop: Any) -> Row:
        if settings["circuit.n_slots"] == number:
            return Row.failed(settings, str(COMPILING))
        return Row(dict(settings), {"accuracy": 1.0}, {}, 1.0, {}, None)

    monkeypatch.setattr(sweep_crew, "one_run", failing)
    result = _compiled(tmp_path / "out", {number: COMPILING}, monkeypatch)
    assert (result.failed, len(result.table)) == (3, 6)


@pytest.mark.parametrize(
    "failures",
    [{4: COMPILING, 5: COMPILING}, {4: _unwritable()}, {5: _unwritable()}],
    ids=["no circuit", "first place", "second place"],
)
def test_what_every_run_would_fail_with_stops_the_sweep_before_the_first(
    failures: dict[int, BuildError],
    calls: list[Any],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    with pytest.raises(BuildError) as told:
        _compiled(tmp_path / "a" / "out", failures, monkeypatch)
    assert told.value in failures.values()
    assert calls == []
    assert list(tmp_path.iterdir()) == []


def test_a_missing_folder_for_temporary_files_stops_the_sweep_before_the_first_run(
    calls: list[Any], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path / "none"))
    with pytest.raises(BuildError, match=r"^TMPDIR = .*/none': must be a folder that can be"):
        _compiled(tmp_path / "out", {}, monkeypatch)
    assert calls == []
    assert list(tmp_path.iterdir()) == []
    # What runs inside Python needs none.
    assert _sweep(tmp_path / "out").failed == 0


@pytest.mark.parametrize(
    "row",
    [
        None,
        Row.__new__(Row),
        "a row",
        Row({"run.seed": 5}, {"accuracy": 1.0}, {}, 1.0, {}, None),
    ],
)
def test_what_a_crew_gives_is_checked_before_it_is_recorded(
    row: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    # What comes from another process was not made by the constructor here.
    if isinstance(row, Row) and not hasattr(row, "metrics"):
        vars(row).update(error="no room", metrics={"accuracy": 1.0}, prediction={})
    monkeypatch.setattr(sweep_crew, "one_run", lambda *given: row)
    result = _sweep(tmp_path)
    assert result.failed == len(result.table) == COUNT
    assert not any(name.startswith("metrics.") for name in result.table.columns)


# --- how many at once -----------------------------------------------------------------------------


def test_by_default_there_is_a_job_more_than_cores_that_may_be_used(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(sweep_crew, "cores", lambda: 3)
    with sweep_crew.hired_crew(None, None) as crew:
        assert crew.ahead == sweep_crew.AHEAD * 4
    with sweep_crew.hired_crew(7, None) as crew:
        assert crew.ahead == sweep_crew.AHEAD * 7


def test_cores_are_those_that_the_process_may_use() -> None:
    program = "from hippokv.protocols.sweeps.crew import cores; print(cores())"
    if hasattr(os, "sched_getaffinity"):
        usable = os.sched_getaffinity(0)
        assert cores() == len(usable)
        # As under taskset, or in a job of a batch system.
        limit = f"import os; os.sched_setaffinity(0, {{{min(usable)}}}); "
        told = subprocess.run(
            [sys.executable, "-c", limit + program], capture_output=True, check=True
        )
        assert told.stdout.strip() == b"1"
    else:
        assert cores() == os.cpu_count()


def test_cores_are_counted_where_a_process_cannot_be_told_its_own(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.delattr(os, "sched_getaffinity", raising=False)
    monkeypatch.delattr(os, "process_cpu_count", raising=False)
    monkeypatch.setattr(os, "cpu_count", lambda: None)
    assert cores() == 1
    monkeypatch.setattr(os, "process_cpu_count", lambda: 5, raising=False)
    assert cores() == 5


# --- the code -------------------------------------------------------------------------------------


def test_a_machine_with_other_code_refuses_to_run(monkeypatch: pytest.MonkeyPatch) -> None:
    settings = {**TINY, "run.seed": 1, "protocol.n_items": 1}
    row = sweep_crew.one_run("storage", settings, "another", lambda: None)
    assert row.error is not None
    assert "--cluster" in row.error and "must run the same HippoKV" in row.error


def test_the_version_of_the_code_is_the_same_in_every_process() -> None:
    program = (
        "from hippokv.protocols.running.code_version import code_version; print(code_version())"
    )
    told = subprocess.run([sys.executable, "-c", program], capture_output=True, check=True)
    assert told.stdout.decode().strip() == code_version()


# --- what is refused, and what is left behind -----------------------------------------------------


def test_without_a_folder_nothing_is_written(
    calls: list[Any], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    result = sweep("storage", GRID, list(SEEDS), TINY)
    assert len(result.table) == len(calls) == COUNT
    assert result.folder is None
    assert list(tmp_path.iterdir()) == []


@pytest.mark.usefixtures("calls")
def test_a_folder_holds_nothing_else(tmp_path: Path) -> None:
    assert _sweep(tmp_path / "out").folder == tmp_path / "out"
    names = {path.name for path in (tmp_path / "out").iterdir()}
    assert names == {LOCK, JOURNAL, RESULTS, "timing.csv", "figures"}
    assert [path.name for path in tmp_path.iterdir()] == ["out"]


@pytest.mark.parametrize(
    "changed",
    [
        {"settings": {**TINY, "circuit.beta": 0.2}},
        {"grid": {"protocol.n_items": [1, 2]}},
        {"grid": {**GRID, "circuit.beta": [0.2]}},
    ],
)
def test_the_folder_of_another_sweep_is_refused_before_any_run(
    changed: dict[str, Any], calls: list[Any], tmp_path: Path
) -> None:
    _sweep(tmp_path)
    before = {path: path.read_bytes() for path in tmp_path.rglob("*") if path.is_file()}
    calls.clear()
    with pytest.raises(InputError, match="--out = .* the same sweep began"):
        _sweep(tmp_path, **changed)
    assert calls == []
    assert before == {path: path.read_bytes() for path in tmp_path.rglob("*") if path.is_file()}


def test_a_crew_that_cannot_be_hired_leaves_everything_as_it_was(
    calls: list[Any], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "distributed", None)
    with pytest.raises(InputError, match=r"--cluster = 'tcp://x:1': must be used with dask"):
        _sweep(tmp_path / "new", cluster="tcp://x:1")
    assert list(tmp_path.iterdir()) == []
    _sweep(tmp_path / "out")
    table = _bytes(tmp_path / "out")
    with pytest.raises(InputError, match="--cluster"):
        _sweep(tmp_path / "out", seeds=range(9), cluster="tcp://x:1")
    assert _bytes(tmp_path / "out") == table


@pytest.mark.usefixtures("calls")
def test_a_plan_can_be_run_twice_in_two_folders(tmp_path: Path) -> None:
    plan = plan_sweep("storage", GRID, SEEDS, TINY)
    run_sweep(plan, tmp_path / "one")
    run_sweep(plan, tmp_path / "other", 4)
    assert _bytes(tmp_path / "one") == _bytes(tmp_path / "other")


@pytest.mark.usefixtures("calls")
def test_a_sweep_and_its_table_come_back_from_a_pickle(tmp_path: Path) -> None:
    result = _sweep(tmp_path)
    found = pickle.loads(pickle.dumps(result))
    assert (found.plan, found.failed, found.folder) == (result.plan, 0, tmp_path)
    assert list(found.plan.runs()) == list(result.plan.runs())
    assert list(found.table.columns) == list(result.table.columns)
    # Compared as text: NaN is not equal to itself.
    assert pickle.loads(pickle.dumps(result.table)).csv() == found.table.csv() == result.table.csv()


def test_a_folder_that_was_there_before_stays_where_no_run_could_be_made(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "out").mkdir()
    with pytest.raises(BuildError):
        _compiled(tmp_path / "out", {4: _unwritable()}, monkeypatch)
    assert list((tmp_path / "out").iterdir()) == []


def test_the_package_offers_the_sweep() -> None:
    assert hippokv.sweep is sweep and hippokv.SweepResult is SweepResult
