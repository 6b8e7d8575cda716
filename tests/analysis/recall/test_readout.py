"""The readout: slots, attention and values are read from the right spikes in the right windows."""

from __future__ import annotations

import numpy as np
import pytest

from hippokv.analysis.recall.readout import SETTLING_MS, Readout, read_out
from hippokv.circuits.recording import Recording, SpikeTrain
from hippokv.circuits.schedule import Epoch, Schedule

N_SLOTS, CELLS = 3, 2
SCHEDULE = Schedule(
    (
        Epoch("rest", 100.0),
        Epoch("store", 100.0, 0),
        Epoch("rest", 100.0),
        Epoch("store", 100.0, 1),
        Epoch("recall", 200.0, 0),
        Epoch("rest", 100.0),
        Epoch("recall", 200.0, 1),
        Epoch("rest", 100.0),
    ),
    {"entorhinal": 4, "cortical": 4},
)


def train(size: int, *spikes: tuple[float, int]) -> SpikeTrain:
    """Return spikes given as (ms, cell)."""
    ordered = sorted(spikes)
    times = np.array([time / 1e3 for time, _ in ordered])
    return SpikeTrain.at(times, np.array([cell for _, cell in ordered], dtype=np.int32), size)


def readout(
    hippocampal: tuple[tuple[float, int], ...] = (),
    cortical: tuple[tuple[float, int], ...] = (),
    dendritic: tuple[tuple[float, int], ...] = (),
) -> Readout:
    """Read out these spikes and weights that name their place."""
    recording = Recording(
        spikes={"hippocampal": train(6, *hippocampal), "cortical": train(4, *cortical)},
        events={"dendritic_spike": train(6, *dendritic)},
        weights={
            "keys": np.repeat([[1.0, 0.0, 0.0, 1.0], [0.5] * 4, [0.0, 1.0, 1.0, 0.0]], 2, axis=0),
            "values": np.array([[1, 0, 0, 0], [0, 0, 1, 0], *[[0, 0, 0, 0]] * 3, [0, 0.5, 0, 1]]),
        },
        duration_ms=SCHEDULE.duration_ms,
    )
    return read_out(recording, SCHEDULE, N_SLOTS)


def test_a_slot_took_an_item_if_half_of_its_cells_held_a_plateau() -> None:
    found = readout(dendritic=((150.0, 0), (150.0, 1), (350.0, 3), (160.0, 1)))
    np.testing.assert_array_equal(found.plateaus, [[True, False, False], [False, True, False]])


def test_plateaus_outside_storage_do_not_count() -> None:
    found = readout(dendritic=((50.0, 0), (50.0, 1), (250.0, 2), (250.0, 3), (450.0, 4)))
    assert not found.plateaus.any()


def test_attention_is_the_share_of_spikes_of_a_slot() -> None:
    spikes = ((460.0, 0), (470.0, 1), (480.0, 1), (590.0, 5), (800.0, 2))
    found = readout(hippocampal=spikes)
    np.testing.assert_allclose(found.attention, [[0.75, 0.0, 0.25], [0.0, 1.0, 0.0]])


def test_attention_leaves_out_the_time_that_a_cue_needs_to_arrive() -> None:
    early, late, over = 400.0 + SETTLING_MS - 1, 400.0 + SETTLING_MS, 600.0
    found = readout(hippocampal=((early, 0), (late, 2), (over, 4)))
    np.testing.assert_array_equal(found.attention[0], [0.0, 1.0, 0.0])


def test_silence_gives_no_attention_and_no_evidence() -> None:
    found = readout()
    np.testing.assert_array_equal(found.attention, np.zeros((2, 3)))
    np.testing.assert_array_equal(found.evidence, np.zeros((2, 2)))
    np.testing.assert_array_equal(found.decoded, np.zeros((2, 2)))


def test_evidence_is_the_difference_of_on_and_off_cells() -> None:
    spikes = ((500.0, 0), (510.0, 0), (520.0, 2), (530.0, 3), (800.0, 1), (810.0, 3))
    found = readout(cortical=spikes)
    np.testing.assert_array_equal(found.evidence, [[1.0, -1.0], [0.0, 0.0]])
    np.testing.assert_array_equal(found.decoded, [[1, -1], [0, 0]])
    assert found.decoded.dtype == np.int8


def test_cortex_may_answer_as_late_as_it_was_asked() -> None:
    before, after = 600.0 + SETTLING_MS - 1, 600.0 + SETTLING_MS
    found = readout(cortical=((400.0 + SETTLING_MS - 1, 0), (before, 1), (after, 1)))
    np.testing.assert_array_equal(found.evidence[0], [0.0, 1.0])


def test_weights_are_on_minus_off_averaged_over_the_cells_of_a_slot() -> None:
    found = readout()
    np.testing.assert_array_equal(found.keys, [[1, -1], [0, 0], [-1, 1]])
    np.testing.assert_allclose(found.values, [[0.0, 0.0], [0.0, 0.0], [0.0, -0.25]])


@pytest.mark.parametrize("phase", ["store", "recall"])
def test_an_experiment_without_a_phase_has_no_rows_for_it(phase: str) -> None:
    epochs = tuple(epoch for epoch in SCHEDULE.epochs if epoch.phase != phase)
    recording = Recording(
        spikes={"hippocampal": train(6), "cortical": train(4)},
        events={"dendritic_spike": train(6)},
        weights={"keys": np.zeros((6, 4)), "values": np.zeros((6, 4))},
        duration_ms=600.0,
    )
    found = read_out(recording, Schedule(epochs, SCHEDULE.widths), N_SLOTS)
    assert found.plateaus.shape == ((0, 3) if phase == "store" else (2, 3))
    assert found.attention.shape == ((0, 3) if phase == "recall" else (2, 3))
    assert found.evidence.shape == ((0, 2) if phase == "recall" else (2, 2))


def test_cells_of_a_unit_are_read_together() -> None:
    """Three cells a unit: the first of an OFF unit and the last of an ON unit count alike."""
    spikes = ((500.0, 2), (510.0, 5), (520.0, 0), (530.0, 6), (800.0, 11))
    weights = np.repeat([[1.0, 0.0, 0.0, 1.0], [0.5] * 4, [0.0, 1.0, 1.0, 0.0]], 2, axis=0).repeat(
        3, axis=1
    )
    weights[0, :3] = 0.4, 1.0, 0.7
    recording = Recording(
        spikes={"hippocampal": train(6), "cortical": train(12, *spikes)},
        events={"dendritic_spike": train(6)},
        weights={"keys": weights, "values": weights},
        duration_ms=SCHEDULE.duration_ms,
    )
    found = read_out(recording, SCHEDULE, N_SLOTS)
    np.testing.assert_array_equal(found.evidence, [[1.0, 1.0], [0.0, -1.0]])
    np.testing.assert_allclose(found.keys, [[0.85, -1], [0, 0], [-1, 1]])
