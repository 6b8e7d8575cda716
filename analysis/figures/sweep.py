"""Scores of a sweep against one of its axes: means and intervals over seeds, spiking and rate."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from types import MappingProxyType
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from hippokv.arrays import Array

from . import style

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

CAPTION = (
    "Each score against one axis of the sweep: points are means over seeds, bars their 95 % "
    "intervals (Student's t). Full lines are the circuit, dashed lines the rate model. Where there "
    "are any, dotted lines are the uninformed one, which chooses its slots itself, and lines of "
    "dashes and dots the paper's, at beta 1."
)
#: With more combinations of the other axes than this, their mean is drawn.
MOST_LINES = 6
#: Letters that a panel, and the whole figure, have room for side by side.
PANEL_LETTERS, FIGURE_LETTERS = 36, 84
LEFT_IN, GAP_IN, PANEL_IN, ROW_IN = 0.62, 0.86, 1.55, 2.32


def mean_interval(values: Array, confidence: float = 0.95) -> tuple[float, float]:
    """Return a mean and the half width of its confidence interval by Student's t.

    Values that are NaN are left out. The half width is NaN where there are fewer than two values.
    """
    # All statistics take longer to import than a short run.
    from scipy.special import stdtrit

    known = values[~np.isnan(values)]
    if known.size == 0:
        return float("nan"), float("nan")
    if known.size == 1:
        return float(known[0]), float("nan")
    error = known.std(ddof=1) / np.sqrt(known.size)
    return float(known.mean()), float(error * stdtrit(known.size - 1, (1 + confidence) / 2))


@style.styled
def sweep_figure(
    axis: str,
    positions: Sequence[Any],
    others: Mapping[str, Sequence[Any]],
    metrics: Mapping[str, Sequence[float]],
    prediction: Mapping[str, Sequence[float]],
    uninformed: Mapping[str, Sequence[float]] = MappingProxyType({}),
    paper: Mapping[str, Sequence[float]] = MappingProxyType({}),
) -> Figure:
    """Draw every score of a sweep against one axis.

    Parameters
    ----------
    axis
        Dotted key of the axis.
    positions
        Its value in every run.
    others
        The other axes' values in every run, by dotted key.
    metrics, prediction
        Scores of the circuit and of the rate model in every run, by name; the rate model need not
        predict all.
    uninformed
        Means of the rate model that knows nothing of the circuit, for the scores that it has.
    paper
        Scores of the paper's own model, for those that it has.
    """
    groups = _groups(others, len(positions))
    colours = _colours(len(groups))
    columns = _key_columns(groups)
    top = 0.62 + 0.18 * -(-len(groups) // columns) if len(groups) > 1 else 0.62
    rows = -(-len(metrics) // 2)
    figure = style.new_figure(top + rows * ROW_IN + 0.1)
    width = (style.WIDTH_IN - 2 * LEFT_IN - 0.1 - 0.3) / 2
    for number, name in enumerate(metrics):
        left = LEFT_IN + (number % 2) * (width + GAP_IN - 0.16)
        panel = style.add_panel(figure, left, top + (number // 2) * ROW_IN, width, PANEL_IN)
        for inside, colour in zip(groups.values(), colours, strict=True):
            for scores, line, ink in (
                (paper.get(name), "-.", style.PAPER if len(groups) == 1 else colour),
                (uninformed.get(name), ":", style.UNINFORMED if len(groups) == 1 else colour),
                (prediction.get(name), "--", style.RATE if len(groups) == 1 else colour),
                (metrics[name], "-", colour),
            ):
                if scores is not None:
                    own = np.full(len(positions), np.nan)
                    own[inside] = np.asarray(scores, dtype=float)[inside]
                    draw_score(panel, positions, own, ink, line)
        panel.set_title(name.replace("_", " "))
        panel.set_xlabel(axis)
    _add_key(figure, groups, columns, colours, bool(others), bool(uninformed), bool(paper))
    return figure


def _groups(others: Mapping[str, Sequence[Any]], count: int) -> dict[str, NDArray[np.int64]]:
    """Return the runs of each combination of the other axes, by its words."""
    combined = list(zip(*others.values(), strict=True)) if others else [()] * count
    if len(set(combined)) > MOST_LINES:
        return {"": np.arange(count)}
    found: dict[str, list[int]] = {}
    for run, values in enumerate(combined):
        words = ", ".join(
            f"{key.rpartition('.')[2]} {value}" for key, value in zip(others, values, strict=True)
        )
        found.setdefault(words, []).append(run)
    return {words: np.array(runs) for words, runs in found.items()}


def _key_columns(groups: Mapping[str, Any]) -> int:
    """Return how many of the groups' names have room side by side, at most 3."""
    # A line and the space around it take the room of six letters.
    return max(1, min(3, FIGURE_LETTERS // (max(map(len, groups)) + 6)))


def _shortened(words: str, most: int) -> str:
    """Return words with their beginning, which names of files have in common, left out."""
    most = max(most, 4)
    return words if len(words) <= most else "\N{HORIZONTAL ELLIPSIS}" + words[1 - most :]


def _colours(count: int) -> list[str]:
    if count == 1:
        return [style.SPIKING]
    from matplotlib import colormaps
    from matplotlib.colors import to_hex

    return [to_hex(colormaps["viridis"](0.78 * number / (count - 1))) for number in range(count)]


def draw_score(
    axes: Axes,
    positions: Sequence[Any],
    scores: Array,
    colour: str,
    line: str = "-",
) -> None:
    """Draw the mean of a score at each position, and its interval over the runs there.

    Parameters
    ----------
    positions
        Where each run stands: numbers, or words, which are numbered in the order they come.
    scores
        Score of each run, shape (runs,), not a number where it does not count.
    line
        Line style of matplotlib; markers are filled where it is whole.
    """
    ticks = list(dict.fromkeys(positions))
    numeric = all(type(tick) in (int, float) for tick in ticks)
    across = sorted(ticks) if numeric else ticks
    found = [mean_interval(scores[[other == tick for other in positions]]) for tick in across]
    axes.errorbar(
        across if numeric else list(range(len(ticks))),
        [mean for mean, _ in found],
        yerr=np.nan_to_num([half for _, half in found]),
        color=colour, linestyle=line, linewidth=1.2, marker="o", markersize=3.2,
        markerfacecolor=colour if line == "-" else "white", capsize=2, elinewidth=0.9,
    )  # fmt: skip
    if not numeric:
        most = PANEL_LETTERS // len(ticks)
        axes.set_xticks(range(len(ticks)), [_shortened(str(tick), most) for tick in ticks])
        axes.set_xlim(-0.5, len(ticks) - 0.5)


def _add_key(
    figure: Figure,
    groups: Mapping[str, Any],
    columns: int,
    colours: Sequence[str],
    other_axes: bool,
    uninformed: bool,
    paper: bool,
) -> None:
    one = len(groups) == 1
    handles = [
        style.mark("circuit", color=style.SPIKING, marker="o", linestyle="-", markersize=3.2),
        style.mark(
            "rate model", color=style.RATE if one else style.SPIKING, marker="o", linestyle="--",
            markersize=3.2, markerfacecolor="white",
        ),
        style.mark("95 % interval over seeds", color=style.REFERENCE, marker="|", markersize=9),
    ]  # fmt: skip
    if one and other_axes:
        handles[-1].set_label("95 % interval over seeds and the other axes")
    for there, name, colour, line in (
        (paper, "paper", style.PAPER, "-."),
        (uninformed, "uninformed", style.UNINFORMED, ":"),
    ):
        if there:
            own = style.mark(
                name, color=colour if one else style.SPIKING, marker="o", linestyle=line,
                markersize=3.2, markerfacecolor="white",
            )  # fmt: skip
            handles.insert(2, own)
    style.add_legend(figure, handles, LEFT_IN, 0.1)
    if not one:
        lines = [
            style.mark(_shortened(words, FIGURE_LETTERS), color=colour, linestyle="-", linewidth=2)
            for words, colour in zip(groups, colours, strict=True)
        ]
        style.add_legend(figure, lines, LEFT_IN, 0.3, columns)
