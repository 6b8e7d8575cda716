"""Rules that settings can name: those of a file, and those that installed packages bring."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from hippokv.components import Found, Shelf, find

from .plasticity_rule import PlasticityRule

RULES: Mapping[str, str] = {}


def found_rule(name: str) -> Found:
    """Return the rule of a name, in a file or of a package, and where it is from.

    Raises
    ------
    InputError
        Where there is none, or it is something else.
    """
    found = find(SHELF, name)
    if isinstance(found.item, PlasticityRule):
        return found
    return Found(found.item(), found.reference, found.source, found.version)


def _wrong(item: Any) -> str:
    kind = item if isinstance(item, type) else type(item)
    if not issubclass(kind, PlasticityRule):
        return f"must be a PlasticityRule, not an object of {kind.__name__}"
    if isinstance(item, type):
        try:
            item()
        except TypeError as error:
            return f"must have a value for each of its numbers ({error})"
    return ""


SHELF = Shelf("run.rules", "a rule", "RULE", "hippokv.rules", RULES, _wrong)
