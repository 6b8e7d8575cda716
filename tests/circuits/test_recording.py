"""The recording: spikes are counted once, by cell and by window."""

from __future__ import annotations

import numpy as np
import pytest

from hippokv.circuits.recording import SpikeTrain


@pytest.fixture
def train() -> SpikeTrain:
    """Return six spikes of four cells, of which the last is silent."""
    times = np.array([0.0, 0.010, 0.010, 0.020, 0.0305, 0.099])
    return SpikeTrain.at(times, np.array([0, 1, 0, 2, 1, 1], dtype=np.int32), 4)


def test_a_window_holds_its_start_but_not_its_end(train: SpikeTrain) -> None:
    np.testing.assert_array_equal(train.counts(10.0, 20.0), [1, 1, 0, 0])
    np.testing.assert_array_equal(train.counts(20.0, 30.5), [0, 0, 1, 0])


def test_every_cell_has_a_count_even_if_it_never_fired(train: SpikeTrain) -> None:
    np.testing.assert_array_equal(train.counts(0.0, 100.0), [2, 3, 1, 0])
    np.testing.assert_array_equal(train.counts(40.0, 90.0), [0, 0, 0, 0])
    np.testing.assert_array_equal(train.counts(500.0, 900.0), [0, 0, 0, 0])


def test_windows_side_by_side_count_every_spike_once() -> None:
    stream = np.random.default_rng(3)
    times = np.sort(stream.integers(0, 2000, 5000) * 5e-4)
    train = SpikeTrain.at(times, stream.integers(0, 7, 5000).astype(np.int32), 7)
    edges = np.arange(0.0, 1001.0, 12.5)
    by_window = [train.counts(start, stop) for start, stop in zip(edges, edges[1:], strict=False)]
    assert np.sum(by_window) == 5000
    np.testing.assert_array_equal(np.sum(by_window, axis=0), train.counts(0.0, 1000.0))


def test_a_silent_population_is_counted_too() -> None:
    silent = SpikeTrain.at(np.empty(0), np.empty(0, dtype=np.int32), 3)
    np.testing.assert_array_equal(silent.counts(0.0, 1000.0), [0, 0, 0])


def test_a_window_of_many_spikes_copies_none() -> None:
    import tracemalloc

    train = SpikeTrain(np.arange(1_000_000, dtype=np.int32), np.zeros(1_000_000, np.int32), 1, 1e-3)
    tracemalloc.start()
    assert train.between(5.0, 15.0) == slice(5, 15)
    assert train.between(0.0, np.inf) == slice(0, 1_000_000)
    assert tracemalloc.get_traced_memory()[1] < 100_000
    tracemalloc.stop()
