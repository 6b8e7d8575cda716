"""Retrograde amnesia: what of old and of recent items comes to mind before a concussion and after.

Items of an age are those that were stored in the same time; the oldest are number 1.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

RECALLED, GRADIENT = "recalled", "gradient"
#: Kinds of changes from a test to the next.
GAINED, LOST = "gained", "lost"


class Score(NamedTuple):
    """Hold what the name of a score says: its kind, the test, and the age, 0 for all of them."""

    kind: str
    test: str
    age: int


def named(score: Score) -> str:
    """Return the name of a score."""
    return "_".join([score.kind, score.test, *([str(score.age)] if score.age else [])])


def of_name(name: str) -> Score | None:
    """Return what the name of a score says, nothing for another name."""
    kind, _, rest = name.partition("_")
    test, _, age = rest.partition("_")
    if kind not in (RECALLED, GAINED, LOST, GRADIENT) or not test:
        return None
    return Score(kind, test, int(age) if age else 0)


def amnesia_scores(
    counts: NDArray[np.int64], ages: NDArray[np.int64], tests: Sequence[str]
) -> dict[str, float]:
    """Score what came to mind in tests that follow each other, by the age of the items.

    Parameters
    ----------
    counts
        How often each item was named in each test, shape (tests, T), or that of several draws,
        shape (draws, tests, T), over which the scores are then means.
    ages
        Age of each item, 1 for the oldest, shape (T,).
    tests
        Names of the tests in order.

    Returns
    -------
    dict
        Parts of the items of an age: ``recalled_TEST_AGE``; from the second test on
        ``gained_TEST_AGE``, named and not in the test before, and ``lost_TEST_AGE``, the reverse.
        ``gradient_TEST`` is the part recalled of the oldest less that of the most recent.
    """
    draws = counts if counts.ndim == 3 else counts[None]
    recalled = draws > 0
    known = sorted({int(age) for age in ages})
    scores: dict[str, float] = {}
    for number, test in enumerate(tests):
        now = recalled[:, number]
        found = {age: float(now[:, ages == age].mean()) for age in known}
        scores |= {named(Score(RECALLED, test, age)): part for age, part in found.items()}
        scores[named(Score(GRADIENT, test, 0))] = found[known[0]] - found[known[-1]]
        if number:
            before = recalled[:, number - 1]
            for kind, changed in ((GAINED, now & ~before), (LOST, before & ~now)):
                for age in known:
                    part = float(changed[:, ages == age].mean())
                    scores[named(Score(kind, test, age))] = part
    return scores
