"""The consolidating memory: what is wired, what replays, and that cortex learns from it alone."""

from __future__ import annotations

import re
from dataclasses import replace
from functools import cache
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from hippokv.circuits.cells.differing_cells import Heterogeneity
from hippokv.circuits.consolidating_memory import consolidating_memory
from hippokv.circuits.consolidating_memory_parameters import ConsolidatingMemoryParameters
from hippokv.circuits.manipulation.manipulations import Silence, manipulated
from hippokv.circuits.program.program import Program
from hippokv.circuits.recording import Recording
from hippokv.circuits.schedule import Epoch, Schedule, total_ms
from hippokv.circuits.slot_memory import slot_memory
from hippokv.circuits.slot_memory_parameters import SlotMemoryParameters, calibration_of
from hippokv.errors import InputError
from hippokv.protocols.parts.storing import StorageParameters, store_epochs

#: As the quick forms of the benchmarks.
SMALL = ConsolidatingMemoryParameters(n_inputs=20, n_outputs=20, n_slots=6, n_groups=9)
N_ITEMS, NIGHT_MS = 4, 25_000.0
#: Silence between spikes that ends a replay.
PAUSE_MS = 80.0


def items() -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    stream = np.random.default_rng(11)
    return stream.choice([-1, 1], (N_ITEMS, 20)), stream.choice([-1, 1], (N_ITEMS, 20))


def night(offline: float, silent: bool = False) -> Schedule:
    """Return a schedule that stores some items, and then lets the circuit sleep or not."""
    keys, values = items()
    epochs = [Epoch("rest", 200.0)]
    for item in range(N_ITEMS):
        epochs += store_epochs(item, keys[item], values[item], StorageParameters())
    start = total_ms(epochs)
    epochs.append(Epoch("night", NIGHT_MS, drive={"offline": offline} if offline else {}))
    asked = Schedule(tuple(epochs), consolidating_memory(SMALL).widths)
    return manipulated(asked, Silence("hippocampal", None, start)) if silent else asked


@cache
def recorded(offline: float = 1.0, silent: bool = False) -> tuple[Recording, float]:
    """Return what the circuit does, and when the night begins in ms."""
    asked = night(offline, silent)
    recording = Program(consolidating_memory(SMALL)).run(asked, seed=5, dt_ms=0.5)
    return recording, asked.duration_ms - NIGHT_MS


def replays() -> list[tuple[float, float]]:
    """Return begin and end of each replay in ms: bursts of hippocampal spikes."""
    recording, start = recorded()
    times = recording.spikes["hippocampal"].time_s * 1e3
    times = times[times > start]
    parts = np.split(times, np.flatnonzero(np.diff(times) > PAUSE_MS) + 1)
    return [(part[0], part[-1] + 1.0) for part in parts if len(part) > 20]


def slots_of(replay: tuple[float, float]) -> NDArray[np.int64]:
    counts = recorded()[0].spikes["hippocampal"].counts(*replay)
    return counts.reshape(SMALL.n_slots, -1).sum(axis=1)


def held_by() -> dict[int, int]:
    """Return the item that each slot took."""
    recording, start = recorded()
    dendritic = recording.events["dendritic_spike"]
    found = {}
    for event in night(1.0).events("store"):
        counts = dendritic.counts(event.start_ms, event.stop_ms).reshape(SMALL.n_slots, -1)
        found[int(counts.sum(axis=1).argmax())] = event.item
    return found


# --- what is wired --------------------------------------------------------------------------------


def test_slots_keys_and_values_are_those_of_the_slot_memory() -> None:
    plain = slot_memory(SlotMemoryParameters(n_inputs=20, n_outputs=20, n_slots=6))
    circuit = consolidating_memory(SMALL)
    for name in ("keys", "values", "pv_excitation", "pv_inhibition", "priming", "recruitment"):
        assert circuit[name].on_events == plain[name].on_events
        assert circuit[name].equations == plain[name].equations
        assert circuit[name].rule == plain[name].rule
    before, after = plain["hippocampal"], circuit["hippocampal"]
    assert after.equations.startswith(before.equations)
    assert after.reset.startswith(before.reset)


def test_nothing_but_the_input_reaches_deep_cells_beside_what_slots_return() -> None:
    circuit = consolidating_memory(SMALL)
    reached = {one.name for one in circuit.synapses if one.target == "deep"}
    assert reached == {"relay", "returns"}
    assert {one.name for one in circuit.synapses if one.source == "deep"} == {
        "felt", "cortical_keys",
    }  # fmt: skip
    assert circuit["returns"].rule == circuit["values"].rule


def test_vigilance_is_counted_in_matches() -> None:
    wide = replace(SMALL, n_inputs=40)
    assert SMALL.vigilance_pA == pytest.approx(wide.vigilance_pA)
    assert SMALL.vigilance_pA == pytest.approx(20 * calibration_of(SMALL).match_pA)


@pytest.mark.parametrize(
    ("changes", "told"),
    [
        (
            {"heterogeneity": Heterogeneity(threshold_spread_mV=1.0)},
            "must be 0 in a circuit that replays offline",
        ),
        ({"cells_per_unit": 10}, "circuit.cells_per_unit = 10: must be 1"),
        ({"deep": replace(SMALL.deep, theta_depth=0.5)}, "circuit.deep.theta_depth = 0.5: must"),
        ({"deep": replace(SMALL.deep, background_pA=50.0)}, "circuit.deep.background_pA = 50.0"),
        (
            {"rhythm": replace(SMALL.rhythm, longest_up_ms=100.0)},
            "circuit.rhythm.longest_up_ms = 100.0: must be at least shortest_up_ms, 300",
        ),
    ],
)
def test_what_it_cannot_replay_with_is_refused(changes: dict[str, Any], told: str) -> None:
    with pytest.raises(InputError, match=re.escape(told)):
        consolidating_memory(replace(SMALL, **changes))


def test_deep_cells_hear_their_partners_as_fast_as_these_fire() -> None:
    slower = replace(SMALL, entorhinal=replace(SMALL.entorhinal, drive_pA=250.0))
    epsc, stronger = (
        {one.name: one.value for one in consolidating_memory(each)["relay"].constants}["epsc"]
        for each in (SMALL, slower)
    )
    assert stronger / epsc == pytest.approx(SMALL.entorhinal.rate_Hz / slower.entorhinal.rate_Hz)


# --- what replays ---------------------------------------------------------------------------------


def test_one_slot_at_a_time_replays_and_only_those_that_hold_something() -> None:
    found = np.array([slots_of(one) for one in replays()])
    assert len(found) >= 8
    shares = found.max(axis=1) / found.sum(axis=1)
    assert shares.mean() > 0.95
    holding = list(held_by())
    assert len(holding) == N_ITEMS
    assert set(found.argmax(axis=1)) <= set(holding)
    assert len(set(found.argmax(axis=1))) >= 3


def test_a_replay_rebuilds_input_and_content() -> None:
    recording, _ = recorded()
    keys, values = items()
    right: dict[str, list[float]] = {"deep": [], "cortical": []}
    for one in replays():
        item = held_by()[int(slots_of(one).argmax())]
        for name, stored in (("deep", keys), ("cortical", values)):
            on, off = np.split(recording.spikes[name].counts(*one), 2)
            right[name].append(float(np.mean(np.sign(on - off) == stored[item])))
    assert np.mean(right["deep"]) > 0.95
    assert np.mean(right["cortical"]) > 0.95


# --- what learns ----------------------------------------------------------------------------------


def test_neocortex_learns_what_was_replayed() -> None:
    weights = recorded()[0].weights
    groups = weights["cortical_keys"].reshape(SMALL.n_groups, -1, 40).mean(axis=1)
    values = weights["cortical_values"].reshape(SMALL.n_groups, -1, 40).mean(axis=1)
    keys, contents = items()
    matches = (groups[:, :20] - groups[:, 20:]) @ keys.T / 20
    learned = matches.max(axis=1) > 0.3
    assert learned.sum() >= 3
    # The content that a group has learned is that of the item whose key it has.
    own = matches.argmax(axis=1)
    content = (values[:, :20] - values[:, 20:]) @ contents.T
    assert (content.argmax(axis=1)[learned] == own[learned]).all()


@pytest.mark.parametrize(("offline", "silent"), [(0.0, False), (1.0, True)])
def test_awake_and_without_the_hippocampus_neocortex_learns_nothing(
    offline: float, silent: bool
) -> None:
    weights = recorded(offline, silent)[0].weights
    assert (weights["cortical_keys"] == 0.5).all()
    assert (weights["cortical_values"] == 0.0).all()
    # Slots have learned as ever.
    assert weights["returns"].max() > 0.9


def test_offline_states_leave_keys_and_values_of_slots_as_they_were() -> None:
    asleep, awake = recorded()[0].weights, recorded(0.0)[0].weights
    for name in ("keys", "values", "returns"):
        np.testing.assert_array_equal(asleep[name], awake[name])


def test_what_groups_say_offline_is_suppressed_only_where_it_is_asked_for() -> None:
    plain, suppressed = (
        consolidating_memory(replace(SMALL, offline_value_suppression=part)) for part in (0.0, 1.0)
    )
    cells, others = (one["neocortical"] for one in (plain, suppressed))
    assert "transmitted" not in cells.equations
    assert others.equations == cells.equations + (
        "transmitted                                                                               "
        "          : 1\n"
    )
    assert others.updates[-1].statements == "transmitted = 1 - offline_value_suppression*offline"
    assert others.updates[:-1] == cells.updates
    values, less = (one["cortical_values"] for one in (plain, suppressed))
    assert values.terms == {"efficacy": "weight"}
    assert less.terms == {"efficacy": "weight*transmitted_pre"}
