"""Groups of recalls whose name is a prefix and a number: a list's length, an item's age."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from typing import TypeVar

T = TypeVar("T")

#: Recalls of a list, with the number of its items.
LIST = "T"
#: Recalls in a stream, with the steps since the item was stored; those of salient items.
DELAY, FLASHBULB_DELAY = "R", "flashbulb_R"


def numbered(prefix: str, groups: Iterable[str]) -> dict[int, str]:
    """Return the groups that consist of a prefix and a number, by that number, in its order."""
    pattern = re.compile(re.escape(prefix) + r"(\d+)")
    found = {int(match[1]): group for group in groups if (match := pattern.fullmatch(group))}
    return dict(sorted(found.items()))


def group_words(group: str) -> str:
    """Return the name of a group in the words of a figure."""
    for prefix, words in (
        (LIST, "list of {}"),
        (DELAY, "{} steps on"),
        (FLASHBULB_DELAY, "flashbulb, {} steps on"),
    ):
        number = group.removeprefix(prefix)
        if number != group and number.isdigit():
            return words.format(number)
    return group.replace("_", " ")


def by_age(scores: Mapping[str, T], kind: str) -> dict[int, T]:
    """Return the scores named ``KIND_AGEd`` by age in days, the youngest first."""
    ages = {
        int(name.removeprefix(f"{kind}_").removesuffix("d")): score
        for name, score in scores.items()
        if name.startswith(f"{kind}_")
    }
    return dict(sorted(ages.items()))
