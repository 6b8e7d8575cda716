"""The figures of grid cells: everything that they claim is in them, and nothing is cut off."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest
from matplotlib.figure import Figure

from hippokv.analysis.figures import grid_drift as drift_figure
from hippokv.analysis.figures import grid_firing as firing_figure
from hippokv.analysis.figures import grid_gridness as gridness_figure
from hippokv.analysis.figures import grid_path as path_figure
from hippokv.analysis.figures.grid_firing import shown_cells
from hippokv.analysis.figures.report import METRIC_MEANINGS, render
from hippokv.analysis.grid_cells.firing_outcome import (
    FiringOutcome,
    FiringParameters,
    firing_outcome,
    firing_scores,
)
from hippokv.analysis.grid_cells.path_integration import PathComparison
from hippokv.analysis.grid_cells.path_outcome import path_outcome
from hippokv.analysis.grid_cells.sheet import Sheet
from hippokv.circuits.recording import SpikeTrain
from made_up import fired, grid_cell, module_spikes, train, walk

LONG, SHORT = walk(400.0, 1, 0.5), walk(40.0, 1, 0.5)


def firing(silent: bool = False, mapped_cells: int = 6) -> FiringOutcome:
    """Return the outcome of eight cells of which half fire like a grid, or of silent ones."""
    stream = np.random.default_rng(0)
    grids = [grid_cell(40.0, 12.0, stream.uniform(0, 100, 2)) for _ in range(4)]
    spikes = train(fired(LONG, [*grids, *[lambda place: np.full(len(place), 3.0)] * 4], stream),
                   LONG, stream)  # fmt: skip
    if silent:
        spikes = SpikeTrain.at(np.zeros(0), np.zeros(0, dtype=np.int32), 8)
    return firing_outcome(spikes, LONG, stream, FiringParameters(mapped_cells, 20))


def comparison(seed: int = 0) -> PathComparison:
    """Return the comparison of a short path that drifts."""
    sheet, stream = Sheet(8), np.random.default_rng(seed)
    off = np.cumsum(stream.normal(size=(SHORT.steps, 2)), axis=0) * 0.1
    spikes = module_spikes(SHORT, sheet, SHORT.mid_position_cm + off, 40.0, seed)
    return path_outcome(train(spikes, SHORT, stream), sheet, SHORT, 40.0).strictest


DRAW: dict[str, Callable[[], Figure]] = {
    "firing": lambda: firing_figure.firing_figure(firing(), LONG),
    "firing_silent": lambda: firing_figure.firing_figure(firing(silent=True), LONG),
    "firing_one": lambda: firing_figure.firing_figure(firing(mapped_cells=1), LONG),
    "gridness": lambda: gridness_figure.gridness_figure(firing()),
    "gridness_silent": lambda: gridness_figure.gridness_figure(firing(silent=True)),
    "path": lambda: path_figure.path_figure(comparison(), 100.0),
    "drift": lambda: drift_figure.drift_figure([comparison(seed) for seed in range(3)]),
    "drift_one": lambda: drift_figure.drift_figure([comparison()]),
}


@pytest.mark.parametrize("name", DRAW)
def test_every_figure_is_drawn_with_nothing_cut_off(name: str) -> None:
    figure = DRAW[name]()
    render(figure, name, "A figure.")
    whole = figure.bbox
    for panel in figure.axes:
        box = panel.get_tightbbox()
        assert box is not None
        assert box.x0 >= whole.x0 and box.y0 >= whole.y0, name
        assert box.x1 <= whole.x1 and box.y1 <= whole.y1, name


def test_cells_shown_go_from_the_best_to_the_worst() -> None:
    score = np.array([0.1, np.nan, 1.2, 0.5, 0.9, -0.3, 0.7])
    assert shown_cells(score, 3) == [2, 3, 1]
    assert shown_cells(score[:1]) == [0]


def test_each_column_is_one_cell_and_its_numbers() -> None:
    outcome = firing()
    figure = firing_figure.firing_figure(outcome, LONG)
    titles = [panel.get_title("left") for panel in figure.axes if panel.get_title("left")]
    for place, number in enumerate(shown_cells(outcome.gridness.score)):
        path, rates, shifts = titles[3 * place : 3 * place + 3]
        assert path == f"cell {outcome.cells[number] + 1}"
        assert rates == f"peak {np.nanmax(outcome.maps[number]):.1f} Hz"
        assert shifts.startswith(f"gridness {outcome.gridness.score[number]:.2f}")
    dots = figure.axes[0].lines[1]
    best = shown_cells(outcome.gridness.score)[0]
    assert len(np.asarray(dots.get_xdata())) == len(outcome.spikes.of_cell(outcome.cells[best]))


def test_scores_tell_grid_cells_from_others() -> None:
    outcome = firing(mapped_cells=8)
    assert outcome.grid_cells[:4].all() and outcome.grid_cells.sum() <= 5
    scores = firing_scores(outcome)
    assert scores["grid_cells"] == outcome.grid_cells.mean()
    assert scores["gridness"] > scores["gridness_shuffled"]
    assert set(scores) <= set(METRIC_MEANINGS)
    silent = firing_scores(firing(silent=True))
    assert silent["grid_cells"] == 0.0 and np.isnan(silent["gridness"])


def test_the_path_figure_says_how_good_the_path_is_and_by_which_period() -> None:
    found = comparison()
    figure = path_figure.path_figure(found, 100.0)
    words = [text.get_text() for panel in figure.axes for text in panel.texts]
    assert words == [
        f"$R^2$ = {found.r2_by_axis[0]:.3f}", f"$R^2$ = {found.r2_by_axis[1]:.3f}",
        f"rms {100 * found.rms_error_periods:.1f} %",
    ]  # fmt: skip
    (legend,) = figure.legends
    labels = [text.get_text() for text in legend.get_texts()]
    assert labels == ["path of the animal", "path of the bump, period 40.0 cm (given)"]
