"""Faults on purpose: a run either gives what an undisturbed one gives, or says what went wrong."""

from __future__ import annotations

import errno
import logging
import os
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from hippokv.circuits.circuit import Circuit
from hippokv.circuits.program import program, program_cache, program_manifest
from hippokv.circuits.program.compiler import find_compiler
from hippokv.circuits.program.program import Program
from hippokv.circuits.program.program_cache import CACHE_VARIABLE, circuit_key
from hippokv.circuits.recording import Recording
from hippokv.circuits.schedule import Epoch, Schedule
from hippokv.errors import BuildError

#: Fails every write of a program behind so many bytes, as a full disk does, or closing its files.
SHIM = """
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <stdlib.h>
#include <sys/types.h>
static long left = -1;
ssize_t write(int file, const void *place, size_t count)
{
    ssize_t (*real)(int, const void *, size_t) = dlsym(RTLD_NEXT, "write");
    const char *room = getenv("SHIM_ROOM"), *most = getenv("SHIM_MOST");
    if (file <= 2)
        return real(file, place, count);
    if (most && count > (size_t)atol(most))
        count = atol(most);
    if (room) {
        if (left < 0)
            left = atol(room);
        if (left == 0 && count) {
            errno = ENOSPC;
            return -1;
        }
        if (count > (size_t)left)
            count = left;
        left -= count;
    }
    return real(file, place, count);
}
int close(int file)
{
    int (*real)(int) = dlsym(RTLD_NEXT, "close");
    const char *closes = getenv("SHIM_CLOSES");
    static long closed = 0;
    int found = real(file);
    if (closes && file > 2 && ++closed >= atol(closes)) {
        errno = EDQUOT;
        return -1;
    }
    return found;
}
"""


def schedule_for(circuit: Circuit) -> Schedule:
    """Return a schedule in which every population fires."""
    shown = {"entorhinal": 1.0, "cortical": 1.0, "acetylcholine": 1.0, "instruction": 1.0}
    return Schedule((Epoch("store", 300.0, 0, shown), Epoch("rest", 50.0)), circuit.widths)


def same(one: Recording, other: Recording) -> bool:
    """Return whether two recordings are equal to the last bit."""
    trains = [(one.spikes[name], other.spikes[name]) for name in one.spikes]
    trains += [(one.events[name], other.events[name]) for name in one.events]
    return all(
        np.array_equal(a.time_s, b.time_s) and np.array_equal(a.cell, b.cell) for a, b in trains
    ) and all(np.array_equal(one.weights[name], other.weights[name]) for name in one.weights)


class Place:
    """A cache of the test's own with the compiled circuit in it, where compiling is copying."""

    def __init__(self, circuit: Circuit, pristine: Path, cache: Path) -> None:
        self.circuit, self.pristine, self.cache = circuit, pristine, cache
        self.folder = cache / circuit_key(circuit)
        self.builds = 0
        shutil.copytree(pristine, self.folder)

    def compile(self, circuit: Any, workshop: Path) -> None:
        self.builds += 1
        shutil.copytree(self.pristine, workshop, dirs_exist_ok=True)
        (workshop / program_manifest.MANIFEST).unlink()

    def run(self) -> Recording:
        return Program(self.circuit).run(schedule_for(self.circuit), 3, 0.5)

    def files(self) -> list[str]:
        """Return what a run needs."""
        names = ["main", "outputs.json", "manifest.json"]
        return names + [
            f"static_arrays/{path.name}" for path in (self.folder / "static_arrays").iterdir()
        ]


@pytest.fixture(scope="module")
def expected(small: Circuit) -> Recording:
    """Return what an undisturbed run gives."""
    recording = Program(small).run(schedule_for(small), 3, 0.5)
    assert all(len(train.time_s) for train in recording.spikes.values())
    assert len(recording.events["dendritic_spike"].time_s)
    return recording


@pytest.fixture
def place(
    small: Circuit,
    small_folder: Path,
    expected: Recording,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> Iterator[Place]:  # fmt: skip
    """Return a cache that may be damaged."""
    found = Place(small, small_folder, tmp_path / "cache")
    monkeypatch.setenv(CACHE_VARIABLE, str(found.cache))
    monkeypatch.setattr(program_cache, "_compile_in_process", found.compile)
    monkeypatch.setattr(program_cache, "_CHECKED", {})
    runs = tmp_path / "runs"
    runs.mkdir()
    monkeypatch.setattr("tempfile.tempdir", str(runs))
    yield found
    assert list(runs.iterdir()) == []


# --- entries of the cache that are damaged --------------------------------------------------------


def remove(path: Path) -> None:
    path.unlink()


def empty(path: Path) -> None:
    path.write_bytes(b"")


def cut(path: Path) -> None:
    path.write_bytes(path.read_bytes()[: path.stat().st_size // 2])


def flip_a_bit(path: Path) -> None:
    content = bytearray(path.read_bytes())
    content[len(content) // 3] ^= 4
    path.write_bytes(content)


def flip_a_bit_and_keep_the_time(path: Path) -> None:
    before = path.stat()
    flip_a_bit(path)
    os.utime(path, ns=(before.st_atime_ns, before.st_mtime_ns))


def let_others_write(path: Path) -> None:
    path.chmod(0o777)


def put_a_link(path: Path) -> None:
    moved = path.with_name("moved")
    path.rename(moved)
    path.symlink_to(moved)


@pytest.mark.parametrize(
    "damage",
    [remove, empty, cut, flip_a_bit, flip_a_bit_and_keep_the_time, let_others_write, put_a_link],
)
def test_a_damaged_file_is_noticed_and_the_circuit_compiled_again(
    damage: Callable[[Path], None], place: Place, expected: Recording,
    caplog: pytest.LogCaptureFixture,
) -> None:  # fmt: skip
    names = place.files()
    for name in names:
        program_cache._CHECKED.clear()
        caplog.clear()
        damage(place.folder / name)
        assert same(place.run(), expected), name
        assert len(caplog.records) == 1, name
        assert "was damaged" in caplog.text
        assert "compiled again" in caplog.text
    assert place.builds == len(names)
    program_cache._CHECKED.clear()
    caplog.clear()
    assert same(place.run(), expected)
    assert not caplog.records


def test_damage_after_the_first_use_in_a_process_is_noticed_too(
    place: Place, expected: Recording
) -> None:
    assert same(place.run(), expected)
    for number, name in enumerate(place.files()[:2] + place.files()[3:], start=1):
        flip_a_bit_and_keep_the_time(place.folder / name)
        assert same(place.run(), expected), name
        assert place.builds == number, name


def test_a_program_that_is_not_executable_is_compiled_again(
    place: Place, expected: Recording, caplog: pytest.LogCaptureFixture
) -> None:
    (place.folder / "main").chmod(0o644)
    assert same(place.run(), expected)
    assert "main is not executable" in caplog.text


def test_an_entry_of_another_circuit_is_not_run(place: Place, expected: Recording) -> None:
    program_manifest.write_manifest(place.folder, "slot_memory-0123456789")
    assert same(place.run(), expected)
    assert place.builds == 1


def test_what_is_not_needed_to_run_may_go(place: Place, expected: Recording) -> None:
    shutil.rmtree(place.folder / "code_objects")
    assert same(place.run(), expected)
    assert place.builds == 0


def test_a_cache_that_nobody_can_write_serves_what_is_in_it(
    place: Place, expected: Recording
) -> None:
    for path in (place.cache, place.folder):
        path.chmod(0o555)
    assert same(place.run(), expected)
    place.cache.chmod(0o755)
    place.folder.chmod(0o755)
    assert sorted(path.name for path in place.cache.iterdir()) == [place.folder.name]


# --- programs that change while they are run ------------------------------------------------------


@pytest.fixture
def before_start(monkeypatch: pytest.MonkeyPatch) -> Callable[..., None]:
    """Let something happen between the check of a program and its start, some times."""

    def happen(what: Callable[[], Any], times: int = 1) -> None:
        started = subprocess.Popen
        left = [times]

        def start(command: list[str], *arguments: Any, **options: Any) -> Any:
            if command[0].endswith("main") and left[0]:
                left[0] -= 1
                what()
            return started(command, *arguments, **options)

        monkeypatch.setattr(program.subprocess, "Popen", start)

    return happen


def test_a_program_that_is_removed_is_compiled_and_started_again(
    place: Place, expected: Recording, before_start: Callable[..., None]
) -> None:
    before_start(lambda: shutil.rmtree(place.cache), times=3)
    assert same(place.run(), expected)
    assert place.builds == 3


def test_a_program_that_is_moved_away_and_back_is_started_again(
    place: Place, expected: Recording, before_start: Callable[..., None],
    monkeypatch: pytest.MonkeyPatch,
) -> None:  # fmt: skip
    away = place.cache.with_name("away")
    before_start(lambda: place.folder.rename(away))
    find = program.compiled_program

    def found(*arguments: Any, **options: Any) -> Any:
        if away.exists():
            away.rename(place.folder)
        return find(*arguments, **options)

    monkeypatch.setattr(program, "compiled_program", found)
    assert same(place.run(), expected)
    assert place.builds == 0


@pytest.mark.parametrize("times", [1, program_cache.MOST_COPIES - 1, 10**6])
def test_a_cache_that_is_removed_while_it_is_written_does_not_disturb_what_was_compiled(
    times: int, place: Place, expected: Recording, monkeypatch: pytest.MonkeyPatch
) -> None:
    shutil.rmtree(place.cache)
    left = [times]
    copy = shutil.copy

    def remove_and_copy(path: Path, goal: Path) -> None:
        if left[0] and path.name == "main":
            left[0] -= 1
            shutil.rmtree(place.cache)
        copy(path, goal)

    monkeypatch.setattr(program_cache.shutil, "copy", remove_and_copy)
    monkeypatch.setattr(program_cache, "PAUSE_S", 0.0)
    if times < program_cache.MOST_COPIES:
        assert same(place.run(), expected)
        assert place.builds == 1
        return
    # Each of the many copies takes a third of a second.
    monkeypatch.setattr(program_cache, "MOST_COPIES", 2)
    monkeypatch.setattr(program_cache, "MOST_BUILDS", 3)
    with pytest.raises(BuildError, match=r"must be a folder that can be written \(No such file"):
        place.run()
    assert place.builds == program_cache.MOST_BUILDS


@pytest.mark.parametrize("damage", [remove, empty, cut, flip_a_bit, flip_a_bit_and_keep_the_time])
def test_a_program_or_array_that_changes_is_never_trusted(
    damage: Callable[[Path], None], place: Place, expected: Recording,
    before_start: Callable[..., None],
) -> None:  # fmt: skip
    needed = ["main", *(name for name in place.files() if name.startswith("static"))]
    for number, name in enumerate(needed, start=1):
        before_start(lambda name=name: damage(place.folder / name))  # type: ignore[misc]
        assert same(place.run(), expected), name
        assert place.builds == number, name


def test_a_program_that_never_stays_is_given_up(
    place: Place, before_start: Callable[..., None]
) -> None:
    before_start(lambda: shutil.rmtree(place.folder), times=99)
    with pytest.raises(BuildError, match=r"could not be run \(.*must be left alone while it runs"):
        place.run()


@pytest.mark.parametrize(
    ("script", "words"),
    [("kill -ILL $$", "does not know an instruction"), (None, "Exec format error")],
)
@pytest.mark.parametrize("times", [1, 99])
def test_a_program_of_another_machine_is_compiled_again_once(
    script: str | None, words: str, times: int, place: Place, expected: Recording,
    monkeypatch: pytest.MonkeyPatch,
) -> None:  # fmt: skip
    started = subprocess.Popen
    left = [times]

    def start(command: list[str], *arguments: Any, **options: Any) -> Any:
        if command[0].endswith("main") and left[0]:
            left[0] -= 1
            if script is None:
                raise OSError(errno.ENOEXEC, os.strerror(errno.ENOEXEC))
            command = ["sh", "-c", script]
        return started(command, *arguments, **options)

    monkeypatch.setattr(program.subprocess, "Popen", start)
    if times == 1:
        assert same(place.run(), expected)
        assert place.builds == 1
    else:
        with pytest.raises(BuildError, match=f"could not be run .*{words}.*HIPPOKV_CACHE"):
            place.run()


def test_a_simulation_that_a_signal_ends_early_is_no_result(
    place: Place, monkeypatch: pytest.MonkeyPatch
) -> None:
    epochs = (Epoch("recall", 1e4, 0, {"entorhinal": 1.0}), Epoch("rest", 1e8))
    long = Schedule(epochs, place.circuit.widths)
    started: list[Any] = []
    real = subprocess.Popen

    def start(*arguments: Any, **options: Any) -> Any:
        started.append(real(*arguments, **options))
        return started[-1]

    monkeypatch.setattr(program.subprocess, "Popen", start)
    with pytest.raises(BuildError, match=r"failed \(status 5\): it was stopped at .* s of 100010"):
        Program(place.circuit).run(long, 1, 1.0, progress=lambda epoch: started[-1].send_signal(2))


# --- writes that fail -----------------------------------------------------------------------------


@pytest.fixture(scope="module")
def shim(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a library that makes writes fail."""
    assert sys.platform == "linux", "LD_PRELOAD is Linux's; a macOS test would use interposing"
    folder = tmp_path_factory.mktemp("shim")
    (folder / "shim.c").write_text(SHIM)
    command = [
        *find_compiler().command,
        "-x",
        "c",
        "-shared",
        "-fPIC",
        "shim.c",
        "-o",
        "shim.so",
        "-ldl",
    ]
    subprocess.run(command, cwd=folder, check=True)
    return folder / "shim.so"


def bytes_written(place: Place, monkeypatch: pytest.MonkeyPatch) -> int:
    """Return how many bytes a run writes."""
    sizes: list[int] = []
    collect = Program._collect

    def measured(self: Program, schedule: Schedule, folder: Path, *more: Any) -> Recording:
        sizes.extend(path.stat().st_size for path in folder.glob("results_*"))
        return collect(self, schedule, folder, *more)

    with monkeypatch.context() as patch:
        patch.setattr(Program, "_collect", measured)
        place.run()
    return sum(sizes)


def test_a_disk_that_is_full_after_any_number_of_bytes_gives_no_result(
    place: Place, expected: Recording, shim: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    total = bytes_written(place, monkeypatch)
    monkeypatch.setenv("LD_PRELOAD", str(shim))
    points = sorted({0, 1, 7, 8, total - 1, total - 2, *np.linspace(0, total - 1, 60).astype(int)})
    assert len(points) > 60
    for room in points:
        monkeypatch.setenv("SHIM_ROOM", str(room))
        with pytest.raises(BuildError, match=r"^TMPDIR = .*\(cannot write .*No space left"):
            place.run()
    monkeypatch.setenv("SHIM_ROOM", str(total))
    assert same(place.run(), expected)


def test_a_disk_that_says_only_on_closing_that_it_is_full_gives_no_result(
    place: Place, expected: Recording, shim: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("LD_PRELOAD", str(shim))
    closing = range(1, 40)
    failed = 0
    for number in closing:
        monkeypatch.setenv("SHIM_CLOSES", str(number))
        try:
            assert same(place.run(), expected)
        except BuildError as error:
            assert "quota" in str(error)  # noqa: PT017
            failed += 1
    assert failed > 10


def test_a_disk_that_takes_little_at_once_gets_everything(
    place: Place, expected: Recording, shim: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("LD_PRELOAD", str(shim))
    monkeypatch.setenv("SHIM_MOST", "1000")
    assert same(place.run(), expected)


@pytest.mark.parametrize("limit", [0, 100, 5000])
def test_a_limit_of_the_size_of_files_gives_no_result(
    limit: int, place: Place, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The shell's ulimit -f ends a program by a signal."""
    started = subprocess.Popen

    def start(command: list[str], *arguments: Any, **options: Any) -> Any:
        words = (
            f"import os, resource, sys; resource.setrlimit(resource.RLIMIT_FSIZE, ({limit}, -1)); "
        )
        words += "import signal; signal.signal(signal.SIGXFSZ, signal.SIG_DFL); "
        command = [sys.executable, "-c", words + "os.execv(sys.argv[1], sys.argv[1:])", *command]
        return started(command, *arguments, **options)

    monkeypatch.setattr(program.subprocess, "Popen", start)
    with pytest.raises(BuildError, match=r"ended by SIGXFSZ: a file grew beyond ulimit -f"):
        place.run()


def test_a_temporary_folder_that_is_full_is_named(
    place: Place, monkeypatch: pytest.MonkeyPatch
) -> None:
    def write(path: Path, content: bytes) -> int:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    monkeypatch.setattr(Path, "write_bytes", write)
    with pytest.raises(
        BuildError, match=r"^TMPDIR = .*with room for .*\(No space left on device\)"
    ):
        place.run()


def test_a_temporary_folder_that_is_missing_is_named(
    place: Place, monkeypatch: pytest.MonkeyPatch
) -> None:
    with monkeypatch.context() as patch:
        patch.setattr("tempfile.tempdir", "/no/such/folder")
        with pytest.raises(BuildError, match=r"^TMPDIR = '/no/such/folder': must be a folder"):
            place.run()


# --- outputs that were cut ------------------------------------------------------------------------


@pytest.mark.parametrize("how", ["rm -f", "truncate -s 0", "truncate -s -1", "truncate -s +8"])
def test_an_output_that_is_not_as_long_as_the_program_says_is_no_result(
    how: str, place: Place, expected: Recording, monkeypatch: pytest.MonkeyPatch
) -> None:
    outputs = program_manifest.check_program(place.folder, place.folder.name).outputs
    cell_variables = [name for name in outputs if name.rpartition(".")[2] in program.RECORDED]
    assert len(outputs) - len(cell_variables) > 10
    started = subprocess.Popen
    damaged = ""

    def start(command: list[str], *arguments: Any, **options: Any) -> Any:
        if command[0].endswith("main"):
            file = command[2] + damaged
            script = f'"$0" "$@" && {how} {file}'
            command = ["sh", "-c", script, *command]
        return started(command, *arguments, **options)

    monkeypatch.setattr(program.subprocess, "Popen", start)
    for name in ("arrays.json", *(outputs[one] for one in outputs if one not in cell_variables)):
        damaged = name
        if name == "arrays.json" and how == "truncate -s -1":
            continue
        with pytest.raises(BuildError, match=r"nothing is kept of this run"):
            place.run()


# --- other people's caches ------------------------------------------------------------------------


def give_away(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Let a file belong to another user: really where that can be done."""
    if os.geteuid() == 0:
        os.chown(path, 12345, 12345)
    else:
        monkeypatch.setattr(program_manifest.os, "geteuid", lambda: 54321)


@pytest.mark.parametrize("which", ["cache", "folder"])
def test_a_folder_of_another_user_is_refused(
    which: str, place: Place, monkeypatch: pytest.MonkeyPatch
) -> None:
    give_away(getattr(place, which), monkeypatch)
    with pytest.raises(BuildError, match=r"belongs to user \d+, .* must be a folder of your own"):
        place.run()


@pytest.mark.parametrize("name", ["main", "outputs.json"])
def test_a_file_of_another_user_is_not_run(
    name: str, place: Place, expected: Recording, monkeypatch: pytest.MonkeyPatch
) -> None:
    if os.geteuid() == 0:
        give_away(place.folder / name, monkeypatch)
        assert same(place.run(), expected)
        assert place.builds == 1
    else:
        give_away(place.folder / name, monkeypatch)
        with pytest.raises(BuildError, match="belongs to user"):
            place.run()


@pytest.mark.parametrize(
    ("mode", "group", "refused"),
    [
        (0o777, 0, "everybody"), (0o1777, 0, ""), (0o775, 0, ""), (0o775, 777, "group 777"),
        (0o755, 777, ""),
    ],
)  # fmt: skip
def test_a_cache_that_others_can_change_is_refused(
    mode: int, group: int, refused: str, place: Place, expected: Recording,
    monkeypatch: pytest.MonkeyPatch,
) -> None:  # fmt: skip
    real = Path.stat

    def stat(path: Path, **options: Any) -> Any:
        found = real(path, **options)
        if path != place.cache:
            return found
        values = list(found)
        values[0] = values[0] & ~0o7777 | mode
        values[5] = group or found.st_uid
        return os.stat_result(values)

    monkeypatch.setattr(Path, "stat", stat)
    if not refused:
        assert same(place.run(), expected)
        return
    with pytest.raises(BuildError, match=rf"can be changed by {refused}.*chmod go-w"):
        place.run()


def test_what_is_compiled_can_be_changed_by_its_owner_alone(
    place: Place, expected: Recording
) -> None:
    shutil.rmtree(place.cache)
    before = os.umask(0)
    try:
        assert same(place.run(), expected)
    finally:
        os.umask(before)
    for path in (place.cache, place.folder, *place.folder.rglob("*")):
        assert not path.stat().st_mode & 0o022, path


# --- messages -------------------------------------------------------------------------------------


def test_a_warning_of_a_library_is_one_line_on_standard_error(place: Place) -> None:
    flip_a_bit(place.folder / "main")
    script = (
        "from hippokv.circuits.program import program_cache\n"
        "from pathlib import Path\n"
        f"print(program_cache._whole(Path({str(place.folder)!r}), say=True))\n"
    )
    told = subprocess.run(
        [sys.executable, "-c", script], capture_output=True, text=True, check=True
    )
    assert told.stdout == "None\n"
    assert told.stderr == (
        f"hippokv: the compiled circuit {place.folder.name} was damaged (main has changed): "
        "it is compiled again\n"
    )


def test_the_log_is_the_usual_one() -> None:
    assert logging.getLogger("hippokv").level == logging.NOTSET
