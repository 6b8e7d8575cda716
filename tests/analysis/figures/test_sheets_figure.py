"""The sheets as a picture: the rate of a cell, and a cross where there is a bump."""

from __future__ import annotations

import numpy as np
import pytest

from hippokv.analysis.figures.scaffold_sheets import sheets_figure
from hippokv.circuits.grid.sheet_geometry import Sheets
from hippokv.circuits.recording import SpikeTrain


@pytest.mark.parametrize("n_directions", [4, 6])
def test_a_point_has_the_mean_rate_of_its_cells(n_directions: int) -> None:
    sheets = Sheets((3,), 3, n_directions)
    # One cell of each point fires twice in 100 ms, and the others do not.
    cell = np.repeat(np.arange(sheets.n_points, dtype=np.int32), 2)
    train = SpikeTrain.at(np.linspace(0, 0.09, len(cell)), cell, sheets.n_cells)
    panel = sheets_figure(train, sheets, [0.0], 100.0).axes[0]
    rates = panel.collections[0].get_array()
    np.testing.assert_allclose(np.asarray(rates), 20.0 / n_directions)


def test_a_silent_module_has_no_cross() -> None:
    sheets = Sheets((3,), 3)
    cell = np.zeros(4, dtype=np.int32)
    train = SpikeTrain.at(np.linspace(0, 0.09, 4), cell, sheets.n_cells)
    fires, silent = sheets_figure(train, sheets, [0.0, 100.0], 100.0).axes[:2]
    assert (len(fires.lines), len(silent.lines)) == (1, 0)
