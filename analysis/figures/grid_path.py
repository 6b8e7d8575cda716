"""The integrated path beside the true one."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from ..grid_cells.path_integration import PathComparison
from . import style

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

CAPTION = (
    "The path that is read from the bump of the module, laid on the path of the animal over the "
    "first second and left to itself from then on: in the box (dotted), along either axis, and the "
    "distance between the two in parts of a period, which is how far the animal moves while the "
    "bump makes a full turn of its sheet."
)


#: How the path of the animal is drawn, and that of the bump.
ANIMAL: dict[str, Any] = {"color": style.PATH, "linewidth": 2.2, "solid_capstyle": "round"}
BUMP: dict[str, Any] = {"color": style.SPIKING, "linewidth": 0.8}


@style.styled
def path_figure(comparison: PathComparison, box_cm: float) -> Figure:
    """Draw the integrated and the true path."""
    top, side, row, gap = 0.62, 2.66, 0.78, 0.16
    figure = style.new_figure(top + 3 * row + 2 * gap + 0.5)
    draw_path(style.add_panel(figure, 0.6, top, side, side), comparison, box_cm)
    left = 0.6 + side + 0.72
    width = style.WIDTH_IN - left - 0.16
    x, y, error = (
        style.add_panel(figure, left, top + number * (row + gap), width, row) for number in range(3)
    )
    for axis, panel in enumerate((x, y)):
        draw_coordinate(panel, comparison, axis)
        panel.tick_params(labelbottom=False)
        panel.set_xlabel("")
    draw_error(error, comparison)
    kind = "given" if comparison.period_given else "fitted to this path"
    words = f"path of the bump, period {comparison.period_cm:.1f} cm ({kind})"
    handles = [
        style.mark("path of the animal", linestyle="-", **ANIMAL),
        style.mark(words, linestyle="-", **BUMP),
    ]
    style.add_legend(figure, handles, 0.6, 0.14)
    return figure


def draw_path(axes: Axes, comparison: PathComparison, box_cm: float) -> None:
    """Draw both paths in the box."""
    from matplotlib.patches import Rectangle

    axes.plot(*comparison.true_cm.T, **ANIMAL)
    axes.plot(*comparison.integrated_cm.T, **BUMP)
    axes.set_aspect("equal", adjustable="datalim")
    axes.set_xlabel("x (cm)")
    axes.set_ylabel("y (cm)")
    box = Rectangle((0, 0), box_cm, box_cm, fill=False, edgecolor="#333333", linestyle=":")
    axes.add_patch(box)


def draw_coordinate(axes: Axes, comparison: PathComparison, axis: int) -> None:
    """Draw both paths along x (axis 0) or y (axis 1) over time."""
    axes.plot(comparison.time_s, comparison.true_cm[:, axis], **ANIMAL)
    axes.plot(comparison.time_s, comparison.integrated_cm[:, axis], **BUMP)
    axes.set_ylabel(f"{'xy'[axis]} (cm)")
    _finish(axes, comparison, f"$R^2$ = {comparison.r2_by_axis[axis]:.3f}")


def draw_error(axes: Axes, comparison: PathComparison) -> None:
    """Draw the distance of the two paths over time, in parts of a period."""
    axes.plot(comparison.time_s, 100 * comparison.error_periods, **BUMP)
    axes.set_ylim(bottom=0)
    axes.set_ylabel("error (% of\na period)")
    _finish(axes, comparison, f"rms {100 * comparison.rms_error_periods:.1f} %")


def _finish(axes: Axes, comparison: PathComparison, words: str) -> None:
    axes.set_xlim(0, comparison.time_s[-1])
    axes.set_xlabel("time (s)")
    axes.text(
        1.0, 1.0, words, transform=axes.transAxes, ha="right", va="bottom", fontsize=8
    )  # fmt: skip
