"""The drawing of a circuit: its populations as boxes, its projections as arrows."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from hippokv.circuits.circuit import Circuit
from hippokv.circuits.population import Population, Projection

from . import style

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

CAPTION = (
    "Populations, with their numbers of cells, and projections between them. Arrows excite, bars "
    "inhibit, dots change how the cells behind work; thick lines learn, by the rule named below "
    "their name. Dashed lines: variables that cells read of others, without synapses. What is "
    "shared by cells and has no spikes has a dashed frame."
)
#: Column and row of each population that has a place of its own; rows count from above.
PLACES: Mapping[str, tuple[float, float]] = {
    "pv": (0.7, 0.0),
    "cholinergic": (1.5, 0.0),
    "sst": (2.3, 0.0),
    "entorhinal": (0.0, 1.0),
    "hippocampal": (1.5, 1.0),
    "cortical": (3.0, 1.0),
    "feedforward": (0.7, 1.9),
    "tonic": (0.0, 2.8),
    "shared_inhibition": (1.5, 2.8),
    "layer_3": (3.0, 2.8),
    "shared_instruction": (2.3, 1.9),
    "onset": (0.0, 2.2),
    "module": (0.94, 2.2),
    "sheet": (2.06, 2.2),
    "path": (3.0, 2.2),
    "grid_interneurons": (0.0, 3.2),
    "grid": (1.5, 3.2),
    "heading": (3.0, 3.2),
    "speed": (0.94, 4.0),
    "assemblies": (0.0, 2.2),
    "deep": (1.3, 2.2),
    "slow_rhythm": (0.0, 3.2),
    "neocortical": (2.45, 3.2),
    "neocortical_state": (1.0, 4.2),
    "groups": (2.0, 4.4),
    "neocortical_pv": (3.0, 4.4),
}
COLUMNS = 4
#: Characters of a name that fit beside one another into a box.
LONGEST_WORD = 13
#: Size of a box, in units of columns and rows.
BOX_WIDTH, BOX_HEIGHT = 0.56, 0.42
ROW_IN = 1.22
#: Distance of two lines side by side, in columns, and what a row is longer than a column.
GAP, ROW_RATIO = 0.14, 1.45
#: A line in a row that is longer goes round what stands between.
FAR = 2.0
COLOURS = {"excitation": "#2f2f2f", "inhibition": "#b4232a", "modulation": "#6f6f14"}
HEADS: Mapping[str, Mapping[str, Any]] = {
    "excitation": {"arrowstyle": "-|>,head_length=0.42,head_width=0.2"},
    "inhibition": {"arrowstyle": "-[,widthB=0.36,lengthB=0"},
    "modulation": {"arrowstyle": "-"},
}
READ = "#757575"


@dataclass(frozen=True)
class _Line:
    """Hold a line from one population to another: its look, and what stands beside it."""

    source: str
    target: str
    effect: str
    words: str = ""
    learns: bool = False


@style.styled
def circuit_figure(circuit: Circuit) -> Figure:
    """Draw a circuit as a figure of its own."""
    places = placed(circuit)
    rows = max(row for _, row in places.values()) - min(row for _, row in places.values()) + 1
    height = rows * ROW_IN + 0.3
    handles = [
        style.mark("excites", color=COLOURS["excitation"], marker=">", markersize=5, linestyle="-"),
        style.mark(
            "inhibits", color=COLOURS["inhibition"], marker="|", markersize=9, linestyle="-"
        ),
        style.mark(
            "modulates", color=COLOURS["modulation"], marker="o", markersize=5, linestyle="-"
        ),
        style.mark("learns", color=COLOURS["excitation"], linestyle="-", linewidth=2.6),
        style.mark("is read", color=READ, linestyle="--", linewidth=0.9),
    ]
    figure = style.new_figure(height, handles, 0.3)
    draw_circuit(style.add_panel(figure, 0.05, 0.3, style.WIDTH_IN - 0.1, height - 0.3), circuit)
    return figure


def draw_circuit(panel: Axes, circuit: Circuit) -> None:
    """Draw the populations and projections of a circuit on a panel, which loses its axes."""
    places = placed(circuit)
    columns = [column for column, _ in places.values()]
    rows = [row for _, row in places.values()]
    panel.set_xlim(min(columns) - 0.5, max(*columns, min(columns) + 3) + 0.5)
    panel.set_ylim(max(rows) + 0.5, min(rows) - 0.5)
    panel.set_axis_off()
    groups = [part for part in circuit.parts if isinstance(part, Population)]
    for group in groups:
        _draw_box(panel, group, places[group.name])
    between: dict[frozenset[str], list[_Line]] = defaultdict(list)
    for line in _lines(circuit):
        between[frozenset((line.source, line.target))].append(line)
    for lines in between.values():
        for number, line in enumerate(lines):
            _draw_line(panel, line, places, number, len(lines))


def placed(circuit: Circuit) -> dict[str, tuple[float, float]]:
    """Return column and row of every population; those without a place of their own stand below."""
    names = [part.name for part in circuit.parts if isinstance(part, Population)]
    found = {name: PLACES[name] for name in names if name in PLACES}
    below = max((row for _, row in found.values()), default=-1.0) + 1
    others = [name for name in names if name not in found]
    for number, name in enumerate(others):
        found[name] = (float(number % COLUMNS), below + number // COLUMNS)
    return found


def _lines(circuit: Circuit) -> Iterator[_Line]:
    for part in circuit.parts:
        if isinstance(part, Projection):
            words = part.name.replace("_", " ")
            if part.rule is not None:
                words += f"\n{type(part.rule).__name__}"
            yield _Line(part.source, part.target, part.effect, words, part.rule is not None)
    seen = set()
    for part in circuit.parts:
        if isinstance(part, Population):
            for link in part.links.values():
                if (link.population, part.name) not in seen:
                    seen.add((link.population, part.name))
                    yield _Line(link.population, part.name, "read")


def _draw_box(panel: Axes, group: Population, place: tuple[float, float]) -> None:
    from matplotlib.patches import FancyBboxPatch

    column, row = place
    colour = style.population_colour(group.name)
    panel.add_patch(FancyBboxPatch(
        (column - BOX_WIDTH / 2, row - BOX_HEIGHT / 2), BOX_WIDTH, BOX_HEIGHT,
        boxstyle="round,pad=0,rounding_size=0.06", facecolor="white", edgecolor=colour,
        linewidth=1.6, linestyle="-" if group.spiking else (0, (3, 2)), zorder=3,
    ))  # fmt: skip
    count = f"{group.cells:,}" + (" cells" if group.spiking else "")
    if group.alike > 1:
        count = f"{group.cells // group.alike} x {group.alike} cells"
    name = style.population_name(group.name)
    if len(name) > LONGEST_WORD:
        name = "\n".join(name.rsplit(" ", 1))
    up = 0.06 if "\n" in name else 0.07
    panel.text(
        column, row - up, name, ha="center", va="center", color=colour, fontsize=9,
        fontweight="bold", zorder=4, linespacing=0.9,
    )  # fmt: skip
    below = 0.15 if "\n" in name else 0.1
    panel.text(column, row + below, count, ha="center", va="center", fontsize=7.8, zorder=4)


def _draw_line(
    panel: Axes, line: _Line, places: Mapping[str, tuple[float, float]], number: int, count: int
) -> None:
    """Draw one of several lines between two populations, side by side."""
    from matplotlib.patches import FancyArrowPatch

    (start_x, start_y), (end_x, end_y) = places[line.source], places[line.target]
    bend = 0.0
    if line.source == line.target:
        # Round a lower corner of the box, one after the other.
        side = 1 if number == 0 else -1
        start_x += side * BOX_WIDTH * 0.2
        start_y += BOX_HEIGHT / 2
        end_x += side * BOX_WIDTH / 2
        end_y += BOX_HEIGHT * 0.25
        bend = side * 1.6
        label = (start_x + side * 0.36, start_y + 0.15)
    else:
        # The line between the same two goes one way or the other: the order must not depend on it.
        beside = (number - (count - 1) / 2) * GAP
        along_x, along_y = abs(end_x - start_x), abs(end_y - start_y)
        if along_x * ROW_RATIO > along_y:
            start_y, end_y = start_y + beside * ROW_RATIO, end_y + beside * ROW_RATIO
        else:
            start_x, end_x = start_x + beside, end_x + beside
        if along_y == 0 and along_x > FAR:
            bend = -0.2 if end_x < start_x else 0.2
        # A long line crosses others in its middle.
        middle = 0.5 if along_y < FAR or not along_x else 0.8
        part = middle + (number - (count - 1) / 2) * (0.3 if along_y else 0.0)
        if count > 1 and (start_x, start_y) > (end_x, end_y):
            part = 1 - part
        source, target = places[line.source], places[line.target]
        first = _border((start_x, start_y), (end_x, end_y), source)
        last = _border((end_x, end_y), (start_x, start_y), target)
        (start_x, start_y), (end_x, end_y) = first, last
        label = (start_x + part * (end_x - start_x), start_y + part * (end_y - start_y))
    is_read = line.effect == "read"
    colour = READ if is_read else COLOURS[line.effect]
    head = {"arrowstyle": "->,head_length=0.3,head_width=0.16"} if is_read else HEADS[line.effect]
    panel.add_patch(FancyArrowPatch(
        (start_x, start_y), (end_x, end_y), connectionstyle=f"arc3,rad={bend}",
        mutation_scale=11, shrinkA=0, shrinkB=4 if line.effect == "inhibition" else 1.5,
        color=colour, fill=not is_read,
        linewidth=0.9 if is_read else 2.4 if line.learns else 1.1,
        linestyle=(0, (3, 2)) if is_read else "-", zorder=1, **head,
    ))  # fmt: skip
    if line.effect == "modulation":
        panel.plot(end_x, end_y, "o", color=colour, markersize=5, zorder=3.5)
    if line.words:
        panel.text(
            *label, line.words, ha="center", va="center", fontsize=7.4, color=colour, zorder=2.5,
            linespacing=1.0,
            bbox={"facecolor": "white", "edgecolor": "none", "pad": 0.6, "alpha": 0.9},
        )  # fmt: skip


def _border(
    inside: tuple[float, float], towards: tuple[float, float], centre: tuple[float, float]
) -> tuple[float, float]:
    """Return where a line leaves a box."""
    (x, y), along_x, along_y = inside, towards[0] - inside[0], towards[1] - inside[1]
    parts = [1.0]
    if along_x:
        edge = centre[0] + (BOX_WIDTH / 2 if along_x > 0 else -BOX_WIDTH / 2)
        parts.append((edge - x) / along_x)
    if along_y:
        edge = centre[1] + (BOX_HEIGHT / 2 if along_y > 0 else -BOX_HEIGHT / 2)
        parts.append((edge - y) / along_y)
    part = min(parts)
    return x + part * along_x, y + part * along_y
