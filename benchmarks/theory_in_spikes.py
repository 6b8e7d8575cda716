"""Figures of the 2025 paper beside the circuit: separability and forgetting in the slot memory.

Separability against robustness at four temperatures that inhibition sets (section 2.1), and two
blocks of items that compete, the keys of the first amplified or its cells lit (Fig 3).
"""

from __future__ import annotations

import tempfile
from collections.abc import Mapping
from pathlib import Path

from hippokv.analysis.figures.report import render
from hippokv.protocols.papers import forgetting_as_retrieval, noisy_cues
from hippokv.protocols.papers.calculation import Calculation, along, gathered
from hippokv.protocols.papers.forgetting_as_retrieval import (
    FACTORS,
    IRRADIANCES,
    KEYS,
    LIGHT,
    TWO_BLOCKS,
)
from hippokv.protocols.papers.noisy_cues import BITS, ERROR, WRONG
from hippokv.protocols.papers.paper_figure import PaperFigure, Points, find_figure
from hippokv.protocols.papers.separability import CIRCUITS
from tables import FIGURES, heading, interval, kept, needed, options, row, sized, small

NOISE = [
    ("circuit", 17), ("flipped", 7), ("model", 10), ("bits right", 14), ("squared error", 14),
]  # fmt: skip
SEPARABILITY = "gershman-separability"
FIGURES_OF_THEORY = (SEPARABILITY, "gershman-3")
BLOCKS = [
    ("changed", 7), ("to", 6), ("model", 10), ("task 1", 14), ("task 2", 14),
]  # fmt: skip


def drawn(
    figure: PaperFigure, seeds: range, fewer: Mapping[str, range], out: Path
) -> dict[str, Points]:
    """Draw a figure, some conditions over fewer seeds, and return its points."""
    points = {}
    for one in figure.conditions():
        assert isinstance(one, Calculation)
        used = fewer.get(one.name, seeds)
        found = one.results(used, out / one.name, None, lambda finished, total: None)
        points[one.name] = Points(gathered(found), found[0].shown)
    image = render(figure.page(points), figure.name, figure.caption).png
    (FIGURES / f"{figure.name}.png").write_bytes(image)
    return points


def separability(points: dict[str, Points]) -> None:
    """Print how the slot memory bears noise at each temperature, by both scores."""
    heading("40 items of 40 entries, 20 asked for by whole cues with flipped entries", NOISE)
    for name in CIRCUITS:
        for flipped in (percent / 100 for percent in WRONG):
            for model, scores in points[name].scores.items():
                found = (along(scores, score)[flipped] for score in (BITS, ERROR))
                row(NOISE, [name, f"{flipped:.0%}", model, *map(interval, found)])


def blocks(points: dict[str, Points]) -> None:
    """Print what comes back of two blocks that compete."""
    heading("two blocks, a tenth of the cue differs, part that comes back as itself", BLOCKS)
    for changed, places in ((KEYS, FACTORS), (LIGHT, IRRADIANCES)):
        for place in places:
            for model, scores in points[TWO_BLOCKS].scores.items():
                tasks = [along(scores, f"task {task}, {changed}")[place] for task in (1, 2)]
                row(BLOCKS, [changed, f"{place:g}", model, *map(interval, tasks)])


if __name__ == "__main__":
    parser = options(__doc__)
    parser.add_argument("--seeds", type=int, default=sized(10, 2), help="number of seeds")
    parser.add_argument("--first", type=int, default=6420, help="the first of them")
    parser.add_argument(
        "--blocks", type=int, default=sized(10, 2), help="number of seeds of the two blocks"
    )
    parser.add_argument(
        "--out", type=Path, help="folder of the figures: what is there is not run again"
    )
    parser.add_argument(
        "--figure", choices=FIGURES_OF_THEORY, action="append", help="of these alone"
    )
    arguments = parser.parse_args()
    chosen = arguments.figure or FIGURES_OF_THEORY
    seeds = range(arguments.first, arguments.first + arguments.seeds)
    needed("sklearn", "digits")
    noisy_cues.WHOLE = small({**noisy_cues.WHOLE, **sized({}, {"protocol.n_items": 5})})
    forgetting_as_retrieval.BLOCKS = small(
        {**forgetting_as_retrieval.BLOCKS, **sized({}, {"protocol.n_items": 1})}
    )
    kept_as = "-".join(("theory_in_spikes", *(arguments.figure or ())))
    with tempfile.TemporaryDirectory() as temporary, kept(kept_as):
        out = arguments.out or Path(temporary)
        print(f"Means and 95 % intervals over seeds from {seeds[0]} on: {len(seeds)}.")
        FIGURES.mkdir(exist_ok=True)
        fewer = {TWO_BLOCKS: seeds[: arguments.blocks]}
        for name in chosen:
            points = drawn(find_figure(name), seeds, fewer, out / name)
            if name == SEPARABILITY:
                separability(points)
            else:
                print(f"\nTwo blocks: {len(fewer[TWO_BLOCKS])} seeds.")
                blocks(points)
