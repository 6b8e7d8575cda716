"""A sweep: one protocol for every combination of some settings, and for many seeds.

Runs are independent, and each row of the table depends on its own settings alone, so that neither
the order in which runs were asked for or end, nor where they ran, nor an interruption can be seen
in the table.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from hippokv.circuits.program.temporary_folder import run_folder
from hippokv.errors import BuildError, InputError
from hippokv.parameter import plain
from hippokv.shown_in_notebooks import in_notebook
from hippokv.terminal import announce_in_notebook

from ..running.experiment import prepare
from ..running.simulator import Announce
from ..running.user_files import out_folder
from .crew import hired_crew
from .folder import check_places, discard_table, write_sweep
from .journal import Journal
from .metrics import Score, metrics_of
from .plan import MOST_JOBS, SEED_KEY, Plan, plan_sweep
from .sweep_bar import SweepBar
from .table import Table, in_order, table_of

#: Called with the number of runs finished and their total.
SweepProgress = Callable[[int, int], None]


@dataclass(frozen=True)
class SweepResult:
    """Hold what a sweep gave.

    Parameters
    ----------
    plan
        What was asked for.
    table
        One row a run, those of the folder that earlier plans had asked for among them.
    failed
        Number of runs in the table that ended with an error, which stands in their row.
    folder
        Where the table and the figures are, if they were written.
    """

    plan: Plan
    table: Table
    failed: int
    folder: Path | None = None

    def __repr__(self) -> str:
        return (
            f"<SweepResult of {self.plan.protocol}: {len(self.table)} runs, {self.failed} failed>"
        )


def run_sweep(
    plan: Plan,
    out: Path | None = None,
    jobs: int | None = None,
    cluster: str | None = None,
    announce: Announce = lambda text: None,
    progress: SweepProgress = lambda finished, total: None,
) -> SweepResult:
    """Run what is not yet run of a plan, and write the table and the figures.

    The table holds every run of the folder, in the order of the values and seeds: those of this
    plan, and those that had been asked for before with other values of the same settings or other
    seeds.

    Parameters
    ----------
    plan
        What to run.
    out
        Folder of the sweep: new, empty, or begun by the same plan, which is then continued.
        Without it nothing is written.
    jobs
        Runs at once on this machine, by default one more than the cores that it may use.
    cluster
        Address of a dask scheduler, whose workers run instead.
    announce
        Called with a line of words when a circuit has to be compiled.
    progress
        Called with the number of runs of the plan that have finished and their total.

    Raises
    ------
    InputError
        Where the folder holds something else, or the scheduler cannot be reached.
    BuildError
        Where no run could be made: there is no place for compiled circuits or temporary files, or
        none of the circuits can be compiled.
    """
    runs = list(plan.runs())
    if out is not None:
        check_places(out)
    # The crew comes first: where no scheduler answers, nothing has been written.
    with hired_crew(jobs, cluster) as crew, Journal.opened(out, plan) as journal:
        todo = [settings for settings in runs if not journal.is_finished(settings)]
        done = len(runs) - len(todo)
        progress(done, len(runs))
        if todo:
            if cluster is None:
                _build_circuits(plan.protocol, todo, announce)
            discard_table(out)
            for row in crew.rows(plan, todo):
                journal.add(row)
                done += 1
                progress(done, len(runs))
        # Neither the order of the options nor that of the commands can be seen in the table.
        grid = sorted(plan.grid)
        rows = in_order(grid, journal.rows())
        table = table_of(grid, sorted(plan.settings), rows)
        if out is not None:
            write_sweep(grid, rows, table, out)
    return SweepResult(plan, table, sum(row.error is not None for row in rows), out)


def sweep(
    protocol: str | Path,
    grid: Mapping[str, Iterable[Any]],
    seeds: Iterable[int],
    settings: Mapping[str, Any] | None = None,
    out: str | Path | None = None,
    jobs: int | None = None,
    cluster: str | None = None,
    announce: Announce | None = None,
    progress: SweepProgress | None = None,
    metrics: Mapping[str, Score] | None = None,
) -> SweepResult:
    """Run a protocol for every combination of some settings, and for many seeds.

    Parameters
    ----------
    protocol
        Name of the protocol, as ``storage`` or ``cued-recall``, or its file.
    grid
        Values of each setting to vary, by dotted key: lists, tuples or arrays. NumPy's numbers
        are Python's of the same value.
    seeds
        Seeds, as ``range(1000, 1020)`` or whole numbers that follow one another; every combination
        is run with each.
    settings
        Settings that all runs share, where they differ from the defaults.
    out
        Folder for the table and the figures, where ``~`` is a home. A sweep that was interrupted
        continues where it was when it is called again with the same arguments; other seeds, and
        other values of the same settings, are added to what is there.
    jobs
        Runs at once on this machine, by default one more than the cores that it may use.
    cluster
        Address of a dask scheduler, whose workers run instead.
    announce
        Called with a line of words when a circuit has to be compiled; by default a notebook says so
        and nothing else does.
    progress
        Called with the number of runs finished and their total; by default a notebook shows a bar.
    metrics
        Scores beside those of the protocol, by name: functions that take a ``Result`` and return a
        number, each a column ``metrics.NAME``. Runs are in threads, or on the cluster's machines.

    Raises
    ------
    InputError
        For the first setting that cannot be used, or a folder that holds something else.
    BuildError
        Where no run could be made.

    Examples
    --------
    >>> import hippokv
    >>> result = hippokv.sweep(  # doctest: +SKIP
    ...     "cued-recall", {"protocol.n_items": [20, 40, 60]}, range(1000, 1020)
    ... )
    >>> result.table["metrics.accuracy"]  # doctest: +SKIP
    """
    plan = plan_sweep(protocol, grid, seeds, settings, metrics_of(metrics))
    folder = out_folder(out) if out is not None else None
    jobs = plain(jobs)
    if jobs is not None and (type(jobs) is not int or not 1 <= jobs <= MOST_JOBS):
        raise InputError("jobs", jobs, f"must be a whole number from 1 to {MOST_JOBS}")
    bar = SweepBar(in_notebook())
    announce = announce or announce_in_notebook
    try:
        return run_sweep(plan, folder, jobs, plain(cluster), announce, progress or bar)
    finally:
        bar.close()


def _build_circuits(protocol: str, todo: Sequence[Mapping[str, Any]], announce: Announce) -> None:
    """Compile each circuit that the runs need, before the first run.

    Raises
    ------
    BuildError
        For what every run would fail with.
    """
    seen = set()
    keys = {key for settings in todo for key in settings}
    structural = tuple(sorted(key for key in keys if key != SEED_KEY))
    built, failed = 0, None
    for settings in todo:
        what = tuple(settings.get(key) for key in structural)
        if what in seen:
            continue
        seen.add(what)
        # A run that cannot be prepared or built says so in its own row.
        with suppress(InputError, ArithmeticError, ValueError):
            experiment = prepare(protocol, settings)
            program = experiment.program
            try:
                program.build(announce, experiment.record)
                if program.target == "cpp" and not built:
                    with run_folder():
                        pass
                built += 1
            except BuildError as error:
                # A folder that cannot be written says nothing about the circuit.
                if isinstance(error.__cause__, OSError):
                    raise
                failed = failed or error
    if failed and not built:
        raise failed
