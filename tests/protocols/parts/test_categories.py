"""Categories: what items share with a prototype, and what guessing and pure gist score."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from numpy.typing import NDArray

from hippokv.analysis.recall.readout import Readout
from hippokv.protocols.parts.categories import Categories, categorised
from hippokv.protocols.running.stimuli import Stimuli

N_ITEMS, N_CATEGORIES, WIDTH = 400, 4, 40


def drawn(auto: bool = False) -> Stimuli:
    stream = np.random.default_rng(3)
    keys, values = (
        stream.choice([-1, 1], (N_ITEMS + N_CATEGORIES, WIDTH)).astype(np.int8) for _ in range(2)
    )
    return Stimuli(keys, keys if auto else values)


def scored(found: Categories, answers: NDArray[np.int8]) -> tuple[float, float]:
    """Return both scores where every item is asked for and so answered."""
    nothing = np.zeros((N_ITEMS, 1))
    readout = Readout(
        plateaus=nothing > 0, attention=nothing, evidence=answers.astype(float), keys=nothing,
        values=nothing, match=nothing[:, 0], spikes=nothing[:, 0],
    )  # fmt: skip
    return found.bits(readout, np.ones(N_ITEMS, dtype=bool), np.arange(N_ITEMS))


@pytest.mark.parametrize("similarity", [0.0, 0.6, 0.7, 1.0])
def test_items_have_that_part_of_their_entries_from_their_prototype(similarity: float) -> None:
    stimuli = drawn()
    found = categorised(stimuli, N_CATEGORIES, similarity)
    assert (found.shared.sum(axis=1) == round(similarity * WIDTH)).all()
    for patterns, raw in ((found.items.keys, stimuli.keys), (found.items.values, stimuli.values)):
        assert len(patterns) == N_ITEMS
        prototypes = raw[N_ITEMS:][np.arange(N_ITEMS) % N_CATEGORIES]
        # The others agree in one half.
        agree = (patterns == prototypes).mean()
        assert agree == pytest.approx((1 + similarity) / 2, abs=0.02)
    np.testing.assert_array_equal(
        found.items.values, np.where(found.shared, found.prototypes, stimuli.values[:N_ITEMS])
    )
    # Places are an item's own.
    if 0 < similarity < 1:
        assert len({tuple(row) for row in found.shared}) == N_ITEMS


def test_scores_find_the_same_places_again() -> None:
    one, other = (categorised(drawn(), N_CATEGORIES, 0.7) for _ in range(2))
    np.testing.assert_array_equal(one.shared, other.shared)
    np.testing.assert_array_equal(one.items.keys, other.items.keys)


def test_items_whose_value_is_their_key_stay_so() -> None:
    found = categorised(drawn(auto=True), N_CATEGORIES, 0.7)
    np.testing.assert_array_equal(found.items.keys, found.items.values)
    assert (found.shared.sum(axis=1) == 28).all()


def test_guessing_gives_one_half_and_the_prototype_only_what_is_shared() -> None:
    found = categorised(drawn(), N_CATEGORIES, 0.7)
    assert scored(found, found.items.values) == (1.0, 1.0)
    assert scored(found, np.zeros_like(found.items.values)) == (0.5, 0.5)
    guessed = np.random.default_rng(0).choice([-1, 1], found.items.values.shape).astype(np.int8)
    assert scored(found, guessed) == pytest.approx((0.5, 0.5), abs=0.02)
    category, own = scored(found, found.prototypes)
    assert category == 1.0 and own == pytest.approx(0.5, abs=0.02)
    # What is right of the item and nothing else has both.
    other = np.where(found.shared, -found.prototypes, found.items.values).astype(np.int8)
    assert scored(found, other) == (0.0, 1.0)


def test_what_has_no_bits_has_no_score() -> None:
    found = categorised(drawn(), N_CATEGORIES, 1.0)
    category, own = scored(replace(found), found.items.values)
    assert category == 1.0 and np.isnan(own)
