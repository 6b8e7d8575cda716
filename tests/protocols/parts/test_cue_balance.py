"""Cues outside the range of a calibration are counted and named."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from hippokv.analysis.recall.items import Items
from hippokv.circuits.slot_memory_parameters import SlotMemoryParameters, calibration_of
from hippokv.protocols.parts.cue_balance import off_balance


def asked(*given: int, wrong: int = 0, looped: bool = False, n_inputs: int = 40) -> Items:
    """Return an item and cues that give so many entries of it, the first of them wrong."""
    key = np.ones(n_inputs, dtype=np.int8)
    queries = np.array([key * (np.arange(n_inputs) < count) for count in given], dtype=np.int8)
    queries[:, :wrong] *= -1
    return items(key[None], queries, looped)


def items(keys: NDArray[np.int8], queries: NDArray[np.int8], looped: bool) -> Items:
    number = np.zeros(len(queries), dtype=np.int64)
    return Items(keys, keys, queries, number, (), np.full(len(queries), looped))


def lines(items: Items, **changes: float) -> tuple[str, ...]:
    return off_balance(calibration_of(SlotMemoryParameters(**changes)), items)  # type: ignore[arg-type]


def test_nothing_is_said_of_cues_within_the_range() -> None:
    assert lines(asked(1, 4, 16, 40)) == ()
    assert lines(asked(6, 16, 30), beta=1.0) == ()


def test_faint_and_full_cues_are_counted_with_the_range() -> None:
    assert lines(asked(2, 4, 16), beta=1.0) == (
        "2 of 3 cues leave the slots too quiet for the value cells: with circuit.beta = 1 the "
        "competition holds for cues that give 6 to 30 of 40 entries of a stored key",
    )
    (line,) = lines(asked(4, 16, 40), beta=1.0)
    assert line.startswith(
        "1 of 3 cues leave the slots too quiet for the value cells and 1 of 3 cues ask for more "
        "inhibition than PV cells can make: "
    )


def test_entries_that_are_wrong_count_as_missing() -> None:
    assert lines(asked(8), beta=1.0) == ()
    assert lines(asked(8, wrong=4), beta=1.0) != ()


def test_what_shows_nothing_or_comes_from_the_loop_is_left_out() -> None:
    assert lines(asked(0, 2), beta=1.0)[0].startswith("1 of 1 cues")
    assert lines(asked(2, looped=True), beta=1.0) == ()


def test_a_calibration_without_any_balanced_cue_says_so() -> None:
    (line,) = lines(asked(16), value_pA=1.0)
    assert line.endswith("no cue of 40 entries is balanced (circuit.beta)")
