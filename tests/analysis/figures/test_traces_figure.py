"""The figures of what was recorded inside: which cells, stretches and moments are drawn."""

from __future__ import annotations

import numpy as np
import pytest

from hippokv.analysis.figures.synapses_over_time import moments, synapses_figure
from hippokv.analysis.figures.traces import traces_figure
from hippokv.circuits.recording import Recording, SpikeTrain, Trace
from hippokv.circuits.schedule import Epoch, Schedule

CELLS = np.array([4, 2, 9, 7])


def recorded(duration_s: float = 20.0, start_s: float = 0.0) -> tuple[Recording, Schedule]:
    """Return a made-up run: cell 7 has a plateau in the second storage, cell 2 spikes in recall."""
    quarter = 1e3 * duration_s / 4
    epochs = [Epoch("store", quarter, 0), Epoch("store", quarter, 1), Epoch("rest", quarter)]
    schedule = Schedule((*epochs, Epoch("recall", quarter, 0)), {})
    times = np.arange(start_s, duration_s, 0.01)
    spikes = SpikeTrain.at(np.array([0.8, 0.81, 0.82]) * duration_s, np.array([2, 2, 9]), 12)
    plateaus = SpikeTrain.at(np.array([0.3]) * duration_s, np.array([7]), 12)
    waves = 1e-3 * np.sin(times)[:, None] * np.arange(4)
    trace = Trace(
        times, CELLS,
        {"v": -0.07 + waves, "pv": 0 * waves}, {"v": "volt", "pv": "siemens"},
    )  # fmt: skip
    table = np.linspace(0, 1, 12).reshape(1, 3, 4) * np.arange(6)[:, None, None]
    keys = Trace(np.arange(6.0), np.arange(3), {"weight": table}, {"weight": "1"})
    recording = Recording(
        {"hippocampal": spikes}, {"dendritic_spike": plateaus}, {}, 1e3 * duration_s,
        traces={"hippocampal": trace, "keys": keys},
    )  # fmt: skip
    return recording, schedule


def test_a_long_run_shows_where_the_recorded_cells_had_plateaus_and_spikes() -> None:
    figure = traces_figure(*recorded())
    panels = figure.axes
    assert len(panels) == 4
    storage, recall = (panel.get_xlim() for panel in panels[:2])
    assert storage[0] <= 6.0 <= storage[1]
    assert recall[0] <= 16.4 <= recall[1]
    labels = [text.get_text() for text in panels[0].texts]
    # Those with plateaus or spikes, and one more, in the order of the array.
    assert [label for label in labels if label.startswith("cell ")] == [
        "cell 2",
        "cell 9",
        "cell 7",
    ]
    assert "v (mV)" in labels
    assert panels[0].lines[0].get_ydata()[0] == pytest.approx(-70, abs=3)
    plateaus = [line for line in panels[0].lines if line.get_marker() == ">"]
    np.testing.assert_allclose(np.concatenate([one.get_xdata() for one in plateaus]), [6.0])
    ticks = [line for line in panels[1].lines if line.get_marker() == "|"]
    np.testing.assert_allclose(
        np.sort(np.concatenate([one.get_xdata() for one in ticks])), [16.0, 16.2, 16.4]
    )


def test_a_short_run_and_a_late_window_show_what_was_recorded() -> None:
    assert traces_figure(*recorded(4.0)).axes[0].get_xlim() == pytest.approx((0.0, 3.99))
    late = traces_figure(*recorded(20.0, start_s=9.0)).axes
    assert all(panel.get_xlim()[0] >= 9.0 for panel in late)


def test_moments_are_those_of_equal_change() -> None:
    sudden = np.zeros((100, 2, 2))
    sudden[40:] = 1
    assert moments(sudden) == [0, 40, 99]
    assert moments(np.zeros((5, 1, 1))) == [0, 4]
    assert moments(np.zeros((1, 1, 1))) == [0]
    even = np.arange(101.0)[:, None, None] * np.ones((1, 2, 2))
    assert moments(even) == [0, 25, 50, 75, 100]


def test_synapses_are_tables_of_one_scale() -> None:
    recording, _ = recorded()
    figure = synapses_figure(recording, {"keys": "entorhinal"})
    images = [panel.images[0] for panel in figure.axes if panel.images]
    assert len(images) == 5
    assert {image.get_clim() for image in images} == {(0.0, 5.0)}
    np.testing.assert_array_equal(
        images[-1].get_array(), recording.traces["keys"].values["weight"][-1]
    )
