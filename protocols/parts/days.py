"""Days: what a setting lists of them, and what counts as remembered after some."""

from __future__ import annotations

from hippokv.errors import InputError

#: Part of a value's bits from which on an item counts as recalled.
CRITERION = 0.9
MOST_DAYS = 1e5


def days(key: str, text: str) -> list[float]:
    """Return the days that a setting lists.

    Raises
    ------
    InputError
        For what is no list of days.
    """
    try:
        found = [float(word) for word in text.split(",")]
    except ValueError:
        found = []
    if not found or len(found) > 50 or not all(0 <= day <= MOST_DAYS for day in found):
        words = f"must be numbers of days from 0 to {MOST_DAYS:g} with commas between them"
        raise InputError(key, text[:60], words)
    # By the names that their recalls will have, which tell them apart.
    if len({f"{day:g}" for day in found}) < len(found):
        raise InputError(key, text[:60], "must name each number of days once")
    return found
