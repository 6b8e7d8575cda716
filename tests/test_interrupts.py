"""Interrupts that come where Python itself does not bear them."""

from __future__ import annotations

import signal
import subprocess
import sys
import threading
import time
from pathlib import Path

import pytest

from hippokv import interrupts
from hippokv.circuits.circuit import Circuit
from hippokv.circuits.program.program import Program
from hippokv.circuits.schedule import Epoch, Schedule
from hippokv.command_line import main
from hippokv.interrupts import heeded_interrupts, interrupt_came, kept_interrupt

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


def test_a_session_gets_its_handlers_back() -> None:
    numbers = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)

    def own(number: int, frame: object) -> None:
        raise AssertionError(number)

    before = {number: signal.signal(number, own) for number in numbers}
    try:
        for typed in (["list"], ["--version"], ["show", "/nowhere"], ["fly"]):
            main(typed)
            assert [signal.getsignal(number) for number in numbers] == [own] * 3
        with pytest.raises(ZeroDivisionError), heeded_interrupts():
            assert own not in map(signal.getsignal, numbers)
            raise ZeroDivisionError
        assert [signal.getsignal(number) for number in numbers] == [own] * 3
        with pytest.raises(KeyboardInterrupt), heeded_interrupts():
            signal.raise_signal(signal.SIGTERM)
        assert [signal.getsignal(number) for number in numbers] == [own] * 3
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


def test_signals_that_come_together_are_one_interrupt() -> None:
    cleaned = []
    with pytest.raises(KeyboardInterrupt), heeded_interrupts():
        try:
            signal.raise_signal(signal.SIGTERM)
        finally:
            signal.raise_signal(signal.SIGHUP)
            signal.raise_signal(signal.SIGTERM)
            cleaned.append(1)
    assert cleaned == [1]


def test_an_interrupt_that_comes_later_is_another(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(interrupts, "AT_ONCE_S", 0.05)
    with heeded_interrupts():
        for _ in range(2):
            with pytest.raises(KeyboardInterrupt):
                signal.raise_signal(signal.SIGTERM)
            time.sleep(0.1)


def test_what_is_ignored_stays_ignored() -> None:
    before = signal.signal(signal.SIGHUP, signal.SIG_IGN)
    try:
        with heeded_interrupts():
            signal.raise_signal(signal.SIGHUP)
        assert signal.getsignal(signal.SIGHUP) is signal.SIG_IGN
    finally:
        signal.signal(signal.SIGHUP, before)


def test_commands_work_in_any_thread(capsys: pytest.CaptureFixture[str]) -> None:
    found: list[int] = []
    handler = signal.getsignal(signal.SIGTERM)

    def work() -> None:
        with heeded_interrupts():
            found.append(int(signal.getsignal(signal.SIGTERM) is handler))
        found.extend(main(typed) for typed in (["list"], ["show", "/nowhere"]))

    thread = threading.Thread(target=work)
    thread.start()
    thread.join()
    assert found == [1, 0, 2]
    assert "cued-recall" in capsys.readouterr().out


def test_an_interrupt_of_the_main_thread_is_not_that_of_another() -> None:
    errors: list[BaseException] = []

    def work() -> None:
        try:
            with heeded_interrupts(), kept_interrupt():
                raise ImportError("no such module")
        except BaseException as error:
            errors.append(error)

    with pytest.raises(KeyboardInterrupt), heeded_interrupts():
        signal.raise_signal(signal.SIGTERM)
    with heeded_interrupts():
        with pytest.raises(KeyboardInterrupt):
            signal.raise_signal(signal.SIGTERM)
        thread = threading.Thread(target=work)
        thread.start()
        thread.join()
        assert interrupt_came()
    assert [type(error) for error in errors] == [ImportError]


class Dropped:
    """Interrupt where Python drops what is raised, as it does while it collects garbage."""

    def __del__(self) -> None:
        signal.raise_signal(signal.SIGTERM)


@pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning")
def test_an_interrupt_that_python_dropped_ends_a_simulation_nevertheless(tiny: Circuit) -> None:
    schedule = Schedule((Epoch("rest", 100.0), Epoch("rest", 100.0)), tiny.widths)
    reports = []

    def progress(epoch: int) -> None:
        if not reports:
            Dropped()
        reports.append(epoch)

    with heeded_interrupts(), pytest.raises(KeyboardInterrupt):
        Program(tiny, "numpy").run(schedule, 1, 1.0, progress=progress)
    assert len(reports) == 1
    # An interrupt of before is none of this run.
    assert Program(tiny, "numpy").run(schedule, 1, 1.0).duration_ms == 200.0
