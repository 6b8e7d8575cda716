"""Interrupts that come where Python itself does not bear them."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from hippokv.interrupts import kept_interrupt

#: A program that meets an interrupt as a circuit's import does, run as ``python -m program``.
PROGRAM = """
import atexit
import os
import signal
import time
from hippokv import command_line

def interrupted(arguments):
    atexit.register(print, "cleaned")
    {interrupted}

# Where these tests run in the background, SIGINT is ignored.
signal.signal(signal.SIGINT, signal.default_int_handler)
command_line._command = interrupted
command_line.run_process()
"""
INSIDE_EVAL = 'eval("os.kill(os.getpid(), signal.{sent}) or time.sleep(10)")'
DURING_IMPORT = """
    try:
        os.kill(os.getpid(), signal.{sent})
        time.sleep(10)
    except KeyboardInterrupt:
        pass
    raise ImportError("initialization failed")
"""


@pytest.mark.parametrize("interrupted", [INSIDE_EVAL, DURING_IMPORT])
@pytest.mark.parametrize("sent", ["SIGINT", "SIGTERM"])
def test_an_interrupt_ends_with_its_line_wherever_it_comes(
    interrupted: str, sent: str, tmp_path: Path
) -> None:
    words = PROGRAM.format(interrupted=interrupted.format(sent=sent))
    (tmp_path / "program.py").write_text(words)
    done = subprocess.run(
        [sys.executable, "-m", "program"],
        cwd=tmp_path, text=True, capture_output=True, check=False, timeout=60,
    )  # fmt: skip
    assert (done.returncode, done.stdout) == (130, "cleaned\n")
    assert done.stderr == "hippokv: interrupted, no results were written\n"


def test_an_error_without_an_interrupt_stays_itself() -> None:
    with pytest.raises(ImportError, match="no such module"), kept_interrupt():
        raise ImportError("no such module")
