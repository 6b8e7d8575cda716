"""Every script of ``benchmarks/`` in its quick form, in which it takes seconds.

This shows that the scripts run, and that they say what they measure; not what they find.
"""

from __future__ import annotations

import os
import re
import runpy
import subprocess
import sys
from importlib.util import find_spec
from pathlib import Path

import pytest

from hippokv.circuits.program.program_cache import CACHE_VARIABLE

BENCHMARKS = Path(__file__).parents[1] / "benchmarks"
SCRIPTS = sorted(
    path.stem
    for path in BENCHMARKS.glob("*.py")
    if 'if __name__ == "__main__"' in path.read_text(encoding="utf-8")
)
#: Scripts whose quick form is too short for some of their scores.
WITHOUT_SOME_SCORES = ("interference", "path_integration")
FIRST_LINE = "Quick form: shows that the script runs, and is no result."
#: Folders of the repository that a quick form must leave as they are.
KEPT = (BENCHMARKS, BENCHMARKS.parent / "docs" / "figures")

pytestmark = pytest.mark.slow


def run_script(name: str, folder: Path, **variables: str) -> tuple[int, str, str]:
    """Run the quick form of a script in a folder and return its status and what it said."""
    ended = subprocess.run(
        [sys.executable, str(BENCHMARKS / f"{name}.py"), "--quick"], cwd=folder, check=False,
        env={**os.environ, **variables}, capture_output=True, text=True, encoding="utf-8",
    )  # fmt: skip
    return ended.returncode, ended.stdout, ended.stderr


def needed_by(name: str) -> list[tuple[str, str]]:
    """Return the modules that a script asks for, each with the extra that has it."""
    text = (BENCHMARKS / f"{name}.py").read_text(encoding="utf-8")
    return re.findall(r'needed\("(\w+)", "(\w+)"\)', text)


def heads_of(name: str) -> list[str]:
    """Return what stands above the columns of a script's tables."""
    text = (BENCHMARKS / f"{name}.py").read_text(encoding="utf-8")
    return re.findall(r'\("([^"]+)", \d+\)', text)


def kept_files() -> dict[Path, tuple[int, int]]:
    """Return the files of the folders that must not change, with sizes and times."""
    files = [path for folder in KEPT for path in folder.rglob("*") if path.is_file()]
    return {
        path: (path.stat().st_size, path.stat().st_mtime_ns)
        for path in files
        if path.suffix != ".pyc"
    }


@pytest.mark.parametrize("name", SCRIPTS)
def test_a_script_runs_in_its_quick_form_and_keeps_nothing(
    name: str, cache: Path, tmp_path: Path
) -> None:
    work, temporary = tmp_path / "work", tmp_path / "temporary"
    work.mkdir()
    temporary.mkdir()
    before = kept_files()
    status, told, errors = run_script(
        name, work, **{CACHE_VARIABLE: str(cache), "TMPDIR": str(temporary)}
    )
    missing = [found for found in needed_by(name) if find_spec(found[0]) is None]
    assert told.startswith(f"{FIRST_LINE}\n"), errors
    if missing:
        module, extra = missing[0]
        assert status == 2
        assert told == f"{FIRST_LINE}\n"
        assert errors == f"needs {module}: pip install 'hippokv[{extra}]'\n"
    else:
        assert status == 0, errors
        assert "Traceback" not in errors
        assert any(
            re.search(rf"(?<!\S){re.escape(head)} .*\n.*\d", told) for head in heads_of(name)
        )
        if name not in WITHOUT_SOME_SCORES:
            assert not re.search(r"\b(nan|inf)\b", told, re.IGNORECASE), told
    assert kept_files() == before
    assert not list(work.iterdir())
    assert not list(temporary.iterdir())


@pytest.mark.parametrize("name", SCRIPTS)
def test_help_says_what_a_script_measures(
    name: str,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    path = BENCHMARKS / f"{name}.py"
    text = path.read_text(encoding="utf-8")
    first = text.removeprefix('"""').partition("\n")[0].removesuffix('"""')
    monkeypatch.chdir(tmp_path)
    monkeypatch.syspath_prepend(BENCHMARKS)
    monkeypatch.setattr(sys, "argv", [str(path), "--help"])
    with pytest.raises(SystemExit) as ended:
        runpy.run_path(str(path), run_name="__main__")
    told, errors = capsys.readouterr()
    assert (ended.value.code, errors) == (0, "")
    assert len(first) > 20
    assert first in told
    assert "--quick" in told
    assert list(tmp_path.iterdir()) == []
