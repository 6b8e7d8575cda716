"""Numbers of items or steps in a setting: 5, 10, or in units of the number of slots: 0.5N, N+1."""

from __future__ import annotations

import re

from hippokv.errors import InputError

_COUNT = re.compile(r"(?:(?P<number>\d+)|(?P<laps>\d*\.?\d*)N(?P<more>[+-]\d+)?)")
MOST_COUNTS = 200
#: What larger multiples of N are read as: too many for any setting, and still a whole number.
MOST_LAPS = 1e9


def counts(key: str, text: str, n_slots: int, most: int) -> list[int]:
    """Return the numbers that a setting lists, such as ``"5, 0.5N, N, 2N+1"``.

    Parameters
    ----------
    key
        Name of the setting.
    text
        Its value.
    n_slots
        What N stands for.
    most
        Largest number allowed.

    Raises
    ------
    InputError
        For a word that is no such number, one that is not in 1 to ``most``, or too many.
    """
    words = [word.strip() for word in text.split(",") if word.strip()]
    if len(words) > MOST_COUNTS:
        raise InputError(key, text[:60], f"must be at most {MOST_COUNTS} numbers")
    return [_count(key, word, n_slots, most) for word in words]


def _count(key: str, word: str, n_slots: int, most: int) -> int:
    found = _COUNT.fullmatch(word)
    if not found or found["laps"] == ".":
        raise InputError(
            key, word, "must be whole numbers with commas between them, such as 5, 0.5N, N+1"
        )
    if found["number"]:
        count = int(found["number"][:12])
    else:
        laps = min(float(found["laps"] or 1), MOST_LAPS)
        count = round(laps * n_slots) + int((found["more"] or "0")[:12])
    if not 1 <= count <= most:
        raise InputError(key, word, f"must be from 1 to {most}, not {count}")
    return count
