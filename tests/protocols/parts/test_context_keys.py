"""Contexts: what a list shares, and what a cue gives of it."""

from __future__ import annotations

import numpy as np

from hippokv.protocols.parts.context_keys import context_size, cues_in_context, in_context

KEYS = (2 * np.random.default_rng(1).integers(0, 2, (6, 20)) - 1).astype(np.int8)
LISTS = (range(0, 2), range(2, 6))


def test_a_list_shares_its_context_and_nothing_else_changes() -> None:
    keys = in_context(KEYS, LISTS, 8)
    for items in LISTS:
        np.testing.assert_array_equal(keys[items, :8], np.tile(KEYS[items[0], :8], (len(items), 1)))
    np.testing.assert_array_equal(keys[:, 8:], KEYS[:, 8:])
    assert not np.array_equal(keys[0, :8], keys[2, :8])


def test_a_cue_gives_the_whole_context_and_hides_a_part_of_the_rest() -> None:
    cues = cues_in_context(KEYS, 8, 0.75, seed=4)
    np.testing.assert_array_equal(cues[:, :8], KEYS[:, :8])
    assert ((cues[:, 8:] == 0).sum(axis=1) == 9).all()
    shown = cues != 0
    np.testing.assert_array_equal(cues[shown], KEYS[shown])


def test_the_context_is_a_fraction_of_the_key() -> None:
    assert [context_size(40, part) for part in (0.0, 0.25, 0.5, 1.0)] == [0, 10, 20, 40]
