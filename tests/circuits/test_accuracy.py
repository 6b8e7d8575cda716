"""The memory as a whole: as many items come back as the rate model says."""

from __future__ import annotations

import numpy as np
import pytest

import hippokv


@pytest.mark.slow
@pytest.mark.parametrize(("n_items", "margin", "least"), [(40, 0.01, 0.99), (60, 0.02, 0.8)])
def test_spiking_recall_is_as_good_as_the_rate_model(
    n_items: int, margin: float, least: float
) -> None:
    settings = {
        "run.circuit": "slot_memory", "protocol.n_items": n_items, "protocol.occlusion": 0.6,
    }  # fmt: skip
    results = [hippokv.run("cued-recall", seed, settings) for seed in range(1000, 1003)]
    spiking = np.mean([result.metrics["accuracy"] for result in results])
    rate = np.mean([result.predicted_metrics["accuracy"] for result in results])
    assert abs(spiking - rate) <= margin
    assert spiking >= least
    for result in results:
        assert result.metrics["one_plateau"] >= 0.99
        assert result.metrics["least_recent"] >= 0.99
        assert result.metrics["key_error"] <= 0.02
