"""Recall in groups: the means of circuit and rate model, and every single recall to be seen."""

from __future__ import annotations

import numpy as np
import pytest

from hippokv.analysis.figures.groups import PILE, groups_figure, piled
from hippokv.analysis.figures.style import RATE, SPIKING, UNINFORMED
from hippokv.analysis.recall.items import Items
from hippokv.analysis.recall.readout import Readout

GROUPS = ("before", "others_under_light")


def outcome(right: list[int]) -> Readout:
    """Return a readout in which so many of ten bits of each recall are right."""
    evidence = np.where(np.arange(10) < np.array(right)[:, None], 1.0, -1.0)
    nothing = np.zeros((1, 1))
    return Readout(np.ones((1, 1), dtype=bool), nothing, evidence, nothing, nothing)


ITEMS = Items(
    np.ones((1, 10), dtype=np.int8), np.ones((1, 10), dtype=np.int8),
    np.ones((8, 10), dtype=np.int8), np.zeros(8, dtype=np.int64),
    (GROUPS[0],) * 5 + (GROUPS[1],) * 3,
)  # fmt: skip
FOUND, PREDICTED = outcome([10, 10, 10, 5, 10, 5, 6, 7]), outcome([10] * 5 + [5] * 3)


def test_each_group_has_its_means_and_its_recalls() -> None:
    figure = groups_figure(FOUND, PREDICTED, ITEMS)
    (panel,) = figure.axes
    assert [text.get_text() for text in panel.get_yticklabels()] == ["before", "others under light"]
    large = [
        line for line in panel.lines if line.get_markersize() > 4 and len(line.get_xdata()) == 1
    ]
    means = {(round(float(line.get_xdata()[0]), 3), line.get_color()) for line in large}
    assert means == {(0.9, SPIKING), (1.0, RATE), (0.6, SPIKING), (0.5, RATE)}
    assert [text.get_text() for text in panel.texts] == ["0.90", "1.00", "0.60", "0.50"]


def test_what_chooses_its_slots_itself_has_a_mark_with_its_spread() -> None:
    right = FOUND.decoded
    figure = groups_figure(FOUND, PREDICTED, ITEMS, np.array([right, -right]))
    panel = figure.axes[0]
    marks = [line for line in panel.lines if line.get_color() == UNINFORMED]
    np.testing.assert_allclose([float(line.get_xdata()[0]) for line in marks], [0.5, 0.5])
    spans = [bars.get_segments()[0][:, 0] for bars in panel.collections]
    np.testing.assert_allclose(spans, [[0.1, 0.9], [0.4, 0.6]])
    assert "uninformed" in [text.get_text() for text in figure.legends[0].get_texts()]


def test_a_control_run_has_the_first_row_and_no_uninformed_mark() -> None:
    control = {"intact": (np.array([1.0, 0.8]), np.array([1.0, 1.0]))}
    figure = groups_figure(FOUND, PREDICTED, ITEMS, np.array([FOUND.decoded]), control)
    (panel,) = figure.axes
    assert [text.get_text() for text in panel.get_yticklabels()] == [
        "intact", "before", "others under light",
    ]  # fmt: skip
    assert [text.get_text() for text in panel.texts] == [
        "0.90", "1.00", "0.90", "1.00", "0.60", "0.50",
    ]  # fmt: skip
    marks = [line for line in panel.lines if line.get_color() == UNINFORMED]
    assert sorted(round(float(line.get_ydata()[0])) for line in marks) == [1, 2]
    assert "intact 0.90, rate model 1.00; before 0.90" in figure.get_label()


def test_every_recall_can_be_seen_and_none_is_on_a_mean() -> None:
    panel = groups_figure(FOUND, PREDICTED, ITEMS).axes[0]
    single = [line for line in panel.lines if line.get_markersize() < 4]
    points = np.concatenate([line.get_xydata() for line in single])
    assert len({(float(x), float(y)) for x, y in points}) == 8
    means = [line.get_ydata() for line in panel.lines if 4 < line.get_markersize() < 9]
    heights = {float(np.ravel(mean)[0]) for mean in means if np.size(mean) == 1}
    assert all(abs(y - height) > 0.15 for y in points[:, 1] for height in heights)


@pytest.mark.parametrize("count", [1, 5, 60])
def test_equal_values_are_piled_within_the_row(count: int) -> None:
    depth = piled(np.r_[np.ones(count), 0.5])
    assert len(set(depth[:-1])) == count
    assert depth.min() > PILE[0] and depth.max() < PILE[1]
    assert depth[-1] == piled(np.array([0.5]))[0]


def test_nothing_is_cut_off() -> None:
    figure = groups_figure(FOUND, PREDICTED, ITEMS)
    width, height = figure.get_size_inches()
    box = figure.get_tightbbox()
    assert box.x0 >= 0 and box.y0 >= 0 and box.x1 <= width and box.y1 <= height
