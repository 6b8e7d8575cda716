"""Parameters: what a field accepts, and how it says so."""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from typing import Any

import pytest

from hippokv.errors import InputError
from hippokv.parameter import allowed, leaves, parameter, si_values, with_values


# fmt: off
@dataclass(frozen=True)
class Cell:
    leak_nS: float = parameter(10.0, "leak", "chosen", low=0.1, high=1000.0)
    step_ms: float = parameter(5.0, "step", "chosen", low=5.0, high=100.0, step=5.0)


@dataclass(frozen=True)
class Circuit:
    n_cells: int = parameter(4, "cells", "chosen", low=1, high=2**32 - 1, structural=True)
    gain: float = parameter(1.0, "gain", "chosen")
    floor: float = parameter(1.0, "floor", "chosen", low=0.5)
    ceiling: float = parameter(1.0, "ceiling", "chosen", high=2.0)
    word: str = parameter("red", "word", "chosen", choices=("red", "blue"))
    pick: float = parameter(0.5, "pick", "chosen", choices=(0.25, 0.5, 1.0))
    flag: bool = parameter(False, "flag", "chosen")
    cell: Cell = field(default_factory=Cell)
# fmt: on


@pytest.mark.parametrize(
    ("key", "value", "kept"),
    [
        ("n_cells", 2**32 - 1, 2**32 - 1),
        ("gain", -1, -1.0),
        ("word", "blue", "blue"),
        ("pick", 1, 1.0),
        ("flag", True, True),
        ("cell.leak_nS", 0.1, 0.1),
        ("cell.step_ms", 15, 15.0),
    ],
)
def test_a_value_in_range_is_kept_in_the_type_of_its_field(key: str, value: Any, kept: Any) -> None:
    found = {name: value for name, value, _ in leaves(with_values(Circuit(), {key: value}))}
    assert found[key] == kept and type(found[key]) is type(kept)


@pytest.mark.parametrize(
    ("key", "value", "words"),
    [
        ("n_cells", 0, "must be a whole number from 1 to 4294967295"),
        ("n_cells", 10**400, "must be a whole number from 1 to 4294967295"),
        ("n_cells", 4.0, "must be a whole number from 1 to 4294967295"),
        ("n_cells", True, "must be a whole number from 1 to 4294967295"),
        ("gain", math.nan, "must be a number"),
        ("gain", math.inf, "must be a number"),
        ("gain", 10**400, "must be a number"),
        ("gain", "1", "must be a number"),
        ("gain", None, "must be a number"),
        ("floor", 0.4, "must be a number of 0.5 or more"),
        ("ceiling", 2.1, "must be a number of 2 or less"),
        ("ceiling", -math.inf, "must be a number of 2 or less"),
        ("word", "green", "must be one of red, blue"),
        ("word", 1, "must be one of red, blue"),
        ("pick", 0.3, "must be one of 0.25, 0.5, 1"),
        ("flag", 1, "must be true or false"),
        ("cell.leak_nS", 0.0, "must be a number from 0.1 to 1000 (in nS)"),
        ("cell.step_ms", 12.0, "must be a number from 5 to 100, a multiple of 5 (in ms)"),
        ("cell", 1, "must be a known key"),
        ("leak_nS", 1, "must be a known key, did you mean cell.leak_nS?"),
    ],
)
def test_any_other_value_is_refused_with_words(key: str, value: Any, words: str) -> None:
    with pytest.raises(InputError) as refused:
        with_values(Circuit(), {key: value})
    assert str(refused.value).startswith(f"{key} = ")
    assert words in str(refused.value)


def test_every_field_says_what_it_accepts() -> None:
    for _, _, entry in leaves(Circuit()):
        assert allowed(entry).startswith("must be ")


def test_si_values_carry_no_structure_and_no_words() -> None:
    assert si_values(Circuit()) == {"gain": 1.0, "floor": 1.0, "ceiling": 1.0, "pick": 0.5}
    assert si_values(Cell()) == pytest.approx({"leak": 1e-8, "step": 5e-3})
