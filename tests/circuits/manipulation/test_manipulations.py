"""Manipulations: what each puts into the schedule, when, and what cannot be asked for."""

from __future__ import annotations

import math

import numpy as np
import pytest

from hippokv.circuits.manipulation.manipulations import (
    BlockPlasticity,
    Erase,
    Express,
    Light,
    Manipulation,
    ScaleWeights,
    Silence,
    Tag,
    manipulated,
    manipulation_widths,
)
from hippokv.circuits.schedule import SCHEDULE_STEP_MS, Epoch, Schedule

WIDTHS = {"entorhinal": 4, **manipulation_widths({"hippocampal": 3, "pv": 2}, ["keys", "values"])}
PATTERN = np.array([1.0, 0.0, 0.0, 1.0])


@pytest.fixture
def schedule() -> Schedule:
    """Return an item stored in two epochs, and asked for."""
    return Schedule(
        (
            Epoch("rest", 50.0),
            Epoch("store", 100.0, 0, {"entorhinal": PATTERN}),
            Epoch("store", 25.0, 0, {"entorhinal": 2 * PATTERN}),
            Epoch("recall:light", 60.0, 0),
            Epoch("rest", 15.0),
        ),
        WIDTHS,
    )


def at(schedule: Schedule, channel: str, time_ms: float) -> list[float]:
    """Return what a channel carries at a time."""
    row = int(np.searchsorted(schedule.start_ms, time_ms, side="right")) - 1
    return schedule.channel(channel)[row].tolist()


def in_use(schedule: Schedule, channel: str) -> list[tuple[float, float]]:
    """Return from when to when a channel carries anything, as joined stretches."""
    stops = [*schedule.start_ms[1:], schedule.duration_ms]
    found: list[tuple[float, float]] = []
    for start, stop, row in zip(schedule.start_ms, stops, schedule.channel(channel), strict=True):
        if row.any():
            joined = bool(found) and found[-1][1] == start
            found[-1:] = [(found[-1][0], stop)] if joined else [*found[-1:], (start, stop)]
    return found


# --- channels -------------------------------------------------------------------------------------


def test_each_population_and_plastic_projection_has_its_channels() -> None:
    found = manipulation_widths({"hippocampal": 3, "pv": 2}, ["keys"])
    assert found == {
        "acting_hippocampal": 1, "silence_hippocampal": 3, "tag_hippocampal": 2,
        "express_chr2_hippocampal": 3, "light_chr2_hippocampal": 4,
        "express_gtacr2_hippocampal": 3, "light_gtacr2_hippocampal": 4,
        "acting_pv": 1, "silence_pv": 2, "tag_pv": 2,
        "express_chr2_pv": 3, "light_chr2_pv": 4, "express_gtacr2_pv": 3, "light_gtacr2_pv": 4,
        "block_keys": 1, "scale_keys": 4, "erase_keys": 1,
    }  # fmt: skip


@pytest.mark.parametrize(
    ("row", "channel", "carried", "stretch"),
    [
        (Silence("hippocampal"), "silence_hippocampal", [1, 1, 1], (0, 250)),
        (Silence("pv", (1,), 60, 180), "silence_pv", [0, 1], (60, 180)),
        (Silence("hippocampal", (2, 0), 200), "silence_hippocampal", [1, 0, 1], (200, 250)),
        (Tag("hippocampal", 50, 175), "tag_hippocampal", [1, 0], (50, 175)),
        (Tag("pv", 50, 55, by="plateaus"), "tag_pv", [0, 1], (50, 55)),
        (Express("pv", "chr2", 70, 0.3, 2), "express_chr2_pv", [0.3, 2, 0], (70, 75)),
        (Express("pv", "gtacr2", 245), "express_gtacr2_pv", [1, 1, 0], (245, 250)),
        (
            Light("hippocampal", "chr2", 5, 175, 235, 20, 15),
            "light_chr2_hippocampal", [5, 0.05, 0.015, 0.175], (175, 235),
        ),
        (BlockPlasticity("keys"), "block_keys", [1], (0, 250)),
        (BlockPlasticity("values", 50, 150), "block_values", [1], (50, 150)),
        (Erase("values", 120), "erase_values", [1], (120, 125)),
        (ScaleWeights("values", 0.1, 30), "scale_values", [1, 0.1, 0, 1], (30, 35)),
        (ScaleWeights("keys", 2, 30, True, 0.4), "scale_keys", [1, 2, 1, 0.4], (30, 35)),
    ],
    ids=lambda value: type(value).__name__ if hasattr(value, "target") else None,
)  # fmt: skip
def test_a_manipulation_is_in_its_channel_as_long_as_it_lasts(
    schedule: Schedule,
    row: Manipulation,
    channel: str,
    carried: list[float],
    stretch: tuple[float, float],
) -> None:
    found = manipulated(schedule, row)
    assert in_use(found, channel) == [stretch]
    assert at(found, channel, stretch[0]) == pytest.approx(carried)
    assert at(found, channel, stretch[1] - SCHEDULE_STEP_MS) == pytest.approx(carried)
    others = set(found.channels_in_use) - {channel, "entorhinal"}
    assert others <= {f"acting_{row.target}"}


def test_what_lasts_no_time_lasts_one_step_so_that_it_acts_once() -> None:
    for row in (Express("pv", "chr2", 20), ScaleWeights("keys", 0.5, 20), Erase("keys", 20)):
        assert (row.start_ms, row.stop_ms) == (20, 20 + SCHEDULE_STEP_MS)


def test_a_population_looks_at_its_channels_from_its_first_manipulation_on(
    schedule: Schedule,
) -> None:
    """A label or an opsin outlasts the window that made it."""
    found = manipulated(
        schedule, Light("hippocampal", "chr2", 5, 175, 235), Tag("hippocampal", 60, 70),
        Silence("pv", None, 200, 210), BlockPlasticity("keys", 10, 20),
    )  # fmt: skip
    assert in_use(found, "acting_hippocampal") == [(60, 250)]
    assert in_use(found, "acting_pv") == [(200, 250)]


def test_the_duty_of_light_is_the_part_of_the_time_in_which_there_is_some() -> None:
    assert Light("pv", "chr2", 1, 0, 5).duty == pytest.approx(0.3)
    assert Light("pv", "chr2", 1, 0, 5, frequency_Hz=10, width_ms=100).duty == 1.0
    assert Light("pv", "chr2", 1, 0, 5, frequency_Hz=10, width_ms=700).duty == 1.0


# --- epochs and events ----------------------------------------------------------------------------


def test_epochs_are_divided_where_a_manipulation_begins_or_ends(schedule: Schedule) -> None:
    found = manipulated(schedule, Silence("pv", None, 60, 180), BlockPlasticity("keys", 60, 100))
    np.testing.assert_array_equal(found.start_ms, [0, 50, 60, 100, 150, 175, 180, 235])
    assert found.duration_ms == schedule.duration_ms
    for time in np.arange(0, 250, SCHEDULE_STEP_MS):
        assert at(found, "entorhinal", time) == at(schedule, "entorhinal", time)


def test_a_manipulation_at_the_bounds_of_epochs_divides_none(schedule: Schedule) -> None:
    found = manipulated(schedule, Silence("pv", None, 50, 175))
    np.testing.assert_array_equal(found.start_ms, schedule.start_ms)


def test_events_stay_what_they_were(schedule: Schedule) -> None:
    rows = [Silence("pv", None, 60, 180), Tag("hippocampal", 55, 160), ScaleWeights("keys", 0, 190)]
    found = manipulated(schedule, *rows)
    assert len(found.epochs) > len(schedule.epochs)
    assert found.events() == schedule.events()
    assert found.events("recall")[0].group == "light"


def test_the_schedule_remembers_what_was_done(schedule: Schedule) -> None:
    first, second = Silence("pv"), BlockPlasticity("keys")
    assert manipulated(manipulated(schedule, first), second).manipulations == (first, second)
    assert manipulated(schedule, first, second).until(100.0).manipulations == (first, second)
    assert manipulated(schedule) == schedule


def test_the_order_of_rows_does_not_matter(schedule: Schedule) -> None:
    rows = [Silence("pv", None, 60, 180), Tag("pv", 100, 150), BlockPlasticity("keys", 20, 120)]
    there, back = manipulated(schedule, *rows), manipulated(schedule, *rows[::-1])
    for name in WIDTHS:
        np.testing.assert_array_equal(there.channel(name), back.channel(name))
    one_by_one = manipulated(manipulated(manipulated(schedule, rows[0]), rows[1]), rows[2])
    for time in np.arange(0, 250, SCHEDULE_STEP_MS):
        for name in WIDTHS:
            assert at(one_by_one, name, time) == at(there, name, time)


def test_silences_add_up_and_so_do_labels_and_blocks(schedule: Schedule) -> None:
    found = manipulated(
        schedule,
        Silence("hippocampal", (0,), 50, 150), Silence("hippocampal", (2,), 100, 200),
        Tag("pv", 50, 150), Tag("pv", 100, 200, by="plateaus"),
        BlockPlasticity("keys", 50, 150), BlockPlasticity("keys", 100, 200),
    )  # fmt: skip
    silent = [at(found, "silence_hippocampal", time) for time in (60, 120, 160, 210)]
    assert silent == [[1, 0, 0], [1, 0, 1], [0, 0, 1], [0, 0, 0]]
    assert [at(found, "tag_pv", time) for time in (60, 120, 160)] == [[1, 0], [1, 1], [0, 1]]
    assert in_use(found, "block_keys") == [(50, 200)]


@pytest.mark.parametrize(
    ("one", "other", "channel"),
    [
        (Light("pv", "chr2", 5, 0, 100), Light("pv", "chr2", 1, 50, 60), "light_chr2_pv"),
        (Express("pv", "chr2", 50, 0.5), Express("pv", "chr2", 50), "express_chr2_pv"),
        (ScaleWeights("keys", 0.5, 50), ScaleWeights("keys", 0.1, 50), "scale_keys"),
    ],
)
def test_what_cannot_be_done_at_once_is_refused(
    schedule: Schedule, one: Manipulation, other: Manipulation, channel: str
) -> None:
    with pytest.raises(ValueError, match=f"two manipulations set {channel} at once"):
        manipulated(schedule, one, other)
    with pytest.raises(ValueError, match=f"two manipulations set {channel} at once"):
        manipulated(manipulated(schedule, one), other)


def test_the_same_one_after_the_other_and_others_at_once_are_not_refused(
    schedule: Schedule,
) -> None:
    found = manipulated(
        schedule,
        Light("pv", "chr2", 5, 0, 50), Light("pv", "chr2", 1, 50, 100),
        Light("pv", "gtacr2", 3, 0, 100), Light("hippocampal", "chr2", 2, 0, 100),
    )  # fmt: skip
    assert [at(found, "light_chr2_pv", time)[0] for time in (0, 45, 50, 95, 100)] == [5, 5, 1, 1, 0]
    assert at(found, "light_gtacr2_pv", 50)[0] == 3


# --- bad input ------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("row", "words"),
    [
        (Silence("ca3"), "Silence of 'ca3': the circuit has hippocampal, pv"),
        (Tag("keys", 0, 50), "Tag of 'keys': the circuit has hippocampal, pv"),
        (BlockPlasticity("pv"), "BlockPlasticity of 'pv': the circuit has keys, values"),
        (ScaleWeights("priming", 1, 0), "ScaleWeights of 'priming': the circuit has keys, values"),
        (Silence("pv", None, 2), "Silence of pv at 2 ms: must be a multiple of 5 ms, 0 or later"),
        (Silence("pv", None, -5), "Silence of pv at -5 ms: must be a multiple of 5 ms"),
        (Silence("pv", None, 0, 12.5), "Silence of pv at 12.5 ms: must be a multiple of 5 ms"),
        (Tag("pv", math.nan, 50), "Tag of pv at nan ms: must be a multiple of 5 ms"),
        (Express("pv", "chr2", 7), "Express of pv at 7 ms: must be a multiple of 5 ms"),
        (
            Silence("pv", None, 100, 100),
            "Silence of pv from 100 to 100 ms: must begin before it ends and before the schedule "
            "does, at 250 ms",
        ),
        (Tag("pv", 100, 50), "Tag of pv from 100 to 50 ms: must begin before it ends"),
        (Silence("pv", None, 250), "Silence of pv from 250 to inf ms: must begin before"),
        (Silence("pv", None, math.inf), "Silence of pv from inf to inf ms: must begin before"),
        (ScaleWeights("keys", 1, 300), "ScaleWeights of keys from 300 to 305 ms: must begin"),
        (Silence("pv", (0, 2)), "Silence of cell 2 of pv: it has 2"),
        (Silence("hippocampal", (-1,)), "Silence of cell -1 of hippocampal: it has 3"),
        (Express("pv", "halo", 0), "Express with opsin 'halo': must be one of chr2, gtacr2"),
        (Light("pv", "arch", 1, 0, 5), "Light with opsin 'arch': must be one of chr2, gtacr2"),
        (Tag("pv", 0, 5, by="calcium"), "Tag by 'calcium': must be one of spikes, plateaus"),
        (
            Express("pv", "chr2", 0, 1.5),
            "Express of pv with probability = 1.5: must be from 0 to 1",
        ),
        (Express("pv", "chr2", 0, 1, -1), "Express of pv with threshold = -1: must be from 0"),
        (Light("pv", "chr2", -1, 0, 5), "Light of pv with irradiance_mW_per_mm2 = -1: must be"),
        (Light("pv", "chr2", 2e3, 0, 5), "irradiance_mW_per_mm2 = 2000: must be from 0 to 1000"),
        (Light("pv", "chr2", 1, 0, 5, 0), "Light of pv with frequency_Hz = 0: must be from 0.01"),
        (Light("pv", "chr2", 1, 0, 5, 20, 0), "Light of pv with width_ms = 0: must be from 0.05"),
        (ScaleWeights("keys", -1, 0), "ScaleWeights of keys with factor = -1: must be from 0"),
        (ScaleWeights("keys", math.nan, 0), "ScaleWeights of keys with factor = nan: must be"),
        (
            ScaleWeights("keys", 1, 0, fraction=2),
            "ScaleWeights of keys with fraction = 2: must be from 0 to 1",
        ),
    ],
)
def test_what_does_not_exist_is_refused_in_one_clear_line(
    schedule: Schedule, row: Manipulation, words: str
) -> None:
    with pytest.raises(ValueError) as refused:
        manipulated(schedule, row)
    assert words in str(refused.value)
    assert "\n" not in str(refused.value)
