"""The strip: images as they were stored, cued and recalled."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from ..recall.items import Items
from ..recall.readout import Readout
from ..recall.scores import credit
from . import style

if TYPE_CHECKING:
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


@style.styled
def strip_figure(
    readout: Readout,
    prediction: Readout,
    items: Items,
    image_shape: tuple[int, int],
    labels: Sequence[str] = (),
) -> Figure:
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
    shown = np.unique(
        np.linspace(0, n_recalls - 1, min(MOST_RECALLS, n_recalls)).round().astype(int)
    )
    true = items.values[items.query_item[shown]]
    rows = (
        ("stored", _coloured(true), None),
        ("cue", _coloured(items.queries[shown], HIDDEN), None),
        ("circuit", _coloured(readout.decoded[shown], TIE, true), readout),
        ("rate model", _coloured(prediction.decoded[shown], TIE, true), prediction),
    )
    left, right, gap = 0.92, 0.12, 0.08
    width = min((style.WIDTH_IN - left - right + gap) / max(len(shown), 5) - gap, 1.1)
    height = width * image_shape[0] / image_shape[1]
    tops = 0.66 + np.cumsum([0.0, height + gap, height + gap, height + gap + 0.14])
    handles = [
        style.patch(PLUS, "+1"),
        style.patch(MINUS, "-1"),
        style.patch(HIDDEN, "hidden in the cue"),
    ]
    handles += [
        style.patch(WRONG_PLUS, "wrong +1"),
        style.patch(WRONG_MINUS, "wrong -1"),
        style.patch(TIE, "tie"),
    ]
    figure = style.new_figure(tops[-1] + height + 0.24, handles, left)
    # One panel in inches holds all images: a panel for each would take most of the time.
    page = style.add_panel(figure, 0, 0, *figure.get_size_inches())
    lefts = left + np.arange(len(shown)) * (width + gap)
    for (name, images, outcome), top in zip(rows, tops, strict=True):
        colour = style.RATE if outcome is prediction else style.SPIKING
        page.text(
            style.EDGE_IN, top + height / 2, name,
            va="center", fontweight="bold", fontsize=8.5, color=colour,
        )  # fmt: skip
        for image, start in zip(images.reshape(-1, *image_shape, 3), lefts, strict=True):
            page.imshow(
                image, extent=(start, start + width, top + height, top),
                interpolation="nearest", aspect="auto",
            )  # fmt: skip
        if outcome is not None:
            shares = credit(outcome.decoded[shown], true, 0.5).mean(axis=1)
            for share, start in zip(shares, lefts, strict=True):
                page.text(
                    start + width / 2, top + height + 0.04, f"{share:.2f}",
                    ha="center", va="top", fontsize=7.5, color=colour,
                )  # fmt: skip
    for recall, start in zip(shown, lefts, strict=True):
        item = int(items.query_item[recall])
        name = labels[item] if item < len(labels) else f"item {item + 1}"
        page.text(
            start + width / 2, tops[0] - 0.05, _cut(name), ha="center", va="bottom", fontsize=8,
            parse_math=False,
        )  # fmt: skip
    page.set_xlim(0, figure.get_size_inches()[0])
    page.set_ylim(figure.get_size_inches()[1], 0)
    page.set_axis_off()
    return figure


def _cut(name: str) -> str:
    return (
        name
        if len(name) <= MOST_OF_LABEL
        else f"{name[: MOST_OF_LABEL - 1]}\N{HORIZONTAL ELLIPSIS}"
    )


def _coloured(
    patterns: NDArray[np.int8], neither: str = TIE, true: NDArray[np.int8] | None = None
) -> NDArray[np.float64]:
    """Colour patterns of +1, -1 and 0, tinted where they differ from the true ones.

    Shapes (images, pixels) to (images, pixels, 3).
    """
    from matplotlib.colors import to_rgb

    right = np.array([to_rgb(colour) for colour in (MINUS, neither, PLUS)])
    wrong = np.array([to_rgb(colour) for colour in (WRONG_MINUS, neither, WRONG_PLUS)])
    state = patterns.astype(int) + 1
    coloured: NDArray[np.float64] = right[state]
    if true is not None:
        differs = patterns != true
        coloured[differs] = wrong[state[differs]]
    return coloured
