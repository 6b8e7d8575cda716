"""The results folder: what is in it, and that it is there whole or not at all."""

from __future__ import annotations

import dataclasses
import json
import os
import re
import resource
import shutil
import subprocess
import sys
import threading
import time
import zipfile
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from made_up_recording import made_up
from numpy.typing import NDArray

import hippokv
from hippokv.analysis.figures import weights as weights_figure
from hippokv.analysis.figures.report import Picture
from hippokv.circuits.program.program import Program
from hippokv.errors import InputError
from hippokv.protocols.running import results_folder
from hippokv.protocols.running.experiment import prepare, run, run_experiment
from hippokv.protocols.running.protocol import Result
from hippokv.protocols.running.results_folder import (
    Destination,
    read_summary,
    save_arrays,
    write_results,
)

SETTINGS = {
    "run.circuit": "slot_memory",
    "circuit.n_inputs": 9, "circuit.n_outputs": 9, "circuit.n_slots": 4,
    "circuit.cells_per_slot": 2, "protocol.n_items": 3, "run.target": "numpy",
}  # fmt: skip


@pytest.fixture
def result(monkeypatch: pytest.MonkeyPatch) -> Result:
    """Return a result that looks like one of a cued recall."""
    monkeypatch.setattr(Program, "run", made_up)
    return run_experiment(prepare("cued-recall", SETTINGS))


def _drawing(result: Result, pictures: Callable[[Result], Sequence[Picture]]) -> Result:
    """Return the result of a protocol that draws other pictures."""
    experiment = result.experiment
    protocol = dataclasses.replace(experiment.protocol, pictures=pictures)
    return dataclasses.replace(
        result, experiment=dataclasses.replace(experiment, protocol=protocol)
    )


@pytest.fixture
def quickly_drawn(result: Result) -> Result:
    """Return the same with one picture that has been drawn, for tests that look at none."""
    pixel = b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR\0\0\0\1\0\0\0\1"
    picture = Picture("spikes", "Spikes.", pixel)
    return _drawing(result, lambda result: [picture])


def _arrays(folder: Path) -> dict[str, NDArray[Any]]:
    with np.load(folder / "recording.npz", allow_pickle=False) as archive:
        return dict(archive)


def test_a_folder_holds_everything(result: Result, tmp_path: Path) -> None:
    folder = tmp_path / "here"
    written = write_results(result, Destination(folder))
    assert written.folder == folder
    assert sorted(path.name for path in folder.iterdir()) == [
        "config.toml", "figures", "recording.npz", "report.html", "run.json", "summary.json"
    ]  # fmt: skip
    for picture in ("spikes", "weights", "selection", "attention", "accuracy"):
        png = (folder / "figures" / f"{picture}.png").read_bytes()
        assert png.startswith(b"\x89PNG")
    assert "cued-recall" in (folder / "report.html").read_text()
    assert list(tmp_path.iterdir()) == [folder]


def test_figures_are_written_in_another_format_too(result: Result, tmp_path: Path) -> None:
    folder = tmp_path / "here"
    write_results(result, Destination(folder, figures_as="svg"))
    names = sorted(path.name for path in (folder / "figures").iterdir())
    assert {name.partition(".")[2] for name in names} == {"png", "svg"}
    assert [name for name in names if name.endswith("svg")] == [
        name.replace("png", "svg") for name in names if name.endswith("png")
    ]
    with pytest.raises(InputError, match="--format = 'gif': must be one of png, svg, pdf"):
        Destination(tmp_path / "other", figures_as="gif")


def test_a_folder_says_what_scores_rest_on(result: Result, tmp_path: Path) -> None:
    folder = tmp_path / "here"
    write_results(result, Destination(folder))
    assert result.certainty["accuracy"].n == 3 and "key_error" not in result.certainty
    assert hippokv.load(folder).certainty.keys() == result.certainty.keys()
    assert hippokv.load(folder).certainty["accuracy"] == result.certainty["accuracy"]
    page = (folder / "report.html").read_text(encoding="utf-8")
    low, high = result.certainty["accuracy"].low, result.certainty["accuracy"].high
    assert f"<small>{low:.4f} to {high:.4f}</small>" in page
    assert '<script type="application/json">' in page and "DecompressionStream" in page


def test_arrays_have_the_shapes_that_are_promised(quickly_drawn: Result, tmp_path: Path) -> None:
    write_results(quickly_drawn, Destination(tmp_path / "here"))
    arrays = _arrays(tmp_path / "here")
    shapes = {
        "keys": (3, 9), "values": (3, 9), "queries": (3, 9), "query_item": (3,), "decoded": (3, 9),
        "evidence": (3, 9), "attention": (3, 4), "prediction_attention": (3, 4),
        "prediction_decoded": (3, 9), "plateaus": (3, 4), "key_weights": (8, 18),
        "value_weights": (8, 18), "epoch_start_ms": (19,), "epoch_duration_ms": (19,),
        "epoch_phase": (19,), "epoch_item": (19,), "dendritic_spike_t": (40,),
        "dendritic_spike_i": (40,),
    }  # fmt: skip
    for name, shape in shapes.items():
        assert arrays[name].shape == shape, name
    for name, train in quickly_drawn.recording.spikes.items():
        np.testing.assert_array_equal(arrays[f"spikes_{name}_t"], train.time_s)
        np.testing.assert_array_equal(arrays[f"spikes_{name}_i"], train.cell)
    assert arrays["plateaus"].dtype == bool
    assert set(np.unique(arrays["keys"])) == {-1, 1}
    assert set(np.unique(arrays["queries"])) == {-1, 0, 1}
    assert set(arrays["epoch_phase"]) == {"rest", "store", "recall"}


def test_a_summary_holds_no_nan(quickly_drawn: Result, tmp_path: Path) -> None:
    odd = dataclasses.replace(
        quickly_drawn, metrics={**quickly_drawn.metrics, "accuracy": float("nan")}
    )
    write_results(odd, Destination(tmp_path / "here"))
    text = (tmp_path / "here" / "summary.json").read_text()
    summary = json.loads(text, parse_constant=pytest.fail)
    assert summary["metrics"]["accuracy"] is None
    assert summary["metrics"].keys() == summary["prediction"].keys()
    read = read_summary(tmp_path / "here")
    assert read.metrics["accuracy"] is None
    assert read.metrics["one_plateau"] == pytest.approx(quickly_drawn.metrics["one_plateau"])
    assert read.timing.simulated_s == quickly_drawn.timing.simulated_s
    assert summary["timing"]["total_s"] > 0
    wanted = {"hippokv", "brian2", "numpy", "python", "platform", "target", "date"}
    assert wanted <= summary["provenance"].keys()


def test_equal_arrays_are_equal_bytes(
    quickly_drawn: Result, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("time.time", lambda: 0.0)
    write_results(quickly_drawn, Destination(tmp_path / "one"))
    monkeypatch.undo()
    write_results(quickly_drawn, Destination(tmp_path / "other"))
    for name in ("recording.npz", "config.toml"):
        assert (tmp_path / "one" / name).read_bytes() == (tmp_path / "other" / name).read_bytes()


def test_archives_are_plain(tmp_path: Path) -> None:
    arrays = {"a": np.arange(6).reshape(2, 3).T, "b": np.array(["rest", "store"])}
    save_arrays(tmp_path / "two.npz", arrays)
    with zipfile.ZipFile(tmp_path / "two.npz") as archive:
        assert archive.testzip() is None
        assert {member.date_time for member in archive.infolist()} == {(1980, 1, 1, 0, 0, 0)}
    with np.load(tmp_path / "two.npz", allow_pickle=False) as read:
        for name, array in arrays.items():
            np.testing.assert_array_equal(read[name], array)


def test_arrays_of_objects_are_never_pickled(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="allow_pickle"):
        save_arrays(tmp_path / "no.npz", {"a": np.array([{}], dtype=object)})


def test_an_empty_folder_is_filled(quickly_drawn: Result, tmp_path: Path) -> None:
    (tmp_path / "here").mkdir()
    Destination(tmp_path / "here").check()
    write_results(quickly_drawn, Destination(tmp_path / "here"))
    assert (tmp_path / "here" / "report.html").exists()


def test_folders_on_the_way_are_made(quickly_drawn: Result, tmp_path: Path) -> None:
    folder = tmp_path / "a" / "b" / "c"
    Destination(folder).check()
    assert list(tmp_path.iterdir()) == []
    write_results(quickly_drawn, Destination(folder))
    assert [path.name for path in folder.parent.iterdir()] == ["c"]


def test_a_link_to_an_empty_folder_is_followed(quickly_drawn: Result, tmp_path: Path) -> None:
    (tmp_path / "real").mkdir()
    (tmp_path / "link").symlink_to("real")
    write_results(quickly_drawn, Destination(tmp_path / "link"))
    assert (tmp_path / "link").is_symlink() and (tmp_path / "real" / "report.html").exists()


def test_a_default_folder_takes_the_next_free_number(quickly_drawn: Result, tmp_path: Path) -> None:
    destination = Destination(tmp_path / "run", numbered=True)
    written = [write_results(quickly_drawn, destination).folder for _ in range(3)]
    assert written == [tmp_path / "run", tmp_path / "run-2", tmp_path / "run-3"]


@pytest.mark.parametrize("numbered", [False, True])
def test_a_folder_that_was_filled_meanwhile_is_not_touched(
    numbered: bool, quickly_drawn: Result, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    write = results_folder._write_files

    def meanwhile(result: Result, folder: Path) -> None:
        (tmp_path / "run").mkdir()
        (tmp_path / "run" / "notes").write_text("mine")
        write(result, folder)

    monkeypatch.setattr(results_folder, "_write_files", meanwhile)
    destination = Destination(tmp_path / "run", numbered)
    if numbered:
        assert write_results(quickly_drawn, destination).folder == tmp_path / "run-2"
    else:
        with pytest.raises(InputError, match="--out"):
            write_results(quickly_drawn, destination)
    assert [path.name for path in (tmp_path / "run").iterdir()] == ["notes"]
    names = ["run", "run-2"] if numbered else ["run"]
    assert sorted(path.name for path in tmp_path.iterdir()) == names


@pytest.mark.parametrize("stop", [KeyboardInterrupt, MemoryError])
@pytest.mark.parametrize("where", ["save_arrays", "_summary", "_write_summary"])
def test_an_interrupted_write_leaves_nothing(
    stop: type[BaseException],
    where: str,
    quickly_drawn: Result,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def interrupted(*_: Any) -> None:
        raise stop

    monkeypatch.setattr(results_folder, where, interrupted)
    with pytest.raises(stop):
        write_results(quickly_drawn, Destination(tmp_path / "a" / "b"))
    assert list(tmp_path.iterdir()) == []


def test_a_report_that_fails_costs_itself_alone(
    quickly_drawn: Result,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
) -> None:
    def failing(*_: Any) -> None:
        raise ValueError("no such\nword")

    monkeypatch.setattr(results_folder, "_write_report", failing)
    folder = tmp_path / "here"
    assert write_results(quickly_drawn, Destination(folder)).folder == folder
    assert caplog.messages == ["hippokv: report could not be written (ValueError: no such word)"]
    assert sorted(path.name for path in folder.iterdir()) == [
        "config.toml", "figures", "recording.npz", "run.json", "summary.json",
    ]  # fmt: skip


def test_a_full_disk_is_reported_and_leaves_nothing(
    quickly_drawn: Result, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(*_: Any) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(results_folder, "save_arrays", full)
    with pytest.raises(InputError, match="--out.*No space left"):
        write_results(quickly_drawn, Destination(tmp_path / "here"))
    assert list(tmp_path.iterdir()) == []


KILLED = """
import os, signal, sys
sys.path.insert(0, sys.argv[1])
from hippokv.analysis.figures import weights
from hippokv.analysis.figures.report import Picture
from hippokv.circuits.program.program import Program
from hippokv.protocols.running import results_folder
from hippokv.protocols.running.experiment import run
from made_up_recording import made_up
from running.test_results_folder import SETTINGS
Program.run = made_up
if sys.argv[3] == "killed":
    results_folder._summary = lambda result: os.kill(os.getpid(), signal.SIGKILL)
run("storage", settings=SETTINGS, out=sys.argv[2])
"""


def test_a_killed_write_looks_unfinished_and_is_not_tripped_over(tmp_path: Path) -> None:
    folder = tmp_path / "here"
    for what, status in (("killed", -9), ("killed", -9), ("whole", 0)):
        command = [sys.executable, "-c", KILLED, str(Path(__file__).parents[1]), str(folder), what]
        done = subprocess.run(command, check=False, env={**os.environ, "PYTHONWARNINGS": "ignore"})
        assert done.returncode == status
        assert folder.exists() == (what == "whole")
        left = [path.name for path in tmp_path.iterdir() if path != folder]
        assert all(name.startswith(".here.partial-") for name in left)
    assert (folder / "report.html").exists()


# --- pictures that fail, and interrupts while they are drawn --------------------------------------


def _check_complete(folder: Path, result: Result) -> None:
    """Check that a folder holds all of a result but its pictures."""
    assert read_summary(folder).metrics.keys() == result.metrics.keys()
    arrays = _arrays(folder)
    for name, train in result.recording.spikes.items():
        np.testing.assert_array_equal(arrays[f"spikes_{name}_t"], train.time_s)
    assert "n_slots" in (folder / "config.toml").read_text()
    assert "</html>" in (folder / "report.html").read_text()
    assert [path for path in folder.parent.iterdir() if path != folder] == []


@pytest.mark.parametrize("error", [MemoryError(), ValueError("no such thing"), OSError(28, "full")])
def test_a_picture_that_fails_costs_itself_alone(
    error: Exception,
    result: Result,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
) -> None:
    def failing(*_: Any) -> None:
        raise error

    monkeypatch.setattr(weights_figure, "weights_figure", failing)
    folder = tmp_path / "here"
    assert write_results(result, Destination(folder)).folder == folder
    _check_complete(folder, result)
    names = {path.stem for path in (folder / "figures").iterdir()}
    assert names == {"spikes", "selection", "attention", "accuracy"}
    (line,) = caplog.messages
    assert line.startswith(f"hippokv: picture could not be drawn: weights ({type(error).__name__}")
    report = (folder / "report.html").read_text()
    assert "Picture that could not be drawn: weights (" in report and report.count("<img") == 4


def _all_fail(result: Result) -> list[Picture]:
    raise ZeroDivisionError("at once")


def _one_by_one(result: Result) -> Iterator[Picture]:
    yield from ()
    raise ZeroDivisionError("later")


def _no_pictures(result: Result) -> list[Any]:
    return [b"\x89PNG"]


@pytest.mark.parametrize(
    ("pictures", "reason"),
    [
        (_all_fail, "ZeroDivisionError: at once"),
        (_one_by_one, "ZeroDivisionError: later"),
        (_no_pictures, "TypeError: a protocol's pictures must be a list of Picture"),
    ],
)
def test_a_protocol_whose_pictures_fail_keeps_its_results(
    pictures: Any, reason: str, result: Result, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    folder = tmp_path / "here"
    write_results(_drawing(result, pictures), Destination(folder))
    _check_complete(folder, result)
    assert list((folder / "figures").iterdir()) == []
    assert caplog.messages == [f"hippokv: picture could not be drawn: all of them ({reason})"]
    assert reason.partition(":")[0] in (folder / "report.html").read_text()


def test_without_matplotlib_there_are_results_without_pictures(
    result: Result,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
) -> None:
    monkeypatch.setitem(sys.modules, "matplotlib", None)
    folder = tmp_path / "here"
    write_results(result, Destination(folder))
    _check_complete(folder, result)
    assert len(caplog.messages) == 5
    assert all("matplotlib" in line and "\n" not in line for line in caplog.messages)


def test_results_are_written_while_pictures_are_drawn(result: Result, tmp_path: Path) -> None:
    seen: list[Path] = []

    def waiting(result: Result) -> list[Picture]:
        deadline = time.monotonic() + 30
        while not seen and time.monotonic() < deadline:
            seen.extend(tmp_path.glob(".here.partial-*/summary.json"))
            time.sleep(0.01)
        _arrays(seen[0].parent)
        assert (seen[0].parent / "config.toml").exists()
        return []

    write_results(_drawing(result, waiting), Destination(tmp_path / "here"))
    assert seen and not seen[0].exists()
    assert "<h2>Figures" not in (tmp_path / "here" / "report.html").read_text()


@pytest.mark.parametrize("times", [1, 3])
def test_an_interrupt_while_pictures_are_drawn_costs_the_pictures_alone(
    times: int, result: Result, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    came: list[int] = []
    no_pictures = results_folder._no_pictures

    def interrupted(*_: Any) -> list[Picture]:
        came.append(1)
        raise KeyboardInterrupt

    def again() -> Sequence[Picture]:
        return interrupted() if len(came) < times else no_pictures()

    monkeypatch.setattr(results_folder, "_no_pictures", again)
    folder = tmp_path / "here"
    words = f"^the results are in {re.escape(str(folder))}, without pictures$"
    with pytest.raises(KeyboardInterrupt, match=words):
        write_results(_drawing(result, interrupted), Destination(folder))
    assert len(came) == times
    _check_complete(folder, result)
    assert "all of them (interrupted)" in (folder / "report.html").read_text()


def test_an_interrupt_after_the_pictures_costs_nothing(
    result: Result, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    join, came = threading.Thread.join, []

    def interrupted(thread: threading.Thread, timeout: float | None = None) -> None:
        if not came:
            came.append(1)
            raise KeyboardInterrupt
        join(thread, timeout)

    monkeypatch.setattr(threading.Thread, "join", interrupted)
    folder = tmp_path / "here"
    with pytest.raises(KeyboardInterrupt, match=f"^the results are in {re.escape(str(folder))}$"):
        write_results(result, Destination(folder))
    _check_complete(folder, result)
    assert len(list((folder / "figures").iterdir())) == 5


INTERRUPTED = """
import os, signal, sys, time
sys.path.insert(0, sys.argv.pop(1))
from hippokv import command_line
from hippokv.circuits.program.program import Program
from hippokv.protocols import storage
from made_up_recording import made_up

def pictures(result):
    try:
        {signals}
        time.sleep(30)
    except {caught}:
        raise ImportError("initialization failed") from None

# Where these tests run in the background, SIGINT is ignored.
signal.signal(signal.SIGINT, signal.default_int_handler)
Program.run = made_up
object.__setattr__(storage.PROTOCOL, "pictures", pictures)
command_line.run_process()
"""


@pytest.mark.parametrize(
    ("sent", "caught", "without"),
    [
        (["SIGINT"], "()", True),
        (["SIGTERM"], "()", True),
        (["SIGTERM", "SIGHUP", "SIGINT"], "()", True),
        # An import that is cut short by an interrupt ends with another error.
        (["SIGTERM"], "KeyboardInterrupt", False),
    ],
)
def test_a_command_that_is_interrupted_while_it_draws_says_where_its_results_are(
    sent: list[str], caught: str, without: bool, tmp_path: Path
) -> None:
    numbers = ", ".join(f"signal.{name}" for name in sent)
    # Signals that come at once: both are there before the first is heeded.
    signals = (
        f"signal.pthread_sigmask(signal.SIG_BLOCK, [{numbers}]); "
        f"[os.kill(os.getpid(), number) for number in [{numbers}]]; "
        f"signal.pthread_sigmask(signal.SIG_UNBLOCK, [{numbers}])"
    )
    words = [word for key, value in SETTINGS.items() for word in ("--set", f"{key}={value}")]
    folder = tmp_path / "here"
    done = subprocess.run(
        [sys.executable, "-c", INTERRUPTED.format(signals=signals, caught=caught),
         str(Path(__file__).parents[1]), "run", "storage", "--out", str(folder), *words],
        capture_output=True, text=True, check=False, timeout=100,
        env={**os.environ, "PYTHONWARNINGS": "ignore"},
    )  # fmt: skip
    assert (done.returncode, done.stdout) == (130, "")
    last = f"hippokv: interrupted, the results are in {folder}{', without pictures' * without}"
    assert done.stderr.splitlines()[-1] == last
    assert len(done.stderr.splitlines()) == (1 if without else 2)
    assert read_summary(folder).protocol == "storage"
    assert len(_arrays(folder)) > 10
    assert [path for path in tmp_path.iterdir() if path != folder] == []


# --- a disk that takes no more --------------------------------------------------------------------


@contextmanager
def _largest_file(size: int) -> Iterator[None]:
    """Let no file grow larger."""
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (size, before[1]))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)


def test_results_that_cannot_be_written_whole_are_not_there(result: Result, tmp_path: Path) -> None:
    drawn = result.experiment.protocol.pictures(result)
    ready = _drawing(result, lambda result: list(drawn))
    write_results(ready, Destination(tmp_path / "whole"))
    sizes = [path.stat().st_size for path in (tmp_path / "whole").rglob("*") if path.is_file()]
    # Around the size of every file, and between. The date makes a few bytes of the report.
    limits = {size + more for size in sizes for more in (-1, 0)} | {max(sizes) + 99}
    limits |= {int(limit) for limit in np.geomspace(1, max(sizes) - 1, 50)}
    here = tmp_path / "here"
    here.mkdir()
    for limit in sorted(limits):
        folder = here / "out"
        try:
            with _largest_file(limit):
                write_results(ready, Destination(folder))
        except InputError as error:
            assert "must be a folder that can be written (File too large)" in str(error)
            assert list(here.iterdir()) == [], limit
            assert limit < max(sizes) + 99
        else:
            assert limit > max(sizes) - 99
            _check_complete(folder, result)
            shutil.rmtree(folder)
    assert len(limits) > 50


@pytest.fixture
def full_disk(tmp_path: Path) -> Iterator[tuple[Path, str]]:
    """Return a folder on a disk that takes 200 kB, or files of 20 kB, and what it then says."""
    disk = tmp_path / "disk"
    disk.mkdir()
    command = ["mount", "-t", "tmpfs", "-o", "size=200k", "tmpfs", str(disk)]
    if os.geteuid() == 0 and not subprocess.run(command, check=False).returncode:
        try:
            yield disk, "No space left on device"
        finally:
            subprocess.run(["umount", str(disk)], check=True)
    else:
        with _largest_file(20_000):
            yield disk, "File too large"


def test_a_disk_that_is_full_is_reported_and_leaves_nothing_on_it(
    result: Result, full_disk: tuple[Path, str]
) -> None:
    disk, words = full_disk
    with pytest.raises(InputError, match=f"--out.*must be a folder that can be.*{words}"):
        write_results(result, Destination(disk / "here"))
    assert list(disk.iterdir()) == []


def test_what_cannot_be_forced_to_the_disk_is_not_there(
    result: Result, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    sync, calls = os.fsync, 0

    def failing(descriptor: int) -> None:
        nonlocal calls
        calls += 1
        if calls == fails_at:
            raise OSError(5, "Input/output error")
        sync(descriptor)

    ready = _drawing(result, lambda result: [])
    fails_at = 0
    monkeypatch.setattr(os, "fsync", failing)
    write_results(ready, Destination(tmp_path / "whole"))
    here = tmp_path / "here"
    here.mkdir()
    failed = 0
    for fails_at in range(1, calls + 1):
        calls = 0
        try:
            write_results(ready, Destination(here / f"out-{fails_at}"))
        except InputError as error:
            assert "Input/output error" in str(error)
            assert not (here / f"out-{fails_at}").exists()
            failed += 1
    # The recording, and then the five files; folders cannot be forced everywhere.
    assert failed == 6
    assert all(not path.name.startswith(".") for path in here.iterdir())


def test_what_compresses_is_compressed(quickly_drawn: Result, tmp_path: Path) -> None:
    write_results(quickly_drawn, Destination(tmp_path / "here"))
    with zipfile.ZipFile(tmp_path / "here" / "recording.npz") as archive:
        members = archive.infolist()
    assert {member.compress_type for member in members} == {zipfile.ZIP_DEFLATED}
    arrays = {"spikes": np.sort(np.random.default_rng(0).integers(0, 10**5, 10**5)) * 5e-4}
    save_arrays(tmp_path / "spikes.npz", arrays)
    # A raw one has eight bytes a spike.
    assert (tmp_path / "spikes.npz").stat().st_size < 3e5


# --- where results go -----------------------------------------------------------------------------


def test_a_current_folder_that_is_removed_during_a_run_loses_nothing(
    result: Result, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    gone = tmp_path / "gone"
    gone.mkdir()
    monkeypatch.chdir(gone)
    destination = Destination(Path("here"))
    destination.check()
    gone.rmdir()
    assert write_results(result, destination).folder == gone / "here"
    _check_complete(gone / "here", result)
    shutil.rmtree(gone)
    with pytest.raises(InputError, match="--out = 'there'.*the current folder has been removed"):
        Destination(Path("there"))


GOOD: dict[str, Any] = {
    "protocol": "storage", "seed": 3, "metrics": {"a": 0.5, "b": None, "c": 1}, "prediction": {},
    "timing": {"build_s": 0, "run_s": 1.5, "simulated_s": 20.0, "total_s": 2.0},
}  # fmt: skip


def _changed(**changes: Any) -> str:
    return json.dumps({**GOOD, **changes})


@pytest.mark.parametrize(
    "text",
    [
        "", "3", "[]", "null", "{}", "\xff", "[" * 100_000,
        _changed(metrics={"a": float("nan")}),
        _changed(metrics={"a": float("inf")}),
        _changed(metrics={"a": 1}).replace("1}", "1e999}"),
        _changed(metrics={"a": 10**400}),
        _changed(metrics={"a": 1}).replace("1}", "9" * 5000 + "}"),
        _changed(metrics={"a": "0.5"}),
        _changed(metrics={"a": True}),
        _changed(metrics={"a": [1]}),
        _changed(metrics=[1]),
        _changed(prediction=None),
        _changed(prediction={"a": -float("inf")}),
        _changed(seed=1.5),
        _changed(seed="1"),
        _changed(seed=True),
        _changed(protocol=3),
        _changed(protocol=None),
        _changed(timing={}),
        _changed(timing={**GOOD["timing"], "run_s": float("nan")}),
        _changed(timing={**GOOD["timing"], "run_s": "fast"}),
        _changed(uninformed=[1]),
        _changed(uninformed={"mean": {"a": 1.0}}),
        _changed(uninformed={"mean": {"a": "1"}, "sd": {}, "note": ""}),
        _changed(uninformed={"mean": {}, "sd": {}, "note": 3}),
        _changed(warnings="one"),
        _changed(warnings=[3]),
        _changed(more="x" * 2**20),
    ],
)  # fmt: skip
def test_a_summary_of_another_kind_is_refused(text: str, tmp_path: Path) -> None:
    (tmp_path / "summary.json").write_bytes(text.encode("latin-1"))
    with pytest.raises(InputError, match="DIR.*must be a folder that `hippokv run` has written"):
        read_summary(tmp_path)


def test_a_summary_is_read_as_it_is_and_also_behind_a_byte_order_mark(tmp_path: Path) -> None:
    for mark in (b"", b"\xef\xbb\xbf"):
        (tmp_path / "summary.json").write_bytes(mark + _changed().encode())
        found = read_summary(tmp_path)
        assert (found.protocol, found.seed) == ("storage", 3)
        assert found.metrics == {"a": 0.5, "b": None, "c": 1.0}
        # Folders of earlier versions have no such scores.
        assert (found.uninformed_mean, found.uninformed_note, found.warnings) == ({}, "", ())


def test_a_pipe_is_no_summary_and_not_waited_for(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "summary.json")
    with pytest.raises(InputError, match="DIR"):
        read_summary(tmp_path)


def test_run_writes_only_where_it_is_told(
    result: Result, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    alone = run("storage", seed=5, settings=SETTINGS)
    assert alone.folder is None and list(tmp_path.iterdir()) == []
    kept = run("storage", seed=5, settings=SETTINGS, out="kept")
    assert kept.folder == tmp_path / "kept"
    assert kept.experiment.settings.run.seed == 5
    assert read_summary(tmp_path / "kept").protocol == "storage"
    with pytest.raises(InputError, match="--out"):
        run("storage", settings=SETTINGS, out="kept")


def test_a_summary_that_an_editor_has_saved_is_read(tmp_path: Path) -> None:
    timing = dict.fromkeys(results_folder.TIMED, 1.0)
    found = {"protocol": "storage", "seed": 3, "metrics": {}, "prediction": {}, "timing": timing}
    for begin in (b"", b"\xef\xbb\xbf"):
        (tmp_path / results_folder.SUMMARY).write_bytes(begin + json.dumps(found).encode())
        assert results_folder.read_summary(tmp_path).seed == 3
