"""The command ``hippokv cache``: what is kept, and what is cleared and never is."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
from pathlib import Path
from typing import Any

import pytest
from filelock import FileLock

from hippokv.circuits.program import cache_entries, program_cache
from hippokv.circuits.program.cache_entries import remove_entry
from hippokv.circuits.program.program_cache import CACHE_VARIABLE, made_here
from hippokv.circuits.program.program_manifest import write_manifest
from hippokv.command_line import main

HERE, OLDER, UNKNOWN = "a" * 20, "b" * 20, "c" * 20


def entry(cache: Path, key: str, about: dict[str, Any] | None) -> Path:
    """Make an entry of the cache, whose program sleeps."""
    folder = cache / key
    (folder / "static_arrays").mkdir(parents=True)
    shutil.copy(shutil.which("sleep") or "", folder / "main")
    (folder / "outputs.json").write_text("{}")
    write_manifest(folder, key, about)
    return folder


@pytest.fixture
def cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Return a cache with three entries and files of somebody else's."""
    cache = tmp_path / "cache"
    cache.mkdir(mode=0o700)
    monkeypatch.setenv(CACHE_VARIABLE, str(cache))
    entry(cache, HERE, {"circuit": "toy", "made by": made_here()})
    entry(cache, OLDER, {"circuit": "toy", "made by": {**made_here(), "brian2": "2.0"}})
    entry(cache, UNKNOWN, None)
    (cache / "thesis").mkdir()
    (cache / "thesis" / "chapter").touch()
    (cache / ("d" * 20)).symlink_to(tmp_path)
    return cache


def left(cache: Path) -> set[str]:
    return {path.name for path in cache.iterdir() if path.is_dir()}


def test_cache_lists_what_is_kept(cache: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["cache"]) == 0
    head, *lines = capsys.readouterr().out.splitlines()
    assert head.startswith(f"{cache}: 3 compiled circuits, ")
    told = {line.split()[0]: line for line in lines}
    assert set(told) == {HERE, OLDER, UNKNOWN}
    assert "of no version that is installed" not in told[HERE] and told[HERE].endswith("toy")
    assert told[OLDER].endswith("toy  of no version that is installed")
    assert told[UNKNOWN].endswith("?  of no version that is installed")
    assert left(cache) == {HERE, OLDER, UNKNOWN, "thesis", "d" * 20}


def test_clear_removes_what_this_version_cannot_use_and_nothing_else(
    cache: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["cache", "--clear", "--yes"]) == 0
    assert "removed 2 compiled circuits" in capsys.readouterr().out
    assert left(cache) == {HERE, "thesis", "d" * 20}
    assert (cache / "thesis" / "chapter").exists()
    assert main(["cache", "--clear", "--yes"]) == 0
    assert "nothing to remove" in capsys.readouterr().out


def test_an_entry_of_another_installation_is_needed_as_long_as_that_is_there(
    cache: Path, tmp_path: Path
) -> None:
    other = tmp_path / "other" / "circuits"
    shutil.copytree(Path(program_cache.__file__).parent, other)
    (tmp_path / "other" / "plasticity").mkdir()
    (tmp_path / "other" / "plasticity" / "stability.py").write_text("# another\n")
    about = {"place": str(other), "code": program_cache.code_digest(other), "brian2": "2.0"}
    entry(cache, "e" * 20, {"circuit": "toy", "made by": about})

    def is_needed() -> bool:
        program_cache.code_digest.cache_clear()
        (found,) = (
            one for one in cache_entries.cache_entries(cache) if one.folder.name == "e" * 20
        )
        return found.needed

    assert is_needed()
    (other / "network.py").write_text("")
    assert not is_needed()
    shutil.rmtree(tmp_path / "other")
    assert not is_needed()


def test_clear_asks_or_needs_yes(
    cache: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    before = left(cache)
    monkeypatch.setattr("sys.stdin.isatty", lambda: False, raising=False)
    assert main(["cache", "--clear"]) == 2
    assert "--clear = True: must be given with --yes" in capsys.readouterr().err
    monkeypatch.setattr("sys.stdin.isatty", lambda: True, raising=False)
    for answer in ("", "n", "nein"):
        monkeypatch.setattr("builtins.input", lambda question, answer=answer: answer)
        assert main(["cache", "--clear"]) == 0
        assert "nothing was removed" in capsys.readouterr().out
    assert left(cache) == before
    monkeypatch.setattr("builtins.input", lambda question: "y")
    assert main(["cache", "--clear"]) == 0
    assert left(cache) == {HERE, "thesis", "d" * 20}
    assert main(["cache", "--yes"]) == 2


def test_clear_leaves_what_is_in_use(cache: Path, capsys: pytest.CaptureFixture[str]) -> None:
    with subprocess.Popen([str(cache / OLDER / "main"), "60"]) as running:
        try:
            with FileLock(cache / f"{UNKNOWN}.lock"):
                assert main(["cache", "--clear", "--yes"]) == 0
        finally:
            running.kill()
    found = capsys.readouterr()
    assert "removed 0 compiled circuits" in found.out
    assert "2 compiled circuits stay: in use" in found.err
    assert {HERE, OLDER, UNKNOWN} <= left(cache)


def test_nothing_is_removed_where_it_cannot_be_told_what_runs(
    cache: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PATH", os.devnull)
    (old,) = (one for one in cache_entries.cache_entries(cache) if one.folder.name == OLDER)
    assert not remove_entry(old)
    assert old.folder.is_dir()


def test_a_cache_that_is_not_there_is_empty(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv(CACHE_VARIABLE, str(tmp_path / "nothing"))
    assert main(["cache", "--clear"]) == 0
    assert capsys.readouterr().out.splitlines()[0].endswith(": 0 compiled circuits, 0.0 MB")
    assert not (tmp_path / "nothing").exists()


def test_what_is_compiled_says_who_made_it(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    made = tmp_path / "made"
    (made / "static_arrays").mkdir(parents=True)
    (made / "main").touch()
    (made / "outputs.json").write_text("{}")
    program_cache._keep(made, tmp_path / "cache" / HERE, "toy")
    said = json.loads((tmp_path / "cache" / HERE / "manifest.json").read_text())
    assert said["about"] == {"circuit": "toy", "made by": made_here()}
    (found,) = cache_entries.cache_entries(tmp_path / "cache")
    assert found.needed and found.circuit == "toy"
