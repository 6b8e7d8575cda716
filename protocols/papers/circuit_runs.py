"""Runs of the circuit beside a calculation: what circuit and rate model score in a seed."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from ..running.experiment import prepare, run_experiment
from ..running.protocol import Protocol
from ..sweeps.plan import SEED_KEY
from .paper_figure import RATE_MODEL, SPIKING_MODEL


def scores_of_run(
    protocol: str | Protocol[Any, Any],
    settings: Mapping[str, Any],
    seed: int,
    stop: Callable[[], None],
) -> dict[str, Mapping[str, float]]:
    """Run a protocol, and return what the circuit and its rate model score, by model.

    Parameters
    ----------
    settings
        Settings that differ from the defaults, by dotted key.
    stop
        Called again and again; what it raises ends the run.
    """
    experiment = prepare(protocol, {**settings, SEED_KEY: seed})
    result = run_experiment(experiment, progress=lambda epoch: stop())
    return {SPIKING_MODEL: result.metrics, RATE_MODEL: result.predicted_metrics}
