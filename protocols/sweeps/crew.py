"""Those who run a sweep: threads with a compiled program each, or a cluster's workers."""

from __future__ import annotations

import itertools
import os
import platform
import threading
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import (
    CancelledError,
    Executor,
    Future,
    ThreadPoolExecutor,
    as_completed,
)
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from hippokv.components import version_now
from hippokv.errors import BuildError, InputError

from ..running.code_version import code_version
from ..running.experiment import prepare, run_experiment
from .journal import Row
from .metrics import Metric
from .plan import Plan

#: Runs handed out at once for each that can run: enough to keep every core busy.
AHEAD = 2


def one_run(
    protocol: str,
    settings: Mapping[str, Any],
    version: str,
    stop: Callable[[], None],
    metrics: Sequence[Metric] = (),
    origins: Mapping[str, str] | None = None,
) -> Row:
    """Run once and return the row of the table, with the error where there was one.

    Parameters
    ----------
    settings
        The settings of this run.
    version
        What :func:`hippokv.protocols.running.code_version.code_version` returned where the sweep
        was started.
    stop
        Called again and again during the run; what it raises ends the run.
    metrics
        Scores beside those of the protocol.
    origins
        Version of every file and package that may be used, where the sweep was started.
    """
    began = time.perf_counter()
    try:
        if code_version() != version:
            raise InputError("--cluster", platform.node(), "must run the same HippoKV")
        origins = origins or {}
        _check_origins(origins, {source: version_now(source) for source in origins})
        experiment = prepare(protocol, settings)
        # What was read is what was looked at: it is the same before and after.
        _check_origins(origins, experiment.origins)
        result = run_experiment(experiment, progress=lambda epoch: stop())
        scores = {**result.metrics, **{one.name: one(result) for one in metrics}}
    except (InputError, BuildError, MemoryError, OSError, ArithmeticError, ValueError) as error:
        words = " ".join(str(error).split()) or type(error).__name__
        return Row.failed(settings, words)
    timing = {
        "build_s": round(result.timing.build_s, 3),
        "run_s": round(result.timing.run_s, 3),
        "total_s": round(time.perf_counter() - began, 3),
    }
    kinds = (
        scores, result.predicted_metrics, result.uninformed.mean, result.uninformed.sd,
        result.paper,
    )  # fmt: skip
    found, predicted, uninformed, uninformed_sd, paper = (
        {name: float(value) for name, value in kind.items()} for kind in kinds
    )
    return Row(
        dict(settings), found, predicted, result.timing.simulated_s, timing, None,
        uninformed, uninformed_sd, "; ".join(result.warnings), paper,
    )  # fmt: skip


def _check_origins(origins: Mapping[str, str], found: Mapping[str, str]) -> None:
    """Make sure that files and packages are what they were where the sweep was started.

    Raises
    ------
    InputError
        For the first that is another, or is not here.
    """
    for source, now in found.items():
        if now != origins.get(source):
            words = "is not here" if not now else "is another"
            raise InputError(
                "sweep", source,
                f"must be the same on every machine and for all of a sweep: it {words} "
                f"on {platform.node()}",
            )  # fmt: skip


class Stopped(BaseException):
    """End a run because the sweep was interrupted."""


@dataclass(frozen=True)
class Crew:
    """Run many runs, some at a time.

    Parameters
    ----------
    executor
        What runs them.
    ahead
        How many are handed out before the first has ended.
    stop
        Called by every run; raises where it must end. Empty for runs elsewhere.
    """

    executor: Executor
    ahead: int
    stop: Callable[[], None]

    def rows(self, plan: Plan, todo: Sequence[Mapping[str, Any]]) -> Iterator[Row]:
        """Yield the row of every run of a plan that is still to do, as it ends."""
        version = code_version()
        more: dict[str, Any] = {}
        if plan.metrics or plan.origins:
            more = {"metrics": plan.metrics, "origins": plan.origins}
        waiting = iter(todo)
        pending: dict[Future[Row], Mapping[str, Any]] = {}

        def hand_out(count: int) -> None:
            for settings in itertools.islice(waiting, count):
                future = self.executor.submit(
                    one_run, plan.protocol, settings, version, self.stop, **more
                )
                pending[future] = settings

        hand_out(self.ahead)
        while pending:
            future = next(as_completed(pending))
            settings = pending.pop(future)
            try:
                row = future.result()
                row.check()
                if row.settings != settings:
                    raise ValueError("the row is that of another run")
            except CancelledError:
                # Who was to run it is gone: it has not failed.
                raise
            except Exception as error:
                words = f"{type(error).__name__}: {' '.join(str(error).split())}"
                row = Row.failed(settings, words)
            yield row
            hand_out(1)


def cores() -> int:
    """Return how many cores this process may use: taskset and batch systems give it some."""
    # Python has a word for it from 3.13 on; macOS gives a process all cores.
    if hasattr(os, "process_cpu_count"):
        return os.process_cpu_count() or 1
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


def _never() -> None:
    """Let a run go on."""


@contextmanager
def hired_crew(jobs: int | None, cluster: str | None) -> Iterator[Crew]:
    """Give a crew, and end what still runs on leaving.

    Parameters
    ----------
    jobs
        Runs at once on this machine, by default one more than the cores that it may use: none of
        them is idle while the results of a run are read.
    cluster
        Address of a dask scheduler, whose workers run instead.
    """
    if cluster is not None:
        from .cluster import connected

        with connected(cluster) as (executor, workers):
            yield Crew(executor, AHEAD * workers, _never)
        return
    count = jobs or cores() + 1
    stopped = threading.Event()

    def stop() -> None:
        if stopped.is_set():
            raise Stopped

    executor = ThreadPoolExecutor(count, thread_name_prefix="run")
    try:
        yield Crew(executor, AHEAD * count, stop)
    finally:
        stopped.set()
        executor.shutdown(cancel_futures=True)
