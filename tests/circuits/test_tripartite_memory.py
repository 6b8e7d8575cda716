"""The tripartite memory: what it derives, what its processes open, and that no spike selects."""

from __future__ import annotations

from dataclasses import replace
from functools import cache

import numpy as np
import pytest

from hippokv.analysis.recall.rate_model import rate_model
from hippokv.analysis.theory.tripartite import SlotSynapses
from hippokv.arrays import Array
from hippokv.circuits.probe import Probe
from hippokv.circuits.program.program import Program
from hippokv.circuits.recording import Recording
from hippokv.circuits.schedule import Epoch, Schedule, on_off
from hippokv.circuits.slot_memory_parameters import calibration_of
from hippokv.circuits.tripartite_memory import tripartite_memory
from hippokv.circuits.tripartite_memory_parameters import (
    TripartiteCalibration,
    TripartiteMemoryParameters,
)
from hippokv.errors import InputError
from hippokv.parameter import with_values

SMALL = TripartiteMemoryParameters(
    n_inputs=8, n_outputs=8, n_slots=3, cells_per_slot=4, beta=0.25, synaptic_jitter=0.0
)
REST_MS, CUE_MS = 100.0, 600.0
#: Patterns of three items; the cue is the first with an entry wrong.
KEYS = np.array([[1] * 8, [1, 1, 1, 1, 1, -1, -1, -1], [-1, 1, -1, 1, -1, 1, -1, 1]], float)
VALUES = np.array([[1] * 8, [-1] * 8, [1, -1] * 4], float)
CUE = KEYS[0] * np.array([-1] + [1] * 7)


# --- algebra --------------------------------------------------------------------------------------


@pytest.mark.parametrize("beta", [0.1, 1.0, 1.5])
@pytest.mark.parametrize("n_inputs", [8, 40, 200])
def test_any_temperature_holds_for_every_cue(beta: float, n_inputs: int) -> None:
    parameters = TripartiteMemoryParameters(beta=beta, n_inputs=n_inputs)
    found = calibration_of(parameters)
    assert isinstance(found, TripartiteCalibration)
    assert found.balanced_cues == (0, n_inputs)
    assert {found.beta(given) for given in (1, n_inputs)} == {beta}
    assert found.summed_rate_Hz(n_inputs, 0) == found.summed_rate_Hz(0, 0)


def test_a_temperature_too_sharp_for_the_processes_is_refused() -> None:
    sharp = TripartiteMemoryParameters(beta=1.6, n_inputs=200)
    with pytest.raises(InputError, match=r"circuit.beta = 1.6: must be at most 1.5 for 200 inputs"):
        tripartite_memory(sharp)


def test_a_driven_key_of_weight_1_makes_glutamate_of_1() -> None:
    for key_tau_ms in (5.0, 10.0):
        found = TripartiteCalibration(with_values(SMALL, {"hippocampal.key_tau_ms": key_tau_ms}))
        arriving = SMALL.entorhinal.rate_Hz * key_tau_ms / 1e3
        assert found.quantum * arriving == pytest.approx(1.0)


def test_its_rate_model_is_the_rate_form_of_the_theory() -> None:
    """Slots that hold nothing are keys and values of 0 there."""
    stream = np.random.default_rng(1)
    keys, values = (stream.choice([-1.0, 1.0], (4, 12)) for _ in range(2))
    cues = keys * (stream.random(keys.shape) < 0.5)
    taught = {"acetylcholine": np.ones(1)}
    epochs = [
        Epoch(
            "store", 500.0, item, {"entorhinal": on_off(key), "cortical": on_off(value), **taught}
        )
        for item, (key, value) in enumerate(zip(keys, values, strict=True))
    ]
    epochs += [
        Epoch("recall", 500.0, item, {"entorhinal": on_off(cue)}) for item, cue in enumerate(cues)
    ]
    widths = {"entorhinal": 24, "cortical": 24, "acetylcholine": 1}
    calibration = TripartiteCalibration(SMALL)
    found = rate_model(
        Schedule(tuple(epochs), widths), 6, calibration.beta, plateau_writes=True,
        answer=calibration.answer,
    )  # fmt: skip
    empty = np.zeros((2, 12))
    synapses = SlotSynapses(np.vstack([keys, empty]), np.vstack([values, empty]), SMALL.beta)
    np.testing.assert_allclose(found.evidence, [synapses.read(cue) for cue in cues], atol=1e-10)


# --- spikes ---------------------------------------------------------------------------------------


@cache
def recorded(beta: float = SMALL.beta) -> Recording:
    """Return a run in which a cue is shown, with weights as storage leaves them."""
    circuit = tripartite_memory(replace(SMALL, beta=beta))
    epochs = (
        Epoch("rest", REST_MS),
        Epoch("recall", CUE_MS, 0, {"entorhinal": on_off(CUE)}),
    )
    weights = {
        name: np.repeat([on_off(pattern) for pattern in table], SMALL.cells_per_slot, axis=0)
        for name, table in (("keys", KEYS), ("values", VALUES))
    }
    probes = [Probe("astrocyte", ("opened",), every_ms=5.0)]
    return Program(circuit, target="numpy").run(
        Schedule(epochs, circuit.widths), 3, 1.0, weights, record=probes
    )


def opened(start_ms: float, stop_ms: float, beta: float = SMALL.beta) -> Array:
    """Return how far the process of each slot opens its synapses, mean of a time."""
    trace = recorded(beta).traces["astrocyte"]
    there = (trace.time_s >= start_ms / 1e3) & (trace.time_s < stop_ms / 1e3)
    mean: Array = trace.values["opened"][there].mean(axis=0)
    return mean


def test_processes_open_by_a_softmax_of_the_matches() -> None:
    found = opened(REST_MS + CUE_MS - 150.0, REST_MS + CUE_MS)
    expected = SlotSynapses(KEYS, VALUES, SMALL.beta).processes(CUE)
    np.testing.assert_allclose(found / found.sum(), expected, atol=0.05)
    assert expected.max() < 0.9, "the others count"
    # The dissociation leaves a part of the store free.
    assert 0.9 < found.sum() < 1.0


def test_a_sharp_competition_tells_slots_apart_that_both_match_well() -> None:
    """The best has 7 matches and another 4, of 20 each."""
    found = opened(REST_MS + CUE_MS - 150.0, REST_MS + CUE_MS, beta=10.0)
    assert found[0] > 0.99 and found[1:].max() < 0.01


def test_processes_are_slow_and_alike_without_a_cue() -> None:
    np.testing.assert_allclose(opened(20.0, REST_MS), np.full(3, 1 / (3 + 1)), atol=1e-6)
    early, late = opened(REST_MS, REST_MS + 30.0), opened(REST_MS + 400.0, REST_MS + CUE_MS)
    assert early.max() - early.min() < 0.3 * (late.max() - late.min())


def test_all_slots_fire_alike_and_the_value_of_the_best_comes_back() -> None:
    start, stop = REST_MS + 100.0, REST_MS + CUE_MS
    cells = recorded().spikes["hippocampal"].counts(start, stop)
    by_slot = cells.reshape(3, -1).sum(axis=1)
    assert by_slot.min() > 0.7 * by_slot.max() and by_slot.min() > 25
    on, off = np.split(recorded().spikes["cortical"].counts(start, stop), 2)
    assert (on > off).all()


def test_keys_that_release_glutamate_have_no_rise() -> None:
    with pytest.raises(InputError, match=r"circuit.hippocampal.key_rise_ms = 4.0: must be 0"):
        tripartite_memory(with_values(SMALL, {"hippocampal.key_rise_ms": 4.0}))
