"""Experiments: that circuit and rate twin are asked and scored alike."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from hippokv.analysis import scores
from hippokv.errors import InputError
from hippokv.protocols.experiment import Result, prepare, run

SETTINGS: dict[str, Any] = {
    "circuit.n_inputs": 8, "circuit.n_outputs": 8, "circuit.n_slots": 4,
    "circuit.cells_per_slot": 2, "protocol.n_items": 3, "run.target": "numpy", "run.dt_ms": 1,
}  # fmt: skip


@pytest.fixture(scope="module")
def recalled() -> Result:
    """Return a small cued recall from full cues."""
    return run("cued-recall", seed=1, settings={**SETTINGS, "protocol.occlusion": 0.0})


def test_a_full_cue_brings_every_value_back(recalled: Result) -> None:
    assert recalled.metrics["accuracy"] > 0.9
    assert recalled.predicted_metrics["accuracy"] == 1.0
    assert recalled.metrics["one_plateau"] == 1.0


def test_circuit_and_rate_twin_are_scored_by_the_same_names(recalled: Result) -> None:
    assert recalled.metrics.keys() == recalled.predicted_metrics.keys()
    assert recalled.predicted_metrics["attention_tv"] == 0.0
    assert recalled.metrics["accuracy"] == pytest.approx(
        scores.accuracy(recalled.readout, recalled.items)["accuracy"]
    )


def test_the_rate_twin_starts_where_the_circuit_did(recalled: Result) -> None:
    np.testing.assert_array_equal(recalled.prediction.plateaus[0], recalled.readout.plateaus[0])


def test_with_random_selection_the_rate_twin_takes_the_slots_of_the_circuit() -> None:
    chosen = {"circuit.selection": "random", "circuit.plateau_probability": 0.5}
    result = run("storage", seed=2, settings={**SETTINGS, **chosen})
    np.testing.assert_array_equal(result.prediction.plateaus, result.readout.plateaus)


def test_the_same_seed_is_the_same_experiment_for_any_circuit() -> None:
    small = prepare("storage", {"circuit.n_slots": 4, "run.seed": 3})
    large = prepare("storage", {"circuit.n_slots": 80, "run.seed": 3, "circuit.beta": 0.2})
    np.testing.assert_array_equal(small.stimuli.keys, large.stimuli.keys)
    other = prepare("storage", {"circuit.n_slots": 4, "run.seed": 4})
    assert not np.array_equal(small.stimuli.keys, other.stimuli.keys)


def test_settings_that_cannot_be_are_refused() -> None:
    for settings in ({"run.seed": "1"}, {"circuit.n_slots": 4.0}, {"circuit": {}}):
        with pytest.raises(InputError, match="must be"):
            run("storage", settings=settings)
    with pytest.raises(InputError, match="run.seed = -1"):
        run("storage", seed=-1)
