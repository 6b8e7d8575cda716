"""Gershman et al. 2025, Fig 2: keys that are trained part the classes, values become the content.

The authors' code detaches the keys that a query meets, and never clears the gradient; their text
says neither. Both are drawn, and all four combinations scored.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from hippokv.analysis.figures import style
from hippokv.analysis.figures.sweep import mean_interval
from hippokv.analysis.theory.trained_items import TRAININGS, Items, drawn_items, train_items

from .calculation import Calculated, Calculation
from .paper_figure import PaperFigure, Points

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure, SubFigure

#: What the two that are drawn are called, and all four in the table of scores.
DRAWN = {"authors": "the authors' code", "plain": "the plain gradient"}
NAMES = {
    "authors": "detached, accumulated (authors)",
    "detached": "detached",
    "accumulated": "accumulated",
    "plain": "neither (plain)",
}
CLASS_COLOURS = ("#0072b2", "#c8321e", "#2a8f4a")
TRAINING_COLOURS = {
    "authors": "#1a1a1a", "detached": "#0072b2", "accumulated": "#c4611a", "plain": "#8a6fb0",
}  # fmt: skip
#: Moments of a trajectory that are kept, and of how many items.
MOMENTS, FOLLOWED = 41, 60
SCORES = {
    "decoded": "items decoded",
    "within": "cosine of keys, same class",
    "between": "cosine of keys, two classes",
}


@dataclass(frozen=True)
class Problem:
    """Describe a problem of the figure.

    Parameters
    ----------
    name
        Name of its condition.
    n_classes, n_items
        Its size.
    steps
        Steps of training after which items are scored: the authors', and perhaps more.
    """

    name: str
    n_classes: int
    n_items: int
    steps: tuple[int, ...]

    def calculate(self, seed: int, stop: Callable[[], None]) -> Calculated:
        """Train items in all four ways, from the same beginning."""
        shown_steps = np.linspace(0, self.steps[0], MOMENTS).astype(int).tolist()
        scores: dict[str, dict[str, float]] = {}
        shown: dict[str, NDArray[Any]] = {}
        beginning = drawn_items(self.n_classes, self.n_items, np.random.default_rng(seed))
        for name, training in TRAININGS.items():
            found = train_items(beginning, {*shown_steps, *self.steps}, training, each_step=stop)
            scores[name] = {
                f"{score} at {step}": value
                for step in (0, *self.steps)
                for score, value in found[step].scores()._asdict().items()
            }
            if name in DRAWN:
                way = [found[step] for step in shown_steps]
                shown |= self._shown(name, way)
        return Calculated(scores, shown)

    def _shown(self, name: str, way: Sequence[Items]) -> dict[str, NDArray[Any]]:
        return {
            f"{name} keys": np.array([items.keys[:FOLLOWED] for items in way]),
            f"{name} values": np.array([items.values[:FOLLOWED] for items in way]),
            "labels": way[0].labels[:FOLLOWED],
        }


#: Steps of the authors' code; two classes are trained longer as well.
PROBLEMS = (
    Problem("two-classes", 2, 200, (5_000, 20_000)),
    Problem("three-classes", 3, 300, (10_000,)),
)


def conditions() -> Sequence[Calculation]:
    """Return both problems."""
    return [Calculation(problem.name, problem.calculate) for problem in PROBLEMS]


def draw(figure: Figure | SubFigure, points: Mapping[str, Points]) -> None:
    """Draw trajectories of keys and values, and how the four trainings end."""
    _draw_key(figure)
    for row, problem in enumerate(PROBLEMS):
        top = 0.98 + 2.17 * row
        words = f"{problem.n_classes} classes, {problem.steps[0]:,} steps"
        style.add_heading(figure, f"{'ab'[row]}   {words}", top, 0.32)
        for number, (name, said) in enumerate(DRAWN.items()):
            for column, part in enumerate(("keys", "values")):
                left = 0.5 + 3.52 * number + 1.72 * column
                panel = style.add_panel(figure, left, top, 1.42, 1.42)
                draw_way(panel, points[problem.name].shown, f"{name} {part}")
                panel.set_title(f"{said}: {part}" if column == 0 else part, fontsize=8.5)
    top = 0.98 + 2.17 * 2 + 0.1
    style.add_heading(
        figure, "c   all four trainings, mean and 95 % interval over seeds", top, 0.32
    )
    for column, (score, words) in enumerate(SCORES.items()):
        panel = style.add_panel(figure, 0.5 + 2.36 * column, top, 1.9, 1.4, words)
        _draw_ends(panel, points, score)


def draw_way(axes: Axes, shown: Mapping[str, NDArray[Any]], name: str) -> None:
    """Draw the way of some items, where they begin as rings and where they end as dots.

    Parameters
    ----------
    shown
        Arrays by name: the way, shape (moments, items, 2), and ``labels``, the class of each.
    name
        Which way.
    """
    way, labels = shown[name], shown["labels"]
    for item in range(way.shape[1]):
        axes.plot(*way[:, item].T, color="#b4b4b4", linewidth=0.4, zorder=1)
    for label in np.unique(labels):
        colour, chosen = CLASS_COLOURS[int(label)], labels == label
        axes.plot(
            *way[0, chosen].T, "o", color=colour, markersize=2.4, markerfacecolor="none",
            markeredgewidth=0.5, zorder=2,
        )  # fmt: skip
        axes.plot(*way[-1, chosen].T, "o", color=colour, markersize=2.8, zorder=3)
    if name.endswith("values"):
        axes.set_xlim(-0.05, 1.05)
        axes.set_ylim(-0.05, 1.05)
    axes.set_aspect("equal", adjustable="datalim")


def _draw_ends(axes: Axes, points: Mapping[str, Points], score: str) -> None:
    """Draw a score of each training, at each end of each problem."""
    ends = [(problem, step) for problem in PROBLEMS for step in problem.steps]
    for number, name in enumerate(NAMES):
        across = np.arange(len(ends)) + 0.16 * (number - 1.5)
        found = [
            mean_interval(points[problem.name].scores[name][f"{score} at {step}"])
            for problem, step in ends
        ]
        axes.errorbar(
            across, [mean for mean, _ in found], yerr=np.nan_to_num([half for _, half in found]),
            linestyle="", marker="o", markersize=4, color=TRAINING_COLOURS[name], capsize=1.5,
            elinewidth=0.9,
        )  # fmt: skip
    axes.set_xticks(
        range(len(ends)), [f"{problem.n_classes} cl.\n{step:,}" for problem, step in ends]
    )
    axes.set_xlim(-0.5, len(ends) - 0.5)


def _draw_key(figure: Figure | SubFigure) -> None:
    classes = [
        style.mark(f"class {number}", color=colour, marker="o", markersize=4)
        for number, colour in enumerate(CLASS_COLOURS)
    ]
    begin = style.mark(
        "at the beginning", color="#555555", marker="o", markersize=4, markerfacecolor="none"
    )
    style.add_legend(figure, [*classes, begin], 0.5, 0.1)
    trainings = [
        style.mark(words, color=TRAINING_COLOURS[name], marker="o", markersize=4)
        for name, words in NAMES.items()
    ]
    style.add_legend(figure, trainings, 0.5, 0.3)


FIGURE = PaperFigure(
    name="gershman-2",
    summary="keys and values that are trained for retrieval (Gershman et al. 2025, Fig 2)",
    caption=(
        "Items of two numbers each for key and value; every key is asked for and is to bring back "
        "the features of its class. Detached: a key learns as a query alone. Accumulated: the "
        "gradient is never cleared. The authors' code does both, the paper says neither. c: "
        "decoded is the part of the items for which their own class is the nearest."
    ),
    conditions=conditions,
    height_in=7.35,
    draw=draw,
)
