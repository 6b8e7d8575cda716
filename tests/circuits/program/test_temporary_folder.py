"""Temporary folders: gone after use, gone after a kill, and never those of anybody else."""

from __future__ import annotations

import errno
import fcntl
import os
import re
import shutil
import signal
import stat
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from hippokv.circuits.program import temporary_folder as module
from hippokv.circuits.program.temporary_folder import RUN_PREFIX, run_folder, temporary_folder
from hippokv.errors import BuildError

#: Makes a folder with something in it, says its name, and stays there.
HOLDER = """
import sys
from pathlib import Path
from hippokv.circuits.program.temporary_folder import temporary_folder
with temporary_folder(Path(sys.argv[1]), "run-") as folder:
    (folder / "below").mkdir()
    (folder / "below" / "spikes").write_text("5")
    print(folder, flush=True)
    sys.stdin.read()
"""

#: Makes folders while others look for abandoned ones of any age, and says how many were lost.
MAKER = """
import sys, time
from pathlib import Path
from hippokv.circuits.program import temporary_folder as module
module.GRACE_S = -1e9
lost = 0
for number in range(200):
    module._searched.clear()
    with module.temporary_folder(Path(sys.argv[1]), "run-") as folder:
        try:
            (folder / "spikes").write_text(str(number))
            time.sleep(0.0005)
            lost += (folder / "spikes").read_text() != str(number)
        except OSError:
            lost += 1
print(lost)
"""


@pytest.fixture(autouse=True)
def _new_process(monkeypatch: pytest.MonkeyPatch) -> None:
    """Look for abandoned folders as a new process does, and take those of any age for abandoned."""
    monkeypatch.setattr(module, "_searched", set())
    monkeypatch.setattr(module, "GRACE_S", -1e9)


@contextmanager
def _held(parent: Path) -> Iterator[tuple[Path, subprocess.Popen[str]]]:
    with subprocess.Popen(
        [sys.executable, "-c", HOLDER, str(parent)],
        stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True,
    ) as holder:  # fmt: skip
        assert holder.stdout
        yield Path(holder.stdout.readline().strip()), holder
        holder.kill()


def _abandoned(parent: Path) -> Path:
    """Return a folder, with something in it, of a process that was killed."""
    with _held(parent) as (folder, holder):
        os.kill(holder.pid, signal.SIGKILL)
        holder.wait()
    assert (folder / "below" / "spikes").exists()
    return folder


def _look(parent: Path) -> None:
    with temporary_folder(parent, "run-"):
        pass


# --- one folder -----------------------------------------------------------------------------------


def test_a_folder_is_there_while_it_is_used_and_gone_afterwards(tmp_path: Path) -> None:
    with temporary_folder(tmp_path, "run-") as folder:
        assert folder.parent == tmp_path and folder.name.startswith("run-")
        assert stat.S_IMODE(folder.stat().st_mode) == 0o700
        (folder / "a" / "b").mkdir(parents=True)
        (folder / "a" / "b" / "spikes").touch()
        (folder / "read only").touch(0o400)
        (folder / "link").symlink_to(tmp_path)
    assert list(tmp_path.iterdir()) == []


def test_a_folder_is_gone_after_an_error_as_well(tmp_path: Path) -> None:
    with pytest.raises(KeyboardInterrupt), temporary_folder(tmp_path, "run-"):
        raise KeyboardInterrupt
    assert list(tmp_path.iterdir()) == []


def test_a_folder_may_have_other_permissions(tmp_path: Path) -> None:
    before = os.umask(0o027)
    try:
        with temporary_folder(tmp_path, "run-", 0o777) as folder:
            assert stat.S_IMODE(folder.stat().st_mode) == 0o750
    finally:
        os.umask(before)


def test_a_folder_that_was_given_another_name_is_kept(tmp_path: Path) -> None:
    with temporary_folder(tmp_path, "run-") as folder:
        (folder / "table").write_text("1")
        folder.rename(tmp_path / "final")
        folder.mkdir()
    assert (tmp_path / "final" / "table").read_text() == "1"
    # Neither is what took its name, which somebody else made.
    assert folder.exists()


def test_folders_of_one_process_do_not_meet(tmp_path: Path) -> None:
    with temporary_folder(tmp_path, "run-") as one:
        module._searched.clear()
        with temporary_folder(tmp_path, "run-") as other:
            assert one.exists() and other.exists() and one != other


def test_a_folder_that_cannot_be_made_is_an_error(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    for parent in (tmp_path / "none", tmp_path / "file"):
        with pytest.raises(OSError), temporary_folder(parent, "run-"):
            pytest.fail("there can be no folder")


def test_programs_that_a_run_starts_do_not_hold_the_lock(tmp_path: Path) -> None:
    starter = (
        "import os, subprocess, sys\n"
        "from pathlib import Path\n"
        "from hippokv.circuits.program.temporary_folder import temporary_folder\n"
        "with temporary_folder(Path(sys.argv[1]), 'run-'):\n"
        "    child = subprocess.Popen(['sleep', '60'], stdout=subprocess.DEVNULL)\n"
        "    print(child.pid, flush=True)\n"
        "    os.kill(os.getpid(), 9)\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", starter, str(tmp_path)], stdout=subprocess.PIPE, check=False
    )
    child = int(done.stdout)
    try:
        os.kill(child, 0)
        assert len(list(tmp_path.iterdir())) == 1
        _look(tmp_path)
        assert list(tmp_path.iterdir()) == []
    finally:
        os.kill(child, signal.SIGKILL)


# --- abandoned folders ----------------------------------------------------------------------------


def test_the_folder_of_a_killed_process_is_removed_by_the_next(tmp_path: Path) -> None:
    abandoned = _abandoned(tmp_path)
    _look(tmp_path)
    assert not abandoned.exists()
    assert list(tmp_path.iterdir()) == []


def test_the_folder_of_a_process_that_lives_is_left(tmp_path: Path) -> None:
    with _held(tmp_path) as (folder, _):
        _look(tmp_path)
        assert (folder / "below" / "spikes").read_text() == "5"


def test_a_young_folder_is_left(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.undo()
    assert module.GRACE_S > 0
    folder = _abandoned(tmp_path)
    module._searched.clear()
    _look(tmp_path)
    assert folder.exists()
    later = time.time() + module.GRACE_S + 1
    monkeypatch.setattr(module.time, "time", lambda: later)
    module._searched.clear()
    _look(tmp_path)
    assert not folder.exists()


def test_other_names_are_left(tmp_path: Path) -> None:
    names = ["run", "run-", "run-1", "other-", f"other-{module._machine()}-1", "run-0123456789-1"]
    for name in names:
        (tmp_path / name).mkdir()
    (tmp_path / f"run-{module._machine()}-file").touch()
    _look(tmp_path)
    expected = {*names, f"run-{module._machine()}-file"}
    assert {path.name for path in tmp_path.iterdir()} == expected


def test_what_belongs_to_another_user_is_left(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = _abandoned(tmp_path)
    user = os.geteuid()
    if user == 0:
        os.chown(folder, 12345, -1)
        _look(tmp_path)
        assert folder.exists()
        os.chown(folder, 0, -1)
    with monkeypatch.context() as patch:
        patch.setattr(os, "geteuid", lambda: user + 1)
        module._searched.clear()
        _look(tmp_path)
    assert folder.exists()
    module._searched.clear()
    _look(tmp_path)
    assert not folder.exists()


def test_no_link_is_followed(tmp_path: Path) -> None:
    mine = tmp_path / "mine"
    mine.mkdir()
    (mine / "notes").write_text("mine")
    abandoned = _abandoned(tmp_path)
    (abandoned / "link").symlink_to(mine)
    (abandoned / "below" / "link").symlink_to(mine / "notes")
    os.link(mine / "notes", abandoned / "other name")
    link = tmp_path / f"run-{module._machine()}-link"
    link.symlink_to(mine)
    _look(tmp_path)
    assert not abandoned.exists()
    assert link.is_symlink()
    assert (mine / "notes").read_text() == "mine"


def test_a_link_that_takes_the_place_of_a_folder_is_not_followed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    mine = tmp_path / "mine"
    mine.mkdir()
    (mine / "notes").write_text("mine")
    abandoned = _abandoned(tmp_path)
    listed = os.listdir

    def swapped(descriptor: Any) -> Any:
        abandoned.rename(tmp_path / "elsewhere")
        abandoned.symlink_to(mine)
        return listed(descriptor)

    with monkeypatch.context() as patch:
        patch.setattr(os, "listdir", swapped)
        module._remove_abandoned(tmp_path, "run-")
    assert abandoned.is_symlink()
    assert (mine / "notes").read_text() == "mine"


def test_a_folder_that_got_its_final_name_meanwhile_is_left(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = _abandoned(tmp_path)

    def finished(descriptor: int, operation: int) -> None:
        folder.rename(tmp_path / "final")

    with monkeypatch.context() as patch:
        patch.setattr(fcntl, "flock", finished)
        module._remove_abandoned(tmp_path, "run-")
    assert (tmp_path / "final" / "below" / "spikes").read_text() == "5"


def test_a_folder_that_was_removed_before_it_was_locked_is_made_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    module._searched.add((str(tmp_path), "run-"))
    found: list[Path] = []
    lock = fcntl.flock

    def too_late(descriptor: int, operation: int) -> None:
        found.extend(tmp_path.iterdir())
        if len(found) == 1:
            # Somebody holds the lock and is about to remove it.
            shutil.rmtree(found[0])
            raise BlockingIOError(errno.EWOULDBLOCK, "")
        if len(found) == 2:
            # Somebody has removed it.
            shutil.rmtree(found[1])
        lock(descriptor, operation)

    monkeypatch.setattr(fcntl, "flock", too_late)
    with temporary_folder(tmp_path, "run-") as folder:
        assert folder.exists()
        assert found[2:] == [folder]
    assert list(tmp_path.iterdir()) == []


def test_where_nothing_can_be_locked_nothing_is_taken_for_abandoned(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    abandoned = _abandoned(tmp_path)

    def no_locks(descriptor: int, operation: int) -> None:
        raise OSError(errno.EBADF, os.strerror(errno.EBADF))

    monkeypatch.setattr(fcntl, "flock", no_locks)
    with temporary_folder(tmp_path, "run-") as folder:
        assert folder.exists()
    assert list(tmp_path.iterdir()) == [abandoned]


def test_a_parent_that_cannot_be_listed_stops_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def denied(*_: Any) -> None:
        raise PermissionError(errno.EACCES, os.strerror(errno.EACCES))

    monkeypatch.setattr(os, "scandir", denied)
    with temporary_folder(tmp_path, "run-") as folder:
        assert folder.exists()


def test_a_process_looks_once_in_each_place(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    looked: list[Any] = []
    scan = os.scandir

    def counted(path: Any) -> Any:
        looked.append(path)
        return scan(path)

    monkeypatch.setattr(os, "scandir", counted)
    (tmp_path / "other").mkdir()
    for _ in range(3):
        _look(tmp_path)
        _look(tmp_path / "other")
        with temporary_folder(tmp_path, ".results"):
            pass
    assert looked == [tmp_path, tmp_path / "other", tmp_path]


def test_processes_that_make_and_look_at_once_lose_nothing(tmp_path: Path) -> None:
    makers = [
        subprocess.Popen(
            [sys.executable, "-c", MAKER, str(tmp_path)], stdout=subprocess.PIPE, text=True
        )
        for _ in range(4)
    ]
    told = [maker.communicate(timeout=120)[0].strip() for maker in makers]
    assert told == ["0"] * 4
    assert list(tmp_path.iterdir()) == []


# --- the folder of a run --------------------------------------------------------------------------


def test_a_run_has_its_folder_where_the_system_keeps_such(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    with run_folder() as folder:
        assert folder.parent == tmp_path and folder.name.startswith(RUN_PREFIX)
    assert list(tmp_path.iterdir()) == []


def test_a_missing_folder_for_temporary_files_is_one_line(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path / "none"))
    words = f"TMPDIR = '{tmp_path}/none': must be a folder that can be written (No such file"
    with pytest.raises(BuildError, match=re.escape(words)), run_folder():
        pytest.fail("there can be no folder")


def test_no_folder_for_temporary_files_at_all_is_one_line(monkeypatch: pytest.MonkeyPatch) -> None:
    def none() -> str:
        raise FileNotFoundError(errno.ENOENT, "No usable temporary directory found in ['/tmp']")

    monkeypatch.setattr(tempfile, "gettempdir", none)
    monkeypatch.setattr(tempfile, "tempdir", None)
    with pytest.raises(BuildError, match=r"^TMPDIR = .*must be.*No usable") as told, run_folder():
        pytest.fail("there can be no folder")
    assert "\n" not in str(told.value)


def test_an_error_of_a_run_is_not_taken_for_one_of_its_folder(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    with pytest.raises(OSError, match="No space left"), run_folder():
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
    assert list(tmp_path.iterdir()) == []
