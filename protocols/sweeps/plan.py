"""The plan of a sweep: every run, named and checked before the first begins."""

from __future__ import annotations

import itertools
import math
from collections.abc import Iterable, Iterator, Mapping, Sequence, Set
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from hippokv.circuits.presets import without_preset
from hippokv.errors import InputError
from hippokv.parameter import checked, plain, plain_values, with_values

from ..running.configuration import default_settings, known_fields, with_full_names
from ..running.experiment import prepare
from ..running.protocol import Protocol, found_protocol
from ..running.settings import CIRCUIT_KEY, RULES_KEY
from .metrics import Metric

SEED_KEY = "run.seed"
MOST_RUNS = 1_000_000
MOST_JOBS = 1024


@dataclass(frozen=True)
class Plan:
    """Hold every run of a sweep.

    Parameters
    ----------
    protocol
        What settings call the protocol.
    grid
        Values of each setting that is varied, by dotted key.
    seeds
        Seeds; every combination is run with each.
    settings
        Settings that all runs share.
    metrics
        Scores beside those of the protocol.
    origins
        Version of every file and package that the runs are from, beside HippoKV.
    """

    protocol: str
    grid: Mapping[str, tuple[Any, ...]]
    seeds: range
    settings: Mapping[str, Any]
    metrics: tuple[Metric, ...] = ()
    origins: Mapping[str, str] = field(default_factory=dict)

    def __len__(self) -> int:
        return _count(self.grid, self.seeds)

    def runs(self) -> Iterator[dict[str, Any]]:
        """Yield the settings of every run, seeds fastest, then the grid's last axis."""
        for values in itertools.product(*self.grid.values()):
            for seed in self.seeds:
                varied = dict(zip(self.grid, values, strict=True))
                yield {**without_preset(self.settings, varied), **varied, SEED_KEY: seed}


def plan_sweep(
    protocol: str | Path,
    grid: Mapping[str, Iterable[Any]],
    seeds: Iterable[int],
    settings: Mapping[str, Any] | None = None,
    metrics: tuple[Metric, ...] = (),
) -> Plan:
    """Check what can be checked before the first run, and name every run.

    Parameters
    ----------
    protocol
        Name of the protocol, or its file.
    grid
        Values of each setting to vary, by dotted key: lists, tuples or arrays.
    seeds
        Seeds that follow one another: a range, a list, a tuple or an array of whole numbers.
    settings
        Settings that all runs share.
    metrics
        Scores beside those of the protocol.

    Raises
    ------
    InputError
        For a key that is not known, given twice, a value that its field does not accept, seeds that
        do not follow one another, or the first combination that cannot be run.
    """
    if isinstance(protocol, Protocol):
        words = "must be a name or a file, which every process and machine finds for itself"
        raise InputError("PROTOCOL", protocol.name, words)
    one = found_protocol(protocol)
    found, shared = one.item, with_full_names({} if settings is None else settings)
    listed = {key: _values_of(key, values) for key, values in plain_values(grid, "grid").items()}
    for key in {CIRCUIT_KEY, RULES_KEY} & set(listed):
        listed[key] = [with_full_names({key: value})[key] for value in listed[key]]
    seeds = _seeds_of(seeds)
    known = known_fields(found, shared, listed)

    def accepted(key: str, value: Any, option: str) -> Any:
        if key not in known:
            # Raises, and names what is near.
            with_values(default_settings(found), {key: value})
        if key == SEED_KEY:
            raise InputError(key, value, f"must be given as --seeds A:B, not by {option}")
        return checked(key, value, known[key])

    shared = {key: accepted(key, value, "--set") for key, value in shared.items()}
    axes: dict[str, tuple[Any, ...]] = {}
    for key, values in listed.items():
        axes[key] = tuple(accepted(key, value, "--grid") for value in values)
        if not axes[key]:
            raise InputError("--grid", key, "must have at least one value")
        if len(set(axes[key])) < len(axes[key]):
            raise InputError("--grid", key, "must name each value once")
        if key in shared:
            raise InputError(key, shared[key], "must be given by --set or by --grid, not by both")
    if not seeds or seeds.step != 1:
        raise InputError("--seeds", f"{seeds.start}:{seeds.stop}", "must be A:B with A below B")
    for seed in (seeds[0], seeds[-1]):
        checked("--seeds", seed, known[SEED_KEY])
    count = _count(axes, seeds)
    if count > MOST_RUNS:
        raise InputError("--grid", f"{count} runs", f"must be at most {MOST_RUNS} runs")
    origins: dict[str, str] = {}
    for settings in Plan(one.reference, axes, seeds[:1], shared).runs():
        origins |= prepare(one.reference, settings).origins
    return Plan(one.reference, axes, seeds, shared, metrics, origins)


def _values_of(key: str, given: Any) -> list[Any]:
    """Return the values of an axis as a list of Python's own."""
    # A text is a sequence of letters, and a set has no order that stays.
    found = None if isinstance(given, (str, bytes, Mapping, Set)) else _listed(given)
    if found is None:
        raise InputError(key, given, "must be a list, a tuple or an array of values")
    return found


def _seeds_of(given: Any) -> range:
    if isinstance(given, range):
        return given
    found = _listed(given)
    if found is None or any(
        type(seed) is not int or seed != found[0] + number for number, seed in enumerate(found)
    ):
        raise InputError("seeds", given, "must be whole numbers that follow one another")
    return range(found[0], found[-1] + 1) if found else range(0)


def _listed(given: Any) -> list[Any] | None:
    """Return what can be listed as a list of Python's own values, else None."""
    try:
        found = [plain(value) for value in itertools.islice(given, MOST_RUNS + 1)]
    except TypeError:
        return None
    if len(found) > MOST_RUNS:
        words = f"must be at most {MOST_RUNS} runs"
        raise InputError("--grid", f"more than {MOST_RUNS} runs", words)
    return found


def _count(grid: Mapping[str, Sequence[Any]], seeds: range) -> int:
    # What len() of an object returns has a limit, which the product may pass.
    return math.prod(map(len, grid.values()), start=len(seeds))
