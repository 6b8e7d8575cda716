"""Groups whose names are a prefix and a number."""

from __future__ import annotations

from hippokv.analysis.recall.groups import DELAY, FLASHBULB_DELAY, LIST, numbered


def test_groups_are_found_by_their_prefix_in_the_order_of_their_numbers() -> None:
    groups = ["T20", "T5", "first", "T", "T5b", "R5", "xT5", "T100", "flashbulb_R5", "R40"]
    assert list(numbered(LIST, groups).items()) == [(5, "T5"), (20, "T20"), (100, "T100")]
    assert numbered(DELAY, groups) == {5: "R5", 40: "R40"}
    assert numbered(FLASHBULB_DELAY, groups) == {5: "flashbulb_R5"}


def test_a_prefix_is_taken_as_it_stands() -> None:
    assert numbered("a.", ["a.5", "ab6"]) == {5: "a.5"}
