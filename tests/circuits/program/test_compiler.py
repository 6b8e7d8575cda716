"""The compiler: found under any of its names, asked what it can, and named where it fails."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from hippokv.circuits.program import compiler
from hippokv.circuits.program.compile import make
from hippokv.circuits.program.compiler import compiler_for_cython, find_compiler
from hippokv.errors import BuildError

GCC = shutil.which("g++") or shutil.which("c++") or "g++"
#: What a compiler looks for in PATH.
BINUTILS = ("as", "ld")
MAKEFILE = "main: main.cpp\n\t$(CXX) $(FLAGS) main.cpp -o main\n"


@pytest.fixture
def tools(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Return the only folder in which programs are looked for, with no compiler in it."""
    folder = tmp_path / "some tools"
    folder.mkdir()
    for name in ("make", *BINUTILS):
        (folder / name).symlink_to(shutil.which(name) or name)
    monkeypatch.setenv("PATH", str(folder))
    monkeypatch.delenv("CXX", raising=False)
    monkeypatch.delenv("CC", raising=False)
    compiler._find.cache_clear()
    return folder


def put(path: Path, script: str = f'exec {GCC} "$@"') -> None:
    """Make a program that is a shell script, by default the compiler under another name."""
    path.write_text(f"#!/bin/sh\n{script}\n")
    path.chmod(0o755)


@pytest.mark.parametrize("name", ["g++", "c++", "clang++", "g++-12", "clang++-19", "c++-7"])
def test_a_compiler_of_any_usual_name_is_found(name: str, tools: Path) -> None:
    put(tools / name)
    found = find_compiler()
    assert found.command == (name,)
    assert found.version.startswith(f"{name}: ")
    assert "-O3" in found.flags


def test_the_usual_names_come_in_order_and_the_newest_number_first(tools: Path) -> None:
    order = ["g++", "c++", "clang++", "g++-13", "g++-9", "c++-4", "clang++-8"]
    for name in order:
        put(tools / name)
    for name in order:
        compiler._find.cache_clear()
        assert find_compiler().command == (name,)
        (tools / name).unlink()


def test_the_compiler_that_is_named_comes_first(
    tools: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    put(tools / "g++")
    put(tools / "mine")
    monkeypatch.setenv("CXX", "mine")
    assert find_compiler().command == ("mine",)


@pytest.mark.parametrize("place", ["", "of mine/", "it's $HOME/"])
def test_a_path_with_spaces_compiles(
    place: str, tools: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = tmp_path / place
    folder.mkdir(exist_ok=True)
    put(folder / "my compiler")
    monkeypatch.setenv("CXX", str(folder / "my compiler"))
    assert made(tmp_path / "work") == 0


@pytest.mark.parametrize("words", ["env g++", "'g++'", "g++ -DSOMETHING"])
def test_a_command_of_several_words_compiles(
    words: str, tools: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    put(tools / "g++")
    (tools / "env").symlink_to(shutil.which("env", path=os.defpath) or "/usr/bin/env")
    monkeypatch.setenv("CXX", words)
    assert made(tmp_path / "work") == 0


def made(folder: Path, flags: str = "") -> int:
    """Compile a program and return its exit status."""
    folder.mkdir()
    (folder / "main.cpp").write_text("int main() { return 0; }\n")
    (folder / "makefile").write_text(f"FLAGS = {flags}\n{MAKEFILE}")
    make(folder, find_compiler())
    return subprocess.run([folder / "main"], check=False).returncode


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("MAKEFLAGS", "-n"), ("MAKEFLAGS", "e"), ("MFLAGS", "-n"), ("GNUMAKEFLAGS", "-n"),
        ("MAKEFILES", "/no/such/makefile"), ("FLAGS", "-Dmain=other"), ("CXX", GCC),
    ],
)  # fmt: skip
def test_variables_of_make_change_nothing(
    name: str, value: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("FLAGS", "-Dmain=other")
    monkeypatch.setenv(name, value)
    assert made(tmp_path / "work") == 0


REFUSED = {
    "": "none of g++, c++, clang++ was found",
    "g++": "g++ does not work",
    "g++ c++": "g++ and c++ do not work",
}


@pytest.mark.parametrize("names", REFUSED)
@pytest.mark.parametrize("script", ["exit 0", "exit 1", "echo hello", "kill -9 $$"])
def test_compilers_that_do_not_work_are_refused(names: str, script: str, tools: Path) -> None:
    for name in names.split():
        put(tools / name, script)
    with pytest.raises(
        BuildError, match=f"^run.target = 'cpp': {REFUSED[names].replace('+', '.')}; "
    ) as told:
        find_compiler()
    assert "CXX" in str(told.value)
    assert "--target numpy" in str(told.value)


@pytest.mark.parametrize("named", ["no-such", "/no/such", "no such", "'", "~/g++"])
def test_a_named_compiler_that_is_missing_is_refused(
    named: str, tools: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    put(tools / "g++")
    monkeypatch.setenv("CXX", named)
    with pytest.raises(BuildError) as told:
        find_compiler()
    assert f"CXX = {named!r} was not found" in str(told.value)


def test_without_make_nothing_compiles(tools: Path) -> None:
    put(tools / "g++")
    (tools / "make").unlink()
    with pytest.raises(BuildError, match="make was not found"):
        find_compiler()


def test_a_compiler_that_makes_nothing_is_no_success(tools: Path, tmp_path: Path) -> None:
    put(tools / "g++", f'[ "$1" = -v ] && exec {GCC} "$@"\nexit 0')
    with pytest.raises(BuildError, match=r"^g\+\+ made no program"):
        made(tmp_path / "work")


def test_what_a_compiler_says_is_told(tools: Path, tmp_path: Path) -> None:
    put(tools / "g++", f'[ "$1" = -v ] && exec {GCC} "$@"\necho "error: no licence" >&2\nexit 1')
    with pytest.raises(BuildError, match="^error: no licence$"):
        made(tmp_path / "work")


def test_other_instructions_are_another_target(tools: Path) -> None:
    put(tools / "g++")
    one = find_compiler()
    put(tools / "g++", f'exec {GCC} "$@" -D__SOME_NEW_INSTRUCTIONS__=1')
    compiler._find.cache_clear()
    other = find_compiler()
    assert one.version == other.version
    assert one.target != other.target


def test_a_compiler_that_knows_no_native_instructions_is_asked_otherwise(tools: Path) -> None:
    refusing = 'for word in "$@"; do case $word in {}) exit 1;; esac; done\nexec {} "$@"'
    put(tools / "g++", refusing.format("-march=native", "true"))
    put(tools / "g++", refusing.format("-march=native|-mcpu=native", GCC))
    assert not [flag for flag in find_compiler().flags if "native" in flag]


# --- Cython ---------------------------------------------------------------------------------------


def test_cython_takes_the_compiler_that_is_there(
    tools: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    put(tools / "clang++")
    monkeypatch.setattr(compiler.sysconfig, "get_config_var", lambda name: "no-such-gcc -pthread")
    with compiler_for_cython():
        assert (os.environ["CC"], os.environ["CXX"]) == ("clang++", "clang++")
    assert "CC" not in os.environ
    assert "CXX" not in os.environ


def test_cython_keeps_a_compiler_that_works(tools: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    put(tools / "gcc")
    monkeypatch.setenv("CC", "gcc -pthread")
    with compiler_for_cython():
        assert os.environ["CC"] == "gcc -pthread"
        assert "CXX" not in os.environ


@pytest.mark.parametrize("script", [None, "exit 1"])
def test_cython_without_a_compiler_is_refused_in_one_line(
    script: str | None, tools: Path, tmp_path: Path
) -> None:
    if script:
        put(tools / "gcc", script)
        put(tools / "g++", script)
    told = subprocess.run(
        [sys.executable, "-m", "hippokv", "run", "storage", "--target", "cython", "--out", "out"],
        cwd=tmp_path, capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert told.returncode == 2
    assert told.stderr.count("\n") == 1
    assert told.stderr.startswith("hippokv: error: run.target = 'cython': ")
    assert "--target numpy" in told.stderr
    assert not (tmp_path / "out").exists()
