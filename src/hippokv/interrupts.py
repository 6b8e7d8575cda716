"""Ctrl-C, SIGTERM and a closed terminal: one way to end for all of them."""

from __future__ import annotations

import atexit
import os
import signal
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from typing import NoReturn

#: Exit status of what was interrupted, as shells have it: 128 and the number of SIGINT.
INTERRUPTED = 130


_came = threading.Event()


def heed_interrupts() -> None:
    """Let SIGTERM and SIGHUP do what Ctrl-C does: a batch system leaves nothing half-written."""
    _came.clear()
    if threading.current_thread() is threading.main_thread():
        for name in ("SIGINT", "SIGTERM", "SIGHUP"):
            number = getattr(signal, name)
            # Under nohup a closed terminal is to be ignored.
            if signal.getsignal(number) is not signal.SIG_IGN:
                signal.signal(number, _interrupt)


def _interrupt(number: int, frame: object) -> NoReturn:
    _came.set()
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
        if _came.is_set():
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
        if status == INTERRUPTED:
            for stream in (sys.stdout, sys.stderr):
                with suppress(OSError):
                    stream.flush()
            os._exit(status)

    # What is registered first runs last.
    atexit.register(leave)
    status = status_of()
    sys.exit(status)
