"""The beginnings of the authors' code: numbers that PyTorch is known to draw."""

from __future__ import annotations

import numpy as np
import pytest

from hippokv.analysis.theory.authors_draws import TorchStream, authors_items, authors_weights
from hippokv.analysis.theory.trained_items import TRAININGS, train_items


@pytest.mark.parametrize(
    ("seed", "known"),
    [
        (0, [0.4963, 0.7682, 0.0885, 0.1320, 0.3074, 0.6341, 0.4901, 0.8964, 0.4556, 0.6323]),
        (42, [0.8823, 0.9150, 0.3829, 0.9593, 0.3904, 0.6009]),
    ],
)
def test_uniform_numbers_are_those_of_pytorch(seed: int, known: list[float]) -> None:
    assert TorchStream(seed).uniform(len(known)) == pytest.approx(known, abs=5.1e-5)


def test_integers_are_those_of_pytorch() -> None:
    assert TorchStream(42).integers(10, 10).tolist() == [2, 7, 6, 4, 6, 5, 0, 4, 0, 3]


@pytest.mark.parametrize(("count", "drawn"), [(32, 32), (40, 56)])
def test_normal_numbers_are_skipped_in_blocks(count: int, drawn: int) -> None:
    skipped, plain = TorchStream(1), TorchStream(1)
    skipped.skip_normal(count)
    plain.bits(drawn)
    assert skipped.uniform(1) == plain.uniform(1)


def test_weights_are_within_the_reach_of_their_layer() -> None:
    hidden, output = authors_weights((784, 64, 4))
    assert hidden.shape == (784, 64) and output.shape == (64, 4)
    assert np.abs(hidden).max() <= 1 / 28 and np.abs(output).max() <= 1 / 8
    # The first row of their table of outputs by inputs.
    assert hidden[:2, 0] * 28 == pytest.approx([2 * 0.4963 - 1, 2 * 0.7682 - 1], abs=1.1e-4)


def test_their_items_take_opposite_quadrants() -> None:
    """With a tenth of the steps at ten times the rate."""
    beginning = authors_items(2, 200)
    found = train_items(beginning, (500,), TRAININGS["authors"], 3e-3)[500].scores()
    assert found.decoded == 1.0
    assert found.within == pytest.approx(0.99, abs=0.02)
    assert found.between == pytest.approx(-0.99, abs=0.02)
