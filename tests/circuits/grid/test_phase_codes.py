"""Which phases reach which cells: how many agree, and from where on the sheets."""

from __future__ import annotations

import numpy as np
import pytest

from hippokv.circuits.grid.phase_codes import drawn_phases, phases_per_module
from hippokv.circuits.grid.sheet_geometry import Sheets
from hippokv.circuits.scaffold_memory import scaffold_memory
from hippokv.circuits.scaffold_memory_parameters import ScaffoldMemoryParameters

CIRCUIT = scaffold_memory(ScaffoldMemoryParameters())


@pytest.mark.parametrize("periods", [(3, 4, 5), (3, 4, 5, 7), (10,), (5, 6)])
@pytest.mark.parametrize("share", [0.02, 0.05, 0.2])
def test_the_share_of_cells_that_agree(periods: tuple[int, ...], share: float) -> None:
    sheets = Sheets(periods, 3)
    counts = np.array(phases_per_module(sheets, share))
    sizes = np.array(periods) ** 2
    assert ((counts >= 1) & (counts <= sizes)).all()
    # One phase more or less of the smallest module changes the share by a third.
    assert np.prod(counts / sizes) == pytest.approx(share, rel=0.35)


def test_each_cell_has_the_same_number_of_phases() -> None:
    sheets = CIRCUIT.parameters.sheets
    phases = CIRCUIT.parameters.phases(1)
    for module, count in enumerate(phases_per_module(sheets, 0.05)):
        first, stop = sheets.first_phase[module : module + 2]
        assert (phases[:, first:stop].sum(axis=1) == count).all()
    assert not np.array_equal(phases, CIRCUIT.parameters.phases(2))
    np.testing.assert_array_equal(phases, drawn_phases(sheets, 800, 0.05, 1))


def test_agreement_is_of_all_modules() -> None:
    addresses = np.array([[0, 0, 0], [8, 15, 24], [4, 7, 3]])
    agreed = CIRCUIT.parameters.agreeing(3, addresses)
    phases, first = CIRCUIT.parameters.phases(3), CIRCUIT.parameters.sheets.first_phase
    for row, address in zip(agreed, addresses, strict=True):
        votes = sum(phases[:, first[m] + phase] for m, phase in enumerate(address))
        np.testing.assert_array_equal(row, votes == 3)
    assert 0.02 < agreed.mean() < 0.09


def test_grid_cells_reach_a_cell_from_around_its_phases() -> None:
    weights = CIRCUIT.parameters.grid_inputs(1)
    sheets, phases = CIRCUIT.parameters.sheets, CIRCUIT.parameters.phases(1)
    assert weights.shape == (800, sheets.n_cells)
    assert 0 <= weights.min() <= weights.max() <= 1
    first_module = sheets.point_of_cell < sheets.first_point[1]
    own = sheets.profiles(0.35)[:9].argmax(axis=1)
    at_phase = weights[:, first_module][:, : sheets.first_point[1]][:, own]
    assert at_phase[phases[:, :9] == 1].min() > 0.9
    assert at_phase[phases[:, :9] == 0].max() < 0.2
