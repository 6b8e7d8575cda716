"""Brian2 as it is by itself, whatever preference files and threads its user has."""

from __future__ import annotations

import builtins
import signal
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from importlib import import_module
from pathlib import Path
from typing import Any

from hippokv.plain_matplotlib import import_matplotlib

#: Brian2 keeps its device, clock and preferences for the whole process, and draws from NumPy's one
#: generator; whoever uses any of these must be alone.
ONE_AT_A_TIME = threading.Lock()
_IMPORTING = threading.Lock()
#: Files that Brian2 reads when it is imported, in the working folder and below the home folder.
PREFERENCE_FILES = ("brian_preferences", "user_preferences")


def import_brian2() -> Any:
    """Import Brian2 in any thread, without the user's preference files.

    A file with a mistake would make the import fail. Whoever works with Brian2 in the same process
    has the preferences of the files afterwards, where they can be read.
    """
    with _IMPORTING:
        if "brian2" in sys.modules:
            return import_module("brian2")
        # Brian2 imports it as its user has set it up, which may end the import; it can do without.
        with suppress(ImportError):
            import_matplotlib()
        with _no_preference_files(), _no_signal_handler_outside_of_the_main_thread():
            brian2 = import_module("brian2")
        with suppress(Exception):
            brian2.prefs.load_preferences()
        return brian2


@contextmanager
def own_preferences(brian2: Any) -> Iterator[Any]:
    """Give Brian2's own preferences, to be changed, and bring the user's back afterwards."""
    preferences = brian2.prefs
    before = dict(preferences)
    preferences.reset_to_defaults()
    try:
        yield preferences
    finally:
        for name, value in before.items():
            preferences[name] = value


@contextmanager
def statements_read_afresh() -> Iterator[None]:
    """Let Brian2 read statements again instead of asking whether it has read them before.

    It would ask with all variables of a population or projection, which takes longer.
    """
    translation: Any = import_module("brian2.codegen.translation")
    remembered = translation.make_statements
    translation.make_statements = getattr(remembered, "__wrapped__", remembered)
    try:
        yield
    finally:
        translation.make_statements = remembered


@contextmanager
def _no_preference_files() -> Iterator[None]:
    opened = builtins.open

    def open_others(file: Any, *arguments: Any, **options: Any) -> Any:
        if isinstance(file, str) and Path(file).name in PREFERENCE_FILES:
            raise FileNotFoundError(file)
        return opened(file, *arguments, **options)

    builtins.open = open_others
    try:
        yield
    finally:
        builtins.open = opened


@contextmanager
def _no_signal_handler_outside_of_the_main_thread() -> Iterator[None]:
    """Let Brian2 ask for Ctrl-C in vain, which the main thread alone may do."""
    if threading.current_thread() is threading.main_thread():
        yield
        return
    install = signal.signal
    signal.signal = lambda number, handler: signal.getsignal(number)  # type: ignore[assignment]
    try:
        yield
    finally:
        signal.signal = install
