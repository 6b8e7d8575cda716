"""Numbers in units of slots: what they mean, and what is no such number."""

from __future__ import annotations

import pytest

from hippokv.errors import InputError
from hippokv.protocols.parts.multiples_of_slots import MOST_COUNTS, counts


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("5", [5]),
        ("5, 0.5N, N, N+1, 2N", [5, 20, 40, 41, 80]),
        ("2N+1,2N-1", [81, 79]),
        (".25N", [10]),
        ("1.N", [40]),
        ("0.05N-1", [1]),
        (" 3 ,, 4, ", [3, 4]),
        ("", []),
        (" , ", []),
        ("7, 7, 3", [7, 7, 3]),
    ],
)
def test_numbers_are_read_in_units_of_slots(text: str, found: list[int]) -> None:
    assert counts("protocol.lengths", text, 40, 100) == found


def test_n_stands_for_the_slots_of_this_circuit() -> None:
    assert counts("k", "0.5N, N+1", 7, 100) == [4, 8]


@pytest.mark.parametrize(
    "word",
    [
        "N5", "five", "-3", "+3", "1e2", "0.5", "0.5n", ".N", "N+", "N*2", "N+1.5", "2 N", "1;2",
        "nan", "inf", "0x10", "\N{ARABIC-INDIC DIGIT THREE}N!", "N\n+1", "__import__('os')",
    ],
)  # fmt: skip
def test_a_word_that_is_no_number_is_refused_in_one_line(word: str) -> None:
    with pytest.raises(InputError) as refused:
        counts("protocol.lengths", f"5, {word}", 40, 100)
    words = str(refused.value)
    assert words.startswith("protocol.lengths = ")
    assert "must be whole numbers with commas between them, such as 5, 0.5N, N+1" in words
    assert "\n" not in words


@pytest.mark.parametrize(
    "word", ["0", "101", "0N", "N-40", "N-41", "3N", "9" * 400, "N+" + "9" * 400, "9" * 400 + "N"]
)
def test_a_number_out_of_range_is_refused_in_one_line(word: str) -> None:
    with pytest.raises(InputError, match=r"must be from 1 to 100, not ") as refused:
        counts("protocol.lengths", word, 40, 100)
    assert len(str(refused.value)) < 200


def test_too_many_numbers_are_refused() -> None:
    assert len(counts("k", "1," * MOST_COUNTS, 40, 100)) == MOST_COUNTS
    with pytest.raises(InputError, match="must be at most 200 numbers"):
        counts("k", "1," * (MOST_COUNTS + 1), 40, 100)
