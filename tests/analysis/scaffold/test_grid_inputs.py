"""Input weights of hippocampal cells: random ones, and those of visited conjunctions."""

from __future__ import annotations

import numpy as np
import pytest

from hippokv.analysis.scaffold.grid_addresses import GridModules, room
from hippokv.analysis.scaffold.grid_inputs import FixedInDegree, GaussianInputs, RecruitedByPlaces
from hippokv.errors import InputError

MODULES = GridModules((3, 4, 5))
VISITED = MODULES.code(MODULES.phases(room(4, 4)))


def test_every_cell_hears_the_same_number_of_phases_of_a_module() -> None:
    weights = FixedInDegree(spread=0.0).draw(200, VISITED, np.random.default_rng(0))
    assert set(np.unique(weights)) == {0.0, 1.0}
    for part, heard in zip(np.split(weights, [9, 25], axis=1), (3, 6, 9), strict=True):
        np.testing.assert_array_equal(part.sum(axis=1), heard)


def test_a_part_of_the_gaussian_weights_is_there() -> None:
    weights = GaussianInputs(0.3).draw(2000, VISITED, np.random.default_rng(0))
    assert (weights != 0).mean() == pytest.approx(0.3, abs=0.01)
    assert weights[weights != 0].std() == pytest.approx(1, abs=0.02)


def test_recruited_cells_hear_every_phase_of_their_places() -> None:
    weights = RecruitedByPlaces(0.05).draw(800, VISITED, np.random.default_rng(0))
    full = (VISITED @ weights.T == 3).sum(axis=1)
    assert full.min() >= 40
    # Cells that one place recruited hear one phase of each module.
    alone = weights[weights.sum(axis=1) == 3]
    assert len(alone) > 50
    assert {tuple(cell) for cell in alone} <= {tuple(code) for code in VISITED}


def test_phases_that_no_place_has_recruit_nobody() -> None:
    weights = RecruitedByPlaces(0.2).draw(300, VISITED, np.random.default_rng(0))
    assert np.all(weights[:, VISITED.sum(axis=0) == 0] == 0)
    assert np.all(weights <= 1)


@pytest.mark.parametrize("share", [0.001, 1.5])
def test_a_share_of_no_cell_or_too_many_is_refused(share: float) -> None:
    with pytest.raises(InputError, match="share"):
        RecruitedByPlaces(share).draw(100, VISITED, np.random.default_rng(0))


@pytest.mark.parametrize("phases_in", [(3, 6), (3, 6, 26), (0, 6, 9)])
def test_phases_that_a_module_does_not_have_are_refused(phases_in: tuple[int, ...]) -> None:
    with pytest.raises(InputError, match="phases_in"):
        FixedInDegree(phases_in=phases_in)
