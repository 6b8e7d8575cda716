"""The command ``hippokv new``: what it writes works as it stands."""

from __future__ import annotations

import ast
from pathlib import Path

import pytest

from hippokv.command_line import main
from hippokv.new_command import NEXT
from hippokv.protocols.running.adapted_cells import unadapted
from hippokv.protocols.running.experiment import prepare


@pytest.mark.parametrize("kind", NEXT)
def test_what_is_written_can_be_read(
    kind: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """That its own test passes is shown by the page of first components, for every kind."""
    assert main(["new", kind, "my_own_one", "--out", str(tmp_path)]) == 0
    output = capsys.readouterr().out
    assert "what comes next" in output and "pytest" in output
    assert sorted(path.name for path in tmp_path.iterdir()) == [
        "my_own_one.py", "test_my_own_one.py",
    ]  # fmt: skip
    for path in tmp_path.iterdir():
        text = path.read_text(encoding="utf-8")
        assert ast.get_docstring(ast.parse(text)) and "$" not in text
        assert max(map(len, text.splitlines())) <= 100


def test_cells_that_differ_adapt_before_a_protocol_stores(tmp_path: Path) -> None:
    assert main(["new", "protocol", "my_own_one", "--out", str(tmp_path)]) == 0
    experiment = prepare(tmp_path / "my_own_one.py", {})
    assert experiment.settings.circuit.heterogeneity.present
    assert not unadapted(experiment.settings.circuit, experiment.schedule)


def test_nothing_is_overwritten(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "test_mine.py").write_text("kept")
    assert main(["new", "rule", "mine", "--out", str(tmp_path)]) == 2
    assert "must be a new name" in capsys.readouterr().err
    assert [path.name for path in tmp_path.iterdir()] == ["test_mine.py"]
    assert (tmp_path / "test_mine.py").read_text() == "kept"


@pytest.mark.parametrize(
    ("typed", "words"),
    [
        ("new", "KIND = nothing given: must be one of rule"),
        ("new ruel mine", "did you mean rule?"),
        ("new rule", "NAME = nothing given"),
        ("new rule My-Rule", "must be small letters, digits and _"),
        ("new rule ../mine", "must be small letters, digits and _"),
        ("new rule lambda", "no word of Python"),
        ("new rule _mine", "must be small letters"),
        ("new rule random", "must be another name"),
        ("new rule test", "must be another name"),
        ("new circuit slot_memory", "must be another name: the file says slot_memory of its own"),
        ("new population population", "must be another name"),
        ("new rule mine --out HERE/none", "must be the name of a folder that exists"),
    ],
)
def test_bad_input(
    typed: str, words: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(typed.replace("HERE", str(tmp_path)).split()) == 2
    output = capsys.readouterr()
    assert output.out == "" and output.err.count("\n") == 1 and words in output.err
