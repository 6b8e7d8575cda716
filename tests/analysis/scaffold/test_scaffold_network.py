"""The scaffold network: fixed points need enough cells, and the loop repairs damage."""

from __future__ import annotations

import numpy as np
import pytest

from hippokv.analysis.scaffold.grid_addresses import GridModules
from hippokv.analysis.scaffold.grid_inputs import FixedInDegree, GaussianInputs
from hippokv.analysis.scaffold.hippocampal_activity import Rectified, Winners
from hippokv.analysis.scaffold.random_codes import RandomCodes
from hippokv.analysis.scaffold.scaffold_network import (
    ScaffoldNetwork,
    best_linear,
    damaged,
    noisy,
    with_return,
)
from hippokv.arrays import Array

MODULES = GridModules((3, 4, 5))
EVERYWHERE = MODULES.code(MODULES.every_address())


def network(size: int, seed: int = 0, pseudo_inverse: bool = False) -> ScaffoldNetwork:
    """Return the published scaffold, its way back learned at all addresses."""
    weights = GaussianInputs().draw(size, EVERYWHERE, np.random.default_rng(seed))
    return with_return(MODULES, Rectified(), weights, EVERYWHERE, pseudo_inverse)


def share(found: Array, wanted: Array) -> float:
    """Return the part of the codes that are the same."""
    return float((found == wanted).all(axis=1).mean())


@pytest.mark.parametrize(("size", "known"), [(50, 0.27), (100, 0.73), (400, 1.0)])
def test_fixed_points_are_as_many_as_known(size: int, known: float) -> None:
    found = []
    for seed in range(5):
        scaffold = network(size, seed)
        found.append(share(scaffold.address(scaffold.hippocampal(EVERYWHERE)), EVERYWHERE))
    assert np.mean(found) == pytest.approx(known, abs=0.08)


def test_the_best_linear_way_back_makes_every_address_a_fixed_point_with_fewer_cells() -> None:
    hebbian, best = network(100), network(100, pseudo_inverse=True)
    assert share(hebbian.address(hebbian.hippocampal(EVERYWHERE)), EVERYWHERE) < 0.9
    assert share(best.address(best.hippocampal(EVERYWHERE)), EVERYWHERE) > 0.99


def test_noise_as_long_as_the_activity_is_survived() -> None:
    scaffold = network(400)
    clean = scaffold.hippocampal(EVERYWHERE)
    spoilt = noisy(clean, 1.0, np.random.default_rng(0))
    length = np.linalg.norm(spoilt - clean, axis=1) / np.linalg.norm(clean, axis=1)
    np.testing.assert_allclose(length, 1.0)
    assert share(scaffold.settle(spoilt), EVERYWHERE) > 0.95


def test_a_loop_that_is_cut_repairs_nothing() -> None:
    scaffold = network(400)
    cut = ScaffoldNetwork(
        MODULES, scaffold.activity, scaffold.input_weights, 0 * scaffold.return_weights
    )
    assert share(cut.settle(scaffold.hippocampal(EVERYWHERE)), EVERYWHERE) < 0.001


def test_sparse_winners_survive_that_a_quarter_is_shuffled() -> None:
    weights = FixedInDegree().draw(800, EVERYWHERE, np.random.default_rng(0))
    scaffold = with_return(MODULES, Winners(40), weights, EVERYWHERE)
    code = EVERYWHERE[::18]
    clean = scaffold.hippocampal(code)
    changed = damaged(clean, 0.0, 0.25, np.random.default_rng(1))
    np.testing.assert_array_equal(changed.sum(axis=1), 40)
    np.testing.assert_array_equal((changed * clean).sum(axis=1), 30)
    assert share(scaffold.settle(changed), code) > 0.98


def test_dropped_cells_fall_silent() -> None:
    clean = np.zeros((3, 20))
    clean[:, :8] = np.arange(1, 9)
    changed = damaged(clean, 0.25, 0.0, np.random.default_rng(0))
    np.testing.assert_array_equal((changed > 0).sum(axis=1), 6)
    np.testing.assert_array_equal(changed[changed > 0], clean[changed > 0])


def test_random_codes_settle_as_modules_do() -> None:
    rng = np.random.default_rng(0)
    mesh = RandomCodes(50, 3)
    code = mesh.draw(1000, rng)
    weights = GaussianInputs().draw(400, code, rng)
    found = {best: with_return(mesh, Rectified(), weights, code, best) for best in (False, True)}
    settled = {best: share(net.settle(net.hippocampal(code)), code) for best, net in found.items()}
    assert settled[True] == 1.0
    assert 0.5 < settled[False] < 1.0


def test_the_best_linear_weights_bring_back_what_is_independent() -> None:
    rng = np.random.default_rng(0)
    given, wanted = rng.normal(size=(10, 30)), rng.normal(size=(10, 4))
    np.testing.assert_allclose(given @ best_linear(given, wanted).T, wanted, atol=1e-9)
    np.testing.assert_allclose(best_linear(given, wanted).T, np.linalg.pinv(given) @ wanted)
