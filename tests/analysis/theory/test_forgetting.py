"""Two tasks in one network: its weights are what it began with and what came from each."""

from __future__ import annotations

import numpy as np
import pytest

from hippokv.analysis.theory.classifier import Classifier, drawn_weights
from hippokv.analysis.theory.forgetting import (
    FIRST,
    SECOND,
    Learning,
    Task,
    TwoTasks,
    amplified,
    learn_both,
    task_of,
)

LEARNING = Learning(epochs=3, batch=8, n_hidden=12)


def tasks() -> tuple[Task, Task]:
    """Return two tasks of two clusters each."""
    stream = np.random.default_rng(1)
    labels = stream.integers(0, 4, 400)
    images = 2 * np.random.default_rng(0).random((4, 10))[labels]
    images = images + 0.3 * stream.normal(size=images.shape)
    first, second = (task_of(images, labels, classes, stream) for classes in (FIRST, SECOND))
    return first, second


@pytest.fixture(scope="module")
def found() -> TwoTasks:
    return learn_both(*tasks(), LEARNING, np.random.default_rng(2))


def test_a_task_has_its_classes_and_asks_what_was_not_shown() -> None:
    stream = np.random.default_rng(0)
    images, labels = np.arange(40.0).reshape(20, 2), np.arange(20) % 4
    task = task_of(images, labels, SECOND, stream)
    assert len(task.shown) == 7 and len(task.asked) == 3
    assert {*task.shown_labels, *task.asked_labels} == set(SECOND)
    together = np.concatenate([task.shown, task.asked])
    assert sorted(together[:, 0]) == sorted(images[labels >= 2][:, 0])


def test_all_parts_together_are_the_network_that_was_trained(found: TwoTasks) -> None:
    stream = np.random.default_rng(2)
    first, second = tasks()
    network = Classifier.beginning(drawn_weights((10, 12, 4), stream))
    for task in (first, second):
        network.train(task.shown, task.shown_labels, 0.1, 3, 8, stream)
    np.testing.assert_allclose(found.outputs(first.asked), network.outputs(first.asked), atol=1e-10)
    assert tuple(found.right[-1]) == found.accuracy()
    assert len(found.right) == 7


def test_each_part_is_amplified_on_its_own(found: TwoTasks) -> None:
    inputs = found.first.asked
    for shares in amplified(1.0).values():
        np.testing.assert_allclose(found.outputs(inputs, shares), found.outputs(inputs))
    one, two = found.parts
    for beta, name, expected in (
        (2.0, "W0 alone", [part | {"initial": 2 * part["initial"]} for part in found.parts]),
        (0.0, "pairs of task 2", [part | {"second": 0 * part["second"]} for part in found.parts]),
        (3.0, "pairs of task 1, second layer",
         [one, two | {half: 3 * two[half] for half in ("first half", "other half")}]),
    ):  # fmt: skip
        hidden = np.maximum(inputs @ sum(expected[0].values()), 0.0)
        np.testing.assert_allclose(
            found.outputs(inputs, amplified(beta)[name]), hidden @ sum(expected[1].values())
        )


def test_what_is_forgotten_is_whole_among_its_own_outputs(found: TwoTasks) -> None:
    assert found.right[3, 0] > 0.9 and found.right[-1, 0] < 0.5 and found.right[-1, 1] > 0.9
    assert found.among_its_own() > 0.9
    # A constant that is large enough leaves nothing else to compare.
    assert found.accuracy(shift=1e6) == (found.among_its_own(), 0.0)


def test_examples_in_order_need_no_stream() -> None:
    first, _ = tasks()
    networks = [
        Classifier.beginning(drawn_weights((10, 12, 4), np.random.default_rng(2))) for _ in range(2)
    ]
    networks[0].train(first.shown, first.shown_labels, 0.1, 1, 8, None)
    for start in range(0, len(first.shown), 8):
        networks[1]._step(
            first.shown[start : start + 8], first.shown_labels[start : start + 8], 0.1
        )
    np.testing.assert_array_equal(networks[0].layers[0].weights, networks[1].layers[0].weights)
