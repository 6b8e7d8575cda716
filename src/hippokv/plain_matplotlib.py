"""Matplotlib as it is by itself, whatever files and variables of its user configure it."""

from __future__ import annotations

import logging
import os
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from importlib import import_module
from pathlib import Path
from typing import Any

#: Settings of matplotlib belong to the whole process: one thread draws at a time.
_ALONE = threading.RLock()
#: Variable that names the user's window system, and file that holds the user's settings.
_BACKEND_VARIABLE = "MPLBACKEND"
_SETTINGS_FILE = "matplotlibrc"


def import_matplotlib(*parts: str) -> Any:
    """Import matplotlib and parts of it, whatever settings the user has for it.

    A variable that names no backend of this version, or a file that is no text, would end its first
    import. They are applied afterwards, as far as they can be: the process belongs to the user.

    Parameters
    ----------
    parts
        Names of modules inside it.

    Raises
    ------
    ImportError
        Where it is not installed, or not whole.
    """
    with alone_with_matplotlib() as matplotlib:
        for part in parts:
            import_module(f"matplotlib.{part}")
        return matplotlib


@contextmanager
def alone_with_matplotlib() -> Iterator[Any]:
    """Give matplotlib to one thread at a time, and keep back what it says of the user's files.

    Raises
    ------
    ImportError
        Where it is not installed, or not whole.
    """
    log = logging.getLogger("matplotlib")
    with _ALONE:
        before = log.level
        log.setLevel(logging.CRITICAL)
        try:
            if "matplotlib" not in sys.modules:
                with _without_settings():
                    import_module("matplotlib")
                _apply_settings(import_module("matplotlib"))
            yield import_module("matplotlib")
        finally:
            log.setLevel(before)


@contextmanager
def _without_settings() -> Iterator[None]:
    """Let an import of matplotlib find neither a backend nor a file of settings but its own."""
    exists, backend = os.path.exists, os.environ.get(_BACKEND_VARIABLE)
    named = os.environ.get("MATPLOTLIBRC")

    def finds(path: Any) -> bool:
        if isinstance(path, str):
            folder, name = os.path.split(path)
            if path == named or (name == _SETTINGS_FILE and os.path.basename(folder) != "mpl-data"):
                return False
        return exists(path)

    try:
        # A file in the current folder comes first: no variable says where to look instead.
        setattr(os.path, "exists", finds)  # noqa: B010
        if backend is not None:
            os.environ[_BACKEND_VARIABLE] = ""
        yield
    finally:
        setattr(os.path, "exists", exists)  # noqa: B010
        if backend is not None:
            os.environ[_BACKEND_VARIABLE] = backend


def _apply_settings(matplotlib: Any) -> None:
    """Do with the user's settings what an import of matplotlib does, and what fails leave out."""
    with suppress(Exception):
        path = Path(matplotlib.matplotlib_fname())
        if path.is_file() and not path.is_relative_to(matplotlib.get_data_path()):
            settings = matplotlib.rc_params_from_file(path, use_default_template=False)
            matplotlib.rcParams.update(settings)
            matplotlib.rcParamsOrig.update(settings)
    with suppress(Exception):
        if backend := os.environ.get(_BACKEND_VARIABLE):
            matplotlib.rcParams["backend"] = backend
