"""Where cells fire: spikes on the path, rate maps and autocorrelograms of a few cells."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np

from hippokv.arrays import Array

from ..grid_cells.firing_outcome import FiringOutcome
from ..grid_cells.trajectory import Trajectory
from . import style

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure
    from matplotlib.image import AxesImage

CAPTION = (
    "Cells of the module, a column each: the two ends and even steps between them in the order of "
    "gridness, highest first. Above, each dot is the place of the animal when the cell fired, "
    "on the path it took (grey). In the middle the firing rate in each part of the box, from none "
    "to the peak that is written above; parts that the path never came near are grey. Below, the "
    "correlation of the map with itself at every shift, with gridness and the distance of "
    "neighbouring fields; rings bound the annulus that the gridness comes from."
)

COLUMNS = 4
LEFT_IN, GAP_IN, RIGHT_IN, TOP_IN = 0.66, 0.14, 0.78, 0.34
#: Room below each row of panels: for the next title, and for the labels of an axis.
BELOW_IN = (0.32, 0.72, 0.5)


@style.styled
def firing_figure(outcome: FiringOutcome, trajectory: Trajectory) -> Figure:
    """Draw the firing of a few cells."""
    side = (style.WIDTH_IN - LEFT_IN - RIGHT_IN - (COLUMNS - 1) * GAP_IN) / COLUMNS
    tops = [TOP_IN + row * side + sum(BELOW_IN[:row]) for row in range(3)]
    figure = style.new_figure(tops[-1] + side + BELOW_IN[-1])
    image = shift_image = None
    for column, number in enumerate(shown_cells(outcome.gridness.score)):
        left = LEFT_IN + column * (side + GAP_IN)
        path, rates, shifts = (style.add_panel(figure, left, top, side, side) for top in tops)
        draw_firing(path, outcome, trajectory, number)
        image = draw_rate_map(rates, outcome.maps[number], trajectory.box_cm)
        shift_image = draw_autocorrelogram(shifts, outcome, number)
        path.tick_params(labelbottom=False)
        path.set_xlabel("")
        if column:
            for panel in (path, rates, shifts):
                panel.tick_params(labelleft=False)
                panel.set_ylabel("")
    if image is not None and shift_image is not None:
        peak = float(image.get_clim()[1])
        _add_scale(figure, image, tops[1], side, "firing rate", {0.0: "0", peak: "peak"})
        marks = {-1.0: "\N{MINUS SIGN}1", 0.0: "0", 1.0: "1"}
        _add_scale(figure, shift_image, tops[2], side, "correlation", marks)
    return figure


def shown_cells(score: Array, count: int = COLUMNS) -> list[int]:
    """Return cells evenly spread over the order of gridness, highest first, without a score last.

    Parameters
    ----------
    score
        Gridness, shape (cells,).
    count
        How many cells, or fewer where there are not so many.
    """
    order = np.argsort(-np.where(np.isfinite(score), score, -np.inf), kind="stable")
    ranks = np.linspace(0, len(order) - 1, min(count, len(order))).round().astype(int)
    return [int(cell) for cell in order[ranks]]


def draw_firing(axes: Axes, outcome: FiringOutcome, trajectory: Trajectory, number: int) -> None:
    """Draw where the animal was when a cell fired, on the path it took.

    Parameters
    ----------
    number
        The cell, counted among those that were mapped.
    """
    axes.plot(*trajectory.position_cm.T, color=style.PATH, linewidth=0.5, zorder=1)
    steps = outcome.spikes.of_cell(int(outcome.cells[number]))
    axes.plot(
        *trajectory.mid_position_cm[steps].T, ".", color=style.population_colour("entorhinal"),
        markersize=2.2, markeredgewidth=0, zorder=2,
    )  # fmt: skip
    axes.set_title(f"cell {outcome.cells[number] + 1}", fontsize=8.5)
    _in_box(axes, trajectory.box_cm)


def draw_rate_map(axes: Axes, rates: Array, box_cm: float) -> AxesImage:
    """Draw the firing rate in each part of the box, NaN where unvisited, and return the image."""
    peak = float(np.nanmax(rates)) if np.isfinite(rates).any() else 0.0
    axes.set_facecolor(style.UNVISITED)
    axes.set_title(f"peak {peak:.1f} Hz", fontsize=8.5)
    image = axes.imshow(
        rates, cmap=style.RATE_MAP_COLOURS, vmin=0, vmax=max(peak, 1e-9), origin="lower",
        extent=(0, box_cm, 0, box_cm),
    )  # fmt: skip
    _in_box(axes, box_cm)
    return image


def draw_autocorrelogram(axes: Axes, outcome: FiringOutcome, number: int) -> AxesImage:
    """Draw the correlation of a cell's map with itself at every shift, and return the image."""
    from matplotlib.patches import Circle

    score, spacing = outcome.gridness.score[number], outcome.lattice.spacing_cm[number]
    words = [f"gridness {score:.2f}" if np.isfinite(score) else "no gridness"]
    words += [f"{spacing:.0f} cm"] if np.isfinite(spacing) else []
    axes.set_title(", ".join(words), fontsize=8.5)
    axes.set_facecolor(style.UNVISITED)
    for radius in (outcome.gridness.inner_cm[number], outcome.gridness.outer_cm[number]):
        if np.isfinite(radius):
            axes.add_patch(Circle((0, 0), radius, fill=False, edgecolor="#333333", linewidth=0.6))
    reach = outcome.bin_cm * outcome.autocorrelograms.shape[-1] / 2
    image = axes.imshow(
        outcome.autocorrelograms[number], cmap=style.colour_map(style.WEIGHT_COLOURS),
        vmin=-1, vmax=1, origin="lower", extent=(-reach, reach, -reach, reach),
    )  # fmt: skip
    end = 10 * (int(reach / 10) - int(reach / 10) % 2)
    _square(axes, (-reach, reach), [-end, 0, end])
    axes.set_xlabel("shift in x (cm)")
    axes.set_ylabel("shift in y (cm)")
    return image


def _in_box(axes: Axes, box_cm: float) -> None:
    _square(axes, (0, box_cm), [0, box_cm / 2, box_cm])
    axes.set_xlabel("x (cm)")
    axes.set_ylabel("y (cm)")
    # The last number of a panel would touch the first of the next.
    first_label, *_, last_label = axes.get_xticklabels()
    first_label.set_horizontalalignment("left")
    last_label.set_horizontalalignment("right")


def _square(axes: Axes, limits: tuple[float, float], ticks: Sequence[float]) -> None:
    axes.set_xlim(limits)
    axes.set_ylim(limits)
    axes.set_aspect("equal")
    axes.set_xticks(ticks)
    axes.set_yticks(ticks)
    axes.tick_params(labelsize=7.5)


def _add_scale(
    figure: Figure, image: AxesImage, top_in: float, height_in: float, label: str,
    marks: dict[float, str],
) -> None:  # fmt: skip
    bar = style.add_scale(
        figure, image, style.WIDTH_IN - RIGHT_IN + 0.12, top_in, height_in, label, 0.1, list(marks)
    )
    bar.ax.set_yticklabels(list(marks.values()))
    bar.set_label(label, labelpad=1)
