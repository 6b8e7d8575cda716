"""Errors of location: distributions above, what is fitted to them below."""

from __future__ import annotations

import numpy as np
import pytest
from matplotlib.collections import LineCollection

from hippokv.analysis.figures.location_errors import location_errors_figure
from hippokv.analysis.figures.style import RATE, SPIKING
from hippokv.analysis.recall.mixture_of_errors import fit_mixture

STREAM = np.random.default_rng(2)
FOUND = {
    "after_0": STREAM.vonmises(0, 30, 60),
    "after_9": np.concatenate([STREAM.vonmises(0, 30, 30), STREAM.uniform(-3, 3, 30)]),
    "reinstated": np.full(60, np.nan),
}
PREDICTED = {name: np.zeros(60) for name in FOUND}


def test_each_condition_has_a_histogram_and_a_fit() -> None:
    figure = location_errors_figure(FOUND, PREDICTED)
    *histograms, accessibility, spread = figure.axes
    assert [panel.get_title("left") for panel in histograms] == ["after 0", "after 9", "reinstated"]
    heights = sum(patch.get_height() for patch in histograms[0].patches[:15])
    assert heights == pytest.approx(1.0)
    fits = [fit_mixture(errors) for errors in FOUND.values()]
    for panel, attribute in ((accessibility, "accessibility"), (spread, "spread_deg")):
        drawn = {
            colour: np.concatenate(
                [
                    np.asarray(line.get_ydata(), dtype=float)
                    for line in panel.lines
                    if line.get_marker() == "o" and line.get_color() == colour
                ]
            )
            for colour in (SPIKING, RATE)
        }
        np.testing.assert_allclose(drawn[SPIKING], [getattr(fit, attribute) for fit in fits])
    assert spread.get_ylim()[0] == 0


def test_intervals_are_drawn_from_their_lower_to_their_upper_end() -> None:
    intervals = dict.fromkeys(FOUND, np.array([[0.2, 3.0], [0.9, 60.0]]))
    figure = location_errors_figure(FOUND, FOUND, intervals, intervals)
    spread = figure.axes[-1]
    bars = [bar.get_segments() for bar in spread.collections if isinstance(bar, LineCollection)]
    np.testing.assert_allclose(bars[0][0][:, 1], [3.0, 60.0])
