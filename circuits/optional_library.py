"""Libraries that are no requirement, imported when something of theirs is asked for."""

from __future__ import annotations

from importlib import import_module
from typing import Any

from hippokv.errors import InputError


def library(name: str) -> Any:
    """Return pandas or xarray.

    Raises
    ------
    InputError
        Where it is not installed.
    """
    try:
        return import_module(name)
    except ImportError:
        words = f'must have {name} installed: pip install "hippokv[tables]"'
        raise InputError(f"to_{name}", name, words) from None
