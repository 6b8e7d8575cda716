"""Files and folders that a user names: what ``~`` is, and what is opened and what never is."""

from __future__ import annotations

import os
import pwd
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from hippokv.errors import InputError, one_line
from hippokv.paths import path_of
from hippokv.protocols.running.user_files import opened, out_folder

#: The user whom nobody is.
NOBODY = 65534


def _read(path: Path, most_bytes: int = 100) -> bytes:
    with opened("--file", str(path), path, "a file", most_bytes) as stream:
        return stream.read()


def _refusal(path: Path, most_bytes: int = 100) -> str:
    with pytest.raises(InputError) as refused:
        _read(path, most_bytes)
    told = str(refused.value)
    assert told.startswith(f"--file = {one_line(repr(str(path)))}: ") and "\n" not in told
    assert ": must be a file " in told
    return told


def test_a_file_is_read(tmp_path: Path) -> None:
    path = tmp_path / "a file"
    path.write_bytes(b"x" * 100)
    assert _read(path) == b"x" * 100
    (tmp_path / "link").symlink_to(path)
    assert _read(tmp_path / "link") == b"x" * 100


def test_what_does_not_end_or_is_not_there_is_never_opened(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe")
    (tmp_path / "link").symlink_to(tmp_path / "pipe")
    for path in (tmp_path, tmp_path / "pipe", tmp_path / "link", Path("/dev/zero")):
        assert "that exists, not a folder, a pipe or a device" in _refusal(path)
    assert _refusal(tmp_path / "none").endswith("must be a file that exists")
    (tmp_path / "a").touch()
    assert "can be read (Not a directory)" in _refusal(tmp_path / "a" / "b")
    (tmp_path / "round").symlink_to(tmp_path / "round")
    assert "can be read (Too many levels of symbolic links)" in _refusal(tmp_path / "round")
    assert "can be read (File name too long)" in _refusal(tmp_path / ("x" * 300))


def test_a_large_file_is_not_read(tmp_path: Path) -> None:
    path = tmp_path / "large"
    path.write_bytes(b"x" * 101)
    assert "must be a file of at most 0.0001 MB" in _refusal(path)
    assert "must be a file of at most 64 MB" in _refusal_of_size(tmp_path, 64_000_001)


def _refusal_of_size(folder: Path, size: int) -> str:
    path = folder / "sparse"
    with path.open("wb") as stream:
        stream.truncate(size)
    return _refusal(path, 64_000_000)


@contextmanager
def _somebody_else() -> Iterator[None]:
    """Be nobody for a while, where the tests run as root."""
    root = os.geteuid() == 0
    try:
        if root:
            os.seteuid(NOBODY)
        yield
    finally:
        if root:
            os.seteuid(0)


def test_a_file_that_may_not_be_read_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "secret"
    path.write_text("x")
    path.chmod(0o000)
    with _somebody_else():
        assert "that can be read (Permission denied)" in _refusal(path)


@pytest.mark.parametrize(
    ("error", "reason"),
    [
        (ValueError("odd\nbeyond words"), "(odd beyond words)"),
        (ValueError("x" * 1000), "xxx...xxx"),
        (OSError(5, "Input/output error"), "(Input/output error)"),
        (UnicodeDecodeError("utf-8", b"\xff", 0, 1, "bad"), "(it is not text in UTF-8)"),
        (RecursionError("too deep"), "(too deep)"),
    ],
)
def test_what_goes_wrong_while_it_is_read_is_one_line(
    error: Exception, reason: str, tmp_path: Path
) -> None:
    path = tmp_path / "a"
    path.touch()
    with (
        pytest.raises(InputError) as refused,
        opened("--file", "a", path, "a file", 100),
    ):
        raise error
    told = str(refused.value)
    assert told.startswith("--file = 'a': must be a file that can be read (")
    assert reason in told and "\n" not in told and len(told) < 300


def test_a_home_is_found(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HOME", "/home/someone")
    assert path_of("k", "~/a/b", "a path") == Path("/home/someone/a/b")
    assert path_of("k", Path("~/a"), "a path") == Path("/home/someone/a")
    assert path_of("k", np.str_("~"), "a path") == Path("/home/someone")
    assert path_of("k", "in:~/a", "a path", "~/a") == Path("/home/someone/a")
    assert path_of("k", "a/~/b", "a path") == Path("a/~/b")
    assert path_of("k", "./~a", "a path") == Path("~a")
    me = pwd.getpwuid(os.getuid())
    assert path_of("k", f"~{me.pw_name}/a", "a path") == Path(me.pw_dir, "a")


def test_a_home_that_is_not_known_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    def nobody(uid: int) -> Any:
        raise KeyError(uid)

    with pytest.raises(InputError) as refused:
        path_of("--out", "~nosuchuser/a", "the name of a folder")
    assert str(refused.value) == (
        "--out = '~nosuchuser/a': must be the name of a folder (no home is known for ~nosuchuser)"
    )
    monkeypatch.delenv("HOME", raising=False)
    monkeypatch.setattr(pwd, "getpwuid", nobody)
    with pytest.raises(InputError, match=r"\(no home is known for ~\)"):
        path_of("--out", "~/a", "the name of a folder")


@pytest.mark.parametrize("given", ["", "a\0b", 3, None, b"bytes", ["a"], 1.5, True, np.zeros(2)])
def test_what_is_no_path_is_refused(given: Any) -> None:
    with pytest.raises(InputError, match="--out = .*: must be the name of a folder$"):
        out_folder(given)


def test_without_a_current_folder_only_full_paths_lead_somewhere(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    here = tmp_path / "here"
    here.mkdir()
    (tmp_path / "there").touch()
    monkeypatch.chdir(here)
    here.rmdir()
    assert _refusal(Path("a")).endswith("that exists: the current folder has been removed")
    assert _refusal(tmp_path / "none").endswith("must be a file that exists")
    assert _read(tmp_path / "there") == b""
    with pytest.raises(InputError, match="must be a full path: the current folder has been remov"):
        out_folder("results")
    assert out_folder(tmp_path / "results") == tmp_path / "results"
