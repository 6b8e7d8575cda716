"""Parameters: what a field accepts, and how it says so."""

from __future__ import annotations

import math
import subprocess
import sys
from dataclasses import dataclass, field, fields
from typing import Any

import numpy as np
import pytest

from hippokv.errors import InputError
from hippokv.parameter import (
    MOST_CHARACTERS,
    allowed,
    bounds,
    checked,
    fraction,
    leaves,
    nearest,
    parameter,
    plain,
    plain_values,
    redeclared,
    si_values,
    with_values,
)


@dataclass(frozen=True)
class Cell:
    leak_nS: float = parameter(10.0, "leak", chosen="any", low=0.1)
    step_ms: float = parameter(5.0, "step", chosen="any", low=5.0, high=100.0, step=5.0)


@dataclass(frozen=True)
class Circuit:
    n_cells: int = parameter(4, "cells", chosen="any", low=1, high=2**32 - 1, structural=True)
    gain: float = parameter(1.0, "gain", chosen="any")
    floor: float = parameter(1.0, "floor", chosen="any", low=0.5)
    ceiling: float = parameter(1.0, "ceiling", chosen="any", high=2.0)
    word: str = parameter("red", "word", chosen="any", choices=("red", "blue"))
    pick: float = parameter(0.5, "pick", chosen="any", choices=(0.25, 0.5, 1.0))
    flag: bool = parameter(False, "flag", chosen="any")
    text: str = parameter("", "text", chosen="any")
    cell: Cell = field(default_factory=Cell)


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


@dataclass(frozen=True)
class Synapse:
    tau_ms: float = parameter(5.0, "decay", chosen="any")
    delay_ms: float = parameter(0.0, "delay", chosen="any", low=0.0)
    jump_nS: float = parameter(1.0, "jump", chosen="any", high=20.0)
    reversal_mV: float = parameter(-70.0, "reversal", chosen="any")
    strength: float = parameter(1.0, "strength", chosen="any")
    pick_ms: float = parameter(0.5, "pick", chosen="any", choices=(0.5, 1.0))


def test_a_range_that_is_not_named_is_that_of_the_unit() -> None:
    assert {about.name: bounds(about) for about in fields(Synapse)} == {
        "tau_ms": (1.0, 10_000.0),
        "delay_ms": (0.0, 10_000.0),
        "jump_nS": (0.0, 20.0),
        "reversal_mV": (-math.inf, math.inf),
        "strength": (-math.inf, math.inf),
        "pick_ms": (-math.inf, math.inf),
    }
    assert with_values(Synapse(), {"tau_ms": 1}).tau_ms == 1.0
    with pytest.raises(InputError, match=r"must be a number from 1 to 10000 \(in ms\)"):
        with_values(Synapse(), {"tau_ms": 0.5})


def test_a_number_is_from_somewhere_or_was_chosen_for_a_reason() -> None:
    from_paper = parameter(1.0, "gain", source="a paper, Eq 1")
    assert from_paper.metadata["source"] == "a paper, Eq 1"
    assert parameter(1.0, "gain", chosen="why").metadata["source"] == "chosen: why"
    for given in ({}, {"source": "a paper", "chosen": "why"}, {"source": ""}, {"chosen": ""}):
        with pytest.raises(TypeError, match="'gain' must have either source=.* or chosen="):
            parameter(1.0, "gain", **given)


def test_a_field_declared_again_has_another_default_and_reason_and_the_same_place() -> None:
    @dataclass(frozen=True)
    class Slow(Synapse):
        jump_nS: float = redeclared(Synapse, "jump_nS", 2.0, source="a paper")

    assert Slow() == Slow(jump_nS=2.0)
    assert [about.name for about in fields(Slow)] == [about.name for about in fields(Synapse)]
    before, after = (
        {about.name: about for about in fields(one)}["jump_nS"] for one in (Synapse, Slow)
    )
    assert bounds(after) == bounds(before) == (0.0, 20.0)
    assert dict(after.metadata) == {**before.metadata, "source": "a paper"}
    with pytest.raises(TypeError, match="'jump' must have either"):
        redeclared(Synapse, "jump_nS", 2.0)


def test_a_field_declared_as_before_has_the_default_that_a_class_between_changed() -> None:
    @dataclass(frozen=True)
    class Slow(Synapse):
        jump_nS: float = redeclared(Synapse, "jump_nS", 2.0, source="a paper")

    @dataclass(frozen=True)
    class Fast(Slow):
        jump_nS: float = redeclared(Synapse, "jump_nS")

    assert Fast() == Fast(jump_nS=Synapse().jump_nS)
    first, last = ({about.name: about for about in fields(one)} for one in (Synapse, Fast))
    assert last["jump_nS"].metadata == first["jump_nS"].metadata


def test_a_fraction_is_from_0_to_1() -> None:
    share = fraction(0.5, "share", chosen="half")
    share.name = "share"
    assert bounds(share) == (0.0, 1.0) and share.default == 0.5
    for wrong in (-0.1, 1.1, "half"):
        with pytest.raises(InputError, match="must be a number from 0 to 1"):
            checked("share", wrong, share)
    with pytest.raises(TypeError, match="'share' must have either"):
        fraction(0.5, "share")


# --- NumPy's numbers ------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("key", "value", "kept"),
    [
        ("n_cells", np.int64(7), 7),
        ("n_cells", np.uint8(7), 7),
        ("n_cells", np.array(7), 7),
        ("n_cells", np.uint64(2**32 - 1), 2**32 - 1),
        ("gain", np.float64(0.1), 0.1),
        ("gain", np.float32(0.1), 0.10000000149011612),
        ("gain", np.float16(0.1), 0.0999755859375),
        ("gain", np.longdouble(0.5), 0.5),
        ("gain", np.int64(-3), -3.0),
        ("gain", np.array(0.1), 0.1),
        ("gain", np.linspace(0, 1, 11)[3], 0.30000000000000004),
        ("pick", np.float32(0.25), 0.25),
        ("word", np.str_("blue"), "blue"),
        ("word", np.array("blue"), "blue"),
        ("flag", np.bool_(True), True),
        ("flag", np.array(False), False),
        ("cell.leak_nS", np.int8(5), 5.0),
    ],
)
def test_a_number_of_numpy_is_pythons_own_of_the_same_value(
    key: str, value: Any, kept: Any
) -> None:
    found = {name: value for name, value, _ in leaves(with_values(Circuit(), {key: value}))}
    assert found[key] == kept and type(found[key]) is type(kept)


class Milliseconds(np.ndarray[Any, Any]):
    """An array with a unit, as other packages have."""


@pytest.mark.parametrize(
    ("key", "value", "words"),
    [
        ("n_cells", np.float64(4.0), "4.0: must be a whole number"),
        ("n_cells", np.bool_(True), "True: must be a whole number"),
        ("n_cells", np.str_("4"), "'4': must be a whole number"),
        ("n_cells", np.array([4]), "must be a whole number"),
        ("n_cells", np.array(4, dtype=object), "must be a whole number"),
        ("n_cells", np.timedelta64(4, "ns"), "must be a whole number"),
        ("n_cells", np.datetime64(4, "ns"), "must be a whole number"),
        ("n_cells", np.int64(0), "0: must be a whole number from 1"),
        ("gain", np.float32("nan"), "nan: must be a number"),
        ("gain", np.float64("inf"), "inf: must be a number"),
        ("gain", np.bool_(True), "True: must be a number"),
        ("gain", np.complex128(1), "must be a number"),
        ("gain", np.ma.masked, "must be a number"),
        ("gain", np.ma.array(1.0), "must be a number"),
        ("gain", np.array(0.3).view(Milliseconds), "must be a number"),
        ("gain", np.zeros((100, 100)), "must be a number"),
        ("pick", np.float32(0.1), "0.10000000149011612: must be one of 0.25, 0.5, 1"),
        ("flag", np.int64(1), "1: must be true or false"),
        ("word", np.bytes_(b"blue"), "must be one of red, blue"),
    ],
)
def test_what_is_no_number_of_that_type_is_refused(key: str, value: Any, words: str) -> None:
    with pytest.raises(InputError) as refused:
        with_values(Circuit(), {key: value})
    told = str(refused.value)
    assert told.startswith(f"{key} = ") and words in told and "\n" not in told


def test_a_number_beyond_a_float_is_rounded_as_its_digits_would_be() -> None:
    assert plain(np.longdouble("0.1")) == 0.1
    assert type(plain(np.longdouble("0.1"))) is float


def test_numpy_is_not_imported_for_numbers_that_are_not_its_own() -> None:
    program = (
        "import sys; from hippokv.parameter import plain; assert plain(3) == 3; "
        "sys.exit('numpy' in sys.modules)"
    )
    assert subprocess.run([sys.executable, "-c", program], check=False).returncode == 0


# --- keys and texts -------------------------------------------------------------------------------


@pytest.mark.parametrize("values", [[("gain", 1)], "gain", 3, None, np.zeros(3)])
def test_settings_that_are_no_dictionary_are_refused(values: Any) -> None:
    with pytest.raises(InputError, match="settings = .*: must be a dictionary with dotted keys"):
        with_values(Circuit(), values)


@pytest.mark.parametrize("key", [1, None, b"gain", ("gain",)])
def test_keys_that_are_no_text_are_refused(key: Any) -> None:
    with pytest.raises(InputError, match="settings = .*: must have dotted keys"):
        with_values(Circuit(), {key: 1})


def test_a_key_of_numpy_is_a_text() -> None:
    (key,) = plain_values({np.str_("gain"): 1})
    assert (key, type(key)) == ("gain", str)


def test_a_text_is_kept_unless_no_file_could_hold_it() -> None:
    longest = "ü" * MOST_CHARACTERS
    assert with_values(Circuit(), {"text": longest}).text == longest
    with pytest.raises(InputError, match=f"must be text of at most {MOST_CHARACTERS} characters"):
        with_values(Circuit(), {"text": longest + "x"})
    with pytest.raises(InputError, match="must be text that can be written in UTF-8"):
        with_values(Circuit(), {"text": "a\udcffb"})


@pytest.mark.parametrize(
    ("given", "found"),
    [
        ("stroage", ", did you mean storage?"),
        ("STORAGE", ", did you mean storage?"),
        ("cued_recall", ", did you mean cued-recall?"),
        ("recall", ", did you mean cued-recall?"),
        ("xyz", ""),
        ("", ""),
        ("s" * 10**6, ""),
        (3, ""),
        (None, ""),
    ],
    ids=lambda value: str(value)[:20],
)
def test_what_is_near_is_named(given: Any, found: str) -> None:
    assert nearest(given, ["storage", "cued-recall"]) == found


def test_a_mistyped_choice_is_told_what_is_near() -> None:
    with pytest.raises(InputError, match="must be one of red, blue, did you mean blue?"):
        with_values(Circuit(), {"word": "Bleu"})
    with pytest.raises(InputError, match="must be one of 0.25, 0.5, 1$"):
        with_values(Circuit(), {"pick": 0.3})


def test_a_former_key_is_understood_and_named(caplog: pytest.LogCaptureFixture) -> None:
    assert plain_values({"protocol.frequency_hz": 10.0}) == {"protocol.frequency_Hz": 10.0}
    assert caplog.messages == ["hippokv: protocol.frequency_hz is called protocol.frequency_Hz now"]
    both = {"protocol.frequency_hz": 10.0, "protocol.frequency_Hz": 20.0}
    with pytest.raises(InputError, match="frequency_hz = 10.0: must be left out"):
        plain_values(both)
