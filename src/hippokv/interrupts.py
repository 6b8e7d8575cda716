"""Ctrl-C, SIGTERM and a closed terminal: one way to end for all of them."""

from __future__ import annotations

import atexit
import os
import signal
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from typing import Any, NoReturn

#: Exit status of what was interrupted, as shells have it: 128 and the number of SIGINT.
INTERRUPTED = 130
#: Interrupts within so many seconds of one are part of it: a batch system or a terminal that closes
#: sends several, and the second must not cut short what the first has begun to clean up.
AT_ONCE_S = 1.0
#: When interrupts came, by the monotonic clock.
_came: list[float] = []


@contextmanager
def heeded_interrupts() -> Iterator[None]:
    """Let SIGTERM and SIGHUP do what Ctrl-C does, and give a session its own handlers back.

    A batch system then leaves nothing half-written. Signals reach the main thread alone: in another
    one nothing is changed.
    """
    before = _heed()
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


def interrupt_came() -> bool:
    """Return whether this thread was interrupted, also where that has become an error since."""
    return bool(_came) and threading.current_thread() is threading.main_thread()


def heed_dropped(since_s: float) -> None:
    """Raise an interrupt that Python dropped, as it does while it collects garbage.

    Parameters
    ----------
    since_s
        From when on it came, by the monotonic clock, in s: one of before is of other work.

    Raises
    ------
    KeyboardInterrupt
        Where one came since.
    """
    if interrupt_came() and _came[-1] >= since_s:
        raise KeyboardInterrupt


def _heed() -> dict[int, Any]:
    before: dict[int, Any] = {}
    if threading.current_thread() is threading.main_thread():
        _came.clear()
        for name in ("SIGINT", "SIGTERM", "SIGHUP"):
            number = getattr(signal, name)
            # Under nohup a closed terminal is to be ignored; None is a handler of another language.
            if signal.getsignal(number) not in (signal.SIG_IGN, None):
                before[number] = signal.signal(number, _interrupt)
    return before


def _interrupt(number: int, frame: object) -> None:
    now = time.monotonic()
    if not _came or now - _came[-1] > AT_ONCE_S:
        _came.append(now)
        raise KeyboardInterrupt


@contextmanager
def kept_interrupt() -> Iterator[None]:
    """Raise the interrupt again where it has become an error.

    A compiled module whose import is cut short ends with an ImportError, or a SyntaxError.

    Raises
    ------
    KeyboardInterrupt
        For any error after an interrupt.
    """
    try:
        yield
    except Exception as error:
        if interrupt_came():
            raise KeyboardInterrupt from error
        raise


def end_process(status_of: Callable[[], int]) -> NoReturn:
    """Call a function and end the process with the exit status that it returns.

    After an interrupt the process leaves without taking the interpreter apart, which may abort or
    die of a signal where the interrupt came during an import or inside an eval(). What is to be
    done at exit is done.
    """
    status = 0

    def leave() -> None:
        for stream in (sys.stdout, sys.stderr):
            _let_go(stream)
        if status == INTERRUPTED:
            os._exit(status)

    # What is registered first runs last.
    atexit.register(leave)
    _fill_streams()
    _heed()
    try:
        status = status_of()
    except KeyboardInterrupt:
        status = INTERRUPTED
    sys.exit(status)


def _fill_streams() -> None:
    """Let nothing else be opened as a standard stream that is closed, and written to as one."""
    for number in range(3):
        try:
            os.fstat(number)
        except OSError:
            os.open(os.devnull, os.O_RDWR)


def _let_go(stream: Any) -> None:
    """Write what a stream still holds, so that Python does not fail of it once more on leaving."""
    try:
        stream.flush()
    except (AttributeError, OSError, ValueError):
        with suppress(AttributeError, OSError, ValueError):
            os.dup2(os.open(os.devnull, os.O_WRONLY), stream.fileno())
