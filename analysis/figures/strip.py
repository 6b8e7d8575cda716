"""The strip: images as they were stored, cued and recalled."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from hippokv.arrays import Array

from ..recall.items import Items
from ..recall.readout import Readout
from ..recall.scores import credit
from . import style

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

CAPTION = (
    "Images as they were stored, the cue shown for recall, and what came back: decoded from the "
    "spikes of the circuit's value cells, and by the rate model. Pixels that came back wrong are"
    " tinted, light for a wrong +1 and dark for a wrong -1; below each recall is the fraction of"
    " its pixels that are right, a tie counting one half."
)

#: More recalls than this would be too small to see.
MOST_RECALLS = 10
#: Characters of a label that an image is wide.
MOST_OF_LABEL = 10

PLUS, MINUS, HIDDEN, TIE = "#f7f3e8", "#26303f", "#9aa3ad", "#b8a1d9"
WRONG_PLUS, WRONG_MINUS = "#ffb07c", "#a8400b"
LEGEND = {
    "+1": PLUS, "-1": MINUS, "hidden in the cue": HIDDEN,
    "wrong +1": WRONG_PLUS, "wrong -1": WRONG_MINUS, "tie": TIE,
}  # fmt: skip
LEFT_IN, GAP_IN = 0.92, 0.08


@style.styled
def strip_figure(
    readout: Readout,
    prediction: Readout,
    items: Items,
    image_shape: tuple[int, int],
    labels: Sequence[str] = (),
) -> Figure:
    """Draw images as stored, cued and recalled, with a legend of their colours."""
    handles = [style.patch(colour, name) for name, colour in LEGEND.items()]
    shown = min(MOST_RECALLS, len(items.query_item))
    figure = style.new_figure(_places(shown, image_shape)[-1][-1], handles, LEFT_IN)
    page = style.add_panel(figure, 0, 0, *figure.get_size_inches())
    draw_strip(page, readout, prediction, items, image_shape, labels)
    return figure


def draw_strip(
    axes: Axes,
    readout: Readout,
    prediction: Readout,
    items: Items,
    image_shape: tuple[int, int],
    labels: Sequence[str] = (),
) -> None:
    """Draw images as stored, cued and recalled, a column for each of some recalls.

    Parameters
    ----------
    items
        What was stored and asked for; keys and values are images, with at least one recall.
    image_shape
        Height and width of the images in pixels.
    labels
        A name for each item, in place of its number.
    """
    n_recalls = len(items.query_item)
    spread = np.linspace(0, n_recalls - 1, min(MOST_RECALLS, n_recalls))
    shown = spread.round().astype(int)
    true = items.values[items.query_item[shown]]
    rows = (
        ("stored", _coloured(true), None),
        ("cue", _coloured(items.queries[shown], HIDDEN), None),
        ("circuit", _coloured(readout.decoded[shown], TIE, true), readout),
        ("rate model", _coloured(prediction.decoded[shown], TIE, true), prediction),
    )
    width, height, tops = _places(len(shown), image_shape)
    lefts = LEFT_IN + np.arange(len(shown)) * (width + GAP_IN)
    # One panel holds all images: a panel for each would take most of the time.
    for (name, images, outcome), top in zip(rows, tops, strict=False):
        colour = style.RATE if outcome is prediction else style.SPIKING
        axes.text(
            style.EDGE_IN, top + height / 2, name,
            va="center", fontweight="bold", fontsize=8.5, color=colour,
        )  # fmt: skip
        for image, start in zip(images.reshape(-1, *image_shape, 3), lefts, strict=True):
            axes.imshow(
                image, extent=(start, start + width, top + height, top),
                interpolation="nearest", aspect="auto",
            )  # fmt: skip
        if outcome is not None:
            shares = credit(outcome.decoded[shown], true, 0.5).mean(axis=1)
            for share, start in zip(shares, lefts, strict=True):
                axes.text(
                    start + width / 2, top + height + 0.04, f"{share:.2f}",
                    ha="center", va="top", fontsize=7.5, color=colour,
                )  # fmt: skip
    for recall, start in zip(shown, lefts, strict=True):
        item = int(items.query_item[recall])
        name = labels[item] if item < len(labels) else f"item {item + 1}"
        axes.text(
            start + width / 2, tops[0] - 0.05, _cut(name), ha="center", va="bottom", fontsize=8,
            parse_math=False,
        )  # fmt: skip
    axes.set_xlim(0, style.WIDTH_IN)
    axes.set_ylim(tops[-1], 0)
    axes.set_axis_off()


def _places(shown: int, image_shape: tuple[int, int]) -> tuple[float, float, list[float]]:
    """Return width and height of an image in inches, and where its rows begin and the page ends."""
    room = style.WIDTH_IN - LEFT_IN - 0.12 + GAP_IN
    width = min(room / max(shown, 5) - GAP_IN, 1.1)
    height = width * image_shape[0] / image_shape[1]
    row = height + GAP_IN
    return width, height, list(0.66 + np.cumsum([0.0, row, row, row + 0.14, height + 0.24]))


def _cut(name: str) -> str:
    return (
        name
        if len(name) <= MOST_OF_LABEL
        else f"{name[: MOST_OF_LABEL - 1]}\N{HORIZONTAL ELLIPSIS}"
    )


def _coloured(
    patterns: NDArray[np.int8], neither: str = TIE, true: NDArray[np.int8] | None = None
) -> Array:
    """Colour patterns of +1, -1 and 0, tinted where they differ from the true ones.

    Shapes (images, pixels) to (images, pixels, 3).
    """
    from matplotlib.colors import to_rgb

    right = np.array([to_rgb(colour) for colour in (MINUS, neither, PLUS)])
    wrong = np.array([to_rgb(colour) for colour in (WRONG_MINUS, neither, WRONG_PLUS)])
    state = patterns.astype(int) + 1
    coloured: Array = right[state]
    if true is not None:
        differs = patterns != true
        coloured[differs] = wrong[state[differs]]
    return coloured
