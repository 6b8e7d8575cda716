"""The Cython target: the same circuit does the same as with NumPy."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pytest

from hippokv.circuits.cells.pattern_cells import PatternCellParameters, pattern_cells
from hippokv.circuits.circuit import Circuit
from hippokv.circuits.population import Projection
from hippokv.circuits.program.program import Program
from hippokv.circuits.recording import Recording
from hippokv.circuits.schedule import Epoch, Schedule, on_off
from hippokv.parameter import parameter
from hippokv.plasticity.plasticity_rule import PlasticityRule

PATTERN = np.array([1, -1, 1, 1])


@dataclass(frozen=True)
class Counting(PlasticityRule):
    """Add the same with each spike before the synapse."""

    step: float = parameter(0.25, "what a spike adds to a weight", chosen="exact in binary")

    event = "spike"
    synaptic_constants = ("step",)
    on_event = "weight += step"


def small() -> Circuit:
    """Return a population that excites itself: Cython compiles every statement by itself."""
    keys = Projection(
        "keys", "entorhinal", "entorhinal", {"spike": "value_current_post += 60*pA"},
        "weight : 1\n", rule=Counting(),
    )  # fmt: skip
    return Circuit("one", (pattern_cells(PatternCellParameters(), "entorhinal", 8), keys))


def ran(target: str) -> Recording:
    circuit = small()
    epochs = (Epoch("rest", 20.0), Epoch("recall", 300.0, 0, {"entorhinal": on_off(PATTERN)}))
    return Program(circuit, target).run(Schedule(epochs, circuit.widths), 1000, 0.5)  # type: ignore[arg-type]


@pytest.mark.slow
def test_cython_does_what_numpy_does() -> None:
    compiled, plain = ran("cython"), ran("numpy")
    for name in plain.spikes:
        assert len(plain.spikes[name].step) > 20
        np.testing.assert_array_equal(compiled.spikes[name].step, plain.spikes[name].step)
        np.testing.assert_array_equal(compiled.spikes[name].cell, plain.spikes[name].cell)
    np.testing.assert_array_equal(compiled.weights["keys"], plain.weights["keys"])
    counts = plain.spikes["entorhinal"].counts(0.0, 320.0)
    np.testing.assert_array_equal(plain.weights["keys"], np.tile(counts[:, None] / 4, 8))
