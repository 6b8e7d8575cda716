"""The Cython target: the same protocol, the same outcome."""

from __future__ import annotations

import pytest

import hippokv

TINY = {
    "circuit.n_inputs": 8,
    "circuit.n_outputs": 8,
    "circuit.n_slots": 3,
    "circuit.cells_per_slot": 4,
    "protocol.n_items": 4,
    "run.dt_ms": 1.0,
}


@pytest.mark.slow
def test_cython_stores_each_item_in_the_slot_that_is_its_turn() -> None:
    result = hippokv.run("storage", 1000, {**TINY, "run.target": "cython"})
    assert result.metrics["one_plateau"] == 1.0
    assert result.metrics["least_recent"] == 1.0
    assert result.metrics["key_error"] < 0.02
    assert result.metrics["value_error"] < 0.02
