"""The scaffold memory: from a damaged cue to the address and to the whole pattern."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from numpy.typing import NDArray

from hippokv.analysis.scaffold.grid_addresses import GridModules, room
from hippokv.analysis.scaffold.grid_inputs import FixedInDegree, RecruitedByPlaces
from hippokv.analysis.scaffold.information import bits_right, information_recalled
from hippokv.analysis.scaffold.scaffold_rate_model import (
    ScaffoldRateModel,
    ScaffoldRecall,
    flipped,
    random_addresses,
    recall,
)
from hippokv.analysis.scaffold.value_rules import DeltaRule, PseudoInverse
from hippokv.arrays import Array
from hippokv.errors import InputError

MEMORY = ScaffoldRateModel()


def asked(
    memory: ScaffoldRateModel, count: int, noise: float = 0.1, seed: int = 0
) -> tuple[ScaffoldRecall, Array, NDArray[np.intp]]:
    """Return what comes back, the patterns and their addresses."""
    rng = np.random.default_rng([seed, count])
    addresses = random_addresses(memory.modules, count, rng)
    patterns = rng.choice([-1.0, 1.0], (count, 200))
    found = recall(memory, addresses, patterns, flipped(patterns, noise, rng), seed)
    return found, patterns, addresses


@pytest.mark.parametrize(("count", "least"), [(20, 0.999), (80, 0.999), (160, 0.99)])
def test_patterns_come_back_from_damaged_cues(count: int, least: float) -> None:
    found, patterns, addresses = asked(MEMORY, count)
    assert bits_right(found.decoded, patterns) >= least
    assert (found.addresses == addresses).all(axis=1).mean() > 0.97


def test_the_loop_brings_back_the_whole_code_of_an_address() -> None:
    found, _, addresses = asked(MEMORY, 160)
    true = asked(MEMORY, 160, noise=0.0)[0].hippocampal
    reached = (found.addresses == addresses).all(axis=1)
    overlap = (found.found * true).sum(axis=1)[reached] / 40
    corrected = (found.hippocampal * true).sum(axis=1)[reached] / 40
    assert overlap.mean() < 0.95
    assert corrected.mean() > 0.99


def test_without_the_loop_the_winners_of_the_cue_are_read() -> None:
    found, _, _ = asked(replace(MEMORY, corrects=False), 40)
    np.testing.assert_array_equal(found.hippocampal, found.found)


@pytest.mark.slow
def test_information_grows_with_more_and_sparser_cells() -> None:
    small, large = MEMORY, ScaffoldRateModel(n_cells=1600, active_share=0.03)
    known: dict[str, list[float]] = {"small": [], "large": []}
    for name, memory in (("small", small), ("large", large)):
        for count in (40, 80, 160, 320):
            runs = [asked(memory, count, seed=seed) for seed in range(3)]
            bits = [information_recalled(found.decoded, patterns) for found, patterns, _ in runs]
            known[name].append(float(np.mean(bits)))
    assert np.all(np.diff(known["large"]) > 0)
    assert known["large"][-1] > 1.5 * known["small"][-1]


def test_the_weights_may_be_given() -> None:
    rng = np.random.default_rng(5)
    weights = FixedInDegree().draw(800, np.zeros((0, 50)), rng)
    found, patterns, _ = asked(replace(MEMORY, inputs=weights), 40)
    assert bits_right(found.decoded, patterns) > 0.99
    for unfit in (weights[:, :-1], FixedInDegree((9, 16), (3, 6))):
        with pytest.raises(InputError, match="inputs"):
            asked(replace(MEMORY, inputs=unfit), 5)


def test_items_of_a_room_recruit_their_cells() -> None:
    modules = GridModules((3, 4, 5, 7))
    places = modules.phases(room(7, 7))
    memory = ScaffoldRateModel(modules, inputs=RecruitedByPlaces(), values=PseudoInverse())
    rng = np.random.default_rng(0)
    addresses = rng.permutation(places)[:30]
    patterns = rng.choice([-1.0, 1.0], (30, 200))
    cues = flipped(patterns, 0.1, rng)
    for visited in (places, "at items"):
        found = recall(replace(memory, visited=visited), addresses, patterns, cues, 0)
        assert bits_right(found.decoded, patterns) > 0.99
        assert np.array_equal(found.addresses, addresses)


def test_a_seed_repeats_a_recall_and_another_does_not() -> None:
    first, again, other = (asked(MEMORY, 30, seed=seed)[0].evidence for seed in (1, 1, 2))
    np.testing.assert_array_equal(first, again)
    assert not np.array_equal(first, other)


def test_hidden_entries_of_a_cue_are_recalled() -> None:
    rng = np.random.default_rng(0)
    addresses = random_addresses(MEMORY.modules, 20, rng)
    patterns = rng.choice([-1.0, 1.0], (20, 200))
    cues = patterns * (rng.random(patterns.shape) < 0.5)
    found = recall(MEMORY, addresses, patterns, cues, 0)
    assert (found.decoded == patterns)[cues == 0].mean() > 0.99


def test_a_memory_that_learned_nothing_decodes_ties() -> None:
    memory = replace(MEMORY, values=DeltaRule(rate=0.0))
    found, patterns, _ = asked(memory, 10)
    assert np.all(found.decoded == 0)
    assert bits_right(found.decoded, patterns) == 0.5


def test_cues_have_exactly_as_many_bits_turned_round() -> None:
    patterns = np.ones((5, 40))
    np.testing.assert_array_equal((flipped(patterns, 0.1, np.random.default_rng(0)) < 0).sum(1), 4)


def test_addresses_of_another_shape_or_too_many_are_refused() -> None:
    with pytest.raises(InputError, match="addresses"):
        recall(MEMORY, np.zeros((3, 2), dtype=np.intp), np.ones((3, 4)), np.ones((1, 4)), 0)
    with pytest.raises(InputError, match="at most 3600"):
        random_addresses(MEMORY.modules, 3601, np.random.default_rng(0))
    with pytest.raises(InputError, match="active_share"):
        ScaffoldRateModel(active_share=0.0001)
