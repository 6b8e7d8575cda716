"""Errors of location: their distribution, and what it says of accessibility and precision."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from ..recall.mixture_of_errors import MixtureOfErrors, fit_mixture
from .style import RATE, REFERENCE, SPIKING, add_panel, mark, new_figure, styled

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

Errors = Mapping[str, NDArray[np.float64]]
#: Lower and upper ends of the intervals of accessibility and spread, shape (2, 2), by condition.
Intervals = Mapping[str, NDArray[np.float64]]


@styled
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
        mark("circuit", color=SPIKING, marker="o", markersize=5, linestyle="-"),
        mark("rate model", color=RATE, marker="o", markersize=6, fillstyle="none", linestyle="--"),
        mark("uniform", color=REFERENCE, linestyle=":"),
    ]
    left, width = 0.65, 6.4
    figure = new_figure(4.55, handles, left)
    step = width / len(found)
    for column, name in enumerate(found):
        panel = add_panel(figure, left + step * column, 0.65, step - 0.12, 1.15)
        _histogram(panel, found[name], predicted[name])
        panel.set_title(name.replace("_", " "))
        panel.set_yticks([0, 0.5, 1], ["0", "0.5", "1"] if column == 0 else [])
        if column == 0:
            panel.set_ylabel("part of recalls")
        panel.set_xlabel("error (degrees)" if column == len(found) // 2 else "")
    for column, (label, attribute) in enumerate(
        (("accessibility", "accessibility"), ("spread (degrees)", "spread_deg"))
    ):
        panel = add_panel(figure, left + 3.45 * column, 2.5, 2.9, 1.45)
        for errors, intervals, colour, shift in (
            (predicted, predicted_intervals, RATE, 0.08), (found, found_intervals, SPIKING, -0.08),
        ):  # fmt: skip
            fits = [fit_mixture(errors[name]) for name in found]
            ends = [intervals[name][:, column] for name in found] if intervals else None
            _fitted(panel, list(found), fits, attribute, ends, colour, shift)
        panel.set_ylabel(label)
    panel.set_ylim(0, max(12.0, panel.get_ylim()[1]))
    figure.axes[-2].set_ylim(0, 1.05)
    return figure


def _histogram(panel: Axes, found: NDArray[np.float64], predicted: NDArray[np.float64]) -> None:
    for errors, look in (
        (found, {"color": SPIKING, "alpha": 0.75}),
        (predicted, {"color": RATE, "histtype": "step", "linewidth": 1.3}),
    ):
        styles: dict[str, Any] = look
        known = np.degrees(errors[~np.isnan(errors)])
        panel.hist(known, EDGES_DEG, weights=np.full(known.size, 1 / max(errors.size, 1)), **styles)
    panel.axhline(1 / (len(EDGES_DEG) - 1), color=REFERENCE, linestyle=":", linewidth=1)
    panel.set_xticks([-90, 0, 90])
    panel.set_xlim(-184, 184)
    panel.set_ylim(0, 1)


def _fitted(
    panel: Axes,
    names: list[str],
    fits: list[MixtureOfErrors],
    attribute: str,
    ends: list[NDArray[np.float64]] | None,
    colour: str,
    shift: float,
) -> None:
    places = np.arange(len(names)) + shift
    values = np.array([getattr(fit, attribute) for fit in fits])
    bars = np.zeros((2, len(values)))
    if ends is not None:
        low, high = np.array(ends).T
        bars = np.nan_to_num(np.maximum([values - low, high - values], 0.0))
    look: dict[str, Any] = (
        {"fillstyle": "none", "markersize": 6} if colour == RATE else {"markersize": 5}
    )
    # What another context brings back is no later interval: no line leads there.
    for part, line in ((slice(0, -1), "--" if colour == RATE else "-"), (slice(-1, None), "")):
        panel.errorbar(
            places[part], values[part], yerr=bars[:, part], color=colour, marker="o",
            linestyle=line, linewidth=1.2, elinewidth=0.9, capsize=2.5, clip_on=False, **look,
        )  # fmt: skip
    words = [name.replace("_", " ").replace(" ", "\n", 1) for name in names]
    panel.set_xticks(range(len(names)), words)
    panel.set_xlim(-0.4, len(names) - 0.6)
