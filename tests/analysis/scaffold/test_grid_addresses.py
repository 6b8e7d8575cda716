"""Grid modules: how many addresses there are, which phase is which, and how a step moves them."""

from __future__ import annotations

import numpy as np
import pytest

from hippokv.analysis.scaffold.grid_addresses import GridModules, room
from hippokv.errors import InputError


@pytest.mark.parametrize(
    ("periods", "n_cells", "n_addresses"), [((3, 4, 5), 50, 3600), ((3, 4, 5, 7), 99, 176400)]
)
def test_coprime_periods_have_as_many_addresses_as_combinations(
    periods: tuple[int, ...], n_cells: int, n_addresses: int
) -> None:
    modules = GridModules(periods)
    assert (modules.n_cells, modules.n_addresses) == (n_cells, n_addresses)
    assert modules.n_addresses == np.prod(modules.sizes)


def test_every_address_is_another_one() -> None:
    modules = GridModules((3, 4, 5))
    phases = modules.every_address()
    assert len(np.unique(phases, axis=0)) == len(phases) == 3600
    assert phases.max(axis=0).tolist() == [8, 15, 24]


def test_periods_that_share_a_divisor_have_fewer_addresses_than_combinations() -> None:
    modules = GridModules((2, 4))
    assert modules.n_addresses == len(np.unique(modules.every_address(), axis=0)) == 16


def test_a_phase_is_numbered_row_by_row() -> None:
    modules = GridModules((3, 4))
    phases = modules.phases(np.array([(4, 5), (-1, 0)]))
    assert phases.tolist() == [[1 * 3 + 2, 0 * 4 + 1], [2 * 3, 3 * 4]]
    code = modules.code(phases)
    assert np.flatnonzero(code[0]).tolist() == [5, 9 + 1]
    np.testing.assert_array_equal(modules.winners(code), phases)


def test_a_step_leads_to_the_address_of_the_next_place() -> None:
    modules = GridModules((3, 4, 5, 7))
    places = room(8, 8)
    for step in ((1, 0), (0, -1), (-3, 2)):
        moved = modules.moved(modules.phases(places), np.array(step))
        np.testing.assert_array_equal(moved, modules.phases(places + step))


def test_a_walk_through_all_places_comes_back() -> None:
    modules = GridModules((3, 4, 5))
    start = modules.phases(np.array([(7, 11)]))
    there = modules.moved(start, np.array([30, 0]))
    assert not np.array_equal(there, start)
    np.testing.assert_array_equal(modules.moved(there, np.array([30, 60])), start)


def test_competition_within_each_module_cleans_up_noise() -> None:
    modules = GridModules((3, 4, 5))
    code = modules.code(modules.phases(room(6, 6)))
    noise = np.random.default_rng(0).uniform(0, 0.49, code.shape)
    np.testing.assert_array_equal(modules.clean_up(code + noise), code)
    np.testing.assert_array_equal(modules.clean_up(code * 0.5 + noise).sum(axis=1), 3)


@pytest.mark.parametrize("periods", [(), (3, 1)])
def test_periods_that_are_none_are_refused(periods: tuple[int, ...]) -> None:
    with pytest.raises(InputError, match="periods"):
        GridModules(periods)
