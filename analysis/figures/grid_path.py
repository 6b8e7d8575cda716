"""The integrated path beside the true one."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from ..grid_cells.path_integration import PathComparison
from .style import PATH, SPIKING, WIDTH_IN, add_legend, add_panel, mark, new_figure, styled

if TYPE_CHECKING:
    from matplotlib.figure import Figure

CAPTION = (
    "The path that is read from the bump of the module, laid on the path of the animal over the "
    "first second and left to itself from then on: in the box (dotted), along either axis, and the "
    "distance between the two in parts of a period, which is how far the animal moves while the "
    "bump makes a full turn of its sheet."
)


@styled
def path_figure(comparison: PathComparison, box_cm: float) -> Figure:
    """Draw the integrated and the true path."""
    from matplotlib.patches import Rectangle

    top, side, row, gap = 0.62, 2.66, 0.78, 0.16
    figure = new_figure(top + 3 * row + 2 * gap + 0.5)
    box = add_panel(figure, 0.6, top, side, side)
    true_style: dict[str, Any] = {"color": PATH, "linewidth": 2.2, "solid_capstyle": "round"}
    own_style: dict[str, Any] = {"color": SPIKING, "linewidth": 0.8}
    box.plot(*comparison.true_cm.T, **true_style)
    box.plot(*comparison.integrated_cm.T, **own_style)
    box.set_aspect("equal", adjustable="datalim")
    box.set_xlabel("x (cm)")
    box.set_ylabel("y (cm)")
    box.add_patch(Rectangle((0, 0), box_cm, box_cm, fill=False, edgecolor="#333333", linestyle=":"))
    left = 0.6 + side + 0.72
    width = WIDTH_IN - left - 0.16
    r2 = comparison.r2_by_axis
    for axis, name in enumerate("xy"):
        panel = add_panel(figure, left, top + axis * (row + gap), width, row)
        panel.plot(comparison.time_s, comparison.true_cm[:, axis], **true_style)
        panel.plot(comparison.time_s, comparison.integrated_cm[:, axis], **own_style)
        panel.set_ylabel(f"{name} (cm)")
        panel.set_xlim(0, comparison.time_s[-1])
        panel.tick_params(labelbottom=False)
        panel.text(
            1.0, 1.0, f"$R^2$ = {r2[axis]:.3f}", transform=panel.transAxes, ha="right", va="bottom",
            fontsize=8,
        )  # fmt: skip
    error = add_panel(figure, left, top + 2 * (row + gap), width, row)
    error.plot(comparison.time_s, 100 * comparison.error_periods, **own_style)
    error.set_xlim(0, comparison.time_s[-1])
    error.set_ylim(bottom=0)
    error.set_xlabel("time (s)")
    error.set_ylabel("error (% of\na period)")
    error.text(
        1.0, 1.0, f"rms {100 * comparison.rms_error_periods:.1f} %", transform=error.transAxes,
        ha="right", va="bottom", fontsize=8,
    )  # fmt: skip
    kind = "given" if comparison.period_given else "fitted to this path"
    handles = [
        mark("path of the animal", linestyle="-", **true_style),
        mark(
            f"path of the bump, period {comparison.period_cm:.1f} cm ({kind})", linestyle="-",
            **own_style,
        ),
    ]  # fmt: skip
    add_legend(figure, handles, 0.6, 0.14)
    return figure
