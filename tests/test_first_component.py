"""The page of first components: followed word for word, it works."""

from __future__ import annotations

import os
import re
import subprocess
import sys
import textwrap
from pathlib import Path

import pytest

PAGE = Path(__file__).parents[1] / "docs" / "first_component.md"
CHANGE = re.compile(r"In `([^`]+)` change `([^`]+)` to `([^`]+)`\.")
BEFORE, *SECTIONS = PAGE.read_text(encoding="utf-8").split("\n## ")


@pytest.mark.parametrize("section", SECTIONS[:-1], ids=lambda text: text.partition("\n")[0])
def test_a_section_works_as_it_stands(
    section: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, hurried_compiler: str
) -> None:
    monkeypatch.setenv("CXX", hurried_compiler)
    monkeypatch.setenv("PATH", f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}")
    settings = textwrap.dedent(BEFORE[BEFORE.index("    [run]") :])
    (tmp_path / "small.toml").write_text(settings, encoding="utf-8")
    commands = 0
    for block in section.split("\n\n"):
        for name, old, new in CHANGE.findall(block):
            text = (tmp_path / name).read_text(encoding="utf-8")
            assert text.count(old) == 1, old
            (tmp_path / name).write_text(text.replace(old, new), encoding="utf-8")
        for command in re.findall(r"^    \$ (.+)$", block, re.MULTILINE):
            done = subprocess.run(
                command.split(), cwd=tmp_path, capture_output=True, text=True, check=False
            )
            assert done.returncode == 0, (command, done.stdout, done.stderr)
            commands += 1
    assert commands >= 4
    for report in tmp_path.glob("with-*/report.html"):
        assert "my_" in report.read_text(encoding="utf-8")
