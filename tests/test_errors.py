"""Errors: what they say, and that they survive the way from one process to another."""

from __future__ import annotations

import copy
import pickle
from concurrent.futures import ProcessPoolExecutor
from multiprocessing import get_context
from typing import Any

import numpy as np
import pytest

from hippokv.errors import BuildError, InputError, one_line
from hippokv.protocols.parts.multiples_of_slots import counts


@pytest.mark.parametrize("value", [3, "five", None, [1, 2], "x" * 500])
def test_an_input_error_is_the_same_after_pickling(value: Any) -> None:
    error = InputError("circuit.n_slots", value, "must be a whole number")
    for again in (pickle.loads(pickle.dumps(error)), copy.copy(error)):
        assert type(again) is InputError
        assert (again.key, again.value, again.allowed) == (error.key, value, error.allowed)
        assert str(again) == str(error)


def test_an_input_error_of_another_process_is_raised_here() -> None:
    with (
        ProcessPoolExecutor(1, mp_context=get_context("spawn")) as pool,
        pytest.raises(InputError, match="protocol.lengths = 'five': must be whole numbers"),
    ):
        pool.submit(counts, "protocol.lengths", "five", 40, 100).result()


def test_a_build_error_says_what_it_was_given() -> None:
    assert str(pickle.loads(pickle.dumps(BuildError("no compiler")))) == "no compiler"


def test_what_was_given_is_cut_short() -> None:
    assert len(str(InputError("key", "x" * 10_000, "must be short"))) < 150
    assert len(str(InputError("k" * 10_000, 1, "must be short"))) < 150
    assert len(str(InputError("key", 1, "must be short, not " + "x" * 10_000))) < 700


def _nested(depth: int) -> list[Any]:
    found: list[Any] = []
    for _ in range(depth):
        found = [found]
    return found


class Unshowable:
    """Something that cannot be written down."""

    def __repr__(self) -> str:
        raise RuntimeError("no")


@pytest.mark.parametrize(
    ("value", "shown"),
    [
        (10**6000, "<int that cannot be shown>"),
        (_nested(100_000), "<list that cannot be shown>"),
        (Unshowable(), "<Unshowable that cannot be shown>"),
        (np.zeros((3, 3)), "array([[0., 0., 0.], [0., 0., 0.], [0., 0., 0.]])"),
        ("a\nb", r"'a\nb'"),
    ],
    ids=["digits", "nested", "unshowable", "array", "text"],
)
def test_whatever_was_given_the_error_is_one_line(value: Any, shown: str) -> None:
    assert str(InputError("key", value, "must be\n something")) == (
        f"key = {shown}: must be something"
    )


def test_what_would_move_a_terminal_is_escaped() -> None:
    told = str(InputError("circuit.\x1b[31mx", "\x1b[2J", "must be known\u202e \x07 é"))
    assert told == r"circuit.\x1b[31mx = '\x1b[2J': must be known\u202e \x07 é"
    assert one_line("a\r\n  b\tc") == r"a b\tc"
