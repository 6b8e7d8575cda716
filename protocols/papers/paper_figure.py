"""Figures of papers, made again: conditions that are run, points, and what draws them.

A figure names its conditions; each is a protocol with settings, run for many seeds as a sweep in a
folder of its own, so that an interrupted figure continues. The circuit, its rate model and the
classical memories meet the same schedules. What needs no circuit is a calculation
(:mod:`.calculation`).
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

import numpy as np
from numpy.typing import NDArray

from hippokv.analysis.classical.accuracies import accuracies_of
from hippokv.analysis.classical.memory import Memory
from hippokv.analysis.figures.paper_panels import draw_circuit, draw_model
from hippokv.analysis.figures.report import FORMATS, also_as, check_format, render
from hippokv.analysis.figures.style import look, new_figure
from hippokv.analysis.figures.sweep import mean_interval
from hippokv.analysis.recall.groups import numbered
from hippokv.analysis.recall.scores import OVERALL_SCORES
from hippokv.arrays import Estimate
from hippokv.errors import BuildError, InputError, cause
from hippokv.parameter import nearest

from .. import FIGURES
from ..running.experiment import prepare
from ..running.settings import CIRCUIT_KEY
from ..running.simulator import Announce
from ..running.whole_files import check_file, check_folder, write_whole, writing
from ..sweeps.plan import SEED_KEY, Plan, plan_sweep
from ..sweeps.sweep import SweepProgress, run_sweep
from ..sweeps.table import Table, csv_text
from .calculation import Calculation, gathered

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure, SubFigure

#: What draws the points of a table.
SPIKING_MODEL, RATE_MODEL = "spiking", "rate model"
#: The circuit of figures that were drawn for it: sizes and seeds for which the default takes hours,
#: or a temperature that is that of a whole cue.
ON_SLOT_MEMORY: Mapping[str, str] = {CIRCUIT_KEY: "slot_memory"}
#: What the paper and its slot network call a choice of slots, and what the circuit does.
SLOT_CHOICES: Mapping[str, Literal["ring", "random"]] = {
    "sequential": "ring",
    "random": "random",
}


@dataclass(frozen=True)
class Condition:
    """Describe runs that belong together: a curve, or several where recalls have kinds.

    Parameters
    ----------
    name
        Name of the folder, and of the curve in the table.
    settings
        Settings that differ from the protocol's defaults, by dotted key.
    memories
        Classical memories that are shown the same schedules, by name.
    seeds
        How many of the seeds it uses, all by default.
    scores
        How the names of the scores begin that are its points.
    """

    name: str
    protocol: str
    settings: Mapping[str, Any] = field(default_factory=dict)
    memories: Mapping[str, Memory] = field(default_factory=dict)
    seeds: int | None = None
    scores: str = "accuracy_"


@dataclass(frozen=True)
class Points:
    """Hold what every model scored in a condition.

    Parameters
    ----------
    scores
        Accuracy, or what else is scored, in each group of recalls, shape (seeds,), by model and
        group: the models are ``spiking``, ``rate model`` and the classical memories, or those of a
        calculation.
    shown
        Arrays of the first seed that a calculation shows as an example.
    """

    scores: Mapping[str, Mapping[str, NDArray[np.float64]]]
    shown: Mapping[str, NDArray[Any]] = field(default_factory=dict)

    def estimates(self, model: str) -> dict[str, Estimate]:
        """Return the mean of what a model scored in each group, and half of its 95 % interval."""
        return {group: mean_interval(values) for group, values in self.scores[model].items()}

    def curve(self, model: str, prefix: str) -> dict[int, NDArray[np.float64]]:
        """Return the accuracies of a model in the groups that consist of a prefix and a number."""
        groups = numbered(prefix, self.scores[model])
        return {number: self.scores[model][group] for number, group in groups.items()}

    def draw(
        self, axes: Axes, prefix: str, colour: str, model: str = RATE_MODEL,
        marker: str = "o", line: str = "-",
    ) -> None:  # fmt: skip
        """Draw the curve of the circuit as points, and that of a model as a line."""
        draw_circuit(axes, self.curve(SPIKING_MODEL, prefix), colour, marker)
        draw_model(axes, self.curve(model, prefix), colour, line)


@dataclass(frozen=True)
class PaperFigure:
    """Describe a figure.

    Parameters
    ----------
    name
        Name on the command line.
    summary
        One line: what it shows.
    caption
        What to see in it.
    conditions
        Returns what is run.
    height_in
        Its height in inches.
    draw
        Draws it into a figure or a part of one, from the points of each condition, by name.
    """

    name: str
    summary: str
    caption: str
    conditions: Callable[[], Sequence[Condition | Calculation]]
    height_in: float
    draw: Callable[[Figure | SubFigure, Mapping[str, Points]], None]

    def page(self, points: Mapping[str, Points]) -> Figure:
        """Return the figure on a page of its own, in the look of all figures."""
        with look():
            figure = new_figure(self.height_in)
            self.draw(figure, points)
        return figure


def of_size(size: int) -> dict[str, int]:
    """Return the settings of a circuit with as many slots as entries of keys and values."""
    return {f"circuit.n_{part}": size for part in ("inputs", "slots", "outputs")}


def find_figure(name: str) -> PaperFigure:
    """Return the figure of a name.

    Raises
    ------
    InputError
        Where there is none, or something is missing that it needs.
    """
    if name not in FIGURES:
        allowed = "must be one of " + ", ".join(FIGURES)
        raise InputError("FIGURE", name, allowed + nearest(name, FIGURES))
    found: PaperFigure = import_module(FIGURES[name]).FIGURE
    for condition in found.conditions():
        if isinstance(condition, Calculation):
            condition.check()
    return found


def make_figure(
    figure: PaperFigure,
    seeds: range,
    out: Path,
    jobs: int | None = None,
    announce: Announce = lambda text: None,
    progress: SweepProgress = lambda finished, total: None,
    figure_as: str = "png",
) -> dict[str, Points]:
    """Run the conditions of a figure, and write the picture and the table of its points.

    Parameters
    ----------
    seeds
        Seeds of every condition.
    out
        Folder, new, empty or begun by the same figure, which then continues. It receives
        ``NAME.png``, ``NAME.csv`` (means and 95 % intervals of every point, over all seeds that the
        folder holds, or, of a calculation, over those asked for) and a folder of each condition.
    jobs
        Runs at once, by default one more than there are cores.
    announce
        Called with a line of words when a circuit has to be compiled.
    progress
        Called with the number of runs finished and their total, over all conditions.
    figure_as
        One of ``FORMATS``: ``svg`` and ``pdf`` are written beside the PNG.

    Raises
    ------
    InputError
        Where the folder holds something else, something is missing that a condition needs, or the
        format is not known.
    BuildError
        Where a run fails, or the picture cannot be drawn: the table has been written by then.
    """
    check_format(figure_as)
    conditions = list(figure.conditions())
    plans = [_plan(one, seeds) for one in conditions]
    drawings = [out / f"{figure.name}.{kind}" for kind in FORMATS]
    picture, table = drawings[0], out / f"{figure.name}.csv"
    with writing(out):
        for path in (*drawings, table):
            check_file(path)
        for condition in conditions:
            check_folder(out / condition.name)
    total = sum(len(plan) for plan in plans)
    points: dict[str, Points] = {}
    done = 0
    for condition, plan in zip(conditions, plans, strict=True):

        def so_far(finished: int, of: int, before: int = done) -> None:
            progress(before + finished, total)

        folder = out / condition.name
        if isinstance(condition, Calculation):
            results = condition.results(seeds, folder, jobs, so_far)
            points[condition.name] = Points(gathered(results), results[0].shown)
        elif isinstance(plan, Plan):
            result = run_sweep(plan, folder, jobs, None, announce, so_far)
            if result.failed:
                first = next(words for words in result.table["error"] if words)
                raise BuildError(f"{result.failed} runs of {condition.name} failed: {first}")
            points[condition.name] = points_of(condition, result.table)
        done += len(plan)
    with writing(out):
        # One of fewer seeds would not belong to the table.
        for path in drawings:
            path.unlink(missing_ok=True)
        write_whole(table, csv_text(table_of_points(points)).encode())
        try:
            with also_as(figure_as):
                image = render(figure.page(points), figure.name, figure.caption)
        except Exception as error:
            words = f"{picture} could not be drawn ({cause(error)}); its points are in {table}"
            raise BuildError(words) from error
        write_whole(picture, image.png)
        if image.vector:
            write_whole(out / f"{figure.name}.{figure_as}", image.vector)
    return points


def _plan(condition: Condition | Calculation, seeds: range) -> Plan | range:
    """Return what is to be run of a condition, once it is known that it can be."""
    if isinstance(condition, Calculation):
        condition.check()
        return seeds
    return plan_sweep(condition.protocol, {}, seeds[: condition.seeds], condition.settings)


def points_of(condition: Condition, table: Table) -> Points:
    """Return the scores of a condition's runs, and those of the classical memories.

    Parameters
    ----------
    table
        What its runs gave.
    """
    scores: dict[str, Mapping[str, NDArray[np.float64]]] = {}
    for model, column in ((SPIKING_MODEL, "metrics."), (RATE_MODEL, "prediction.")):
        start = f"{column}{condition.scores}"
        scores[model] = {
            name.removeprefix(start): np.array(values, dtype=float)
            for name, values in table.columns.items()
            if name.startswith(start) and name.removeprefix(column) not in OVERALL_SCORES
        }
    found: dict[str, dict[str, list[float]]] = {name: {} for name in condition.memories}
    for seed in table[SEED_KEY] if found else ():
        schedule = prepare(condition.protocol, {**condition.settings, SEED_KEY: seed}).schedule
        for name, accuracies in accuracies_of(condition.memories, schedule, seed).items():
            for group, score in accuracies.items():
                found[name].setdefault(group, []).append(score)
    scores |= {
        name: {group: np.array(values) for group, values in groups.items()}
        for name, groups in found.items()
    }
    return Points(scores)


@dataclass(frozen=True)
class Gap:
    """Hold where circuit and rate model differ most, and by how much."""

    difference: float
    where: str


def widest_gap(columns: Mapping[str, Sequence[Any]]) -> Gap | None:
    """Return the largest mean difference between the circuit and its rate model, if there are any.

    Parameters
    ----------
    columns
        What :func:`table_of_points` returned.
    """
    if SPIKING_MODEL not in columns["model"]:
        return None
    differences = np.nan_to_num(np.asarray(columns["difference"], dtype=float))
    worst = int(np.abs(differences).argmax())
    where = f"{columns['condition'][worst]}, {columns['group'][worst]}"
    return Gap(float(differences[worst]), where)


def table_of_points(points: Mapping[str, Points]) -> dict[str, list[Any]]:
    """Return mean and half width of the 95 % interval of every point, as columns.

    ``difference`` is the circuit minus its rate model, seed by seed.
    """
    columns: dict[str, list[Any]] = {
        name: []
        for name in ("condition", "group", "model", "seeds", "mean", "half_width", "difference",
                     "difference_half_width")
    }  # fmt: skip
    for condition, found in points.items():
        for model, groups in found.scores.items():
            for group, values in groups.items():
                gap = (float("nan"), float("nan"))
                if model == SPIKING_MODEL:
                    gap = mean_interval(values - found.scores[RATE_MODEL][group])
                row = (condition, group, model, len(values), *mean_interval(values), *gap)
                for column, value in zip(columns.values(), row, strict=True):
                    column.append(value)
    return columns
