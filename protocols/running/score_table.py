"""The scores of a run as a table of pandas."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any, Protocol

from hippokv.circuits.optional_library import library

from .evaluation import Uninformed


class Scored(Protocol):
    """What has scores: a result, or one read back from its folder."""

    @property
    def metrics(self) -> Mapping[str, float]: ...
    @property
    def predicted_metrics(self) -> Mapping[str, float]: ...
    @property
    def spike_scores(self) -> Mapping[str, float]: ...
    @property
    def paper(self) -> Mapping[str, float]: ...
    @property
    def uninformed(self) -> Uninformed: ...


def score_table(run: Scored) -> Any:
    """Return a ``pandas.DataFrame`` of scores, a row each, by name.

    Its columns are ``spiking``, ``rate_model``, ``paper``, ``uninformed`` and ``uninformed_sd``;
    NaN where there is no such score.

    Raises
    ------
    InputError
        Without pandas.
    """
    pandas = library("pandas")
    columns: dict[str, Mapping[str, float]] = {
        "spiking": {**run.metrics, **run.spike_scores},
        "rate_model": run.predicted_metrics,
        "paper": run.paper,
        "uninformed": run.uninformed.mean,
        "uninformed_sd": run.uninformed.sd,
    }
    names = list(dict.fromkeys(name for scores in columns.values() for name in scores))
    table = {
        column: [scores.get(name, math.nan) for name in names] for column, scores in columns.items()
    }
    return pandas.DataFrame(table, index=pandas.Index(names, name="score"))
