"""Items: what a schedule stores and asks for is read back from what it drives."""

from __future__ import annotations

import numpy as np

from hippokv.analysis.recall.items import items_of
from hippokv.circuits.schedule import Epoch, Schedule, on_off

WIDTHS = {"entorhinal": 6, "cortical": 4, "instruction": 1}
KEYS = np.array([[1, -1, 1], [-1, -1, 1]])
VALUES = np.array([[1, -1], [-1, -1]])
CUES = np.array([[0, -1, 0], [0, 0, 0], [-1, 0, 1]])


def schedule(*recalls: tuple[int, int]) -> Schedule:
    """Store both items, each in two epochs, and ask for an item with a cue as often as told."""
    epochs = [Epoch("rest", 10.0)]
    for item, (key, value) in enumerate(zip(KEYS, VALUES, strict=True)):
        shown = {"entorhinal": on_off(key), "cortical": on_off(value)}
        epochs += [
            Epoch("store", 20.0, item, shown),
            Epoch("store", 5.0, item, {**shown, "instruction": 1.0}),
        ]
    for item, cue in recalls:
        epochs += [
            Epoch("recall", 20.0, item, {"entorhinal": on_off(CUES[cue])}),
            Epoch("rest", 5.0),
        ]
    return Schedule(tuple(epochs), WIDTHS)


def test_patterns_come_back_as_they_were_shown() -> None:
    items = items_of(schedule((1, 2), (0, 0), (1, 1)))
    np.testing.assert_array_equal(items.keys, KEYS)
    np.testing.assert_array_equal(items.values, VALUES)
    np.testing.assert_array_equal(items.queries, CUES[[2, 0, 1]])
    np.testing.assert_array_equal(items.query_item, [1, 0, 1])


def test_the_arrays_have_the_types_of_the_results_folder() -> None:
    items = items_of(schedule((0, 0)))
    assert {items.keys.dtype, items.values.dtype, items.queries.dtype} == {np.dtype(np.int8)}
    assert items.query_item.dtype == np.int64


def test_a_schedule_without_recall_has_no_queries() -> None:
    items = items_of(schedule())
    assert items.queries.shape == (0, 3)
    assert items.query_item.shape == (0,)
    assert len(items.keys) == 2
