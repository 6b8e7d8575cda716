"""List length: recall of short and long lists after what came between."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import numpy as np

from hippokv.arrays import Estimate

from . import style

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

CAPTION = (
    "Fraction of value bits right in lists asked for at once, after one list (short or long), and "
    "after several, by the circuit (left) and the rate model (right). Filled dots are short "
    "lists, open ones long lists; dotted is guessing. Items of the same list compete, so long "
    "lists are recalled worse; what comes between takes nothing away. After a short list and after "
    "a long one other lists are asked for, so that single runs scatter there."
)

#: What came between, as the groups of recalls have it in their names, and words for it.
BETWEEN = {
    "at_once": "nothing",
    "after_short": "short\nlist",
    "after_long": "long\nlist",
    "after_several": "several\nlists",
}
#: Length of the list asked for -> how it is drawn.
LOOKS: Mapping[str, Mapping[str, Any]] = {
    "short": {"fillstyle": "full", "linestyle": "-"},
    "long": {"fillstyle": "none", "linestyle": "--"},
}


@style.styled
def list_length_figure(found: Mapping[str, Estimate], predicted: Mapping[str, Estimate]) -> Figure:
    """Draw the accuracy of each condition, of the circuit beside the rate model.

    Parameters
    ----------
    found, predicted
        Accuracy of the circuit and of the rate model in each group, such as ``short_after_long``,
        and the half width of its interval, not a number where there is none.
    """
    handles = [
        style.mark(
            f"{own} list asked for", color=style.REFERENCE, marker="o", markersize=5.5, **look
        )
        for own, look in LOOKS.items()
    ]
    handles.append(style.mark("guessing", color=style.REFERENCE, linestyle=":"))
    figure = style.new_figure(3.1, handles, 0.65)
    for column, (name, scores, colour) in enumerate(
        (("circuit", found, style.SPIKING), ("rate model", predicted, style.RATE))
    ):
        panel = style.add_panel(figure, 0.65 + 3.4 * column, 0.55, 2.95, 1.9)
        draw_list_length(panel, scores, colour)
        panel.set_title(name, color=colour, fontweight="bold")
    panel.set_ylabel("")
    return figure


def draw_list_length(axes: Axes, scores: Mapping[str, Estimate], colour: str) -> None:
    """Draw the accuracy of short and long lists after what came between."""
    for own, look in LOOKS.items():
        means, halves = np.array([scores[f"{own}_{when}"] for when in BETWEEN]).T
        axes.errorbar(
            range(len(BETWEEN)), means, yerr=np.nan_to_num(halves), color=colour, marker="o",
            markersize=5.5, linewidth=1.2, elinewidth=0.9, capsize=2.5, clip_on=False, **look,
        )  # fmt: skip
    axes.axhline(0.5, color=style.REFERENCE, linestyle=":", linewidth=1)
    axes.set_ylim(0.45, 1.0)
    axes.set_xlim(-0.3, len(BETWEEN) - 0.7)
    axes.set_xticks(range(len(BETWEEN)), list(BETWEEN.values()))
    axes.set_xlabel("stored between study and recall")
    axes.set_ylabel("fraction of value bits right")
