"""What a score rests on, and how far it can be trusted."""

from __future__ import annotations

import math
from dataclasses import replace

import numpy as np
import pytest

from hippokv.analysis.recall.certainty import certainties, interval
from hippokv.analysis.recall.items import Items
from hippokv.analysis.recall.readout import Readout
from hippokv.analysis.recall.scores import accuracy, accuracy_by_group, engram_share

STREAM = np.random.default_rng(0)
#: Three items of ten bits; the first is asked for twice, each other item once in another way.
VALUES = STREAM.choice([-1, 1], (3, 10)).astype(np.int8)
ITEMS = Items(
    VALUES, VALUES, VALUES[[0, 0, 1, 2]], np.array([0, 0, 1, 2]), ("cue", "cue", "light", "light")
)
#: The second recall is silent, the third all wrong.
EVIDENCE = VALUES[[0, 0, 1, 2]] * np.array([1.0, 0.0, -1.0, 1.0])[:, None]
READOUT = Readout(
    np.eye(3, 4, dtype=bool), np.full((4, 4), [0.7, 0.1, 0.1, 0.1]), EVIDENCE, np.zeros((4, 10)),
    np.zeros((4, 10)),
)  # fmt: skip


def measure(readout: Readout) -> dict[str, float]:
    return {
        "accuracy": accuracy_by_group(readout, ITEMS)["accuracy_light"],
        **accuracy_by_group(readout, ITEMS),
        "engram_share": engram_share(readout, ITEMS, "cue"),
        "plateaus": float(readout.plateaus.sum()),
        "missing": math.nan,
    }


def test_a_score_rests_on_the_recalls_that_it_depends_on() -> None:
    found = certainties(measure, measure(READOUT), READOUT, ITEMS)
    assert {name: one.n for name, one in found.items()} == {
        "accuracy": 2, "accuracy_cue": 2, "accuracy_light": 2, "engram_share": 2,
    }  # fmt: skip
    whole = certainties(lambda one: accuracy(one, ITEMS), ["accuracy"], READOUT, ITEMS)
    assert whole["accuracy"].n == 4


def test_chance_is_half_of_bits_and_the_share_of_the_slots() -> None:
    found = certainties(measure, measure(READOUT), READOUT, ITEMS)
    assert found["accuracy_cue"].chance == 0.5
    assert found["engram_share"].chance == 1 / 4
    assert math.isnan(found["engram_share"].low)


def test_hidden_and_strict_scores_count_what_they_say() -> None:
    queries = ITEMS.queries.copy()
    queries[:, :8] = 0
    items = replace(ITEMS, queries=queries)
    names = ("accuracy", "accuracy_strict", "accuracy_hidden", "accuracy_strict_hidden")
    found = certainties(lambda one: accuracy(one, items), names, READOUT, items)
    rows = np.array([1.0, 0.5, 0.0, 1.0])
    for name, bits, right in (
        ("accuracy", 10, rows), ("accuracy_hidden", 8, rows),
        ("accuracy_strict", 10, np.floor(rows)), ("accuracy_strict_hidden", 8, np.floor(rows)),
    ):  # fmt: skip
        expected = interval(right * bits, np.full(4, float(bits)))
        assert (found[name].low, found[name].high) == pytest.approx(expected)


def test_what_is_made_of_answers_by_others_has_no_interval_of_their_bits() -> None:
    """As what a controller puts out for what it hears: an interval would not hold the score."""
    found = certainties(
        lambda one: {"accuracy": accuracy(one, ITEMS)["accuracy"] ** 2},
        ["accuracy"],
        READOUT,
        ITEMS,
    )
    assert found["accuracy"].n == 4
    assert all(map(math.isnan, (found["accuracy"].chance, found["accuracy"].low)))


def test_recalls_that_are_known_are_not_searched_for() -> None:
    known = {"content_hit": np.array([True, False, False, False]),
             "match_auc_hit": np.array([True, False, True, True])}  # fmt: skip
    scores = {"content_hit": 1.0, "match_auc_hit": 0.25}
    found = certainties(lambda _: scores, scores, READOUT, ITEMS, known)
    assert [found[name].n for name in scores] == [1, 3]
    assert found["content_hit"].high == pytest.approx(1.0) and found["content_hit"].chance == 0.5
    assert found["match_auc_hit"].chance == 0.5 and math.isnan(found["match_auc_hit"].low)


def test_without_recalls_nothing_is_certain() -> None:
    none = Items(VALUES, VALUES, VALUES[:0], np.zeros(0, dtype=np.int64))
    assert certainties(measure, ["accuracy"], READOUT, none) == {}


def test_an_interval_of_bits_is_wilsons() -> None:
    # Newcombe 1998, table I: 81 of 263.
    assert interval(np.array([81.0]), np.array([263.0])) == pytest.approx(
        (0.2553, 0.3662), abs=1e-4
    )
    low, high = interval(np.array([10.0, 10.0]), np.array([10.0, 10.0]))
    assert high == 1.0 and low == pytest.approx(20 / (20 + 1.96**2), abs=1e-3)
    assert all(map(math.isnan, interval(np.zeros(1), np.zeros(1))))


def test_recalls_that_come_back_whole_or_not_at_all_count_as_one_each() -> None:
    whole = np.repeat([40.0, 0.0], 20), np.full(40, 40.0)
    low, high = interval(*whole)
    single = interval(np.repeat([1.0, 0.0], 20), np.ones(40))
    assert high - low == pytest.approx(single[1] - single[0], rel=0.05)


@pytest.mark.parametrize("chance", [0.5, 0.8, 0.97])
def test_an_interval_holds_the_truth_as_often_as_it_says(chance: float) -> None:
    stream = np.random.default_rng(7)
    held = []
    for _ in range(400):
        # Each recall has a part of its own, so that bits go together.
        part = stream.beta(8 * chance, 8 * (1 - chance), 40)
        low, high = interval(stream.binomial(40, part).astype(float), np.full(40, 40.0))
        held.append(low <= chance <= high)
    assert 0.91 <= np.mean(held) <= 0.99
