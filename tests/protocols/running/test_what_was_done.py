"""The sentence that says what was done to a circuit."""

from __future__ import annotations

from typing import Any

import numpy as np

from hippokv.circuits.manipulation.manipulations import (
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
from hippokv.circuits.recording import Recording, SpikeTrain
from hippokv.circuits.schedule import Epoch, Schedule
from hippokv.protocols.running.evaluation import Stage
from hippokv.protocols.running.what_was_done import what_was_done

SIZES = {"hippocampal": 40, "pv": 8}


def told(*rows: Manipulation, **given: Any) -> str:
    return what_was_done({"": stage(*rows)}, **given)


def stage(*rows: Manipulation) -> Stage:
    """Return a run in which something was done."""
    epochs = (
        Epoch("store", 1000.0, 0), Epoch("rest", 1000.0), Epoch("recall:dark", 1000.0, 0),
        Epoch("recall:light", 1000.0, 0),
    )  # fmt: skip
    schedule = manipulated(Schedule(epochs, manipulation_widths(SIZES, ("keys",))), *rows)
    spikes = {
        name: SpikeTrain.at(np.zeros(0), np.zeros(0, np.int32), size)
        for name, size in SIZES.items()
    }
    label = np.zeros(40)
    label[:3] = 1.0
    cells = {"label_hippocampal": label, "chr2_expression_hippocampal": label}
    return Stage(schedule, Recording(spikes, {}, {}, 4000.0, cells))


def test_nothing_done_is_nothing_said() -> None:
    assert told() == ""


def test_a_lesion_says_what_was_silenced_when_and_how_much() -> None:
    assert told(Silence("hippocampal", tuple(range(10)), 2000.0)) == (
        "Done to the circuit: hippocampal cells silenced, 10 of 40 cells (25 %), from 2 s to the "
        "end (recall)."
    )
    assert "PV interneurons silenced, 8 of 8 cells (100 %), all the time" in told(Silence("pv"))


def test_slots_are_counted_where_they_are_hit_whole() -> None:
    slots = {"ensembles": {"hippocampal": 8, "pv": 8}}
    whole = told(Silence("hippocampal", tuple(range(10)), 2000.0), **slots)
    assert "silenced, 10 of 40 cells (25 %), 2 of 8 slots, from 2 s" in whole
    assert "slots" not in told(Silence("hippocampal", tuple(range(9)), 2000.0), **slots)
    assert "slots" not in told(Silence("pv", (0, 1), 2000.0), **slots)
    one_each = told(Silence("hippocampal", (0,), 2000.0), ensembles={"hippocampal": 40})
    assert "slots" not in one_each, "a cell is a slot there, and is said already"


def test_a_run_in_which_nothing_is_done_is_named_as_control() -> None:
    silenced, free = stage(Silence("pv")), stage()
    words = what_was_done({"all_intact": free, "": silenced})
    assert words.endswith('. In the run "all intact" nothing is done to it.')
    assert "nothing" not in what_was_done({"first": silenced, "": silenced})
    assert what_was_done({"": silenced, "later": free}) == ""


def test_light_says_which_cells_it_finds_and_in_which_recalls() -> None:
    words = told(
        Tag("hippocampal", 0.0, 1000.0, by="plateaus"), Express("hippocampal", "chr2", 1500.0),
        Light("hippocampal", "chr2", 5.0, 3000.0, 3500.0),
        Light("hippocampal", "chr2", 5.0, 3600.0, 3700.0),
    )  # fmt: skip
    assert words == (
        "Done to the circuit: hippocampal cells tagged by plateaus, 3 of 40 cells (7.5 %), from 0 "
        "to 1 s (store); hippocampal cells make chr2, 3 of 40 cells (7.5 %), at 1.5 s; light on "
        "hippocampal, 5 mW/mm², 20 Hz, 15 ms, on 3 of 40 cells (7.5 %) with the opsin, from 3 to "
        "3.5 s and from 3.6 to 3.7 s (recall, light)."
    )


def test_what_is_done_at_once_has_a_time_and_many_are_counted() -> None:
    words = told(*(ScaleWeights("keys", 1 / 3, 1000.0 + 10.0 * number) for number in range(5)))
    assert (
        "weights scaled, keys × 0.333, at 1 s and at 1.01 s and at 1.02 s and 2 times more" in words
    )
    twice = told(*(Erase("keys", 2000.0 + 500 * (number // 2)) for number in range(8)))
    assert "weights erased, at 2 s and at 2.5 s and at 3 s (recall) and once more" in twice
    many = told(*(ScaleWeights("keys", 0.1 * number, 10.0 * number) for number in range(1, 12)))
    assert many.endswith("; and 3 more.")
    assert "weights erased, at 2 s" in told(Erase("keys", 2000.0))
