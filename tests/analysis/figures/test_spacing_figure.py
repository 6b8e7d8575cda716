"""Spacing: each delay has its points and its line, and the best gap is marked."""

from __future__ import annotations

import numpy as np
import pytest

from hippokv.analysis.figures.spacing import spacing_figure

NOTHING = float("nan")
FOUND = {
    7.0: {0.0: (0.9, 0.02), 1.0: (0.95, 0.02), 21.0: (0.85, 0.02)},
    350.0: {0.0: (0.2, NOTHING), 1.0: (0.25, NOTHING), 21.0: (0.3, NOTHING)},
}
PREDICTED = {
    delay: {gap: (mean - 0.05, NOTHING) for gap, (mean, _) in scores.items()}
    for delay, scores in FOUND.items()
}


def test_points_lines_and_best_gaps_stand_where_they_are() -> None:
    panel = spacing_figure(FOUND, PREDICTED).axes[0]
    points = [line for line in panel.lines if line.get_marker() == "o"]
    for line, scores in zip(points, FOUND.values(), strict=True):
        assert line.get_ydata() == pytest.approx([mean for mean, _ in scores.values()])
        assert list(line.get_xdata()) == [0, 1, 2]
    best = [line for line in panel.lines if line.get_marker() == "^"]
    assert [float(np.ravel(line.get_xdata())[0]) for line in best] == [1, 2]
    assert [label.get_text() for label in panel.get_xticklabels()] == ["0", "1", "21"]


def test_without_a_rate_model_there_are_points_alone() -> None:
    panel = spacing_figure(FOUND, {}).axes[0]
    assert not [line for line in panel.lines if line.get_marker() == "^"]
