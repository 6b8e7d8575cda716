"""The match signal: the rate of PV cells during cues, and what it tells apart."""

from __future__ import annotations

import numpy as np
import pytest

from hippokv.analysis.recall.match_signal import area_under_curve, match_signal
from hippokv.analysis.recall.rate_model import rate_model
from hippokv.circuits.recording import Recording, SpikeTrain
from hippokv.circuits.schedule import Epoch, Schedule, on_off

WIDTHS = {"entorhinal": 8, "cortical": 8, "acetylcholine": 1}


def test_spikes_of_pv_cells_count_after_the_cue_has_arrived() -> None:
    epochs = (Epoch("recall", 150.0, 0), Epoch("rest", 100.0), Epoch("recall", 150.0, 1))
    schedule = Schedule(epochs, WIDTHS)
    times = np.array([0.04, 0.06, 0.1, 0.2, 0.26, 0.35])
    pv = SpikeTrain.at(times, np.array([0, 0, 1, 0, 1, 1], dtype=np.int32), 2)
    recording = Recording({"pv": pv}, {}, {}, 400.0)
    np.testing.assert_allclose(match_signal(recording, schedule, 50.0), [10.0, 5.0])
    assert match_signal(Recording({}, {}, {}, 400.0), schedule, 50.0).shape == (0,)


def test_the_area_counts_pairs_in_order_and_ties_one_half() -> None:
    low = np.array([0.0, 1.0])
    assert area_under_curve(np.array([2.0, 3.0]), low) == 1.0
    assert area_under_curve(np.array([-1.0]), low) == 0.0
    assert area_under_curve(np.array([1.0, 2.0]), low) == pytest.approx(3.5 / 4)
    assert np.isnan(area_under_curve(np.zeros(0), low))


def test_the_rate_model_knows_a_stored_cue_by_the_sum_of_its_softmax() -> None:
    key, novel = np.array([1, 1, -1, -1]), np.array([1, -1, 1, -1])
    shown = {"entorhinal": on_off(key), "cortical": on_off(key), "acetylcholine": 1.0}
    epochs = (
        Epoch("store", 100.0, 0, shown),
        Epoch("recall", 100.0, 0, {"entorhinal": on_off(key)}),
        Epoch("recall", 100.0, -1, {"entorhinal": on_off(novel)}),
    )
    found = rate_model(Schedule(epochs, WIDTHS), 2, lambda n_given: 0.5)
    # One slot matches in 4 entries or in 2; the other, never used, in half of 4.
    expected = [np.log(np.exp(4) + np.exp(2)), np.log(2 * np.exp(2))]
    np.testing.assert_allclose(found.match, expected)
