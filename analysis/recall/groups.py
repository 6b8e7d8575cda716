"""Groups of recalls whose name is a prefix and a number: a list's length, an item's age."""

from __future__ import annotations

import re
from collections.abc import Iterable

#: Recalls of a list, with the number of its items.
LIST = "T"
#: Recalls in a stream, with the steps since the item was stored; those of salient items.
DELAY, FLASHBULB_DELAY = "R", "flashbulb_R"


def numbered(prefix: str, groups: Iterable[str]) -> dict[int, str]:
    """Return the groups that consist of a prefix and a number, by that number, in its order."""
    pattern = re.compile(re.escape(prefix) + r"(\d+)")
    found = {int(match[1]): group for group in groups if (match := pattern.fullmatch(group))}
    return dict(sorted(found.items()))
