"""The look of every figure: one colour for one thing, fonts, and panels placed in inches.

Nothing here imports matplotlib before a figure is made, so that a module which only names a figure
stays quick to import. Figures are made with matplotlib's objects, never with ``pyplot``: they keep
no global state and need no display. Panels are placed by hand because automatic layout draws a
figure twice.

Hues after Okabe and Ito (2008) and Tol (2021), to be told apart by colour-blind readers; what
colours words has a contrast of 4.5 to white (WCAG AA).
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from functools import wraps
from typing import TYPE_CHECKING, Any, ParamSpec

from hippokv.plain_matplotlib import alone_with_matplotlib

from ..recall.groups import group_words

if TYPE_CHECKING:
    from matplotlib.artist import Artist
    from matplotlib.axes import Axes
    from matplotlib.colorbar import Colorbar
    from matplotlib.colors import Colormap
    from matplotlib.figure import Figure, SubFigure
    from matplotlib.image import AxesImage

    from hippokv.arrays import Array

P = ParamSpec("P")

#: Width of every figure in inches: text stays readable when a phone shows the full width.
WIDTH_IN = 7.2
#: Distance of names and headings from the left edge.
EDGE_IN = 0.08
#: Resolution of every figure in dots per inch, and pixels of a page for each of its dots: a screen
#: of twice the usual density shows every dot.
DPI, PAGE_PX_PER_DOT = 240, 0.5

#: The circuit's result, and the rate model's prediction of it.
SPIKING = "#1a1a1a"
RATE = "#b05a00"
#: That of a rate model that knows nothing of what the circuit did.
UNINFORMED = "#6a51a3"
#: The paper's own model.
PAPER = "#2166ac"
#: What is known of animals and people, from the literature.
LITERATURE = "#202020"
#: What would come out by guessing, frames and other things to look past.
REFERENCE = "#757575"
#: Plateaus, wherever they are drawn.
PLATEAU = "#000000"
#: Spikes of cells that are not asked for, and the line between ON and OFF cells.
OTHER_SPIKES = "#6e6e6e"
HALVES = "#333333"
#: What is done to the circuit.
LIGHT = "#1478d4"
OPSIN = "#0b3d91"
TAGGING = "#00863c"
SILENCED = "#606060"
BLOCKED = "#b03060"
SCALED = "#8b4513"

POPULATION_COLOURS: Mapping[str, str] = {
    "entorhinal": "#0072b2",
    "hippocampal": "#c8321e",
    "pv": "#aa4499",
    "feedforward": "#882255",
    "tonic": "#b5485c",
    "sst": "#117733",
    "layer_3": "#46667a",
    "cortical": "#332288",
    "cholinergic": "#6f6f14",
    "grid": "#00695c",
    "grid_interneurons": "#5d4037",
    "speed": "#9a4510",
    "path": "#d81b60",
    "onset": "#4a6fa5",
    "deep": "#2c6a8c",
    "neocortical": "#6b4a9a",
    "neocortical_pv": "#93307f",
}
POPULATION_NAMES: Mapping[str, str] = {
    "pv": "PV interneurons",
    "feedforward": "feed-forward interneurons",
    "tonic": "tonic interneurons",
    "sst": "SST interneurons",
    "layer_3": "layer III cells",
    "grid": "grid cells",
    "speed": "speed cells",
    "path": "path cells",
    "onset": "onset cells",
    "deep": "deep entorhinal",
    "neocortical_pv": "neocortical PV",
}
PHASE_COLOURS: Mapping[str, str] = {
    "store": "#d6e6f5",
    "recall": "#fff0b8",
    "rest": "#f6f6f6",
    "landmark": "#f9d9df",
    "reset": "#ddcdf0",
    "set": "#ffdfc4",
    "hold": "#d9f0d3",
    "visit": "#bfe8e2",
    "replay": "#f6dcef",
    "advance": "#e6e9c8",
    "move": "#d3d3d0",
    "correct": "#cfe3a8",
    "settle": "#e8efe0",
    "recruit": "#c9e0d0",
    "erase": "#d9cfc4",
    "idle": "#ebe4da",
    "night": "#c9c9de",
    "search": "#ffe3a0",
    "attend": "#e4ecf2",
}
#: Slots that hold the item asked for (they are hippocampal), and all others.
ASKED_SLOT = POPULATION_COLOURS["hippocampal"]
OTHER_SLOT = "#7fb0d3"
#: How a slot is chosen; where figures compare several, points are circuits, lines rate models.
SELECTION_COLOURS: Mapping[str, str] = {
    "sequential": "#1b5e9e",
    "random": "#b4541a",
    "learned rule": "#2a8f4a",
}
#: Other memories, which meet the same items.
MEMORY_COLOURS: Mapping[str, str] = {
    "Hopfield network": "#007a87",
    "bidirectional memory": "#007a87",
    "TVT": "#c2185b",
}
#: Weights from -1 (OFF) by 0 to +1 (ON); shares from 0 to 1.
WEIGHT_COLOURS = ("#1d5fa6", "#f4f4f2", "#c8452f")
SHARE_COLOURS = "viridis"
#: Firing rates in a box, from none to the peak, and what was not visited.
RATE_MAP_COLOURS = "viridis"
#: Firing on a sheet, and the codes of places, from none to the peak.
SHEET_COLOURS = "magma_r"
UNVISITED = "#e4e4e4"
#: The way an animal took.
PATH = "#b4b4b4"

_SETTINGS: Mapping[str, Any] = {
    "font.family": ["DejaVu Sans"],
    "font.size": 9.0,
    "axes.titlesize": 9.5,
    "axes.titleweight": "normal",
    "axes.titlelocation": "left",
    "axes.titlepad": 6.0,
    "axes.labelsize": 9.0,
    "axes.labelpad": 3.0,
    "axes.linewidth": 0.7,
    "axes.spines.top": False,
    "axes.spines.right": False,
    "axes.edgecolor": "#333333",
    "axes.facecolor": "white",
    "axes.grid": False,
    "xtick.labelsize": 8.0,
    "ytick.labelsize": 8.0,
    "xtick.major.size": 3.0,
    "ytick.major.size": 3.0,
    "xtick.direction": "out",
    "ytick.direction": "out",
    "legend.fontsize": 8.0,
    "legend.frameon": False,
    "legend.borderaxespad": 0.0,
    "legend.handlelength": 1.3,
    "legend.handletextpad": 0.5,
    "legend.columnspacing": 1.4,
    "figure.facecolor": "white",
    "text.usetex": False,
    # Equal figures are equal files.
    "svg.hashsalt": "hippokv",
}


def population_colour(name: str) -> str:
    """Return the colour of a population, grey for one that has none of its own."""
    return POPULATION_COLOURS.get(name, "#555555")


def population_name(name: str) -> str:
    """Return the words for a population in a figure."""
    return POPULATION_NAMES.get(name, name.replace("_", " "))


def phase_colour(phase: str) -> str:
    """Return the shading of a phase, light green for one that has none of its own."""
    return PHASE_COLOURS.get(phase, "#dcefd9")


@contextmanager
def look() -> Iterator[None]:
    """Draw with this look inside the block, whatever the user's own settings of matplotlib are."""
    with alone_with_matplotlib() as matplotlib:
        defaults: Iterable[tuple[str, Any]] = matplotlib.rcParamsDefault.items()
        settings: Any = {key: value for key, value in defaults if not key.startswith("backend")}
        settings |= _SETTINGS
        with matplotlib.rc_context(settings):
            yield


def styled(draw: Callable[P, Figure]) -> Callable[P, Figure]:
    """Let a function that makes a figure use this look."""

    @wraps(draw)
    def draw_styled(*args: P.args, **kwargs: P.kwargs) -> Figure:
        with look():
            return draw(*args, **kwargs)

    return draw_styled


def new_figure(
    height_in: float, legend: Sequence[Artist] = (), legend_left_in: float = 0.0
) -> Figure:
    """Return an empty figure of the common width, with a legend in one row along its top if any."""
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.figure import Figure

    figure = Figure(figsize=(WIDTH_IN, height_in), dpi=DPI)
    FigureCanvasAgg(figure)
    if legend:
        add_legend(figure, legend, legend_left_in, 0.1)
    return figure


def size_in(figure: Figure | SubFigure) -> tuple[float, float]:
    """Return width and height of a figure, or of a part of one, in inches."""
    return figure.bbox.width / figure.dpi, figure.bbox.height / figure.dpi


def add_panel(
    figure: Figure | SubFigure,
    left_in: float,
    top_in: float,
    width_in: float,
    height_in: float,
    title: str = "",
) -> Axes:
    """Add a panel to a figure.

    Parameters
    ----------
    left_in, top_in
        Distance of the panel's top left corner from that of the figure, in inches.
    width_in, height_in
        Size of the panel in inches, without its labels.
    """
    width, height = size_in(figure)
    bottom = 1 - (top_in + height_in) / height
    place = (left_in / width, bottom, width_in / width, height_in / height)
    return figure.add_axes(place, title=title)


def draw_table(axes: Axes, table: Array, most_ticks: int = 6, **look: Any) -> AxesImage:
    """Draw a table as an image, its rows from below and columns numbered from 1.

    Parameters
    ----------
    table
        The table, shape (rows, columns).
    most_ticks
        About how many ticks there is room for along each side.
    look
        Colours and limits, as of matplotlib's ``imshow``.
    """
    rows, columns = table.shape
    extent = (0.5, columns + 0.5, 0.5, rows + 0.5)
    image = axes.imshow(table, aspect="auto", origin="lower", extent=extent, **look)
    axes.set_xticks(counting_ticks(columns, most_ticks))
    axes.set_yticks(counting_ticks(rows, most_ticks))
    return image


def add_scale(
    figure: Figure | SubFigure, image: AxesImage, left_in: float, top_in: float, height_in: float,
    label: str, width_in: float = 0.12, ticks: Sequence[float] | None = None,
) -> Colorbar:  # fmt: skip
    """Add the scale of an image's colours, so far from the top left corner of the figure."""
    bar = figure.colorbar(
        image, cax=add_panel(figure, left_in, top_in, width_in, height_in), ticks=ticks
    )
    bar.set_label(label)
    bar.outline.set_linewidth(0.5)
    return bar


def number_items(panel: Axes, n_items: int, across: str = "item, in order of storage") -> None:
    """Number items from 1 across a panel."""
    panel.set_xlim(0.4, n_items + 0.6)
    panel.set_xticks(counting_ticks(n_items, 9))
    panel.set_xlabel(across)


def name_rows(panel: Axes, groups: Sequence[str]) -> None:
    """Give each group of recalls a row of a panel with its name, the first on top."""
    names = [group_words(group) for group in groups]
    panel.set_yticks(range(len(groups)), names)
    panel.set_ylim(len(groups) - 0.5, -0.5)


def mark_guessing(panel: Axes) -> None:
    """Mark, across a panel, the half of all bits that guessing gives."""
    panel.axvline(0.5, color=REFERENCE, linestyle=":", linewidth=1)


def mark_means(panel: Axes, row: float, found: float, predicted: float, **look: Any) -> None:
    """Mark the means of circuit and rate model in a row, as :func:`outcome_marks` has them."""
    panel.plot(
        predicted, row, "o", color=RATE, markersize=8, markerfacecolor="none",
        markeredgewidth=1.4, zorder=4, **look,
    )  # fmt: skip
    panel.plot(found, row, "o", color=SPIKING, markersize=4.5, zorder=3, **look)


def add_heading(
    figure: Figure | SubFigure, text: str, panel_top_in: float, lift_in: float = 0.26
) -> None:
    """Write what a row of panels shows above it, at the left edge of the figure."""
    width, height = size_in(figure)
    figure.text(
        EDGE_IN / width, 1 - (panel_top_in - lift_in) / height, text,
        fontsize=9.5, fontweight="bold", va="baseline",
    )  # fmt: skip


def add_legend(
    figure: Figure | SubFigure,
    handles: Sequence[Artist],
    left_in: float,
    top_in: float,
    columns: int = 0,
) -> None:
    """Add a legend with its top left corner so far from that of the figure, in one row or wrapped.

    Parameters
    ----------
    columns
        How many stand side by side, by default all.
    """
    width, height = size_in(figure)
    figure.legend(
        handles=handles,
        loc="upper left",
        bbox_to_anchor=(left_in / width, 1 - top_in / height),
        ncols=columns or len(handles),
    )


def colour_map(colours: Sequence[str]) -> Colormap:
    """Return a colour map that blends a few colours evenly."""
    from matplotlib.colors import LinearSegmentedColormap

    return LinearSegmentedColormap.from_list("blend", list(colours))


def patch(colour: str, label: str) -> Artist:
    """Return a coloured box for a legend."""
    from matplotlib.patches import Patch

    return Patch(facecolor=colour, edgecolor="#777777", linewidth=0.5, label=label)


def mark(label: str, **style: Any) -> Artist:
    """Return a marker or a line for a legend, without a line unless ``linestyle`` asks for it."""
    from matplotlib.lines import Line2D

    return Line2D([], [], label=label, **{"linestyle": "", **style})


def outcome_marks() -> list[Artist]:
    """Return the marks of circuit, rate model and guessing for a legend."""
    return [
        mark("circuit", color=SPIKING, marker="o", markersize=4.5),
        mark("rate model", color=RATE, marker="o", markersize=8, markerfacecolor="none",
             markeredgewidth=1.4),
        mark("guessing", color=REFERENCE, linestyle=":"),
    ]  # fmt: skip


def counting_ticks(count: int, most: int = 6) -> list[int]:
    """Return ticks for things numbered from 1: the first, round numbers, and the last.

    Parameters
    ----------
    count
        How many things there are.
    most
        About how many ticks there is room for.
    """
    if count <= 2 or most <= 2:
        return sorted({1, max(count, 1)})
    sizes = sorted(size * 10**power for power in range(7) for size in (1, 2, 2.5, 4, 5))
    steps = [int(size) for size in sizes if size == int(size) and count / size <= most - 1]
    # A step that ends on the last number reads best, unless it leaves much too few.
    even = [step for step in steps if count % step == 0 and 2 * step <= count]
    step = (even or [step for step in steps if str(step)[0] in "125"])[0]
    between = [tick for tick in range(step, count, step) if tick > 1 and count - tick >= 0.6 * step]
    # The last round number would touch the last number of all.
    return [1, *(tick for tick in between if tick - 1 >= 0.6 * step), count]
