"""The reminding memory: slots that close with time, and values that fade while a slot returns."""

from __future__ import annotations

from dataclasses import replace
from functools import cache

import numpy as np
import pytest
from numpy.typing import NDArray

from hippokv.analysis.recall.consolidation import Neocortex
from hippokv.analysis.recall.items import items_of
from hippokv.analysis.recall.readout import slots_taken
from hippokv.analysis.recall.reminders import replays_in
from hippokv.circuits.cells.reopening import RETURNED
from hippokv.circuits.consolidating_memory import consolidating_memory
from hippokv.circuits.consolidating_memory_parameters import ConsolidatingMemoryParameters
from hippokv.circuits.manipulation.manipulations import Silence, manipulated
from hippokv.circuits.program.program import Program
from hippokv.circuits.recording import Recording
from hippokv.circuits.reminding_memory import reminding_memory
from hippokv.circuits.reminding_memory_parameters import RemindingMemoryParameters
from hippokv.circuits.schedule import Epoch, Schedule, on_off, total_ms
from hippokv.protocols.parts.storing import StorageParameters, store_epochs

#: As the quick form of the benchmark.
SMALL = RemindingMemoryParameters(n_inputs=20, n_outputs=20, n_slots=6, n_groups=9)
N_ITEMS, NIGHT_MS, SHOWN_MS = 3, 30_000.0, 3000.0
#: The place that is shown after the night.
SHOWN = 1


def items() -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    stream = np.random.default_rng(11)
    return stream.choice([-1, 1], (N_ITEMS, 20)), stream.choice([-1, 1], (N_ITEMS, 20))


def life(silent: bool = False, shown: bool = True) -> Schedule:
    """Return a schedule that stores places, lets the circuit sleep, and shows one of them again."""
    keys, values = items()
    epochs = [Epoch("rest", 200.0)]
    for item in range(N_ITEMS):
        epochs += store_epochs(item, keys[item], values[item], StorageParameters())
    epochs += [Epoch("night", NIGHT_MS, drive={"offline": 1.0}), Epoch("rest", 300.0)]
    start = total_ms(epochs)
    drive = {"entorhinal": on_off(keys[SHOWN])} if shown else {}
    epochs.append(Epoch("shown", SHOWN_MS, SHOWN, drive))
    asked = Schedule(tuple(epochs), reminding_memory(SMALL).widths)
    return manipulated(asked, Silence("hippocampal", None, start)) if silent else asked


@cache
def recorded(
    closed_mV: float = 0.0, lability: float = 0.05, silent: bool = False, shown: bool = True,
    reopening: float = 0.1,
) -> Recording:  # fmt: skip
    own = replace(
        SMALL.reopening, closed_mV=closed_mV, lability=lability, reopening=reopening,
        closing_tau_ms=NIGHT_MS / 5,
    )  # fmt: skip
    circuit = reminding_memory(replace(SMALL, reopening=own))
    return Program(circuit).run(life(silent, shown), seed=5, dt_ms=0.5)


def held(recording: Recording) -> NDArray[np.float64]:
    """Return how much neocortical values hold of the content of each item."""
    values = recording.weights["cortical_values"]
    content = np.array([on_off(value) for value in items()[1]])
    groups = values.reshape(SMALL.n_groups, -1, 40).mean(axis=1)
    found: NDArray[np.float64] = (groups @ (2 * content - 1).T).max(axis=0) / 20
    return found


def share_of_slots(recording: Recording, start_ms: float, stop_ms: float) -> NDArray[np.float64]:
    begin = life().duration_ms - SHOWN_MS
    counts = recording.spikes["hippocampal"].counts(begin + start_ms, begin + stop_ms)
    slots: NDArray[np.float64] = counts.reshape(SMALL.n_slots, -1).sum(axis=1) / counts.sum()
    return slots


# --- what is wired --------------------------------------------------------------------------------


def test_what_is_not_its_own_is_that_of_the_consolidating_memory() -> None:
    plain = consolidating_memory(
        ConsolidatingMemoryParameters(n_inputs=20, n_outputs=20, n_slots=6, n_groups=9)
    )
    circuit = reminding_memory(SMALL)
    assert [part.name for part in circuit.parts] == [part.name for part in plain.parts]
    changed = {part.name for part in circuit.parts if part != plain[part.name]}
    assert {"hippocampal", "neocortical", "cortical_values"} <= changed
    for name in ("keys", "values", "returns", "cortical_keys", "recurrence", "relay"):
        assert circuit[name].on_events == plain[name].on_events
    assert set(circuit["cortical_values"].on_events) - set(plain["cortical_values"].on_events) == {
        RETURNED
    }


# --- what it does ---------------------------------------------------------------------------------


def test_values_fade_where_a_slot_returns_its_input_and_nowhere_else() -> None:
    labile, stable = held(recorded()), held(recorded(lability=0.0))
    assert stable[SHOWN] > 0.05, "something was learned at night"
    assert labile[SHOWN] < 0.3 * stable[SHOWN]
    others = [item for item in range(N_ITEMS) if item != SHOWN]
    assert labile[others] == pytest.approx(stable[others], rel=0.15)


def test_without_the_hippocampus_and_without_a_place_nothing_fades() -> None:
    stable = held(recorded(lability=0.0))
    for given in ({"silent": True}, {"shown": False}):
        assert held(recorded(**given)) == pytest.approx(stable, rel=1e-6)


def test_a_closed_slot_leaves_its_place_to_what_is_new_and_opens_by_use() -> None:
    own = slots_taken(recorded(), life(), SMALL.n_slots)[SHOWN].argmax()
    open_now = share_of_slots(recorded(), 0.0, 500.0)[own]
    shut = share_of_slots(recorded(closed_mV=4.5), 0.0, 500.0)[own]
    assert open_now > 0.6
    assert shut < 0.3
    used = share_of_slots(recorded(closed_mV=4.5, reopening=0.3), 2000.0, 3000.0)[own]
    unused = share_of_slots(recorded(closed_mV=4.5, reopening=0.0), 2000.0, 3000.0)[own]
    assert used > unused + 0.3


def test_told_what_replayed_the_rate_model_learns_what_neocortex_did() -> None:
    recording, asked = recorded(shown=False), life(shown=False)
    (replays,) = replays_in(recording, asked, SMALL)
    taken = slots_taken(recording, asked, SMALL.n_slots)
    assert len(replays) >= 5
    assert {slot for one in replays for slot in one.slots} <= set(
        np.flatnonzero(taken.any(axis=0)).tolist()
    )
    model = Neocortex(SMALL, asked, items_of(asked), seed=0)
    for item, slots in enumerate(taken):
        model.store(item, slots)
    for one in replays:
        for group, spikes in one.answers.items():
            model.take(group, *model.rebuilt(one.slots), spikes)
    learned = recording.weights["cortical_values"].reshape(SMALL.n_groups, -1, 40).mean(axis=1)
    assert learned.max() > 0.2
    assert np.corrcoef(model.values.ravel(), learned.ravel())[0, 1] > 0.9
    assert model.values.max() == pytest.approx(learned.max(), rel=0.2)
