"""Error correction: what a set of addresses allows, and what the loop does."""

from __future__ import annotations

import numpy as np
import pytest

from hippokv.analysis.scaffold.error_correction import code_distance, corrected_share, displaced
from hippokv.analysis.scaffold.grid_addresses import GridModules, room
from hippokv.analysis.scaffold.grid_inputs import FixedInDegree, GridInputs, RecruitedByPlaces
from hippokv.analysis.scaffold.hippocampal_activity import Winners
from hippokv.analysis.scaffold.scaffold_network import ScaffoldNetwork, with_return

MODULES, REDUNDANT = GridModules((3, 4, 5)), GridModules((3, 4, 5, 7))


def share_corrected(inputs: GridInputs, side: int, seed: int) -> float:
    """Return the part that 800 cells set right in a room of the redundant scaffold."""
    phases = REDUNDANT.phases(room(side, side))
    code = REDUNDANT.code(phases)
    weights = inputs.draw(800, code, np.random.default_rng(seed))
    network = with_return(REDUNDANT, Winners(40), weights, code)
    return float(corrected_share(REDUNDANT, network, phases).mean())


def test_a_displacement_changes_one_module_by_one_phase() -> None:
    phases = MODULES.phases(np.array([(0, 0), (7, 5)]))
    wrong = displaced(MODULES, phases)
    assert wrong.shape == (2, 12, 3)
    assert np.all((wrong != phases[:, None, :]).sum(axis=-1) == 1)
    assert len(np.unique(wrong[0], axis=0)) == 12
    # From the corner of module 5: one step to each side, across the edge of the torus.
    assert sorted(wrong[0, 8:, 2].tolist()) == [1, 4, 5, 20]


def test_where_every_combination_is_an_address_no_displacement_is_seen() -> None:
    known = code_distance(MODULES, MODULES.every_address())
    assert (known.detectable, known.correctable, known.guessed) == (0, 0, 0)


def test_a_redundant_module_makes_every_displacement_correctable_in_a_room() -> None:
    without = code_distance(MODULES, MODULES.phases(room(8, 8)))
    known = code_distance(REDUNDANT, REDUNDANT.phases(room(8, 8)))
    assert (without.detectable, without.correctable) == (1.0, 0.125)
    assert without.correctable < without.guessed < 1
    assert (known.detectable, known.correctable, known.guessed) == (1, 1, 1)


def test_recruited_cells_correct_what_random_ones_do_not() -> None:
    recruited = np.mean([share_corrected(RecruitedByPlaces(), 8, seed) for seed in range(3)])
    random_inputs = FixedInDegree(REDUNDANT.sizes, (4, 8, 12, 22))
    by_chance = np.mean([share_corrected(random_inputs, 8, seed) for seed in range(3)])
    assert recruited > 0.95
    assert 0.5 < by_chance < 0.85


def test_with_the_loop_cut_nothing_is_corrected() -> None:
    phases = REDUNDANT.phases(room(6, 6))
    code = REDUNDANT.code(phases)
    weights = RecruitedByPlaces().draw(800, code, np.random.default_rng(0))
    cut = ScaffoldNetwork(REDUNDANT, Winners(40), weights, np.zeros((99, 800)))
    assert corrected_share(REDUNDANT, cut, phases).mean() < 0.05


@pytest.mark.slow
def test_no_loop_does_better_than_the_code_allows() -> None:
    phases = MODULES.phases(room(6, 6))
    code = MODULES.code(phases)
    found = []
    for seed in range(5):
        weights = RecruitedByPlaces().draw(800, code, np.random.default_rng(seed))
        network = with_return(MODULES, Winners(40), weights, code, pseudo_inverse=True)
        found.append(corrected_share(MODULES, network, phases).mean())
    assert np.mean(found) < code_distance(MODULES, phases).guessed
