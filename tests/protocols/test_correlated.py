"""Correlated items: how much they resemble their template and each other."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray
from predicted import predicted

from hippokv.protocols.correlated import resembling
from hippokv.protocols.parts.lists import measure_lists
from hippokv.protocols.running.experiment import prepare


def independent(count: int, width: int, seed: int) -> NDArray[np.int8]:
    return np.random.default_rng(seed).choice(np.array([-1, 1], np.int8), (count, width))


def correlations(keys: NDArray[np.int8]) -> tuple[float, float]:
    """Return the mean correlation with the first key, and between two others."""
    table = keys.astype(float) @ keys.T.astype(float) / keys.shape[1]
    others = table[1:, 1:][~np.eye(len(keys) - 1, dtype=bool)]
    return float(table[0, 1:].mean()), float(others.mean())


@pytest.mark.parametrize("rho", [0.0, 0.3, 0.6, 0.9, 1.0])
@pytest.mark.parametrize("variant", ["redrawn", "flipped"])
def test_items_resemble_their_template_as_much_as_asked(variant: str, rho: float) -> None:
    found = resembling(independent(60, 4000, 1), rho, variant, np.random.default_rng(2))
    to_template, between = correlations(found)
    expected = rho if variant == "redrawn" else 2 * rho - 1
    # The standard error of a mean of 59 correlations of 4000 entries is below 0.003.
    assert to_template == pytest.approx(expected, abs=0.01)
    assert between == pytest.approx(expected**2, abs=0.01)


def test_the_template_stays_and_keys_are_signs() -> None:
    keys = independent(5, 200, 3)
    for variant in ("redrawn", "flipped"):
        found = resembling(keys, 0.5, variant, np.random.default_rng(4))
        np.testing.assert_array_equal(found[0], keys[0])
        assert set(np.unique(found)) == {-1, 1}


def test_lists_have_templates_of_their_own() -> None:
    settings: dict[str, Any] = {
        "circuit.n_inputs": 400, "circuit.n_outputs": 400, "protocol.lengths": "8, 8",
        "protocol.rho": 0.9,
    }  # fmt: skip
    _, items = predicted("correlated", settings)
    first, second = items.keys[:8].astype(float), items.keys[8:].astype(float)
    assert correlations(items.keys[:8])[0] == pytest.approx(0.9, abs=0.05)
    assert correlations(items.keys[8:])[0] == pytest.approx(0.9, abs=0.05)
    assert abs((first @ second.T / 400).mean()) < 0.15
    np.testing.assert_array_equal(items.values, items.keys)


def test_values_of_their_own_are_not_made_alike() -> None:
    settings = {"protocol.own_values": True, "protocol.rho": 1.0, "protocol.lengths": "20"}
    experiment = prepare("correlated", settings)
    _, items = predicted("correlated", settings)
    assert (items.keys == items.keys[0]).all()
    np.testing.assert_array_equal(items.values, experiment.stimuli.values)


@pytest.mark.slow
@pytest.mark.parametrize(("length", "published"), [(10, 1.0), (20, 0.99), (40, 0.989), (80, 0.89)])
def test_correlated_lists_are_recalled_as_published(length: int, published: float) -> None:
    """The equations of the 2021 paper at its temperature, entries redrawn with rho = 0.6."""
    found = []
    for seed in range(20):
        settings = {"run.seed": seed, "protocol.lengths": str(length)}
        readout, items = predicted("correlated", settings)
        found.append(measure_lists(readout, readout, items)["accuracy"])
    assert np.mean(found) == pytest.approx(published, abs=0.015)
