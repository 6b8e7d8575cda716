"""The Hopfield network: energy, attractors, forgetting, and the published curve."""

from __future__ import annotations

import numpy as np
import pytest

from hippokv.analysis.classical.hopfield_network import HopfieldNetwork, HopfieldState
from hippokv.arrays import Array
from hippokv.errors import InputError
from task import mean_accuracy, patterns


def after(network: HopfieldNetwork, items: Array, strength: float = 1.0) -> HopfieldState:
    """Return the network after it stored the items."""
    state = network.start(items.shape[1], items.shape[1], np.random.default_rng(0))
    for item in items:
        state.store(item, item, strength)
    return state


@pytest.mark.parametrize("holds", [True, False])
def test_the_energy_never_rises(holds: bool) -> None:
    state = after(HopfieldNetwork(holds=holds), patterns(0, 12, 40))
    for units in patterns(1, 50, 40):
        energies = [state.energy(units)]
        for _ in range(20):
            units = state.update(units)
            energies.append(state.energy(units))
        assert np.diff(energies).max() <= 1e-9
        np.testing.assert_array_equal(state.update(units), units)


def test_without_self_connections_two_states_can_alternate_for_ever() -> None:
    pair = np.array([[1.0, 1.0]])
    state = after(HopfieldNetwork(self_connections=False), pair)
    units = np.array([1.0, -1.0])
    np.testing.assert_array_equal(state.update(units), -units)
    np.testing.assert_array_equal(state.update(state.update(units)), units)
    np.testing.assert_array_equal(np.abs(state.recall(units)), np.ones(2))


def test_few_items_are_attractors_and_so_are_their_opposites() -> None:
    items = patterns(3, 3, 80)
    state = after(HopfieldNetwork(), items)
    for item in items:
        damaged = item.copy()
        damaged[:12] *= -1
        np.testing.assert_array_equal(state.recall(damaged), item)
        np.testing.assert_array_equal(state.recall(-damaged), -item)


def test_a_unit_without_input_keeps_its_state_or_falls_to_zero() -> None:
    items = np.array([[1.0, 1.0, 1.0], [1.0, 1.0, -1.0]])
    units = np.array([1.0, 0.0, 1.0])
    for holds, expected in ((True, [1.0, 1.0, 1.0]), (False, [0.0, 1.0, 0.0])):
        network = HopfieldNetwork(holds=holds, self_connections=False)
        np.testing.assert_array_equal(after(network, items).update(units), expected)


def test_weights_decay_by_the_factor_at_each_item_and_not_at_rest() -> None:
    items = patterns(4, 3, 10)
    state = after(HopfieldNetwork(decay=0.95, learning_rate=0.5), items)
    state.skip()
    state.store(items[0], items[0], 0.0)
    expected = sum(
        0.5 * 0.95 ** (2 - place) * np.outer(item, item) for place, item in enumerate(items)
    )
    np.testing.assert_allclose(state.weights, expected, atol=1e-12)


def test_decaying_weights_remember_the_recent_and_forget_the_old() -> None:
    items = patterns(5, 200, 40)
    faint, firm = after(HopfieldNetwork(decay=0.95), items), after(HopfieldNetwork(), items)
    hint = np.where(np.arange(40) < 20, items, 0.0)
    right = {
        name: (np.array([state.recall(cue) for cue in hint]) == items)[:, 20:].mean(axis=1)
        for name, state in (("faint", faint), ("firm", firm))
    }
    assert np.mean(right["faint"][-4:]) > 0.9
    assert np.mean(right["faint"][:100]) < 0.55
    assert abs(np.mean(right["firm"][:100]) - np.mean(right["firm"][100:])) < 0.05


def test_bounded_weights_stay_within_the_bound() -> None:
    state = after(HopfieldNetwork(bound=3.0), patterns(6, 500, 20))
    assert np.abs(state.weights).max() == 3.0


@pytest.mark.parametrize(("count", "published"), [(5, 0.983), (10, 0.934), (40, 0.812)])
def test_recall_is_that_of_the_published_curve(count: int, published: float) -> None:
    assert mean_accuracy(HopfieldNetwork(), count, n_seeds=40) == pytest.approx(published, abs=0.02)


def test_self_connections_are_what_the_published_curve_has() -> None:
    assert mean_accuracy(HopfieldNetwork(self_connections=False), 40) < 0.7


def test_values_that_are_not_their_own_keys_are_refused() -> None:
    with pytest.raises(InputError, match="circuit.n_outputs"):
        HopfieldNetwork().start(40, 20, np.random.default_rng(0))
    state = HopfieldNetwork().start(2, 2, np.random.default_rng(0))
    with pytest.raises(InputError, match="protocol.own_values"):
        state.store(np.ones(2), -np.ones(2), 1.0)
