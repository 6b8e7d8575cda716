"""Completion of words in a shell."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from hippokv import completion
from hippokv.circuits.known_circuits import CIRCUITS
from hippokv.command_line import COMMANDS
from hippokv.completion import complete
from hippokv.protocols import PROTOCOLS


def completed(line: str, folder: Path) -> set[str]:
    """Return the words that a shell is told when a line is completed."""
    answer = folder / "answer"
    changed = {
        **os.environ, "_ARGCOMPLETE": "1", "COMP_LINE": line, "COMP_POINT": str(len(line)),
        "_ARGCOMPLETE_STDOUT_FILENAME": str(answer), "_ARGCOMPLETE_IFS": "\n",
        "_ARGCOMPLETE_SHELL": "bash",
    }  # fmt: skip
    code = "from hippokv.command_line import run_process; run_process()"
    done = subprocess.run([sys.executable, "-c", code], env=changed, capture_output=True, text=True)
    assert done.stdout == "", done.stderr
    return {word.strip() for word in answer.read_text().split("\n") if word.strip()}


def test_a_shell_completes_commands_protocols_circuits_and_settings(tmp_path: Path) -> None:
    assert completed("hippokv ", tmp_path) >= set(COMMANDS)
    assert completed("hippokv run cu", tmp_path) == {"cued-recall"}
    assert completed("hippokv cite ", tmp_path) >= set(PROTOCOLS)
    assert completed("hippokv describe ", tmp_path) >= set(CIRCUITS)
    settings = completed("hippokv run lesion --set protocol.f", tmp_path)
    assert settings == {"protocol.fraction="}
    assert completed("hippokv sweep lesion --grid circuit.n_sl", tmp_path) == {"circuit.n_slots="}
    assert completed("hippokv run lesion --target n", tmp_path) == {"numpy"}
    assert "--json" in completed("hippokv show --j", tmp_path)


def test_every_command_completes() -> None:
    (commands,) = (one for one in completion._parser()._actions if one.choices)
    assert set(commands.choices or ()) == set(COMMANDS)


def test_nothing_happens_unless_a_shell_asks(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv(completion.ASKED, raising=False)
    complete()
    monkeypatch.setenv(completion.ASKED, "1")
    monkeypatch.setitem(sys.modules, "argcomplete", None)
    complete()
