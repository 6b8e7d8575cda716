"""The plan of a sweep: every run, named and checked before the first begins."""

from __future__ import annotations

import itertools
import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from hippokv.errors import InputError
from hippokv.parameter import checked, with_values

from .experiment import prepare
from .protocol import find_protocol
from .settings import default_settings, known_fields

SEED_KEY = "run.seed"
MOST_RUNS = 1_000_000


@dataclass(frozen=True)
class Plan:
    """Hold every run of a sweep.

    Parameters
    ----------
    protocol
        Name of the protocol.
    grid
        Values of each setting that is varied, by dotted key.
    seeds
        Seeds; every combination is run with each.
    settings
        Settings that all runs share.
    """

    protocol: str
    grid: Mapping[str, tuple[Any, ...]]
    seeds: range
    settings: Mapping[str, Any]

    def __len__(self) -> int:
        return _count(self.grid, self.seeds)

    def runs(self) -> Iterator[dict[str, Any]]:
        """Yield the settings of every run, seeds fastest, then the grid's last axis."""
        for values in itertools.product(*self.grid.values()):
            for seed in self.seeds:
                yield {**self.settings, **dict(zip(self.grid, values, strict=True)), SEED_KEY: seed}


def plan_sweep(
    protocol: str,
    grid: Mapping[str, Sequence[Any]],
    seeds: range,
    settings: Mapping[str, Any] | None = None,
) -> Plan:
    """Check what can be checked before the first run, and name every run.

    Raises
    ------
    InputError
        For a key that is not known, given twice, a value that its field does not accept, or the
        first combination that cannot be run.
    """
    found, shared = find_protocol(protocol), dict(settings or {})
    known = known_fields(found, shared, grid)

    def accepted(key: str, value: Any, option: str) -> Any:
        if key not in known:
            # Raises, and names what is near.
            with_values(default_settings(found), {key: value})
        if key == SEED_KEY:
            raise InputError(key, value, f"must be given as --seeds A:B, not by {option}")
        return checked(key, value, known[key])

    shared = {key: accepted(key, value, "--set") for key, value in shared.items()}
    axes: dict[str, tuple[Any, ...]] = {}
    for key, values in grid.items():
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
    for settings in Plan(protocol, axes, seeds[:1], shared).runs():
        prepare(protocol, settings)
    return Plan(protocol, axes, seeds, shared)


def _count(grid: Mapping[str, Sequence[Any]], seeds: range) -> int:
    # What len() of an object returns has a limit, which the product may pass.
    return math.prod(map(len, grid.values()), start=len(seeds))
