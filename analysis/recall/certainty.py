"""Certainty: on how much a score rests, what chance gives, and its 95 % interval."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, replace
from types import MappingProxyType

import numpy as np
from numpy.typing import NDArray

from hippokv.arrays import Array

from .items import Items
from .readout import Readout
from .scores import credit, hidden_entries

#: Deviations of a normal distribution within which 95 % of it lies.
NORMAL_95 = 1.959964
#: More kinds of recall are not told apart.
MOST_GROUPS = 60
#: How the names of scores begin that are a part of value bits, and end for some of the bits.
BITS, STRICT, HIDDEN = ("accuracy", "content"), "_strict", "_hidden"
#: How the names of scores begin that are the probability to be larger: one half by chance.
LARGER = "match_auc"


@dataclass(frozen=True)
class Certainty:
    """Say how far a score can be trusted.

    Parameters
    ----------
    n
        Number of recalls that it rests on.
    chance
        What it would be by chance; not a number where that is not known.
    low, high
        Its 95 % interval, not a number where there is none.
    """

    n: int
    chance: float = math.nan
    low: float = math.nan
    high: float = math.nan


def certainties(
    measure: Callable[[Readout], Mapping[str, float]],
    names: Iterable[str],
    readout: Readout,
    items: Items,
    known: Mapping[str, NDArray[np.bool_]] = MappingProxyType({}),
) -> dict[str, Certainty]:
    """Return the certainty of scores of recalls.

    Parts of bits have an interval, see :func:`interval`, and 1/2 by chance, where they are those of
    the values of these items, and not of something else that is made of them; the share of the
    spikes that the slots of an item fire has, by chance, the share of these slots among all.

    Parameters
    ----------
    measure
        Scores a readout.
    names
        Scores to look at; those that rest on no recall are left out.
    known
        On which recalls scores rest that are not of whole groups, or not of answers, shape (Q,).
    """
    if not len(items.query_item):
        return {}
    shared = {
        tie: credit(readout.decoded, items.values[items.query_item], tie) for tie in (0.5, 0.0)
    }
    hidden = hidden_entries(items)
    slots = readout.plateaus[items.query_item].mean(axis=1) if len(readout.plateaus) else None
    found = {}
    scores = measure(readout)
    names = tuple(names)
    searched = [name for name in names if name not in known]
    behind = {**_recalls_behind(measure, searched, readout, items), **known}
    for name, asked in ((name, behind[name]) for name in names):
        n = int(asked.sum())
        if not n:
            continue
        if name.startswith(BITS):
            entries = hidden[asked] if name.endswith(HIDDEN) else np.ones_like(hidden[asked])
            right = (shared[0.0 if STRICT in name else 0.5][asked] * entries).sum(axis=1)
            own = math.isclose(right.sum() / entries.sum(), scores[name], abs_tol=1e-9)
            low, high = interval(right, entries.sum(axis=1)) if own else (math.nan, math.nan)
            found[name] = Certainty(n, 0.5 if own else math.nan, low, high)
        elif name.startswith(LARGER):
            found[name] = Certainty(n, 0.5)
        elif name.startswith("engram_share") and slots is not None:
            found[name] = Certainty(n, float(slots[asked].mean()))
        else:
            found[name] = Certainty(n)
    return found


def interval(right: Array, of: Array) -> tuple[float, float]:
    """Return the 95 % interval of a part of bits, by Wilson's score.

    Bits of one recall may be right or wrong together: where recalls differ by more than single bits
    would, the bits count for as few as would differ so.

    Parameters
    ----------
    right, of
        Bits that are right, a tie one half, and all bits, of each recall, shape (n,).
    """
    right, of = right[of > 0], of[of > 0]
    if not len(of):
        return math.nan, math.nan
    bits, mean = float(of.sum()), float(right.sum() / of.sum())
    alone = mean * (1 - mean) / bits
    if len(of) > 1 and alone > 0:
        n = len(of)
        between = n / (n - 1) * float(np.sum((right - mean * of) ** 2)) / bits**2
        bits /= max(between / alone, 1.0)
    square = NORMAL_95**2 / bits
    middle = (mean + square / 2) / (1 + square)
    half = math.sqrt(square * (mean * (1 - mean) + square / 4)) / (1 + square)
    return max(middle - half, 0.0), min(middle + half, 1.0)


def _recalls_behind(
    measure: Callable[[Readout], Mapping[str, float]],
    names: Iterable[str],
    readout: Readout,
    items: Items,
) -> dict[str, NDArray[np.bool_]]:
    """Return on which recalls each score rests: those whose answers it changes with."""
    n_recalls = len(items.query_item)
    everyone = np.ones(n_recalls, dtype=bool)
    groups = items.groups
    parts = [items.asked(group) for group in groups] if 1 < len(groups) < MOST_GROUPS else []
    true = items.values[items.query_item].astype(float)
    names = tuple(names)
    behind = {name: np.zeros(n_recalls, dtype=bool) for name in names}
    for part in parts or [everyone]:
        # All answers right, then all wrong, and the shares of the slots given to others.
        rows = part[:, None]
        right = replace(readout, evidence=np.where(rows, true, readout.evidence))
        shares = np.where(rows, 0.7 * np.roll(readout.attention, 1, axis=1), readout.attention)
        wrong = replace(right, evidence=np.where(rows, -true, readout.evidence), attention=shares)
        scores = measure(right), measure(wrong)
        for name, recalls in behind.items():
            one, other = (found.get(name, math.nan) for found in scores)
            if one != other and not (math.isnan(one) and math.isnan(other)):
                recalls |= part
    return behind
