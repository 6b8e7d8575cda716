"""Recall in groups: how much comes back of each kind of recall that a protocol tells apart."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from types import MappingProxyType
from typing import TYPE_CHECKING

import numpy as np

from hippokv.arrays import Array

from ..recall.groups import group_words
from ..recall.items import Items
from ..recall.readout import Readout
from ..recall.scores import agreement
from . import style
from .accuracy import Draws

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

CAPTION = (
    "Fraction of the value bits that came back right in each kind of recall; a tie counts one "
    "half. Large dots are the mean of the circuit and rings that of the rate model, with their "
    "numbers beside them; small dots below are single recalls of the circuit, and the dotted line "
    "is what guessing gives. Upright dashes with bars are the uninformed rate model, which chooses "
    "its slots itself: mean and standard deviation over its draws."
)

#: Parts of the bits right in each recall of other runs, of circuit and rate model, by name.
Controls = Mapping[str, tuple[Array, Array]]
NO_CONTROLS: Controls = MappingProxyType({})
ROW_IN, TOP_IN, RIGHT_IN = 0.46, 0.42, 1.0
#: How far single recalls are below the mean, from the first to the last of a pile, in rows.
PILE = (0.08, 0.42)


@style.styled
def groups_figure(
    readout: Readout,
    prediction: Readout,
    items: Items,
    uninformed: Draws = (),
    controls: Controls = NO_CONTROLS,
) -> Figure:
    """Draw the accuracy of each group of recalls, in a panel with room for their names.

    Parameters
    ----------
    uninformed, controls
        As for :func:`draw_groups`.
    """
    groups = [*controls, *items.groups]
    letters = max((len(group_words(group)) for group in groups), default=0)
    left = style.EDGE_IN + 0.2 + 0.064 * letters
    height = ROW_IN * len(groups)
    marks = style.outcome_marks()
    if len(uninformed):
        look = {"marker": "|", "markersize": 10, "markeredgewidth": 1.4}
        marks.insert(2, style.mark("uninformed", color=style.UNINFORMED, **look))
    figure = style.new_figure(TOP_IN + height + 0.5, marks, left)
    panel = style.add_panel(figure, left, TOP_IN, style.WIDTH_IN - left - RIGHT_IN, height)
    draw_groups(panel, readout, prediction, items, uninformed, controls)
    told = [
        f"{group_words(group)} {found.mean():.2f}, rate model {predicted.mean():.2f}"
        for group, (found, predicted) in {
            **controls, **_by_group(readout, prediction, items)
        }.items()
    ]  # fmt: skip
    figure.set_label(f"Part of the value bits right: {'; '.join(told)}.")
    return figure


def draw_groups(
    axes: Axes,
    readout: Readout,
    prediction: Readout,
    items: Items,
    uninformed: Draws = (),
    controls: Controls = NO_CONTROLS,
) -> None:
    """Draw the accuracy of each group of recalls, of the circuit and of the rate model.

    Parameters
    ----------
    items
        What was stored and asked for, with recalls in groups.
    uninformed
        Values decoded by rate models that choose their slots themselves, shape (draws, Q, m).
    controls
        Parts of the bits right in each recall of other runs, of the circuit and of the rate model,
        by name: rows above those of the groups.
    """
    true = items.values[items.query_item]
    rows = {**controls, **_by_group(readout, prediction, items)}
    draws = [agreement(replace(prediction, evidence=one), true) for one in uninformed]
    for row, (group, (found, predicted)) in enumerate(rows.items()):
        axes.plot(
            found, row + piled(found), "o", color=style.SPIKING, markersize=2.6,
            alpha=0.45, markeredgewidth=0, zorder=2, clip_on=False,
        )  # fmt: skip
        if draws and group not in controls:
            drawn = np.array([one[items.asked(group)].mean() for one in draws])
            axes.errorbar(
                drawn.mean(), row - 0.15, xerr=drawn.std() or None, marker="|", markersize=10,
                markeredgewidth=1.4, elinewidth=1.2, color=style.UNINFORMED, zorder=2.5,
            )  # fmt: skip
        means = found.mean(), predicted.mean()
        style.mark_means(axes, row - 0.15, *means, clip_on=False)
        for value, colour, place_in in zip(
            means, (style.SPIKING, style.RATE), (0.16, 0.56), strict=True
        ):
            axes.annotate(
                f"{value:.2f}", xy=(1, row - 0.15), xycoords=("axes fraction", "data"),
                xytext=(72 * place_in, 0), textcoords="offset points", ha="left", va="center",
                fontsize=8, color=colour, annotation_clip=False,
            )  # fmt: skip
    style.mark_guessing(axes)
    style.name_rows(axes, list(rows))
    axes.set_xlim(0.0, 1.02)
    axes.set_xlabel("fraction of value bits right")


def _by_group(
    readout: Readout, prediction: Readout, items: Items
) -> dict[str, tuple[Array, Array]]:
    """Return the parts of the bits right in each recall, of circuit and rate model, by group."""
    true = items.values[items.query_item]
    found, predicted = agreement(readout, true), agreement(prediction, true)
    masks = {group: items.asked(group) for group in items.groups}
    return {group: (found[asked], predicted[asked]) for group, asked in masks.items()}


def piled(values: Array) -> Array:
    """Return how far down each value is drawn so that equal ones do not hide one another.

    Parameters
    ----------
    values
        The values, shape (n,).

    Returns
    -------
    ndarray
        Depth in rows, within ``PILE``: values nearly the same are spread evenly over it.
    """
    place = np.round(values * 100)
    depth = np.empty(len(values))
    for value in np.unique(place):
        same = np.flatnonzero(place == value)
        # Half a step from each end, but for few that would be far apart.
        step = min((PILE[1] - PILE[0]) / len(same), 0.11)
        depth[same] = PILE[0] + step * (np.arange(len(same)) + 0.5)
    return depth
