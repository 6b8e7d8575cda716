"""Errors of location: their distribution, and what it says of accessibility and precision."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import numpy as np

from hippokv.arrays import Array

from ..recall.mixture_of_errors import fit_mixture
from . import style

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

CAPTION = (
    "Above: angle between the location stored and that recalled, after more and more pairs, of the "
    "circuit (bars) and of the rate model (outline). Below: accessibility (weight of the von Mises "
    "distribution in a mixture with a uniform one, fitted to the errors) and its spread (the "
    "circular standard deviation: large is imprecise), of circuit and rate model; there is none "
    "where hardly anything is recalled. In the context of the first session "
    "('reinstated') what was lost is found again."
)

#: Bins of the errors, 24 degrees wide, one of them about 0.
EDGES_DEG = list(range(-180, 181, 24))
#: What is fitted to them, and what it is called.
FITTED = {"accessibility": "accessibility", "spread_deg": "spread (degrees)"}

Errors = Mapping[str, Array]
#: Lower and upper ends of the intervals of accessibility and spread, shape (2, 2), by condition.
Intervals = Mapping[str, Array]


@style.styled
def location_errors_figure(
    found: Errors,
    predicted: Errors,
    found_intervals: Intervals | None = None,
    predicted_intervals: Intervals | None = None,
) -> Figure:
    """Draw the errors of each condition, and accessibility and precision fitted to them.

    Parameters
    ----------
    found, predicted
        Errors of the circuit and of the rate model in rad, by condition, in order.
    found_intervals, predicted_intervals
        Intervals, if known: a row of lower and one of upper ends, of accessibility and of spread.
    """
    handles = [
        style.mark("circuit", color=style.SPIKING, marker="o", markersize=5, linestyle="-"),
        style.mark(
            "rate model", color=style.RATE, marker="o", markersize=6, fillstyle="none",
            linestyle="--",
        ),
        style.mark("uniform", color=style.REFERENCE, linestyle=":"),
    ]  # fmt: skip
    left, width = 0.65, 6.4
    figure = style.new_figure(4.55, handles, left)
    step = width / len(found)
    for column, name in enumerate(found):
        panel = style.add_panel(figure, left + step * column, 0.65, step - 0.12, 1.15)
        draw_errors(panel, found[name], predicted[name])
        panel.set_title(name.replace("_", " "))
        panel.set_xlabel("error (degrees)" if column == len(found) // 2 else "")
        if column:
            panel.tick_params(labelleft=False)
            panel.set_ylabel("")
    for column, attribute in enumerate(FITTED):
        panel = style.add_panel(figure, left + 3.45 * column, 2.5, 2.9, 1.45)
        draw_fitted(panel, attribute, found, predicted, found_intervals, predicted_intervals)
    return figure


def draw_errors(axes: Axes, found: Array, predicted: Array) -> None:
    """Draw the distribution of errors in rad, of the circuit and of the rate model."""
    looks: tuple[dict[str, Any], ...] = (
        {"color": style.SPIKING, "alpha": 0.75},
        {"color": style.RATE, "histtype": "step", "linewidth": 1.3},
    )
    for errors, look in zip((found, predicted), looks, strict=True):
        known = np.degrees(errors[~np.isnan(errors)])
        axes.hist(known, EDGES_DEG, weights=np.full(known.size, 1 / max(errors.size, 1)), **look)
    axes.axhline(1 / (len(EDGES_DEG) - 1), color=style.REFERENCE, linestyle=":", linewidth=1)
    axes.set_xticks([-90, 0, 90])
    axes.set_xlim(-184, 184)
    axes.set_ylim(0, 1)
    axes.set_yticks([0, 0.5, 1], ["0", "0.5", "1"])
    axes.set_xlabel("error (degrees)")
    axes.set_ylabel("part of recalls")


def draw_fitted(
    axes: Axes,
    attribute: str,
    found: Errors,
    predicted: Errors,
    found_intervals: Intervals | None = None,
    predicted_intervals: Intervals | None = None,
) -> None:
    """Draw what a mixture fitted to the errors of each condition says of them.

    Parameters
    ----------
    attribute
        Which of ``FITTED``.
    found, predicted, found_intervals, predicted_intervals
        As of :func:`location_errors_figure`.
    """
    dot: dict[str, Any] = {"color": style.SPIKING, "markersize": 5}
    ring: dict[str, Any] = {"color": style.RATE, "markersize": 6, "fillstyle": "none"}
    for errors, intervals, shift, line, look in (
        (predicted, predicted_intervals, 0.08, "--", ring),
        (found, found_intervals, -0.08, "-", dot),
    ):
        places = np.arange(len(found)) + shift
        values = np.array([getattr(fit_mixture(errors[name]), attribute) for name in found])
        bars = np.zeros((2, len(values)))
        if intervals:
            column = list(FITTED).index(attribute)
            low, high = np.array([intervals[name][:, column] for name in found]).T
            bars = np.nan_to_num(np.maximum([values - low, high - values], 0.0))
        # What another context brings back is no later interval: no line leads there.
        for part, joined in ((slice(0, -1), line), (slice(-1, None), "")):
            axes.errorbar(
                places[part], values[part], yerr=bars[:, part], marker="o", linestyle=joined,
                linewidth=1.2, elinewidth=0.9, capsize=2.5, clip_on=False, **look,
            )  # fmt: skip
    words = [name.replace("_", " ").replace(" ", "\n", 1) for name in found]
    axes.set_xticks(range(len(words)), words)
    axes.set_xlim(-0.4, len(words) - 0.6)
    axes.set_ylim(0, 1.05 if attribute == "accessibility" else max(12.0, axes.get_ylim()[1]))
    axes.set_ylabel(FITTED[attribute])
