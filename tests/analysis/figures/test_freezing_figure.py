"""Freezing: every test has its mark, beside what is known of it."""

from __future__ import annotations

import numpy as np
import pytest

from hippokv.analysis.figures.freezing import LIVES, freezing_figure
from hippokv.protocols import extinction

TESTS = [name for tests in LIVES.values() for name in tests]
KNOWN = {"end": 0.19, "month_ABA": 0.25}


def test_every_test_of_the_protocol_is_drawn() -> None:
    assert set(TESTS) == {test.name for life in extinction.LIVES for test in life.tests}
    assert set(extinction.PUBLISHED) <= set(TESTS)


@pytest.mark.parametrize("half", [float("nan"), 0.03])
def test_marks_stand_at_their_scores(half: float) -> None:
    found = {name: (number / 20, half) for number, name in enumerate(TESTS)}
    predicted = {name: (score + 0.01, half) for name, (score, _) in found.items()}
    figure = freezing_figure(found, predicted, KNOWN, 0.56)
    assert [panel.get_title(loc="left") or panel.get_title() for panel in figure.axes] == list(
        LIVES
    )
    drawn = [[line for line in panel.lines if line.get_marker() == "o"] for panel in figure.axes]
    for kind, scores in enumerate((predicted, found)):
        heights = np.concatenate([lines[kind].get_ydata() for lines in drawn])
        assert heights == pytest.approx([scores[name][0] for name in TESTS])
    crosses = [
        line.get_ydata()
        for panel in figure.axes
        for line in panel.lines
        if line.get_marker() == "x"
    ]
    assert np.concatenate(crosses) == pytest.approx(list(KNOWN.values()))
    words = [label.get_text() for panel in figure.axes for label in panel.get_xticklabels()]
    assert words == [words for tests in LIVES.values() for words in tests.values()]


def test_letters_stay_inside() -> None:
    scores = {name: (0.3, 0.02) for name in TESTS}
    figure = freezing_figure(scores, scores, KNOWN, 0.56)
    figure.canvas.draw()
    renderer = figure.canvas.get_renderer()  # type: ignore[attr-defined]
    for panel in figure.axes:
        box = panel.get_tightbbox(renderer)
        assert box is not None
        assert box.x0 >= 0
        assert box.x1 <= figure.bbox.width
